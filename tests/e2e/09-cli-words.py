"""Every command of lienthong: an act can be tried first, shells complete every word and option."""
import base64
import contextlib
import fcntl
import functools
import hashlib
import json
import os
import pathlib
import pty
import re
import shutil
import struct
import subprocess
import termios
import time

import jsonschema
import pytest

import officetime
from deployment import Deployment
from office import DEPARTMENT, DISTRICT, Case
from pycontrol import ask
from pywire import control_pb

SOURCE = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with Deployment(tmp_path_factory.mktemp("words") / "sandbox") as made:
        made.start_broker()
        yield made


def run(site, *words):
    done = subprocess.run([str(site.cli_bin), *map(str, words)], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


@functools.lru_cache(maxsize=1)
def commands(site):
    """Each command, and its options as its help has them."""
    out = {}
    for line in run(site, "help")[1].splitlines():
        found = re.match(r"  ([a-z][a-z-]*(?: [a-z-]+)?)(?: |$)", line)
        if found and found[1] != "help":
            name = found[1]
            out[name] = re.findall(r"^  (--[a-z-]+)", run(site, "help", *name.split())[1], re.M)
    assert len(out) > 60 and "agency list" in out and "status" in out
    return out


# ---- acts ----

PREVIEWED = ("agency merge", "agency rename")  # these list what would pass on

def acts(site, tmp):
    """Acts by their command, in an order in which those can succeed that shall: words, and whether they are done. Made when their
    turn comes, since some need what those before them have done."""
    day = lambda days: officetime.from_now(days=days)  # noqa: E731
    def put(name, value):
        (tmp / name).write_text(json.dumps(value))
        return tmp / name
    crl = site.folder / "ca/crl.der"
    digest = lambda: site.cli("crl", "list")["lists"][0]["sha256"]  # noqa: E731
    yield "agency suspend", ["H37.11"], True
    yield "agency suspend", ["H37.11"], False
    yield "agency suspend", ["H99.99"], False
    yield "agency drain", ["H37.11"], True
    yield "agency resume", ["H37.11"], True
    yield "agency resume", ["H37.11"], False
    yield "agency closure", [day(1), day(2), "H37.11"], True
    yield "agency closure", [day(-2), day(-1), "H37.11"], False
    yield "agency reopen", ["H37.11"], True
    yield "agency remind", ["H37.11"], True
    wait_signed(site)
    yield "agency remind", ["H99.99"], False
    yield "crl grace", ["48"], True
    yield "crl import", [crl], True
    yield "crl withdraw", [digest()], True
    yield "crl withdraw", ["0" * 64], False
    yield "crl import", [crl], True
    procedure = json.loads((SOURCE / "conf/procedures/1.009748-v1.json").read_text())
    yield "procedure import", [put("old.json", procedure)], False
    yield "procedure import", [put("new.json", procedure | {"version": 41, "valid_from": "2035-01-01"})], False  # beside one without end
    office = next(one for one in json.loads((SOURCE / "conf/agencies.json").read_text())["agencies"] if "office_hours" in one)
    yield "office import", [put("office.json", {"agencies": [office]})], False
    hours = {"morning": ["08:00", "11:30"], "afternoon": ["13:00", "17:30"]}
    yield "office import", [put("hours.json", {"agencies": [office | {"office_hours": hours}]})], True
    newest = sorted((SOURCE / "conf/calendars").glob("[0-9]*.json"))[-1]
    years = [tmp / f"{json.loads(newest.read_text())['year'] + i}.json" for i in (1, 2)]
    for path in years:
        path.write_text(json.dumps({"year": int(path.stem), "version": 1, "announced": False, "source": "thử", "days": []}))
    yield "calendar import", [years[1]], False  # a gap
    yield "calendar import", years, True
    yield "outage", [day(-2), day(-1)], True
    yield "outage", [day(-2), day(-1)], False
    yield "carry open", ["H37.02", day(0), day(30)], True
    yield "carry confirm", ["H37.02", str(head(site))], False  # the same user
    yield "carry close", ["H37.02"], True
    yield "rules activate", ["2"], False
    yield "mailbox redeliver", ["H37.11", "7"], False
    yield "mailbox redeliver", ["H37.11", "--from", "9"], False
    yield "time confirm", [], False
    yield "time set", [day(0)], True
    yield "time set", [day(1)], False
    yield "restore confirm", [], False
    yield "erase", ["999999"], False
    for words in (["dossier repair", "H37.24-20250512-0000001", "--status", "4", "--branch", "1=H37.11@leg-1"],
                  ["dossier close", "H37.24-20250512-0000001"], ["dossier confirm", "H37.24-20250512-0000001", "5"],
                  ["dossier correct", "H37.24-20250512-0000001", "1"],
                  ["dossier remind", "H37.24-20250512-0000001"], ["dossier offer-back", "H37.24-20250512-0000001", "1"]):
        yield words[0], words[1:], False
    yield "agency add", ["H37.98", "--name", "Sở thử", "--level", "department", "--parent", "H37"], True
    yield "agency add", ["H37.98", "--name", "Sở thử", "--level", "department"], False
    yield "agency import", [put("more.json", {"agencies": [office | {"name": "Bộ Công an (thử)"}]})], True
    yield "agency merge", ["H37.98", "H37.11", "--effective", day(3)[:10]], True
    yield "agency dissolve", ["H99.99", "H37.11", "--effective", day(3)[:10]], False
    yield "agency split", ["H37.24", "--field", "khong_co", "--rule", "a=H37.11", "--default", "H37.02", "--effective", day(3)[:10]], False
    yield "agency rename", ["H37.02", "H37.97", "--name", "Tên mới", "--effective", day(3)[:10]], True
    yield "enroll approve", [put("request.json", {}), "--fingerprint", "x", "--cert", site.folder / "ca/ca.pem"], False
    key = tmp / "ca2.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", str(key),
                    "-out", str(tmp / "ca2.pem"), "-days", "3650", "-subj", "/CN=CA thu hai", "-addext",
                    "keyUsage=critical,keyCertSign,cRLSign"], check=True, capture_output=True)
    yield "ca add", [tmp / "ca2.pem"], True
    second = hash_of(tmp / "ca2.pem")
    yield "ca withdraw", [second], True
    yield "ca withdraw", [second], False
    yield "ledger declare", [], False
    run(site, "definitions", "export", tmp / "set", "--sandbox", site.folder)
    yield "definitions import", [tmp / "set"], False
    path = tmp / "set/agencies.json"
    given = json.loads(path.read_text())
    given["agencies"][0]["name_en"] += " (of the set)"
    path.write_text(json.dumps(given))
    yield "definitions import", [tmp / "set"], True
    yield "sandbox clock", [site.folder, "+1working_days"], True


def hash_of(pem):
    body = "".join(line for line in pem.read_text().splitlines() if "-----" not in line)
    return hashlib.sha256(base64.b64decode(body)).hexdigest()


def head(site):
    return ask(site.folder / "broker/control.sock", control_pb.ControlRequest(status=control_pb.StatusRequest())).status.head


def wait_signed(site):
    """The notice of an act has its signature, by a record of its own behind it."""
    end = time.monotonic() + 20
    while site.cli("status")["counters"]["notices_unsigned"]:
        assert time.monotonic() < end
        time.sleep(0.02)


def files(site):
    return sorted(str(path) for path in site.folder.rglob("*") if "/broker/data" not in str(path) and "/logs" not in str(path))


def test_a_dry_run_says_what_the_act_will(site, tmp_path):
    """The same exit status and the same words, no record, no file; and what would be done is done then."""
    seen = set()
    for name, words, done in acts(site, tmp_path):
        seen.add(name)
        at, before = head(site), files(site)
        where = [] if name == "sandbox clock" else ["--sandbox", site.folder]
        code, out, err = run(site, *name.split(), *words, *where, "--dry-run")
        assert head(site) == at and files(site) == before, (name, out, err)
        real, out_real, err_real = run(site, *name.split(), *words, *where, "--reason", "thử")
        acted = "done: record" in out_real or (name == "sandbox clock" and "legal time" in out_real)
        same = [re.sub(r"\d+ (s|giây) ", "", text) for text in (err, err_real)]  # how far a clock is off
        assert code == real and same[0] == same[1], (name, words, err, err_real)
        assert acted == done, (name, words, out_real, err_real)
        assert ("it would be done" in out) == (done and name not in PREVIEWED), (name, out)
    can = {name for name, options in commands(site).items() if "--dry-run" in options}
    assert can - seen == {"store skip"}
    assert {name for name, options in commands(site).items() if "--reason" in options} - can == {"restore", "backup"} & set(commands(site))


# ---- JSON ----

SCHEMA = json.loads((SOURCE / "conf/schema/output.schema.json").read_text())


def strict(part):
    """The schema for what is printed now: nothing that it does not name."""
    if isinstance(part, list):
        return [strict(one) for one in part]
    if not isinstance(part, dict):
        return part
    out = {key: strict(value) for key, value in part.items()}
    if isinstance(out.get("properties"), dict):
        out.setdefault("additionalProperties", False)
    return out


def reads(site, tmp, dossier):
    """Commands that change nothing, and some that do, each with words that it takes."""
    conf, revoked = SOURCE / "conf", tmp / "revoked"
    yield from (["status"], ["audit"], ["agency", "list"], ["agency", "show", "H37.11"], ["agency", "show", "H37.24"], ["agency", "export"])
    yield from (["ca", "list"], ["crl", "list"], ["carry", "list"], ["rules"], ["directory", "show"], ["mailbox", "list"], ["time", "show"])
    yield from (["procedure", "check", conf / "procedures/1.009748-v1.json"], ["procedure", "list"], ["procedure", "show", "1.009748"],
                ["procedure", "diff", conf / "procedures/1.009748-v1.json"], ["calendar", "check", conf / "calendars/2027.json"])
    yield from (["due", "--limit", "8 working_hours", "--from", "2026-02-13T10:00:00+07:00"], ["definition", "export", "2", tmp / "two"])
    yield from (["definitions", "export", tmp / "json"], ["definitions", "diff", tmp / "json"], ["dossier", "list"])
    yield from (["dossier", "show", dossier], ["dossier", "find", "--foreign", "01/TN-2026"], ["trace", dossier], ["form", "06", dossier])
    opened = site.cli("trace", dossier)["hops"][0]["sequence"]
    yield from (["envelope", "export", opened, tmp / "envelope"], ["evidence", dossier, "--output", tmp / "e.zip"], ["ledger", "head"])
    yield from (["ledger", "prove", opened], ["ledger", "check"], ["probe", "H37.24", "H37.11"], ["sandbox", "clock", site.folder])
    yield from (["sandbox", revoked], ["sandbox-revoke", revoked, "H37.11"], ["backup", tmp / "backup"], ["agency", "resume", "H37.24", "--dry-run"])
    yield from (["agency", "suspend", "H37.28", "--reason", "thử"], ["agency", "merge", "H37.28", "H37.02", "--effective", "2036-01-01", "--dry-run"])


def test_every_command_prints_what_the_schema_says(site, tmp_path):
    assert set(SCHEMA["properties"]) == set(commands(site)) - {"metrics"}
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    validator = jsonschema.Draft202012Validator(strict(SCHEMA))
    for code in (DISTRICT, DEPARTMENT):
        site.start_adapter(code)
    case = Case(site, officetime.dossier_code(DISTRICT, 77))
    case.open(foreign_codes=["01/TN-2026"])
    case.hand_off(DISTRICT, DEPARTMENT)
    nowhere = ("procedure check", "calendar check", "due", "sandbox", "sandbox clock", "sandbox-revoke")
    def hold(words):
        name = next(" ".join(words[:k]) for k in (2, 1) if " ".join(map(str, words[:k])) in SCHEMA["properties"])
        where = [] if name in nowhere else ["--sandbox", site.folder]
        code, out, err = run(site, *words, *where, "--json")
        assert code == 0 or (name, code) == ("status", 1), (words, err)  # some agencies are not connected
        if out:
            validator.validate({name: json.loads(out)})
        return name, bool(out)
    said = {name for name, printed in map(hold, reads(site, tmp_path, case.code)) if printed}
    assert len(said) > 35 and run(site, "metrics", "--json", "--sandbox", site.folder)[0] == 64
    watch = subprocess.Popen([str(site.cli_bin), "watch", "--json", "--sandbox", str(site.folder)], stdout=subprocess.PIPE, text=True)
    validator.validate({"watch": json.loads(watch.stdout.readline())})
    watch.kill()
    watch.wait()
    assert site.broker.stop() == 0
    for words in (["store", "check"], ["store", "stat"], ["store", "rebuild"], ["restore", tmp_path / "backup", tmp_path / "data"]):
        hold(words)
    site.start_broker()


# ---- terminals ----

def on_terminal(site, columns, *words):
    """What a terminal of so many columns shows."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    started = subprocess.Popen([str(site.cli_bin), *words, "--sandbox", str(site.folder)], stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    out = b""
    with contextlib.suppress(OSError):  # the other end is closed
        while more := os.read(ours, 65536):
            out += more
    os.close(ours)
    assert started.wait(60) == 0, out
    return out.decode().splitlines()


def test_a_narrow_terminal_shows_codes_and_times_whole(site):
    [crl] = site.cli("crl", "list")["lists"]
    wide = on_terminal(site, 200, "crl", "list")
    assert "MADE" in wide[0] and crl["sha256"] in wide[1]
    narrow = on_terminal(site, 80, "crl", "list")
    assert narrow[0] == "no room for MADE: --output wide" and "MADE" not in narrow[1]
    assert crl["sha256"] in narrow[2] and crl["next_update"][:10] + " " + crl["next_update"][11:19] in narrow[2]
    for line in on_terminal(site, 60, "agency", "list")[2:-2]:
        code, level = line.split()[:2]
        assert code in {one["code"] for one in site.cli("agency", "list")["agencies"]} and level in ("ministry", "department", "province", "district", "commune", "broker")
        assert line.rstrip().endswith(("active", "suspended", "drained", "closed")), line


def test_what_a_verdict_says_can_be_pasted(site):
    """Its command asks the broker that was asked, from wherever it is pasted; where a reason is to be written, nobody's is taken."""
    assert run(site, "agency", "drain", "H37.15", "--sandbox", site.folder, "--reason", "thử")[0] == 0
    for place in (["--sandbox", str(site.folder)], ["--control", str(site.folder / "broker/control.sock")]):
        told, end = [], time.monotonic() + 20
        while not told and time.monotonic() < end:  # what is wrong is looked for each few seconds
            told = re.findall(r"^ +\d+\. .*\n +(lienthong .*)$", run(site, "status", *place)[1], re.M)
        assert told and all(command.endswith(" " + " ".join(place)) for command in told), told
        for command in (one for one in told if "FILE" not in one and "TEXT" not in one):
            done = subprocess.run(command, shell=True, cwd="/", capture_output=True, text=True, env={"PATH": f"{site.cli_bin.parent}:/bin"})
            assert done.returncode == 0 and done.stdout, (command, done.stderr)
    code, _, err = run(site, "agency", "resume", "H37.15", "--sandbox", site.folder, "--reason", "TEXT")
    assert code == 64 and "in the place of TEXT" in err
    assert run(site, "agency", "resume", "H37.15", "--sandbox", site.folder, "--reason", "xong")[0] == 0


def test_wrong_words_are_told_what_is_right(site, tmp_path):
    code, _, err = run(site, "--sandbox", site.folder, "status")
    assert code == 64 and "options stand behind the command" in err
    for words, told in ((["agancy"], "did you mean `lienthong agency`?"), (["help", "dosier"], "did you mean `lienthong dossier`?"),
                        (["agency", "list", "more"], '"more" is one word too many; usage: lienthong agency list\n'), (["dossier", "show"], "usage: lienthong dossier show CODE\n")):
        code, _, err = run(site, *words)
        assert code == 64 and told in err, err
    for program in ("bin/lienthong-broker", "bin/lienthong-adapter", "bin/lienthong-console", "bin/lienthong-watch"):
        for option in ("--help", "-h", "--version"):
            done = subprocess.run([site.cli_bin.parent.parent / program, option], capture_output=True, text=True)
            assert done.returncode == 0 and done.stdout.lower().startswith("usage: " if option != "--version" else "lienthong-") and not done.stderr, (program, option)
            with open("/dev/full", "w") as full:
                assert subprocess.run([site.cli_bin.parent.parent / program, option], stdout=full, stderr=subprocess.DEVNULL).returncode == 74, program
    assert run(site, "definitions", "export", tmp_path / "set", "--sandbox", site.folder)[0] == 0
    given = json.loads((tmp_path / "set/agencies.json").read_text())
    one, other = [a for a in given["agencies"] if a["level"] == "department"][:2]
    ends = [entry["certificates"][0][-40:] for entry in (one, other)]
    one["certificates"] = other["certificates"]
    (tmp_path / "set/agencies.json").write_text(json.dumps(given))
    code, out, err = run(site, "definitions", "diff", tmp_path / "set", "--sandbox", site.folder)
    [line] = [line for line in out.splitlines() if "certificates" in line]
    assert code == 0 and all(end in line for end in ends) and len(line) < 500, line  # both can be seen, by their ends
    ca, registrar, locked = site.folder / "ca", site.folder / "registrar", tmp_path / "locked.pem"
    subprocess.run(["openssl", "pkey", "-in", registrar / "registrar.key.pem", "-aes256", "-passout", "pass:x", "-out", locked], check=True)
    locked.chmod(0o600)
    act = ["--sandbox", site.folder, "--reason", "thử", "--registrar-cert", registrar / "registrar.pem"]
    for words, status, told in ((["crl", "import", ca / "ca.pem", *act[:4]], 65, "not one revocation list"), (["ca", "add", ca / "ca.pem", *act, "--registrar-key", locked], 65, "without a passphrase"),
                                (["ca", "add", ca / "ca.pem", *act, "--registrar-key", ca / "ca.key.pem"], 65, "do not belong together")):
        code, _, err = run(site, *words)
        assert code == status and told in err and "bytes are not" not in err, err
    backup = ["backup", tmp_path / "full", "--sandbox", site.folder]
    (tmp_path / "full").mkdir()
    (tmp_path / "full/file").touch()
    code, _, err = run(site, *backup)
    assert code == 73 and "give a new folder" in err and "INTERNAL" not in err
    for words in (["help"], ["--version"], ["help", "status"]):
        with open("/dev/full", "w") as full:
            assert subprocess.run([site.cli_bin, *words], stdout=full, stderr=subprocess.DEVNULL).returncode == 74, words


# ---- shells ----

BASH = """
complete() { :; }
lienthong() { "%(cli)s" "$@"; }
source "%(file)s"
while IFS= read -r line; do
    COMP_WORDS=(lienthong $line); [[ $line == *' ' || -z $line ]] && COMP_WORDS+=("")
    COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMPREPLY=()
    _lienthong; printf '%%s|%%s\\n' "$line" "${COMPREPLY[*]}"
done
"""
ZSH = """
compadd() { if [[ $1 == -a ]]; then reply=(${(P)2}); fi }
_files() { reply+=(FILES); }
lienthong() { "%(cli)s" "$@"; }
complete_line() { source "%(file)s"; }
while IFS= read -r line; do
    words=(lienthong ${=line}); [[ $line == *' ' || -z $line ]] && words+=("")
    CURRENT=$#words; reply=()
    complete_line; print -r -- "$line|${reply[*]}"
done
"""


@pytest.mark.parametrize("shell,script,file", [pytest.param("bash", BASH, "bash-completion/lienthong", id="bash"),
                                               pytest.param("zsh", ZSH, "zsh-completion/_lienthong", id="zsh")])
def test_shells_complete_every_word(site, tmp_path, shell, script, file):
    assert shutil.which(shell), f"{shell} is not on this machine: ./dev install-packages"
    known = commands(site)
    path = tmp_path / "script"
    path.write_text(script % {"cli": site.cli_bin, "file": SOURCE / "conf" / file})
    some = list(known)[::8]  # all are found in the same way
    values = {f"agency show --sandbox {site.folder} ": "H37.11 G09 B00", "agency list --output ": "table wide csv json", "report ": "delays ranking",
              "form ": "01 07", f"dossier list --sandbox {site.folder} --owed-by ": "H37.24", "--": "", "agency list --sandbox /nowhere --lead ": ""}
    lines = [""] + sorted({name.split()[0] + " " for name in known}) + [f"{name} --" for name in some] + [one for one in values if one not in ("report ", "form ")]
    done = subprocess.run([shell, str(path)], input="".join(line + "\n" for line in lines), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and not done.stderr, done.stderr
    said = dict(line.split("|", 1) for line in done.stdout.splitlines())
    assert len(said) == len(lines), done.stdout
    for line, words in values.items():
        assert set(words.split()) <= set(said[line].split()), line
    assert set(said[""].split()) - {"help"} == {name.split()[0] for name in known}
    for name, options in known.items():
        first, _, second = name.partition(" ")
        if second:
            assert second in said[f"{first} "].split(), name
        if name in some:
            assert set(said[f"{name} --"].split()) == set(options), name
