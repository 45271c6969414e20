"""The console: who comes in and how, what a foreign page cannot do, acts under the operator's own name, and what it says when the broker is
gone. By HTTP alone; how it looks and works in a browser: tests/pages."""
import http.client
import os
import re
import signal
import time
import urllib.parse

import pytest

from console import Browser, Console
from deployment import Deployment, Failed
from office import Case, DEPARTMENT, DISTRICT
from sandbox import today_code

NOBODY = 65534
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
    act = [a for a in site.cli("audit")["acts"] if a["act"] == "suspend"][-1]
    assert (act["uid"], act["subject"], act["reason"], act["outcome"]) == (os.geteuid(), DEPARTMENT, reason, "done")
    text = browser.get("/system/acts")
    assert "<script>alert" not in text and "&lt;script&gt;alert(1)" in text and "suspend" in text
    for back in ("//evil.example/", "https://evil.example/", "/\\evil.example", ""):
        where = browser.post("/act", {**fields, "act": "resume", "reason": "xong", "back": back})
        assert where.startswith("/?done="), where
    browser.post("/act", {**fields, "act": "nothing", "reason": "x"}, 400)


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user")
def test_a_role_is_the_brokers_to_give_and_to_take(site):
    for folder in (site.folder / "broker", site.folder / "console", site.folder, *list(site.folder.parents)[:3]):
        folder.chmod(folder.stat().st_mode | 0o1)
    (site.folder / "broker/control.sock").chmod(0o666)
    with pytest.raises(Failed, match="OPERATOR_NOT_ADMITTED"):
        site.console.link(user=NOBODY)
    give(site, "observer=nobody")
    observer = site.console.enter(site.console.link(user=NOBODY))
    assert "nobody" in observer.get("/") and "<button>Tạm ngừng" not in observer.get("/agencies/" + DEPARTMENT, expect=None)
    fields = {"act": "suspend", "subject": DEPARTMENT, "number": "0", "back": "/", "reason": "thử", "token": observer.token()}
    observer.post("/act", fields, 403)
    assert "OPERATOR_NOT_ADMITTED" in observer.page
    assert "OPERATOR_NOT_ADMITTED" in observer.get("/system/acts")  # records are the operator's and the auditor's
    give(site, "auditor=nobody")
    assert "OPERATOR_NOT_ADMITTED" not in observer.get("/system/acts")
    observer.post("/act", fields, 403)
    give(site)
    end = time.monotonic() + 15
    while observer.ask("GET", "/dossiers")[0] != 401:
        assert time.monotonic() < end
        time.sleep(0.2)


def test_odd_addresses_are_harmless(browser):
    for path in ("/%", "/%00", "/%ff", "/?a=%zz", "/?a=1&a=2", "/?" + "a" * 3000):
        assert browser.ask("GET", path)[0] == 400, path
    for path in ("/..%2f..%2fetc/passwd", "/dossiers/../../etc/passwd", "/static/*", "/dossiers/%3Cscript%3E", "/agencies/x%22y"):
        status, text = browser.ask("GET", path)
        assert status in (403, 404) and "<script>" not in text, (path, status)
    long_text = "/dossiers?text=" + urllib.parse.quote("'\" OR 1=1 --" + "ồ" * 150)
    browser.get(long_text)
    status, _ = browser.ask("POST", "/act", "a=" + "x" * 100000, **{"Content-Type": "application/x-www-form-urlencoded"})
    assert status == 400


HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> \"Đồng Đăng\" & 'x' : "


@pytest.fixture(scope="module")
def dossier(site):
    """One dossier whose texts are hostile, handed to nobody who answers."""
    site.start_adapter(DISTRICT)
    case = Case(site, today_code(DISTRICT, 1))
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
    assert "<svg role=img" in page and page.count("<rect") == 5 and "Sở Nội vụ" in page
    assert browser.get("/dossiers/" + dossier.code + "?lang=en").count("NOW") == 1
    assert browser.get("/?cause=unanswered&lang=vi").count(dossier.code) >= 1
    assert "Sở Nội vụ" in browser.get("/agencies?text=so+noi+vu") and browser.get("/agencies/" + DEPARTMENT)
    rows = browser.get("/dossiers.csv?owed_by=" + DEPARTMENT).splitlines()
    assert len(rows) == 2 and rows[1].startswith(f'"{dossier.code}","1.010828"') and "attachment" in browser.headers["content-disposition"]
    token, reason = browser.token(), {"act": "suspend", "subject": "H37.28", "number": "0", "back": "/agencies/H37.28", "reason": "thử"}
    assert "tạm ngừng" in browser.get(browser.post("/act", {**reason, "token": token})).split("<dl")[1]  # seen at once
    browser.post("/act", {**reason, "token": token, "act": "resume"})
    assert "1" in browser.get("/reports?report=agencies") and DISTRICT in browser.page
    for path in ("/dossiers/H37.24-20260101-9999999", "/agencies/H99.99", "/system/procedures/9.999999"):
        browser.get(path, 404)


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


def test_a_broker_that_is_gone_is_said_and_found_again(site, browser):
    site.broker.kill()
    site.console.process.wait_log("the broker does not answer", 20)
    wait_page(browser, "/", lambda page: "không trả lời" in page)
    for path in PLACES[:5]:
        assert "không trả lời" in browser.get(path), path
    site.start_broker()
    wait_page(browser, "/", lambda page: "không trả lời" not in page)
    # The connection that was the operator's own has gone with the broker: he looks on, and logs in again to act.
    fields = {"act": "resume", "subject": DEPARTMENT, "number": "0", "back": "/", "reason": "x", "token": browser.token()}
    browser.post("/act", fields, 503)
    assert "console login" in browser.page
    again = site.console.enter()
    again.post("/act", {**fields, "token": again.token()})
