#!/usr/bin/python3
"""The main job, for real: one dossier through district, department and ministry and back, by their own adapters, with the
broker killed on the way. Run it by `./dev demo`."""
import argparse
import contextlib
import itertools
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "lib"))
import officetime  # noqa: E402
from console import Console  # noqa: E402
from deployment import ROOT, Deployment, Failed  # noqa: E402
from troubles import Troubles  # noqa: E402

DISTRICT, DEPARTMENT, MINISTRY = "H37.24", "H37.11", "G09"
PROCEDURE = ("1.010828", 1)
SAMPLES = ROOT / "conf" / "samples"


ENDING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)


class Ended(BaseException):
    """A signal asks for the end; what was started is stopped in order."""

    def __init__(self, number):
        super().__init__(signal.Signals(number).name)
        self.number = number


def end(number, _):
    for one in ENDING:
        signal.signal(one, signal.SIG_IGN)  # the stopping is not interrupted
    raise Ended(number)


def tell(text):
    """Prints; the terminal may be gone."""
    try:
        print(text, flush=True)
    except OSError:
        sys.stdout = open(os.devnull, "w")


class Demo:
    def __init__(self, deployment):
        self.d = deployment
        self.begun = time.monotonic()
        self.handoffs = 0
        self.apis = {}
        self.codes = (officetime.dossier_code(DISTRICT, n) for n in itertools.count(1))
        self.dossier = next(self.codes)
        self.console = None
        self.troubles = Troubles(deployment, self.codes)
        self.names = {a["code"]: a["name"] for a in deployment.info["agencies"]}

    def say(self, text):
        tell(f"{time.monotonic() - self.begun:7.2f} s  {text}")

    def start(self):
        self.d.start_broker()
        self.say(f"broker up, pid {self.d.broker.pid}")
        for code in (DISTRICT, DEPARTMENT, MINISTRY):
            self.apis[code] = self.d.start_adapter(code)
            self.say(f"adapter up: {code}  {self.names[code]}")

    def upload(self, code, path, media_type):
        part = self.apis[code].put_part(path.read_bytes())
        return {"sha256": part["sha256"], "name": path.name, "media_type": media_type}

    def post(self, code, kind, to, **more):
        envelope = {"kind": kind, "dossier": self.dossier, "to": [{"agency": a} if isinstance(a, str) else a for a in to], **more}
        answer = self.apis[code].post(envelope)
        self.say(f"{code:8} {kind:12} signed and queued, id {answer['id']}")
        return answer["id"]

    def admitted(self, code, envelope_id):
        state = self.apis[code].wait_state(envelope_id, ("admitted", "accepted", "refused", "rejected"))
        if state["state"] == "rejected":
            raise Failed(f"{code}: rejected: {state}")
        self.say(f"{code:8} {'':12} admitted as record {state['receipt']['sequence']}, on the broker's disk")

    def accept(self, code, envelope_id):
        """The receiver takes the item from its inbox and accepts it: the hand-off."""
        item = self.apis[code].wait_item(lambda i: i["id"] == envelope_id, timeout=60)
        self.say(f"{code:8} {'':12} in the inbox: {item['kind']} of {item['sender']}, signature and parts checked")
        answer = self.apis[code].accept(item["id"])
        self.say(f"{code:8} {'ACCEPT':12} signed and queued: {self.names[code]} takes the dossier")
        return answer["id"]

    def hand_off(self, sender, receiver, envelope_id):
        self.admitted(sender, envelope_id)
        accepted = self.accept(receiver, envelope_id)
        self.admitted(receiver, accepted)
        self.apis[sender].wait_state(envelope_id, ("accepted",))
        self.handoffs += 1

    def kill_broker(self):
        self.d.broker.kill()
        self.say("------- the broker is killed (SIGKILL), nobody was told")

    def restart_broker(self):
        begun = time.monotonic()
        self.d.start_broker()
        self.say(f"------- the broker serves again, {time.monotonic() - begun:.2f} s after its start, pid {self.d.broker.pid}")

    def way(self):
        form = (SAMPLES / "to-khai.json").read_text() if (SAMPLES / "to-khai.json").exists() else None
        pdfs = sorted(SAMPLES.glob("*.pdf"))
        parts = [self.upload(DISTRICT, p, "application/pdf") for p in pdfs]
        body = json.loads(form) if form else {"mucDich": "Cấp đổi Bằng “Tổ quốc ghi công”"}
        opened = self.post(DISTRICT, "OPEN", [DISTRICT], procedure=PROCEDURE[0], procedure_version=PROCEDURE[1], received=True,
                           subject="Cấp đổi Bằng “Tổ quốc ghi công”", body=body, parts=parts)
        self.admitted(DISTRICT, opened)
        first = self.post(DISTRICT, "FORWARD", [{"agency": DEPARTMENT, "leg": "doi-chieu"}], subject="Chuyển hồ sơ lên Sở Nội vụ", parts=parts)
        self.hand_off(DISTRICT, DEPARTMENT, first)

        # The broker dies between the department's act and the ministry's answer: both adapters keep what they have.
        second = self.post(DEPARTMENT, "FORWARD", [{"agency": MINISTRY, "leg": "tham-dinh"}], subject="Trình Bộ Nội vụ thẩm định", parts=parts)
        self.admitted(DEPARTMENT, second)
        item = self.apis[MINISTRY].wait_item(lambda i: i["id"] == second)
        self.kill_broker()
        accepted = self.apis[MINISTRY].accept(item["id"])["id"]
        self.say(f"{MINISTRY:8} {'ACCEPT':12} signed and queued while the broker is down")
        approval = self.apis[MINISTRY].put_part("Quyết định cấp đổi Bằng “Tổ quốc ghi công”\n".encode())
        back = self.post(MINISTRY, "RESULT", [{"agency": DEPARTMENT, "leg": "vao-so"}], subject="Kết quả thẩm định",
                         parts=[{"sha256": approval["sha256"], "name": "quyet-dinh.txt", "media_type": "text/plain"}])
        self.restart_broker()
        self.admitted(MINISTRY, accepted)
        self.apis[DEPARTMENT].wait_state(second, ("accepted",))
        self.handoffs += 1

        self.hand_off(MINISTRY, DEPARTMENT, back)
        result = self.post(DEPARTMENT, "RESULT", [{"agency": DISTRICT, "leg": "tra-ket-qua"}], subject="Trả kết quả")
        self.hand_off(DEPARTMENT, DISTRICT, result)
        done = self.post(DISTRICT, "HANDED_OVER", [DEPARTMENT], subject="Đã trả kết quả cho công dân")
        self.admitted(DISTRICT, done)

    def verify(self):
        """Exports every envelope of the dossier and checks it with openssl alone."""
        trace = self.d.cli("trace", self.dossier)
        verified = 0
        for hop in trace["hops"]:
            folder = self.d.folder / "export" / str(hop["sequence"])
            folder.parent.mkdir(exist_ok=True)
            self.d.cli("envelope", "export", str(hop["sequence"]), str(folder))
            command = ["openssl", "cms", "-verify", "-cades", "-binary", "-purpose", "any", "-inform", "DER", "-in", "sig.p7s",
                       "-content", "header.bin", "-certfile", "signer.pem", "-CAfile", "ca.pem", "-out", "/dev/null"]
            checked = subprocess.run(command, cwd=folder, capture_output=True, text=True)
            if checked.returncode:
                raise Failed(f"openssl does not verify record {hop['sequence']}: {checked.stderr}")
            verified += 1
        self.say(f"openssl verified {verified} exported envelopes: " + " ".join(command[:4]) + " …")
        return verified

    def show(self):
        print(flush=True)
        print(self.d.cli("trace", self.dossier, as_json=False), flush=True)
        view = self.d.cli("dossier", "show", self.dossier)
        if view["status"] != 10:
            raise Failed(f"the dossier's status is {view['status']}, not 10")


def main():
    parser = argparse.ArgumentParser(prog="./dev demo")
    parser.add_argument("--build", required=True)
    parser.add_argument("--stay", action="store_true", help="leave it running and say how to look")
    parser.add_argument("--plain", action="store_true", help="with --stay: plant no troubles")
    options = parser.parse_args()
    for number in ENDING:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup means it
            signal.signal(number, end)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="lienthong-demo-")) / "sandbox"
    try:
        deployment = Deployment(folder, options.build, tied=True)
        demo = Demo(deployment)
        demo.say(f"sandbox made in {folder}")
        try:
            verified = run(demo, options.stay, options.plain)
        except Ended:
            with contextlib.suppress(Failed):  # a program that has only just begun ends by SIGTERM itself, with its status
                deployment.stop()
            raise
        except Exception:
            deployment.stop()
            raise
        deployment.stop()
    except Ended:
        shutil.rmtree(folder.parent)
        raise
    demo.say("everything that was started has stopped")
    shutil.rmtree(folder.parent)
    tell(f"demo: ok — {demo.handoffs} hand-offs, {verified} signatures verified")


def run(demo, stays, plain):
    demo.start()
    demo.way()
    demo.show()
    verified = demo.verify()
    if stays and not plain:
        demo.troubles.plant()
        demo.say("five troubles planted, the legal time is three weeks ahead")
        demo.console = Console(demo.d)
    if stays:
        stay(demo)
    return verified


def stay(demo):
    try:
        if demo.console:
            demo.console.start()
            demo.say("console up")
        say_how_to_look(demo)
        threading.Event().wait()
    except Ended:
        tell("")
    finally:
        if demo.console:
            demo.console.process.stop()


def say_how_to_look(demo):
    d = demo.d
    if demo.console:
        print(f"\nThe operators' pages, entered by this address once, within 10 minutes:\n  {demo.console.link()}\n"
              f"Another one: {d.cli_bin} console login --sandbox {d.folder}")
    if demo.troubles.found:
        print("\nFive things are wrong here:")
    for kind, what, why, words in demo.troubles.found:
        print(f"  {kind:12} {what}: {why}\n               {d.cli_bin} {' '.join(words)} --sandbox {d.folder}")
    print(f"""
It stays up until you press Ctrl-C or end it by a signal. Look at it from another terminal:
  {d.cli_bin} status --sandbox {d.folder}
  {d.cli_bin} trace {demo.dossier} --sandbox {d.folder}
  {d.cli_bin} mailbox list --sandbox {d.folder}""")
    for code, api in demo.apis.items():
        print(f"  curl -H \"Authorization: Bearer $(cat {d.path(d.agency(code)['token_file'])})\" "
              f"http://{api.host}:{api.port}/v1/inbox   # {code}")
    print(f"Logs: {d.logs}", flush=True)


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        print(f"demo: failed: {failure}", file=sys.stderr)
        sys.exit(1)
    except Ended as ended:
        print(f"demo: ended by {ended}", file=sys.stderr)
        sys.exit(128 + ended.number)
