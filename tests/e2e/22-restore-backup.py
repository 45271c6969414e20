"""The broker, or an adapter, comes back from a backup: what came after it is offered and delivered again."""
import shutil
import subprocess
import time

from office import DEPARTMENT, DISTRICT


def failing(site, *words):
    done = subprocess.run([site.cli_bin, *words, "--sandbox", site.folder], capture_output=True, text=True)
    assert done.returncode != 0
    return done.stderr


def wrong(site):
    return [cause["id"] for cause in site.cli("status")["causes"]]


def declare(site):
    return site.cli("ledger", "declare", "--operator", "an", "--reason", "phục hồi sau sự cố đĩa")


def test_broker_restored(running, new_case):
    before, after = new_case(), new_case()
    before.open()
    backup = running.folder / "backup"
    running.cli("backup", str(backup), "--operator", "an", "--reason", "hằng ngày")
    # After the backup: one dossier goes on, one is new.
    before.hand_off(DISTRICT, DEPARTMENT)
    after.open()
    offer = after.post(DISTRICT, "FORWARD", [DEPARTMENT])
    after.accept(DEPARTMENT, offer)
    running.broker.kill()
    data = running.folder / "broker" / "data"
    shutil.rmtree(data)
    done = subprocess.run([running.cli_bin, "restore", str(backup), str(data)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    running.start_broker()
    # Nothing goes before the registrar has signed from where the ledger goes on.
    for code in (DISTRICT, DEPARTMENT):
        running.adapters[code].wait_log("the registrar has not signed that its ledger goes on")
        status, health = running.api(code).call("GET", "/healthz")
        assert status == 503 and [cause["code"] for cause in health["causes"]] == ["CHECKPOINT_INVALID"]
    assert "DOSSIER_UNKNOWN" in failing(running, "dossier", "show", after.code)
    assert "ledger-undeclared" in wrong(running)
    declare(running)
    assert "ledger-undeclared" not in wrong(running)
    # Both adapters see the new incarnation and offer again what they sent.
    end = time.monotonic() + 90
    while True:
        try:
            if before.holder() == DEPARTMENT and after.holder() == DEPARTMENT:
                break
        except Exception:  # noqa: BLE001: the dossier is not known yet
            pass
        assert time.monotonic() < end
        time.sleep(0.3)
    assert [h["kind"] for h in after.hops() if not h.get("outcome")] == ["OPEN", "FORWARD", "ACCEPT"]
    ids = [i["id"] for i in running.api(DEPARTMENT).inbox(0, limit=1000)]
    assert len(ids) == len(set(ids))
    before.hand_off(DEPARTMENT, DISTRICT)
    after.hand_off(DEPARTMENT, DISTRICT)
    for code in (DISTRICT, DEPARTMENT):
        assert running.api(code).call("GET", "/healthz")[0] == 200
    assert "nothing to declare" in failing(running, "ledger", "declare", "--operator", "an", "--reason", "lần nữa")


def test_adapter_restored(running, new_case):
    first, second = new_case(), new_case()
    first.open()
    first.hand_off(DISTRICT, DEPARTMENT)
    adapter = running.adapters[DEPARTMENT]
    data = running.path(running.agency(DEPARTMENT)["conf"]).parent / "data"
    assert adapter.stop() == 0
    shutil.copytree(data, running.folder / "old")
    running.start_adapter(DEPARTMENT)
    second.open()
    second.hand_off(DISTRICT, DEPARTMENT)
    assert adapter.stop() == 0
    shutil.rmtree(data)
    shutil.copytree(running.folder / "old", data)
    log = running.broker.log_size()
    running.start_adapter(DEPARTMENT)
    offer = second.hops()[1]["id"]
    second.item(DEPARTMENT, offer)
    running.broker.wait_log("delivered again", after=log)
    ids = [i["id"] for i in running.api(DEPARTMENT).inbox(0, limit=1000)]
    assert len(ids) == len(set(ids)) == 2
    second.hand_off(DEPARTMENT, DISTRICT, branch=1, branch_version=3)
