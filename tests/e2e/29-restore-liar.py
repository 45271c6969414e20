"""After a restore an adapter that claims everything and gives rubbish keeps nobody else from giving what is good."""
import concurrent.futures
import os
import subprocess
import threading
import time

from office import DEPARTMENT, DISTRICT
from pyclient import Client
from pywire import link_pb
from restoring import lists, lose


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
