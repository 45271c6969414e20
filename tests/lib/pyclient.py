"""A client of the link, written from proto/SPEC.md and the schemas alone: no line of it looks at the C sources.

It is synchronous: one SUBMIT at a time is without its answers. Everything that goes out passes `Client.alter` (bytes ->
bytes, or None to send nothing), what comes in likewise `Client.hear`, and every step takes ready bytes, so that a test can send what no honest client would."""
import collections
import hashlib
import json
import os
import pathlib
import time

import zmq
from zmq.utils import z85

import pycms
import pysentence
import pyrules
from pywire import Refused, directory_pb, envelope_pb, fields, link_pb, read, read_link, reason_name

SOFTWARE = "pyclient/1"


def read_words(said):
    """(English, Vietnamese) of a refusal, BYE or answer; what the broker says is what its numbers say."""
    if said.detail:
        english, vietnamese = pysentence.say(said.sentence)
        assert english.startswith(said.detail[:480]) and vietnamese.startswith(said.vietnamese[:480]), said
    return said.detail, said.vietnamese


class Bye(Exception):
    """The broker ended the session; `name` is the reason's name."""

    def __init__(self, bye):
        super().__init__(f"{reason_name(bye.reason)}: {bye.detail}")
        self.name, self.without = reason_name(bye.reason), list(bye.agencies)
        self.detail, self.vietnamese = read_words(bye)


class Silence(Exception):
    """Nothing was heard in time."""


class Answer:
    """Admitted or Rejected, in one form. `name` is "OK" or the reason's name."""

    def __init__(self, message):
        kind = message.WhichOneof("answer")
        one = getattr(message, kind)
        self.raw, self.admitted = one, kind == "admitted"
        self.id, self.sender, self.sequence = one.id, one.sender, one.sequence
        self.name = "OK" if self.admitted else reason_name(one.reason)
        self.detail, self.vietnamese = ("", "") if self.admitted else read_words(one)
        self.retry = not self.admitted and one.retry
        self.index = None if self.admitted else one.index
        self.branch, self.branch_version = (one.branch, one.branch_version) if self.admitted else (0, 0)
        self.receipt = (one.head, one.verdict_digest, one.outcome_digest) if self.admitted else None

    def __repr__(self):
        return f"<{self.name} {self.detail} seq={self.sequence}>"


class Item:
    """One verified delivery. `fault` is None, or the reason's name why it failed our own check."""

    def __init__(self, agency, delivery, header, fault, certificate):
        self.agency, self.number, self.sequence, self.time = agency, delivery.number, delivery.sequence, delivery.time
        self.branch, self.branch_version, self.elided = delivery.branch, delivery.branch_version, delivery.parts_elided
        self.envelope, self.parts = delivery.envelope, list(delivery.envelope.parts)
        self.header, self.fault, self.certificate = header, fault, certificate
        self.erased_by, self.recipient, self.previous = delivery.erased_by, delivery.recipient, delivery.previous

    @property
    def kind(self):
        return pyrules.kind_name(self.header.kind)


def read_key(path):
    return z85.decode(pathlib.Path(path).read_text().strip().encode())


def _raw(key):
    return key if len(key) == 32 else z85.decode(key.strip().encode() if isinstance(key, str) else key.strip())


def part_info(data, name="don.pdf", media_type="application/pdf"):
    return envelope_pb.PartInfo(name=name, media_type=media_type, size=len(data), sha256=hashlib.sha256(data).digest())


def envelope(header, cms, parts=()):
    """An Envelope of ready bytes. `cms`: bytes of a CMS, or a Signature message."""
    signature = cms if isinstance(cms, envelope_pb.Signature) else envelope_pb.Signature(cms=cms)
    return envelope_pb.Envelope(header=header, signature=signature.SerializeToString(), parts=list(parts))


def signature_of(one):
    return envelope_pb.Signature.FromString(one.signature)


_disks = {}  # by folder of a sandbox: all clients of a test program stand for the same adapters


class Client:
    def __init__(self, endpoint, domain, broker_key, curve, agencies, ca, registrar, crl=None):
        """broker_key and curve=(public, secret): Z85 text or 32 bytes. agencies: {code: (key file, certificate file)}.
        ca, registrar: PEM files that are pinned. crl: DER file or None."""
        self.endpoint, self.domain, self.agencies = endpoint, domain, dict(agencies)
        self.broker_key, (self.public, self.secret) = _raw(broker_key), map(_raw, curve)
        self.ca, self.registrar = ca, registrar
        self.crl = pathlib.Path(crl).read_bytes() if crl else None
        self.alter = self.hear = lambda frame: frame
        self.context, self.socket = zmq.Context(), None
        self.nonce, self.challenge, self.welcome, self.incarnation = b"", None, None, None
        self.items = collections.deque()
        self.certificates, self.ended, self.directory_version, self.byes = {}, {}, 0, []
        self.disk = {}  # agency -> highest mailbox number that was taken; what `resume` says

    @classmethod
    def of_sandbox(cls, folder, codes, endpoint=None):
        """A client for agencies of a folder that `lienthong sandbox` made; the first one's CURVE key is used. It remembers what
        earlier clients of this folder RECEIVED."""
        folder = pathlib.Path(folder)
        info = json.loads((folder / "sandbox.json").read_text())
        codes = [codes] if isinstance(codes, str) else list(codes)
        home = {code: folder / "adapters" / code for code in codes}
        first = home[codes[0]]
        made = cls(endpoint or info["endpoint"], info["domain"], (folder / "broker/curve.public").read_text(),
                   ((first / "curve.public").read_text(), (first / "curve.secret").read_text()),
                   {code: (home[code] / "key.pem", home[code] / "cert.pem") for code in codes},
                   folder / "genesis/ca.pem", folder / "genesis/registrar.pem", folder / "genesis/crl.der")
        made.disk = _disks.setdefault(str(folder.resolve()), {})
        return made

    # ------------------------------------------------------------ frames

    def open(self):
        """A new connection: DEALER, CURVE, no routing id, no heartbeats."""
        self.close()
        self.socket = self.context.socket(zmq.DEALER)
        self.socket.linger = 0
        self.socket.sndtimeo = 10000
        self.socket.rcvhwm = self.socket.sndhwm = 10000
        self.socket.curve_serverkey = z85.encode(self.broker_key)
        self.socket.curve_publickey, self.socket.curve_secretkey = z85.encode(self.public), z85.encode(self.secret)
        self.socket.connect(self.endpoint)

    def close(self):
        if self.socket is not None:
            self.socket.close(0)
            self.socket = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
        self.context.term()

    def send_raw(self, frame):
        """Bytes as they are."""
        self.socket.send(frame)

    def send(self, **message):
        frame = self.alter(link_pb.Link(**message).SerializeToString())
        if frame is not None:
            self.send_raw(frame)

    def next(self, timeout=10):
        """The next Link of the broker. Deliveries are kept aside for receive(). Bye and Silence are raised."""
        end = time.monotonic() + timeout
        while True:
            left = max(0, end - time.monotonic())
            if not self.socket.poll(int(left * 1000)):
                raise Silence(f"nothing within {timeout} s")
            frames = self.socket.recv_multipart()
            if len(frames) != 1:
                raise Refused("FRAME_MALFORMED", f"{len(frames)} frames")
            frame = self.hear(frames[0])
            if frame is None:
                continue
            link = read_link(frame)
            kind = link.WhichOneof("message")
            if kind == "bye":
                self.byes.append(link.bye)
                raise Bye(link.bye)
            if kind != "deliver":
                return link
            for item in link.deliver.items:
                item.envelope.signature = pycms.whole(item.envelope.signature, link.deliver.roots)
                self.items.append((link.deliver.agency, item))
            return link

    def expect(self, kind, timeout=10, match=lambda one: True):
        """Waits for a message of the kind; others than deliveries that come between are dropped."""
        end = time.monotonic() + timeout
        while True:
            link = self.next(max(0.0, end - time.monotonic()))
            if link.WhichOneof("message") == kind and match(getattr(link, kind)):
                return getattr(link, kind)

    # ------------------------------------------------------------ session

    def hello(self, agencies=None, versions=(1, 1), nonce=None, software=SOFTWARE, timeout=10):
        self.nonce = os.urandom(32) if nonce is None else nonce
        self.send(hello=link_pb.Hello(version_min=versions[0], version_max=versions[1], nonce=self.nonce, software=software,
                                      agencies=list(self.agencies) if agencies is None else agencies))
        self.challenge = self.expect("challenge", timeout)
        if self.challenge.domain != self.domain:
            raise Refused("DOMAIN_WRONG", self.challenge.domain)
        if self.challenge.version != 1:
            raise Refused("VERSION_NOT_SUPPORTED", str(self.challenge.version))
        self.incarnation = self.challenge.incarnation
        return self.challenge

    def proof_of(self, code, resume=0, **change):
        """AgencyProof of one agency. change: key, cert, text to prove wrongly."""
        text = change.get("text") or pyrules.proof_text(self.domain, code, self.challenge.nonce, self.nonce, self.broker_key,
                                                        self.public, resume)
        key, cert = change.get("key") or self.agencies[code][0], change.get("cert") or self.agencies[code][1]
        return link_pb.AgencyProof(agency=code, cms=pycms.sign(text, key, cert), resume=resume)

    def prove(self, proofs, timeout=10):
        self.send(proof=link_pb.Proof(agencies=proofs))
        self.welcome = self.expect("welcome", timeout)
        return self.welcome

    def connect(self, resume=None, credit=(512, 16 << 20), timeout=15):
        """HELLO, CHALLENGE, PROOF, WELCOME and, unless None, CREDIT for each mailbox; those that the broker does not take from us are
        left out, and stand in `away` with the reason."""
        self.open()
        self.items.clear()
        self.away = {}
        resume = self.disk if resume is None else resume
        while True:
            codes = [code for code in self.agencies if code not in self.away]
            try:
                self.hello(codes, timeout=timeout)
                self.prove([self.proof_of(code, resume.get(code, 0)) for code in codes], timeout)
                break
            except Bye as bye:
                if not bye.without:
                    raise
                self.away.update({code: bye.name for code in bye.without})
        for code in codes if credit else []:
            self.credit(code, *credit)
        return self.welcome

    def credit(self, code, envelopes=512, size=16 << 20):
        self.send(credit=link_pb.Credit(agency=code, envelopes=envelopes, bytes=size))

    def received(self, code, number):
        self.disk[code] = max(number, self.disk.get(code, 0))
        self.send(received=link_pb.Received(agency=code, number=number))

    def drain(self, timeout=15):
        """Takes and acknowledges what WELCOME says is waiting; returns it."""
        out = []
        for agency in self.welcome.agencies:
            if agency.head > agency.acknowledged:
                out += self.receive(agency.head - agency.acknowledged, timeout)
                self.received(agency.agency, agency.head)
        return out

    def ping(self, token=7, timeout=10):
        self.send(ping=link_pb.Ping(token=token))
        return self.expect("pong", timeout, lambda pong: pong.token == token)

    def bye(self):
        self.send(bye=link_pb.Bye(reason=0))

    def expect_bye(self, timeout=10):
        """The name of the reason with which the broker ends the session; what comes before is dropped."""
        return self.expect_end(timeout).name

    def expect_end(self, timeout=10):
        """The same, as Bye with its detail."""
        end = time.monotonic() + timeout
        try:
            while True:
                self.next(max(0.0, end - time.monotonic()))
        except Bye as bye:
            return bye

    # ------------------------------------------------------------ sending

    def header(self, kind, sender, dossier, to, **more):
        """A Header message with the fields that all kinds have; `more` sets or overrides any."""
        recipients = [envelope_pb.Recipient(agency=t) if isinstance(t, str) else envelope_pb.Recipient(agency=t[0], leg=t[1]) for t in to]
        values = {"type": pyrules.HEADER_TYPE, "domain": self.domain, "id": pyrules.make_id(), "sender": sender, "to": recipients,
                  "kind": envelope_pb.Kind.Value("KIND_" + kind) if isinstance(kind, str) else kind, "dossier": dossier,
                  "sent_at": pyrules.now()}
        if kind == "OPEN":
            values["received"] = True  # as an office does that takes it in; what is only registered says so
        values.update(more)
        return envelope_pb.Header(**values)

    def build_header(self, kind, sender, dossier, to, parts=(), **more):
        """The bytes of a header; parts: list of bytes, or of (bytes, name, media type)."""
        infos = [part_info(*p) if isinstance(p, tuple) else part_info(p, f"don-{i}.pdf" if i else "don.pdf") for i, p in enumerate(parts)]
        return self.header(kind, sender, dossier, to, parts=infos, **more).SerializeToString()

    def sign(self, header, sender, **more):
        """CMS over header bytes with the sender's key; `more` as pycms.sign, and key=, cert=."""
        key, cert = self.agencies.get(sender, (None, None))
        return pycms.sign(header, more.pop("key", key), more.pop("cert", cert), **more)

    def make(self, kind, sender, dossier, to, parts=(), **more):
        """A signed Envelope."""
        header = self.build_header(kind, sender, dossier, to, parts, **more)
        return envelope(header, self.sign(header, sender), [p[0] if isinstance(p, tuple) else p for p in parts])

    def answer_to(self, item, kind="ACCEPT", **more):
        """ACCEPT or REFUSE of an offer, as section 3 says: the offer's sender, its branch and version, its id."""
        return self.make(kind, item.agency, item.header.dossier, [item.header.sender], branch=item.branch, branch_version=item.branch_version,
                         in_reply_to=item.header.id, **more)

    def submit(self, envelopes, timeout=30, roots=()):
        """Sends one SUBMIT, waits for all its answers and gives them in the envelopes' order."""
        envelopes = [envelopes] if isinstance(envelopes, envelope_pb.Envelope) else list(envelopes)
        self.send(submit=link_pb.Submit(envelopes=envelopes, roots=roots))
        return self.answers([self._id(e) for e in envelopes], timeout)

    @staticmethod
    def _id(one):
        try:
            return next((value for field, wire, value in fields(one.header) if (field, wire) == (3, 2)), b"")
        except ValueError:
            return b""

    def answers(self, ids, timeout=30):
        found = [None] * len(ids)
        end = time.monotonic() + timeout
        while None in found:
            for raw in self.expect("answers", max(0.0, end - time.monotonic())).answers:
                answer = Answer(raw)
                found[self._place(ids, found, answer)] = answer
        return found

    @staticmethod
    def _place(ids, found, answer):
        if answer.index is not None and answer.index < len(ids) and found[answer.index] is None:
            if not answer.id or ids[answer.index] == answer.id:
                return answer.index
        for place, one in enumerate(ids):
            if found[place] is None and one == answer.id:
                return place
        raise Refused("FRAME_MALFORMED", f"an answer to nothing: {answer}")

    # ------------------------------------------------------------ receiving

    def receive(self, count=1, timeout=15):
        """The next `count` deliveries, each checked from end to end."""
        end, out = time.monotonic() + timeout, []
        while len(out) < count:
            if not self.items:
                self.expect("deliver", max(0.0, end - time.monotonic()))
            out.append(self.verify(*self.items.popleft()))
        return out

    def verify(self, code, delivery):
        if not self.certificates:
            self.directory()
        header, fault, certificate = None, None, None
        if delivery.erased_by:
            return Item(code, delivery, None, None, None)
        try:
            header = pyrules.read_header(delivery.envelope.header)
            certificate = self._check(code, delivery, header)
        except Refused as refused:
            fault = refused.name
        return Item(code, delivery, header, fault, certificate)

    def _check(self, code, delivery, header):
        pyrules.need(header.domain == self.domain, "DOMAIN_WRONG", header.domain)
        meant = header.to[delivery.recipient - 1:delivery.recipient] if delivery.recipient else header.to
        pyrules.need(code in [r.agency for r in meant], "NOT_ADDRESSED_TO_US", code)
        pyrules.need(header.sender in self.certificates, "SENDER_UNKNOWN", header.sender)
        # What was recorded before its end counts: an ended certificate is as good as one in force for a record of then.
        enrolled = self.certificates[header.sender] + [c for c, until in self.ended[header.sender] if delivery.time < until]
        certificate = pycms.check_signature(delivery.envelope.signature, delivery.envelope.header, enrolled)
        pycms.check_trust(certificate, self.ca, self.crl)
        if not delivery.parts_elided:
            pyrules.check_parts(header, delivery.envelope.parts)
        return certificate

    # ------------------------------------------------------------ questions

    def directory_bytes(self, version=0, timeout=15):
        """The SignedDirectory in force. When it changes between two chunks the broker sends an empty one: begin again."""
        data, size = b"", None
        while size is None or len(data) < size:
            self.send(directory_get=link_pb.DirectoryGet(version=version, offset=len(data)))
            chunk = self.expect("directory_chunk", timeout)
            if not chunk.data or (version and chunk.version != version):
                data, size, version = b"", None, 0
                continue
            if chunk.offset != len(data):
                raise Refused("DIRECTORY_INVALID", f"chunk at {chunk.offset}, wanted {len(data)}")
            version, size, data = chunk.version, chunk.size, data + chunk.data
        return data

    def revocation_list(self, sha256, timeout=15):
        """One of the lists that PONG names, DER; b"" when the broker has it no more."""
        data, size = b"", None
        while size is None or len(data) < size:
            self.send(list_get=link_pb.ListGet(sha256=sha256, offset=len(data)))
            chunk = self.expect("list_chunk", timeout, lambda one: one.sha256 == sha256 and one.offset == len(data))
            size, data = chunk.size, data + chunk.data
        return data

    def directory(self, timeout=15):
        """Fetches the directory, checks it against the pinned registrar, and takes its certificates."""
        signed = read(self.directory_bytes(0, timeout), directory_pb.SignedDirectory)
        registrar = pycms.Certificate.from_pem(self.registrar)
        try:
            pycms.check_cms(signed.cms, signed.directory, [registrar])
            pycms.check_trust(registrar, self.ca, self.crl)
        except Refused as refused:
            raise Refused("DIRECTORY_UNTRUSTED", str(refused)) from None
        directory = read(signed.directory, directory_pb.Directory)
        good = directory.type == "lienthong.directory.v1" and directory.domain == self.domain
        pyrules.need(good and directory.version >= self.directory_version, "DIRECTORY_INVALID", f"version {directory.version}")
        self.directory_version = directory.version
        self.certificates = {a.code: [pycms.Certificate(der) for der in a.certificates] for a in directory.agencies}
        self.ended = {a.code: [(pycms.Certificate(e.certificate), e.until) for e in a.ended] for a in directory.agencies}
        return directory

    def query(self, dossier, agency, min_seq=0, token=9, timeout=15, **ledger):
        self.send(query=link_pb.Query(token=token, min_seq=min_seq, dossier=dossier, agency=agency, **ledger))
        answer = self.expect("query_answer", timeout, lambda answer: answer.token == token)
        read_words(answer)
        return answer
