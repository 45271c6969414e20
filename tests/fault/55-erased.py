"""Personal data in headers is erased, and then everything happens that may: another rebuild, a backup, kills in the middle. The name is nowhere in
journal and snapshots, everybody's receipts hold, and what can be told is told. A reader of its own judges the journal.

LT_KILLS says how many kills (default 6); LT_SEED makes the same choices again."""
import os
import random
import secrets
import shutil
import signal
import threading
import time

import pytest

import pycheck
from deployment import Deployment, Failed
from office import DEPARTMENT, DISTRICT
from pyclient import Client, envelope
from pyflow import PROCEDURE, batch, dossier_code
from pywire import envelope_pb

KILLS = int(os.environ.get("LT_KILLS", "6"))
SEED = int(os.environ.get("LT_SEED", str(secrets.randbelow(1 << 30))))
FRAME = 64  # envelopes of one SUBMIT
WHY = ("--reason", "a citizen's name and telephone in a field", "--operator", "an.nguyen")


def name_of(i):
    return f"Nguyen Van An {i:03d}, 0912345678"


def headers_with_names(client, numbers):
    return [client.build_header("OPEN", DISTRICT, dossier_code(DISTRICT), [DEPARTMENT], [b"%PDF " + name_of(i).encode()],
                                fields=[envelope_pb.Field(name="ghi_chu", value=name_of(i))], **PROCEDURE) for i in numbers]


@pytest.fixture
def site(tmp_path):
    with Deployment(tmp_path / "s") as made:
        made.start_broker()
        yield made


def submit_all(site, count):
    """Half of each frame under one signature: its root stands once in the journal, and stays for the others. [(envelope, answer)]"""
    done = []
    with Client.of_sandbox(site.folder, [DISTRICT]) as client:
        client.connect()
        for at in range(0, count, FRAME):
            end = min(at + FRAME, count)
            middle = (at + end) // 2
            half = headers_with_names(client, range(at, middle))
            sent = [envelope(h, s, [b"%PDF " + name_of(i).encode()]) for i, (h, s) in enumerate(zip(half, batch(client, half, DISTRICT)), at)]
            for i, header in enumerate(headers_with_names(client, range(middle, end)), middle):
                sent.append(envelope(header, client.sign(header, DISTRICT), [b"%PDF " + name_of(i).encode()]))
            done += zip(sent, client.submit(sent))
    assert all(answer.name == "OK" for _, answer in done), done
    return done


def erase(site, *what, timeout=60):
    """As an operator who is told to wait for snapshots does."""
    end = time.monotonic() + timeout
    while True:
        try:
            return site.cli("erase", *map(str, what), *WHY)
        except Failed as failed:
            if "NOT_YET" not in str(failed) or time.monotonic() > end:
                raise
        time.sleep(0.3)


def found(site, text, pattern):
    data = site.folder / "broker/data"
    return [str(p.relative_to(data)) for p in data.glob(pattern) if p.is_file() and text.encode() in p.read_bytes()]


def wait_until(holds, what, timeout=60):
    end = time.monotonic() + timeout
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.2)


def judge_receipts(site, sent):
    records = pycheck.judge(site)
    for one, answer in sent:
        pycheck.judge_receipt(records, answer.sequence, answer.receipt, one.header, one.signature)
    return records


def test_an_erased_header_and_then_a_rebuild(site, tmp_path):
    sent = submit_all(site, 8)
    gone = [sent[0][1].sequence, sent[1][1].sequence, sent[6][1].sequence]
    names = [name_of(0), name_of(1), name_of(6)]
    code = site.cli("trace", codes_of(sent)[0])["code"]
    assert found(site, names[0], "journal/seg-*.ltj")
    done = [erase(site, sequence)["acts"][0] for sequence in gone]
    for name in names:
        assert not found(site, name, "journal/*"), name
    wait_until(lambda: not any(found(site, name, "snapshots/*/*") for name in names), "a snapshot still has a name")
    assert len(list((site.folder / "broker/data/snapshots").iterdir())) == 2
    # What can be told is told.
    hop = site.cli("trace", code)["hops"][0]
    assert (hop["sequence"], hop["erased_by"], hop["outcome"]) == (gone[0], done[0], 0), hop
    told = site.cli("envelope", "export", str(gone[0]), str(tmp_path / "x"), expect=66, as_json=False)
    assert told == ""
    act = [one for one in site.cli("audit")["acts"] if one["act"] == "erase"]
    assert [one["sequence"] for one in act] == done and act[0]["operator"] == "an.nguyen", act
    assert "ALREADY_SO" in already(site, gone[0])
    # Proofs of the erased and of their neighbours.
    for sequence in (*gone, sent[2][1].sequence):
        proof = site.cli("ledger", "prove", str(sequence), as_json=False)
        (tmp_path / "proof").write_text(proof)
        site.cli("ledger", "check", str(tmp_path / "proof"), as_json=False)
    # The recipient's mailbox has gaps that say so; the others come whole.
    with Client.of_sandbox(site.folder, [DEPARTMENT]) as client:
        client.connect({DEPARTMENT: 0})
        items = client.receive(8)
        assert [(i.sequence, i.erased_by) for i in items if i.erased_by] == list(zip(gone, done))
        assert all(i.fault is None for i in items)
        client.received(DEPARTMENT, items[-1].number)
    # The sender offers it again: the first answer.
    with Client.of_sandbox(site.folder, [DISTRICT]) as client:
        client.connect()
        again = client.submit([one for one, _ in sent])
        assert [(a.name, a.sequence, a.receipt) for a in again] == [(a.name, a.sequence, a.receipt) for _, a in sent]
    judge_receipts(site, sent)
    assert site.broker.stop() == 0
    site.cli("store", "check")
    assert site.cli("store", "rebuild")["same_as_before"] is True
    # Without a snapshot there is no way back to what was before the record: that is said, and nothing is made of a guess.
    shutil.move(site.folder / "broker/data/snapshots", tmp_path / "snapshots")
    shutil.move(site.folder / "broker/data/store", tmp_path / "store")
    with pytest.raises(Failed, match="was erased by record"):
        site.cli("store", "rebuild")
    shutil.move(tmp_path / "snapshots", site.folder / "broker/data/snapshots")
    site.cli("store", "rebuild")
    site.start_broker()
    assert site.cli("trace", code)["hops"][0]["erased_by"] == done[0]
    judge_receipts(site, sent)


def may_go(site, what):
    try:
        return bool(site.cli("erase", str(what), "--dry-run"))
    except Failed as failed:
        assert "NOT_YET" in str(failed), failed
        return False


def codes_of(sent):
    return [envelope_pb.Header.FromString(one.header).dossier for one, _ in sent]


def already(site, sequence):
    with pytest.raises(Failed) as failed:
        site.cli("erase", str(sequence), *WHY)
    return str(failed.value)


def test_a_whole_dossier(site):
    sent = submit_all(site, 2)
    code = codes_of(sent)[0]
    wait_until(lambda: may_go(site, code), "no snapshots")
    listed = site.cli("erase", code, "--dry-run")["records"]
    assert [(one["sequence"], one["kind"]) for one in listed] == [(sent[0][1].sequence, "OPEN")]
    assert found(site, name_of(0), "journal/*.ltj")
    assert erase(site, code)["records"] == 1
    assert not found(site, name_of(0), "journal/*")
    assert found(site, name_of(1), "journal/*.ltj")


def test_kills_in_the_middle(site):
    """The broker dies while it erases, before, in and behind each step; what it said is done is done, and nothing is half done."""
    rng = random.Random(SEED)
    sent = submit_all(site, 2 * KILLS)
    wait_until(lambda: may_go(site, sent[-1][1].sequence), "no snapshots")
    for kill in range(KILLS):
        acts = []

        def work():
            for _, answer in sent[2 * kill:2 * kill + 2]:
                try:
                    acts.append((answer.sequence, site.cli("erase", str(answer.sequence), *WHY)["acts"][0]))
                except Failed:
                    return
        worker = threading.Thread(target=work)
        worker.start()
        time.sleep(rng.random() * 0.06)
        os.kill(site.broker.pid, signal.SIGKILL)
        worker.join()
        site.broker.popen.wait()
        site.start_broker()
        records = judge_receipts(site, sent)
        for sequence, act in acts:
            assert records[sequence - 1].erased_by == act, f"seed {SEED}: record {sequence} is there again"
        for record in records:
            if record.erased_by:
                assert records[record.erased_by - 1].form == 2, f"seed {SEED}"
        assert not (site.folder / "broker/data/journal/erasing").exists()
    for i, (_, answer) in enumerate(sent):
        if not pycheck.judge(site)[answer.sequence - 1].erased_by:
            erase(site, answer.sequence)
        assert not found(site, name_of(i), "journal/*"), f"seed {SEED}"
    judge_receipts(site, sent)
    assert site.broker.stop() == 0
    site.cli("store", "check", as_json=False)
