"""A broker that lies: the ROUTER of the link, with the sandbox's own CURVE key, that gives an adapter whatever a test hands it.
Written from proto/SPEC.md; it keeps nothing and checks nothing."""
import json
import pathlib
import struct
import threading
import time

import zmq
from zmq.utils import z85

import pycms
from pywire import envelope_pb, link_pb

CHUNK = 512 * 1024


class LyingBroker:
    """`items`: Delivery messages of one mailbox, in order. `submitted`, `received`: what the adapter sent."""

    def __init__(self, folder, agency, domain=None, directory=None, incarnation=b"\7" * 16):
        self.folder = pathlib.Path(folder)
        info = json.loads((self.folder / "sandbox.json").read_text())
        self.domain, self.endpoint, self.agency = domain or info["domain"], info["endpoint"], agency
        self.public = z85.decode((self.folder / "broker/curve.public").read_text().strip().encode())
        self.secret = (self.folder / "broker/curve.secret").read_text().strip().encode()
        self.directory = directory or (self.folder / "genesis/directory.bin").read_bytes()
        self.directory_version, self.incarnation = 1, incarnation
        self.items, self.submitted, self.resumed, self.received = [], [], [], 0
        self.said = []
        self.exceptions, self.echo = [], []  # (epoch, number, reason, digest) that were told; numbers that WELCOME says back
        self.welcome, self.admitted, self.answer = {}, {}, {}  # what is said instead in WELCOME, Admitted, QueryAnswer
        self.sent, self.peer, self.epoch = 0, None, 100
        self.lock, self.ending, self.failure = threading.Lock(), threading.Event(), None
        self.thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ending.set()
        self.thread.join(10)
        assert self.failure is None, self.failure

    def deliver(self, envelope, branch=1, branch_version=2, **claims):
        """Puts an envelope into the mailbox; returns its number. claims: what is said of it instead (time, sequence)."""
        with self.lock:
            number = len(self.items) + 1
            self.items.append(link_pb.Delivery(**{"number": number, "previous": number - 1, "sequence": 1000 + number, "time": time.time_ns() // 1000,
                                                  "envelope": envelope, "branch": branch, "branch_version": branch_version, **claims}))
            return number

    def wait(self, ready, what, timeout=20):
        end = time.monotonic() + timeout
        while not ready():
            assert self.failure is None, self.failure
            assert time.monotonic() < end, f"{what} did not happen: received {self.received}, submitted {len(self.submitted)}"
            time.sleep(0.02)

    def headers(self):
        with self.lock:
            return [(envelope_pb.Header.FromString(one.header), one) for one in self.submitted]

    # ------------------------------------------------------------ the thread

    def _run(self):
        context = zmq.Context()
        socket = context.socket(zmq.ROUTER)
        socket.linger = 0
        socket.curve_server, socket.curve_secretkey = True, self.secret
        try:
            socket.bind(self.endpoint)
            while not self.ending.is_set():
                if socket.poll(20):
                    routing, frame = socket.recv_multipart()
                    self._answer(socket, routing, link_pb.Link.FromString(frame))
                self._push(socket)
        except Exception as failure:  # noqa: BLE001: shown by the test
            self.failure = failure
        finally:
            socket.close(0)
            context.term()

    @staticmethod
    def _send(socket, routing, **message):
        socket.send_multipart([routing, link_pb.Link(**message).SerializeToString()])

    def _answer(self, socket, routing, link):
        kind = link.WhichOneof("message")
        if kind == "hello":
            self.peer = None
            self._send(socket, routing, challenge=link_pb.Challenge(version=1, nonce=b"\1" * 32, domain=self.domain,
                                                                    incarnation=self.incarnation, broker_key=self.public,
                                                                    time=time.time_ns() // 1000))
        elif kind == "proof":
            self._welcome(socket, routing, link.proof)
        elif kind == "credit":
            self.peer = routing
        elif kind == "received":
            self.received = max(self.received, link.received.number)
            self.exceptions += [(self.epoch, one.number, one.reason, one.sha256) for one in link.received.exceptions]
        elif kind == "submit":
            self._admit(socket, routing, link.submit)
        elif kind == "ping":
            self._send(socket, routing, pong=link_pb.Pong(token=link.ping.token, head=5000, time=time.time_ns() // 1000,
                                                          directory_version=self.directory_version))
        elif kind == "directory_get":
            at = link.directory_get.offset
            self._send(socket, routing, directory_chunk=link_pb.DirectoryChunk(
                version=self.directory_version, offset=at, size=len(self.directory), data=self.directory[at:at + CHUNK]))
        elif kind == "query":
            self._send(socket, routing, query_answer=link_pb.QueryAnswer(**{
                "token": link.query.token, "sequence": 5000, "reason": 1, "detail": "not told", **self.answer}))

    def _welcome(self, socket, routing, proof):
        self.epoch += 1
        self.sent = proof.agencies[0].resume
        self.resumed.append(self.sent)
        self._send(socket, routing, welcome=link_pb.Welcome(
            **{"epoch": self.epoch, "head": 5000, "directory_version": self.directory_version, "max_message": 1310720,
               "max_envelopes": 64, "credit_envelopes": 1024, "credit_bytes": 8 << 20, "ping_interval_ms": 1000, "agencies": [
                   link_pb.AgencyWelcome(agency=self.agency, acknowledged=self.sent, head=len(self.items), excepted=[
                       link_pb.Exception(number=n, reason=300, sha256=bytes(32)) for n in self.echo])],
               **self.welcome}))

    def _admit(self, socket, routing, submit):
        answers = []
        for one in submit.envelopes:
            one.signature = pycms.whole(one.signature, submit.roots)
            header = envelope_pb.Header.FromString(one.header)
            with self.lock:
                self.submitted.append(one)
            sequence, now = 2000 + len(self.submitted), time.time_ns() // 1000
            answers.append(link_pb.SubmitAnswer(admitted=link_pb.Admitted(**{
                "id": header.id, "sender": header.sender, "sequence": sequence, "time": now,
                "head": struct.pack("<IIQqQQII", 1, 1, sequence, now, 0, 0, 0, 0), "verdict_digest": bytes(32),
                "outcome_digest": bytes(32), "branch": 1, "branch_version": header.branch_version + 1, **self.admitted})))
        self._send(socket, routing, answers=link_pb.Answers(answers=answers))

    def say(self, **message):
        """Sends the adapter a message of the test's own making."""
        with self.lock:
            self.said.append(message)

    def _push(self, socket):
        with self.lock:
            said, self.said = self.said if self.peer else [], [] if self.peer else self.said
        for message in said:
            self._send(socket, self.peer, **message)
        with self.lock:
            waiting = self.items[self.sent:]
        if self.peer is None or not waiting:
            return
        self._send(socket, self.peer, deliver=link_pb.Deliver(agency=self.agency, items=waiting[:16]))
        self.sent += len(waiting[:16])
