"""Revocation lists: only the full list of today comes into force; one that is out of date is the broker's own trouble, marked,
shown and told; an operator sets the grace and takes a list back."""
import hashlib
import json
import subprocess
import time

from office import DEPARTMENT, DISTRICT, MINISTRY
from pyclient import Client


class Lists:
    """Lists of the sandbox's CA as `openssl ca` makes them."""

    def __init__(self, site):
        self.site, self.work, self.number = site, site.folder / "lists", 9
        self.work.mkdir()
        (self.work / "index").touch()

    def make(self, name, seconds, delta=False, of_users=False):
        """DER file of a list that ends in so many seconds."""
        ca, self.number = self.site.folder / "ca", self.number + 1
        (self.work / "number").write_text(f"{self.number:04X}\n")
        extensions = "[x]\n" + ("2.5.29.27=critical,DER:02:01:01\n" if delta else "")
        extensions += "issuingDistributionPoint=critical,@p\n[p]\nonlyuser=TRUE\n" if of_users else ""
        (self.work / "ca.cnf").write_text(f"[ca]\ndefault_ca=c\n[c]\ndatabase={self.work}/index\ncrlnumber={self.work}/number\ndefault_md=sha256\n"
                                          f"certificate={ca}/ca.pem\nprivate_key={ca}/ca.key.pem\ncrl_extensions=x\n{extensions}")
        pem, der = self.work / f"{name}.pem", self.work / f"{name}.der"
        subprocess.run(["openssl", "ca", "-config", self.work / "ca.cnf", "-gencrl", "-crlsec", str(seconds), "-out", pem], check=True, capture_output=True)
        subprocess.run(["openssl", "crl", "-in", pem, "-outform", "DER", "-out", der], check=True, capture_output=True)
        return der


def refused(site, path):
    done = subprocess.run([site.cli_bin, "crl", "import", path, "--reason", "r", "--sandbox", site.folder], capture_output=True, text=True)
    assert done.returncode != 0, done.stdout
    return done.stderr


def crl(site):
    return next(t for t in site.cli("status")["trust"] if t["what"] == "revocation list")


def test_partial_lists_are_refused(running):
    lists = Lists(running)
    before = crl(running)
    assert "deltaCRLIndicator" in refused(running, lists.make("delta", 86400, delta=True))
    assert "issuingDistributionPoint" in refused(running, lists.make("users", 86400, of_users=True))
    newest = lists.make("newest", 86400)
    lists.number = 5
    falling = lists.make("falling", 86400)
    running.cli("crl", "import", newest, "--reason", "r")
    assert "cRLNumber" in refused(running, falling)
    assert crl(running)["sha256"] != before["sha256"]


def test_a_list_out_of_date(running, new_case):
    lists = Lists(running)
    running.cli("crl", "import", lists.make("short", 3), "--reason", "r")
    case = new_case()
    time.sleep(3.5)
    assert crl(running)["state"] == "is over, within the grace"
    opened = case.open()
    case.hand_off(DISTRICT, DEPARTMENT)
    hops = running.cli("trace", case.code)["hops"]
    assert hops[0]["trust_stale"], json.dumps(hops[0])
    running.cli("crl", "grace", "0", "--reason", "r")
    assert crl(running)["state"] == "is over"
    head = running.cli("status")["head"]
    late = case.post(DEPARTMENT, "FORWARD", [MINISTRY])
    time.sleep(2)
    status = running.cli("status")
    assert running.api(DEPARTMENT).envelope(late)["state"] in ("queued", "sent"), "final, though the trouble is the broker's"
    assert status["head"] == head, "what comes again is not recorded"
    running.cli("crl", "import", lists.make("fresh", 86400), "--reason", "r")
    assert case.settled(DEPARTMENT, late)["state"] == "admitted"
    assert opened


def test_a_list_comes_over_the_link(running):
    """An adapter's own file is only the start: it takes the newer list from the broker, at once, and has it after a restart."""
    lists = Lists(running)
    der = lists.make("linked", 86400)
    running.cli("crl", "import", der, "--reason", "r")
    adapter = running.adapters[DEPARTMENT]
    kept = running.path(running.agency(DEPARTMENT)["conf"]).parent / "data/lists"
    end = time.monotonic() + 5
    while not any(path.read_bytes() == der.read_bytes() for path in kept.glob("*.crl")):
        assert time.monotonic() < end
        time.sleep(0.1)
    with Client.of_sandbox(running.folder, "H37.28") as client:
        client.connect()
        named = list(client.ping().lists)
        wanted = hashlib.sha256(der.read_bytes()).digest()
        assert wanted in named
        assert client.revocation_list(wanted) == der.read_bytes()
        assert client.revocation_list(bytes(32)) == b""
    adapter.stop()
    log = adapter.log_size()
    running.start_adapter(DEPARTMENT)
    time.sleep(1)
    assert b"new revocation list" not in adapter.log.read_bytes()[log:], "it was on disk"


def test_a_list_is_taken_back(running):
    shown = running.cli("crl", "list")["lists"][0]
    running.cli("crl", "withdraw", shown["sha256"], "--reason", "the wrong file")
    assert crl(running)["state"] == "is over" and not crl(running)["sha256"]
    running.cli("crl", "import", running.folder / "ca/crl.der", "--reason", "r")
    assert crl(running)["state"] == "good"
