#!/usr/bin/python3
"""How much of the rules the kept journals reach: runs the replay in a build with --coverage, and counts the lines of broker/rules/ and of
what decides in law/.

usage: cover.py BUILD"""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Files that no replay decides by: readers of files, what is said to people, the checks before a record, the comparison itself.
OTHER_FILES = re.compile(r"law/(file_\w+|worktime_explain|worktime_limit|procedure_check|procedure_check_route|procedure_check_texts|directory_next)\.c"
                         r"|broker/rules/(define_check|outcome_same)\.c")
# Functions that only show.
SHOWN = {"clocks_view", "verdict", "legs_list_next", "calendar_kind_name", "calendar_kind_find", "calendar_first_year", "calendar_last_year",
         "calendar_year_find", "calendar_day_find"}


def lines_of(gcov):
    """(line, reached) of every line with code that is not of a function in SHOWN."""
    shown = False
    for line in gcov.read_text(errors="replace").splitlines():
        count, number, text = (line.split(":", 2) + ["", ""])[:3]
        started = re.match(r"(?:static )?[\w ]+[ *](\w+)\(", text)
        if started and not text.endswith(";"):
            shown = started.group(1) in SHOWN
        if count.strip() not in ("-", "") and number.strip().isdigit() and number.strip() != "0" and not shown:
            yield int(number), not count.strip().startswith(("#####", "====="))


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    for old in build.rglob("*.gcda"):
        old.unlink()
    subprocess.run([build / "tests/bin/test_flow_kept"], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    total = reached = 0
    with tempfile.TemporaryDirectory() as folder:
        data = [str(path) for room in ("lt_rules", "lt_law") for path in (build / f"CMakeFiles/{room}.dir").rglob("*.gcda")]
        subprocess.run(["gcov", "-r", "-s", str(ROOT), "-p", *data], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        for gcov in sorted(pathlib.Path(folder).glob("*.c.gcov")):
            name = gcov.name[:-len(".gcov")].replace("#", "/")
            if not name.startswith(("broker/rules/", "law/")) or OTHER_FILES.fullmatch(name):
                continue
            lines = list(lines_of(gcov))
            missing = [str(line) for line, hit in lines if not hit]
            total, reached = total + len(lines), reached + len(lines) - len(missing)
            if missing:
                print(f"{name}: {', '.join(missing)}")
    print(f"{reached} of {total} lines: {100 * reached / total:.1f} %")
    return 0 if reached >= 0.95 * total else 1


sys.exit(main())
