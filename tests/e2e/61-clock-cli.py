"""`lienthong due` and `lienthong calendar check`: what they print, and bad input named with file, pointer and line."""
import json
import os
import pathlib
import shutil
import subprocess

import jsonschema
import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
CLI = os.path.join(os.environ.get("LT_BUILD_DIR", str(SOURCE / "build")), "bin/lienthong")
FROM = "2026-02-13T10:00:00+07:00"


def run(*args):
    return subprocess.run([CLI, *map(str, args)], capture_output=True, text=True, timeout=60)


def due(*args):
    done = run("due", *args, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def conf(tmp_path):
    for name in ("calendars", "procedures"):
        shutil.copytree(SOURCE / "conf" / name, tmp_path / "conf" / name)
    shutil.copy(SOURCE / "conf/agencies.json", tmp_path / "conf")
    return tmp_path / "conf"


def test_sample_agency_over_tet():
    answer = due("--limit", "3 working_days", "--agency", "H37.24", "--from", FROM)
    assert answer["due"] == "2026-02-25T10:00:00+07:00"
    assert answer["due_soon"] == "2026-02-24T10:00:00+07:00"
    assert answer["working_minutes"] == 3 * 480
    assert answer["limit"] == {"unit": "working_days", "amount": 3}
    hours = answer["office_hours"]
    assert (hours["morning"], hours["afternoon"]) == (["07:30", "11:30"], ["13:00", "17:00"])
    assert hours["default"] is False
    steps = answer["steps"]
    assert [s["kind"] for s in steps[:2]] == ["received", "start"] and steps[-1]["kind"] == "due"
    assert any("Tết, first day of the lunar year" in s["en"] for s in steps)
    assert any("nghỉ lễ: Tết Nguyên đán Bính Ngọ (mùng 1)" in s["vi"] for s in steps)
    assert all(s["en"] and s["vi"] for s in steps)


def test_text_says_how_it_was_counted():
    done = run("due", "--limit", "2.5 working_days", "--agency", "H37.24", "--from", FROM)
    assert done.returncode == 0, done.stderr
    for words in ["2026-02-24 15:30:00", "2.5 working_days", "Ủy ban nhân dân huyện Cao Lộc", "07:30-11:30, 13:00-17:00",
                  "The day of receipt, Fri 13/02/2026, is not counted", "Mon 23/02/2026 – Tue 24/02/2026: working days 1 to 2",
                  "Tue 24/02/2026 10:00–11:30: 1 h 30 min, 2 h 30 min left", "Due Tue 24/02/2026 at 15:30", "Cách tính:",
                  "Hạn trả: 15:30 thứ Ba 24/02/2026"]:
        assert words in done.stdout, words


def test_alias_offset_and_half_amount():
    one = due("--limit", "2.5 working_days", "--agency", "000.00.24.H37", "--from", "2026-02-13T03:00:00Z")
    assert one["due"] == "2026-02-24T15:30:00+07:00"
    assert one["agency"] == "H37.24" and one["limit"]["amount"] == 2.5
    assert one["received"] == FROM


def test_without_agency_the_default_hours():
    assert due("--limit", "same_day", "--from", FROM)["office_hours"]["default"] is True


def test_limit_of_a_procedures_leg():
    for wanted in ("1.010828", SOURCE / "conf/procedures/1.010828-v1.json"):
        answer = due("--procedure", wanted, "--leg", 1, "--from", FROM, "--agency", "H37.24")
        assert answer["limit"] == {"unit": "working_days", "amount": 2}
        assert answer["due"] == "2026-02-24T10:00:00+07:00"


def test_computed_calendars_say_so():
    answer = due("--limit", "1 working_days", "--from", "2027-03-01T10:00:00+07:00")
    assert any(s["kind"] == "note" and "not yet announced" in s["en"] for s in answer["steps"])
    answer = due("--limit", "1 working_days", "--from", FROM)
    assert not any("not yet announced" in s["en"] for s in answer["steps"])


def test_office_hours_of_an_agency(conf):
    agencies = json.loads((conf / "agencies.json").read_text())
    agency = next(a for a in agencies["agencies"] if a["code"] == "H57.10")
    agency["office_hours"] = {"morning": ["07:00", "11:30"], "afternoon": ["13:30", "17:00"], "same_day_until": "16:00"}
    (conf / "agencies.json").write_text(json.dumps(agencies, ensure_ascii=False))
    ask = ("--conf", conf, "--agency", "H57.10", "--from")
    assert due("--limit", "1 working_days", *ask, "2026-03-02T12:00:00+07:00")["due"] == "2026-03-03T13:30:00+07:00"
    assert due("--limit", "same_day", *ask, "2026-03-02T15:30:00+07:00")["due"] == "2026-03-02T17:00:00+07:00"
    assert due("--limit", "same_day", *ask, "2026-03-02T16:01:00+07:00")["due"] == "2026-03-03T17:00:00+07:00"


@pytest.mark.parametrize("args, code, words", [
    (["--limit", "3 working_days"], 64, "--from"),
    (["--from", FROM], 64, "--limit or --procedure"),
    (["--limit", "3 days", "--from", FROM], 64, "working_hours"),
    (["--limit", "2.3 working_days", "--from", FROM], 64, "2.3 working_days"),
    (["--limit", "0 working_days", "--from", FROM], 64, "above 0"),
    (["--limit", "-1 working_days", "--from", FROM], 64, "above 0"),
    (["--limit", "3 working_days", "--from", "13/02/2026"], 64, "13/02/2026"),
    (["--limit", "3 working_days", "--from", "2026-02-13T10:00:00"], 64, "is not a time"),
    (["--limit", "3 working_days", "--from", "2026-02-29T10:00:00+07:00"], 64, "is not a time"),
    (["--limit", "3 working_days", "--from", FROM, "--agency", "H99.9"], 66, "H99.9"),
    (["--limit", "3 working_days", "--from", "2024-12-30T10:00:00+07:00"], 65, "2024"),
    (["--limit", "3 working_days", "--from", "2028-12-28T10:00:00+07:00"], 65, "2029"),
    (["--limit", "3 working_days", "--from", FROM, "--conf", "/nowhere"], 66, "/nowhere"),
    (["--limit", "3 working_days", "--procedure", "1.010828", "--leg", "1", "--from", FROM], 64, "either"),
    (["--procedure", "1.010828", "--from", FROM], 64, "--leg"),
    (["--procedure", "1.010828", "--leg", "9", "--from", FROM], 66, "no leg 9"),
    (["--procedure", "9.999999", "--leg", "1", "--from", FROM], 66, "9.999999"),
    (["--limit", "3 working_days", "--frm", FROM], 64, "did you mean --from"),
])
def test_wrong_question_is_named(args, code, words):
    done = run("due", *args)
    assert done.returncode == code and words in done.stderr, done.stderr
    assert done.stdout == ""


def test_samples_hold():
    rules = json.loads((SOURCE / "conf/schema/calendar.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(rules)
    files = sorted((SOURCE / "conf/calendars").glob("*.json"))
    assert [f.stem for f in files] == ["2025", "2026", "2027", "2028"]
    for file in files:
        jsonschema.Draft202012Validator(rules).validate(json.loads(file.read_text()))
    done = run("calendar", "check", *files, "--json")
    assert done.returncode == 0, done.stderr
    years = json.loads(done.stdout)
    assert [(y["year"], y["working_days"], y["announced"], y["warnings"]) for y in years] == [
        (2025, 250, True, []), (2026, 249, True, []), (2027, 249, False, []), (2028, 248, False, [])]
    text = run("calendar", "check", files[1]).stdout
    assert "249 working days" in text and "2026-11-24 Tue holiday" in text and "Ngày Văn hóa Việt Nam" in text


def test_half_a_swap_is_warned_of(conf):
    file = conf / "calendars/2026.json"
    data = json.loads(file.read_text())
    data["days"] = [d for d in data["days"] if d["date"] not in ("2026-01-10", "2026-04-27")]
    file.write_text(json.dumps(data))
    warnings = json.loads(run("calendar", "check", file, "--json").stdout)[0]["warnings"]
    assert len(warnings) == 2 and "compensation" in warnings[0] and "swap" in warnings[1]


HEAD = '{\n "year": 2026, "version": 1, "announced": true, "source": "s",\n "days": [\n'


@pytest.mark.parametrize("text, place, words", [
    (HEAD + '  {"date": "2026-01-01", "kind": "holiday", "note": "a"},\n  {"date": "2026-13-01", "kind": "holiday", "note": "a"}]}',
     ":5: /days/1/date", "2026-13-01"),
    (HEAD + '  {"date": "1/1/2026", "kind": "holiday", "note": "a"}]}', ":4: /days/0/date", "is not a date"),
    (HEAD + '  {"date": "2026-01-01", "kind": "tet", "note": "a"}]}', ":4: /days/0/kind", "swap_work"),
    (HEAD + '  {"date": "2026-01-01", "kind": "holiday", "note": ""}]}', ":4: /days/0/note", "1 to 250"),
    (HEAD + '  {"date": "2026-01-01", "kind": "holiday"}]}', ":4: /days/0", '"note" is missing'),
    (HEAD + '  {"date": "2026-01-01", "kind": "holiday", "note": "a", "colour": 1}]}', ":4: /days/0/colour", "unknown key"),
    (HEAD + '  {"date": "2025-12-31", "kind": "holiday", "note": "a"}]}', ":4: /days/0", "another year"),
    (HEAD + '  {"date": "2026-01-05", "kind": "swap_work", "note": "a"}]}', ":4: /days/0", "weekday"),
    (HEAD + '  {"date": "2026-01-10", "kind": "swap_off", "note": "a"}]}', ":4: /days/0", "2026-01-10"),
    (HEAD + '  {"date": "2026-01-11", "kind": "comp_off", "note": "a"}]}', ":4: /days/0", "2026-01-11"),
    (HEAD + '  {"date": "2026-01-01", "kind": "holiday", "note": "a"},\n  {"date": "2026-01-01", "kind": "holiday", "note": "b"}]}',
     ":5: /days/1", "stands twice"),
    (HEAD + '  "2026-01-01"]}', ":4: /days/0", "object"),
    ('{"year": 2026,\n "version": 0, "announced": true, "source": "s", "days": []}', ":2: /version", "begin at 1"),
    ('{"year": 26, "version": 1, "announced": true, "source": "s", "days": []}', ":1: /year", "1970"),
    ('{"year": 2026, "version": 1, "announced": "yes", "source": "s", "days": []}', ":1: /announced", "true or false"),
    ('{"year": 2026, "version": 1, "announced": true, "days": []}', ":1: ", '"source" is missing'),
    ('{"year": 2026, "version": 1, "announced": true, "source": "s", "days": {}}', ":1: /days", "list"),
    ('{"year": 2026, "version": 1, "announced": true, "source": "s"}', ":1: ", '"days" is missing'),
    ('{"year": 2026, "year": 2026}', ":1: ", "duplicate"),
    ('[]', ":1: ", "object"),
    ('{"year": 2026,\n', ":2", ""),
])
def test_bad_calendar_is_refused_whole(conf, text, place, words):
    file = conf / "calendars/2026.json"
    file.write_text(text)
    for done in (run("calendar", "check", file),
                 run("due", "--conf", conf, "--limit", "1 working_days", "--from", "2025-03-03T10:00:00+07:00")):
        assert done.returncode == 65 and done.stdout == "", done.stderr
        assert f"2026.json{place}" in done.stderr and words in done.stderr, done.stderr


def test_two_files_of_one_year_and_a_gap(conf):
    shutil.copy(conf / "calendars/2026.json", conf / "calendars/2026b.json")
    ask = ("due", "--conf", conf, "--limit", "1 working_days", "--from", FROM)
    done = run(*ask)
    assert done.returncode == 65 and "/year" in done.stderr and "2026.json" in done.stderr and "2026b.json" in done.stderr
    done = run("calendar", "check", conf / "calendars/2026.json", conf / "calendars/2026b.json")
    assert done.returncode == 65 and "2026b.json:2: /year" in done.stderr, done.stderr
    for name in ("2026.json", "2026b.json"):
        (conf / "calendars" / name).unlink()
    done = run(*ask)
    assert done.returncode == 65 and "2026 is missing" in done.stderr


def test_missing_files(conf):
    done = run("calendar", "check", "nowhere.json")
    assert done.returncode == 66 and "nowhere.json" in done.stderr
    assert run("calendar", "check").returncode == 64
    shutil.rmtree(conf / "calendars")
    (conf / "calendars").mkdir()
    done = run("due", "--conf", conf, "--limit", "1 working_days", "--from", FROM)
    assert done.returncode == 66 and "no calendar file" in done.stderr


@pytest.mark.parametrize("hours, place, words", [
    ({"morning": ["07:30", "11:30"]}, "/office_hours", '"afternoon" is missing'),
    ({"morning": ["7:30", "11:30"], "afternoon": ["13:00", "17:00"]}, "/office_hours/morning/0", "07:30"),
    ({"morning": ["07:30", "24:30"], "afternoon": ["13:00", "17:00"]}, "/office_hours/morning/1", "07:30"),
    ({"morning": ["11:30", "07:30"], "afternoon": ["13:00", "17:00"]}, "/office_hours/morning", "earlier time first"),
    ({"morning": ["07:30", "11:30"], "afternoon": ["11:00", "17:00"]}, "/office_hours", "before the morning has ended"),
    ({"morning": ["07:30"], "afternoon": ["13:00", "17:00"]}, "/office_hours/morning", "two times"),
    ({"morning": ["07:30", "11:30"], "afternoon": ["13:00", "17:00"], "evening": 1}, "/office_hours/evening", "unknown key"),
    ({"morning": ["07:30", "11:30"], "afternoon": ["13:00", "17:00"], "same_day_until": 15}, "/same_day_until", "time of the day"),
    ("07:30-17:00", "/office_hours", "object"),
])
def test_bad_office_hours_are_refused(conf, tmp_path, hours, place, words):
    agencies = json.loads((conf / "agencies.json").read_text())
    at = next(i for i, agency in enumerate(agencies["agencies"]) if agency["code"] == "H37")
    agencies["agencies"][at]["office_hours"] = hours
    (conf / "agencies.json").write_text(json.dumps(agencies, ensure_ascii=False, indent=1))
    line = next(n for n, t in enumerate((conf / "agencies.json").read_text().split("\n"), 1) if '"code": "H37"' in t)
    for done in (run("due", "--conf", conf, "--limit", "1 working_days", "--agency", "G09", "--from", FROM),
                 run("sandbox", tmp_path / "s", "--agencies", conf / "agencies.json")):
        assert done.returncode == 65 and f"/agencies/{at}" + ("/office_hours" if "office" in place else "") in done.stderr, done.stderr
        assert place in done.stderr and words in done.stderr, done.stderr
        where = int(done.stderr.split("agencies.json:")[1].split(":")[0])
        assert where >= line, done.stderr
