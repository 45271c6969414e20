"""One agency's flood is its own trouble: its rate, its share of the disk, its memory, its handshakes, and nobody else's time."""
import os
import re
import shutil
import socket
import struct
import threading
import time

import pytest
import zmq

from office import DEPARTMENT, DISTRICT
from pyclient import Client, envelope
from pyflow import OF_ANYBODY, batch, dossier_code, open_envelope, works
from pywire import link_pb, reason_name

MEMORY = 64  # MiB that one peer may cost


def configure(site, **limits):
    conf = site.folder / "broker.conf"
    text = conf.read_text()
    for name, value in limits.items():
        text = re.sub(rf"(?m)^{name}=.*\n", "", text).replace("[limits]\n", f"[limits]\n{name}={value}\n")
    conf.write_text(text)


def resident(site):
    """MiB of memory that the broker holds for itself."""
    for line in open(f"/proc/{site.broker.pid}/status", encoding="ascii"):
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no RssAnon")


class Memory:
    """The most that the broker holds, above what it held before."""

    def __init__(self, site):
        self.site, self.before, self.most, self.stop = site, resident(site), 0, threading.Event()
        self.thread = threading.Thread(target=self.watch)

    def watch(self):
        while not self.stop.is_set():
            self.most = max(self.most, resident(self.site))
            time.sleep(0.01)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.thread.join()

    def grown(self):
        return self.most - self.before


def opens(client, agency, count, parts=()):
    """OPENs under signatures of 64: signing each would take longer than sending them."""
    out = []
    for first in range(0, count, 64):
        headers = [client.build_header("OPEN", agency, dossier_code(agency), [agency], parts, **OF_ANYBODY)
                   for _ in range(min(64, count - first))]
        out += [envelope(header, signature, parts)
                for header, signature in zip(headers, batch(client, headers, agency))]
    return out


def send_all(client, envelopes, each=32):
    for first in range(0, len(envelopes), each):
        client.send(submit=link_pb.Submit(envelopes=envelopes[first:first + each]))


def names(client, count, timeout=20):
    """The reasons of so many answers, in order."""
    out, end = [], time.monotonic() + timeout
    while len(out) < count:
        for one in client.expect("answers", max(0.0, end - time.monotonic())).answers:
            out.append("OK" if one.WhichOneof("answer") == "admitted" else reason_name(one.rejected.reason))
    return out


@pytest.fixture
def two(site):
    """Sessions of the department, which floods, and of the district, which does not; the broker is started by start()."""
    clients = [Client.of_sandbox(site.folder, [code]) for code in (DEPARTMENT, DISTRICT)]

    def start():
        # What a build under ASan has given back lies in its quarantine, 256 MiB of it; that is not what the broker holds.
        options = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=4:thread_local_quarantine_size_kb=64"
        site.broker.env = {**os.environ, "ASAN_OPTIONS": options}
        site.start_broker()
        for one in clients:
            one.connect()
        return clients
    yield start
    for one in clients:
        one.close()


def test_above_its_rate_an_agency_waits(site, two):
    configure(site, agency_envelopes=5)
    flood, quiet = two()
    many = opens(flood, DEPARTMENT, 5 * 60 + 15)
    begun = time.monotonic()
    send_all(flood, many)
    works(quiet, DISTRICT)
    assert time.monotonic() - begun < 2
    assert names(flood, len(many)) == ["OK"] * len(many)  # nothing is refused
    assert time.monotonic() - begun > 1.5
    assert site.cli("status")["counters"]["sessions_held"] > 0
    # A new session is no new account.
    flood.connect()
    begun = time.monotonic()
    send_all(flood, opens(flood, DEPARTMENT, 10), 1)
    names(flood, 10)
    assert time.monotonic() - begun > 1


def test_bytes_have_a_rate_too(site, two):
    configure(site, agency_bytes="64K")
    flood, quiet = two()
    many = opens(flood, DEPARTMENT, 17, [os.urandom(250_000)])
    begun = time.monotonic()
    send_all(flood, many, 1)
    works(quiet, DISTRICT)
    assert time.monotonic() - begun < 3
    assert names(flood, len(many)) == ["OK"] * len(many)
    assert time.monotonic() - begun > 2


def test_who_fills_the_disk_is_refused_first(site, two):
    free = shutil.disk_usage(site.folder).free
    configure(site, disk_reserve=int(free / 1.3))  # 30 % of the reserve are free above it
    flood, quiet = two()
    works(quiet, DISTRICT)
    send_all(flood, opens(flood, DEPARTMENT, 40, [os.urandom(20_000)]))
    told = names(flood, 40)
    assert told[0] == "OK" or told[-1] == "STORE_FULL"
    assert told.count("STORE_FULL") > 20, told
    for _ in range(3):
        works(quiet, DISTRICT)
    answer = flood.submit([open_envelope(flood, DEPARTMENT)])[0]
    assert (answer.name, answer.retry, answer.sequence) == ("STORE_FULL", True, 0)


def test_over_the_credit_order_holds(site, two):
    """What is refused for credit comes again before what builds on it is judged."""
    flood, _ = two()
    credit = flood.welcome.credit_envelopes
    dossier = dossier_code(DEPARTMENT)
    many = opens(flood, DEPARTMENT, credit + 900)
    last = open_envelope(flood, DEPARTMENT, dossier)
    act = open_envelope(flood, DEPARTMENT, dossier)  # of the same dossier
    with Memory(site) as memory:
        send_all(flood, many + [last], 64)
        told = names(flood, len(many) + 1)
    assert memory.grown() < MEMORY
    assert set(told) <= {"OK", "CREDIT_EXCEEDED"}
    if told[-1] == "CREDIT_EXCEEDED":  # the machine was not faster than we
        assert flood.submit([act])[0].name == "RETRY_AFTER_EARLIER"
        assert flood.submit([last])[0].name == "OK"
    assert flood.submit([act])[0].name == "DOSSIER_EXISTS"


def test_all_that_one_session_can_hold(site, two):
    """Unread answers, messages over the credit, and one of 400 frames, one after the other in one session."""
    flood, quiet = two()
    junk = link_pb.Link(submit=link_pb.Submit(envelopes=[envelope(b"x" * 200, b"y" * 70, [bytes(250_000)] * 7)])).SerializeToString()
    get = link_pb.Link(directory_get=link_pb.DirectoryGet()).SerializeToString()
    flood.socket.setsockopt(zmq.SNDTIMEO, 3000)
    with Memory(site) as memory:
        try:
            for _ in range(2000):
                flood.socket.send(get)
            for _ in range(150):
                flood.socket.send(junk)
            flood.socket.send_multipart([bytes(2_000_000)] * 400)
        except zmq.Again:
            pass
        time.sleep(2)
        works(quiet, DISTRICT)
    assert memory.grown() < MEMORY, (memory.before, memory.most)


@pytest.mark.parametrize("greeting", [b"", b"\xff" + bytes(8) + b"\x7f\x03\x01CURVE" + bytes(47)], ids=["bytes", "zmtp"])
def test_without_a_key(site, two, greeting):
    """A stranger's bytes: no greeting, or one and then 400 frames of 2 MB."""
    _, quiet = two()
    host, port = site.info["endpoint"].rpartition("://")[2].split(":")
    frame = b"\x02" + struct.pack(">Q", 2_000_000) + bytes(2_000_000)
    with Memory(site) as memory, socket.create_connection((host, int(port))) as stranger:
        stranger.settimeout(2)
        try:
            stranger.sendall(greeting)
            for _ in range(400):
                stranger.sendall(frame)
        except OSError:
            pass
        works(quiet, DISTRICT)
    assert memory.grown() < MEMORY, (memory.before, memory.most)


def test_handshakes_have_a_rate(site, two):
    """A flood of HELLOs is answered OVERLOADED; a hundred reconnects are none, and others come in all the while."""
    flood, quiet = two()
    for _ in range(100):
        flood.open()
        flood.hello()
    flood.connect()
    told = set()
    for _ in range(1500):
        flood.send(hello=link_pb.Hello(version_min=1, version_max=1, nonce=bytes(32), agencies=[DEPARTMENT]))
    for _ in range(1500):
        kind = flood.socket.recv()
        link = link_pb.Link.FromString(kind)
        told.add(reason_name(link.bye.reason) if link.WhichOneof("message") == "bye" else link.WhichOneof("message"))
    assert told == {"challenge", "OVERLOADED"}, told
    quiet.connect()
    works(quiet, DISTRICT)
    time.sleep(1)
    flood.connect()  # a second later some are there again
    works(flood, DEPARTMENT)
