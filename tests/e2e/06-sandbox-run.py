"""`lienthong sandbox DIR --run AGENCY… --echo FILE`: everything starts and stops together, and an agency answers by rules."""
import json
import os
import pathlib
import signal
import subprocess
import time

import jsonschema
import pytest

import officetime
from office import DEPARTMENT, DISTRICT, MINISTRY
from sandbox import CLI, Run

SOURCE = pathlib.Path(__file__).resolve().parents[2]
ECHO = SOURCE / "conf/samples/echo.json"


def gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("run") / "s"


def test_the_sample_rules_fit_their_schema():
    rules = json.loads((SOURCE / "conf/schema/echo.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(rules)
    jsonschema.Draft202012Validator(rules).validate(json.loads(ECHO.read_text()))


def test_all_run_and_an_agency_answers_by_rules(folder):
    run = Run(folder, DISTRICT, MINISTRY, "--echo", ECHO)
    assert sorted((a["code"], a["echo"]) for a in run.info["running"]) == [
        (MINISTRY, False), (DEPARTMENT, False), (DEPARTMENT, True), (DISTRICT, False)]
    district, ministry = run.api(DISTRICT), run.api(MINISTRY)
    codes = [officetime.dossier_code(DISTRICT, n) for n in (1, 2)]
    for code, subject in zip(codes, ("Chuyển hồ sơ", "Thử từ chối")):
        district.post({"kind": "OPEN", "dossier": code, "to": [{"agency": DISTRICT}], "procedure": "1.010828", "received": True,
                       "body": {"hoTen": "Hoàng Thị Sáu"}})
        sent = district.post({"kind": "FORWARD", "dossier": code, "to": [{"agency": DEPARTMENT, "leg": "doi-chieu"}],
                              "subject": subject})
        district.wait_state(sent["id"], ("accepted", "refused"))
    item = ministry.wait_item(lambda i: i["dossier"] == codes[0])
    assert (item["kind"], item["sender"], item["leg"]) == ("FORWARD", DEPARTMENT, "tham-dinh")
    assert district.envelope(sent["id"])["answers"][0]["state"] == "refused"
    # Who starts a second time is told why it cannot be, and the first goes on.
    second = subprocess.run([CLI, "sandbox", str(folder), "--run", DISTRICT], capture_output=True, text=True, timeout=60)
    assert second.returncode != 0 and " ended with status " in second.stderr and "another " in second.stderr  # broker or adapter
    assert district.call("GET", "/healthz")[0] == 200
    pids = run.pids()
    assert run.end() == (0, "") and all(gone(pid) for pid in pids)


def test_it_runs_again_and_ends_when_one_of_them_does(folder):
    run = Run(folder, DISTRICT)
    assert [a["code"] for a in run.info["running"]] == [DISTRICT]
    os.kill(run.info["running"][0]["pid"], signal.SIGKILL)
    _, said = run.popen.communicate(timeout=60)
    assert run.popen.returncode == 69 and f"adapter {DISTRICT} ended with signal 9" in said
    assert all(gone(pid) for pid in run.pids())


def test_nothing_is_left_behind_when_it_is_killed(folder):
    run = Run(folder, DISTRICT)
    run.end(signal.SIGKILL)
    end = time.monotonic() + 30
    while not all(gone(pid) for pid in run.pids()) and time.monotonic() < end:
        time.sleep(0.02)
    assert all(gone(pid) for pid in run.pids())


@pytest.mark.parametrize("more, code, words", [
    (["--run", "H99"], 66, "no agency H99"),
    (["--run", "--domain", "other.vn"], 64, "there already"),
    (["H37.24"], 64, "go with --run"),
    (["--run", "--echo", "nowhere.json"], 66, "nowhere.json"),
])
def test_wrong_use_is_named(folder, more, code, words):
    done = subprocess.run([CLI, "sandbox", str(folder), *more], capture_output=True, text=True, timeout=60)
    assert done.returncode == code and words in done.stderr, done.stderr


@pytest.mark.parametrize("change, words", [
    (lambda r: r.pop("agency"), ["\"agency\" is missing"]),
    (lambda r: r.update(agency="H99"), ["no agency H99"]),
    (lambda r: r.update(rules=[]), ["/rules", "one rule"]),
    (lambda r: r["rules"][1].update(then=[]), ["/rules/1/then", "unknown"]),
    (lambda r: r["rules"][1]["when"].update(colour="red"), ["/rules/1/when/colour"]),
    (lambda r: r["rules"][1]["when"].update(leg=3), ["/rules/1/when/leg"]),
    (lambda r: r["rules"][1].pop("when"), ["/rules/1/when"]),
    (lambda r: r["rules"][1].update(do=[]), ["/rules/1/do", "one envelope"]),
    (lambda r: r["rules"][1]["do"][0].pop("kind"), ["/rules/1/do/0", "kind"]),
    (lambda r: r["rules"][1]["do"][0].update(idempotency_key="x"), ["/rules/1/do/0", "idempotency_key"]),
])
def test_bad_rules_are_refused_with_their_place(folder, tmp_path, change, words):
    rules = json.loads(ECHO.read_text())
    change(rules)
    file = tmp_path / "echo.json"
    file.write_text(json.dumps(rules, ensure_ascii=False, indent=1))
    done = subprocess.run([CLI, "sandbox", str(folder), "--run", DISTRICT, "--echo", str(file)], capture_output=True, text=True,
                          timeout=60)
    assert done.returncode in (65, 66) and all(word in done.stderr for word in words), done.stderr
