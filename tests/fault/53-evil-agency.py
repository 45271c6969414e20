"""An enrolled agency that wishes ill: for some seconds it sends everything that its key lets it send: frames and envelopes that were changed,
others' envelopes, its own again, acts on dossiers that are not its own, numbers that cannot be. Beside it others work. They are not
held up, nothing that it did took effect anywhere but under its own signature on its own dossiers, and the journal is sound; a reader
of its own says so.

LT_EVIL_SECONDS says for how long (default 6; `./dev fault` takes 60); LT_SEED makes the same choices again."""
import os
import random
import secrets
import time

import zmq

import pycheck
import pycms
from office import DEPARTMENT, DISTRICT, MINISTRY
from pyclient import Bye, Client, Silence, envelope
from pyflow import dossier_code, open_envelope
from pymutate import mutate
from pywire import envelope_pb, link_pb

SECONDS = float(os.environ.get("LT_EVIL_SECONDS", "6"))
SEED = int(os.environ.get("LT_SEED", str(secrets.randbelow(1 << 30))))
EVIL, HONEST = DEPARTMENT, DISTRICT


class Evil:
    """Sends without waiting, reads what comes, and begins a new session when it was told BYE."""

    def __init__(self, client, rng, victims):
        self.client, self.rng, self.victims = client, rng, victims
        self.sent, self.frames, self.sessions, self.own = [], 0, 0, []

    def session(self):
        self.client.close()
        self.client.open()
        try:
            self.client.connect(timeout=10)
            self.sessions += 1
        except Bye:  # it begins sessions above its rate: the next word goes out without one
            time.sleep(0.1)

    def envelope(self):
        rng, client = self.rng, self.client
        way = rng.randrange(6)
        if way == 0 or not self.sent:  # a good one
            code = dossier_code(EVIL)
            self.own.append(code)
            return open_envelope(client, EVIL, code)
        old = rng.choice(self.sent)
        if way == 1:  # once more
            return old
        if way == 2:  # another's, as it came
            return rng.choice(self.victims)[1]
        if way == 3:  # an act on another's dossier
            kind = rng.choice(("FORWARD", "RECALL", "STATUS", "WITHDRAW", "HANDED_OVER", "ACCEPT", "RESULT"))
            more = {"in_reply_to": secrets.token_bytes(16)} if kind in ("RECALL", "ACCEPT") else {}
            return client.make(kind, EVIL, rng.choice(self.victims)[0], [MINISTRY], branch=1, branch_version=rng.randrange(5), reason="vì sao", **more)
        header = envelope_pb.Header.FromString(old.header)
        mutate(rng, header)
        data = header.SerializeToString()
        if way == 4:  # changed and signed
            return envelope(data, client.sign(data, EVIL))
        return envelope_pb.Envelope(header=data, signature=old.signature)  # changed, not signed

    def frame(self):
        rng = self.rng
        way = rng.randrange(10)
        if way < 6:
            batch = [self.envelope() for _ in range(rng.randrange(1, 4))]
            self.sent = (self.sent + batch)[-50:]
            return link_pb.Link(submit=link_pb.Submit(envelopes=batch))
        number = rng.choice((0, 1, 5, 2 ** 40, 2 ** 64 - 1))
        agency = rng.choice((EVIL, HONEST, MINISTRY))
        return rng.choice((
            link_pb.Link(received=link_pb.Received(agency=agency, number=number)),
            link_pb.Link(credit=link_pb.Credit(agency=agency, envelopes=number % (1 << 32), bytes=number)),
            link_pb.Link(query=link_pb.Query(token=1, dossier=rng.choice(self.victims)[0], agency=agency)),
            link_pb.Link(hello=link_pb.Hello()), link_pb.Link(ping=link_pb.Ping(token=number))))

    def step(self):
        link = self.frame()
        if self.rng.randrange(4) == 0:
            mutate(self.rng, link)
        data = link.SerializeToString()
        if self.rng.randrange(10) == 0 and data:
            spot = self.rng.randrange(len(data))
            data = data[:spot] + bytes([data[spot] ^ 1 << self.rng.randrange(8)]) + data[spot + 1:]
        self.frames += 1
        try:
            self.client.socket.send(data, zmq.NOBLOCK)
        except zmq.Again:
            time.sleep(0.01)
        self.read()

    def read(self):
        while self.client.socket.poll(0):
            link = link_pb.Link.FromString(self.client.socket.recv())
            if link.WhichOneof("message") == "bye":
                self.session()
                return


def resident(site):
    for line in open(f"/proc/{site.broker.pid}/status", encoding="ascii"):
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no RssAnon")


def work(client):
    """An honest agency's day: opens a dossier; the answer's time."""
    begun = time.monotonic()
    one = open_envelope(client, HONEST, dossier_code(HONEST))
    answer = client.submit([one])[0]
    return one, answer, time.monotonic() - begun


def judge(site, evil, honest, opened):
    """Nothing of the evil agency's took effect but under its own signature, in dossiers of its own."""
    records = pycheck.judge(site)
    certificate = pycms.Certificate.from_pem(evil.agencies[EVIL][1])
    for record in records:
        header = record.envelope
        if not header or record.result.reason:
            continue
        if header.sender == EVIL:
            assert header.dossier.startswith(EVIL + "-"), f"record {record.sequence}: {header}"
            pycms.check_signature(record.signature, record.header, [certificate])
        else:
            assert header.sender == HONEST and header.dossier.startswith(HONEST + "-"), f"record {record.sequence}: {header}"
    for one, answer in opened:
        pycheck.judge_receipt(records, answer.sequence, answer.receipt, one.header, one.signature)
    return records


def test_an_evil_agency(site):
    rng = random.Random(SEED)
    site.start_broker()
    with Client.of_sandbox(site.folder, [HONEST]) as honest, Client.of_sandbox(site.folder, [EVIL]) as client:
        honest.connect()
        client.connect()
        opened = [work(honest)[:2] for _ in range(3)]
        victims = [(envelope_pb.Header.FromString(one.header).dossier, one) for one, _ in opened]
        evil, most, slowest = Evil(client, rng, victims), 0, 0
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            for _ in range(25):
                try:
                    evil.step()
                except (Bye, Silence):
                    evil.session()
            one, answer, took = work(honest)
            assert answer.name == "OK", (answer, SEED)
            opened.append((one, answer))
            most, slowest = max(most, resident(site)), max(slowest, took)
        assert site.broker.alive()
        assert most < 128, f"{most} MiB, seed {SEED}"
        assert slowest < 3, f"{slowest} s, seed {SEED}"
    assert site.broker.stop() == 0
    records = judge(site, client, honest, opened)
    print(f"\n{evil.frames} frames in {SECONDS} s, {evil.sessions} sessions, seed {SEED}: {len(opened)} honest acts, the slowest "
          f"{slowest:.2f} s, at most {most:.0f} MiB, {len(records)} records")
