"""lienthong-console beside a deployment, and a browser that is only HTTP: it keeps its cookie, and sends forms as a page would."""
import html
import http.client
import re
import subprocess
import urllib.parse

from deployment import Failed, Process


class Browser:
    def __init__(self, address, socket_host=None):
        self.host = socket_host or address.split("://")[1]
        self.origin, self.cookies, self.page, self.headers = address, {}, "", {}

    def ask(self, method, path, body=None, **headers):
        """(status, text). No redirect is followed."""
        connection = http.client.HTTPConnection(self.host, timeout=30)
        send = {"Host": self.host, "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()), **headers}
        connection.request(method, path, body, {k: v for k, v in send.items() if v})
        answer = connection.getresponse()
        self.raw = answer.read()
        self.page, self.headers = self.raw.decode(errors="replace"), {k.lower(): v for k, v in answer.getheaders()}
        for name, value in re.findall(r"(?:^|, )(lienthong_\w+)=([^;]*)", self.headers.get("set-cookie", "")):
            self.cookies[name] = value
        connection.close()
        return answer.status, self.page

    def bytes(self, path):
        self.get(path)
        return self.raw

    def get(self, path, expect=200, **headers):
        status, text = self.ask("GET", path, **headers)
        if expect and status != expect:
            raise Failed(f"GET {path}: {status}, not {expect}: {text[:600]}")
        return text

    def post(self, path, fields, expect=303, origin=True):
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if origin:
            headers["Origin"] = self.origin if origin is True else origin
        status, text = self.ask("POST", path, urllib.parse.urlencode(fields), **headers)
        if status != expect:
            raise Failed(f"POST {path}: {status}, not {expect}: {text[:600]}")
        return self.headers.get("location", text)

    def forms(self):
        """Fields of each form of the page that was read last."""
        out = []
        for form in re.findall(r"<form\b.*?</form>", self.page, flags=re.S):
            fields = {}
            for tag in re.findall(r"<input\b[^>]*>", form):
                name, value = re.search(r"\bname=\"?([\w-]+)", tag), re.search(r'\bvalue="([^"]*)"', tag)
                if name:
                    fields[name[1]] = html.unescape(value[1]) if value else ""
            out.append(fields)
        return out

    def token(self):
        """Of this session, as every page with a form has it."""
        return re.search(r'name=token value="(\w+)"', self.get("/"))[1]

    def form(self, act):
        return next(f for f in self.forms() if f.get("act") == act)

    def text(self):
        """What a person reads."""
        return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", self.page)))


class Console:
    def __init__(self, site):
        self.site = site
        conf = site.folder / "console.conf"
        listen = re.search(r"(?m)^listen=(.*)$", conf.read_text())[1]
        self.address = f"http://{listen}"
        self.process = Process("console", [site.build / "bin/lienthong-console", "--config", conf], site.logs / "console.log",
                               tied=site.tied)

    def start(self):
        before = self.process.log_size()
        self.process.start()
        self.process.wait_log("serving", 60, before)

    def link(self, user=None):
        """What `lienthong console login` prints, under another user when one is given."""
        if user:
            self.site.open_to_others()
        done = subprocess.run([self.site.cli_bin, "console", "login", "--sandbox", self.site.folder], capture_output=True,
                              text=True, user=user, group=user, extra_groups=[] if user else None)
        if done.returncode:
            raise Failed(done.stderr)
        return done.stdout.strip()

    def enter(self, link=None):
        """A browser that has logged in."""
        browser = Browser(self.address)
        key = urllib.parse.parse_qs(urllib.parse.urlsplit(link or self.link()).query)["key"][0]
        browser.post("/login", {"key": key})
        return browser
