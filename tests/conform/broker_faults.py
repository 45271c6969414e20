#!/usr/bin/python3
"""A broker that is broken in one place: a good one, and what it says is changed on its way. Each is caught by the check of its name; exits 1
otherwise. usage: broker_faults.py FOLDER-OF-A-SANDBOX [FAULT...]"""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE)]
import broker_site  # noqa: E402

broker_site.PATIENCE = 3.0  # what a fault keeps from coming is waited for; before the checks take it over
from broker_checks import check_broker, handshake, session  # noqa: E402
from broker_sending import hand_off, sending  # noqa: E402
from pywire import NUMBERS, link_pb  # noqa: E402
from suite import Suite  # noqa: E402


class Changed:
    """change(link, state): False drops the message. `state` lives as long as the run."""

    def __init__(self, change):
        self.change, self.state = change, {}

    def __call__(self, frame):
        link = link_pb.Link.FromString(frame)
        return None if self.change(link, self.state) is False else link.SerializeToString()


def every(kind, change):
    """Each message of this kind."""
    return lambda link, state: change(getattr(link, kind)) if link.WhichOneof("message") == kind else None


def answers(kind, change):
    def apply(link, state):
        for one in link.answers.answers if link.WhichOneof("message") == "answers" else []:
            if one.WhichOneof("answer") == kind:
                change(getattr(one, kind), state)
    return apply


def items(change):
    return every("deliver", lambda deliver: [change(item) for item in deliver.items] and None)


def to(name, value):
    return lambda message, *_: setattr(message, name, value)


def later_receipt(admitted, state):
    """Another one for what was admitted before."""
    if admitted.id in state:
        admitted.branch_version += 1
    state[admitted.id] = True


def torn(message, *_):
    message.data = message.data[:-1] + bytes([message.data[-1] ^ 1]) if message.data else b""


def torn_proof(answer):
    for one in answer.ledger.proofs:
        one.hashes[0] = bytes(32)


def torn_growth(answer):
    if answer.ledger.consistency:
        answer.ledger.consistency[0] = bytes(32)


def no_superseded(bye):
    return bye.reason != NUMBERS["SESSION_SUPERSEDED"]


def other_reason(bye):
    bye.reason = NUMBERS["SESSION_UNKNOWN"] if bye.reason == NUMBERS["RESUME_AHEAD"] else bye.reason


def other_part(item):
    if item.envelope.parts:
        item.envelope.parts[0] = item.envelope.parts[0][:-1] + b"?"


# name: (what it does, check, the story in which it shows, the change)
FAULTS = {
    "old-nonce": ("has one nonce for all challenges", "broker.challenge", handshake, every("challenge", to("nonce", b"\1" * 32))),
    "other-key": ("names another key than its own", "broker.challenge", handshake, every("challenge", to("broker_key", b"\1" * 32))),
    "no-limits": ("gives no credit at all", "broker.welcome", session, every("welcome", to("credit_envelopes", 0))),
    "lost-head": ("forgets its head", "broker.pong", session, every("pong", to("head", 0))),
    "torn-directory": ("gives other bytes of the directory", "broker.directory", session, every("directory_chunk", torn)),
    "torn-list": ("gives other bytes of a list", "broker.lists", session, every("list_chunk", torn)),
    "no-farewell": ("tells nobody that his session was taken over", "broker.superseded", session, every("bye", no_superseded)),
    "old-version": ("admits with another version of the branch", "broker.admitted", sending, answers("admitted", to("branch_version", 9))),
    "other-head": ("gives the head of another record", "broker.receipt", sending, answers("admitted", lambda one, _: to("head", b"\1" + bytes(47))(one))),
    "second-receipt": ("gives another receipt for the same", "broker.again", sending, answers("admitted", later_receipt)),
    "always-later": ("refuses for good with `retry`", "broker.refusals", sending, answers("rejected", to("retry", True))),
    "no-words": ("refuses without a word in Vietnamese", "broker.words", sending, answers("rejected", to("vietnamese", ""))),
    "torn-proof": ("proves another leaf", "broker.ledger", sending, every("query_answer", torn_proof)),
    "torn-growth": ("proves another growth", "broker.growth", sending, every("query_answer", torn_growth)),
    "other-part": ("delivers other bytes", "broker.same-bytes", hand_off, items(other_part)),
    "no-previous": ("does not say which item came before", "broker.numbers", hand_off, items(to("previous", 0))),
    "other-reason": ("ends a session by another reason", "broker.resume-ahead", hand_off, every("bye", other_reason)),
    "tells-anybody": ("answers a stranger's question", "broker.query", hand_off, every("query_answer", to("reason", 0))),
}


def main():
    names, missed = sys.argv[2:] or list(FAULTS), 0
    for name in names:
        what, check, story, change = FAULTS[name]
        suite = Suite()
        check_broker(suite, sys.argv[1], [story], Changed(change))
        caught = suite.results.get(check, ("",))[0] == "fault"
        missed += not caught
        print(f"{'ok' if caught else 'MISSED'}\t{name}: {what}\t{' '.join(n for n, (state, _) in suite.results.items() if state == 'fault')}", flush=True)
    print(f"{len(names) - missed} of {len(names)} are caught by the check that is named")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
