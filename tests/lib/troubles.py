"""Five troubles in a running sandbox of district, department and ministry, each another kind, as an operator finds them in the morning: made
by the offices' own acts, the sandbox's clock, one adapter that reports what it could not take, and one certificate of few days."""
import hashlib
import subprocess

from deployment import Failed
from office import Case, DEPARTMENT, DISTRICT, OF_ANYBODY
from pyclient import Client
from pywire import NUMBERS, link_pb
from renewal import renew, use_new_key

JUSTICE, OTHER_DISTRICT = "H37.15", "H37.28"  # no adapter of theirs runs here
CERTIFICATE_DAYS = 20  # told from 30 on


class Troubles:
    """plant() takes a second or two; then `found` has a row each: (kind, what it is about, why, the command that shows it)."""

    def __init__(self, deployment, codes):
        self.d, self.codes, self.found = deployment, iter(codes), []

    def plant(self):
        late = self.taken_over()
        self.clock("+8working_days")
        silent = self.taken_over()
        unanswered = self.offered(Case(self.d, next(self.codes)))
        self.clock("+6.25working_days")
        stuck, number = self.not_taken()
        renew(self.d, OTHER_DISTRICT, days=CERTIFICATE_DAYS)
        use_new_key(self.d, OTHER_DISTRICT)
        self.found = [
            ("late", late, f"{DEPARTMENT} had 12 working days for its leg", ["dossier", "list", "--late"]),
            ("unanswered", unanswered, f"offered to {DEPARTMENT}, neither accepted nor refused", ["dossier", "list", "--unanswered"]),
            ("silent", silent, f"half of its leg's time is over, and {DEPARTMENT} has done nothing", ["dossier", "list", "--silent"]),
            ("quarantined", stuck, f"{JUSTICE} could not take number {number}: SIGNATURE_WRONG", ["mailbox", "list", JUSTICE]),
            ("ends soon", OTHER_DISTRICT, f"its certificate ends in {CERTIFICATE_DAYS} days", ["status"]),
        ]

    def clock(self, span):
        done = subprocess.run([self.d.cli_bin, "sandbox", "clock", self.d.folder, span], capture_output=True, text=True)
        if done.returncode:
            raise Failed(f"sandbox clock {span}: {done.stderr}")

    def offered(self, case):
        case.open()
        case.admitted(DISTRICT, case.post(DISTRICT, "FORWARD", [{"agency": DEPARTMENT, "leg": "doi-chieu"}]))
        return case.code

    def taken_over(self):
        case = Case(self.d, next(self.codes))
        case.open()
        case.accept(DEPARTMENT, case.post(DISTRICT, "FORWARD", [{"agency": DEPARTMENT, "leg": "doi-chieu"}]))
        return case.code

    def not_taken(self):
        """Quarantined where it arrived: RECEIVED with an exception, by an adapter that has gone since."""
        case = Case(self.d, next(self.codes))
        procedure, version = OF_ANYBODY
        case.open(procedure=procedure, procedure_version=version)
        with Client.of_sandbox(self.d.folder, [JUSTICE]) as client:
            client.connect()
            case.admitted(DISTRICT, case.post(DISTRICT, "FORWARD", [{"agency": JUSTICE, "leg": "lap-phieu"}]))
            while not client.items:
                client.expect("deliver", 15)
            number = client.items[0][1].number
            client.disk[JUSTICE] = number
            client.send(received=link_pb.Received(agency=JUSTICE, number=number, exceptions=[
                link_pb.Exception(number=number, reason=NUMBERS["SIGNATURE_WRONG"], sha256=hashlib.sha256(b"as it came").digest())]))
            client.ping()
        return case.code, number
