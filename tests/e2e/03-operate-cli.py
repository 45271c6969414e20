"""The operator's commands against the real broker; every act is in the journal, and its data is checked when it has stopped."""
import datetime
import json
import pathlib
import shutil
import subprocess
import time

from deployment import Deployment
from pyclient import Client

SOURCE = pathlib.Path(__file__).resolve().parents[2]


def run(site, *words):
    return subprocess.run([str(site.cli_bin), *map(str, words)], capture_output=True, text=True, timeout=120)


def test_agency_add_suspend_resume(site):
    site.start_broker()
    before = site.cli("agency", "list")
    done = site.cli("agency", "add", "H37.24.09", "--name", "Ủy ban nhân dân xã Gia Cát", "--level", "commune", "--parent",
                    "H37.24", "--alias", "000.09.24.H37", "--reason", "xã mới", "--operator", "an")
    assert done["version"] == before["directory_version"] + 1
    view = site.cli("agency", "show", "000.09.24.H37")
    assert view["code"] == "H37.24.09" and view["certificates"] == 1 and not view["suspended"]
    first = site.cli("agency", "suspend", "H37.24.09", "--reason", "thử", "--operator", "an")
    assert site.cli("agency", "show", "H37.24.09")["suspended"]
    again = run(site, "agency", "suspend", "H37.24.09", "--reason", "thử", "--sandbox", site.folder)
    assert again.returncode == 0 and "ALREADY_SO" in again.stderr
    second = site.cli("agency", "resume", "H37.24.09", "--reason", "xong", "--operator", "an")
    assert second["sequence"] > first["sequence"] > done["sequence"]
    assert not site.cli("agency", "show", "H37.24.09")["suspended"]
    assert site.cli("status")["directory_version"] == done["version"]


def test_a_stopped_broker_remembers_what_was_defined(site, tmp_path):
    site.start_broker()
    (tmp_path / "one.json").write_text(json.dumps(
        [{"code": "H37.11", "name": "Sở Nội vụ Lạng Sơn", "level": "department", "parent": "H37"}], ensure_ascii=False))
    site.cli("agency", "import", str(tmp_path / "one.json"), "--reason", "đổi tên")
    procedure = json.loads((SOURCE / "conf/procedures/1.010828-v1.json").read_text())
    procedure["valid_to"] = "2027-01-01"
    (tmp_path / "old.json").write_text(json.dumps(procedure, ensure_ascii=False))
    procedure.update(version=2, valid_from="2027-01-01", valid_to=None)
    (tmp_path / "p.json").write_text(json.dumps(procedure, ensure_ascii=False))
    early = run(site, "procedure", "import", tmp_path / "p.json", "--reason", "r", "--sandbox", site.folder)
    assert early.returncode == 65 and "both in force on 2027-01-01" in early.stderr, early.stderr
    site.cli("procedure", "import", str(tmp_path / "old.json"), "--reason", "kết thúc phiên bản 1")
    site.cli("procedure", "import", str(tmp_path / "p.json"), "--reason", "phiên bản mới")
    assert run(site, "sandbox-revoke", site.folder, "H57.14").returncode == 0
    site.cli("crl", "import", str(site.folder / "ca/crl.der"), "--reason", "mất khóa")
    head = site.cli("status")["head"]
    site.broker.kill()
    site.start_broker()
    assert site.cli("agency", "show", "H37.11")["name"] == "Sở Nội vụ Lạng Sơn"
    assert site.cli("status")["head"] >= head


def test_bad_definitions_change_nothing(site, tmp_path):
    site.start_broker()
    other = tmp_path / "other"
    assert run(site, "sandbox", other).returncode == 0
    foreign = run(site, "crl", "import", other / "ca/crl.der", "--reason", "r", "--sandbox", site.folder)
    assert foreign.returncode == 65 and "DEFINITION_INVALID" in foreign.stderr
    head = site.cli("status")["head"]
    signed = run(site, "agency", "add", "H37.99", "--name", "X", "--level", "commune", "--parent", "H37", "--reason", "r",
                 "--sandbox", site.folder, "--registrar-key", other / "registrar/registrar.key.pem", "--registrar-cert",
                 other / "registrar/registrar.pem")
    assert signed.returncode == 65 and "registrar" in signed.stderr
    assert run(site, "agency", "show", "H37.99", "--sandbox", site.folder).returncode == 66
    assert site.cli("status")["head"] == head


def test_status_shows_who_is_connected(site):
    site.start_broker()
    assert site.cli("status")["sessions"] == []
    with Client.of_sandbox(site.folder, ["H37.24"]) as client:
        client.connect()
        one = site.cli("status")["sessions"][0]
        assert one["agencies"] == ["H37.24"] and one["software"] == "pyclient/1" and one["curve_key"] == client.public.hex()
        assert one["epoch"] == client.welcome.epoch
        since, first = (datetime.datetime.fromisoformat(one[key]) for key in ("since", "last_seen"))
        assert abs((datetime.datetime.now(since.tzinfo) - since).total_seconds()) < 60
        time.sleep(1.2)
        client.ping()
        again = site.cli("status")["sessions"][0]
        assert again["since"] == one["since"]
        assert 1 <= (datetime.datetime.fromisoformat(again["last_seen"]) - first).total_seconds() < 30
        text = site.cli("status", as_json=False)
        assert "1 session" in text and "pyclient/1" in text
        with Client.of_sandbox(site.folder, ["H37.11"]) as other:
            other.connect()
            assert sorted(s["agencies"][0] for s in site.cli("status")["sessions"]) == ["H37.11", "H37.24"]
            other.bye()
            end = time.monotonic() + 10
            while len(site.cli("status")["sessions"]) != 1:
                assert time.monotonic() < end
        # The same identity a second time: only the one in force is shown.
        with Client.of_sandbox(site.folder, ["H37.24"]) as twin:
            twin.connect()
            assert [s["epoch"] for s in site.cli("status")["sessions"]] == [twin.welcome.epoch]


def test_unknown_things_are_named(site):
    site.start_broker()
    for words, name in [(("trace", "H37.24-20250512-0000009"), "DOSSIER_UNKNOWN"),
                        (("envelope", "export", "999999", "x"), "RECORD_UNKNOWN"),
                        (("agency", "show", "H01.77"), "lists no agency")]:
        done = run(site, *words, "--sandbox", site.folder)
        assert done.returncode == 66 and name in done.stderr, done.stderr


def test_data_of_a_stopped_broker(site, tmp_path):
    site.start_broker()
    site.cli("agency", "add", "H37.24.09", "--name", "X", "--level", "commune", "--parent", "H37.24", "--reason", "r")
    backup = site.cli("backup", str(tmp_path / "backup"))
    assert backup["bytes"] > 0
    running = run(site, "store", "check", "--sandbox", site.folder)
    assert running.returncode == 75 and "stop it first" in running.stderr
    assert site.broker.stop() == 0
    checked = site.cli("store", "check")
    assert checked["sound"] and checked["journal_last"] >= backup["sequence"]
    stat = site.cli("store", "stat")
    assert stat["journal_last"] == checked["journal_last"]
    assert list(stat["tables"]) == ["meta", "dossier", "code", "dedup", "mailbox", "agency", "definition", "parts", "due", "notice", "stuck", "answer", "foreign", "stay", "signed", "list", "frozen", "large", "tally"]
    broker = subprocess.run([site.broker_bin, "store", "stat", "--json", "--config", site.folder / "broker.conf"],
                            capture_output=True, text=True)
    assert broker.returncode == 0 and json.loads(broker.stdout) == stat, broker.stderr
    rebuilt = site.cli("store", "rebuild")
    assert rebuilt["sequence"] == checked["journal_last"] and rebuilt["same_as_before"] is True
    missing = run(site, "store", "skip", "99999", "--reason", "r", "--sandbox", site.folder)
    assert missing.returncode == 66 and "99999" in missing.stderr
    restored = json.loads(run(site, "restore", tmp_path / "backup", tmp_path / "data", "--json").stdout)
    assert restored["sequence"] == backup["sequence"]
    assert run(site, "restore", tmp_path / "backup", tmp_path / "data").returncode == 73
    assert run(site, "store", "check", tmp_path / "data").returncode == 0


def test_damage_is_named_with_its_place(site):
    site.start_broker()
    for name in ("a", "b"):
        site.cli("agency", "add", f"H37.24.{9 if name == 'a' else 10}", "--name", name, "--level", "commune", "--parent",
                 "H37.24", "--reason", "r")
    assert site.broker.stop() == 0
    journal = site.folder / "broker/data/journal"
    segment = min(p for p in journal.iterdir() if p.name.startswith("seg-"))
    data = bytearray(segment.read_bytes())
    data[len(bytes(data).rstrip(b"\0")) // 3] ^= 0x40
    segment.write_bytes(data)
    found = run(site, "store", "check", "--sandbox", site.folder)
    assert found.returncode == 65 and found.stderr.strip(), found.stderr


def test_sample_configurations_hold(site):
    """conf/samples/*.conf beside each other, in a sandbox: the daemons take them."""
    shutil.copy(SOURCE / "conf/samples/broker.conf", site.folder / "broker.conf")
    shutil.copy(SOURCE / "conf/samples/adapter.conf", site.folder / "adapters/H37.24/adapter.conf")
    for program, conf in [(site.broker_bin, "broker.conf"), (site.adapter_bin, "adapters/H37.24/adapter.conf")]:
        checked = subprocess.run([program, "--config", site.folder / conf, "--check"], capture_output=True, text=True)
        assert checked.returncode == 0, checked.stderr


def test_trace_and_export_of_a_real_way(running, new_case, tmp_path):
    case = new_case()
    case.open()
    case.hand_off("H37.24", "H37.11")
    case.hand_off("H37.11", "G09")
    view = running.cli("trace", case.code)
    hops = view["hops"]
    assert [h["kind"] for h in hops] == ["OPEN", "FORWARD", "ACCEPT", "FORWARD", "ACCEPT"]
    for hop in hops:
        assert hop["outcome_name"] == "ADMITTED" and hop["signer"]["agency"] == hop["sender"]
        assert f"CN={hop['sender']}" in hop["signer"]["subject"] and len(hop["receipt"]["leaf_hash"]) == 64
    assert hops[0]["spent_us"] is None and all(h["spent_us"] >= 0 for h in hops[1:])
    text = running.cli("trace", case.code, "--proof", as_json=False)
    assert "FORWARD H37.24 -> H37.11" in text and "Bộ Nội vụ" in text and hops[4]["receipt"]["leaf_hash"] in text
    # One by P-256, one by RSA.
    for hop in (hops[1], hops[4]):
        folder = tmp_path / str(hop["sequence"])
        exported = running.cli("envelope", "export", str(hop["sequence"]), str(folder))
        assert exported["kind"] == hop["kind"] and exported["leaf_hash"] == hop["receipt"]["leaf_hash"]
        command = ["openssl", "cms", "-verify", "-cades", "-binary", "-purpose", "any", "-inform", "DER", "-in", "sig.p7s",
                   "-content", exported["signed_file"], "-certfile", "signer.pem", "-CAfile", "ca.pem", "-out", "/dev/null"]
        checked = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        assert checked.returncode == 0, checked.stderr
    boxes = {m["agency"]: m for m in running.cli("mailbox", "list")["mailboxes"]}
    assert boxes["G09"]["head"] >= 1 and boxes["G09"]["online"]
    # What the adapter told of itself, before its first ten seconds were over.
    adapter = running.cli("agency", "show", "G09")["adapter"]
    report = adapter["report"]
    assert adapter["software"].startswith("lienthong-adapter/") and adapter["since"] and report["at"]
    assert abs(report["clock_ahead_seconds"]) < 60 and 0 < report["disk_free_bytes"] < report["disk_size_bytes"]
    assert report["disk_reserve_bytes"] > 0 and report["store_bytes"] > 0 and (report["unsent"], report["full"]) == (0, False)
    wide = running.cli("agency", "list", "--output", "csv", as_json=False)
    assert "software" in wide.splitlines()[0] and "lienthong-adapter/" in wide


def test_rules(site):
    """Which rules are in force; there is only one version to move to, and it is in force."""
    site.start_broker()
    assert site.cli("rules") == {"active": 1, "newest": 1}
    head = site.cli("status")["head"]
    command = [str(site.cli_bin), "rules", "activate", "2", "--reason", "r", "--sandbox", str(site.folder)]
    unknown = subprocess.run(command, capture_output=True, text=True)
    assert unknown.returncode == 65 and "this broker knows 1 to 1" in unknown.stderr
    assert site.cli("status")["head"] == head
    command[3] = "1"
    again = subprocess.run(command, capture_output=True, text=True)
    assert again.returncode == 0 and "ALREADY_SO" in again.stderr
    command[3] = "none"
    assert subprocess.run(command, capture_output=True, text=True).returncode == 64


def edit(path, change):
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data, ensure_ascii=False))


def steps(site, *words):
    return [(s["change"], s["kind"], s.get("number") or s["name"]) for s in site.cli("definitions", *map(str, words))]


def test_definitions_as_a_set(site, tmp_path):
    """What one broker has goes into files, shows no difference, is changed there and given back; and it is given to a second one."""
    site.start_broker()
    folder = tmp_path / "set"
    site.cli("definitions", "export", str(folder))
    assert run(site, "definitions", "export", folder, "--sandbox", site.folder).returncode == 73, "never over what is there"
    assert site.cli("definitions", "diff", str(folder)) == []
    assert all(f.name.endswith((".json", ".der")) for f in folder.rglob("*") if f.is_file())

    def agencies(data):
        by_code = {a["code"]: a for a in data["agencies"]}
        by_code["H37.11"]["name"] = "Sở Nội vụ Lạng Sơn"
        by_code["H37.24"].update(certificates=[], curve_keys=[], office_hours={
            "morning": ["07:00", "11:00"], "afternoon": ["13:30", "17:00"], "same_day_until": "14:00", "except": [
                {"weekdays": ["sat"], "morning": ["07:30", "11:30"]},
                {"valid_from": "2027-04-15", "valid_to": "2027-10-16", "morning": ["06:30", "11:00"], "afternoon": ["13:30", "16:30"]}]})
        data["agencies"].append({"code": "H37.24.09", "name": "Xã Gia Cát", "level": "commune", "parent": "H37.24"})

    def later(data):
        data.update(version=data["version"] + 1, year=max(years) + 1, days=[
            {"date": f"{max(years) + 1}-01-01", "kind": "holiday", "note": "Tết Dương lịch", "agencies": ["H37"]}])

    edit(folder / "agencies.json", agencies)
    years = sorted(int(f.stem) for f in (folder / "calendars").iterdir())
    newest = folder / f"calendars/{years[-1]}.json"
    shutil.copy(newest, folder / "calendars/next.json")
    edit(folder / "calendars/next.json", later)
    edit(newest, lambda data: data.update(version=data["version"] + 1, announced=not data["announced"]))
    edit(folder / "procedures/1.010828-v1.json", lambda data: data.update(valid_to="2029-01-01"))
    wanted = [("other", "agency", "H37.11"), ("new", "agency", "H37.24.09"), ("other", "calendar", years[-1]),
              ("new", "calendar", years[-1] + 1), ("other", "office hours", "H37.24"), ("other", "procedure", 1)]
    assert steps(site, "diff", folder) == wanted, "keys that a file leaves out stay"
    assert '~ name: "Sở Nội vụ tỉnh Lạng Sơn" -> "Sở Nội vụ Lạng Sơn"' in site.cli("definitions", "diff", str(folder), as_json=False)
    head = site.cli("status")["head"]
    assert steps(site, "import", folder, "--dry-run", "--reason", "r") == wanted and site.cli("status")["head"] == head
    done = site.cli("definitions", "import", str(folder), "--reason", "nhận cả bộ")
    assert [s["sequence"] - head for s in done] == [1, 1, 2, 3, 4, 5], "the directory is one act"
    assert steps(site, "diff", folder) == []

    # It stops where the broker refuses: a year that is in force needs a higher version.
    edit(folder / "calendars/next.json", lambda data: data.update(announced=not data["announced"]))
    edit(folder / "agencies.json", lambda data: data["agencies"][0].update(name_en="Public Security"))
    edit(folder / "procedures/1.010828-v1.json", lambda data: data.update(valid_to="2030-01-01"))
    stopped = run(site, "definitions", "import", folder, "--reason", "r", "--sandbox", site.folder)
    assert stopped.returncode == 65 and "higher version" in stopped.stderr, stopped.stderr
    assert f"stopped at calendar {years[-1] + 1}; acts done before it: 1" in stopped.stderr
    assert [s[1] for s in steps(site, "diff", folder)] == ["calendar", "procedure"]

    whole = tmp_path / "whole"
    site.cli("definitions", "export", str(whole))
    site.broker.stop()
    with Deployment(tmp_path / "second") as second:
        second.start_broker()
        second.cli("definitions", "import", str(whole), "--reason", "dựng nơi thử")
        left = steps(second, "diff", whole)
        assert [(change, kind) for change, kind, _ in left] == [("broker_only", "CA"), ("broker_only", "revocation list")], left
