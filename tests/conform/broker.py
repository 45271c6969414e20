"""The broker that an adapter is held against: the ROUTER of SPEC.md section 5, strict in what it takes, and scripted in what it says.

A thread of its own hears and answers, so that a session does not end while a check computes. What comes is judged by the rules that hold at all
times, and kept in `heard`; a rule that is broken is a fault of the check of its name. A check changes what is said next (`admit`, `on`, `challenge`, …), says
something itself (`say`, `bye`, `deliver`), and waits. Where two changes must be one, it holds `lock`."""
import collections
import hashlib
import os
import struct
import threading
import time

import zmq
from zmq.utils import z85

import pycms
import pyrules
import pytext
from pywire import NUMBERS, Refused, envelope_pb, link_pb, read_link
from suite import need
from world import OURS

CHUNK = 512 * 1024
MAX_MESSAGE = 1310720
PING_MS = 500  # short, so that "a ping later" is soon; three of them without a word end a session, also on a machine that is busy
PATIENCE = [30.0]  # seconds for what must happen; costs only where it does not
FROM_ADAPTER = {"hello", "proof", "submit", "credit", "received", "ping", "directory_get", "list_get", "query", "bye", "directory_chunk", "list_chunk"}
LARGE = {"part_open", "part_chunk", "part_get"}  # on connections of their own

Heard = collections.namedtuple("Heard", "at kind message session")


def micros():
    return time.time_ns() // 1000


class Session:
    def __init__(self, routing, number, hello):
        self.routing, self.number, self.hello = routing, number, hello
        self.nonce, self.proof, self.welcomed, self.epoch = os.urandom(32), None, False, 0
        self.credit, self.sent, self.received, self.resume = 0, 0, 0, 0
        self.open, self.pings, self.exceptions, self.ended = 0, 0, {}, False


class FakeBroker:
    def __init__(self, world):
        self.world = world
        self.socket = zmq.Context.instance().socket(zmq.ROUTER)
        self.socket.linger = 0
        self.socket.curve_server, self.socket.curve_secretkey = True, world.broker_curve[1]
        self.endpoint = f"tcp://127.0.0.1:{self.socket.bind_to_random_port('tcp://127.0.0.1')}"
        self.lock, self.waiting, self.ending, self.failure = threading.RLock(), collections.deque(), threading.Event(), None
        self.heard, self.faults, self.seen = [], {}, set()
        self.session, self.sessions, self.away = None, 0, False
        self.head, self.incarnation, self.clock = 50, b"\7" * 16, 0
        self.directory_version, self.directory, self.lists = 1, world.directory(1), {}
        self.mailbox, self.excepted = [], []
        self.challenge, self.welcome, self.credit_envelopes = {}, {}, 64
        self.ledger, self.ledger_answer = None, None
        self.died = lambda: ""  # what there is to say when the program has ended by itself
        self.submitted, self.admit = [], self.admitted  # admit(envelope, header) -> SubmitAnswer, or None: no answer
        self.on = {}  # kind -> function(session, message) that answers instead

        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def close(self):
        self.ending.set()
        self.thread.join(30)

    def _run(self):
        try:
            while not self.ending.is_set():
                ready = self.socket.poll(10)
                with self.lock:
                    while self.waiting:
                        self._send(*self.waiting.popleft())
                    if ready:
                        routing, *frames = self.socket.recv_multipart()
                        self._frame(routing, frames)
                    self._flush()
        except Exception as failure:  # noqa: BLE001: the next wait shows it
            self.failure = failure
        finally:
            self.socket.close(0)

    # ------------------------------------------------------------ the rules that hold at all times

    def rule(self, name, holds, text):
        self.seen.add(name)
        if not holds:
            self.faults.setdefault(name, text)

    def _frame(self, routing, frames):
        self.rule("frame.one", len(frames) == 1, f"{len(frames)} frames in a message")
        self.rule("frame.size", len(frames[0]) <= MAX_MESSAGE, f"a message of {len(frames[0])} bytes")
        try:
            link = read_link(frames[0])
        except Refused as refused:
            self.rule("frame.strict", False, f"{refused} in {frames[0][:80].hex()}")
            return
        self.rule("frame.strict", True, "")
        kind = link.WhichOneof("message")
        if kind in LARGE:
            return
        message = getattr(link, kind)
        self.rule("session.order", kind in FROM_ADAPTER, f"{kind.upper()} is said by a broker alone")
        session = self.session if self.session and self.session.routing == routing else None
        self.heard.append(Heard(time.monotonic(), kind, message, session))
        if kind == "hello":
            return self._hello(routing, message)
        if session is None or session.ended:
            return  # under way when the session ended
        self.rule("session.order", session.welcomed or kind in ("proof", "bye"), f"{kind.upper()} before WELCOME")
        hook = self.on.get(kind)
        (hook or getattr(self, "_" + kind, lambda *_: None))(session, message)

    def _hello(self, routing, hello):
        self.rule("session.hello", hello.version_min <= 1 <= hello.version_max, f"versions {hello.version_min}..{hello.version_max}")
        self.rule("session.hello", list(hello.agencies) == [OURS], f"agencies {list(hello.agencies)}")
        self.rule("session.hello", len(hello.software.encode()) <= 100 and not pytext.fault(hello.software), f"software {hello.software!r}")
        earlier = [one.message.nonce for one in self.heard[:-1] if one.kind == "hello"]
        if earlier:
            self.rule("session.nonce", hello.nonce not in earlier, "a nonce of an earlier HELLO")
        self.sessions += 1
        self.session = Session(routing, self.sessions, hello)
        if self.away:
            return
        hook = self.on.get("hello")
        if not hook or not hook(self.session, hello):
            self.say_challenge()

    def say_challenge(self):
        self.say(challenge=link_pb.Challenge(**{"version": 1, "nonce": self.session.nonce, "domain": self.world.domain, "incarnation": self.incarnation,
                                                "broker_key": z85.decode(self.world.broker_curve[0]), "time": micros() + self.clock, **self.challenge}))

    def _proof(self, session, proof):
        session.proof = proof
        self.rule("session.proof", [one.agency for one in proof.agencies] == list(session.hello.agencies), "not the agencies of HELLO")
        one = proof.agencies[0]
        text = pyrules.proof_text(self.world.domain, one.agency, session.nonce, session.hello.nonce, z85.decode(self.world.broker_curve[0]),
                                  z85.decode(self.world.curve[0]), one.resume)
        fault = judge(lambda: pycms.check_cms(one.cms, text, [self.world.certificate(OURS)]))
        self.rule("session.proof", not fault, f"the CMS: {fault}")
        session.resume = session.received = one.resume
        session.sent = sum(item.number <= one.resume for item in self.mailbox)
        if "proof" not in self.on:
            self.say_welcome()

    def say_welcome(self):
        self.head += 1
        session = self.session
        session.epoch, session.welcomed = self.head, True
        self.say(welcome=link_pb.Welcome(**{
            "epoch": self.head, "head": self.head, "directory_version": self.directory_version, "max_message": MAX_MESSAGE, "max_envelopes": 64,
            "credit_envelopes": self.credit_envelopes, "credit_bytes": 8 << 20, "ping_interval_ms": PING_MS,
            "checkpoint": self.ledger.note() if self.ledger else b"",
            "agencies": [link_pb.AgencyWelcome(agency=OURS, acknowledged=session.resume, head=len(self.mailbox), excepted=self.excepted)],
            **self.welcome}))

    def _credit(self, session, credit):
        self.rule("session.credit", credit.agency == OURS and credit.envelopes > 0 and credit.bytes > 0, f"CREDIT {credit}")
        session.credit = credit.envelopes

    def _received(self, session, received):
        given = max([session.resume, *[item.number for item in self.mailbox[:session.sent]]])
        self.rule("received.delivered", received.agency == OURS and received.number <= given,
                  f"RECEIVED {received.number} of {received.agency}, {given} was the last that was delivered")
        self.rule("received.exceptions", len(received.exceptions) <= 64 and all(0 < one.number <= received.number and len(one.sha256) == 32
                                                                                for one in received.exceptions), f"exceptions of RECEIVED {received}")
        session.received = max(session.received, received.number)
        session.exceptions.update({one.number: (one.reason, one.sha256) for one in received.exceptions})

    def _ping(self, session, ping):
        session.pings += 1
        self.say_pong(ping.token)

    def say_pong(self, token=0):
        self.say(pong=link_pb.Pong(token=token, head=self.head, time=micros() + self.clock, directory_version=self.directory_version, lists=list(self.lists)))

    def _directory_get(self, session, get):
        data = self.directory[get.offset:get.offset + CHUNK] if get.version in (0, self.directory_version) else b""
        self.say(directory_chunk=link_pb.DirectoryChunk(version=self.directory_version, offset=get.offset, size=len(self.directory), data=data))

    def _list_get(self, session, get):
        data = self.lists.get(get.sha256, b"")
        self.say(list_chunk=link_pb.ListChunk(sha256=get.sha256, offset=get.offset, size=len(data), data=data[get.offset:get.offset + CHUNK]))

    def _query(self, session, query):
        answer = link_pb.QueryAnswer(token=query.token, sequence=self.head)
        if query.ledger and self.ledger:
            answer.ledger.CopyFrom((self.ledger_answer or self.ledger.answer)(query))
        else:
            answer.reason, answer.detail = NUMBERS["LEDGER_SHORTER" if query.ledger else "DOSSIER_UNKNOWN"], ""
        self.say(query_answer=answer)

    def _bye(self, session, bye):
        session.ended = True

    # ------------------------------------------------------------ envelopes

    def _submit(self, session, submit):
        answers = []
        for one in submit.envelopes:
            session.open += 1
            self.rule("send.credit", session.open <= (self.welcome.get("credit_envelopes") or self.credit_envelopes),
                      f"{session.open} envelopes without an answer, WELCOME allows {self.credit_envelopes}")
            one.signature = pycms.whole(one.signature, submit.roots)
            header = self._envelope(one)
            self.submitted.append((header, one, session))
            answer = self.admit(one, header)
            if answer is not None:
                answers.append(answer)
        if answers:
            self.answer(answers)

    def answer(self, answers):
        self.session.open -= len(answers)
        self.say(answers=link_pb.Answers(answers=answers))

    def _envelope(self, one):
        """Every envelope is what section 3 and 4 say, whatever the check is about."""
        fault = judge(lambda: pyrules.read_header(one.header, micros()))
        self.rule("envelope.header", not fault, f"{fault} in {one.header[:60].hex()}…")
        try:
            header = envelope_pb.Header.FromString(one.header)
        except Exception:  # noqa: BLE001: the library's own
            return envelope_pb.Header()
        self.rule("envelope.header", (header.sender, header.domain) == (OURS, self.world.domain), f"sender {header.sender}, domain {header.domain}")
        fault = judge(lambda: pycms.check_signature(one.signature, one.header, [self.world.certificate(OURS)]))
        self.rule("envelope.signature", not fault, str(fault))
        fault = judge(lambda: pyrules.check_parts(header, one.parts))
        self.rule("envelope.parts", not fault, str(fault))
        return header

    def admitted(self, one, header, **lie):
        self.head += 1
        values = {"id": header.id, "sender": header.sender, "sequence": self.head, "time": micros(), "branch": header.branch or 1,
                  "branch_version": header.branch_version + 1, "verdict_digest": bytes(32), "outcome_digest": bytes(32)}
        told = {"sequence": self.head, "time": values["time"], **{k[5:]: lie.pop(k) for k in [*lie] if k.startswith("head_")}}
        values["head"] = struct.pack("<IIQqQQII", 1, 1, told["sequence"], told["time"], 0, 1, 0, 0)
        if self.ledger:
            self.ledger.put(self.head, pyrules.receipt_leaf(values["head"], bytes(32), bytes(32), one.header, one.signature))
        return link_pb.SubmitAnswer(admitted=link_pb.Admitted(**{**values, **lie}))

    def rejected(self, one, header, name, retry=False):
        return link_pb.SubmitAnswer(rejected=link_pb.Rejected(id=header.id, sender=header.sender, reason=NUMBERS[name], retry=retry))

    def silent(self, one, header):
        return None

    def of(self, envelope_id):
        """What came under this id: [(header, envelope, session)]."""
        return [one for one in self.submitted if one[0].id.hex() == envelope_id]

    def deliver(self, one, branch=1, branch_version=2, **claims):
        """Puts an envelope (or None) into the mailbox; its number."""
        self.head += 1
        number = len(self.mailbox) + 1
        made = link_pb.Delivery(**{"number": number, "previous": number - 1, "sequence": self.head, "time": micros(), "branch": branch,
                                   "branch_version": branch_version, **claims})
        if one is not None:
            made.envelope.CopyFrom(one)
        self.mailbox.append(made)
        return made.number

    def _flush(self):
        session = self.session
        if not session or not session.welcomed or session.ended or not session.credit:
            return
        for item in self.mailbox[session.sent:]:
            batch = item.envelope.signature and judge_signature(item.envelope.signature)
            roots, shown = [], link_pb.Delivery()
            shown.CopyFrom(item)
            if batch and batch.WhichOneof("form") == "batch":
                (short,), roots = pycms.shorten([batch])
                shown.envelope.signature = short.SerializeToString()
            session.sent += 1
            self.say(deliver=link_pb.Deliver(agency=OURS, items=[shown], roots=roots))

    # ------------------------------------------------------------ talking

    def say(self, **message):
        self._pass(self.session, link_pb.Link(**message))

    def _pass(self, session, link):
        """The socket is the thread's: others leave it what is to be said."""
        if threading.current_thread() is self.thread:
            self._send(session, link)
        else:
            self.waiting.append((session, link))

    def _send(self, session, link):
        if not session.ended or link.WhichOneof("message") == "bye":
            self.socket.send_multipart([session.routing, link.SerializeToString()])

    def bye(self, name):
        with self.lock:
            self.session.ended = True
            self.say(bye=link_pb.Bye(reason=NUMBERS[name]))

    def wait(self, ready, what):
        end = time.monotonic() + PATIENCE[0]
        while True:
            with self.lock:
                if ready():
                    return
            need(self.failure is None, f"the broker of the kit: {self.failure!r}")
            need(not self.died(), self.died())
            need(time.monotonic() < end, f"within {PATIENCE[0]} s: {what}")
            time.sleep(0.005)

    def pings(self, count=1):
        """The adapter has had its turn: so many of its PINGs have come since."""
        session = self.session
        begun = session.pings
        self.wait(lambda: session.pings >= begun + count or session.ended or self.session is not session, f"{count} PINGs")

    def maybe(self, ready, seconds):
        """Waits for what may come, or may not."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with self.lock:  # what has come is judged as well
                if ready():
                    return
            time.sleep(0.005)

    def ask(self, ready, what, **message):
        """Says it, again in each new session, until it is so."""
        told = []

        def asked():
            if not told or told[-1] is not self.session and self.session.welcomed:
                told.append(self.session)
                self.say(**message)
            return ready()
        self.wait(asked, what)

    def new_session(self, before=None):
        """A session behind the one before, up to its CREDIT."""
        before = self.sessions if before is None else before
        self.wait(lambda: self.sessions > before and self.session.welcomed and self.session.credit, "a new session, up to CREDIT")
        return self.session

    def restart(self):
        """The session ends as by a broker that stops, and the next one begins."""
        before = self.sessions
        self.bye("BROKER_STOPPING")
        return self.new_session(before)


def judge(check):
    """None, or the reason as it is named."""
    try:
        check()
    except Refused as refused:
        return str(refused)
    except (ValueError, IndexError) as fault:
        return f"cannot be read: {fault}"
    return None


def judge_signature(data):
    try:
        return envelope_pb.Signature.FromString(data)
    except Exception:  # noqa: BLE001: the library's own
        return None


def came_digest(one):
    """What stands in an exception: over the digests of header, signature and parts as they came."""
    sha = hashlib.sha256
    return sha(b"".join(sha(b).digest() for b in (one.header, one.signature, *one.parts))).digest()


