"""Who looks after a broker: its verdict at /healthz and /readyz, its figures at /metrics, its alarms by a command and by a webhook, while it
lives and when it dies."""
import csv
import http.client
import http.server
import io
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

import pytest

from deployment import Deployment
from pyclient import Client

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CAUSES = re.findall(r'^LT_CAUSE\(\w+, \d+, "([\w-]+)"', (ROOT / "lib/record/cause.def").read_text(), flags=re.M)


class Hook(http.server.BaseHTTPRequestHandler):
    """Refuses the first message, and keeps the others."""
    seen, refused = [], 0

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not Hook.refused:
            Hook.refused = 1
            self.send_response(503)
        else:
            Hook.seen.append(body)
            self.send_response(204)
        self.end_headers()

    def log_message(self, *args):
        pass


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait(what, seconds=20):
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end
        time.sleep(0.1)
    return found


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("watch")
    one = Deployment(folder / "sandbox")
    one.port, one.mail = free_port(), folder / "mail"
    one.conf = one.folder / "broker.conf"
    one.before = one.conf.read_text()
    one.conf.write_text(one.before + f"\n[watch]\nlisten=127.0.0.1:{one.port}\nnotify=cat >>{one.mail}; echo \"$LIENTHONG_ALARMS\" >>{one.mail}.json\n")
    one.start_broker()
    yield one
    one.stop()


def get(site, path, method="GET", body=None):
    connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=5)
    try:
        connection.request(method, path, body)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except OSError:
        return 0, ""
    finally:
        connection.close()


def events(site):
    file = pathlib.Path(f"{site.mail}.json")
    return [event for line in (file.read_text().splitlines() if file.exists() else []) for event in json.loads(line)["events"]]


def withdraw(site):
    [one] = site.cli("crl", "list")["lists"]
    site.cli("crl", "withdraw", one["sha256"], "--operator", "an", "--reason", "thử")


def test_alarms_by_command(site):
    status, body = wait(lambda: (lambda answer: answer if answer[0] == 200 else None)(get(site, "/readyz")))
    assert (json.loads(body)["verdict"], json.loads(body)["causes"]) == ("healthy", [])
    assert get(site, "/healthz")[0] == 200 and get(site, "/")[0] == 404
    assert get(site, "/metrics", "POST", b"x" * 100000)[0] == 405
    assert events(site) == []  # nothing is wrong, and nobody is told so
    withdraw(site)
    wait(lambda: get(site, "/readyz")[0] == 503)
    raised = wait(lambda: events(site))
    assert [(e["cause"], e["event"], e["severity"]) for e in raised] == [("list-missing", "raised", "critical")]
    assert raised[0]["id"] == f"list-missing/{raised[0]['subject']}" and "crl import" in raised[0]["command"]
    told = site.mail.read_text()
    assert told.startswith("lienthong lienthong.sandbox.vn: not healthy: 1 critical, 0 warnings\n") and "raised critical list-missing/" in told
    status = site.cli("status")
    assert (status["verdict"], status["ready"], [c["id"] for c in status["causes"]]) == ("critical", False, ["list-missing"])
    assert site.cli("status", as_json=False).startswith("not healthy: 1 critical, 0 warnings\n  1. CRITICAL list-missing: ")
    site.cli("crl", "import", site.folder / "ca/crl.der", "--operator", "an", "--reason", "thử")
    assert wait(lambda: events(site)[1:])[0]["event"] == "cleared"
    assert get(site, "/readyz?" + "a&" * 8000)[0] == 200 and len(events(site)) == 2  # each is told once


def figures(text):
    return {name: float(value) for name, value in re.findall(r"^(\w+(?:\{[^}]*\})?) ([\d.]+)$", text, flags=re.M)}


def test_metrics(site):
    with Client.of_sandbox(site.folder, ["H37.24"]) as client:
        client.connect()
        texts = [wait(lambda: (lambda text: text if "agency_connected{" in text else None)(get(site, "/metrics")[1])),
                 site.cli("metrics", as_json=False)]
    for text in texts:
        seen = figures(text)
        assert seen["lienthong_up"] == seen["lienthong_ready"] == 1
        assert {name.split('"')[1] for name in seen if name.startswith("lienthong_alarm{")} == set(CAUSES)
        assert seen['lienthong_agency_connected{agency="H37.24"}'] == 1
        assert not re.search(r"H37\.\d+-20\d{6}-", text)  # no dossier is a label
        assert len(re.findall(r"^# TYPE (\S+)", text, flags=re.M)) == len(set(re.findall(r"^# TYPE (\S+)", text, flags=re.M)))
    site.start_adapter("H37.24")
    texts.append(site.api("H37.24").call("GET", "/metrics", raw=True)[1].decode())
    for text in texts if shutil.which("promtool") else []:  # ./dev alarms sees to it that it is there
        done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
        assert done.returncode == 0 and not done.stdout and not done.stderr, done.stdout + done.stderr


def test_watch_and_forms_of_tables(site):
    """The first look of `watch`, as a line of JSON and as text; a table as CSV, which a program can read back."""
    for more in (["--json"], []):
        one = subprocess.Popen([site.cli_bin, "watch", "--sandbox", site.folder, *more], stdout=subprocess.PIPE, text=True)
        line = one.stdout.readline()
        one.send_signal(signal.SIGINT)
        one.stdout.read()
        assert one.wait(10) == -signal.SIGINT
        if more:
            seen = json.loads(line)
            assert seen["verdict"] == "healthy" and seen["head"] > 0 and seen["admitted_per_second"] == 0, seen
        else:
            assert line == "healthy\n"
    text = site.cli("agency", "list", "--output", "csv", as_json=False)
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["code"] for row in rows} == {agency["code"] for agency in site.cli("agency", "list")["agencies"]}
    assert rows[0].keys() >= {"code", "name"} and any("Sở" in row["name"] for row in rows)
    assert json.loads(site.cli("agency", "list", "--output", "json", as_json=False)) == site.cli("agency", "list")
    assert "directory version" in site.cli("agency", "list", "--output", "wide", as_json=False)
    done = subprocess.run([site.cli_bin, "agency", "list", "--sandbox", site.folder, "--output", "xml"], capture_output=True, text=True)
    assert done.returncode == 64 and "table, wide, csv or json" in done.stderr


def test_a_broker_that_dies_is_told(site):
    before = len(events(site))
    site.broker.kill()
    assert wait(lambda: events(site)[before:])[0]["id"] == "broker-silent"
    wait(lambda: get(site, "/healthz")[0] == 0)  # who looked after it has gone with it
    done = subprocess.run([site.cli_bin, "metrics", "--control", site.folder / "broker/control.sock"], capture_output=True, text=True)
    assert done.returncode == 69 and figures(done.stdout)["lienthong_up"] == 0


def test_alarms_by_webhook(site):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    site.conf.write_text(site.before + f"\n[watch]\nnotify=http://127.0.0.1:{server.server_port}/alarms?secret=abc\n")
    site.start_broker()
    children = pathlib.Path(f"/proc/{site.broker.pid}/task/{site.broker.pid}/children").read_text().split()
    assert len(children) == 1
    assert b"secret" not in pathlib.Path(f"/proc/{children[0]}/cmdline").read_bytes()
    withdraw(site)
    message = wait(lambda: Hook.seen[-1] if Hook.seen and Hook.seen[-1]["verdict"] == "critical" else None)
    told = [(e["id"].split("/")[0], e["event"]) for seen in Hook.seen for e in seen["events"]]
    assert Hook.refused == 1 and told == [("broker-silent", "cleared"), ("list-missing", "raised")], told  # that it had died is over
    assert (message["verdict"], message["ready"], message["domain"]) == ("critical", False, "lienthong.sandbox.vn")
    # By hand, beside the broker; it says so when there is none.
    site.port = free_port()
    by_hand = subprocess.Popen([site.cli_bin, "metrics", "--sandbox", site.folder, "--listen", f"127.0.0.1:{site.port}"])
    try:
        assert wait(lambda: '"list-missing"' in get(site, "/readyz")[1])
        site.broker.stop()  # in order: nobody is told
        assert not os.path.exists(f"/proc/{children[0]}")
        wait(lambda: "lienthong_up 0" in get(site, "/metrics")[1] and get(site, "/healthz")[0] == 503)
    finally:
        by_hand.send_signal(signal.SIGINT)
        assert by_hand.wait(10) == 0
    assert sum(len(seen["events"]) for seen in Hook.seen) == 2
    server.shutdown()


def processes(words):
    """Of this machine, those with these words on their command line."""
    found = []
    for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += [int(path.parent.name)] if words in path.read_bytes().replace(b"\0", b" ").decode() else []
        except (OSError, UnicodeDecodeError):
            pass
    return found


def test_who_hangs_holds_nobody_up(site):
    """While a command hangs, health goes on; at the end it is gone with all that it has started."""
    mark = f"sleep 99{os.getpid()}"
    site.conf.write_text(site.before + f"\n[watch]\nlisten=127.0.0.1:{site.port}\nnotify={mark}; true\n")
    site.start_broker()  # of the test before a list is missing, and that was told
    wait(lambda: get(site, "/readyz")[0] == 503)
    site.cli("agency", "drain", "H37.15", "--operator", "an", "--reason", "thử")
    wait(lambda: processes(mark))
    site.cli("crl", "import", site.folder / "ca/crl.der", "--operator", "an", "--reason", "thử")
    wait(lambda: get(site, "/readyz")[0] == 200, 8)
    assert processes(mark)
    assert site.broker.stop() == 0
    wait(lambda: not processes(mark), 2)
