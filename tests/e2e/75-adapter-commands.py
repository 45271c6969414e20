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
