"""The page for an office without software: a person's whole way by plain forms, as any browser sends them, and what it must not let through."""
import html
import http.client
import re
import secrets
import time
import urllib.parse

import pytest

from deployment import Deployment
from office import DEPARTMENT, DISTRICT, OF_ANYBODY, PROCEDURE
from pyflow import add_agency, issue

READER, TWIN, OF_TWIN = "read-only-token-0001", "H37.24.71", "token-of-the-twin-0001"


class Browser:
    """Follows links and sends forms, with cookies and without scripts."""

    def __init__(self, api, language="vi"):
        self.api, self.language, self.cookies, self.text, self.status, self.headers, self.at = api, language, {}, "", 0, {}, ""

    def send(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection(self.api.host, self.api.port, timeout=30)
        send = {"Accept-Language": self.language, "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()), **(headers or {})}
        connection.request(method, path, body, send)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        self.status, self.headers, self.at = answer.status, dict(answer.getheaders()), path
        self.text = data.decode() if "text/html" in self.headers.get("Content-Type", "") else data
        cookie = self.headers.get("Set-Cookie")
        if cookie:
            name, value = cookie.split(";")[0].split("=", 1)
            self.cookies[name] = value
        return self

    def get(self, path, **more):
        self.send("GET", path, **more)
        while self.status == 303:
            self.send("GET", self.headers["Location"])
        return self

    def post(self, path, body, headers=None):
        self.send("POST", path, body, headers)
        return self.get(self.headers["Location"]) if self.status == 303 else self

    def form(self, action):
        """The form that posts to an address that begins so: its address, and its hidden and ticked fields."""
        found = re.search(rf'<form[^>]*action="({re.escape(action)}[^"]*)"[^>]*>(.*?)</form>', self.text, re.S)
        assert found, self.text
        fields = []
        for tag in re.findall(r"<input[^>]*>", found[2]):
            one = {k: html.unescape(v) for k, v in re.findall(r'([a-z]+)="([^"]*)"', tag)}
            if one.get("type") == "hidden" or (one.get("type") == "checkbox" and " checked" in tag):
                fields.append((one["name"], one.get("value", "")))
        return html.unescape(found[1]), fields

    def fill(self, action, **more):
        path, fields = self.form(action)
        return self.post(path, urllib.parse.urlencode(fields + list(more.items())), {"Content-Type": "application/x-www-form-urlencoded"})

    def fill_files(self, action, files=(), **more):
        path, fields = self.form(action)
        return self.post(path, *multipart(fields + list(more.items()), files))

    def log_in(self, token=None):
        self.get("/")
        return self.fill("/page/login", token=token or self.api.token)


def multipart(fields, files=()):
    edge = "----" + secrets.token_hex(8)
    out = b""
    for name, value in fields:
        out += f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
    for name, kind, data in files:
        out += f'--{edge}\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\nContent-Type: {kind}\r\n\r\n'.encode() + data + b"\r\n"
    return out + f"--{edge}--\r\n".encode(), {"Content-Type": f"multipart/form-data; boundary={edge}"}


def connected(api, timeout=20):
    end = time.monotonic() + timeout
    while api.call("GET", "/healthz")[1]["link"] != "connected":
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with Deployment(tmp_path_factory.mktemp("page") / "s") as made:
        token = made.path(made.agency(DISTRICT)["token_file"])
        token.write_text(token.read_text().strip() + f"\nreader {READER} read\ntwin {OF_TWIN} agency={TWIN}\n")
        conf = made.path(made.agency(DISTRICT)["conf"])
        key, cert = issue(made.folder, made.folder, TWIN)
        conf.write_text(conf.read_text() + f"\n[agency {TWIN}]\nkey = {key}\ncert = {cert}\n")
        made.start_broker()
        add_agency(made, TWIN, cert)
        for code in (DISTRICT, DEPARTMENT):
            made.start_adapter(code)
            connected(made.api(code))
        yield made


@pytest.fixture
def district(site):
    return Browser(site.api(DISTRICT)).log_in()


@pytest.fixture
def department(site):
    return Browser(site.api(DEPARTMENT)).log_in()


def open_dossier(browser, **more):
    browser.get(f"/page/open/{PROCEDURE[0]}")
    browser.fill_files("/page/open/", **{"name": "Hoàng Thị Sáu", "papers": "Đơn đề nghị = 1", **more})
    return re.search(r"/page/dossiers/([\w.-]+)", browser.text)[1]


def until(browser, path, pattern, timeout=20):
    end = time.monotonic() + timeout
    while True:
        found = re.search(pattern, browser.get(path).text, re.S)
        if found:
            return found
        assert time.monotonic() < end, browser.text
        time.sleep(0.1)


def test_a_dossier_goes_from_counter_to_department_by_forms_alone(site, district, department):
    assert "Không có việc nào đang chờ" in district.text and "Ủy ban nhân dân" in district.text
    code = open_dossier(district, subject="Cấp đổi <b>Bằng</b>")
    assert "Trục đã nhận" in district.text and "&lt;b&gt;Bằng&lt;/b&gt;" in district.text
    page = district.get(f"/page/dossiers/{code}").text
    assert "Mẫu 01" in page and "xử lý và chuyển tiếp" in page and "16 giờ" in page
    district.send("GET", f"/page/dossiers/{code}/forms/01?lang=vi")
    assert district.status == 200 and district.text.startswith(b"%PDF")
    # Handed on with files: one small, one that is a large part, two of one name.
    scan = secrets.token_bytes(700_000)
    assert f'href="/page/dossiers/{code}/acts/FORWARD?branch=1"' in until(district, "/page", f'href="/page/dossiers/{code}/acts/FORWARD[^"]*"')[0]
    district.get(f"/page/dossiers/{code}/acts/FORWARD?branch=1")
    assert "Sở Nội vụ" in district.text
    district.fill_files(f"/page/dossiers/{code}/acts/FORWARD", subject="Chuyển lên Sở", files=[
        ("scan.pdf", "application/pdf", scan), ("C:\\hồ sơ\\scan.pdf", "application/pdf", b"\r\n--x\r\n" * 9), ("", "application/octet-stream", b"")])
    assert "Trục đã nhận" in district.text or "Đã đến nơi" in district.text or "Đang chờ gửi" in district.text, district.text
    assert "scan.pdf" in district.text and "scan (2).pdf" in district.text
    sent = district.at.split("?")[0]
    # The department finds it, looks at it, refuses without a reason, then accepts.
    item = until(department, "/page/inbox", rf'href="(/page/inbox/\d+)">Chuyển hồ sơ</a><br><bdi>Chuyển lên Sở')[1]
    department.get(item)
    assert department.send("GET", f"{item}/parts/0").text == scan and "attachment" in department.headers["Content-Disposition"]
    department.get(item).fill(f"{item}/refuse", reason="   ")
    assert department.status == 422 and "REASON_REQUIRED" in department.text and "Đã nhận" not in department.text
    department.get(item).fill(f"{item}/accept")
    assert department.status == 200 and "Trục đã nhận" in department.text, department.text
    until(district, sent, "Đã nhận")
    until(department, f"/page/dossiers/{code}", r'id="now".*?H37\.11.*?</section>')
    until(department, "/page/dossiers", code)  # the list is some seconds behind
    # A refused offer comes back with its words.
    department.get(f"/page/dossiers/{code}/acts/RETURN?branch=1").fill_files(f"/page/dossiers/{code}/acts/RETURN", reason="Thiếu\r\ntrích lục")
    back = until(district, "/page/inbox?state=new", r'href="(/page/inbox/\d+)">Trả lại')[1]
    assert "Thiếu\ntrích lục" in district.get(back).text
    district.fill(f"{back}/refuse", reason="Không thiếu")
    until(department, "/page/inbox", "Từ chối")


def test_what_is_refused_keeps_what_was_written(district):
    code = open_dossier(district)
    words = "ế" * 10_000
    district.get(f"/page/dossiers/{code}/acts/REQUEST_SUPPLEMENT?branch=1")
    key = dict(district.form(f"/page/dossiers/{code}/acts/")[1])["key"]
    district.fill_files(f"/page/dossiers/{code}/acts/REQUEST_SUPPLEMENT", reason=words, items="", files=[("a b.txt", "text/plain", b"x")])
    assert district.status == 422 and words in district.text and 'aria-invalid="true"' in district.text
    fields = district.form(f"/page/dossiers/{code}/acts/")[1]
    assert dict(fields)["key"] == key and dict(fields)["part"].endswith(" text/plain a b.txt")
    district.fill_files(f"/page/dossiers/{code}/acts/REQUEST_SUPPLEMENT", reason="Thiếu", items="Bản sao\r\n\r\nẢnh 4x6")
    assert district.status == 200 and "a b.txt" in district.text and "/page/sent/" in district.at, district.text
    # Once more by the back button: the same envelope.
    first = district.at.split("?")[0]
    district.post(f"/page/dossiers/{code}/acts/REQUEST_SUPPLEMENT?branch=1", *multipart(
        [(k, v) for k, v in fields] + [("reason", "Thiếu"), ("items", "Bản sao\r\n\r\nẢnh 4x6")]))
    assert district.at.split("?")[0] == first
    assert "Mẫu 02" in until(district, f"/page/dossiers/{code}", "Mẫu 02")[0]


def test_an_operators_word_is_read_though_it_is_of_no_dossier(site, department):
    site.cli("agency", "remind", DEPARTMENT, "--reason", "chứng thư <b>hết hạn</b> ngày 05/12")
    item = until(department, "/page/inbox", r'href="(/page/inbox/\d+)">Người vận hành trục nhắc</a><br><bdi>Nhắc cơ quan</bdi>')[1]
    department.get(item)
    assert department.status == 200 and "chứng thư &lt;b&gt;hết hạn&lt;/b&gt; ngày 05/12" in department.text and "/page/dossiers/" not in department.text.split("<main")[1]


def test_hostile_texts_are_texts(site, district, department):
    code = open_dossier(district, name="</textarea><script>alert(1)</script>")
    script = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    site.api(DISTRICT).post({"kind": "FORWARD", "sender": DISTRICT, "dossier": code, "to": [{"agency": DEPARTMENT, "leg": "doi-chieu"}], "subject": script[:250]})
    item = until(department, "/page/inbox?state=new", r'href="(/page/inbox/\d+)">Chuyển hồ sơ</a><br><bdi>&quot;&gt;&lt;script')[1]
    for path in ("/page/inbox", item, f"/page/dossiers/{code}"):
        assert "<script" not in department.get(path).text and "<img" not in department.text
    turned = "dựng \u202engược\u200b\x07"
    department.get(item).fill(f"{item}/refuse", reason=turned)
    assert department.status == 422 and "\u202e" not in department.text and "U+202E" in department.text and "U+200B" in department.text
    for path in ("/page/inbox/%3Cscript%3E", "/page/dossiers/..%2f..", "/page/dossiers/H37.24-x/acts/%22%3E", f"/page/dossiers/{code}/acts/%3Cb%3E",
                 "/page/find?code=%22%3E%3Cscript%3E"):
        assert district.get(path).status in (200, 400, 404, 422) and "<script>" not in district.text and "<b>" not in district.text, path


def test_nobody_comes_in_without_a_session(site):
    stranger = Browser(site.api(DISTRICT))
    for path in ("/", "/page", "/page/inbox", "/page/inbox/1", "/page/inbox/1/parts/0", "/page/sent", "/page/dossiers/H37.24-20261130-0000001",
                 "/page/open", "/page/nothing", "/page/dossiers/H37.24-20261130-0000001/forms/01"):
        assert "Mã truy cập" in stranger.get(path).text and stranger.at == "/page/login", path
    assert stranger.send("POST", "/page/inbox/1/accept", "form=x", {"Content-Type": "application/x-www-form-urlencoded"}).status == 303
    assert stranger.headers["Location"] == "/page/login"
    assert stranger.send("POST", "/page/inbox/1/accept", b"x" * 100_000).status == 413 and "Chuyển hồ sơ" not in stranger.text
    stranger.get("/page/login").fill("/page/login", token="wrong-token-wrong-token")
    assert stranger.status == 401 and "lienthong-page" not in str(stranger.cookies)
    stranger.cookies[f"lienthong-page-{stranger.api.port}"] = "0" * 64
    assert "Mã truy cập" in stranger.get("/page").text


def test_headers_cookies_and_foreign_forms(site, district):
    district.get("/page")
    policy = district.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy and "<script" not in district.text
    assert "style=" not in district.text and district.headers["X-Content-Type-Options"] == "nosniff" and district.headers["Cache-Control"] == "no-store"
    other = Browser(site.api(DISTRICT))
    other.get("/page/login")
    path, fields = other.form("/page/login")
    other.send("POST", path, urllib.parse.urlencode([*fields, ("token", other.api.token)]))
    cookie = other.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/page" in cookie and "Secure" not in cookie
    other.send("POST", path, urllib.parse.urlencode([*fields, ("token", other.api.token)]), {"X-Forwarded-Proto": "https"})
    assert "Secure" in other.headers["Set-Cookie"]
    code = open_dossier(district)
    district.get(f"/page/dossiers/{code}/acts/STOP")
    path, fields = district.form(f"/page/dossiers/{code}/acts/STOP")
    whole = [*fields, ("reason", "Dừng")]
    mine = dict(fields)["form"]
    for changed, headers in (([(k, v) for k, v in whole if k != "form"], {}), ([(k, "0" * 64 if k == "form" else v) for k, v in whole], {}),
                             ([(k, other_form(other) if k == "form" else v) for k, v in whole], {}), (whole, {"Sec-Fetch-Site": "cross-site"})):
        body, kind = multipart(changed)
        assert district.send("POST", path, body, {**kind, **headers}).status == 403, changed
    body, kind = multipart([], [("a", "text/plain", b"x")])  # a file before the token: nothing of it is taken
    assert district.send("POST", path, body, kind).status == 403
    for body in (b"", b"--x", b"x" * 9999, multipart(whole)[0][:-30]):
        assert district.send("POST", path, body, kind).status in (400, 403), body[:20]
    assert "kind\":\"STOP" not in str(site.api(DISTRICT).page("/v1/envelopes", dossier=code))
    # Logging out ends it, for this browser alone.
    gone = dict(district.cookies)
    assert mine in district.get("/page").text
    district.fill("/page/logout")
    district.cookies = gone
    assert "Mã truy cập" in district.get("/page").text


def other_form(browser):
    browser.get("/page/open")
    return dict(browser.form("/page/logout")[1])["form"]


def test_a_token_that_only_reads_and_one_that_is_taken_away(site):
    reader = Browser(site.api(DISTRICT)).log_in(READER)
    code = open_dossier(Browser(site.api(DISTRICT)).log_in())
    assert reader.get(f"/page/dossiers/{code}").status == 200
    reader.get(f"/page/dossiers/{code}/acts/STOP").fill_files(f"/page/dossiers/{code}/acts/STOP", reason="Dừng")
    assert reader.status == 403 and "TOKEN_NOT_ALLOWED" in reader.text
    token = site.path(site.agency(DISTRICT)["token_file"])
    token.write_text("".join(line + "\n" for line in token.read_text().splitlines() if not line.startswith("reader")))
    site.adapters[DISTRICT].popen.send_signal(1)
    until(reader, "/page", "Mã truy cập")


def test_two_offices_of_one_adapter(site, district):
    district.get(f"/page?agency={TWIN}")
    links = [html.unescape(link) for link in re.findall(r'(?:href|action)="(/page[^"]*)"', district.text)]
    assert f"/page?agency={DISTRICT}" in links and f"/page?lang=en&agency={TWIN}" in links and f"/page/inbox?agency={TWIN}" in links, links
    district.get(f"/page/open/{OF_ANYBODY[0]}?agency={TWIN}").fill_files("/page/open/", name="An")
    assert "Trục đã nhận" in district.text and f"agency={TWIN}" in district.at, district.text
    twin = Browser(site.api(DISTRICT)).log_in(OF_TWIN)
    assert TWIN in twin.text and f"agency={DISTRICT}" not in twin.text
    assert twin.get("/page/sent").text.count("<tr>") == 2 and twin.get(f"/page?agency={DISTRICT}").status == 403


def test_two_languages_and_no_broker(site, district):
    english = Browser(site.api(DISTRICT), "en").log_in()
    assert 'lang="en"' in english.text and "To do" in english.text
    assert "Việc cần làm" in english.get("/page?lang=vi").text and "Đã gửi" in english.get("/page/sent").text  # it is kept
    code = open_dossier(district)
    assert site.broker.stop() == 0
    until(district, "/page/sent", "Mất nối")
    assert district.get("/page").status == 503 and "ADAPTER_OFFLINE" in district.text
    assert "Chưa hỏi được trục" in district.get(f"/page/dossiers/{code}").text
    district.get(f"/page/dossiers/{code}/acts/FORWARD").fill_files(f"/page/dossiers/{code}/acts/FORWARD", to_other=DEPARTMENT)
    assert "Đang chờ gửi" in district.text
    site.start_broker()
    until(district, district.at.split("?")[0], "Trục đã nhận|Đã đến nơi")
