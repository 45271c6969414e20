"""What the agency's engineer has on the command line: a backup of a running adapter that works after a restore, and what it says of itself."""
import json
import shutil
import subprocess

from office import DEPARTMENT, DISTRICT
from pyflow import way_over


def tool(site, code, *words):
    conf = site.path(site.agency(code)["conf"])
    return subprocess.run([str(site.adapter_bin), "--config", str(conf), *map(str, words)], capture_output=True, text=True, timeout=30)


def test_backup_and_questions(running, new_case, tmp_path):
    site, case = running, new_case()
    case.open(**way_over(site, DEPARTMENT))
    offer = case.post(DISTRICT, "FORWARD", [DEPARTMENT])
    case.item(DEPARTMENT, offer)
    done = tool(site, DEPARTMENT, "inbox", "--json")
    assert done.returncode == 0 and [i["id"] for i in json.loads(done.stdout)["items"]] == [offer], done
    for command in ("status", "todo", "outbox"):
        done = tool(site, DEPARTMENT, command)
        assert done.returncode == 0 and json.loads(done.stdout), (command, done)
    assert tool(site, DEPARTMENT, "check").returncode == 0 and tool(site, DEPARTMENT, "nonsense").returncode == 64
    copy = tmp_path / "copy"
    assert tool(site, DEPARTMENT, "backup", copy).returncode == 0
    assert (copy.stat().st_mode & 0o777, (copy / "store.mdb").stat().st_mode & 0o777) == (0o700, 0o600)
    assert tool(site, DEPARTMENT, "backup", copy).returncode != 0
    site.broker.stop()
    red = tool(site, DEPARTMENT, "status")
    assert red.returncode in (0, 69) and json.loads(red.stdout)["link"] == "connecting"
    site.start_broker()
    assert site.adapters[DEPARTMENT].stop() == 0
    away = tool(site, DEPARTMENT, "status")
    assert away.returncode == 69 and "no adapter answers" in away.stderr
    data = site.folder / f"adapters/{DEPARTMENT}/data"
    shutil.rmtree(data)
    shutil.copytree(copy, data)
    site.start_adapter(DEPARTMENT)
    case.accept(DEPARTMENT, offer)
    assert case.holder() == DEPARTMENT


def test_what_was_rejected_goes_again(running, new_case):
    """As a new act with what it had, where the dossier is by now; asked for twice it goes once. What was not rejected does not."""
    site, case = running, new_case()
    case.open()
    api = site.api(DISTRICT)
    part = api.put_part(b"to trinh")
    late = case.post(DISTRICT, "FORWARD", [DEPARTMENT], branch=1, branch_version=7, reason="Kính chuyển", parts=[
        {"sha256": part["sha256"], "name": "a.pdf", "media_type": "application/pdf"}])
    assert api.wait_state(late, ("rejected",), 20)["rejection"]["code"] == "STALE_VERSION"
    done = [tool(site, DISTRICT, "again", late, "--json") for _ in range(2)]
    assert all(one.returncode == 0 for one in done), done
    again = {json.loads(one.stdout)["id"] for one in done}
    assert len(again) == 1 and late not in again, done
    item = case.item(DEPARTMENT, again.pop())
    assert (item["kind"], item["reason"], [p["sha256"] for p in item["parts"]]) == ("FORWARD", "Kính chuyển", [part["sha256"]])
    assert api.envelope(late)["state"] == "rejected"
    for word in (item["id"], "0" * 8 + "-0000-7000-8000-" + "0" * 12):
        refused = tool(site, DISTRICT, "again", word, "--json")
        assert refused.returncode == 77 and json.loads(refused.stdout)["code"] == "FIELD_NOT_ALLOWED", refused
        assert json.loads(refused.stdout)["errors"][0]["pointer"] == "/again"
    assert tool(site, DISTRICT, "again", "x").returncode == 78
    status, answer = api.call("POST", "/v1/envelopes", {"envelopes": [{"again": late, "idempotency_key": f"again-{late}"}, {"again": late, "kind": "OPEN"}]})
    assert status == 200 and [one["status"] for one in answer["results"]] == [422, 400], answer  # other bytes; no member beside it
