"""Procedure files: what is wrong is named with file, line and JSON Pointer; routes print as text and as Graphviz; versions reach
the broker, and are shown and compared."""
import json
import os
import pathlib
import shutil
import subprocess

import pytest

import pycontrol
from pywire import control_pb, directory_pb, reason_name, record_pb
from deployment import Failed

SOURCE = pathlib.Path(__file__).resolve().parents[2]
FOLDER = SOURCE / "conf/procedures"
BUILD = pathlib.Path(os.environ.get("LT_BUILD_DIR", SOURCE / "build"))
CLI = BUILD / "bin/lienthong"
BIRTH = FOLDER / "2.002621-v1.json"


def run(*words):
    return subprocess.run([str(CLI), *map(str, words)], capture_output=True, text=True, timeout=60)


def write(path, procedure):
    path.write_text(json.dumps(procedure, ensure_ascii=False, indent=1))
    return path


def sample(path=BIRTH):
    return json.loads(path.read_text())


def test_all_samples_hold_together():
    files = sorted(FOLDER.glob("*.json"))
    assert len(files) >= 9
    done = run("procedure", "check", *files)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("longest way") == len(files)
    answer = json.loads(run("procedure", "check", "--json", *files).stdout)
    assert all(one["faults"] == [] and one["longest_way"]["minutes"] > 0 for one in answer)
    birth = next(one for one in answer if one["file"] == str(BIRTH))
    assert birth["longest_way"] == {"minutes": 3 * 480, "legs": ["khai-sinh", "thuong-tru", "tra-ket-qua"]}


def lines_of(text, words):
    return [n for n, line in enumerate(text.split("\n"), 1) if words in line]


def leg(procedure, number):
    return procedure["legs"][number]


FAULTS = [
    ("agency", lambda p: leg(p, 1).update(agency="G77.01"), "/legs/1/agency", "unknown agency G77.01"),
    ("role", lambda p: leg(p, 1).update(agency="sibling(origin)"), "/legs/1/agency", "nor a role"),
    ("unreached", lambda p: leg(p, 0).update(next=["thuong-tru"]), "/legs/2", "never reached"),
    ("circle", lambda p: leg(p, 3).update(next=["khai-sinh"]), "/legs/0/next", "circle without an exit"),
    ("total", lambda p: p.update(total="2.5 working_days"), "/total", "more than the published 2.5 working_days"),
    ("fork", lambda p: leg(p, 2).pop("next"), "/legs/0/next", "fork without join"),
    ("choose", lambda p: leg(p, 1).update(choose="one"), "/legs/1/choose", "two legs of"),
    ("result", lambda p: leg(p, 1).update(makes=["KQ.G01"]), "/legs/3", "a way without a result"),
    ("id", lambda p: leg(p, 1).update(next=["tra-kq"]), "/legs/1/next/0", 'no leg has the id "tra-kq"'),
    ("limit", lambda p: leg(p, 1).update(limit="2 days"), "/legs/1/limit", "no limit"),
]


@pytest.mark.parametrize("change, pointer, words", [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_each_fault_is_named_with_its_place(tmp_path, change, pointer, words):
    procedure = sample()
    change(procedure)
    file = write(tmp_path / "p.json", procedure)
    done = run("procedure", "check", file)
    assert done.returncode == 65
    told = [line for line in done.stderr.split("\n") if f": {pointer}: " in line]
    assert told and words in told[0], done.stderr
    line = int(told[0].split("p.json:")[1].split(":")[0])
    key = pointer.split("/")[-1]
    text = file.read_text().split("\n")[line - 1]
    assert key.isdigit() or f'"{key}"' in text, (line, text)


def test_two_versions_in_force_on_one_day(tmp_path):
    first, second = sample(), sample()
    second.update(version=2, valid_from="2026-07-01")
    files = write(tmp_path / "v1.json", first), write(tmp_path / "v2.json", second)
    done = run("procedure", "check", *files)
    assert done.returncode == 65 and "both in force on 2026-07-01" in done.stderr and '"valid_to": "2026-07-01"' in done.stderr
    first["valid_to"] = "2026-07-01"
    write(files[0], first)
    assert run("procedure", "check", *files).returncode == 0
    second["version"] = 1
    write(files[1], second)
    done = run("procedure", "check", *files)
    assert done.returncode == 65 and "/version" in done.stderr


def test_other_agencies(tmp_path):
    assert run("procedure", "check", "--conf", SOURCE / "conf", BIRTH).returncode == 0
    few = tmp_path / "agencies.json"
    few.write_text(json.dumps([{"code": "H37", "name": "UBND", "level": "province"}]))
    done = run("procedure", "check", "--agencies", few, FOLDER / "2.000488-v1.json")
    assert done.returncode == 65 and "unknown agency G01.837" in done.stderr


def test_route_as_graphviz():
    done = run("procedure", "check", "--dot", FOLDER / "1.009645-v1.json")
    assert done.returncode == 0 and done.stdout.startswith('digraph "1.009645 v1" {') and done.stdout.endswith("}\n")
    assert '"tiep-nhan" -> "tham-dinh";' in done.stdout
    assert '"quyet-dinh" -> "tham-dinh" [style=dashed, label="refused"];' in done.stdout
    if shutil.which("dot"):
        drawn = subprocess.run(["dot", "-Tsvg"], input=done.stdout, capture_output=True, text=True, timeout=60)
        assert drawn.returncode == 0 and "<svg" in drawn.stdout


def test_difference_of_two_files(tmp_path):
    changed = sample()
    changed.update(version=2, name="Tên khác")
    leg(changed, 1).update(limit="1 working_days")
    leg(changed, 2)["id"] = "the"
    leg(changed, 0)["next"] = ["thuong-tru", "the"]
    file = write(tmp_path / "v2.json", changed)
    done = run("procedure", "diff", BIRTH, file)
    assert done.returncode == 0, done.stderr
    for words in ("~ version: 1 -> 2", "~ name:", '~ leg thuong-tru: limit: "2 working_days" -> "1 working_days"', "- leg the-bhyt",
                  "+ leg the: ", "~ leg khai-sinh: next:"):
        assert words in done.stdout, done.stdout
    assert run("procedure", "diff", BIRTH, BIRTH).stdout == "no difference\n"
    changes = json.loads(run("procedure", "diff", "--json", BIRTH, file).stdout)
    assert {"place": "version", "before": 1, "after": 2} in changes


def test_limit_of_a_leg_by_its_id():
    words = ["due", "--procedure", BIRTH, "--from", "2026-03-02T10:00:00+07:00", "--agency", "H37.24.03", "--json"]
    assert json.loads(run(*words, "--leg", "thuong-tru").stdout)["limit"] == {"unit": "working_days", "amount": 2}
    assert json.loads(run(*words, "--leg", "khai-sinh").stdout)["due"] == "2026-03-02T17:00:00+07:00"
    none = run(*words, "--leg", "tra-ket-qua")
    assert none.returncode == 65 and "no limit" in none.stderr


def test_versions_at_the_broker(site, tmp_path):
    site.start_broker()
    listed = site.cli("procedure", "list")
    assert {p["code"] for p in listed} >= {p.name.rsplit("-", 1)[0] for p in FOLDER.glob("*.json")}
    assert "legs" not in listed[0]
    assert site.cli("procedure", "show", "2.002621")["legs"][0]["next"] == ["thuong-tru", "the-bhyt"]
    old, new = sample(), sample()
    old["valid_to"] = "2026-07-01"
    new.update(version=2, valid_from="2026-07-01")
    leg(new, 1)["limit"] = "1 working_days"
    file = write(tmp_path / "v2.json", new)
    early = run("procedure", "import", file, "--reason", "r", "--sandbox", site.folder)
    assert early.returncode == 65 and "both in force" in early.stderr
    site.cli("procedure", "import", write(tmp_path / "v1.json", old), "--reason", "kết thúc")
    site.cli("procedure", "import", file, "--reason", "phiên bản mới")
    again = run("procedure", "import", file, "--reason", "r", "--sandbox", site.folder)
    assert again.returncode == 0 and "ALREADY_SO" in again.stderr
    assert site.cli("procedure", "show", "2.002621", "1")["valid_to"] == "2026-07-01"
    assert site.cli("procedure", "show", "2.002621")["version"] == 2
    leg(new, 1)["limit"] = "1.5 working_days"
    other = run("procedure", "import", write(tmp_path / "v2b.json", new), "--reason", "r", "--sandbox", site.folder)
    assert other.returncode == 65 and "DEFINITION_INVALID" in other.stderr
    diff = run("procedure", "diff", tmp_path / "v2b.json", "--sandbox", site.folder)
    assert diff.stdout == '~ leg thuong-tru: limit: "1 working_days" -> "1.5 working_days"\n', diff.stderr
    leg(new, 2)["agency"] = "H99.01"
    unknown = run("procedure", "import", write(tmp_path / "v3.json", dict(new, version=3)), "--reason", "r", "--sandbox", site.folder)
    assert unknown.returncode == 65 and "/legs/2/agency" in unknown.stderr and "H99.01" in unknown.stderr
    missing = run("procedure", "show", "2.002621", "9", "--sandbox", site.folder)
    assert missing.returncode == 66
    site.broker.kill()
    site.start_broker()
    assert [p["version"] for p in site.cli("procedure", "list") if p["code"] == "2.002621"] == [1, 2]


# ---- the broker's own door: what a client that checks nothing can get in ----

SITE = "1.009645-v1.json"


def test_form_and_route_are_told_at_once(tmp_path):
    """A fault of the form does not hide those of agencies and route; each with line, place and remedy, also as JSON."""
    bad = sample(BIRTH)
    bad["colour"] = "red"
    bad["due_soon"] = "1 calendar_days"
    leg(bad, 1)["agency"] = "H99.01"
    leg(bad, 0)["next"] = [bad["legs"][1]["id"]]  # the insurance leg is never reached
    file = write(tmp_path / "bad.json", bad)
    done = run("procedure", "check", file, "--json")
    assert done.returncode == 65
    for words in ("/colour: unknown key", "/due_soon: ", "/legs/1/agency: unknown agency H99.01", "/legs/2: leg the-bhyt is never reached"):
        assert words in done.stderr, done.stderr
    faults = json.loads(done.stdout)[0]["faults"]
    assert {"/colour", "/legs/1/agency", "/legs/2"} <= {f["pointer"] for f in faults}, faults
    assert all(f["line"] > 0 and f["text"] for f in faults), faults


def without_end(procedure):
    next(one for one in procedure["legs"] if one["id"] == "quyet-dinh")["next"] = ["tham-dinh"]


def test_first_start_refuses_a_route_that_cannot_end(site):
    file = site.folder / "genesis/procedures" / SITE
    procedure = sample(file)
    without_end(procedure)
    write(file, procedure)
    with pytest.raises(Failed):
        site.start_broker()
    told = site.broker.log.read_text()
    assert f"genesis/procedures/{SITE}: DEFINITION_INVALID" in told
    assert "/legs/3: leg tra-ket-qua is never reached" in told
    write(file, sample(FOLDER / SITE))
    site.start_broker()


def test_first_start_refuses_two_versions_at_once(site):
    folder = site.folder / "genesis/procedures"
    second = sample(folder / BIRTH.name)
    second.update(version=2, valid_from="2026-07-01")
    write(folder / "2.002621-v2.json", second)
    with pytest.raises(Failed):
        site.start_broker()
    told = site.broker.log.read_text()
    assert "2.002621-v2.json" in told and "both in force on 2026-07-01" in told
    (folder / "2.002621-v2.json").unlink()
    site.start_broker()


def control(site, request):
    """One request over the control socket, as any program could send it."""
    return pycontrol.ask(f"{site.folder}/broker/control.sock", request)


def define(site, change):
    """Defines version 9 of a procedure that is in force, changed, without any check of the client's."""
    listed = control(site, control_pb.ControlRequest(procedures=control_pb.ProcedureListRequest(code="1.009645")))
    procedure = directory_pb.Procedure.FromString(listed.procedures.procedures[-1])
    procedure.version = 9
    procedure.valid_from = 30000
    change(procedure)
    return control(site, control_pb.ControlRequest(define=control_pb.DefineRequest(
        type=record_pb.DEFINITION_PROCEDURE, data=procedure.SerializeToString(), operator="o", reason="r")))


def test_the_broker_asks_itself(site):
    site.start_broker()
    head = site.cli("status")["head"]

    def circle(procedure):
        leg = next(one for one in procedure.legs if one.id == "quyet-dinh")
        leg.next[:] = [next(one.number for one in procedure.legs if one.id == "tham-dinh")]

    def stranger(procedure):
        procedure.legs[1].agency = "H99.01"

    def nameless(procedure):
        procedure.legs[1].name = ""

    for change, words in ((circle, "/legs/3: leg tra-ket-qua is never reached"),
                          (stranger, "/legs/1/agency: unknown agency H99.01; enrol it"),
                          (nameless, "/legs/1/name: must have 1 to 250 characters"),
                          (lambda p: None, "are both in force on 2052-02-20; let version 2 end")):
        answer = define(site, change)
        assert "DEFINITION_INVALID" == reason_name(answer.reason), answer
        assert words in answer.detail, answer.detail
    hours = directory_pb.OfficeHours(agency="H99.01", morning_open=450, morning_close=690, afternoon_open=780,
                                     afternoon_close=1020, same_day_until=900)
    answer = control(site, control_pb.ControlRequest(define=control_pb.DefineRequest(
        type=record_pb.DEFINITION_OFFICE, data=hours.SerializeToString(), operator="o", reason="r")))
    assert "does not list it" in answer.detail, answer
    assert site.cli("status")["head"] == head  # none of them became a record


def test_example_of_the_documentation():
    text = (SOURCE / "docs/procedures.md").read_text()
    command, printed = text.split("```\n$ lienthong ")[1].split("\n```")[0].split("\n", 1)
    done = subprocess.run([str(CLI), *command.split()], capture_output=True, text=True, timeout=60, cwd=SOURCE)
    assert [line.rstrip() for line in done.stdout.rstrip().split("\n")] == printed.split("\n")
