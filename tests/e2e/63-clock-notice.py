"""DUE_SOON and OVERDUE over real processes: the broker stands while both fall due, and tells each once when it is back; signed by
its own certificate, verified by the adapters, kept by a second restart. The clocks are set ahead with libfaketime."""
import datetime
import json
import subprocess
import time

import pytest

import officetime
from fakeclock import FakeClock
from office import DEPARTMENT, DISTRICT, MINISTRY

PROCEDURE = {
    "code": "1.004873", "version": 1, "name": "Thủ tục một giờ", "name_en": "one hour", "sector": "G09-NC01", "valid_from": "2025-01-01",
    "valid_to": None, "total": "4 working_days", "source": "bản thử", "lead": DEPARTMENT, "due_soon": "0.5 working_hours",
    "legs": [
        {"id": "nhan", "name": "Tiếp nhận", "name_en": "one hour", "agency": DISTRICT, "kind": "receive", "next": ["xu-ly"]},
        {"id": "xu-ly", "name": "Xử lý", "name_en": "one hour", "agency": DEPARTMENT, "kind": "process", "limit": "1 working_hours"},
    ],
}


def start_at(site, when):
    """Everybody's clock stands at `when` at the broker's start, and goes on as ours does: an adapter with another makes nothing."""
    ahead = int((when - officetime.now()).total_seconds())
    clock = FakeClock(site.folder / "clock", ahead)
    site.broker.env = clock.env
    for code in (DISTRICT, DEPARTMENT, MINISTRY):
        site.adapters.setdefault(code, site.adapter_process(code)).env = clock.env
    site.start_broker()


def notices(site, agency):
    return [i for i in site.api(agency).inbox(0, limit=1000) if i["sender"] == "B00"]


def wait_notices(site, agency, count):
    end = time.monotonic() + 40
    while len(notices(site, agency)) < count:
        assert time.monotonic() < end, (agency, notices(site, agency))
        time.sleep(0.2)
    return notices(site, agency)


def next_morning():
    day = officetime.now() + datetime.timedelta(days=1)
    return day.replace(hour=8, minute=0, second=0, microsecond=0)


@pytest.fixture
def on_the_way(site, new_case):
    """A dossier that the department holds, with one working hour for its leg."""
    morning = next_morning()
    start_at(site, morning)
    for code in (DISTRICT, DEPARTMENT, MINISTRY):
        site.start_adapter(code)
    file = site.folder / "hour.json"
    file.write_text(json.dumps(PROCEDURE, ensure_ascii=False))
    site.cli("procedure", "import", str(file), "--operator", "an", "--reason", "thử")
    case = new_case()
    offer = case.post(DISTRICT, "OPEN", [{"agency": DEPARTMENT, "leg": "xu-ly"}], procedure="1.004873", procedure_version=1)
    case.admitted(DISTRICT, offer)
    case.accept(DEPARTMENT, offer)
    return case


def test_due_while_down(site, on_the_way, tmp_path):
    case = on_the_way
    clock = site.cli("dossier", "show", case.code)["legs"][-1]["clock"]
    assert clock["allotted_minutes"] == 60 and clock["verdict_name"] == "Trong hạn"
    due = datetime.datetime.fromisoformat(clock["due_lawful"])
    assert site.broker.stop() == 0
    start_at(site, due + datetime.timedelta(minutes=2))
    if site.cli("status")["time_unconfirmed"]:  # a long Tết lies between
        assert not notices(site, DEPARTMENT)
        site.cli("time", "confirm", "--operator", "an", "--reason", "thử")
    for agency in (DEPARTMENT, DISTRICT):
        told = wait_notices(site, agency, 2)
        assert [i["kind"] for i in told] == ["DUE_SOON", "OVERDUE"], told
        assert all(i["state"] == "new" and not i["offer"] and i["dossier"] == case.code for i in told), told
        assert datetime.datetime.fromisoformat(told[1]["due"]) == due
        assert "quá hạn" in told[1]["reason"]
    assert notices(site, MINISTRY) == []
    assert site.api(DEPARTMENT).accept(notices(site, DEPARTMENT)[0]["id"], expect=None)["code"] == "NOT_AN_OFFER"
    counters = site.cli("status")["counters"]
    assert (counters["clocks_due_soon"], counters["clocks_overdue"], counters["handoffs_escalated"]) == (1, 1, 0)
    # Once more down, killed at that: nothing is told twice.
    site.broker.kill()
    start_at(site, due + datetime.timedelta(minutes=10))
    time.sleep(3)
    assert len(notices(site, DEPARTMENT)) == len(notices(site, DISTRICT)) == 2
    counters = site.cli("status")["counters"]
    assert counters["notices_unsigned"] == 0 and counters["notices_without_sender"] == 0
    kinds = [h["kind"] for h in site.cli("trace", case.code)["hops"]]
    assert kinds == ["OPEN", "ACCEPT", "DUE_SOON", "OVERDUE"]
    # The broker's word is signed as anybody's: by its batch, which anybody can check.
    overdue = site.cli("trace", case.code)["hops"][3]
    assert overdue["signer"]["agency"] == overdue["sender"] and overdue["signer"]["record"] > overdue["sequence"], overdue
    text = site.cli("trace", case.code, "--proof", as_json=False)
    assert "signed by nobody" not in text and f"by record {overdue['signer']['record']}" in text
    exported = site.cli("envelope", "export", str(overdue["sequence"]), str(tmp_path / "notice"))
    assert (exported["kind"], exported["dossier"], exported["signed_file"]) == ("OVERDUE", case.code, "batch.bin")
    checked = subprocess.run(["openssl", "cms", "-verify", "-cades", "-binary", "-purpose", "any", "-inform", "DER", "-in", "sig.p7s", "-content",
                              "batch.bin", "-certfile", "signer.pem", "-CAfile", "ca.pem", "-out", "/dev/null"],
                             cwd=tmp_path / "notice", capture_output=True, text=True)
    assert checked.returncode == 0, checked.stderr
    none = subprocess.run([site.cli_bin, "envelope", "export", f"{overdue['sequence']}/2", str(tmp_path / "none"), "--sandbox", site.folder],
                          capture_output=True, text=True)
    assert none.returncode == 66 and "no such envelope" in none.stderr
    assert site.cli("dossier", "show", case.code)["legs"][-1]["clock"]["verdict_name"] == "Đang quá hạn"


def test_without_signer(site, on_the_way):
    """Without a key the notices wait; with it they go out at the next start."""
    case = on_the_way
    due = datetime.datetime.fromisoformat(site.cli("dossier", "show", case.code)["legs"][-1]["clock"]["due_lawful"])
    conf = site.folder / "broker.conf"
    whole = conf.read_text()
    assert site.broker.stop() == 0
    conf.write_text(whole.replace("[signer]\nkey=broker/signer.key.pem\ncert=broker/signer.pem\n", ""))
    start_at(site, due + datetime.timedelta(minutes=2))
    if site.cli("status")["time_unconfirmed"]:
        site.cli("time", "confirm", "--operator", "an", "--reason", "thử")
    end = time.monotonic() + 20
    while site.cli("status")["counters"]["notices_unsigned"] < 2:
        assert time.monotonic() < end
        time.sleep(0.2)
    assert notices(site, DEPARTMENT) == []
    told = site.cli("status")
    assert not told["ready"] and "notices-unsigned" in [cause["id"] for cause in told["causes"]]
    site.broker.kill()
    conf.write_text(whole)
    start_at(site, due + datetime.timedelta(minutes=4))
    assert [i["kind"] for i in wait_notices(site, DEPARTMENT, 2)] == ["DUE_SOON", "OVERDUE"]


def test_outage_command(site, on_the_way):
    now = next_morning()
    word = ["--operator", "an", "--reason", "mất điện"]
    stamp = [(now - datetime.timedelta(hours=h)).isoformat() for h in (3, 2, 1)]
    assert site.cli("outage", stamp[0], stamp[1], *word)["version"] == 1
    site.cli("outage", stamp[0], stamp[1], *word)  # it is so already
    site.cli("outage", stamp[0], stamp[2], *word, expect=65)  # no time counts twice
    site.cli("outage", stamp[1], stamp[0], *word, expect=64)
    later = (now + datetime.timedelta(days=2)).isoformat()
    site.cli("outage", stamp[0], later, *word, expect=65)
