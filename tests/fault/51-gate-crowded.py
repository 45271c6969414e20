"""A crowd at the gate: connections that say nothing, of hosts without any key. They neither end the broker nor shut an agency out."""
import os
import socket
import subprocess
import threading
import time

import pytest
import zmq

import pycontrol
from deployment import Deployment
from office import DEPARTMENT, DISTRICT
from pyclient import Client
from pywire import control_pb, link_pb, reason_name, record_pb


# A build with ASan keeps what was freed, up to 256 MiB of it: here it is the broker's own memory that is measured.
os.environ["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"


@pytest.fixture
def narrow(tmp_path):
    """A broker with 130 descriptors."""
    site = Deployment(tmp_path / "site")
    site.broker.command = ["prlimit", "--nofile=130:130", *map(str, site.broker.command)]
    yield site
    site.stop()


def address(site):
    host, port = site.info["endpoint"].rpartition("://")[2].split(":")
    return host, int(port)


def counters(site):
    return site.cli("status")["counters"]


def wait_sessions(site, wanted, timeout=15):
    end = time.monotonic() + timeout
    while True:
        agencies = {code for one in site.cli("status")["sessions"] for code in one["agencies"]}
        if wanted <= agencies:
            return
        assert time.monotonic() < end, agencies
        time.sleep(0.1)


def test_silent_connections_shut_nobody_out(narrow):
    narrow.start_broker()
    narrow.start_adapter(DISTRICT)
    wait_sessions(narrow, {DISTRICT})
    crowd = [socket.create_connection(address(narrow)) for _ in range(400)]
    stop = threading.Event()

    def push():
        while not stop.is_set():
            crowd.append(socket.create_connection(address(narrow)))
            time.sleep(0.005)
    pusher = threading.Thread(target=push)
    pusher.start()
    try:
        narrow.start_adapter(DEPARTMENT)  # comes in while they stand there and more come
        wait_sessions(narrow, {DISTRICT, DEPARTMENT})
        # The broker writes and reads files: a backup needs a dozen descriptors.
        narrow.cli("backup", str(narrow.folder / "copy"))
        descriptors = os.listdir(f"/proc/{narrow.broker.pid}/fd")
        assert len(descriptors) < 130 - 16, len(descriptors)
        narrow.broker.wait_log("descriptors run short", 10)
        assert counters(narrow)["connections_evicted"] > 50
    finally:
        stop.set()
        pusher.join()
        for one in crowd:
            one.close()
    assert narrow.broker.log.read_text().count("descriptors run short") < 60


def test_too_few_descriptors_are_named_at_the_start(narrow):
    narrow.broker.command[1] = "--nofile=100:100"
    done = subprocess.run(narrow.broker.command, capture_output=True, text=True, timeout=30)
    assert done.returncode == 78 and "at least 128 are needed" in done.stderr, done.stderr


def test_operators_share_the_socket(narrow):
    """Clients that ask half a question, or none, keep nobody out; the record of an act names the user that the kernel saw."""
    narrow.start_broker()
    path = f"{narrow.folder}/broker/control.sock"
    idle = [pycontrol.connect(path) for _ in range(60)]
    for one in idle[-20:]:
        one.sendall(b"\x40\x00\x00\x00half")
    act = control_pb.ControlRequest(admin=control_pb.AdminRequest(
        act=record_pb.ADMIN_SUSPEND, subject=DEPARTMENT, operator="Chủ tịch", reason="thử", uid=4242))
    answer = pycontrol.ask(path, act)
    assert answer.act.sequence > 0, answer
    told = pycontrol.ask(path, control_pb.ControlRequest(record=control_pb.RecordRequest(sequence=answer.act.sequence)))

    def command(uid):
        return record_pb.AdminCommand(act=record_pb.ADMIN_SUSPEND, subject=DEPARTMENT, operator="Chủ tịch", reason="thử",
                                      uid=uid).SerializeToString()
    assert command(os.getuid()) in told.record.record and command(4242) not in told.record.record
    for one in idle:
        one.close()


def resident(site):
    """MiB of memory that the broker holds for itself."""
    for line in open(f"/proc/{site.broker.pid}/status", encoding="ascii"):
        if line.startswith("RssAnon:"):
            return int(line.split()[1]) / 1024
    raise AssertionError("no RssAnon")


def highest(site, seconds):
    end, most = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        most = max(most, resident(site))
        time.sleep(0.02)
    return most


@pytest.fixture
def evil(site):
    """An enrolled agency that wishes the broker ill, in session."""
    site.start_broker()
    with Client.of_sandbox(site.folder, [DISTRICT]) as client:
        client.connect()
        yield client


@pytest.mark.parametrize("in_session", [True, False])
def test_a_message_of_many_frames_takes_little_memory(site, in_session):
    site.start_broker()
    with Client.of_sandbox(site.folder, [DISTRICT]) as client:
        client.connect() if in_session else client.open()
        before = resident(site)
        sender = threading.Thread(target=lambda: client.socket.send_multipart([bytes(1_500_000)] * 100))
        client.socket.setsockopt(zmq.SNDTIMEO, 5000)
        sender.start()
        most, end = highest(site, 4), time.monotonic() + 30
        while not site.cli("status")["counters"]["connections_cut"]:
            assert time.monotonic() < end, "a message of many frames was taken"
            most = max(most, highest(site, 1))
        sender.join()
        assert most - before < 64, (before, most)
    site.start_adapter(DEPARTMENT)
    wait_sessions(site, {DEPARTMENT})


def test_a_peer_that_does_not_read_takes_little_memory(site, evil):
    before = resident(site)
    get = link_pb.Link(directory_get=link_pb.DirectoryGet()).SerializeToString()
    ping = link_pb.Link(ping=link_pb.Ping(token=1)).SerializeToString()
    for _ in range(16000):
        evil.socket.send(get)
    for _ in range(100000):
        evil.socket.send(ping)
    most = highest(site, 3)
    assert most - before < 64, (before, most)


def test_one_question_at_a_time(evil):
    """The rest is told to come again, and the session goes on."""
    for token in range(1, 201):
        evil.send(query=link_pb.Query(token=token, dossier=f"{DISTRICT}-20260101-0000001", agency=DISTRICT))
    names = [reason_name(evil.expect("query_answer").reason) for _ in range(200)]
    assert "OVERLOADED" in names and set(names) - {"OVERLOADED"}, names
    evil.ping()


def test_a_submit_of_nothing_has_an_answer(evil):
    evil.send_raw(link_pb.Link(submit=link_pb.Submit()).SerializeToString())
    assert [(one.name, one.index) for one in evil.answers([b""])] == [("COUNT_EXCEEDED", 0)]
    evil.ping()
