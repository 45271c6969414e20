"""The machine's clock is wrong for a moment, a day, years, forward and back, while real processes run: nobody's record is stamped by it,
what it alone could have refused is not final, the operator sees it and ends it, an adapter with a wrong clock makes nothing."""
import datetime
import time

import pytest

from fakeclock import FakeClock
from office import DISTRICT, PROCEDURE

DAY = 86400
WHO = ("--operator", "an", "--reason", "thử")


@pytest.fixture
def clock(site):
    """The broker's clock."""
    clock = FakeClock(site.folder / "clock")
    site.broker.env = clock.env
    site.start_broker()
    return clock


def age(text):
    """How many seconds ago, by our clock."""
    return time.time() - datetime.datetime.fromisoformat(text).timestamp()


def opened(case):
    """The record time of an OPEN."""
    case.admitted(DISTRICT, case.post(DISTRICT, "OPEN", [DISTRICT], procedure=PROCEDURE[0], procedure_version=PROCEDURE[1]))
    return case.site.cli("trace", case.code)["hops"][0]["time"]


def wait_health(site, status):
    end = time.monotonic() + 90
    while True:
        got, health = site.api(DISTRICT).call("GET", "/healthz")
        if got == status:
            return health
        assert time.monotonic() < end, health
        time.sleep(0.1)


def test_running(site, clock, new_case):
    site.start_adapter(DISTRICT)
    assert abs(age(opened(new_case()))) < 5
    for wrong in (20 * DAY, 1100 * DAY, -DAY, -1100 * DAY):
        clock.set(wrong)
        assert abs(age(opened(new_case()))) < 5, wrong
        assert site.cli("status")["time_unconfirmed"]
        shown = site.cli("time", "show")
        assert shown["unconfirmed"] and abs(shown["clock_ahead_ms"] / 1000 - wrong) < 5 and shown["generation"] == 0
        if wrong < 0:
            site.cli("time", "confirm", *WHO, expect=65)  # never back
        clock.set(0)
        assert abs(age(opened(new_case()))) < 5, wrong
        if site.cli("time", "show")["kernel_clock"] != "synchronised":
            site.cli("time", "confirm", *WHO)
        assert not site.cli("status")["time_unconfirmed"]
    clock.set(0.333)
    assert abs(age(opened(new_case()))) < 5
    assert not site.cli("status")["time_unconfirmed"]
    text = site.broker.log.read_text()
    assert text.count("time is not confirmed") == 4, "a line when it begins, and one a minute"


def test_set(site, clock, new_case):
    """A broker that was started with a clock a day ahead. Its first records are wrong; set back, the next ones are right, also after
    a restart, and the dossiers are listed."""
    assert site.broker.stop() == 0
    clock.set(DAY)
    site.start_broker()
    site.start_adapter(DISTRICT)
    health = wait_health(site, 503)
    assert [c["code"] for c in health["causes"]] == ["CLOCK_WRONG"] and abs(health["clock_ahead_ms"] + DAY * 1000) < 5000
    site.adapters[DISTRICT].stop()
    site.adapters[DISTRICT].env = clock.env  # a data centre whose clock is wrong as a whole
    site.start_adapter(DISTRICT)
    case = new_case()
    assert abs(age(opened(case)) + DAY) < 5
    clock.set(0)
    now = datetime.datetime.now(datetime.timezone.utc)
    assert site.cli("status")["time_unconfirmed"]
    site.cli("time", "set", (now + datetime.timedelta(seconds=30)).isoformat(timespec="seconds"), *WHO, expect=65)
    done = site.cli("time", "set", datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"), *WHO)
    assert abs(age(done["time"])) < 5
    shown = site.cli("time", "show")
    assert not shown["unconfirmed"] and shown["generation"] == 1
    assert [s["sequence"] for s in shown["sets"]] == [done["sequence"]]
    assert site.cli("time", "show", str(done["sequence"]))["dossiers"] == [case.code]
    wait_health(site, 200)  # the adapter hears of it with the next PONG
    assert abs(age(opened(new_case()))) < 5
    site.broker.kill()
    site.start_broker()
    assert abs(age(opened(new_case()))) < 5
    assert site.cli("time", "show")["generation"] == 1


def test_adapter(site, clock, new_case):
    """An adapter that is an hour ahead makes nothing, and says so; it goes on by itself."""
    own = FakeClock(site.folder / "adapter-clock")
    process = site.adapters.setdefault(DISTRICT, site.adapter_process(DISTRICT))
    process.env = own.env
    api = site.start_adapter(DISTRICT)
    opened(new_case())
    own.set(3600)
    case = new_case()
    envelope = {"kind": "OPEN", "dossier": case.code, "procedure": PROCEDURE[0], "procedure_version": PROCEDURE[1],
                "to": [{"agency": DISTRICT}]}
    refused = api.post(envelope, key="one", expect=503)
    assert refused["code"] == "CLOCK_WRONG" and refused["retry"]
    status, health = api.call("GET", "/healthz")
    assert status == 503 and health["status"] == "trouble" and [c["code"] for c in health["causes"]] == ["CLOCK_WRONG"]
    own.set(0)
    assert api.call("GET", "/healthz")[0] == 200
    assert abs(age(opened(case))) < 5
