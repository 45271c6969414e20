"""Damage of a stopped broker's files: an old segment of the journal is named with its place by the check and is never papered
over; a store that is damaged is named as well, and `store rebuild` heals it from the journal."""
import json
import subprocess
import time

from deployment import tail
from office import DEPARTMENT, DISTRICT


def run(site, *words):
    return subprocess.run([str(site.cli_bin), *map(str, words), "--sandbox", str(site.folder)], capture_output=True, text=True, timeout=120)


def segments(site):
    return sorted((site.folder / "broker/data/journal").glob("seg-*.ltj"))


def flip(path, at, bit=0x10):
    data = bytearray(path.read_bytes())
    data[at] ^= bit
    path.write_bytes(data)


def work(site, new_case, cases):
    """Cases with parts, over more than one segment of 1 MiB."""
    for _ in range(cases):
        case = new_case()
        part = site.api(DISTRICT).put_part(json.dumps(case.code).encode() * 9000)
        case.open()
        case.hand_off(DISTRICT, DEPARTMENT, parts=[{**part, "name": "tờ khai.json", "media_type": "application/json"}])
    return case


def small_segments(site):
    conf = site.folder / "broker.conf"
    conf.write_text(conf.read_text() + "\n[limits]\nsegment=1M\ndisk_reserve=1M\n" if "[limits]" not in conf.read_text()
                    else conf.read_text().replace("[limits]", "[limits]\nsegment=1M"))


def test_old_segment(site, new_case):
    small_segments(site)
    site.start_broker()
    for code in (DISTRICT, DEPARTMENT):
        site.start_adapter(code)
    case = work(site, new_case, 6)
    site.stop()
    assert len(segments(site)) >= 2, "the journal has one segment only"
    old = segments(site)[0]
    sound = old.read_bytes()
    flip(old, 200)  # in the records of the first batch
    found = run(site, "store", "check")
    assert found.returncode == 65 and old.name in found.stderr and "byte 0" in found.stderr, found.stderr
    # The state was checked and flushed behind it: the broker serves what it has, and says where when it is asked for the record.
    # But its look at the whole journal finds it by itself.
    before = site.broker.log_size()
    site.start_broker()
    assert case.holder() == DEPARTMENT
    site.broker.wait_log("the journal is damaged", after=before)
    assert old.name in tail(site.broker.log.read_bytes()[before:])
    counters = site.cli("status")["counters"]
    assert counters["scrubs"] == 1 and counters["scrubs_with_damage"] == 1
    assert site.broker.stop() == 0
    # Whoever needs the old records is refused by name, and nothing is lost: the store stays.
    subprocess.run(["rm", "-rf", site.folder / "broker/data/snapshots"], check=True)
    rebuilt = run(site, "store", "rebuild")
    assert rebuilt.returncode == 65 and rebuilt.stderr.strip(), rebuilt.stderr
    old.write_bytes(sound)
    assert run(site, "store", "check").returncode == 0
    before = site.broker.log_size()
    site.start_broker()
    site.broker.wait_log("it holds", after=before)
    assert case.holder() == DEPARTMENT


def test_tail_that_is_not_torn(site, new_case):
    """A bad batch with a good one behind it, above what the store has: no start, and the place is named."""
    site.start_broker()
    for code in (DISTRICT, DEPARTMENT):
        site.start_adapter(code)
    work(site, new_case, 2)
    site.broker.kill()
    for process in site.adapters.values():
        assert process.stop() == 0
    subprocess.run(["rm", "-rf", site.folder / "broker/data/store"], check=True)
    last = segments(site)[-1]
    at = last.read_bytes().index(b"LTJBATCH", 200)
    flip(last, at + 140)
    before = site.broker.log_size()
    site.broker.start()
    assert site.broker.popen.wait(60) == 65
    log = tail(site.broker.log.read_bytes()[before:])
    assert last.name in log and f"byte {at}" in log, log
    flip(last, at + 140)
    site.start_broker()


def test_store(site, new_case):
    site.start_broker()
    for code in (DISTRICT, DEPARTMENT):
        site.start_adapter(code)
    case = work(site, new_case, 3)
    hops = case.hops()
    site.stop()
    store = site.folder / "broker/data/store/data.mdb"
    data = store.read_bytes()
    at = data.rindex(case.code.encode())  # of the dossier itself or of its code's entry
    flip(store, at)
    found = run(site, "store", "check")
    assert found.returncode == 65 and "table " in found.stderr and "rebuild" in found.stderr, found.stderr
    healed = site.cli("store", "rebuild")
    assert healed["sequence"] > 0
    assert site.cli("store", "check")["sound"]
    site.start_broker()
    assert case.hops() == hops and case.holder() == DEPARTMENT
    for code in (DISTRICT, DEPARTMENT):
        site.start_adapter(code)
    case.hand_off(DEPARTMENT, DISTRICT)


def test_store_header(site, new_case):
    """Even its first pages: the broker says what to do, and the rebuild does it."""
    site.start_broker()
    site.start_adapter(DISTRICT)
    case = new_case()
    case.open()
    site.stop()
    store = site.folder / "broker/data/store/data.mdb"
    data = bytearray(store.read_bytes())
    data[:8192] = bytes(8192)
    store.write_bytes(data)
    before = site.broker.log_size()
    site.broker.start()
    assert site.broker.popen.wait(60) in (65, 78)
    assert "store" in tail(site.broker.log.read_bytes()[before:])
    assert run(site, "store", "check").returncode == 65
    site.cli("store", "rebuild")
    site.start_broker()
    assert case.holder() == DISTRICT


def test_an_acknowledged_record_is_lost_by_word_only(site, new_case):
    """One bit flips in the last batch, which was acknowledged and which the store holds: no start, no rebuild and no skip takes it
    for a torn tail. Only an operator who says how many records may be lost goes on without it, and the adapters are told."""
    site.start_broker()
    site.start_adapter(DISTRICT)
    first, last = new_case(), new_case()
    first.open()
    last.open()
    head = last.hops()[-1]["sequence"]
    deadline = time.monotonic() + 20
    while site.cli("status")["flushed"] < head:
        assert time.monotonic() < deadline, "the store is not flushed"
        time.sleep(0.2)
    site.broker.kill()
    assert site.adapters[DISTRICT].stop() == 0
    segment = segments(site)[-1]
    size, at = segment.stat().st_size, segment.read_bytes().rindex(b"LTJBATCH")
    flip(segment, at + 150, 1)

    before = site.broker.log_size()
    site.broker.start()
    assert site.broker.popen.wait(60) == 65
    assert f"byte {at}" in tail(site.broker.log.read_bytes()[before:])
    refused = run(site, "store", "rebuild")
    assert refused.returncode == 65 and "--lose" in refused.stderr and "committed" in refused.stderr, refused.stderr
    assert segment.stat().st_size == size, "nothing is cut"

    flip(segment, at + 150, 1)  # the disk gives it again: all is well
    site.start_broker()
    assert last.holder() == DISTRICT
    site.broker.kill()
    flip(segment, at + 150, 1)
    lost = int(refused.stderr.split("--lose ")[1].split("`")[0])
    rebuilt = site.cli("store", "rebuild", "--lose", str(lost + 10))  # the start has added records
    assert rebuilt["lost"] >= lost
    site.start_broker()
    assert first.holder() == DISTRICT
    site.start_adapter(DISTRICT)  # it is asked what it holds, told of the loss, and offers again what it was told to be on disk
    deadline = time.monotonic() + 40
    while run(site, "ledger", "declare", "--operator", "an", "--reason", "đĩa hỏng").returncode == 75:
        assert time.monotonic() < deadline, "the door does not open"
        time.sleep(0.5)
    while "DOSSIER_UNKNOWN" in run(site, "dossier", "show", last.code).stderr:
        assert time.monotonic() < deadline, "the adapter does not offer it again"
        time.sleep(0.3)
    assert last.holder() == DISTRICT
