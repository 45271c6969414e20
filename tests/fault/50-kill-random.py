"""SIGKILL of broker or adapter at random under load: 0 lost, 0 doubled, 0 out of order, custody always right.

Every receipt is proved against the last checkpoint, by a reader of the journal that shares nothing with the broker.

LT_KILLS says how often (default 12; `./dev fault` takes 300); LT_SEED makes the same choices again."""
import os
import random
import secrets
import threading
import time

import pycheck
from deployment import Failed
from office import DEPARTMENT, DISTRICT, MINISTRY, PROCEDURE

KILLS = int(os.environ.get("LT_KILLS", "12"))
SEED = int(os.environ.get("LT_SEED", str(secrets.randbelow(1 << 30))))
AGENCIES = (DISTRICT, DEPARTMENT, MINISTRY)
CASES = 12


def step(number):
    """The way of a dossier for ever: to the department, then to the ministry and back."""
    if number == 0:
        return "FORWARD", DISTRICT, DEPARTMENT
    return ("FORWARD", DEPARTMENT, MINISTRY) if number % 2 else ("RETURN", MINISTRY, DEPARTMENT)


class Clerk(threading.Thread):
    """Moves one dossier round and round; repeats every call with its key until it is answered."""

    def __init__(self, site, case, stop):
        super().__init__()
        self.site, self.case, self.stop_event = site, case, stop
        self.acts, self.failure = [], None

    def insist(self, call, timeout=180):
        end = time.monotonic() + timeout
        while True:
            try:
                return call()
            except (OSError, Failed, ValueError, KeyError, TypeError) as error:
                if time.monotonic() > end:
                    raise Failed(f"{self.case.code}: gave up after {timeout} s: {error!r}") from error
                time.sleep(0.1)

    def act(self, sender, kind, to, **more):
        key = secrets.token_hex(12)
        answer = self.insist(lambda: self.case.post(sender, kind, [to], key=key, **more))
        self.acts.append((kind, sender, answer, to))
        return answer

    def run(self):
        try:
            self.work()
        except Exception as error:  # noqa: BLE001: shown by the test
            self.failure = error

    def work(self):
        self.act(DISTRICT, "OPEN", DISTRICT, procedure=PROCEDURE[0], procedure_version=PROCEDURE[1])
        holder = 0
        while not self.stop_event.is_set():
            kind, sender, receiver = step(holder)
            reason = {"reason": "Trả lại"} if kind == "RETURN" else {}
            offer = self.act(sender, kind, receiver, body={"chặng": holder}, **reason)
            self.insist(lambda: self.case.item(receiver, offer, timeout=5))
            accepted = self.insist(lambda: self.site.api(receiver).accept(offer))["id"]
            self.acts.append(("ACCEPT", receiver, accepted, sender))
            state = self.insist(lambda: self.case.settled(receiver, accepted, timeout=5))
            if state["state"] == "rejected":
                raise Failed(f"{self.case.code}: {state}")
            holder += 1
        self.holder = step(holder)[1]


def kill_and_restart(site, rng):
    victim = rng.choice(("broker", "broker", *AGENCIES))
    if victim == "broker":
        site.broker.kill()
        time.sleep(rng.random() * 0.3)
        site.start_broker()
    else:
        site.adapters[victim].kill()
        time.sleep(rng.random() * 0.3)
        site.start_adapter(victim)
    return victim


def all_items(site, code):
    return site.api(code).all("/v1/inbox", "items")


def check(site, clerks):
    inbox = {code: all_items(site, code) for code in AGENCIES}
    for code, items in inbox.items():
        ids = [i["id"] for i in items]
        assert len(ids) == len(set(ids)), f"{code}: an envelope stands twice in the inbox"
    for clerk in clerks:
        view = site.cli("trace", clerk.case.code)
        hops = [(h["kind"], h["sender"], h["id"]) for h in view["hops"] if not h.get("outcome")]
        # A view has the newest hops; their number, and the mail below, stand for all.
        assert view["hops_total"] == len(clerk.acts), f"{clerk.case.code}: {view['hops_total']} records of {len(clerk.acts)} acts"
        assert hops == [one[:3] for one in clerk.acts][-len(hops):], f"{clerk.case.code}: what the ledger has is not what the offices did, in order"
        assert clerk.case.holder() == clerk.holder
        for code in AGENCIES:
            sent_here = []
            for kind, sender, envelope, to in clerk.acts:
                if to == code and kind != "OPEN":
                    sent_here.append(envelope)
            arrived = [i["id"] for i in inbox[code] if i["dossier"] == clerk.case.code]
            assert arrived == sent_here, f"{clerk.case.code} at {code}: lost, doubled or out of order"


def receipts_of(site, clerks):
    """What each adapter holds for each of its acts: (name, sequence, leaf, proof once it is complete)."""
    held = []
    for clerk in clerks:
        for kind, sender, envelope, _ in clerk.acts:
            receipt = site.api(sender).wait_state(envelope, ("admitted", "accepted", "refused"))["receipt"]
            held.append((f"{clerk.case.code} {kind} {envelope}", receipt["sequence"], receipt["leaf_hash"], receipt["proof"]))
    return held


def prove(site, held):
    """The journal holds by itself and under its signed checkpoint, and each receipt is where it says; none is there twice."""
    records = pycheck.judge(site)
    assert len({one[1] for one in held}) == len(held)
    judge_proof = pycheck.proofs_of(site, records)
    for what, sequence, leaf, proof in held:
        assert records[sequence - 1].leaf.hex() == leaf, f"{what}: record {sequence} is not what the receipt says"
        assert records[sequence - 1].result.reason == 0, what
        if proof:
            judge_proof(sequence, proof)
    return len(records)


def test_kills_under_load(running, new_case):
    rng = random.Random(SEED)
    stop = threading.Event()
    clerks = [Clerk(running, new_case(), stop) for _ in range(CASES)]
    for clerk in clerks:
        clerk.start()
    victims = []
    for _ in range(KILLS):
        time.sleep(0.3 + rng.random() * 1.2)
        victims.append(kill_and_restart(running, rng))
    stop.set()
    for clerk in clerks:
        clerk.join(240)
        assert not clerk.is_alive(), f"{clerk.case.code} is stuck (seed {SEED})"
    failures = [c.failure for c in clerks if c.failure]
    assert not failures, f"seed {SEED}: {failures[:3]}"
    end = time.monotonic() + 60
    while True:
        boxes = running.cli("mailbox", "list")["mailboxes"]
        if all(b["acknowledged"] == b["head"] for b in boxes):
            break
        assert time.monotonic() < end, boxes
        time.sleep(0.2)
    check(running, clerks)
    held = receipts_of(running, clerks)
    running.stop()
    records = prove(running, held)
    acts = sum(len(c.acts) for c in clerks)
    print(f"\nkills: {KILLS} ({victims.count('broker')} of the broker), seed {SEED}, acts: {acts}, lost 0, doubled 0, out of order 0; "
          f"{len(held)} receipts proved in {records} records")
