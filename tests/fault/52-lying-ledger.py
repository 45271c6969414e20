"""A broker with a ledger of its own making: whatever it does to what it has signed for, with any proof that it can give, the adapter stops and
keeps the evidence; and what is merely not shown stops it too."""
import hashlib
import subprocess
import time

import pyrules
import pytest
from office import DEPARTMENT, DISTRICT
from pybroker import LyingBroker
from pyclient import Client
from pyflow import dossier_code, id_text
from pyledger import Ledger
from pywire import envelope_pb, link_pb

BROKER_STOPPING = 115  # the adapter comes back by itself


class Witnessed(LyingBroker):
    """Shows its ledger in WELCOME and when it is asked."""

    def __init__(self, folder, agency):
        super().__init__(folder, agency)
        key = self.folder / "broker/ledger.key.pem"
        self.ledger = Ledger(key, f"{self.domain}/{self.incarnation.hex()}", 1990)
        self.silent = False

    def _answer(self, socket, routing, link):
        if link.WhichOneof("message") == "hello":
            self.welcome = {} if self.silent else {"checkpoint": self.ledger.note()}
        if link.WhichOneof("message") == "query" and link.query.ledger:
            view = self.ledger.answer(link.query)
            self._send(socket, routing, query_answer=link_pb.QueryAnswer(token=link.query.token, sequence=5000, ledger=view))
            return
        super()._answer(socket, routing, link)

    def _send(self, socket, routing, **message):
        answers = list(message["answers"].answers) if "answers" in message else []
        for one, sent in zip(answers, self.submitted[len(self.submitted) - len(answers):]):
            told = one.admitted
            self.ledger.put(told.sequence, pyrules.receipt_leaf(told.head, told.verdict_digest, told.outcome_digest, sent.header, sent.signature))
        LyingBroker._send(socket, routing, **message)


def until(what, check, timeout=20):
    end = time.monotonic() + timeout
    while True:
        got = check()
        if got:
            return got
        assert time.monotonic() < end, f"{what} does not come"
        time.sleep(0.1)


def causes(api):
    status, seen = api.call("GET", "/healthz")
    return status, [cause["code"] for cause in seen["causes"]]


def accept_one(broker, sender, api):
    """An act of the adapter's agency, on its way to the broker."""
    one = sender.make("FORWARD", DISTRICT, dossier_code(DISTRICT), [(DEPARTMENT, "doi-chieu")], (), branch=1, branch_version=1)
    broker.deliver(one)
    item = api.wait_item(lambda item: item["id"] == id_text(envelope_pb.Header.FromString(one.header).id))
    return api.accept(item["id"])["id"]


def complete(api, envelope):
    return until("the completed receipt", lambda: (api.envelope(envelope)["receipt"] or {}).get("proof"))


def rewrite(ledger, at):
    ledger.leaves[at] = hashlib.sha256(ledger.leaves[at]).digest()


def grow(ledger):
    ledger.put(len(ledger.leaves) + 5, bytes(32))


def rewritten(ledger):
    rewrite(ledger, 7)
    grow(ledger)


def dropped(ledger):
    del ledger.leaves[100]
    grow(ledger)


def reordered(ledger):
    ledger.leaves[3], ledger.leaves[4] = ledger.leaves[4], ledger.leaves[3]
    grow(ledger)


def forked(ledger):
    rewrite(ledger, len(ledger.leaves) - 1)


def ended(ledger):
    ledger.cut = 3


LIES = [(forked, "two roots are signed"), (ended, "was signed for before"), (rewritten, "have not grown out of"),
        (dropped, "have not grown out of"), (reordered, "have not grown out of")]


def again(broker):
    """A new session, by which the adapter is told the ledger as it is now."""
    epoch = broker.epoch
    broker.say(bye=link_pb.Bye(reason=BROKER_STOPPING))
    broker.wait(lambda: broker.epoch > epoch and broker.peer is not None, "another session")


@pytest.fixture
def watched(site):
    with Witnessed(site.folder, DEPARTMENT) as broker:
        sender = Client.of_sandbox(site.folder, DISTRICT)
        sender.folder = site.folder
        api = site.start_adapter(DEPARTMENT)
        envelope = accept_one(broker, sender, api)
        proof = complete(api, envelope)
        assert f"index {api.envelope(envelope)['receipt']['sequence'] - 1}\n" in proof and causes(api) == (200, [])
        yield broker, sender, api


def test_lies_about_what_was_signed(site, watched):
    broker, sender, api = watched
    for lie, word in LIES:
        honest, log = list(broker.ledger.leaves), site.adapters[DEPARTMENT].log_size()
        lie(broker.ledger)
        again(broker)
        site.adapters[DEPARTMENT].wait_log(word, after=log)
        until("red health", lambda: causes(api) == (503, ["CHECKPOINT_INVALID"]))
        count = len(broker.submitted)
        envelope = accept_one(broker, sender, api)
        time.sleep(0.5)
        assert len(broker.submitted) == count, f"{lie.__name__}: it still submits"
        # Honest words again do not wash it off.
        broker.ledger.leaves, broker.ledger.cut = honest, 0
        again(broker)
        time.sleep(0.5)
        assert len(broker.submitted) == count and causes(api)[0] == 503
        assert api.call("POST", "/v1/ledger/accept", {"reason": "thử"})[0] == 200
        api.wait_state(envelope, ("admitted",))
        if lie is forked:  # what ends is what is kept
            complete(api, envelope)
        assert causes(api) == (200, [])


def test_a_receipt_for_another_record(site, watched):
    """Its ledger grows as it must, but the record of that number is not the envelope for which it gave a receipt."""
    broker, sender, api = watched
    put = broker.ledger.put
    broker.ledger.put = lambda sequence, leaf: put(sequence, hashlib.sha256(leaf).digest())
    envelope = accept_one(broker, sender, api)
    site.adapters[DEPARTMENT].wait_log("is not the envelope for which it gave a receipt")
    until("red health", lambda: causes(api) == (503, ["CHECKPOINT_INVALID"]))
    assert api.envelope(envelope)["receipt"]["proof"] is None


def test_a_ledger_that_is_not_shown(site, watched):
    """No checkpoint, or one of a key that the directory does not list: nothing is submitted, and nothing is broken."""
    broker, sender, api = watched
    count, ours = len(broker.submitted), broker.ledger.key
    envelopes = []
    for hide in ("silent", "key"):
        if hide == "silent":
            broker.silent = True
        else:
            broker.silent, broker.ledger.key = False, site.folder / "other.pem"
            subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", broker.ledger.key], check=True, capture_output=True)
        again(broker)
        envelopes.append(accept_one(broker, sender, api))
        time.sleep(1)
        assert len(broker.submitted) == count, hide
    broker.ledger.key = ours
    again(broker)
    for envelope in envelopes:
        complete(api, envelope)
    assert causes(api) == (200, [])
