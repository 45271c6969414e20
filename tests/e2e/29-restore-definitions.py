"""A restore loses no definition in silence: what is signed comes back from the adapters."""
import subprocess

from office import Case, DEPARTMENT, DISTRICT, OF_ANYBODY
from restoring import lists, lose, wait_restored


def test_what_is_signed_comes_back(running, new_case):
    seen = {}

    def change():
        running.cli("agency", "add", "H37.50", "--name", "Xã A", "--level", "commune", "--parent", "H37", "--reason", "mới")
        subprocess.run([running.cli_bin, "sandbox-revoke", running.folder, DEPARTMENT], check=True, capture_output=True)
        running.cli("crl", "import", str(running.folder / "ca/crl.der"), "--reason", "thu hồi")
        seen["lists"] = lists(running)
        seen["version"] = running.cli("status")["directory_version"]

    case = new_case()
    lose(running, change)
    theirs = Case(running, case.code.replace(DISTRICT, DEPARTMENT, 1))
    late = theirs.post(DEPARTMENT, "OPEN", [DEPARTMENT], procedure=OF_ANYBODY[0], procedure_version=OF_ANYBODY[1])
    wait_restored(running, "not confirmed")
    assert lists(running) == seen["lists"]
    assert running.cli("status")["directory_version"] == seen["version"]
    running.adapters[DEPARTMENT].wait_log("CERTIFICATE_REVOKED")
    state = running.api(DEPARTMENT).envelope(late)
    assert (state["state"], state["admitted"], state["rejected"]) == ("queued", None, None), "it waits for the agency's next key"
    record = running.cli("agency", "show", "H37.50")
    assert record["code"] == "H37.50"
    # The next number is one that nobody can hold, and adapters take it.
    running.cli("agency", "add", "H37.51", "--name", "Xã B", "--level", "commune", "--parent", "H37", "--reason", "mới")
    assert running.cli("status")["directory_version"] > seen["version"] + 1
    case.open()
    running.cli("restore", "confirm", "--operator", "an", "--reason", "đã so lại")
    assert running.cli("status")["restored"] == "no"
