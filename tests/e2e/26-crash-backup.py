"""A stop does not wait for a long backup: it ends, nothing of it is left, and the broker's own data is whole."""
import os
import subprocess
import time

from office import DISTRICT
from pyclient import Client
from pyflow import open_envelope

MEBIBYTES = 192


def fill(site):
    with Client.of_sandbox(site.folder, DISTRICT) as client:
        client.connect()
        for _ in range(MEBIBYTES):
            parts = [os.urandom(262144) for _ in range(4)]
            assert client.submit([open_envelope(client, DISTRICT, parts=parts)])[0].name == "OK"


def test_stop_during_a_backup(site, tmp_path):
    site.start_broker()
    fill(site)
    target = tmp_path / "backup"
    command = [site.cli_bin, "backup", target, "--operator", "an", "--reason", "thử", "--sandbox", site.folder]
    asked = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    end = time.monotonic() + 60
    while not list(tmp_path.glob("backup.partial/journal/seg-*")):
        assert asked.poll() is None and time.monotonic() < end, "the backup is over before it could be stopped"
        time.sleep(0.001)
    begun = time.monotonic()
    assert site.broker.stop(timeout=60) == 0
    took = time.monotonic() - begun
    asked.terminate()
    asked.wait(30)
    assert "backup made" not in site.broker.log.read_text()
    assert "the broker stops" in site.broker.log.read_text()
    assert not target.exists() and not (tmp_path / "backup.partial").exists()
    assert took < 20, took
    assert site.cli("store", "check")["sound"]
    # And a backup that is let be is made.
    site.start_broker()
    assert site.cli("backup", str(target))["bytes"] > MEBIBYTES << 20
