"""The pages for who tries it: every command of theirs, and the same hand-off in each language that this machine has."""
import json
import pathlib
import secrets
import shutil
import subprocess
import time

import pytest

import pages
from office import DEPARTMENT, DISTRICT
from sandbox import Run, cli

EXAMPLES = pages.ROOT / "docs/examples"
LANGUAGES = [("/usr/bin/python3", "first_handoff.py"), ("node", "first_handoff.mjs"), ("php", "first_handoff.php"),
             ("java", "FirstHandoff.java")]


@pytest.mark.parametrize("name", ["first-handoff.md", "eleventh-minute.md"])
def test_both_languages_have_the_same_commands(name):
    assert pages.blocks(name) == pages.blocks("vi/" + name)


def test_a_first_hand_off(tmp_path):
    printed = pages.run("first-handoff.md", tmp_path)
    assert '"link":"connected"' in printed[1] and '"state":"queued"' in printed[3]
    assert '"state":"delivered"' in printed[4] and '"item_state":"answering"' in printed[5]
    assert '"kind":"ACCEPT"' in printed[6] and f'"holder":"{DEPARTMENT}"' in printed[6] and "ACCEPT H37.11 -> H37.24" in printed[6]


def kinds(text):
    """Of the inbox in the last line of what a block has printed."""
    return [(i["kind"], i["due"]) for i in json.loads(text.splitlines()[-1])["items"]]


def test_the_eleventh_minute(tmp_path):
    printed = pages.run("eleventh-minute.md", tmp_path)
    assert '"state":"admitted"' in printed[0] and "ahead by             0" in printed[1]
    assert [k for k, _ in kinds(printed[2])] == ["FORWARD", "SILENT"]
    assert '"late":true' in printed[3] and '"what":"WORK"' in printed[3]
    assert '"state":"admitted"' in printed[4] and '"kind":"APOLOGY"' in printed[4]
    told = kinds(printed[5])
    assert [k for k, _ in told] == ["ACCEPT", "SILENT", "DUE_SOON", "OVERDUE", "APOLOGY", "DUE_SOON", "OVERDUE"]
    assert told[2][1] == told[3][1] < told[4][1] == told[5][1] == told[6][1]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    run = Run(tmp_path_factory.mktemp("languages") / "thu", DISTRICT, DEPARTMENT)
    yield run
    assert run.end() == (0, "")


@pytest.mark.parametrize("program, file", LANGUAGES, ids=[f for _, f in LANGUAGES])
def test_the_same_in_each_language(sandbox, program, file):
    if not shutil.which(program):
        pytest.skip(f"{program} is not on this machine: {file} was not run")
    done = subprocess.run([program, EXAMPLES / file, sandbox.folder], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    code, state = done.stdout.split()
    assert code.startswith(DISTRICT) and state == "accepted"


def test_the_clock_says_what_is_wrong(sandbox):
    for more, status, words in [(["+5days"], 64, "after + stands"), (["5working_days"], 64, "neither a span"),
                                (["2020-01-01T00:00:00+07:00"], 64, "only goes forward"), (["+5000working_days"], 65, "calendar of")]:
        done = cli("sandbox", "clock", sandbox.folder, *more)
        assert done.returncode == status and words in done.stderr, done.stderr
    assert cli("sandbox", "clock", pathlib.Path("/nowhere"), "+1working_days").returncode == 69
    shown = json.loads(cli("sandbox", "clock", sandbox.folder, "+1calendar_days", "--json").stdout)
    assert shown["sandbox"] and shown["passed"] == [] and shown["ahead_ms"] >= 86400000 - 60000


def test_codes_are_of_the_legal_day(sandbox):
    """Forty working days on, the machine's day is too old for a code: the adapter gives out the legal one, and it is taken."""
    shown = json.loads(cli("sandbox", "clock", sandbox.folder, "+40working_days", "--json").stdout)
    day = shown["legal"][:10]
    api = sandbox.api(DISTRICT)
    code, end = "", time.monotonic() + 20
    while day.replace("-", "") not in code and time.monotonic() < end:  # until PONG has told it
        code = api.call("POST", "/v1/codes", {}, {"Idempotency-Key": secrets.token_hex(8)})[1]["code"]
        time.sleep(0.1)
    opened = api.post({"kind": "OPEN", "dossier": code, "to": [{"agency": DISTRICT}], "procedure": "1.010828", "received": True})
    assert api.wait_state(opened["id"], ("admitted", "rejected"))["state"] != "rejected"
    assert api.call("GET", f"/v1/codes?date={day}")[1]["codes"][0]["code"].startswith(f"{DISTRICT}-{day.replace('-', '')}")


def probed(sandbox, a, b, *where):
    done = cli("probe", a, b, *(where or ("--sandbox", sandbox.folder)), "--json")
    answer = json.loads(done.stdout)
    assert done.returncode == (0 if answer["ok"] else 2), done.stderr
    return {(s["who"], s["step"]): (s["result"], s["detail"]) for s in answer["steps"]}


STEPS = ["address", "key", "handshake", "clock", "certificate"]


def test_probe_names_each_step(sandbox):
    both = f"{DISTRICT} -> {DEPARTMENT}"
    before = json.loads(cli("status", "--json", "--sandbox", sandbox.folder).stdout)["head"]
    steps = probed(sandbox, DISTRICT, DEPARTMENT)
    assert list(steps) == [(a, s) for a in (DISTRICT, DEPARTMENT) for s in STEPS] + [(both, "rights"), (both, "hand-off")]
    assert {r for r, _ in steps.values()} == {"ok"} and "1.010828" in steps[both, "rights"][1]
    assert json.loads(cli("status", "--json", "--sandbox", sandbox.folder).stdout)["head"] == before  # nothing was sent
    # An adapter that does not run, and two agencies that no route joins.
    steps = probed(sandbox, DISTRICT, "H57.25")
    assert steps["H57.25", "address"][0] == "FAILED" and steps["H57.25", "key"][0] == "not tried"
    assert steps[f"{DISTRICT} -> H57.25", "hand-off"][0] == "not tried"
    assert cli("probe", DISTRICT, "H99", "--sandbox", sandbox.folder).returncode == 66
    # As beside an installed broker: adapters of this machine, then adapters of other machines, of which the broker tells what it knows.
    control = ("--control", f"{sandbox.folder}/broker/control.sock", "--adapters")
    assert probed(sandbox, DISTRICT, DEPARTMENT, *control, f"{sandbox.folder}/adapters") == probed(sandbox, DISTRICT, DEPARTMENT)
    away = probed(sandbox, DISTRICT, "H57.25", *control, "/nowhere")
    assert [away[DISTRICT, s][0] for s in STEPS] == ["ok", "ok", "ok", "not tried", "ok"], away
    assert [away["H57.25", s][0] for s in STEPS] == ["FAILED", "not tried", "not tried", "not tried", "ok"], away
    assert away[f"{DISTRICT} -> H57.25", "hand-off"][0] == "not tried"
    # A key of its own that nobody enrolled; a certificate on the list. Last: what is broken here stays so.
    key = pathlib.Path(sandbox.folder) / f"adapters/{DISTRICT}/curve.secret"
    other = pathlib.Path(sandbox.folder) / "broker/curve.secret"
    kept = key.read_bytes()
    key.write_bytes(other.read_bytes())
    steps = probed(sandbox, DISTRICT, DEPARTMENT)
    assert steps[DISTRICT, "key"][0] == "FAILED" and "KEY_NOT_ENROLLED" in steps[DISTRICT, "key"][1]
    assert steps[DISTRICT, "certificate"][0] == "not tried" and steps[DEPARTMENT, "certificate"][0] == "ok"
    key.write_bytes(kept)
    assert cli("sandbox-revoke", sandbox.folder, DEPARTMENT).returncode == 0
    steps = probed(sandbox, DISTRICT, DEPARTMENT)
    assert steps[DEPARTMENT, "certificate"][0] == "FAILED" and "CERTIFICATE_REVOKED" in steps[DEPARTMENT, "certificate"][1]
    assert steps[both, "hand-off"][0] == "not tried"
