"""A configuration that does not hold is refused at the start and by --check, for broker and adapter: the file, the line, the key
and what is wrong are named; 78 for what is wrong in it, 66 for a file that is not there."""
import re
import subprocess

import pytest

from deployment import Deployment
from office import DISTRICT

BAD, MISSING = 78, 66


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """One for all: nothing is started, and each test puts the files back."""
    with Deployment(tmp_path_factory.mktemp("config") / "s") as made:
        yield made


class Program:
    def __init__(self, site, name):
        self.binary = site.broker_bin if name == "broker" else site.adapter_bin
        self.conf = site.folder / "broker.conf" if name == "broker" else site.path(site.agency(DISTRICT)["conf"])
        self.good = self.conf.read_text()
        self.section = f"[{name}]"

    def refused(self, status, *texts):
        for more in ([], ["--check"]):
            done = subprocess.run([self.binary, "--config", self.conf, *more], capture_output=True, text=True, timeout=30)
            said = done.stdout + done.stderr
            assert done.returncode == status, (more, done.returncode, said)
            for text in texts:
                assert text in said, (more, text, said)

    def write(self, text):
        self.conf.write_text(text)

    def line_of(self, text):
        return self.conf.read_text().split("\n").index(text) + 1


@pytest.fixture
def of(site):
    made = []

    def make(name):
        made.append(Program(site, name))
        return made[-1]
    yield make
    for one in made:
        one.write(one.good)


@pytest.fixture(params=["broker", "adapter"])
def program(request, of):
    return of(request.param)


def test_good_one(program):
    done = subprocess.run([program.binary, "--config", program.conf, "--check"], capture_output=True, text=True)
    assert done.returncode == 0 and "ok" in done.stdout, done.stderr


LINES = [
    ("unknown-key", "speed=9", "speed"),
    ("unknown-section", "[turbo]", "turbo"),
    ("indented", " log_level=info", ""),
    ("long", "log_level=" + "x" * 300, ""),
    ("bad-level", "log_level=loud", "log_level"),
    ("no-equals-sign", "what is this", ""),
]


@pytest.mark.parametrize("line,named", [pytest.param(t, n, id=i) for i, t, n in LINES])
def test_line(program, line, named):
    text = re.sub(r"(?m)^log_level=.*\n", "", program.good)
    begin, end = text.split(program.section + "\n", 1)
    rest = end.split("\n[", 1)
    program.write(begin + program.section + "\n" + rest[0].rstrip("\n") + "\n" + line + "\n\n[" + rest[1])
    at = program.line_of(line.split("\n")[-1])
    place = program.conf.name if line.startswith("log_level=loud") else f"{program.conf.name}:{at}:"
    program.refused(BAD, place, named)


def test_key_twice(program):
    key = next(line for line in program.good.split("\n") if line.startswith("endpoint="))
    program.write(program.good.replace(key, key + "\n" + key))
    program.refused(BAD, f"{program.conf.name}:{program.line_of(key) + 1}:", "endpoint")


def test_key_missing(program):
    program.write(re.sub(r"(?m)^domain=.*\n", "", program.good))
    program.refused(BAD, program.conf.name, "domain")


def test_bad_endpoint(program):
    program.write(re.sub(r"(?m)^endpoint=.*$", "endpoint=http://127.0.0.1:1", program.good))
    program.refused(BAD, "endpoint")


def test_file_is_not_there(program):
    program.conf.unlink()
    program.refused(MISSING, str(program.conf))


def test_file_that_is_named_is_not_there(program):
    for key in ("curve_key", "registrar", "ca", "crl"):
        line = next(one for one in program.good.split("\n") if one.startswith(key + "="))
        program.write(program.good.replace(line, f"{key}=nowhere/file"))
        program.refused(MISSING, f"{program.conf.name}:{program.line_of(f'{key}=nowhere/file')}:", key, "nowhere/file", "no such file")


def test_key_of_an_agency_is_not_there(of):
    adapter = of("adapter")
    for key in ("key", "cert"):
        begin, end = adapter.good.split(f"[agency {DISTRICT}]", 1)
        end = re.sub(rf"(?m)^{key}=.*$", f"{key}=nowhere.pem", end, count=1)
        adapter.write(f"{begin}[agency {DISTRICT}]{end}")
        adapter.refused(MISSING, f"adapter.conf:{adapter.line_of(f'{key}=nowhere.pem')}:", key, "nowhere.pem")


def test_broker_numbers(of):
    broker = of("broker")
    for line in ("elide_days=soon", "segment=1K", "disk_reserve=-1", "map=1G"):
        broker.write(broker.good + f"\n[limits]\n{line}\n")
        broker.refused(BAD, f"broker.conf:{broker.line_of(line)}:", line.split("=")[0])


def test_usage(program):
    for words in ([], ["--config"], ["--nonsense"], ["--config", program.conf, "more"]):
        assert subprocess.run([program.binary, *words], capture_output=True).returncode == 64
