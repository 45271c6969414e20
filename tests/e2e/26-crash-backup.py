"""A stop does not wait for a long backup: it ends, nothing of it is left, and the broker's own data is whole."""
import os
import resource
import signal
import subprocess
import time

import pytest
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


def test_ctrl_c_leaves_nothing_half(site, tmp_path):
    """The signal waits from the beginning on, so that it meets the first step."""
    backup, data = tmp_path / "backup", tmp_path / "data"
    site.start_broker()
    site.cli("backup", str(backup))
    assert site.broker.stop() == 0
    def ended_by(number, *words):
        def waits():
            signal.pthread_sigmask(signal.SIG_BLOCK, [number])
            os.kill(os.getpid(), number)
        done = subprocess.run([str(word) for word in (site.cli_bin, *words)], capture_output=True, text=True, preexec_fn=waits, timeout=60)
        return done.returncode, done.stdout, done.stderr
    said = "lienthong: broken off: nothing was restored; the same command begins anew\n"
    for number in (signal.SIGINT, signal.SIGTERM):
        assert ended_by(number, "restore", backup, data) == (-number, "", said)
    assert not list(tmp_path.glob("data*"))
    assert subprocess.run([site.cli_bin, "restore", backup, data]).returncode == 0 and (data / "store").exists()
    said = "lienthong: broken off: the store is as it was; the same command begins anew\n"
    for number in (signal.SIGINT, signal.SIGTERM):
        assert ended_by(number, "store", "rebuild", data) == (-number, "", said)
    assert not (data / "store.new").exists() and subprocess.run([site.cli_bin, "store", "rebuild", data]).returncode == 0


def test_a_place_that_cannot_take_it_is_named(site, tmp_path):
    """No folder above, and a disk that is full: files may be as long as on it."""
    site.start_broker()
    done = subprocess.run([site.cli_bin, "backup", tmp_path / "none/backup", "--sandbox", site.folder], capture_output=True, text=True)
    nowhere = f"{tmp_path}/none/%s: the folder in which it shall stand is not there\n"
    assert (done.returncode, done.stderr) == (73, "lienthong: backup: there is no such thing: " + nowhere % "backup")
    site.cli("backup", str(tmp_path / "backup"))

    def restore(to, **more):
        done = subprocess.run([site.cli_bin, "restore", tmp_path / "backup", to], capture_output=True, text=True, **more)
        return done.returncode, done.stderr
    assert restore(tmp_path / "none/data") == (66, "lienthong: " + nowhere % "data.partial")
    full = restore(tmp_path / "data", restore_signals=False, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096)))
    assert full[0] == 74 and full[1].endswith(": the disk is full: make room, or take another one\n"), full
    assert not list(tmp_path.glob("data*"))


def test_a_backup_onto_a_full_disk_says_so(site, tmp_path):
    site.start_broker()
    disk = tmp_path / "disk"
    disk.mkdir()
    for size, file in (("40k", "store/data.mdb"), ("128k", "journal/seg-")):
        if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", disk]).returncode:
            pytest.skip("nothing can be mounted here, and no other disk is small enough")
        try:
            done = subprocess.run([site.cli_bin, "backup", disk / "backup", "--sandbox", site.folder], capture_output=True, text=True)
            assert done.returncode == 73 and file in done.stderr and done.stderr.endswith(": the disk is full: make room, or take another one\n"), done.stderr
            assert not list(disk.iterdir())
        finally:
            subprocess.run(["umount", disk], check=True)
    site.cli("backup", str(tmp_path / "backup"))
