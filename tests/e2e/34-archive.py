"""Old segments of the journal lie in data/archive and answer as before; a file of it that is not there is named, and stops nothing."""
import contextlib
import os
import random
import shutil
import signal
import sqlite3
import time

import pytest

import pycheck
from console import Console
from deployment import Deployment, Failed
from office import DEPARTMENT, DISTRICT
from pyclient import Client, envelope
from pyflow import PROCEDURE, dossier_code
from pywire import envelope_pb

WHY = ("--reason", "a name in a field", "--operator", "an.nguyen")
COUNT, PART = 24, 200_000  # some 5 MiB: five segments of 1 MiB


@pytest.fixture
def site(tmp_path):
    with Deployment(tmp_path / "s") as made:
        conf = made.folder / "broker.conf"
        conf.write_text(conf.read_text().replace("[limits]\n", "[limits]\nsegment=1M\narchive_days=0\n"))
        made.start_broker()
        made.sent = submit(made, COUNT)
        yield made


def name_of(i):
    return f"Tran Thi Binh {i:03d}"


def submit(site, count):
    """[(envelope, answer)]"""
    done = []
    with Client.of_sandbox(site.folder, [DISTRICT]) as client:
        client.connect()
        for i in range(count):
            part = os.urandom(PART)
            header = client.build_header("OPEN", DISTRICT, dossier_code(DISTRICT), [DEPARTMENT], [part],
                                         fields=[envelope_pb.Field(name="ghi_chu", value=name_of(i))], **PROCEDURE)
            one = envelope(header, client.sign(header, DISTRICT), [part])
            done.append((one, client.submit(one)[0]))
    assert all(answer.name == "OK" for _, answer in done), done
    return done


def code_of(one):
    return envelope_pb.Header.FromString(one.header).dossier


def files(site, folder):
    return sorted(path.name for path in (site.folder / "broker/data" / folder).glob("seg-*.ltj"))


def snapshots(site, sequence):
    """An ERASE that is only tried asks for snapshots up to the record; with them segments are archived."""
    end = time.monotonic() + 60
    while True:
        try:
            return site.cli("erase", str(sequence), "--dry-run")
        except Failed as failed:
            assert "NOT_YET" in str(failed) and time.monotonic() < end, failed
        time.sleep(0.2)


def archive_all(site):
    snapshots(site, site.sent[-1][1].sequence)
    end = time.monotonic() + 30
    while len(files(site, "archive")) < 3 or set(files(site, "archive")) & set(files(site, "journal")):
        assert time.monotonic() < end, (files(site, "archive"), files(site, "journal"))
        time.sleep(0.1)


def judge(site):
    records = pycheck.judge(site)
    for one, answer in site.sent:
        pycheck.judge_receipt(records, answer.sequence, answer.receipt, one.header, one.signature)
    return records


def everything_answers(site, folder, before):
    one, answer = site.sent[0]
    assert site.cli("trace", code_of(one))["hops"] == before
    site.cli("envelope", "export", str(answer.sequence), str(folder))
    assert (folder / "part-00-don.pdf").read_bytes() == one.parts[0]
    (folder / "proof").write_text(site.cli("ledger", "prove", str(answer.sequence), as_json=False))
    site.cli("ledger", "check", str(folder / "proof"), as_json=False)
    with Client.of_sandbox(site.folder, [DEPARTMENT]) as client:  # a new adapter begins at 0
        client.connect({DEPARTMENT: 0})
        items = client.receive(COUNT)
        assert [i.sequence for i in items] == [a.sequence for _, a in site.sent] and all(i.fault is None for i in items)
        client.received(DEPARTMENT, items[-1].number)
    with Client.of_sandbox(site.folder, [DISTRICT]) as client:
        client.connect()
        again = client.submit(one)[0]
        assert (again.name, again.sequence, again.receipt) == ("OK", answer.sequence, answer.receipt)


def test_the_archive_answers(site, tmp_path):
    hops = site.cli("trace", code_of(site.sent[0][0]))["hops"]
    whole = files(site, "journal")
    archive_all(site)
    assert sorted(files(site, "archive") + files(site, "journal")) == whole and files(site, "journal")
    everything_answers(site, tmp_path / "x", hops)
    judge(site)
    # An erased name is gone from there, too.
    sequence, archive = site.sent[1][1].sequence, site.folder / "broker/data/archive"
    assert any(name_of(1).encode() in path.read_bytes() for path in archive.glob("*.ltj"))
    act = site.cli("erase", str(sequence), *WHY)["acts"][0]
    assert not any(name_of(1).encode() in path.read_bytes() for path in archive.iterdir())
    assert judge(site)[sequence - 1].erased_by == act
    assert site.broker.stop() == 0
    assert site.cli("store", "check")["journal_first"] == 1
    assert site.cli("store", "rebuild")["same_as_before"] is True
    flip(archive / files(site, "archive")[0])  # it is checked with the rest
    with pytest.raises(Failed, match="seg-00000000000000000001"):
        site.cli("store", "check")
    flip(archive / files(site, "archive")[0])
    site.start_broker()
    judge(site)


def flip(path):
    data = bytearray(path.read_bytes())
    data[200] ^= 1
    path.write_bytes(bytes(data))


def asked(site, sequence, folder):
    with pytest.raises(Failed) as failed:
        site.cli("envelope", "export", str(sequence), str(folder))
    return str(failed.value)


def copied(site, count):
    """The console's copy is of the store: it is made, and made again, without the archive."""
    console, file = Console(site), site.folder / "console/dossiers.sqlite"
    for _ in range(2):
        console.start()
        end, state = time.monotonic() + 30, {}
        while state.get("sequence", 0) < site.cli("status")["head"]:
            assert time.monotonic() < end, state
            time.sleep(0.1)
            with contextlib.suppress(sqlite3.OperationalError), contextlib.closing(sqlite3.connect(file, timeout=5)) as copy:
                state = dict(copy.execute("SELECT name, value FROM meta"))
                many = copy.execute("SELECT count(*), count(DISTINCT code) FROM dossier").fetchone()
        assert many == (count, count) and state["done"] == state["total"] == count and state["rebuilds"] == 1, state
        assert "the copy of all dossiers is made" in console.process.log.read_text()
        assert console.process.stop() == 0
        file.unlink()


def test_a_missing_archive_is_named(site, tmp_path):
    archive_all(site)
    first, code = site.sent[0][1].sequence, code_of(site.sent[0][0])
    archive = site.folder / "broker/data/archive"
    assert site.broker.stop() == 0
    shutil.move(archive, tmp_path / "elsewhere")
    archive.mkdir()
    site.start_broker()
    said = asked(site, first, tmp_path / "x")
    assert "RECORD_ARCHIVED" in said and "archive" in said, said
    assert [(hop["sequence"], hop["outcome_name"]) for hop in site.cli("trace", code)["hops"]] == [(first, "RECORD_ARCHIVED")]
    with pytest.raises(Failed, match="RECORD_ARCHIVED"):
        site.cli("erase", str(first), *WHY)
    submit(site, 2)  # work goes on
    copied(site, COUNT + 2)
    assert site.broker.stop() == 0
    assert site.cli("store", "check")["journal_first"] > 1
    # All but one file come back: what is in them answers, what is in that one is named.
    names = sorted(path.name for path in (tmp_path / "elsewhere").glob("*.ltj"))
    archive.rmdir()
    shutil.copytree(tmp_path / "elsewhere", archive)
    os.remove(archive / names[1])
    gap = range(int(names[1][4:24]), int(names[2][4:24]))
    site.start_broker()
    for number, (_, answer) in enumerate(site.sent):
        if answer.sequence in gap:
            assert "RECORD_ARCHIVED" in asked(site, answer.sequence, tmp_path / f"y{number}")
        else:
            site.cli("envelope", "export", str(answer.sequence), str(tmp_path / f"y{number}"))
    # A link to where it lies now serves as well.
    assert site.broker.stop() == 0
    shutil.rmtree(archive)
    archive.symlink_to(tmp_path / "elsewhere")
    site.start_broker()
    judge(site)
    site.cli("envelope", "export", str(first), str(tmp_path / "z"))


def test_killed_while_it_archives(site):
    rng = random.Random(4711)
    for _ in range(3):
        try:
            site.cli("erase", str(site.sent[-1][1].sequence), "--dry-run")
        except Failed:
            pass
        time.sleep(rng.random() * 0.4)
        os.kill(site.broker.pid, signal.SIGKILL)
        site.broker.popen.wait()
        site.start_broker()
        judge(site)
        site.sent += submit(site, 4)
    archive_all(site)
    judge(site)
    assert site.broker.stop() == 0
    site.cli("store", "check")


def restore(site, backup, archive):
    """A backup as the pages say, and the archive as it was last."""
    assert site.broker.stop() == 0
    data = site.folder / "broker/data"
    shutil.copytree(data / "archive", archive, dirs_exist_ok=True)
    shutil.rmtree(data)
    site.cli("restore", str(backup), "--reason", "disk", as_json=False)
    shutil.copytree(archive, data / "archive")
    site.start_broker()
    site.cli("restore", "confirm", "--reason", "disk", "--operator", "an.nguyen", as_json=False)


def test_a_backup_older_than_the_archive(site, tmp_path):
    """What the archive has of the time that was lost is never read for a record of now, also when that is archived beside it."""
    site.cli("backup", str(tmp_path / "backup"), "--reason", "daily", "--operator", "an.nguyen", as_json=False)
    lost = submit(site, 12)
    site.sent += lost
    archive_all(site)
    before = files(site, "archive")
    restore(site, tmp_path / "backup", tmp_path / "kept")
    site.sent = site.sent[:COUNT] + submit(site, 10)
    assert site.sent[-1][1].sequence > int(before[-1][4:24]), "the journal has to grow past what was lost"
    archive_all(site)
    assert set(before) - set(files(site, "journal")) <= set(files(site, "archive"))
    judge(site)
    assert site.broker.stop() == 0
    site.cli("store", "check")
    site.start_broker()
    for number, (one, answer) in list(enumerate(site.sent))[COUNT - 2::3]:
        site.cli("envelope", "export", str(answer.sequence), str(tmp_path / f"w{number}"))
        assert (tmp_path / f"w{number}/header.bin").read_bytes() == one.header
