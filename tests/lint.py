#!/usr/bin/python3
"""The rules of the house, checked on the sources. Prints each breach and exits 1 when there is one."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import rooms
import sentences
from source import strip

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from kindlist import BEGIN, END, clocks, kinds, later_kinds, spec_table  # noqa: E402

FILE_LINES = 500
FUNCTION_LINES = 80
CODE = ("lib", "law", "sdk", "broker", "agency-adapter", "operator")

# pattern in the source -> files that may have it (globs relative to the root)
ONLY = [
    ("OpenSSL is touched by lib/identity alone; base/sha256.c calls three functions that cannot fail", r'#include\s*<openssl/',
     ["lib/identity/*", "lib/base/sha256.c", "operator/sandbox/sandbox_pki*", "tests/*"]),
    ("generated Protocol Buffers code is touched by lib/wire and lib/record alone", r'#include\s*[<"][a-z]+\.pb-c\.h',
     ["lib/wire/*", "lib/record/*", "tests/*"]),
    ("ZeroMQ sockets belong to the gate and the link client", r'#include\s*<zmq\.h>',
     ["broker/gate/*", "lib/link/*", "lib/identity/identity_curve.c", "tests/*"]),
    ("pango, cairo and libqrencode set forms, and nothing else", r'#include\s*<(pango/|cairo|qrencode\.h|fontconfig/)',
     ["operator/pdf/*", "tests/*"]),
    ("Unicode's tables are asked by base/text_form.c and the console's fold alone", r'#include\s*<utf8proc\.h>',
     ["lib/base/text_form.c", "operator/console/project/fold.c", "tests/*"]),
    ("SQLite belongs to the console's projection and the reports that count in it", r'#include\s*<sqlite3\.h>',
     ["operator/console/project/*", "operator/report/*", "tests/*"]),
    ("libcurl belongs to the webhooks", r'#include\s*<curl/', ["agency-adapter/hook/*", "operator/watch/tell.c", "tests/*"]),
    ("LMDB belongs to the stores", r'#include\s*<lmdb\.h>', ["broker/store/*", "broker/tools/backup*", "agency-adapter/store/*", "tests/*"]),
]
# In the broker alone.
BROKER_ONLY = [
    ("clocks, randomness and the environment come in through struct env (waiter.c only waits by the clock)",
     r'(?<![\w.>])(time|rand|random|srand|getenv|secure_getenv|clock_gettime|gettimeofday|getrandom|lt_time_now|lt_uuid_new)\s*\(',
     ["broker/start/*", "broker/queue/wakeup.c"]),
    ("only JOURNAL, STORE and the tools touch files",
     r'(?<![\w.>])(open|openat|fopen|pread|pwrite|fdatasync|fsync|unlink|rename|ftruncate|mkdir|opendir|lt_file_read|lt_file_write)\s*\(',
     ["broker/start/*", "broker/journal/*", "broker/store/*", "broker/tools/*", "broker/queue/stats.c", "broker/gate/control_socket.c"]),
    ("certificates and lists in force are read by TRUST alone: what decides a record reads none",
     r'(?<![\w.>])(lt_directory_(parse|open|trust)|lt_trust_\w+|crl_read|lint_\w+)\s*\(',
     ["broker/trust/*", "broker/start/genesis.c"]),
]
# Whether a breach of the walls (rooms.py) fails; until then they are counted in one line.
ROOMS_MUST_HOLD = True
# Rooms whose files may hold globals.
START = ("broker/start/", "agency-adapter/start/", "lib/program/log.c", "lib/program/faults.c", "broker/gate/connections.c")


def sources(*folders):
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", *folders], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in out.stdout.split("\n") if name.endswith((".c", ".h")) and (ROOT / name).exists()]


def allowed(name, globs):
    return any(pathlib.PurePath(name).match(g) or (g.endswith("*") and name.startswith(g[:-1])) for g in globs)


def check_patterns(name, text, rules):
    for message, pattern, globs in rules:
        if allowed(name, globs):
            continue
        for number, line in enumerate(text.split("\n"), 1):
            if re.search(pattern, line):
                yield f"{name}:{number}: {message}: {line.strip()}"


def check_globals(name, text):
    """File-scope variables that are neither const nor thread-local, outside START."""
    if not name.startswith(("lib/", "law/", "broker/", "agency-adapter/")) or name.startswith(START) or name.endswith(".h"):
        return
    for number, line in enumerate(text.split("\n"), 1):
        if re.match(r"(static\s+)(?!.*\bconst\b)(?!_Thread_local)[\w\s\*]+\**\w+(\[[^\]]*\])?\s*(=[^=].*)?;\s*$", line):
            yield f"{name}:{number}: a global outside START: {line.strip()}"


def check_opening(path, name, text):
    """A file that opens with its own name has the right one."""
    opening = re.match(r"/\* ([\w.-]+\.[ch]):", text)
    if opening and opening.group(1) != path.name:
        yield f"{name}: its first line says {opening.group(1)}"


def check_sizes(path, name, text):
    lines = text.count("\n")
    if lines > FILE_LINES:
        yield f"{name}: {lines} lines, the limit is {FILE_LINES}"


def check_functions(paths):
    if not shutil.which("ctags"):
        yield "ctags is missing: ./dev install-packages"
        return
    out = subprocess.run(["ctags", "--languages=C", "--map-C=.c", "--c-kinds=f", "--fields=+ne", "--output-format=json", "-f", "-",
                          *[str(p) for p in paths if p.suffix == ".c"]], capture_output=True, text=True, check=True)
    for line in out.stdout.splitlines():
        tag = json.loads(line)
        length = tag.get("end", tag["line"]) - tag["line"] + 1
        if length > FUNCTION_LINES:
            name = pathlib.Path(tag["path"]).relative_to(ROOT)
            yield f"{name}:{tag['line']}: {tag['name']} has {length} lines, the limit is {FUNCTION_LINES}"


def check_format(paths):
    out = subprocess.run(["clang-format", "--dry-run", "-Werror", *map(str, paths)], capture_output=True, text=True)
    if out.returncode:
        places = sorted({m for m in re.findall(r"^(\S+?):\d+:\d+: error", out.stderr, flags=re.M)})
        for place in places:
            yield f"{pathlib.Path(place).relative_to(ROOT)}: not formatted; run ./dev format"


# Of law/: names for people alone; what they say is no part of an outcome that is compared.
LAW_TEXT = {"status_name"}
# Asked before there is a record, so no replay comes by.
BEFORE_RECORD = {"broker/rules/define_check.c"}


def check_rules():
    """RULES and STATE reach what decides an outcome through the tables of law/law.c and broker/rules/rules.c, never by its name: so
    a record is made again by the rules of its version."""
    def names(path):
        return set(re.findall(r"\.\w+ = (\w+)(?=[,\s}])", strip((ROOT / path).read_text())))
    of_law, of_rules = names("law/law.c"), names("broker/rules/rules.c")
    declared = set()
    for path in sources("law"):
        if path.suffix == ".h" and not path.name.startswith("file_"):
            declared |= set(re.findall(r"^\w[\w \*]*?\b(\w+)\(", strip(path.read_text()), flags=re.M))
    for path in sources("broker/rules", "broker/state"):
        name = str(path.relative_to(ROOT))
        if path.suffix == ".h" or name == "broker/rules/rules.c" or name in BEFORE_RECORD:
            continue
        forbidden = of_law | (of_rules | declared if name.startswith("broker/rules/") else set())
        for number, line in enumerate(strip(path.read_text()).split("\n"), 1):
            for word in re.findall(r"(?<![\w.>])(\w+)\s*\(", line):
                if word in forbidden - LAW_TEXT and not re.match(r"\w", line):
                    yield f"{name}:{number}: {word} decides outcomes: reach it through act->rules (rules/rules.h)"


def check_schemas():
    """reason.def and the numbers that SPEC.md prints are one list."""
    spec = (ROOT / "proto/SPEC.md").read_text()
    for name, number in re.findall(r"^LT_REASON\((\w+), (\d+),", (ROOT / "sdk/include/lienthong/reason.def").read_text(), flags=re.M):
        if not re.search(rf"^\|\s*{number}\s*\|\s*`{name}`", spec, flags=re.M):
            yield f"proto/SPEC.md: reason {number} {name} is missing"


def check_kinds():
    """kind.def against what SPEC.md prints of it; it and clock.def against the numbers of the schemas, both ways."""
    spec = (ROOT / "proto/SPEC.md").read_text()
    if BEGIN + spec_table() + END not in spec:
        yield "proto/SPEC.md: the table of kinds is not that of kind.def; run tests/make_spec_kinds.py"
    for list_name, schema, prefix, listed in (
            ("kind.def", "envelope.proto", "KIND", {kind.name: kind.number for kind in kinds()} | {name: number for name, (number, _) in later_kinds().items()}),
            ("clock.def", "record.proto", "CLOCK", clocks())):
        numbers = {name: int(number) for name, number in
                   re.findall(rf"^  {prefix}_(\w+) = (\d+);", (ROOT / "proto" / schema).read_text(), flags=re.M)}
        listed["UNSPECIFIED"] = 0
        for name in sorted(numbers.keys() | listed.keys()):
            if numbers.get(name) != listed.get(name):
                yield f"{prefix}_{name}: {listed.get(name)} in {list_name}, {numbers.get(name)} in {schema}"


def check_causes():
    """cause.def against the tables of docs/alarms.md: ids, severity, readiness; its numbers each once, below the end of them."""
    rows = re.findall(r'^LT_CAUSE\((\w+), (\d+), "([\w-]+)", (\w+), (\w+), ', (ROOT / "lib/record/cause.def").read_text(), flags=re.M)
    end = int(re.search(r"LT_CAUSES_END (\d+)u", (ROOT / "lib/record/control.h").read_text())[1])
    if len({row[1] for row in rows}) != len(rows) or len({row[2] for row in rows}) != len(rows) or max(int(row[1]) for row in rows) >= end:
        yield "lib/record/cause.def: a number or an id stands twice, or LT_CAUSES_END is too low"
    listed = [(id_, severity.lower(), ready == "NO") for _, _, id_, severity, ready in rows]
    for page in ("docs/alarms.md", "docs/vi/alarms.md"):
        told = [(id_, severity, bool(mark)) for id_, mark, severity in
                re.findall(r"^\| `([\w-]+)`( ●)? \| (\w+) \|", (ROOT / page).read_text(), flags=re.M)]
        for id_, *_ in set(listed) ^ set(told):
            yield f"{page}: the row of {id_} is not that of lib/record/cause.def"


def check_alerts():
    """Each alert has its row in both pages, at the address that it names and nowhere else; rules and dashboard ask for metrics that there are."""
    rules, board = (ROOT / "conf/prometheus/lienthong.rules.yml").read_text(), (ROOT / "conf/grafana/lienthong.json").read_text()
    alerts = re.findall(r"^ +- alert: (\w+)$", rules, flags=re.M)
    named = re.findall(r'^ +runbook: "docs/alarms.md#(\w+)"$', rules, flags=re.M)
    if named != [name.lower() for name in alerts]:
        yield "lienthong.rules.yml: an alert has no runbook, or that of another"
    tested = set(re.findall(r"alertname: (\w+)", (ROOT / "conf/prometheus/lienthong.rules.test.yml").read_text()))
    for name in sorted(set(alerts) ^ tested):
        yield f"lienthong.rules.test.yml: {name} has no test, or is no alert"
    for page in ("docs/alarms.md", "docs/vi/alarms.md"):
        told = re.findall(r'^\| <a id="(\w+)"></a>`(\w+)` \|', (ROOT / page).read_text(), flags=re.M)
        if told != [(name.lower(), name) for name in alerts]:
            yield f"{page}: its alerts are not those of lienthong.rules.yml, in their order"
    made = "".join((ROOT / path).read_text() for path in ("operator/verdict/metrics.c", "agency-adapter/http/api_metrics.c"))
    for name in sorted(set(re.findall(r"lienthong_\w+", rules + board))):
        if not re.search(rf'"(lienthong_)?(adapter_)?{re.sub("^lienthong_(adapter_)?", "", name)}\b', made):
            yield f"rules or dashboard: nobody makes {name}"


def check_counters():
    """What is counted against the tables of docs/metrics.md."""
    clocks = re.findall(r'^LT_CLOCK\((?:[^,]+, ){4}"(\w+)"', (ROOT / "lib/record/clock.def").read_text(), flags=re.M)
    own = re.findall(r'^\t\t\{ "(\w+)", ', (ROOT / "broker/query/status.c").read_text(), flags=re.M)
    gauges = set(re.findall(r'"(\w+)"', re.search(r"gauges\[\] = \{(.*?)\};", (ROOT / "operator/verdict/metrics.c").read_text(), flags=re.S)[1]))
    others = re.findall(r'^\t\[STATS_\w+\] = "(\w+)"', (ROOT / "broker/queue/stats.c").read_text(), flags=re.M)
    counted = list(dict.fromkeys(clocks)) + [name for name in own if name not in gauges] + others
    for page in ("docs/metrics.md", "docs/vi/metrics.md"):
        told = re.findall(r"^\| `(?!lienthong_)([a-z]+(?:_[a-z]+)*)` \|", (ROOT / page).read_text(), flags=re.M)
        for name in sorted(set(counted) ^ set(told)):
            yield f"{page}: the row of {name} is missing, or nobody counts it"


def check_guarantees():
    """Each test that docs/guarantees.md names is there, by file and function."""
    for path, name in re.findall(r"`(tests/[\w/.-]+)(?:::(\w+))?`", (ROOT / "docs/guarantees.md").read_text()):
        if not (ROOT / path).exists():
            yield f"docs/guarantees.md: {path} is not there"
        elif name and not re.search(rf"\b{name}\(", (ROOT / path).read_text()):
            yield f"docs/guarantees.md: {path} has no test {name}"


def check_readmes():
    """Each room says what it is for, and names each of its sources, by name or as `name*`."""
    for folder in re.findall(r"^room\(\w+\s+(\S+)", (ROOT / "CMakeLists.txt").read_text(), flags=re.M):
        page = ROOT / folder / "README.md"
        if not page.exists():
            yield f"{folder} has no README.md: what for, files in reading order, thread, traps, why so"
            continue
        words = set(re.findall(r"`([\w*.]+)`", page.read_text()))
        for source in sorted((ROOT / folder).rglob("*.c")):
            if not words & {source.stem, source.name, f"{source.stem}.h"}:
                yield f"{folder}/README.md does not name {source.name}"
        if page.read_text().count("\n") > 45:
            yield f"{folder}/README.md is longer than 45 lines"


def check_map(table):
    """docs/architecture.md and its twin have each program, each room of a part in the row of that part, and each stage of the broker."""
    programs = re.findall(r"^program\((\S+)", (ROOT / "CMakeLists.txt").read_text(), flags=re.M)
    for page in rooms.PICTURED:
        text = (ROOT / page).read_text()
        for program in programs:
            if f"\n| `{program}` " not in text:
                yield f"{page}: the table of programs has no {program}"
        for room in table.values():
            inside = room.folder.removeprefix(f"{room.part}/")
            row = re.search(rf"^\| `{room.part}/` \|.*", text, flags=re.M)
            if room.part == "broker" and f" | `{inside}/` | " not in text:
                yield f"{page}: the table of stages has no {room.folder}"
            elif room.part not in ("broker", room.folder) and f"`{inside}`" not in row[0]:
                yield f"{page}: the row of {room.part}/ has no {room.folder}"


def anchors(text):
    """The places of a page that a link may name: its headings as the forges spell them, and marks of its own."""
    slugs = [re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^#+ (.*)$", text, flags=re.M)]
    return {*slugs, *re.findall(r'<a id="([^"]+)">', text)}


def check_links():
    """Links of the pages to files of the tree, and to places in pages."""
    pages = [ROOT / "README.md", ROOT / "README.vi.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "proto").rglob("*.md"), *(ROOT / "conf").rglob("*.md")]
    for page in pages:
        if not page.exists():
            yield f"{page.relative_to(ROOT)} is not there"
            continue
        for target, place in re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)", page.read_text()):
            if re.match(r"[a-z]+:", target):
                continue
            led = page.parent / target if target else page
            if not led.exists():
                yield f"{page.relative_to(ROOT)}: the link to {target} leads nowhere"
            elif place and led.suffix == ".md" and place not in anchors(led.read_text()):
                yield f"{page.relative_to(ROOT)}: {target} has no place #{place}"


# Read by programmers of these programs and of other clients alone: in English. README.md says so.
ENGLISH_ONLY = {"docs/disk-format.md", "docs/guarantees.md"}


def shape(text):
    """What twins have in common, whatever the language: level of each section, columns of each row of a table, lists, examples."""
    prose = re.sub(r"^ *```.*?^ *```$", "", text, flags=re.S | re.M)
    return {
        "sections": [len(level) for level in re.findall(r"^(#+) ", prose, flags=re.M)],
        "rows of tables": [re.sub(r"`[^`]*`", "", row).count("|") for row in re.findall(r"^ *\|.*$", prose, flags=re.M)],
        "points of lists": len(re.findall(r"^ *(?:- |\d+\. )", prose, flags=re.M)),
        "words of manual pages": len(re.findall(r"^\*.*(?:\n\t|\+\+$)", prose, flags=re.M)),
        "examples": len(re.findall(r"^ *```", text, flags=re.M)) // 2,
    }


def check_twins():
    """Each page that stands in Vietnamese and English has the same shape in both, and none is missing."""
    pairs = {"README.md": "README.vi.md"}
    for folder, kind in (("docs", "md"), ("docs/man", "scd")):
        names = {path.name for path in [*(ROOT / folder).glob(f"*.{kind}"), *(ROOT / folder / "vi").glob(f"*.{kind}")]}
        pairs.update({f"{folder}/{name}": f"{folder}/vi/{name}" for name in sorted(names)})
    for english, vietnamese in pairs.items():
        if english in ENGLISH_ONLY:
            continue
        for name in re.findall(r"\]\(\.\./([\w-]+\.md)", (ROOT / vietnamese).read_text() if (ROOT / vietnamese).exists() else ""):
            if f"docs/{name}" not in {*ENGLISH_ONLY, english}:
                yield f"{vietnamese}: the link to ../{name} leads out of the language"
        missing = [name for name in (english, vietnamese) if not (ROOT / name).exists()]
        if missing:
            yield f"{missing[0]} is not there: pages have a twin in the other language"
            continue
        one, other = (shape((ROOT / name).read_text()) for name in (english, vietnamese))
        for what in one:
            if one[what] != other[what]:
                yield f"{vietnamese}: {what} are not those of {english}: {difference(one[what], other[what])}"


def difference(one, other):
    if isinstance(one, int):
        return f"{other} for {one}"
    at = next((i for i, pair in enumerate(zip(one, other)) if pair[0] != pair[1]), min(len(one), len(other)))
    return f"{len(other)} for {len(one)}, the first that differs is number {at + 1}"


def check_paths():
    """A source that a page, a comment or a test names by its path is there. Decisions tell of their day."""
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in out.splitlines():
        if not name.endswith((".c", ".h", ".py", ".md", ".proto", "CMakeLists.txt")) or name.startswith(("docs/decisions/", "tests/lint/")):
            continue
        text = (ROOT / name).read_text() if (ROOT / name).exists() else ""
        for path in set(re.findall(rf"(?<![\w/.-])(?:{'|'.join(CODE)}|tests)/[\w/.-]+\.(?:c|h|def|py)\b", text)):
            if not (ROOT / path).exists() and "test_MODULE" not in path:
                yield f"{name}: {path} is not there"


def check_zones():
    """A test that asks for a day in the machine's own zone fails for seven hours of each day."""
    own_zone = re.compile(r"\.today\(\)|\bdatetime\.now\(\)|\blocaltime\(|\bctime\(|\bfromtimestamp\([^,]*\)|\btime\.strftime\((?![^\n]*gmtime)[^,\n]*\)")
    for path in sorted((ROOT / "tests").rglob("*.py")):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if own_zone.search(line.replace("officetime.today()", "")):
                yield f"{path.relative_to(ROOT)}:{number}: the day of the machine's own zone: tests/lib/officetime.py has the offices'"


def check_decisions():
    """A decision's page begins with its number; each decision that a source or a page names is there."""
    numbers = {int(page.name[:4]): page for page in sorted((ROOT / "docs/decisions").glob("*.md"))}
    for number, page in numbers.items():
        if not page.read_text().startswith(f"# {number}. "):
            yield f"{page.relative_to(ROOT)}: its first line does not begin with `# {number}. `"
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    pages = {name.rsplit("/", 1)[-1] for name in out.splitlines()}
    for name in out.splitlines():
        if not name.endswith((".c", ".h", ".def", ".py", ".md", ".scd", ".proto")) or not (ROOT / name).exists():
            continue
        text = (ROOT / name).read_text()
        for number in re.findall(r"\b(?:decision|quyết định) (\d{1,3})\b(?!/)|\bdocs/decisions/(\d{4})\b", text):
            if int(number[0] or number[1]) not in numbers:
                yield f"{name}: there is no decision {number[0] or number[1]}"
        for page in re.findall(r"\b([A-Z]{4,})(?:\.md)?,? sections? \d", text):
            if f"{page}.md" not in pages:
                yield f"{name}: {page}, of which it names a section, is no page of the tree"


def check_unit_tests(table):
    """tests/unit/ROOM/test_MODULE.c tests MODULE of ROOM, by the name of its source or header."""
    for path in sorted((ROOT / "tests/unit").glob("*/*.c")):
        name, room = path.relative_to(ROOT), table.get(path.parent.name)
        module = path.stem.removeprefix("test_")
        if not room:
            yield f"{name}: the table has no room {path.parent.name}"
        elif module not in {file.stem for file in room.files(ROOT)}:
            yield f"{name}: {room.folder} has no module {module}"


def check_rooms(table):
    """The walls, with the symbols of LT_BUILD_DIR or of what was built last. The picture is printed by rooms.py alone."""
    build = os.environ.get("LT_BUILD_DIR")
    archives = pathlib.Path(build) / "rooms" if build else rooms.newest(ROOT)
    found = rooms.breaches(ROOT, table, archives)
    if not archives:
        print("lint: nothing is built, so who calls whom was not looked at: ./dev build")
    if ROOMS_MUST_HOLD:
        return found
    if found:
        print(f"lint: the walls have {len(found)} breaches that do not fail yet: ./dev rooms")
    return []


def main():
    breaches = []
    table = rooms.read_table(ROOT)
    paths = sources(*CODE, "tests")
    for path in paths:
        name = str(path.relative_to(ROOT))
        raw = path.read_text()
        text = strip(raw)
        breaches += check_sizes(path, name, raw)
        breaches += check_opening(path, name, raw)
        breaches += check_patterns(name, text, ONLY)
        if name.startswith("broker/"):
            breaches += check_patterns(name, text, BROKER_ONLY)
        breaches += check_globals(name, text)
    breaches += check_functions(paths)
    breaches += check_format(paths)
    breaches += check_rules()
    breaches += check_schemas()
    breaches += check_kinds()
    breaches += sentences.breaches(ROOT)
    breaches += check_causes()
    breaches += check_alerts()
    breaches += check_counters()
    breaches += check_guarantees()
    breaches += check_links()
    breaches += check_twins()
    breaches += check_readmes()
    breaches += check_map(table)
    breaches += check_paths()
    breaches += check_zones()
    breaches += check_decisions()
    breaches += check_unit_tests(table)
    breaches += check_rooms(table)
    for breach in breaches:
        print(breach)
    print(f"lint: {len(paths)} files, {len(breaches)} breaches")
    return 1 if breaches else 0


sys.exit(main())
