"""An adapter in Python over the client of tests/lib: small, durable by a log that it syncs, and whole enough for every check. It takes the orders
of docs/conformance.md. `--fault NAME` breaks it in one place (faults.py), so that the checks are seen to catch it.

usage: python_adapter.py [--fault NAME] FOLDER"""
import base64
import json
import os
import pathlib
import random
import sys
import time

import zmq

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent.parent / "lib"), str(HERE.parent), str(HERE)]
import judge_vectors  # noqa: E402
import pycms  # noqa: E402
import pyrules  # noqa: E402
from pycheck import verify as verify_ed25519  # noqa: E402
from faults import break_adapter  # noqa: E402
from pyclient import Client, envelope, part_info  # noqa: E402
from pywire import NUMBERS, Refused, directory_pb, envelope_pb, link_pb, read, read_link, reason_name  # noqa: E402

OWN_TROUBLE = {"SENDER_UNKNOWN", "CERTIFICATE_NOT_ENROLLED", "CERTIFICATE_UNTRUSTED", "TRUST_STALE"}
OFFSET_MAX = 60 * 10**6  # microseconds; SPEC.md section 5, "Time"
CHUNK = 512 * 1024
FIRST_WAIT = 0.2  # seconds, doubling, with jitter: section 5, "Back-off"


def b64(data):
    return base64.b64encode(data).decode()


class Adapter(Client):
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        told = json.loads((self.folder / "conform.json").read_text())
        self.code = told["agency"]
        text = lambda name: (self.folder / name).read_text()
        super().__init__(told["endpoint"], told["domain"], text("broker.public"), (text("curve.public"), text("curve.secret")),
                         {self.code: (self.folder / "key.pem", self.folder / "cert.pem")}, self.folder / "ca.pem", self.folder / "registrar.pem",
                         self.folder / "crl.der")
        self.outbox, self.taken, self.known, self.quarantine, self.held = {}, [], {}, {}, []
        self.on_disk, self.levels, self.kept, self.last_incarnation, self.highest = 0, {}, None, b"", 0
        self.directory_raw, self.getting, self.list_wanted, self.list_data, self.lists_told = b"", None, None, b"", set()
        self.ahead, self.proof_key = 0, self.broker_key
        self.wait, self.begin_at, self.alive = FIRST_WAIT, 0.0, True
        self.replay()
        self.log = open(self.folder / "state/log", "ab")

    # ------------------------------------------------------------ the disk

    def put(self, sync=True, **event):
        """One event, applied and on disk."""
        self.apply(event)
        self.log.write(json.dumps(event).encode() + b"\n")
        if sync:
            self.log.flush()
            os.fsync(self.log.fileno())

    def replay(self):
        path = self.folder / "state/log"
        for line in path.read_bytes().split(b"\n")[:-1] if path.exists() else []:
            self.apply(json.loads(line))

    def apply(self, event):
        what = event["what"]
        if what == "out":
            self.outbox[event["id"]] = {"state": "queued", "bytes": base64.b64decode(event["bytes"]), "asked": 0.0, "wait": 1.0, "dossier": event["dossier"]}
        elif what == "state":
            self.outbox[event["id"]]["state"] = event["state"]
            self.highest = max(self.highest, event.get("sequence", 0))
        elif what == "item":
            self.item(event)
        elif what == "let":
            self.held = [one for one in self.held if one["number"] != event["number"]]
            self.taken.append(event["id"])
        elif what == "directory":
            self.use_directory(base64.b64decode(event["bytes"]))
        elif what == "list":
            self.crl = base64.b64decode(event["bytes"])
        elif what == "checkpoint":
            self.kept = (event["origin"], event["size"], base64.b64decode(event["root"]))
        elif what == "incarnation":
            self.last_incarnation = bytes.fromhex(event["bytes"])

    def item(self, event):
        self.on_disk = max(self.on_disk, event["number"])
        if event.get("id"):
            self.known[event["id"]] = base64.b64decode(event["bytes"])
        if event["state"] == "taken":
            self.taken.append(event["id"])
        elif event["state"] == "quarantine":
            self.quarantine[event["number"]] = (event["reason"], bytes.fromhex(event["digest"]), event["dossier"])
        elif event["state"] == "held":
            self.held.append(event)

    # ------------------------------------------------------------ the session

    @staticmethod
    def new_nonce():
        return os.urandom(32)

    def begin(self):
        self.open()
        self.welcome, self.proved, self.queue, self.open_answers, self.ledger_shown, self.getting, self.pong_due = None, False, [], set(), False, None, 0.0
        self.nonce = self.new_nonce()
        self.send(hello=link_pb.Hello(
            version_min=1, version_max=1, nonce=self.nonce, agencies=[self.code], software="python-adapter/1", directory_version=self.directory_version,
            directory_sha256=pyrules.hashlib.sha256(self.directory_raw).digest() if self.directory_raw else b"",
            lists=[pyrules.hashlib.sha256(self.crl).digest()]))

    def end(self, back=True):
        self.close()
        self.welcome = None
        self.begin_at = time.monotonic() + self.wait * random.uniform(0.8, 1.2) if back else float("inf")
        self.wait = min(self.wait * 2, 5.0)

    def on_challenge(self, challenge):
        if challenge.domain != self.domain or challenge.version != 1 or self.proved:
            return self.end()
        self.challenge, self.proved, self.ahead = challenge, True, challenge.time - pyrules.now()
        text = pyrules.proof_text(self.domain, self.code, challenge.nonce, self.nonce, self.proof_key, self.public, self.on_disk)
        self.send(proof=link_pb.Proof(agencies=[self.proof_of(self.code, self.on_disk, text=text)]))

    def on_welcome(self, welcome):
        if not all((welcome.max_message, welcome.max_envelopes, welcome.credit_envelopes, welcome.credit_bytes)):
            return self.end()
        self.welcome, self.wait, self.told_exceptions = welcome, FIRST_WAIT, {one.number for one in welcome.agencies[0].excepted}
        incarnation = self.challenge.incarnation
        if self.last_incarnation and incarnation != self.last_incarnation or welcome.head < self.highest:
            for key, one in self.outbox.items():  # the broker was restored: everything is offered again
                if one["state"] == "admitted":
                    self.put(what="state", id=key, state="queued")
        if incarnation != self.last_incarnation:
            self.put(what="incarnation", bytes=incarnation.hex())
        for one in self.outbox.values():
            one["asked"] = 0.0
        self.want_directory(welcome.directory_version)
        self.send(credit=link_pb.Credit(agency=self.code, envelopes=256, bytes=16 << 20))
        self.ping_now()
        if self.quarantine:
            self.say_received()
        self.show_ledger()

    def ping_now(self):
        self.pong_due = time.monotonic() + self.welcome.ping_interval_ms / 1000
        self.send(ping=link_pb.Ping(token=random.getrandbits(32)))

    def on_pong(self, pong):
        self.ahead = pong.time - pyrules.now()
        if not self.welcome:
            return
        self.want_directory(pong.directory_version)
        have = pyrules.hashlib.sha256(self.crl).digest()
        new = [one for one in pong.lists if one != have and one not in self.lists_told]
        if new and not self.list_wanted:
            self.list_wanted, self.list_data = new[0], b""
            self.send(list_get=link_pb.ListGet(sha256=new[0], offset=0))

    def on_list_chunk(self, chunk):
        if chunk.sha256 != self.list_wanted:
            return
        self.list_data += chunk.data
        if chunk.size and len(self.list_data) < chunk.size:
            return self.send(list_get=link_pb.ListGet(sha256=chunk.sha256, offset=len(self.list_data)))
        self.lists_told.add(self.list_wanted)
        self.list_wanted = None
        if pyrules.hashlib.sha256(self.list_data).digest() == chunk.sha256 and self.list_good(self.list_data):
            self.put(what="list", bytes=b64(self.list_data))
            self.try_held()

    def list_good(self, der):
        """Signed by the CA that is pinned."""
        path = self.folder / "state/new.crl"
        path.write_bytes(der)
        return pycms._run(["openssl", "crl", "-inform", "DER", "-in", path, "-CAfile", self.ca, "-noout", "-verify"]).stderr.startswith(b"verify OK")

    # ------------------------------------------------------------ the directory

    def want_directory(self, version):
        if version > self.directory_version and self.getting is None:
            self.getting = [version, b""]
            self.send(directory_get=link_pb.DirectoryGet(version=0, offset=0))

    def on_directory_chunk(self, chunk):
        if self.getting is None:
            return
        self.getting[1] = self.getting[1] + chunk.data if chunk.offset == len(self.getting[1]) else b""
        if not chunk.data or len(self.getting[1]) < chunk.size:
            return self.send(directory_get=link_pb.DirectoryGet(version=0, offset=len(self.getting[1])))
        data, self.getting = self.getting[1], None
        try:
            signed = read(data, directory_pb.SignedDirectory)
            self.directory_signed(signed)
            body = read(signed.directory, directory_pb.Directory)
            pyrules.need(body.type == "lienthong.directory.v1" and body.domain == self.domain and body.version > self.directory_version,
                         "DIRECTORY_INVALID", f"version {body.version}")
        except Refused as refused:
            print(f"directory: {refused}", file=sys.stderr)
            return
        self.put(what="directory", bytes=b64(data))
        self.try_held()
        self.show_ledger()

    def directory_signed(self, signed):
        registrar = pycms.Certificate.from_pem(self.registrar)
        pycms.check_cms(signed.cms, signed.directory, [registrar])
        pycms.check_trust(registrar, self.ca, self.crl)

    def use_directory(self, data):
        body = read(read(data, directory_pb.SignedDirectory).directory, directory_pb.Directory)
        self.directory_raw, self.directory_version = data, body.version
        self.certificates = {a.code: [pycms.Certificate(der) for der in a.certificates] for a in body.agencies}
        self.ended = {a.code: [(pycms.Certificate(e.certificate), e.until) for e in a.ended] for a in body.agencies}
        self.levels = {a.code: a.level for a in body.agencies}
        self.ledger_keys = [k.key for a in body.agencies if a.level == directory_pb.LEVEL_BROKER for k in a.ledger_keys]

    def on_directory_get(self, get):
        """A broker that was restored asks for what HELLO says."""
        data = self.directory_raw[get.offset:get.offset + CHUNK]
        self.send(directory_chunk=link_pb.DirectoryChunk(version=self.directory_version, offset=get.offset, size=len(self.directory_raw), data=data))

    # ------------------------------------------------------------ the ledger

    def read_checkpoint(self, note):
        return pyrules.checkpoint(note, self.ledger_keys, self.domain, verify_ed25519)[:3]

    def show_ledger(self):
        """Nothing is submitted in a session before the ledger is shown to have grown out of what was kept."""
        if not self.welcome or self.ledger_shown or not self.directory_raw:
            return
        note = self.welcome.checkpoint
        if not note and not self.kept:
            self.ledger_shown = True
            return
        try:
            origin, size, root = self.read_checkpoint(note)
        except (Refused, ValueError):
            return
        if self.kept is None:
            self.put(what="checkpoint", origin=origin, size=size, root=b64(root))
            self.ledger_shown = True
        elif (origin, size, root) == self.kept:
            self.ledger_shown = True
        elif origin == self.kept[0] and size > self.kept[1]:
            self.send(query=link_pb.Query(token=1, agency=self.code, ledger=True, old_size=self.kept[1]))

    def on_query_answer(self, answer):
        if not answer.HasField("ledger") or self.ledger_shown:
            return
        try:
            origin, size, root = self.read_checkpoint(answer.ledger.checkpoint)
        except (Refused, ValueError):
            return
        if origin == self.kept[0] and pyrules.consistent(self.kept[1], self.kept[2], size, root, list(answer.ledger.consistency)):
            self.put(what="checkpoint", origin=origin, size=size, root=b64(root))
            self.ledger_shown = True

    # ------------------------------------------------------------ sending

    def order_send(self, order):
        if abs(self.ahead) > OFFSET_MAX:
            return {"refused": "CLOCK_WRONG"}
        parts, infos = [], []
        for one in order.get("parts", []):
            parts.append(pathlib.Path(one["file"]).read_bytes())
            infos.append(part_info(parts[-1], one["name"], one["media_type"]))
        more = {name: order[name] for name in ("branch", "branch_version", "reason", "subject", "procedure", "procedure_version") if order.get(name)}
        if order.get("in_reply_to"):
            more["in_reply_to"] = bytes.fromhex(order["in_reply_to"])
        header = self.header(order["kind"], self.code, order["dossier"], [(t["agency"], t.get("leg", "")) for t in order["to"]], parts=infos, **more)
        raw = header.SerializeToString()
        one = envelope(raw, self.sign(raw, self.code), parts)
        self.put(what="out", id=header.id.hex(), dossier=header.dossier, bytes=b64(one.SerializeToString()))
        return {"id": header.id.hex()}

    def order_answer(self, order):
        delivery = link_pb.Delivery.FromString(self.known[order["id"]])
        header = envelope_pb.Header.FromString(delivery.envelope.header)
        return self.order_send({"kind": "ACCEPT" if order["accept"] else "REFUSE", "dossier": header.dossier, "to": [{"agency": header.sender}],
                                "branch": delivery.branch, "branch_version": delivery.branch_version, "in_reply_to": order["id"], "reason": order.get("reason", "")})

    def submit_more(self):
        if not self.welcome or not self.ledger_shown:
            return
        waits = set()
        for key, one in self.outbox.items():
            if one["state"] != "queued" or key in self.open_answers or one["dossier"] in waits:
                continue
            if len(self.open_answers) >= self.welcome.credit_envelopes:
                return
            if time.monotonic() < one["asked"]:
                waits.add(one["dossier"])  # what follows of that dossier waits behind it
                continue
            self.open_answers.add(key)
            self.send(submit=link_pb.Submit(envelopes=[envelope_pb.Envelope.FromString(one["bytes"])]))

    def on_answers(self, answers):
        for answer in answers.answers:
            kind = answer.WhichOneof("answer")
            said = getattr(answer, kind)
            key = said.id.hex()
            self.open_answers.discard(key)
            one = self.outbox.get(key)
            if one is None or one["state"] != "queued":
                continue
            if kind == "admitted":
                if self.receipt_holds(said):
                    self.put(what="state", id=key, state="admitted", sequence=said.sequence)
                else:
                    one["asked"] = float("inf")  # not in this session
            elif said.retry:
                one["asked"], one["wait"] = time.monotonic() + one["wait"], one["wait"] * 2
            else:
                print(f"rejected: {reason_name(said.reason)}", file=sys.stderr)
                self.put(what="state", id=key, state="rejected")

    def receipt_holds(self, said):
        head = pyrules.record_head(said.head)
        made = int.from_bytes(said.id[:6], "big") * 1000
        return (head["form"] == 1 and (head["sequence"], head["time"]) == (said.sequence, said.time) and self.welcome.epoch < said.sequence < 1 << 63
                and said.branch_version < 1 << 63 and made - 900 * 10**6 <= said.time <= pyrules.now() + self.ahead + 900 * 10**6)

    # ------------------------------------------------------------ receiving

    def on_deliver(self, deliver):
        for item in deliver.items:
            item.envelope.signature = pycms.whole(item.envelope.signature, deliver.roots)
            self.queue.append(item)

    def receive_more(self):
        """What waits is taken when the directory that it builds on is here."""
        if not self.welcome or self.getting is not None or self.list_wanted or not self.queue:
            return
        queue, self.queue = self.queue, []
        for item in queue:
            if item.previous > self.on_disk:
                return self.end()
            if item.number > self.on_disk:
                self.store(item)
        self.say_received()

    def say_received(self):
        wrong = [link_pb.Exception(number=number, reason=NUMBERS[reason], sha256=digest) for number, (reason, digest, _) in self.quarantine.items()
                 if number not in self.told_exceptions]
        self.send(received=link_pb.Received(agency=self.code, number=self.on_disk, exceptions=wrong[:64]))

    def look(self, delivery):
        """(state, reason, id, dossier) of what came."""
        if delivery.erased_by:
            return "erased", "", "", ""
        key = dossier = ""
        try:
            header = pyrules.read_header(delivery.envelope.header)
            key, dossier = header.id.hex(), header.dossier
            self.check(delivery, header)
        except Refused as refused:
            return "held" if refused.name in OWN_TROUBLE else "quarantine", refused.name, key, dossier
        if key in self.known:
            return "again", "", key, dossier
        behind = [one["dossier"] for one in self.held] + [of for *_, of in self.quarantine.values()]
        return "held" if dossier in behind else "taken", "", key, dossier

    def check(self, delivery, header):
        if header.kind >= 64:
            pyrules.need(self.levels.get(header.sender) in (None, directory_pb.LEVEL_BROKER), "KIND_NOT_SUPPORTED", "a notice of an agency")
        self._check(self.code, delivery, header)

    def store(self, delivery):
        state, reason, key, dossier = self.look(delivery)
        one, sha = delivery.envelope, pyrules.hashlib.sha256
        self.put(what="item", number=delivery.number, state=state, reason=reason, id=key if state in ("taken", "held") else "", dossier=dossier,
                 digest=sha(b"".join(sha(b).digest() for b in (one.header, one.signature, *one.parts))).hexdigest(),
                 bytes=b64(delivery.SerializeToString()))

    def try_held(self):
        """With every new directory and list."""
        for one in list(self.held):
            delivery = link_pb.Delivery.FromString(base64.b64decode(one["bytes"]))
            self.held.remove(one)
            self.known.pop(one["id"], None)
            state, reason, key, _ = self.look(delivery)
            self.held.append(one)
            self.known[one["id"]] = delivery.SerializeToString()
            if state == "taken":
                self.put(what="let", number=one["number"], id=key)

    # ------------------------------------------------------------ the loop

    def on_frame(self, frame):
        link = read_link(frame)
        kind = link.WhichOneof("message")
        if kind == "bye":
            return self.on_bye(link.bye)
        getattr(self, "on_" + kind, lambda _: None)(getattr(link, kind))

    def on_bye(self, bye):
        name = reason_name(bye.reason)
        if name == "SESSION_UNKNOWN" and not self.proved:
            return  # of the session before
        self.end(back=name != "SESSION_SUPERSEDED")
        if name == "SESSION_REFUSALS":
            self.begin_at = time.monotonic() + 60

    def obey(self, line):
        try:
            answer = self.obey_one(json.loads(line))
        except (KeyError, Refused) as fault:
            answer = {"refused": repr(fault)}
        print(json.dumps(answer), flush=True)

    def obey_one(self, order):
        if order["do"] == "judge":
            return {"reason": judge_vectors.judge(order)}
        if order["do"] == "outbox":
            return {"state": self.outbox[order["id"]]["state"]}
        if order["do"] == "inbox":
            return {"ids": self.taken}
        return {"send": self.order_send, "answer": self.order_answer}[order["do"]](order)

    def run(self):
        """The signatures of the vectors it leaves to the kit, which has judged all with the same reader."""
        print(json.dumps({"ready": True, "name": "python-adapter", "offers": [f"vectors.{what}" for what in judge_vectors.KINDS if what != "signature"]}), flush=True)
        rest = b""
        while self.alive:
            if self.socket is None and time.monotonic() >= self.begin_at:
                self.begin()
            poller = zmq.Poller()
            poller.register(sys.stdin.fileno(), zmq.POLLIN)
            if self.socket is not None:
                poller.register(self.socket, zmq.POLLIN)
            ready = dict(poller.poll(20))
            if sys.stdin.fileno() in ready:
                data = os.read(sys.stdin.fileno(), 65536)
                self.alive = bool(data)
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    self.obey(line)
            while self.socket is not None and self.socket.poll(0):
                self.on_frame(self.socket.recv())
            self.receive_more()
            self.submit_more()
            if self.welcome and time.monotonic() >= self.pong_due:
                self.ping_now()


def main():
    words = sys.argv[1:]
    adapter = Adapter(words[-1])
    if words[0] == "--fault":
        break_adapter(adapter, words[1])
    adapter.run()


if __name__ == "__main__":
    main()
