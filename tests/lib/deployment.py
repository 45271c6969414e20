"""A whole local deployment for tests and the demo: made by `lienthong sandbox`, run as real processes."""
import ctypes
import http.client
import json
import os
import pathlib
import secrets
import signal
import subprocess
import time
import urllib.parse

import contract

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


class Failed(Exception):
    """Something did not happen; the message says what, and where the log is."""


class Api:
    """HTTP client of one adapter. Every call returns (status, parsed body), and is held against the page that promises it."""

    def __init__(self, host, port, token):
        self.host, self.port, self.token = host, port, token

    def call(self, method, path, body=None, headers=None, raw=False, timeout=70):
        connection = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        try:
            send = {"Authorization": f"Bearer {self.token}"}
            send.update(headers or {})
            data = body
            if body is not None and not isinstance(body, bytes):
                data = json.dumps(body, ensure_ascii=False).encode()
                send.setdefault("Content-Type", "application/json")
            connection.request(method, path, data, send)
            answer = connection.getresponse()
            content = answer.read()
            contract.check(method, path, answer.status, answer.getheader("Content-Type", ""), content)
            if raw:
                return answer.status, content
            return answer.status, json.loads(content) if content else None
        finally:
            connection.close()

    def put_part(self, data):
        status, answer = self.call("PUT", "/v1/parts", data, {"Content-Type": "application/octet-stream"})
        if status not in (200, 201):
            raise Failed(f"PUT /v1/parts: {status} {answer}")
        return answer

    def post(self, envelope, key=None, expect=202):
        status, answer = self.call("POST", "/v1/envelopes", envelope, {"Idempotency-Key": key or secrets.token_hex(12)})
        if expect and status != expect:
            raise Failed(f"POST /v1/envelopes: {status} {answer}")
        return answer

    def envelope(self, envelope_id):
        return self.call("GET", f"/v1/envelopes/{envelope_id}")[1]

    def wait_state(self, envelope_id, states, timeout=30):
        """Polls an own envelope until it is, or the answer of a recipient is, in one of the states."""
        end = time.monotonic() + timeout
        while True:
            now = self.envelope(envelope_id)
            reached = {now.get("state"), *(a["state"] for a in now.get("answers", []))}
            if now.get("state") == "delivered":
                reached.add("admitted")
            if reached.intersection(states):
                return now
            if time.monotonic() > end:
                raise Failed(f"envelope {envelope_id} is {now}, not one of {states}")
            time.sleep(0.02)

    def page(self, path, wait=0, **query):
        """One page of a list."""
        text = urllib.parse.urlencode({**query, **({"wait": wait} if wait else {})})
        status, answer = self.call("GET", f"{path}?{text}", timeout=wait + 30)
        if status != 200:
            raise Failed(f"GET {path}?{text}: {status} {answer}")
        return answer

    def inbox(self, after=0, wait=0, limit=100):
        return self.page("/v1/inbox", wait, after=after, limit=limit)["items"]

    def all(self, path, member, **query):
        """Every page of a list."""
        out, after = [], 0
        while True:
            page = self.page(path, after=after, limit=1000, **query)
            out += page[member]
            if not page[member] and not page.get("more"):
                return out
            after = page["after"]

    def wait_item(self, match, after=0, timeout=30):
        """Long-polls the inbox for the first item that matches; match(item) -> bool."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            page = self.page("/v1/inbox", min(5, max(1, int(end - time.monotonic()))), after=after)
            for item in page["items"]:
                if match(item):
                    return item
            after = page["after"]
        raise Failed("the item did not arrive in the inbox")

    def accept(self, item_id, expect=202):
        return self._answer(item_id, "accept", {}, expect)

    def refuse(self, item_id, reason, expect=202):
        return self._answer(item_id, "refuse", {"reason": reason}, expect)

    def _answer(self, item_id, verb, body, expect):
        status, answer = self.call("POST", f"/v1/inbox/{item_id}/{verb}", body)
        if expect and status != expect:
            raise Failed(f"{verb} {item_id}: {status} {answer}")
        return answer

    def dossier(self, code):
        return self.call("GET", f"/v1/dossiers/{urllib.parse.quote(code)}")


PR_SET_PDEATHSIG = 1  # prctl(2)


def end_with_parent():
    """In a new process before exec: SIGTERM when the thread that started it ends, whichever way."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


class Process:
    """One daemon with its log file."""

    def __init__(self, name, command, log, env=None, tied=False):
        self.name, self.command, self.log, self.env, self.popen = name, [str(c) for c in command], pathlib.Path(log), env, None
        self.tied = tied  # ends with the thread that started it

    def start(self):
        # A signal handler that raises must not come between the new process and the place where it is noted.
        held = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals() if self.tied else ())
        try:
            with self.log.open("ab") as out:
                self.popen = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=self.env,
                                              start_new_session=True, preexec_fn=end_with_parent if self.tied else None)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, held)
        return self

    @property
    def pid(self):
        return self.popen.pid

    def alive(self):
        return self.popen is not None and self.popen.poll() is None

    def kill(self):
        """SIGKILL: no chance to say anything."""
        if self.alive():
            self.popen.send_signal(signal.SIGKILL)
            self.popen.wait(30)

    def stop(self, timeout=30):
        """SIGTERM; returns the exit status."""
        if self.popen is None:
            return None
        if self.alive():
            self.popen.send_signal(signal.SIGTERM)
            try:
                self.popen.wait(timeout)
            except subprocess.TimeoutExpired:
                self.popen.send_signal(signal.SIGABRT)
                self.popen.wait(30)
                raise Failed(f"{self.name} did not stop within {timeout} s, see {self.log}") from None
        return self.popen.returncode

    def wait_log(self, text, timeout=30, after=0):
        """Waits until the log has the text behind byte `after`; returns the log's length."""
        end = time.monotonic() + timeout
        while True:
            data = self.log.read_bytes() if self.log.exists() else b""
            if text.encode() in data[after:]:
                return len(data)
            if not self.alive():
                raise Failed(f"{self.name} ended with status {self.popen.returncode}:\n{tail(data)}")
            if time.monotonic() > end:
                raise Failed(f"{self.name} did not log {text!r} within {timeout} s:\n{tail(data)}")
            time.sleep(0.01)

    def log_size(self):
        return self.log.stat().st_size if self.log.exists() else 0


def tail(data, lines=15):
    return "\n".join(data.decode(errors="replace").splitlines()[-lines:])


class Deployment:
    """`lienthong sandbox` in a folder, and the processes that run from it."""

    def __init__(self, folder, build=None, agencies=None, tied=False):
        self.folder = pathlib.Path(folder)
        self.build = pathlib.Path(build or os.environ["LT_BUILD_DIR"]).resolve()
        self.broker_bin = self.build / "bin/lienthong-broker"
        self.adapter_bin = self.build / "bin/lienthong-adapter"
        self.cli_bin = self.build / "bin/lienthong"
        command = [str(self.cli_bin), "sandbox", str(self.folder)]
        if agencies:
            command += ["--agencies", str(agencies)]
        made = subprocess.run(command, capture_output=True, text=True)
        if made.returncode:
            raise Failed(f"lienthong sandbox: {made.returncode}: {made.stderr or made.stdout}")
        self.info = json.loads((self.folder / "sandbox.json").read_text())
        self.logs = self.folder / "logs"
        self.logs.mkdir(exist_ok=True)
        self.tied = tied
        self.broker = Process("broker", [self.broker_bin, "--config", self.folder / "broker.conf"], self.logs / "broker.log",
                              tied=tied)
        self.adapters = {}

    def agency(self, code):
        return next(a for a in self.info["agencies"] if a["code"] == code)

    def path(self, name):
        """A path of sandbox.json; they may be relative to the sandbox's folder."""
        return self.folder / name

    def open_to_others(self):
        """Other users of the machine may come to the control socket. To be said each time before one does: a run of pytest that begins
        closes the folders of all."""
        for folder in (self.folder / "broker", self.folder / "console", self.folder, *list(self.folder.parents)[:3]):
            if folder.exists():
                folder.chmod(folder.stat().st_mode | 0o1)
        (self.folder / "broker/control.sock").chmod(0o666)

    def start_broker(self, timeout=60):
        before = self.broker.log_size()
        self.broker.start()
        self.broker.wait_log("serving", timeout, before)

    def adapter_process(self, code, conf=None, name=None):
        name = name or code
        return Process(f"adapter {name}", [self.adapter_bin, "--config", conf or self.path(self.agency(code)["conf"])],
                       self.logs / f"adapter-{name}.log", tied=self.tied)

    def start_adapter(self, code, timeout=60):
        process = self.adapters.setdefault(code, self.adapter_process(code))
        process.start()
        self.wait_health(code, timeout)
        return self.api(code)

    def wait_health(self, code, timeout=60):
        end = time.monotonic() + timeout
        while True:
            try:
                status, _ = self.api(code).call("GET", "/healthz", timeout=5)
                if status in (200, 503):
                    return
            except OSError:
                pass
            process = self.adapters[code]
            if not process.alive():
                raise Failed(f"{process.name} ended:\n{tail(process.log.read_bytes())}")
            if time.monotonic() > end:
                raise Failed(f"{process.name} does not answer")
            time.sleep(0.02)

    def api(self, code):
        agency = self.agency(code)
        host, _, port = agency["api"].rpartition("://")[2].partition(":")
        return Api(host, int(port.rstrip("/")), self.path(agency["token_file"]).read_text().split()[0])

    def cli(self, *words, expect=0, as_json=True):
        command = [str(self.cli_bin), *words, "--sandbox", str(self.folder)] + (["--json"] if as_json else [])
        done = subprocess.run(command, capture_output=True, text=True)
        found = words[0] == "status" and done.returncode in (1, 2)  # its verdict
        if expect is not None and done.returncode != expect and not found:
            raise Failed(f"{' '.join(words)}: status {done.returncode}: {done.stderr}{done.stdout}")
        if as_json and done.stdout.strip():
            return json.loads(done.stdout)
        return done.stdout

    def stop(self):
        """Stops everything that was started; raises when something did not end as it should."""
        wrong = []
        for process in [*self.adapters.values(), self.broker]:
            try:
                status = process.stop()
            except Failed as failure:
                wrong.append(str(failure))
                continue
            if status not in (0, None, -signal.SIGKILL):
                wrong.append(f"{process.name} ended with status {status}:\n{tail(process.log.read_bytes())}")
        if wrong:
            raise Failed("\n".join(wrong))

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        try:
            self.stop()
        except Failed:
            if kind is None:
                raise
