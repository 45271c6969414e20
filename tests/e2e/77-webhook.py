"""Webhooks: an agency's own system is told each event until it takes it, signed, and wherever it was allowed to be told; a target that
hangs, refuses or leads elsewhere holds up nothing else."""
import base64
import hashlib
import hmac
import http.client
import http.server
import json
import re
import os
import signal
import socket
import ssl
import subprocess
import threading
import time

import pytest

import officetime
from deployment import Deployment, Failed
from office import DEPARTMENT, DISTRICT, Case

SECRET = b"0123456789abcdef0123456789abcdef"
SEALED = []  # the target that speaks TLS
LATER = b"fedcba9876543210fedcba9876543210"


def written(secret):
    return "whsec_" + base64.b64encode(secret).decode() + "\n"


class Target:
    """Takes what it is told, after having answered otherwise as often as it was asked to."""

    def __init__(self, tls=None):
        target = self
        self.got, self.refusals, self.lock = [], [], threading.Lock()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with target.lock:
                    status = target.refusals.pop(0) if target.refusals else 200
                    target.got.append((status, dict(self.headers), body))
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", f"http://127.0.0.1:{target.port}/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if tls:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def taken(self):
        with self.lock:
            return [(headers, json.loads(body)) for status, headers, body in self.got if status == 200]

    def wait(self, match, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for headers, event in self.taken():
                if match(event):
                    return headers, event
            time.sleep(0.02)
        raise Failed(f"not told: {[e['type'] for _, e in self.taken()]}")

    def wait_for(self, kind, dossier, seconds=20):
        return self.wait(lambda e: e["type"] == f"lienthong.{kind}" and e.get("subject") == dossier, seconds)


def holds(secret, headers, body):
    low = {name.lower(): value for name, value in headers.items()}
    signed = f"{low['webhook-id']}.{low['webhook-timestamp']}.".encode() + body
    expected = "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    return expected in low["webhook-signature"].split(" ") and abs(int(low["webhook-timestamp"]) - time.time()) < 60


def http_head(api, path):
    connection = http.client.HTTPConnection(api.host, api.port, timeout=10)
    connection.request("HEAD", path, headers={"Authorization": f"Bearer {api.token}"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.getheaders()


def tool(site, *words):
    conf = site.path(site.agency(DISTRICT)["conf"])
    done = subprocess.run([str(site.adapter_bin), "--config", str(conf), "hook", *words, "--json"], capture_output=True, text=True, timeout=30)
    return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr


def sealed(folder):
    """A CA of the agency's own, and a server's side of TLS with a certificate of it."""
    run = lambda *words: subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, cwd=folder)
    new = ("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    run(*new, "-x509", "-keyout", "ca.key", "-out", "ca.pem", "-days", "30", "-subj", "/CN=CA of the office")
    run(*new, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=hosts")
    (folder / "san").write_text("subjectAltName=IP:127.0.0.1\n")
    run("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "30", "-extfile", "san", "-out", "server.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    return context


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """The district's adapter with four hooks: one that takes all, one that takes its choice, one that hangs, one outside of what is allowed."""
    hung = socket.create_server(("127.0.0.1", 0))  # takes connections and says nothing
    targets = [Target(), Target()]
    tls = tmp_path_factory.mktemp("tls")
    SEALED.append(Target(sealed(tls)))
    with Deployment(tmp_path_factory.mktemp("hook") / "s") as site:
        site.start_broker()
        conf = site.path(site.agency(DISTRICT)["conf"])
        secret = conf.parent / "hook.secret"
        secret.write_text(written(SECRET))
        secret.chmod(0o600)
        hooks = {"all": (targets[0].port, "127.0.0.1", ""), "some": (targets[1].port, "127.0.0.1", "events=item.* envelope.admitted\n"),
                 "hung": (hung.getsockname()[1], "127.0.0.1", ""), "away": (targets[0].port, "localhost", "allow=10.0.0.0/8\n")}
        more = f"\n[hook sealed]\nurl=https://127.0.0.1:{SEALED[0].port}/\nsecret_file=hook.secret\nca={tls}/ca.pem\n"
        more += more.replace("sealed", "strange").split("ca=")[0]  # the machine's CAs do not vouch for it
        more += more.split("\n[hook strange]")[0].replace("sealed", "name").replace("127.0.0.1", "localhost")  # nor does its certificate for this name
        conf.write_text(conf.read_text() + more + "".join(
            f"\n[hook {name}]\nurl=http://{host}:{port}/{name}\nsecret_file=hook.secret\n{more}" for name, (port, host, more) in hooks.items()))
        for code in (DISTRICT, DEPARTMENT):
            site.start_adapter(code)
        yield site, *targets
    hung.close()


@pytest.fixture
def case(told, request):
    numbers = request.config.__dict__.setdefault("hook_numbers", iter(range(1, 1000)))
    return Case(told[0], officetime.dossier_code(DISTRICT, next(numbers)))


def tried(site, hook, count):
    """The deliveries that were answered otherwise than they should and wait for another time, once there are so many and no other waits: one that
    has just been told waits too, until its answer is written down."""
    end = time.monotonic() + 20
    while True:
        status, page = tool(site, "list", hook)
        rows = [d for d in page["deliveries"] if d["state"] == "waiting"]
        if status == 0 and page["waiting"] == count == len(rows) and all(d["attempts"] > 0 for d in rows):
            return rows
        assert time.monotonic() < end, page
        time.sleep(0.02)


def test_each_event_is_told_and_signed(told, case):
    site, every, some = told
    case.open()
    offer = case.post(DISTRICT, "FORWARD", [DEPARTMENT])
    case.accept(DEPARTMENT, offer)
    headers, event = every.wait_for("envelope.accepted", case.code)
    assert headers["Content-Type"] == "application/cloudevents+json; charset=utf-8"
    assert (event["specversion"], event["source"], event["datacontenttype"], event["subject"]) == (
        "1.0", f"urn:lienthong:agency:{DISTRICT}", "application/json", case.code), event
    row = next(e for e in site.api(DISTRICT).all("/v1/events", "events") if e["cursor"] == event["id"])
    assert event["data"] == row and event["time"] == row["time"] and event["data"]["id"] == offer
    assert all(holds(SECRET, h, b) for _, h, b in every.got)
    types = [e["type"] for _, e in every.taken() if e.get("subject") == case.code]
    assert types[:2] == ["lienthong.envelope.queued", "lienthong.envelope.admitted"], types
    some.wait_for("item.arrived", case.code)
    assert {e["type"].split(".")[1] + "." + e["type"].split(".")[2] for _, e in some.taken()} <= {"envelope.admitted", "item.arrived", "item.new"}
    ids = [e["id"] for _, e in every.taken()]
    assert len(ids) == len(set(ids)), "told twice"


def test_what_fails_is_told_later_and_what_is_unwanted_is_parked(told, case):
    site, every, some = told
    some.refusals += [500, 302]  # of the OPEN's admission, and of the FORWARD's
    case.open()
    offer = case.post(DISTRICT, "FORWARD", [DEPARTMENT])
    case.admitted(DISTRICT, offer)
    case.accept(DEPARTMENT, offer)
    some.wait_for("item.arrived", case.code)  # what comes later is not held up
    done = [e for _, e in some.taken() if e.get("subject") == case.code and e["type"] == "lienthong.envelope.admitted"]
    assert not done, done
    waiting = tried(site, "some", 2)
    assert [(d["attempts"], d["status"], d["error"]) for d in waiting] == [
        (1, 500, "it answered 500"), (1, 302, "it leads elsewhere, which is not followed")], waiting
    some.wait(lambda e: e["type"] == "lienthong.envelope.admitted" and e["data"]["id"] == offer)
    # Gone: parked at once, and told again when somebody says so.
    some.refusals.append(410)
    other = Case(site, f"{case.code[:-7]}{int(case.code[-7:]) + 500:07d}")
    other.open()
    end = time.monotonic() + 10
    while tool(site, "list", "some")[1]["parked"] != 1:
        assert time.monotonic() < end
        time.sleep(0.05)
    causes = site.api(DISTRICT).call("GET", "/healthz")[1]["causes"]
    assert [c["detail"] for c in causes if c["code"] == "HOOK_NOT_TOLD"] == ["hook: some: 1 deliveries are parked: mend its target, then hook redeliver some"]
    assert 'trouble{code="HOOK_NOT_TOLD"} 1' in site.api(DISTRICT).call("GET", "/metrics", raw=True)[1].decode()
    [parked] = site.api(DISTRICT).call("GET", "/v1/hooks/some?state=parked")[1]["deliveries"]
    assert (parked["status"], parked["event"]) == (410, "envelope.admitted"), parked
    assert tool(site, "redeliver", "some") == (0, {"redelivered": 1})
    some.wait_for("envelope.admitted", other.code)
    assert not [c for c in site.api(DISTRICT).call("GET", "/healthz")[1]["causes"] if c["code"] == "HOOK_NOT_TOLD"]
    tried(site, "some", 0)  # its answer is written down
    assert tool(site, "redeliver", "some", parked["id"]) == (0, {"redelivered": 1})
    end = time.monotonic() + 10
    while len([1 for _, e in some.taken() if e["id"] == parked["id"]]) != 2:
        assert time.monotonic() < end
        time.sleep(0.05)


def test_one_that_hangs_or_is_not_allowed_is_named(told, case):
    site, every, some = told
    case.open()
    every.wait_for("envelope.admitted", case.code, 5)
    assert tool(site, "list", "hung")[1]["waiting"] > 0
    page = tool(site, "list", "away")[1]
    assert any(d["error"] == "its address is not in allow, or http is not to this machine" for d in page["deliveries"]), page
    assert not [1 for _, h, _ in every.got if "/away" in str(h)]
    hooks = {h["name"]: h for h in site.api(DISTRICT).call("GET", "/v1/hooks")[1]["hooks"]}
    assert sorted(hooks) == ["all", "away", "hung", "name", "sealed", "some", "strange"] and all(h["active"] for h in hooks.values()), hooks
    end = time.monotonic() + 20
    while True:  # each that fails is named, not one of them
        warned = [w["detail_en"] for w in site.api(DISTRICT).call("GET", "/healthz")[1]["warnings"] if w["code"] == "HOOK_NOT_TOLD"]
        if warned and {"away", "name", "strange"} <= set(re.findall(r"[a-z]+", warned[0].partition("(")[2].partition(")")[0])):
            break
        assert time.monotonic() < end and len(warned) < 2, warned
        time.sleep(0.1)
    assert 'lienthong_adapter_hook_deliveries{hook="hung",state="waiting"}' in site.api(DISTRICT).call("GET", "/metrics", raw=True)[1].decode()


def test_https_is_believed_by_the_ca_that_is_named(told, case):
    """A real server of TLS: told where `ca` vouches for it, and not where nobody does, nor under another name than its certificate's."""
    site, *_ = told
    case.open()
    headers, _ = SEALED[0].wait_for("envelope.admitted", case.code)
    taken = [b for status, _, b in SEALED[0].got if status == 200]
    assert holds(SECRET, headers, next(b for b in taken if case.code.encode() in b and b'"lienthong.envelope.admitted"' in b))
    for name in ("strange", "name"):
        end = time.monotonic() + 10
        while not (errors := {d["error"] for d in tool(site, "list", name)[1]["deliveries"] if d["error"]}):
            assert time.monotonic() < end
            time.sleep(0.05)
        assert all("certificate" in e.lower() for e in errors), errors
    warned = [w for w in site.api(DISTRICT).call("GET", "/healthz")[1]["warnings"] if w["code"] == "HOOK_NOT_TOLD"]
    assert warned and "attempts have failed" in warned[0]["detail"], "named before it is given up"


def test_calls_that_cannot_be(told, case):
    api = told[0].api(DISTRICT)
    assert api.call("GET", "/v1/hooks/none")[0] == 404 and api.call("POST", "/v1/hooks/none/redeliver")[0] == 404
    assert api.call("GET", "/v1/hooks/some?state=lost")[0] == 400 and api.call("GET", "/v1/hooks/some?after=0000000000ffffff" + "00" * 8)[0] == 410
    assert api.call("POST", "/v1/hooks/some/redeliver", {"id": "x"})[0] == 404
    assert api.call("POST", "/v1/hooks/some/redeliver", {"idd": "x"})[0] == 400
    tag = dict(http_head(api, "/v1/hooks/some"))["ETag"]
    assert api.call("GET", "/v1/hooks/some", headers={"If-None-Match": tag}, raw=True)[0] == 304


def test_secrets_change_and_a_crash_loses_nothing(told, case):
    site, every, some = told
    conf = site.path(site.agency(DISTRICT)["conf"])
    adapter = site.adapters[DISTRICT]
    (conf.parent / "hook.secret").write_text(written(LATER) + written(SECRET))
    size = adapter.log_size()
    os.kill(adapter.pid, signal.SIGHUP)
    adapter.wait_log("configuration read again", after=size)
    case.open()
    every.wait_for("envelope.admitted", case.code)
    _, headers, body = next(g for g in reversed(every.got) if g[0] == 200)
    assert holds(LATER, headers, body) and holds(SECRET, headers, body), headers
    # Refused, and killed: it still waits, and is told when somebody asks for it, or is due.
    some.wait_for("envelope.admitted", case.code)
    some.refusals.append(503)
    offer = case.post(DISTRICT, "FORWARD", [DEPARTMENT])
    case.admitted(DISTRICT, offer)
    waiting = tried(site, "some", 1)
    adapter.kill()
    site.start_adapter(DISTRICT)
    assert tool(site, "redeliver", "some", waiting[0]["id"]) == (0, {"redelivered": 1})
    some.wait(lambda e: e["type"] == "lienthong.envelope.admitted" and e["data"]["id"] == offer)
