"""A restore loses no definition in silence: what is signed comes back from the adapters, what is not is missed and waits for a person."""
import concurrent.futures
import json
import os
import shutil
import subprocess
import threading
import time

from office import Case, DEPARTMENT, DISTRICT, OF_ANYBODY
from pyclient import Client
from pywire import link_pb


def lose(site, change):
    """A backup, then the change, then the loss of all data, and the backup's return."""
    backup = site.folder / "backup"
    site.cli("backup", str(backup), "--operator", "an", "--reason", "hằng ngày")
    change()
    time.sleep(1.5)  # adapters are told within a second
    site.broker.stop()
    shutil.rmtree(site.folder / "broker/data")
    done = subprocess.run([site.cli_bin, "restore", str(backup), str(site.folder / "broker/data")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    site.start_broker()


def wait_restored(site, wanted, timeout=40):
    end = time.monotonic() + timeout
    while (now := site.cli("status")["restored"]) != wanted:
        assert time.monotonic() < end, f"{now}, not {wanted}"
        time.sleep(0.2)


def lists(site):
    return {one["sha256"] for one in site.cli("crl", "list")["lists"]}


def test_what_is_signed_comes_back(running, new_case):
    seen = {}

    def change():
        running.cli("agency", "add", "H37.50", "--name", "Xã A", "--level", "commune", "--parent", "H37", "--reason", "mới")
        subprocess.run([running.cli_bin, "sandbox-revoke", running.folder, DEPARTMENT], check=True, capture_output=True)
        running.cli("crl", "import", str(running.folder / "ca/crl.der"), "--reason", "thu hồi")
        seen["lists"] = lists(running)
        seen["version"] = running.cli("status")["directory_version"]

    case = new_case()
    lose(running, change)
    theirs = Case(running, case.code.replace(DISTRICT, DEPARTMENT, 1))
    late = theirs.post(DEPARTMENT, "OPEN", [DEPARTMENT], procedure=OF_ANYBODY[0], procedure_version=OF_ANYBODY[1])
    wait_restored(running, "not confirmed")
    assert lists(running) == seen["lists"]
    assert running.cli("status")["directory_version"] == seen["version"]
    assert running.api(DEPARTMENT).wait_state(late, ("rejected",), 20)["reason"] == "CERTIFICATE_REVOKED"
    record = running.cli("agency", "show", "H37.50")
    assert record["code"] == "H37.50"
    # The next number is one that nobody can hold, and adapters take it.
    running.cli("agency", "add", "H37.51", "--name", "Xã B", "--level", "commune", "--parent", "H37", "--reason", "mới")
    assert running.cli("status")["directory_version"] > seen["version"] + 1
    case.open()
    running.cli("restore", "confirm", "--operator", "an", "--reason", "đã so lại")
    assert running.cli("status")["restored"] == "no"


def test_what_is_not_signed_is_missed(running, new_case):
    lose(running, lambda: running.cli("agency", "suspend", DEPARTMENT, "--reason", "lộ khóa"))
    wait_restored(running, "definitions are missing")
    case = new_case()
    opened = case.post(DISTRICT, "OPEN", [DISTRICT], procedure="1.010828", procedure_version=1)
    time.sleep(14)
    assert running.api(DISTRICT).envelope(opened)["state"] in ("queued", "sent")
    text = running.cli("status", as_json=False)
    assert "restore confirm" in text, text
    running.cli("ledger", "declare", "--operator", "an", "--reason", "phục hồi")
    running.cli("agency", "suspend", DEPARTMENT, "--reason", "lộ khóa")
    running.cli("restore", "confirm", "--operator", "an", "--reason", "đã so lại")
    assert running.api(DISTRICT).wait_state(opened, ("admitted",), 30)
    assert json.dumps(running.cli("agency", "show", DEPARTMENT)).count("suspended")


def lying(site, shas, stop):
    """The agency that was revoked in the lost time comes back first: it claims the newest of everything and gives rubbish."""
    def claim(data):
        link = link_pb.Link.FromString(data)
        if link.WhichOneof("message") == "hello":
            link.hello.directory_version, link.hello.directory_sha256 = 1 << 63, os.urandom(32)
            link.hello.lists.extend(bytes.fromhex(sha) for sha in sorted(shas))
        return link.SerializeToString()

    asked = set()
    with Client.of_sandbox(site.folder, [DEPARTMENT]) as client:
        client.alter = claim
        client.connect()
        while not stop.is_set():
            if not client.socket.poll(50):
                continue
            link = link_pb.Link.FromString(client.socket.recv())
            kind = link.WhichOneof("message")
            if kind == "directory_get":
                client.send(directory_chunk=link_pb.DirectoryChunk(version=1 << 63, size=900, data=os.urandom(900)))
            elif kind == "list_get":
                client.send(list_chunk=link_pb.ListChunk(sha256=link.list_get.sha256, size=900, data=os.urandom(900)))
            asked.add(kind)
    return asked


def test_a_liar_is_its_own_misfortune(running):
    seen, stop = {}, threading.Event()

    def change():
        running.cli("agency", "add", "H37.50", "--name", "Xã A", "--level", "commune", "--parent", "H37", "--reason", "mới")
        subprocess.run([running.cli_bin, "sandbox-revoke", running.folder, DEPARTMENT], check=True, capture_output=True)
        running.cli("crl", "import", str(running.folder / "ca/crl.der"), "--reason", "thu hồi")
        seen["lists"], seen["version"] = lists(running), running.cli("status")["directory_version"]
        time.sleep(1.5)
        for adapter in running.adapters.values():
            adapter.stop()

    lose(running, change)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        liar = pool.submit(lying, running, seen["lists"], stop)
        try:
            time.sleep(3)
            running.start_adapter(DISTRICT)
            end = time.monotonic() + 40
            while lists(running) != seen["lists"] or running.cli("status")["directory_version"] != seen["version"]:
                assert time.monotonic() < end, (lists(running), running.cli("status")["directory_version"], seen)
                time.sleep(0.3)
        finally:
            stop.set()
        assert {"directory_get", "list_get"} <= liar.result(20)
