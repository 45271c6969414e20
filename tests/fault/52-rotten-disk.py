"""A bit flips somewhere on the broker's disk: in each kind of file, and in each kind of place of the journal. Whatever the broker then does, it
loses nothing in silence: it serves and everything that was admitted is there, or it does not start and says what is wrong; nothing is cut
off, and once the bit is back, or the store made anew, everything is as it was. A reader of its own judges the journal.

LT_FLIPS says how many flips in each place (default 1; `./dev fault` takes 20); LT_SEED makes the same choices again."""
import os
import pathlib
import random
import secrets
import shutil
import time

import pytest

import pycheck
from deployment import Deployment, tail
from office import Case, DISTRICT
from pyclient import Client, envelope
from pyflow import PROCEDURE, batch, dossier_code, open_envelope
from pytus import Uploads

FLIPS = int(os.environ.get("LT_FLIPS", "1"))
SEED = int(os.environ.get("LT_SEED", str(secrets.randbelow(1 << 30))))
NAMED = (65, 74)  # EX_DATAERR, EX_IOERR: no crash, and a supervisor does not go round


@pytest.fixture(scope="module")
def aged(tmp_path_factory):
    """A broker that has worked: single and batch signatures, parts, a snapshot, checkpoints. Stopped, with a copy of its data."""
    with Deployment(tmp_path_factory.mktemp("rotten") / "s") as site:
        conf = site.folder / "broker.conf"
        conf.write_text(conf.read_text().replace("[limits]\n", "[limits]\nsnapshot_records=1000\n"))
        site.start_broker()
        site.start_adapter(DISTRICT)  # it brings a large part, and sends it to itself
        digest = Uploads(site.api(DISTRICT)).bring(random.Random(SEED).randbytes(700000))
        case = Case(site, dossier_code(DISTRICT))
        case.open(parts=[{"name": "ảnh.pdf", "media_type": "application/pdf", "sha256": digest}])
        assert site.adapters[DISTRICT].stop() == 0
        with Client.of_sandbox(site.folder, [DISTRICT]) as client:
            client.connect()
            sent = [open_envelope(client, DISTRICT, dossier_code(DISTRICT), (b"p" * 5000,)) for _ in range(4)]
            headers = [client.build_header("OPEN", DISTRICT, dossier_code(DISTRICT), [DISTRICT], **PROCEDURE) for _ in range(8)]
            sent += [envelope(header, signature) for header, signature in zip(headers, batch(client, headers, DISTRICT))]
            sent += [open_envelope(client, DISTRICT, dossier_code(DISTRICT)) for _ in range(8)]
            site.sent = list(zip(sent, client.submit(sent)))
            for _ in range(16):  # until a snapshot is due
                more = [client.build_header("OPEN", DISTRICT, dossier_code(DISTRICT), [DISTRICT], **PROCEDURE) for _ in range(64)]
                assert all(a.name == "OK" for a in client.submit([envelope(h, s) for h, s in zip(more, batch(client, more, DISTRICT))]))
            end = time.monotonic() + 30
            while not list((site.folder / "broker/data/snapshots").glob("*/state")):
                assert time.monotonic() < end, "no snapshot was made"
                time.sleep(0.05)
            assert all(answer.name == "OK" for _, answer in site.sent), site.sent
            last = open_envelope(client, DISTRICT, dossier_code(DISTRICT))  # a batch of its own
            site.sent += zip([last], client.submit([last]))
        assert site.broker.stop() == 0
        site.data = site.folder / "broker/data"
        site.kept = site.folder / "kept"
        shutil.copytree(site.data, site.kept)
        site.records = pycheck.judge(site)
        for one, answer in site.sent:
            pycheck.judge_receipt(site.records, answer.sequence, answer.receipt, one.header, one.signature)
        yield site


def place_of(batch):
    return int(batch.where.rpartition(" ")[2])


def places(site):
    """Name of each kind of place -> (file, first byte, length)."""
    data = site.data
    segment = pycheck.segments(data / "journal")[0]
    name = segment.relative_to(data)
    whole = segment.read_bytes()
    batches = list(pycheck.batches(data / "journal"))
    batch = max(batches, key=lambda one: len(one.shared))  # that of the envelopes
    at = place_of(batch)
    head = at + pycheck.HEADER
    out = {
        "head of a batch": (name, at + 12, 84),
        "hash of a batch": (name, at + 96, 32),
        "table": (name, head, len(batch.table)),
        "record": (name, head + len(batch.table) + len(batch.shared), len(batch.records)),
        "last batch": (name, whole.rindex(pycheck.MAGIC) + 8, 200),
        "shared root": (name, head + len(batch.table), len(batch.shared)),
        "part": (name, head + len(batch.table) + len(batch.shared) + len(batch.records) + 1, 5000),
    }
    [large] = (data / "large").iterdir()
    out["large part"] = (large.relative_to(data), 0, large.stat().st_size)
    for kind, pattern in (("tile", "ledger/tiles-*"), ("checkpoint", "ledger/checkpoint"), ("second checkpoint", "checkpoint"),
                          ("store", "store/data.mdb"), ("snapshot", "snapshots/*/data.mdb"), ("state of a snapshot", "snapshots/*/state")):
        file = sorted(data.glob(pattern))[0]
        size = file.stat().st_size
        out[kind] = (file.relative_to(data), 0, size)
    return out


KINDS = ("head of a batch", "hash of a batch", "table", "shared root", "record", "last batch", "part", "large part", "tile", "checkpoint", "second checkpoint", "store",
         "snapshot", "state of a snapshot")


def restore(site):
    shutil.rmtree(site.data)
    shutil.copytree(site.kept, site.data)


def start(site):
    """0 when it serves, else the status with which it ended; a signal is never the answer."""
    before = site.broker.log_size()
    site.broker.start()
    try:
        site.broker.wait_log('"serving"', 30, before)
        return 0
    except Exception:  # noqa: BLE001: it has ended
        status = site.broker.popen.wait(30)
        log = tail(site.broker.log.read_bytes()[before:])
        assert status in NAMED, (status, log)
        assert '"error"' in log, log
        return status


def judge(site, said):
    """All that was admitted is in the journal, whole; nothing was taken away."""
    records = pycheck.judge(site)
    assert len(records) >= len(site.records), said
    assert [r.leaf for r in records[:len(site.records)]] == [r.leaf for r in site.records], said


def flip(path, at, mask):
    data = bytearray(path.read_bytes())
    data[at] ^= mask
    path.write_bytes(bytes(data))


def ask_again(site, said):
    """The senders offer everything again: the first answer, or that it cannot be told now; never another."""
    with Client.of_sandbox(site.folder, [DISTRICT]) as client:
        client.connect()
        for (_, first), again in zip(site.sent, client.submit([one for one, _ in site.sent])):
            assert (again.name, again.sequence) in (("OK", first.sequence), ("STORE_DAMAGED", 0)), (said, again)
    assert site.cli("status")["head"] >= len(site.records), said


def expect_cause(site, name, said):
    """Nobody has asked for it: the look at all files finds it by itself."""
    end = time.monotonic() + 30
    while not (found := [one for one in site.cli("status")["causes"] if one["id"] == "large-damaged"]):
        assert time.monotonic() < end, said
        time.sleep(0.05)
    assert [one["name"] for one in found[0]["subjects"]] == [name[:16]], (said, found)


def mend(site, file, at, mask, status, said):
    """What an operator does: a journal gets its bit back from a copy (nothing was cut off), a store is made anew."""
    if str(file).startswith(("journal/", "large/")):
        flip(site.data / file, at, mask)
    elif status:
        assert "rebuild" in tail(site.broker.log.read_bytes()), said
        site.cli("store", "rebuild")
    assert start(site) == 0, said
    ask_again(site, said)
    assert site.broker.stop() == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_bit(aged, kind):
    rng = random.Random(f"{SEED} {kind}")
    file, first, length = places(aged)[kind]
    for _ in range(FLIPS):
        at, mask = first + rng.randrange(length), 1 << rng.randrange(8)
        said = f"{kind}: {file}, byte {at}, mask {mask}; seed {SEED}"
        flip(aged.data / file, at, mask)
        status = start(aged)
        if status == 0:
            ask_again(aged, said)
            if kind == "large part":
                expect_cause(aged, file.name, said)
            aged.broker.stop()
        mend(aged, file, at, mask, status, said)
        judge(aged, said)
        restore(aged)
