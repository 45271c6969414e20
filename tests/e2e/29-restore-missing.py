"""What was defined, unsigned, between backup and loss is missed: nothing is admitted until a person has looked."""
import json
import time

from office import DEPARTMENT, DISTRICT
from restoring import lose, wait_restored


def test_what_is_not_signed_is_missed(running, new_case):
    lose(running, lambda: running.cli("agency", "suspend", DEPARTMENT, "--reason", "lộ khóa"))
    wait_restored(running, "definitions are missing")
    case = new_case()
    opened = case.post(DISTRICT, "OPEN", [DISTRICT], procedure="1.010828", procedure_version=1)
    time.sleep(14)
    assert running.api(DISTRICT).envelope(opened)["state"] in ("queued", "sent")
    text = running.cli("status", as_json=False)
    assert "restore confirm" in text, text
    running.cli("ledger", "declare", "--operator", "an", "--reason", "phục hồi")
    running.cli("agency", "suspend", DEPARTMENT, "--reason", "lộ khóa")
    running.cli("restore", "confirm", "--operator", "an", "--reason", "đã so lại")
    assert running.api(DISTRICT).wait_state(opened, ("admitted",), 30)
    assert json.dumps(running.cli("agency", "show", DEPARTMENT)).count("suspended")
