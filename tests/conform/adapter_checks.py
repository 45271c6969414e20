"""The checks of an adapter: session, sending, ledger. Each part is a story of one run of the program with its broker."""
import base64
import time

import pyrules
from broker import PATIENCE, FakeBroker
from program import Program
from pyledger import Ledger
from suite import Broken, need
from world import OURS, PEER, PROCEDURE, dossier
from pywire import NUMBERS, envelope_pb, link_pb

PDF = b"%PDF-1.7\n" + "hồ sơ".encode() * 200
RETRY_AFTER = 0.8  # seconds: SPEC.md says one; it may have begun before ours was sent
LONG = 5.0  # seconds for what may come
QUIET = 0.6  # seconds for what must not happen: more than the first back-off (200 ms) with its jitter

CHECKS = [
    ("frame.one", "5 The link", "every ZeroMQ message is one frame"),
    ("frame.size", "2", "no message is over 1,310,720 bytes"),
    ("frame.strict", "1 Strict reading", "every message is one that a strict reader takes"),
    ("session.order", "5 The link", "HELLO, then PROOF, then all else; nothing that a broker alone says"),
    ("session.hello", "5 The link", "HELLO has version 1, its agencies once each, and a software of its form"),
    ("session.before-challenge", "5 Sessions", "BYE SESSION_UNKNOWN before CHALLENGE means nothing"),
    ("session.proof", "5 Proof", "PROOF has one proof an agency, over domain, both nonces, both keys and resume"),
    ("session.empty", "5 Receiving", "an adapter that has taken nothing resumes at 0"),
    ("session.credit", "5 The link", "after WELCOME comes CREDIT for each mailbox"),
    ("session.ping", "5 The link", "PING at once after WELCOME, and each ping interval"),
    ("session.again", "5 Sessions", "after BYE BROKER_STOPPING the adapter comes back"),
    ("session.nonce", "5 The link", "each HELLO has a nonce of its own"),
    ("session.pinned-key", "5 Proof", "the proof is to the broker key that is pinned, not the one in CHALLENGE"),
    ("session.domain", "5 Proof", "no proof is made for another domain"),
    ("session.no-limits", "5 The link", "a WELCOME with a limit of 0 is no session"),
    ("session.superseded", "5 Sessions", "after BYE SESSION_SUPERSEDED for all the adapter does not come back by itself"),
    ("envelope.header", "3 The envelope", "each header keeps the rules of its kind"),
    ("envelope.signature", "4 The signature", "each signature is good, by the enrolled certificate, single or batch"),
    ("envelope.parts", "3 The envelope", "parts have the number, sizes and digests that the header says"),
    ("send.admitted", "5 Submitting", "what is ordered is submitted, and with ADMITTED it is admitted"),
    ("send.order", "5 Submitting", "envelopes of one dossier come in the order in which they were given"),
    ("send.credit", "5 Submitting", "no more envelopes without an answer than WELCOME allows"),
    ("send.retry", "5 Submitting", "what is refused with `retry` comes again, the same bytes, from a second on"),
    ("send.final", "5 Submitting", "what is refused without `retry` is not sent again"),
    ("send.same-bytes", "5 Submitting", "what has no answer comes again in the next session, the same bytes under the same id"),
    ("send.durable", "5 Submitting", "what was taken from the agency's system is sent after the program was killed"),
    ("receipt.head", "6 The receipt", "a receipt whose head names another sequence changes nothing"),
    ("receipt.epoch", "5 Submitting", "a receipt from before the session changes nothing"),
    ("receipt.again", "5 Submitting", "what had a false receipt is admitted by a true one"),
    ("time.offset", "5 Time", "over 60 seconds off the broker's time no envelope is made"),
    ("restore.again", "5 Receiving", "after another incarnation everything sent is offered again, the same bytes"),
    ("restore.directory", "5 A broker that was restored", "asked by DIRECTORY_GET, an adapter gives the directory of its HELLO"),
    ("ledger.first", "6 Checkpoints", "with a checkpoint that is signed by a key of the directory, envelopes are submitted"),
    ("ledger.grown", "6 Checkpoints", "a larger checkpoint is asked how it has grown out of the one kept"),
    ("ledger.fork", "6 Checkpoints", "nothing is submitted when the ledger has not grown out of the one kept"),
    ("ledger.smaller", "6 Checkpoints", "nothing is submitted when the ledger is smaller than the one kept"),
    ("ledger.unsigned", "6 Checkpoints", "nothing is submitted on a checkpoint that no key of the directory has signed"),
]


class Story:
    """One run: a broker, and the program in a folder of its own."""

    def __init__(self, suite, world, command, folder):
        self.suite, self.world = suite, world
        self.broker = FakeBroker(world)
        self.program = Program(command, world.adapter_folder(folder, self.broker.endpoint))
        self.broker.died = self.program.died
        self.numbers = iter(range(1, 10000))

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        for name in self.broker.seen & set(self.suite.checks):
            self.suite.put(name, self.broker.faults.get(name))
        self.program.kill()
        self.broker.close()

    def check(self, name, holds=True, text=""):
        self.suite.put(name, None if holds else text or "it did not")

    def trial(self, name, check):
        """A check that waits."""
        try:
            check()
        except Broken as fault:
            self.suite.put(name, str(fault))
            return False
        except Exception as fault:  # noqa: BLE001: whatever a broken program leads to is its fault
            self.suite.put(name, f"{type(fault).__name__}: {fault}")
            return False
        self.suite.put(name)
        return True

    def start(self):
        before = self.broker.sessions
        self.program.start()
        return self.broker.new_session(before)

    def send(self, kind="FORWARD", code=None, parts=(), **more):
        """An order to send; the id."""
        order = {"kind": kind, "dossier": code or dossier(next(self.numbers)), "to": [{"agency": PEER}], "branch": 1, "branch_version": 1}
        if kind == "OPEN":
            order.update(to=[{"agency": OURS}], branch=0, branch_version=0, **PROCEDURE)
        files = []
        for n, data in enumerate(parts):
            path = self.program.folder / f"part-{next(self.numbers)}"
            path.write_bytes(data)
            files.append({"name": f"don-{n}.pdf", "media_type": "application/pdf", "file": str(path)})
        answer = self.program.order("send", **{**order, "parts": files, **more})
        need("id" in answer, f"the order to send was answered by {answer}")
        return answer["id"]

    def state(self, envelope_id):
        return self.program.order("outbox", id=envelope_id).get("state")

    def wait_state(self, envelope_id, state):
        """Asks until it is so."""
        end = time.monotonic() + PATIENCE[0]
        while self.state(envelope_id) != state:
            need(time.monotonic() < end, f"the envelope is {self.state(envelope_id)}, not {state}")
            time.sleep(0.02)

    def came(self, envelope_id, times=1):
        self.broker.wait(lambda: len(self.broker.of(envelope_id)) >= times, f"envelope {envelope_id} the {times}. time")
        return self.broker.of(envelope_id)


def session(story):
    """From the first HELLO on."""
    broker = story.broker
    broker.on["hello"] = lambda session, hello: broker.say(bye=link_pb.Bye(reason=NUMBERS["SESSION_UNKNOWN"]))  # and then CHALLENGE
    story.program.start()
    broker.wait(lambda: broker.session and broker.session.proof or broker.sessions > 3, "HELLO, and PROOF after CHALLENGE")
    story.check("session.before-challenge", broker.session.number == 1, f"the PROOF came in session {broker.session.number}")
    broker.on.clear()
    story.check("session.empty", broker.session.resume == 0, f"resume {broker.session.resume}")
    now = broker.new_session(0)
    story.trial("session.ping", lambda: broker.wait(lambda: now.pings >= 3, "three PINGs"))
    before = broker.sessions
    broker.bye("BROKER_STOPPING")
    story.trial("session.again", lambda: broker.new_session(before))
    other_key(story)
    no_limits(story)
    other_domain(story)
    superseded(story)


def other_key(story):
    """CHALLENGE names another key: no proof, or one to the pinned key (which session.proof judges)."""
    broker = story.broker
    known = broker.faults.get("session.proof")
    broker.challenge = {"broker_key": b"\5" * 32}
    broker.on["proof"] = broker._proof
    sessions = broker.sessions
    broker.bye("BROKER_STOPPING")
    broker.wait(lambda: broker.sessions > sessions, "HELLO")
    one = broker.session
    broker.maybe(lambda: one.proof or broker.session is not one, LONG)
    fault = broker.faults.get("session.proof")
    if known is None:
        broker.faults.pop("session.proof", None)
        story.check("session.pinned-key", fault is None, f"a proof that is not to the pinned key: {fault}")
    broker.challenge, broker.on = {}, {}
    again(story)


def again(story):
    """A whole session, however the one before ended."""
    broker = story.broker
    before = broker.sessions
    if not broker.session.ended:
        broker.bye("BROKER_STOPPING")
    broker.new_session(before)


def no_limits(story):
    broker = story.broker
    broker.welcome = {"credit_envelopes": 0}
    sessions = broker.sessions
    broker.bye("BROKER_STOPPING")
    broker.wait(lambda: broker.sessions > sessions and broker.session.welcomed, "WELCOME")
    one = broker.session
    refused = story.program.order("send", kind="FORWARD", dossier=dossier(9000), to=[{"agency": PEER}], branch=1, branch_version=1, parts=[])
    broker.maybe(lambda: broker.submitted or broker.session is not one, LONG)
    story.check("session.no-limits", not broker.submitted, f"it submitted (the order was answered by {refused})")
    broker.welcome = {}
    again(story)


def other_domain(story):
    broker = story.broker
    broker.challenge = {"domain": "another.example.vn"}
    sessions, heard = broker.sessions, len(broker.heard)
    fault = broker.faults.get("session.proof")
    broker.bye("BROKER_STOPPING")
    broker.wait(lambda: broker.sessions > sessions, "HELLO")
    broker.maybe(lambda: broker.session.proof or broker.sessions > sessions + 1, LONG)
    proved = [one for one in broker.heard[heard:] if one.kind == "proof"]
    story.check("session.domain", not proved, "it proved itself to the domain another.example.vn")
    if fault is None:
        broker.faults.pop("session.proof", None)
    broker.challenge = {}
    if story.program.popen.poll() is None:
        again(story)


def superseded(story):
    """The last one: some end then, which is good too."""
    broker = story.broker
    if story.program.popen.poll() is not None:
        story.program.kill()
        story.start()
    for attempt in range(3):  # on a busy machine a session may have ended by itself just before
        sessions = broker.sessions
        broker.bye("SESSION_SUPERSEDED")
        broker.maybe(lambda: broker.sessions > sessions, QUIET)
        if broker.sessions == sessions:
            break
        broker.new_session(sessions)
    story.check("session.superseded", broker.sessions == sessions, "it said HELLO again")


def sending(story):
    broker = story.broker
    story.start()
    first = story.send(parts=[PDF, b"second"])
    story.trial("send.admitted", lambda: (story.came(first), story.wait_state(first, "admitted")))
    one = broker.of(first)[0][0]
    broker.rule("envelope.header", one.kind == envelope_pb.KIND_FORWARD and [to.agency for to in one.to] == [PEER], f"the order was a FORWARD to {PEER}")
    opened = story.send("OPEN")
    story.wait_state(opened, "admitted")


def refusals(story):
    broker = story.broker
    story.start()
    refused = []

    def later(one, header):
        broker.admit = broker.admitted
        refused.append(time.monotonic())
        return broker.rejected(one, header, "OVERLOADED", retry=True)
    broker.admit = later
    late = story.send()
    story.came(late)

    def comes():
        seen = story.came(late, 2)
        need(seen[0][1].header == seen[1][1].header, "other bytes came under the id")
        need(time.monotonic() - refused[0] > RETRY_AFTER, f"it came after {time.monotonic() - refused[0]:.2f} s")
        story.wait_state(late, "admitted")
    story.trial("send.retry", comes)
    broker.admit = lambda one, header: broker.rejected(one, header, "BRANCH_UNKNOWN")
    final = story.send()
    story.came(final)
    story.wait_state(final, "rejected")
    times = len(broker.of(final))
    broker.admit = broker.admitted
    broker.restart()
    broker.pings(2)
    story.check("send.final", len(broker.of(final)) == times, f"it came {len(broker.of(final)) - times} times more")


def credit_and_order(story):
    """Two may be under way; four of one dossier are given while the broker says nothing."""
    broker = story.broker
    broker.credit_envelopes, broker.admit = 2, broker.silent
    story.start()
    code = dossier(next(story.numbers))
    ids = [story.send(code=code) for _ in range(4)]
    story.came(ids[0])
    broker.pings(2)
    broker.admit = broker.admitted
    broker.restart()
    story.wait_state(ids[-1], "admitted")
    order = list(dict.fromkeys(header.id.hex() for header, _, _ in broker.submitted))
    story.check("send.order", order == ids, f"given {ids}, came {order}")


def unanswered(story):
    """Over a new session, and over a kill."""
    broker = story.broker
    broker.admit = broker.silent
    story.start()
    waiting = story.send(parts=[PDF])
    story.came(waiting)
    broker.admit = broker.admitted
    broker.restart()

    def comes():
        seen = story.came(waiting, 2)
        need(seen[0][1].header == seen[1][1].header, "another header came under the id")
        need(list(seen[0][1].parts) == list(seen[1][1].parts), "other parts came")
        story.wait_state(waiting, "admitted")
    story.trial("send.same-bytes", comes)
    killed(story)


def receipts(story):
    broker = story.broker
    story.start()
    broker.admit = lambda one, header: broker.admitted(one, header, head_sequence=broker.head + 100)
    wrong_head = story.send()
    story.came(wrong_head)
    broker.pings()
    story.check("receipt.head", story.state(wrong_head) != "admitted", "it was believed")
    broker.admit = lambda one, header: broker.admitted(one, header, sequence=broker.session.epoch - 1, head_sequence=broker.session.epoch - 1)
    early = story.send()
    story.came(early)
    broker.pings()
    story.check("receipt.epoch", story.state(early) != "admitted", "it was believed")
    broker.admit = broker.admitted
    story.program.kill()
    story.start()
    story.trial("receipt.again", lambda: [story.wait_state(one, "admitted") for one in (wrong_head, early)])


def clock(story):
    broker = story.broker
    broker.clock = 600 * 10**6
    story.start()
    broker.pings()
    nothing_sent(story, "time.offset")


def restored(story):
    """Another incarnation."""
    broker = story.broker
    story.start()
    for envelope_id in [story.send() for _ in range(3)]:
        story.wait_state(envelope_id, "admitted")
    sent, begun = {header.id: one.header for header, one, _ in broker.submitted}, len(broker.submitted)
    broker.incarnation = b"\x09" * 16
    broker.restart()

    def offered():
        broker.wait(lambda: set(sent) <= {header.id for header, _, _ in broker.submitted[begun:]}, f"all {len(sent)} envelopes that were admitted before")
        for header, one, _ in broker.submitted[begun:]:
            need(sent.get(header.id, one.header) == one.header, "other bytes came under an id")
    story.trial("restore.again", offered)
    hello, got = broker.session.hello, []
    broker.on["directory_chunk"] = lambda session, chunk: got.append(chunk)

    def given():
        broker.ask(lambda: got, "DIRECTORY_CHUNK", directory_get=link_pb.DirectoryGet(version=0, offset=0))
        need(hello.directory_version == broker.directory_version == got[0].version, f"HELLO says version {hello.directory_version}")
        need(got[0].data == broker.directory and pyrules.hashlib.sha256(got[0].data).digest() == hello.directory_sha256, "other bytes than HELLO says")
    story.trial("restore.directory", given)


def killed(story):
    broker = story.broker
    broker.admit = broker.silent
    waiting = story.send(parts=[PDF])
    story.program.kill()
    broker.admit = broker.admitted
    before = len(broker.of(waiting))
    story.trial("send.durable", lambda: (story.start(), story.came(waiting, before + 1), story.wait_state(waiting, "admitted")))
    seen = broker.of(waiting)
    story.check("send.same-bytes", all(one[1].header == seen[0][1].header for one in seen), "another header came after the kill")


def ledger(story):
    broker, world = story.broker, story.world
    origin = f"{world.domain}/{broker.incarnation.hex()}"
    broker.ledger = Ledger(world.folder / "ledger.key", origin, 40)
    story.start()
    asked = []
    broker.on["query"] = lambda session, query: (asked.append(query), broker._query(session, query))
    story.trial("ledger.first", lambda: story.wait_state(story.send(), "admitted"))
    broker.ledger.put(broker.head + 5, b"\3" * 32)
    broker.head += 6
    broker.restart()

    def grown():
        story.wait_state(story.send(), "admitted")
        need(any(one.old_size for one in asked), "no QUERY with old_size came")
    story.trial("ledger.grown", grown)
    honest = list(broker.ledger.leaves)
    broker.ledger.leaves = [pyrules.leaf_hash(b"fork %d" % n) for n in range(len(honest) + 20)]
    held_back(story, "ledger.fork")


def smaller(story):
    broker, world = story.broker, story.world
    broker.ledger = Ledger(world.folder / "ledger.key", f"{world.domain}/{broker.incarnation.hex()}", 40)
    story.start()
    story.wait_state(story.send(), "admitted")
    broker.ledger.leaves = broker.ledger.leaves[:20]
    held_back(story, "ledger.smaller")


def held_back(story, name):
    """In a new session nothing is submitted. Some stay so until a person has looked, so it is the end of its story."""
    story.broker.restart()
    nothing_sent(story, name)


def nothing_sent(story, name):
    broker, begun = story.broker, len(story.broker.submitted)
    answer = story.program.order("send", kind="FORWARD", dossier=dossier(next(story.numbers)), to=[{"agency": PEER}], branch=1, branch_version=1, parts=[])
    broker.pings(2)
    story.check(name, len(broker.submitted) == begun, f"an envelope came (the order was answered by {answer})")


class LyingLedger(Ledger):
    """Signs with a key of its own under the name and the key id of the broker's."""

    def __init__(self, world, origin):
        super().__init__(world.liar_ledger, origin, 40)
        self.key_id = pyrules.hashlib.sha256(origin.encode() + b"\n\x01" + world.ledger_key).digest()[:4]

    def note(self):
        text, _, signature = super().note().decode().strip().rpartition(" ")
        return f"{text} {base64.b64encode(self.key_id + base64.b64decode(signature)[4:]).decode()}\n".encode()


def unsigned(story):
    broker, world = story.broker, story.world
    broker.ledger = LyingLedger(world, f"{world.domain}/{broker.incarnation.hex()}")
    story.start()
    nothing_sent(story, "ledger.unsigned")


STORIES = [
    (session, ("frame.", "session.")),
    (sending, ("envelope.", "send.admitted")),
    (refusals, ("send.retry", "send.final")),
    (credit_and_order, ("send.order", "send.credit")),
    (unanswered, ("send.same-bytes", "send.durable")),
    (receipts, ("receipt.",)),
    (clock, ("time.",)),
    (restored, ("restore.",)),
    (ledger, ("ledger.first", "ledger.grown", "ledger.fork")),
    (smaller, ("ledger.smaller",)),
    (unsigned, ("ledger.unsigned",)),
]
