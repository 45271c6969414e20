"""The console: who comes in and how, what a foreign page cannot do, acts under the operator's own name, and what it says when the broker is
gone. By HTTP alone; how it looks and works in a browser: tests/pages."""
import contextlib
import csv
import datetime
import http.client
import io
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import time
import unicodedata
import urllib.parse

import pytest

import officetime
from console import Browser, Console
from deployment import Deployment, Failed
from office import Case, DEPARTMENT, DISTRICT
from renewal import renew, use_new_key

NOBODY = 65534
OTHER = "H37.28"
PLACES = ["/", "/dossiers", "/agencies", "/reports", "/system", "/system/acts", "/system/procedures/1.010828", "/dossiers?late=1&text=d%C3%B4ng"]


def give(site, *lines):
    conf = site.folder / "broker.conf"
    conf.write_text(conf.read_text().split("\n[operators]")[0] + "\n[operators]\n" + "\n".join(lines) + "\n")
    at = site.broker.log_size()
    os.kill(site.broker.pid, signal.SIGHUP)
    site.broker.wait_log("configuration reloaded", after=at)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with Deployment(tmp_path_factory.mktemp("console") / "s") as made:
        made.start_broker()
        made.console = Console(made)
        made.console.start()
        yield made
        assert made.console.process.stop() == 0


@pytest.fixture(scope="module")
def browser(site):
    return site.console.enter()


def test_a_link_is_good_once_and_needs_its_button(site):
    link = site.console.link()
    key = urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)["key"][0]
    one, path = Browser(site.console.address), f"/login?key={key}"
    assert "login" in one.get("/", 401) and "lienthong console login" in one.page
    for _ in range(2):  # who looks at addresses beforehand does not use it up
        one.get(path)
        assert "Vào bảng điều hành" in one.page
    assert one.post("/login", {"key": key}) == "/"
    cookie = one.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    assert "Việc" in one.get("/")
    other = Browser(site.console.address)
    other.post("/login", {"key": key}, 403)
    assert "đã dùng rồi" in other.page and "lienthong_console" not in other.cookies
    other.get("/", 401)
    one.post("/logout", {"token": one.token()})
    one.get("/", 401)


def test_every_answer_forbids_what_is_inline_or_from_elsewhere(browser):
    for path in [*PLACES, "/nowhere", "/console.css", "/console.js", "/login"]:
        browser.ask("GET", path)
        policy = browser.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy, path
        assert browser.headers["x-content-type-options"] == "nosniff"
        assert not re.search(r"<script(?![^>]*src=)|\son\w+=|\sstyle=|javascript:|(src|href)=\"?(https?:)?//", browser.page), path
    weight = sum(len(browser.get(p).encode()) for p in ("/", "/console.css", "/console.js", "/icon.svg"))
    assert weight <= 150 * 1024, weight
    tag = browser.headers["etag"]
    assert browser.ask("GET", "/icon.svg", **{"If-None-Match": tag}) == (304, "")


def test_every_page_says_at_which_record_it_is_true(browser):
    for path in PLACES:
        text = browser.get(path)
        assert int(re.search(r"<strong id=sequence>(\d+)", text)[1]) > 0, path
        assert '<html lang=vi>' in text
        assert '<html lang=en>' in browser.get(path + ("&" if "?" in path else "?") + "lang=en"), path
        browser.get(path.split("?")[0] + "?lang=vi")


def test_a_foreign_page_does_nothing(site, browser):
    fields = {"act": "suspend", "subject": DEPARTMENT, "number": "0", "back": "/", "reason": "thử", "token": browser.token()}
    for change, origin in [({}, False), ({}, "http://evil.example"), ({}, "null"), ({"token": "0" * 32}, True), ({"token": ""}, True)]:
        browser.post("/act", {**fields, **change}, 403, origin)
    status, _ = browser.ask("POST", "/act", urllib.parse.urlencode(fields), **{"Content-Type": "text/plain", "Origin": browser.origin})
    assert status == 415
    assert Browser(site.console.address).ask("POST", "/act", urllib.parse.urlencode(fields), **{
        "Content-Type": "application/x-www-form-urlencoded", "Origin": browser.origin})[0] == 401
    assert browser.ask("GET", "/act")[0] == 404
    for host in ("evil.example", "127.0.0.1.evil.example", "evil.example:80"):
        assert browser.ask("GET", "/", Host=host)[0] == 421, host
    assert browser.ask("GET", "/", Host="localhost:9000")[0] == 200  # through a tunnel
    assert [a for a in site.cli("audit")["acts"] if a["act"] == "suspend"] == []


def test_an_act_has_its_reason_and_the_name_that_the_kernel_says(site, browser):
    fields = {"act": "suspend", "subject": DEPARTMENT, "number": "0", "back": f"/agencies/{DEPARTMENT}", "token": browser.token()}
    browser.post("/act", {**fields, "reason": "  "}, 422)
    assert "OPERATOR_REQUIRED" in browser.page
    reason = "sự cố <script>alert(1)</script> & \"ngoặc\""
    where = browser.post("/act", {**fields, "reason": reason})
    assert re.fullmatch(rf"/agencies/{DEPARTMENT}\?done=\d+", where), where
    browser.get(f"/agencies/{OTHER}")
    browser.post("/act", {**browser.form("drain"), "reason": "sắp sáp nhập"})
    assert "không nhận hồ sơ mới" in browser.get(f"/agencies/{OTHER}") and "sắp sáp nhập" in browser.page
    day = officetime.today() + datetime.timedelta(days=3)
    browser.post("/act", {**browser.form("closure"), "reason": "x", "from": f"{day}T08:00", "until": "mai"}, 422)
    browser.get(f"/agencies/{OTHER}")
    browser.post("/act", {**browser.form("closure"), "reason": "chuyển trụ sở", "from": f"{day}T08:00", "until": f"{day}T17:00"})
    assert f"{day:%d/%m/%Y}&nbsp;08:00" in browser.get(f"/agencies/{OTHER}") and "chuyển trụ sở" in browser.page
    for what in ("resume", "reopen"):
        browser.post("/act", {**browser.form(what), "reason": "xong"})
        browser.get(f"/agencies/{OTHER}")
    assert "sắp sáp nhập" not in browser.page and "chuyển trụ sở" not in browser.page
    act = [a for a in site.cli("audit")["acts"] if a["act"] == "suspend"][-1]
    assert (act["uid"], act["subject"], act["reason"], act["outcome"]) == (os.geteuid(), DEPARTMENT, reason, "done")
    text = browser.get("/system/acts")
    assert "<script>alert" not in text and "&lt;script&gt;alert(1)" in text and "suspend" in text
    for back in ("//evil.example/", "https://evil.example/", "/\\evil.example", ""):
        where = browser.post("/act", {**fields, "act": "resume", "reason": "xong", "back": back})
        assert where.startswith("/?done="), where
    browser.post("/act", {**fields, "act": "nothing", "reason": "x"}, 400)


def test_pages_speak_their_readers_language(browser):
    """Names in place of codes, and words in place of the programs' own."""
    for act in ("suspend", "resume"):
        browser.post("/act", {"act": act, "subject": DEPARTMENT, "number": "0", "back": "/", "reason": "thử", "token": browser.token()})
    acts = browser.get("/system/acts?lang=vi")
    assert f'<strong>Tạm ngừng cơ quan</strong><br><span class=dim>suspend</span> <a href="/agencies/{DEPARTMENT}">' in acts and "Giờ làm việc" in acts
    assert '<a href="/system/procedures/1.010828">' in acts
    assert f'<strong>suspend</strong> <a href="/agencies/{DEPARTMENT}">' in browser.get("/system/acts?lang=en")
    procedure = browser.get("/system/procedures/1.009994")
    assert "where it was filed" in procedure and "Construction permit" in browser.text() and "Department of Construction, Lạng Sơn" in browser.text()
    assert "parent(origin)" not in re.sub(r"<details open>.*?</details>", "", procedure, flags=re.S)
    assert "nơi tiếp nhận" in browser.get("/system/procedures/1.009994?lang=vi")
    text = browser.get("/system") and browser.text()
    assert "01/01/2026 đến hết 30/06/2026 đã hết" in text and "đang dùng" in text and "Cảnh báo" in text and "Lịch nghỉ" in text.replace("lịch nghỉ", "Lịch nghỉ")
    browser.get("/reports?report=agencies&column=received")
    assert "Cột Tiếp nhận trong kỳ" in browser.text()


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user")
def test_a_role_is_the_brokers_to_give_and_to_take(site, dossier):
    with pytest.raises(Failed, match="OPERATOR_NOT_ADMITTED"):
        site.console.link(user=NOBODY)
    give(site, "observer=nobody")
    observer = site.console.enter(site.console.link(user=NOBODY))
    assert "nobody" in observer.get("/") and "<button>Tạm ngừng" not in observer.get("/agencies/" + DEPARTMENT, expect=None)
    fields = {"act": "suspend", "subject": DEPARTMENT, "number": "0", "back": "/", "reason": "thử", "token": observer.token()}
    observer.post("/act", fields, 403)
    assert "OPERATOR_NOT_ADMITTED" in observer.page
    assert "OPERATOR_NOT_ADMITTED" in observer.get("/system/acts")  # records are the operator's and the auditor's
    for act in ("resume", "drain", "closure", "reopen", "redeliver", "redeliver-from", "time-confirm", "restore-confirm", "dossier-close", "dossier-repair", "remind",
                "agency-remind", "offer-back", "dossier-confirm", "carry-confirm", "carry-close"):
        observer.post("/act", {**fields, "act": act, "record": "1", "holder": DEPARTMENT, "leg": "x", "status": "4", "branch": "1",
                               "from": "2030-01-01T08:00", "until": "2030-01-02T08:00"}, 403)
    for path in ("/", "/agencies/" + DEPARTMENT, "/system", "/dossiers"):
        assert "action=/act" not in observer.get(path), path
    assert "action=/act" not in observer.get("/dossiers/" + dossier.code) and "/forms/06/" not in observer.page
    observer.get("/forms/06/" + dossier.code, 403)
    assert b"%PDF" not in observer.raw
    give(site, "auditor=nobody")
    assert "OPERATOR_NOT_ADMITTED" not in observer.get("/system/acts")
    observer.post("/act", fields, 403)
    give(site)
    end = time.monotonic() + 15
    while observer.ask("GET", "/dossiers")[0] != 401:
        assert time.monotonic() < end
        time.sleep(0.2)


def test_odd_addresses_are_harmless(browser):
    for path in ("/%", "/%00", "/%ff", "/?a=%zz", "/?a=1&a=2", "/?" + "a" * 3000, "/?" + "a&" * 8000):
        assert browser.ask("GET", path)[0] == 400, path
    for path in ("/..%2f..%2fetc/passwd", "/dossiers/../../etc/passwd", "/static/*", "/dossiers/%3Cscript%3E", "/agencies/x%22y"):
        status, text = browser.ask("GET", path)
        assert status in (403, 404) and "<script>" not in text, (path, status)
    long_text = "/dossiers?text=" + urllib.parse.quote("'\" OR 1=1 --" + "ồ" * 150)
    browser.get(long_text)
    status, _ = browser.ask("POST", "/act", "a=" + "x" * 100000, **{"Content-Type": "application/x-www-form-urlencoded"})
    assert status == 400


def test_a_filter_that_is_not_understood_is_said(browser):
    """What is asked for and not known would else be everything, under a heading that says otherwise."""
    for wrong in ("owner=H37.24", "late=yes", "opened_from=31/12/2026", "opened_to=2026-02-30", "status=99", "status=x", "channel=-1", "verdict=1x", "sort=up"):
        assert "không hiểu được" in browser.get("/dossiers?" + wrong) and browser.ask("GET", "/dossiers.csv?" + wrong)[0] == 400, wrong
    for right in ("", "late=1&status=&opened_from=2026-11-30&sort=opened", "verdict=5&channel=3&status=10&holder=H37&text=%C4%91&done=1"):
        assert "không hiểu được" not in browser.get("/dossiers?" + right) and browser.ask("GET", "/dossiers.csv?" + right)[0] == 200, right
    assert "Không có nguyên nhân nào" in browser.get("/?cause=lat") and "Không có nguyên nhân nào" not in browser.get("/?cause=late")


def test_an_agency_is_asked_for_by_its_name(browser, dossier):
    """As a person writes it: one that goes by it is taken, of several he chooses, and what is filed or signed is never of another question."""
    wait_page(browser, "/dossiers?owed_by=" + DEPARTMENT, lambda page: dossier.code in page)
    name = re.search(rf'/agencies/{re.escape(DEPARTMENT)}"><bdi>([^<]+)', browser.page)[1]
    plain = unicodedata.normalize("NFD", name.replace("Đ", "D").replace("đ", "d")).encode("ascii", "ignore").decode().lower()
    for words in (name, plain, DEPARTMENT.lower()):
        asked = "/dossiers?owed_by=" + urllib.parse.quote(words)
        assert dossier.code in browser.get(asked) and dossier.code in browser.get(asked.replace("/dossiers?", "/dossiers.csv?")), words
    several, nobody = urllib.parse.quote("sở"), urllib.parse.quote("sở không có")
    assert dossier.code not in browser.get("/dossiers?open=1&owed_by=" + several) and "Nhiều cơ quan" in browser.page
    assert dossier.code in browser.get(next(a for a in re.findall(r'href="(/dossiers[^"]+)"', browser.page) if a.endswith("owed_by=" + DEPARTMENT)).replace("&amp;", "&"))
    assert "Không có cơ quan nào" in browser.get("/dossiers?holder=" + nobody) and dossier.code not in browser.page
    assert "Nhiều cơ quan" in browser.get("/reports?agency=" + several)
    assert "Nhiều cơ quan" not in browser.get("/reports?agency=" + urllib.parse.quote(plain))
    for words in (several, nobody):
        for path in ("/dossiers.csv?lead=", "/reports?as=csv&agency=", "/reports/delays.zip?agency="):
            assert browser.ask("GET", path + words)[0] == 400, path


def test_a_report_that_is_not_understood_is_said(browser):
    for wrong in ("report=all", "from=01/12/2026", "until=x", "from=2026-12-31&until=2026-12-01", "report=ranking&level=city"):
        assert "không hiểu được" in browser.get("/reports?" + wrong) and browser.ask("GET", "/reports?as=csv&" + wrong)[0] == 400, wrong
        assert browser.ask("GET", "/reports/delays.zip?" + wrong)[0] == 400, wrong
    assert "không hiểu được" not in browser.get("/reports?report=ranking&level=district&from=2026-11-01&until=2026-11-01")


def test_a_path_means_itself(browser):
    """No wildcard, no encoded dots, no other spelling leads to a page that its own address does not."""
    for path in ("/dossiers/*", "/dossiers/%25", "/agencies/_______", "/agencies/H37.%25", "/system/procedures/*", "/SYSTEM", "//system", "/system/",
                 "/%2e%2e/system", "/system/%2e%2e/system", "/system/%252e%252e/acts", "/x/../system", "/system%2facts%00", "/system/acts/", "/console.css/../system",
                 "/console.css%2f..%2fsystem", "/act", "/login/../system", "/live/", "/healthz/system", "/dossiers.csv/", "/forms/07/x", "/forms/06/../../x"):
        assert browser.ask("GET", path)[0] in (400, 403, 404), path
    for text in ("qq%", "%qq", "qq_", "q*q", "h37.__.q", "' OR '1'='1", 'q" OR 1 --', "NEAR(q q)"):  # signs are no wildcards and no words of SQL
        for path in ("/agencies?text=", "/dossiers?text="):
            assert "<tbody" not in browser.get(path + urllib.parse.quote(text)), (path, text)
    assert "login" in Browser(browser.origin).get("/system%2f..%2flogin", None)  # nobody comes in by it


def test_methods_and_headers(site, browser):
    for path in ("/", "/dossiers", "/console.css", "/nowhere", "/live", "/dossiers.csv"):
        status, text = browser.ask("HEAD", path)
        assert status == (404 if path == "/nowhere" else 200) and text == "", path
    assert Browser(site.console.address).ask("HEAD", "/system/acts")[0] == 401
    for method in ("PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "CONNECT", "get", "BREW"):
        assert browser.ask(method, "/")[0] in (400, 405), method
        assert "access-control-allow-origin" not in browser.headers
    form = {"Content-Type": "application/x-www-form-urlencoded", "Origin": browser.origin}
    assert browser.ask("POST", "/dossiers", "token=" + browser.token(), **form)[0] == 404
    for override in ("X-HTTP-Method-Override", "X-Forwarded-Host", "X-Original-URL", "X-Rewrite-URL"):
        assert "<h1>Việc" in browser.get("/", **{override: "/system/acts"}), override
    # What would end a header line in an answer, or begin another.
    fields = {"act": "suspend", "subject": OTHER, "number": "0", "reason": "thử", "token": browser.token()}
    for back in ("/x\r\nSet-Cookie: a=b", "/x\nX: y", "/x\u0085y", "/x\u2028y", "/x\ty", "/ồ y"):
        browser.post("/act", {**fields, "back": back})
        assert "a=b" not in str(browser.cookies) and "x" not in browser.headers and re.fullmatch(r"[!-~]+", browser.headers["location"]), back
        browser.post("/act", {**fields, "act": "resume", "back": "/"})
    for path in ("/?lang=en%0d%0aSet-Cookie:%20a=b", "/search?q=%0d%0aSet-Cookie:%20a=b", "/dossiers/%0d%0aa"):
        browser.ask("GET", path)
        assert "a" not in browser.cookies and "set-cookie" not in {k for k in browser.headers if "a=b" in browser.headers[k]}, path
    # More than a browser ever sends: refused, and others are served.
    for cookie in ("x=" + "a" * 20000, "x=" + "a" * 200000, "lienthong_console=" + "f" * 9000, "; ".join(f"c{i}=1" for i in range(900))):
        try:
            status, _ = Browser(site.console.address).ask("GET", "/system", Cookie=cookie)
            assert status in (400, 401, 413, 431), status
        except (http.client.HTTPException, OSError):
            pass  # cut off
        assert browser.ask("GET", "/healthz")[0] == 200


def send(browser, *parts, wait=10):
    """What comes back on one connection until it ends, or nothing came for so long."""
    host, port = browser.host.split(":")
    with socket.create_connection((host, int(port)), wait) as connection:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it need not hear all
            connection.sendall("\r\n".join(parts).encode())
        answer = b""
        with contextlib.suppress(TimeoutError, ConnectionResetError):
            while data := connection.recv(65536):
                answer += data
    return answer.decode(errors="replace")


def test_where_a_request_ends_is_beyond_doubt(browser):
    """What a proxy could take for one request and the console for two is refused, and nothing behind it is read."""
    who = [f"Host: {browser.host}", f"Cookie: lienthong_console={browser.cookies['lienthong_console']}"]
    form = [*who, f"Origin: {browser.origin}", "Content-Type: application/x-www-form-urlencoded"]
    second = ["GET /system/acts HTTP/1.1", *who, "", ""]
    for head in (["Content-Length: 4", "Transfer-Encoding: chunked"], ["Content-Length: 0", "Content-Length: 5"], ["Transfer-Encoding : chunked", "Content-Length: 0"],
                 ["Transfer-Encoding: xchunked", "Content-Length: 0"], ["Transfer-Encoding: chunked", "Transfer-Encoding: identity"],
                 ["Content-Length: +0"], ["Content-Length: 0 5"], ["X: a", " Content-Length: 0"], ["Host: evil.example", "Content-Length: 0"]):
        answer = send(browser, "POST /act HTTP/1.1", *form, *head, "", "0", "", "", *second)
        assert answer.startswith("HTTP/1.1 400") and "Thao tác của" not in answer and "200 OK" not in answer, (head, answer[:300])
    answer = send(browser, "POST /act HTTP/1.0", *form, "Transfer-Encoding: chunked", "", "0", "", "", *second)
    assert "200 OK" not in answer, answer[:300]
    answer = send(browser, "POST /act HTTP/1.1", *form, "Content-Length: 90000000", "", "a" * 3000000)
    assert "HTTP/1.1 2" not in answer, answer[:100]  # nobody reads all of it
    assert len(re.findall("HTTP/1.1 200", send(browser, *["GET /healthz HTTP/1.1", who[0], ""] * 5, "", wait=2))) == 5  # in a row: fine


def test_who_takes_places_leaves_some_to_others(site, browser):
    """Requests that come byte by byte, and one session's streams: whoever comes after them is served."""
    host, port = browser.host.split(":")
    slow = []
    for _ in range(170):
        slow.append(socket.create_connection((host, int(port)), 5))
        slow[-1].sendall(f"GET / HTTP/1.1\r\nHost: {browser.host}\r\nX-A: a".encode())
    status = None
    for _ in range(40):  # the places of those that were ended are free when their threads have seen it
        with contextlib.suppress(http.client.RemoteDisconnected, ConnectionResetError):
            status = browser.ask("GET", "/")[0]
            break
        time.sleep(0.05)
    assert status == 200
    for connection in slow:
        connection.close()
    one, other = site.console.enter(), site.console.enter()
    def stream(of):
        connection = http.client.HTTPConnection(of.host, timeout=10)
        connection.request("GET", "/live?dossier=", headers={"Cookie": f"lienthong_console={of.cookies['lienthong_console']}"})
        return connection, connection.getresponse().status
    streams = [stream(one) for _ in range(60)]
    statuses = [status for _, status in streams]
    assert {status: statuses.count(status) for status in statuses} == {200: 24, 503: 36}, statuses
    assert stream(other)[1] == 200 and other.ask("GET", "/")[0] == 200 and one.ask("GET", "/")[0] == 200
    for connection, _ in streams:
        connection.close()


def test_a_session_is_its_owners(site, browser):
    """No cookie that somebody has chosen becomes a session, and no session acts by another's token."""
    victim = Browser(site.console.address)
    victim.cookies["lienthong_console"] = chosen = "0123456789abcdef" * 2
    key = urllib.parse.parse_qs(urllib.parse.urlsplit(site.console.link()).query)["key"][0]
    victim.post("/login", {"key": key})
    assert victim.cookies["lienthong_console"] != chosen
    thief = Browser(site.console.address)
    for cookie in (chosen, "", "*", "%", "0" * 32, victim.cookies["lienthong_console"][:-1], victim.cookies["lienthong_console"].upper() + " "):
        thief.cookies["lienthong_console"] = cookie
        assert thief.ask("GET", "/")[0] == 401, cookie
    fields = {"act": "suspend", "subject": DEPARTMENT, "number": "0", "back": "/", "reason": "thử"}
    assert victim.token() != browser.token()
    victim.post("/act", {**fields, "token": browser.token()}, 403)
    browser.post("/logout", {"token": victim.token()}, 403)
    browser.get("/")
    # Who comes in anew from the same browser leaves nothing behind that acts.
    kept = Browser(site.console.address)
    kept.cookies = dict(victim.cookies)
    again = urllib.parse.parse_qs(urllib.parse.urlsplit(site.console.link()).query)["key"][0]
    victim.post("/login", {"key": again})
    kept.get("/", 401)
    # The key of a link is worth nothing in an address, nor after its use; and a session that was left is over for all its tabs.
    assert victim.ask("GET", f"/login?key={key}")[0] in (200, 403, 404)
    tab = Browser(site.console.address)
    tab.cookies = dict(victim.cookies)
    tab.get("/")
    stream = http.client.HTTPConnection(tab.host, timeout=5)  # before the next sign of life, 15 s, by which it would see it too
    stream.request("GET", "/live?dossier=", headers={"Cookie": f"lienthong_console={tab.cookies['lienthong_console']}"})
    answer = stream.getresponse()
    victim.post("/logout", {"token": victim.token()})
    answer.read()  # to its end
    stream.close()
    tab.get("/", 401)
    tab.post("/act", {**fields, "token": "0" * 32}, 403, "http://evil.example")


def test_what_a_sheet_would_run_is_a_text(site, browser, tmp_path):
    names = ["=HYPERLINK(0)", "@SUM(1)", "＝1+1", "\"=1"]
    agencies = [{"code": f"H37.9{i}", "name": name, "level": "department", "parent": "H37"} for i, name in enumerate(names)]
    (tmp_path / "a.json").write_text(json.dumps(agencies, ensure_ascii=False))
    site.cli("agency", "import", str(tmp_path / "a.json"), "--reason", "thử")
    texts = []
    for path in ("/dossiers.csv", "/reports?report=agencies&as=csv", "/reports?report=ranking&as=csv"):
        texts.append(browser.get(path))
        for row in csv.reader(io.StringIO(texts[-1].lstrip("\ufeff"))):
            assert not [cell for cell in row if re.match(r"\s*[=@＝＠]|[\t\r\n]", cell)], (path, row)
    rows = subprocess.run([site.cli_bin, "agency", "list", "--output", "csv", "--sandbox", site.folder], capture_output=True, text=True).stdout
    cells = [cell for row in csv.reader(io.StringIO(rows)) for cell in row]
    assert "'=HYPERLINK(0)" in cells and "'＝1+1" in cells and "'@SUM(1)" in cells, cells[-20:]


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> \"Đồng Đăng\" & 'x' : "


@pytest.fixture(scope="module")
def dossier(site):
    """One dossier whose texts are hostile, handed to nobody who answers."""
    site.start_adapter(DISTRICT)
    case = Case(site, officetime.dossier_code(DISTRICT, 1))
    case.open(fields={"ghi_chu": HOSTILE + "ồ" * (250 - len(HOSTILE))}, actor={"unit": "Bộ phận <b>Một cửa</b>", "officer": "an.nguyen", "title": "Chuyên <i>viên</i>"})
    offered = case.post(DISTRICT, "FORWARD", [{"agency": DEPARTMENT, "leg": "doi-chieu"}], reason=HOSTILE * 5,
                        actor={"unit": "Một cửa", "officer": "an.nguyen", "title": "<svg onload=alert(3)>"})
    case.admitted(DISTRICT, offered)
    case.offered = offered
    return case


def wait_page(browser, path, match, timeout=20):
    end = time.monotonic() + timeout
    while not match(browser.get(path)):
        assert time.monotonic() < end, browser.text()[:2000]
        time.sleep(0.1)
    return browser.page


def test_a_dossier_is_found_and_shown(site, browser, dossier):
    browser = site.console.enter()
    wait_page(browser, "/dossiers", lambda page: dossier.code in page)
    assert dossier.code in browser.get("/dossiers?text=" + urllib.parse.quote("dong dang")) and dossier.code not in browser.get("/dossiers?text=khongco")
    assert browser.ask("GET", "/search?q=" + dossier.code)[0] == 303 and browser.headers["location"] == "/dossiers/" + dossier.code
    at = site.broker.log_size()
    page = browser.get("/dossiers/" + dossier.code)
    site.broker.wait_log("dossier looked at", after=at)
    assert not re.search(r"<script>|<img|<svg onload|<b>Một|<i>viên", page) and "&lt;script&gt;alert(1)" in page
    text = browser.text()
    for word in ("BÂY GIỜ", "TRỄ", "CÓ THỂ", "Đường đi", "Các hạn", "Chữ ký và biên nhận", "nhận hoặc từ chối", "ngày làm việc"):
        assert word in text, word
    assert "<p class=lead><bdi>" in page and "Bộ Nội vụ" in page.split("<svg role=img")[1].split("</svg>")[0]  # who is to come, by name
    assert "<svg role=img" in page and page.count("<rect") == 5 and "Sở Nội vụ" in page
    assert browser.get("/dossiers/" + dossier.code + "?lang=en").count("NOW") == 1
    # names of procedures and legs too: of the list's dossier where it is, of the act that is owed where the offer leads
    for path, leg in (("/dossiers?text=" + dossier.code, "Receive and check"), ("/?cause=unanswered", "Compare with the martyr")):
        wait_page(browser, path, lambda page: dossier.code in page)
        assert "The Fatherland Remembers" in browser.page and leg in browser.page and "Tổ quốc" not in browser.page, browser.text()
    assert "Receive and check" not in browser.page
    wait_page(browser, "/?cause=unanswered&lang=vi", lambda page: dossier.code in page)  # the offer, a moment behind what opened it
    assert "Sở Nội vụ" in browser.get("/agencies?text=so+noi+vu") and browser.get("/agencies/" + DEPARTMENT)
    rows = browser.get("/dossiers.csv?owed_by=" + DEPARTMENT).splitlines()
    assert len(rows) == 2 and rows[1].startswith(f'"{dossier.code}","1.010828"') and "attachment" in browser.headers["content-disposition"]
    token, reason = browser.token(), {"act": "suspend", "subject": "H37.28", "number": "0", "back": "/agencies/H37.28", "reason": "thử"}
    assert "tạm ngừng" in browser.get(browser.post("/act", {**reason, "token": token})).split("<dl")[1]  # seen at once
    browser.post("/act", {**reason, "token": token, "act": "resume"})
    browser.get("/forms/06/" + dossier.code)
    assert browser.raw[:5] == b"%PDF-" and browser.headers["content-disposition"] == f'attachment; filename="{dossier.code}-06.pdf"'
    browser.post("/act", {"act": "remind", "subject": dossier.code, "number": "0", "back": "/", "reason": "<script>alert(1)</script> \"x\" &amp;", "token": token})
    wait_page(browser, "/dossiers/" + dossier.code, lambda page: "Người vận hành nhắc" in page)
    assert "<script>alert" not in browser.page
    browser.post("/act", {"act": "offer-back", "subject": dossier.code, "number": "1", "back": "/", "reason": "thử", "token": token}, 422)
    assert "OFFER_OPEN" in browser.page  # its receiver has time left
    browser.get("/dossiers/" + dossier.code)
    assert 'value="offer-back"' not in browser.page
    browser.post("/act", {**reason, "subject": DEPARTMENT, "token": token})
    for path in ("/?cause=unanswered", "/dossiers/" + dossier.code):  # it cannot answer any more: the form is there, and is good
        wait_page(browser, path, lambda page: 'value="offer-back"' in page)
        assert "tạm ngừng hoặc đã đóng" in browser.page
    assert "proposed=" in browser.post("/act", {**browser.form("offer-back"), "reason": "không còn ai"})
    browser.post("/act", {**reason, "subject": DEPARTMENT, "token": token, "act": "resume"})
    assert "1" in browser.get("/reports?report=agencies") and DISTRICT in browser.page
    for path in ("/dossiers/H37.24-20260101-9999999", "/agencies/H99.99", "/system/procedures/9.999999"):
        browser.get(path, 404)


def test_an_agency_is_reminded_of_its_certificate(site, browser):
    """Where its end is shown the form stands open, with words that fit; they come to the agency as an item of no dossier."""
    renew(site, OTHER, days=20)
    wait_page(browser, f"/agencies/{OTHER}", lambda page: "<details open data-proposed><summary>Nhắc cơ quan" in page)
    end = officetime.today() + datetime.timedelta(days=20)
    form = browser.form("agency-remind")
    assert f"{end:%d/%m/%Y}: đề nghị gửi yêu cầu cấp lại" in form["reason"]
    assert f"lienthong agency remind {OTHER} --reason TEXT" in [one["command"] for one in site.cli("status")["causes"]]
    reason = form["reason"] + " " + HOSTILE.strip()
    apart = unicodedata.normalize("NFD", reason) + " \n"  # as some keyboards write it
    assert re.fullmatch(rf"/agencies/{OTHER}\?done=\d+", browser.post("/act", {**form, "reason": apart}))
    act = site.cli("audit")["acts"][-1]
    assert (act["act"], act["subject"], act["reason"], act["outcome"], act["uid"]) == ("agency remind", OTHER, reason, "done", os.geteuid())
    assert "agency remind" in browser.get("/system/acts") and "<script>alert" not in browser.page
    browser.get(f"/agencies/{DEPARTMENT}")
    assert browser.form("agency-remind")["reason"] == "" and "<details open" not in browser.page
    use_new_key(site, OTHER)
    api = site.start_adapter(OTHER)
    item = api.wait_item(lambda one: one["kind"] == "REMINDER")
    assert (item["dossier"], item["subject"], item["reason"], item["offer"]) == (None, "Nhắc cơ quan", reason, False), item


def test_what_happens_is_told_within_two_seconds(site, browser, dossier):
    browser = site.console.enter()
    stream = http.client.HTTPConnection(browser.host, timeout=30)
    stream.request("GET", "/live?dossier=" + dossier.code, headers={"Cookie": f"lienthong_console={browser.cookies['lienthong_console']}"})
    answer = stream.getresponse()
    assert answer.status == 200 and answer.getheader("content-type") == "text/event-stream"
    assert answer.fp.readline().rstrip()  # the chunk's size: the stream has begun
    begun = time.monotonic()
    dossier.admitted(DISTRICT, dossier.post(DISTRICT, "RECALL", [DEPARTMENT], in_reply_to=dossier.offered, reason="gửi nhầm"))
    told = b""
    while b"event: news" not in told:
        told += answer.fp.readline()
    assert time.monotonic() - begun < 5  # 2 s on a machine that does nothing else
    stream.close()


def test_a_broker_that_is_gone_is_said_and_found_again(site, browser, dossier):
    site.broker.kill()
    site.console.process.wait_log("the broker does not answer", 20)
    wait_page(browser, "/", lambda page: "không trả lời" in page)
    assert [browser.ask("GET", path)[0] for path in ("/healthz", "/readyz")] == [200, 503] and "the broker does not answer" in browser.page
    for path in PLACES[:5]:
        assert "không trả lời" in browser.get(path), path
    assert "BÂY GIỜ" in browser.get("/dossiers/" + dossier.code) and "bản sao" in browser.page
    site.start_broker()
    wait_page(browser, "/", lambda page: "không trả lời" not in page)
    assert browser.ask("GET", "/readyz")[0] == 200
    # The connection that was the operator's own has gone with the broker: he looks on, and logs in again to act.
    fields = {"act": "resume", "subject": DEPARTMENT, "number": "0", "back": "/", "reason": "x", "token": browser.token()}
    browser.post("/act", fields, 503)
    assert "console login" in browser.page
    assert "BÂY GIỜ" not in browser.get("/dossiers/" + dossier.code) and "console login" in browser.page  # no look that the broker has no line of
    again = site.console.enter()
    again.post("/act", {**fields, "token": again.token()})


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user")
def test_a_frozen_dossier_is_repaired_by_two(site, dossier):
    """A record of it was skipped: one session proposes where it goes on, by the form as it stands in the page; another user's session confirms."""
    sequence = dossier.hops()[-1]["sequence"]
    site.broker.kill()
    shutil.rmtree(site.folder / "broker/data/store")
    (site.folder / "broker/data/replaying").write_bytes(struct.pack("<4Q", sequence, sequence, 1, 0))
    site.broker.start()
    assert site.broker.popen.wait(60) == 65
    site.cli("store", "skip", str(sequence), "--operator", "an", "--reason", "thử", as_json=False)
    site.start_broker()
    give(site, "operator=nobody")
    one, other = site.console.enter(), site.console.enter(site.console.link(user=NOBODY))
    page = "/dossiers/" + dossier.code
    wait_page(one, "/?cause=frozen", lambda text: dossier.code in text)
    one.get(page)
    close = {**one.form("dossier-close"), "reason": "mở nhầm"}
    assert "proposed=" in one.post("/act", close)
    one.get(page)
    repair = {**one.form("dossier-repair"), "reason": "nơi nhận vẫn giữ", "leg": "tiep-nhan", "status": "4", "branch": "1"}
    assert repair["holder"] == DISTRICT
    proposal = re.search(r"proposed=(\d+)", one.post("/act", repair))[1]
    assert f"{dossier.code}?confirm={proposal}" in other.get("/system/acts")
    for browser, status, word in ((one, 403, "OPERATOR_NOT_ADMITTED"), (other, 303, "")):
        browser.get(page + "?confirm=" + proposal)
        confirm = {**browser.form("dossier-confirm"), "reason": "đã gọi điện hỏi"}
        assert confirm["record"] == proposal
        browser.post("/act", confirm, status)
        assert word in browser.page
    one.get(page)
    assert "dossier-repair" not in one.page and "value=\"remind\"" in one.page
    acts = site.cli("audit")["acts"][-3:]
    assert [(a["act"], a["outcome"], a["uid"]) for a in acts] == [
        ("dossier repair", "done", 0), ("dossier confirm", "OPERATOR_NOT_ADMITTED", 0), ("dossier confirm", "done", NOBODY)], acts
    give(site)
