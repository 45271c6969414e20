"""A record that crashes the replay twice is named; an operator skips it, by a record of the journal; its dossier stands frozen for everybody, on
every machine alike, until two users repair or close it."""
import os
import shutil
import struct
import subprocess
import time

import pytest

from deployment import tail
from office import DEPARTMENT, DISTRICT

NOBODY = 65534


def crash_mark(site, sequence):
    """What two processes leave that died in the replay of the record (replay_mark.c: under way, where, how often)."""
    (site.folder / "broker/data/replaying").write_bytes(struct.pack("<4Q", sequence, sequence, 1, 0))


def refused_start(site):
    before = site.broker.log_size()
    site.broker.start()
    status = site.broker.popen.wait(60)
    return status, tail(site.broker.log.read_bytes()[before:])


def skip_words(site, sequence, *more):
    return [str(site.cli_bin), "store", "skip", str(sequence), "--operator", "an", "--reason", "thử", "--sandbox", str(site.folder), *more]


def skip(site, sequence):
    return subprocess.run(skip_words(site, sequence), capture_output=True, text=True, timeout=60)


def as_nobody(site, *words):
    """The command as another user of the machine."""
    site.open_to_others()
    socket = site.folder / "broker/control.sock"
    return subprocess.run([str(site.cli_bin), *words, "--control", str(socket)], capture_output=True, text=True, timeout=60,
                          user=NOBODY, group=NOBODY, extra_groups=[])


def refusal(site, *words):
    done = subprocess.run([str(site.cli_bin), *words, "--sandbox", str(site.folder)], capture_output=True, text=True, timeout=60)
    assert done.returncode != 0, done.stdout
    return done.stderr


def outcomes(case):
    return [(h["kind"], h["outcome_name"]) for h in case.hops()]


def stop_adapters(running):
    for code in (DISTRICT, DEPARTMENT):
        assert running.adapters[code].stop() == 0


def state_hash(site, data):
    """Of a folder's own rebuild, from the first record."""
    shutil.rmtree(data / "store", ignore_errors=True)
    words = [str(site.cli_bin), "store", "rebuild", "--json", str(data)]
    subprocess.run(words, check=True, capture_output=True, timeout=60)
    done = subprocess.run(words, check=True, capture_output=True, text=True, timeout=60)
    return done.stdout  # with the hash of the store before and after


def test_poison_record(running, new_case):
    case, other = new_case(), new_case()
    case.open()
    other.open()
    stop_adapters(running)
    running.start_adapter(DISTRICT)
    offer = case.post(DISTRICT, "FORWARD", [DEPARTMENT])
    case.admitted(DISTRICT, offer)
    sequence = case.hops()[-1]["sequence"]
    running.broker.kill()
    assert running.adapters[DISTRICT].stop() == 0
    shutil.rmtree(running.folder / "broker/data/store")  # all of it is replayed
    crash_mark(running, sequence)

    status, log = refused_start(running)
    assert status == 65 and f"record {sequence} has ended two starts" in log and "store skip" in log, (status, log)
    status, log = refused_start(running)
    assert status == 65 and f"record {sequence} has ended two starts" in log, "it is not tried a third time"

    nobody = running.cli("store", "skip", str(sequence), expect=None, as_json=False)
    assert "POISONED" not in nobody, "a reason is needed"
    skipped = running.cli("store", "skip", str(sequence), "--operator", "an", "--reason", "phát lại thì hỏng")
    assert skipped["skipped"] == sequence and skipped["operator"] == "an"
    assert not (running.folder / "broker/data/skips").exists()
    running.start_broker()
    assert "record skipped by an operator" in running.broker.log.read_text()
    acts = [act for act in running.cli("audit")["acts"] if act["act"] == "skip"]
    assert [(act["subject"], act["reason"], act["uid"]) for act in acts] == [(case.code, "phát lại thì hỏng", os.geteuid())]

    # It took no effect, and everybody who asks sees why.
    assert outcomes(case) == [("OPEN", "ADMITTED"), ("FORWARD", "POISONED")]
    assert case.hops()[-1]["sequence"] == sequence and case.hops()[-1]["id"] == offer
    assert "POISONED" in running.cli("trace", case.code, as_json=False)
    assert "frozen" in running.cli("dossier", "show", case.code, as_json=False)
    assert running.cli("dossier", "show", case.code)["frozen"] == sequence
    assert case.code in running.cli("status")["frozen"]
    assert f"CRITICAL dossier-frozen: 1 dossier is frozen, since a record was skipped: {case.code}" in running.cli("status", as_json=False)
    assert [h["outcome_name"] for h in other.hops()] == ["ADMITTED"]
    # Nobody acts on it; all others go on.
    running.start_adapter(DISTRICT)
    running.start_adapter(DEPARTMENT)
    waiting = case.post(DISTRICT, "FORWARD", [DEPARTMENT])
    running.broker.wait_log("DOSSIER_FROZEN")
    other.hand_off(DISTRICT, DEPARTMENT, branch=1, branch_version=1)
    assert outcomes(case) == [("OPEN", "ADMITTED"), ("FORWARD", "POISONED")]
    assert case.holder() == DISTRICT
    assert waiting


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user")
def test_two_users_repair_it(running, new_case):
    """Acts of the dossier itself stand behind the skipped one, and others' in the same mailbox: they keep their numbers. Then it goes on."""
    case, other = new_case(), new_case()
    for one in (case, other):
        one.open()
    offer = case.post(DISTRICT, "FORWARD", [DEPARTMENT])
    case.admitted(DISTRICT, offer)
    sequence = case.hops()[-1]["sequence"]
    case.accept(DEPARTMENT, offer)
    other.hand_off(DISTRICT, DEPARTMENT, branch=1, branch_version=1)
    stop_adapters(running)
    assert running.broker.stop() == 0
    passed = skip(running, sequence)
    assert passed.returncode == 65 and "hold its effect" in passed.stderr, passed.stderr
    data = running.folder / "broker/data"
    shutil.rmtree(data / "store")
    assert "not of one dossier" in skip(running, 1).stderr
    done = skip(running, sequence)
    assert done.returncode == 0, done.stderr
    assert "already" in skip(running, sequence).stderr
    # Two machines with this journal have one state.
    copies = [running.folder / f"node-{i}" for i in range(2)]
    for copy in copies:
        shutil.copytree(data, copy)
    assert state_hash(running, copies[0]) == state_hash(running, copies[1])
    conf = running.folder / "broker.conf"
    conf.write_text(conf.read_text() + "\n[operators]\noperator=nobody\n")
    running.start_broker()
    assert case.holder() == DISTRICT and other.holder() == DEPARTMENT
    assert outcomes(case)[1:] == [("FORWARD", "POISONED"), ("ACCEPT", "POISONED")]

    leg = running.cli("dossier", "show", other.code)["legs"][-1]["leg"]
    words = ("dossier", "repair", case.code, "--branch", f"1={DEPARTMENT}@{leg}", "--status", "4", "--reason", "biên bản 12")
    assert "AGENCY_UNKNOWN" in refusal(running, "dossier", "repair", case.code, "--branch", f"1=H99@{leg}", "--status", "4", "--reason", "b")
    before = running.cli("audit")["acts"]
    assert running.cli(*words, "--dry-run")["would_do"]
    assert running.cli("audit")["acts"] == before
    proposal = str(running.cli(*words)["sequence"])
    assert "OPERATOR_NOT_ADMITTED" in refusal(running, "dossier", "confirm", case.code, proposal, "--reason", "đồng ý")
    assert running.cli("dossier", "show", case.code)["frozen"] == sequence
    second = as_nobody(running, "dossier", "confirm", case.code, proposal, "--operator", "bình", "--reason", "đồng ý")
    assert second.returncode == 0, second.stderr
    view = running.cli("dossier", "show", case.code)
    assert view["frozen"] is None and case.holder() == DEPARTMENT
    assert case.code not in running.cli("status")["frozen"]
    acts = [(a["act"], a["uid"]) for a in running.cli("audit")["acts"] if a["act"].startswith("dossier") and a["outcome"] == "done"]
    assert acts == [("dossier repair", os.geteuid()), ("dossier confirm", NOBODY)]
    for code in (DISTRICT, DEPARTMENT):
        running.start_adapter(code)
    back = case.post(DEPARTMENT, "STATUS", [DISTRICT], trace=4)
    case.admitted(DEPARTMENT, back)
    stop_adapters(running)
    assert running.broker.stop() == 0
    assert running.cli("store", "rebuild")["sequence"] >= sequence
    assert running.cli("store", "check")["sound"]


def test_a_tool_that_dies(running, new_case):
    """Killed at any moment it has skipped the record or it has not; the next one goes on from there."""
    case = new_case()
    case.open()
    case.admitted(DISTRICT, case.post(DISTRICT, "FORWARD", [DEPARTMENT]))
    sequence = case.hops()[-1]["sequence"]
    stop_adapters(running)
    assert running.broker.stop() == 0
    data = running.folder / "broker/data"
    shutil.rmtree(data / "store")
    begin = time.monotonic()
    head = running.cli("store", "rebuild")["sequence"]
    took = time.monotonic() - begin
    shutil.rmtree(data / "store")
    pristine = running.folder / "pristine"
    shutil.copytree(data, pristine)
    seen = set()
    for step in range(24):
        shutil.rmtree(data)
        shutil.copytree(pristine, data)
        tool = subprocess.Popen(skip_words(running, sequence), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(took * 1.5 * step / 24)
        tool.kill()
        tool.wait()
        again = skip(running, sequence)
        seen.add(again.returncode)
        if again.returncode != 0:  # it had been done, or its end was not written whole
            assert "already" in again.stderr or "written whole" in again.stderr, again.stderr
        if "written whole" not in again.stderr:
            assert running.cli("store", "rebuild")["sequence"] == head + 1
    assert 0 in seen
    shutil.rmtree(pristine)
    running.start_broker()
    assert running.cli("dossier", "show", case.code)["frozen"] == sequence
