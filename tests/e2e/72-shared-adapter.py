"""One adapter speaks for several agencies: what is wrong with one of them is no other's trouble. Each that the broker does not take is
named in log and health, and comes back by itself when what was wrong is mended."""
import time

import pytest

import officetime
from deployment import Deployment, Failed
from office import Case, DISTRICT, PROCEDURE
from pyclient import Client
from pyflow import add_agency, issue

TWIN, STRANGER = "H37.24.71", "H37.24.72"


@pytest.fixture
def shared(tmp_path):
    """H37.24's adapter with two agencies more, of which the registrar has enrolled one."""
    site = Deployment(tmp_path / "s")
    site.start_broker()
    conf = site.folder / f"adapters/{DISTRICT}/adapter.conf"
    for code in (TWIN, STRANGER):
        key, cert = issue(site.folder, tmp_path, code)
        conf.write_text(conf.read_text() + f"\n[agency {code}]\nkey = {key}\ncert = {cert}\n")
    site.certs = {code: tmp_path / f"{code}.pem" for code in (TWIN, STRANGER)}
    add_agency(site, TWIN, site.certs[TWIN])
    with site:
        site.start_adapter(DISTRICT)
        yield site


def health(site):
    return site.api(DISTRICT).call("GET", "/healthz")[1]


def away(site, want, timeout=25):
    """Waits until exactly these agencies are away, for these reasons."""
    end = time.monotonic() + timeout
    while True:
        seen = health(site)
        found = {one["agency"]: one["code"] for one in seen["away"]}
        if found == want and seen["link"] == "connected":
            return seen
        if time.monotonic() > end:
            raise Failed(f"{seen}, not {want}")
        time.sleep(0.1)


def opens(site, number):
    case = Case(site, officetime.dossier_code(DISTRICT, number))
    opened = site.api(DISTRICT).post({"kind": "OPEN", "sender": DISTRICT, "dossier": case.code, "to": [{"agency": DISTRICT}],
                                      "procedure": PROCEDURE[0], "procedure_version": PROCEDURE[1]})
    case.admitted(DISTRICT, opened["id"])


def test_the_others_go_on(shared):
    site = shared
    away(site, {STRANGER: "KEY_NOT_ENROLLED"})
    site.adapters[DISTRICT].wait_log(STRANGER)
    opens(site, 1)
    add_agency(site, STRANGER, site.certs[STRANGER])  # it needs no restart: the new directory is enough
    away(site, {})
    opens(site, 2)
    site.cli("agency", "dissolve", TWIN, DISTRICT, "--effective", officetime.from_now(seconds=-60), "--reason", "thử", "--operator", "an")
    away(site, {TWIN: "SENDER_CLOSED"})
    opens(site, 3)
    for start in ("broker", "adapter"):  # a new session still names the closed one, and goes on without it
        if start == "broker":
            assert site.broker.stop() == 0
            site.start_broker()
        else:
            assert site.adapters[DISTRICT].stop() == 0
            site.start_adapter(DISTRICT)
        away(site, {TWIN: "SENDER_CLOSED"})
        opens(site, 4 if start == "broker" else 5)


def test_another_client_goes_on_too(shared):
    site = shared
    site.adapters[DISTRICT].stop()
    with Client.of_sandbox(site.folder, DISTRICT) as client:
        folder = site.certs[TWIN].parent
        for code in (STRANGER, TWIN):
            client.agencies[code] = (folder / f"{code}.key", site.certs[code])
        client.agencies[TWIN] = client.agencies[STRANGER]  # a certificate that is not its own
        welcome = client.connect()
        assert client.away == {STRANGER: "KEY_NOT_ENROLLED", TWIN: "PROOF_INVALID"}
        assert [a.agency for a in welcome.agencies] == [DISTRICT]
