"""A record that crashes the replay twice is named; an operator skips it, the broker serves again, and the trace shows it."""
import shutil
import struct
import subprocess

from deployment import tail
from office import DEPARTMENT, DISTRICT


def crash_mark(site, sequence):
    """What two processes leave that died in the replay of the record (skips.h: under way, where, how often)."""
    (site.folder / "broker/data/replaying").write_bytes(struct.pack("<4Q", sequence, sequence, 1, 0))


def refused_start(site):
    before = site.broker.log_size()
    site.broker.start()
    status = site.broker.popen.wait(60)
    return status, tail(site.broker.log.read_bytes()[before:])


def test_poison_record(running, new_case):
    case, other = new_case(), new_case()
    case.open()
    other.open()
    for code in (DISTRICT, DEPARTMENT):
        assert running.adapters[code].stop() == 0
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
    running.start_broker()
    assert "record skipped by an operator" in running.broker.log.read_text()

    # It took no effect, and everybody who asks sees why.
    hops = case.hops()
    assert [(h["kind"], h["outcome_name"]) for h in hops] == [("OPEN", "ADMITTED"), ("FORWARD", "POISONED")]
    assert hops[-1]["sequence"] == sequence and hops[-1]["id"] == offer
    assert "POISONED" in running.cli("trace", case.code, as_json=False)
    assert case.holder() == DISTRICT
    assert [h["outcome_name"] for h in other.hops()] == ["ADMITTED"]
    # The sender files the act anew, and the dossier goes on.
    for code in (DISTRICT, DEPARTMENT):
        running.start_adapter(code)
    case.hand_off(DISTRICT, DEPARTMENT, branch=1, branch_version=1)
    assert case.holder() == DEPARTMENT
    assert [h["outcome_name"] for h in case.hops()] == ["ADMITTED", "POISONED", "ADMITTED", "ADMITTED"]
    # And after a further restart.
    assert running.broker.stop() == 0
    running.start_broker()
    assert [h["outcome_name"] for h in case.hops()] == ["ADMITTED", "POISONED", "ADMITTED", "ADMITTED"]
    assert case.holder() == DEPARTMENT


def test_what_others_build_on_is_not_skipped(running, new_case):
    """Two acts on one dossier: without the first the second does not hold. A skip that would stop every start and rebuild is refused
    with the record that does not hold, and so is one of what the store has passed; neither leaves a trace. What only stands behind it
    in the same mailbox does hold, and keeps its number."""
    case, other, third = new_case(), new_case(), new_case()
    for one in (case, other, third):
        one.open()
    assert running.adapters[DEPARTMENT].stop() == 0
    offer = case.post(DISTRICT, "FORWARD", [DEPARTMENT])
    case.admitted(DISTRICT, offer)
    sequence = case.hops()[-1]["sequence"]
    case.admitted(DISTRICT, case.post(DISTRICT, "RECALL", [DEPARTMENT], in_reply_to=offer, reason="nhầm"))
    behind = case.hops()[-1]["sequence"]
    offers = {}
    for one in (other, third):
        offers[one] = one.post(DISTRICT, "FORWARD", [DEPARTMENT])
        one.admitted(DISTRICT, offers[one])
    middle = other.hops()[-1]["sequence"]
    assert running.adapters[DISTRICT].stop() == 0
    assert running.broker.stop() == 0

    def skip(sequence=sequence):
        words = [str(running.cli_bin), "store", "skip", str(sequence), "--operator", "an", "--reason", "thử", "--sandbox", str(running.folder)]
        return subprocess.run(words, capture_output=True, text=True, timeout=60)

    passed = skip()
    assert passed.returncode == 65 and "hold its effect" in passed.stderr, passed.stderr
    assert not (running.folder / "broker/data/snapshots").exists()  # a stop takes none
    shutil.rmtree(running.folder / "broker/data/store")
    depends = skip()
    assert depends.returncode == 65 and f"record {behind}" in depends.stderr, depends.stderr
    assert not (running.folder / "broker/data/skips").exists()
    done = skip(middle)
    assert done.returncode == 0, done.stderr
    running.start_broker()
    for code in (DISTRICT, DEPARTMENT):
        running.start_adapter(code)
    third.accept(DEPARTMENT, offers[third])
    assert (case.holder(), other.holder(), third.holder()) == (DISTRICT, DISTRICT, DEPARTMENT)
    other.hand_off(DISTRICT, DEPARTMENT, branch=1, branch_version=1)
    assert running.broker.stop() == 0
    assert running.cli("store", "rebuild")["sequence"] >= behind
    assert running.cli("store", "check")["sound"]
