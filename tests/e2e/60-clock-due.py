"""Due times: the table of hand-worked cases and random ones, `lienthong due` against the naive model of tests/unit/law/naive_due.py."""
import datetime
import json
import os
import pathlib
import random
import re
import subprocess
import sys

import pytest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
CLI = os.path.join(os.environ.get("LT_BUILD_DIR", str(SOURCE / "build")), "bin/lienthong")
sys.path.insert(0, str(SOURCE / "tests/unit/law"))
import naive_due  # noqa: E402

ROW = re.compile(r"""\{ '(\w)', "([^"]+)", "([^"]+)", (?:"([^"]+)"|NULL), "([^"]*)" \}""")
WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
UNITS = ["minutes", "working_hours", "working_days", "calendar_days", "same_day"]


def ask(conf, agency, limit, received, *more):
    return subprocess.run([CLI, "due", "--conf", str(conf), "--agency", agency, "--limit", limit, "--from",
                           received + ("+07:00" if received.count(":") == 2 else ":00+07:00"), "--json", *more], capture_output=True, text=True, timeout=60)


def split(limit):
    amount, unit = limit.split() if " " in limit else ("1", limit)
    return unit, float(amount)


def naive(calendar, office, limit, received):
    """The due time as text, or the year that is not covered."""
    try:
        at = naive_due.due(calendar, office, *split(limit), datetime.datetime.fromisoformat(received))
    except naive_due.NotCovered as missing:
        return missing.args[0]
    return at.isoformat(timespec="seconds") + "+07:00"


def told(done):
    """The same of the program's answer."""
    if done.returncode == 65:
        return int(re.search(r"and not (\d+)", done.stderr).group(1))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["due"]


def hours(office):
    def text(span):
        return [t.strftime("%H:%M") for t in span]
    def except_(begin, end, weekdays, other):
        out = {"valid_from": begin and begin.isoformat(), "valid_to": end and end.isoformat(),
               "weekdays": weekdays and [WEEKDAYS[d] for d in weekdays], "morning": text(other.morning)}
        if other.afternoon[0] != other.afternoon[1]:
            out["afternoon"] = text(other.afternoon)
        return {k: v for k, v in out.items() if v}
    return {"morning": text(office.morning), "afternoon": text(office.afternoon),
            "same_day_until": office.same_day_until.strftime("%H:%M"), "except": [except_(*e) for e in office.excepts]}


def write_agencies(conf, offices):
    (conf / "agencies.json").write_text(json.dumps([
        {"code": f"H01.{i + 1}", "name": "Cơ quan", "level": "department", "office_hours": hours(office)}
        for i, office in enumerate(offices)]))
    return [f"H01.{i + 1}" for i in range(len(offices))]


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """The sample calendars and the three offices of the table."""
    conf = tmp_path_factory.mktemp("conf")
    (conf / "calendars").symlink_to(SOURCE / "conf/calendars")
    names = sorted(naive_due.OFFICES)
    codes = dict(zip(names, write_agencies(conf, [naive_due.OFFICES[n] for n in names])))
    return conf, codes, naive_due.Calendar(SOURCE / "conf/calendars")


def test_table(sample):
    conf, codes, calendar = sample
    rows = ROW.findall((SOURCE / "tests/unit/law/worktime_cases.h").read_text())
    assert len(rows) >= 120
    for office, limit, received, due, how in rows:
        what = f"{office} {limit} from {received}: {how}"
        model = naive(calendar, naive_due.OFFICES[office], limit, received)
        answer = told(ask(conf, codes[office], limit, received))
        assert answer == model, what
        if due:
            assert answer == due + ":00+07:00", what
        else:
            assert isinstance(answer, int), what


def random_calendars(rng, folder):
    """Three years with days of every kind, thick enough to meet each other."""
    folder.mkdir()
    for year in (2025, 2026, 2027):
        dates = [datetime.date(year, 1, 1) + datetime.timedelta(d) for d in range(365)]
        days = []
        for date in sorted(rng.sample(dates, 60)):
            kinds = ["holiday", "swap_work"] if date.weekday() >= 5 else ["holiday", "comp_off", "swap_off"]
            days.append({"date": date.isoformat(), "kind": rng.choice(kinds), "note": "ngày"})
            if rng.random() < 0.5:  # half of them for two of the five agencies alone
                days[-1]["agencies"] = ["H01.2", "H01.4"]
                if rng.random() < 0.5:
                    days.append({"date": date.isoformat(), "kind": rng.choice(kinds), "note": "mọi nơi"})
        (folder / f"{year}.json").write_text(json.dumps(
            {"year": year, "version": 1, "announced": rng.random() < 0.5, "source": "test", "days": days}))


def random_office(rng):
    times = sorted(rng.sample(range(5 * 4, 22 * 4), 4))
    quarters = [f"{t // 4:02d}:{t % 4 * 15:02d}" for t in times]
    until = f"{rng.randrange(8, 20):02d}:{rng.choice([0, 30]):02d}"
    return naive_due.Office(quarters[:2], quarters[2:], until, [random_except(rng) for _ in range(rng.randrange(4))])


def random_except(rng):
    """A season, some days of the week, or both; one in three ends at noon."""
    times = [f"{t // 4:02d}:{t % 4 * 15:02d}" for t in sorted(rng.sample(range(5 * 4, 22 * 4), 4))]
    begin = datetime.date(2025, 1, 1) + datetime.timedelta(rng.randrange(900))
    span = rng.choice([(None, None), (begin, None), (None, begin), (begin, begin + datetime.timedelta(rng.randrange(1, 400)))])
    weekdays = sorted(rng.sample(range(7), rng.randrange(1, 5))) if rng.random() < 0.6 or span == (None, None) else None
    return (*span, weekdays, naive_due.Hours(times[:2], times[2:] if rng.random() < 0.7 else None))


def random_question(rng):
    unit = rng.choice(UNITS)
    most = {"minutes": 3000, "working_hours": 60, "working_days": 40, "calendar_days": 60, "same_day": 1}[unit]
    quarters = rng.randrange(1, 4 * most) if unit != "minutes" else 4 * rng.randrange(1, most)
    limit = unit if unit == "same_day" else f"{quarters // 4}{['', '.25', '.5', '.75'][quarters % 4]} {unit}"
    start = datetime.datetime(2025, 1, 1) + datetime.timedelta(minutes=rng.randrange(3 * 365 * 1440))
    if rng.random() < 0.5:  # half of them on the quarter, where edges are
        start = start.replace(minute=start.minute // 15 * 15)
    return limit, start.isoformat(timespec="seconds")


@pytest.mark.parametrize("seed", range(6))
def test_random(tmp_path, seed):
    rng = random.Random(seed)
    random_calendars(rng, tmp_path / "calendars")
    offices = [naive_due.OFFICES["A"], *[random_office(rng) for _ in range(4)]]
    codes = write_agencies(tmp_path, offices)
    covered = 0
    for _ in range(60):
        which = rng.randrange(len(offices))
        calendar = naive_due.Calendar(tmp_path / "calendars", codes[which])
        limit, received = random_question(rng)
        done = ask(tmp_path, codes[which], limit, received)
        what = f"seed {seed}: {hours(offices[which])} {limit} from {received}"
        assert told(done) == naive(calendar, offices[which], limit, received), what
        if done.returncode:
            continue
        covered += 1
        answer = json.loads(done.stdout)
        begin, end = (datetime.datetime.fromisoformat(answer[k]).replace(tzinfo=None) for k in ("start", "due"))
        assert answer["working_minutes"] == naive_due.used(calendar, offices[which], begin, end), what
        assert begin == naive_due.intake(calendar, offices[which], datetime.datetime.fromisoformat(received)), what
        soon = naive_due.day_before(calendar, offices[which], end)
        assert answer["due_soon"] == (soon.isoformat() + "+07:00" if soon and soon >= begin else None), what
    assert covered >= 50


def test_a_leg_whose_limit_depends_on_a_field():
    """The limit of one value is not another's: it is asked for; a leg that counts from the valid file takes that as its beginning."""
    def due(code, leg):
        return subprocess.run([CLI, "due", "--conf", str(SOURCE / "conf"), "--procedure", code, "--leg", leg, "--agency", "H37.12",
                               "--from", "2026-11-30T08:00:00+07:00", "--json"], capture_output=True, text=True, timeout=60)
    asked = due("1.009994", "tham-dinh")
    assert asked.returncode == 64 and '"cong_trinh"' in asked.stderr and "--limit" in asked.stderr, asked.stderr
    assert told(due("1.009645", "tham-dinh")) == "2026-12-18T08:00:00+07:00"
