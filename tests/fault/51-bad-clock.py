"""The broker's clock jumps at random under load, while it runs and over its restarts: every record's time is the time at which it was made, by a
clock that the broker never sees; sequences, generations and times are in order.

LT_JUMPS says how often (default 8); LT_SEED makes the same choices again."""
import datetime
import os
import random
import secrets
import threading
import time

import officetime
from deployment import Failed
from fakeclock import FakeClock
from office import DISTRICT, PROCEDURE, Case

JUMPS = int(os.environ.get("LT_JUMPS", "8"))
SEED = int(os.environ.get("LT_SEED", str(secrets.randbelow(1 << 30))))
DAY = 86400
# Never what a start would believe: up to a week ahead.
WRONG = (0.333, -0.333, 11, -11, DAY, -DAY, 20 * DAY, 1100 * DAY, -1100 * DAY)
AT_START = (-DAY, -1100 * DAY, 20 * DAY, 1100 * DAY)
SLACK = 1.5  # seconds: half a hundredth, and what a slow machine adds


class Desk(threading.Thread):
    """Opens one dossier after the other, and notes between which moments."""

    def __init__(self, site, stop):
        super().__init__()
        self.site, self.stop_event, self.opened, self.failure = site, stop, [], None

    def insist(self, call):
        end = time.monotonic() + 120
        while True:
            try:
                return call()
            except (OSError, Failed, ValueError, KeyError, TypeError):
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)

    def run(self):
        try:
            while not self.stop_event.is_set():
                self.open_one()
        except Exception as error:  # noqa: BLE001: shown by the test
            self.failure = error

    def open_one(self):
        case = Case(self.site, officetime.dossier_code(DISTRICT, len(self.opened) + 1))
        key, before = secrets.token_hex(12), time.time()
        made = self.insist(lambda: case.post(DISTRICT, "OPEN", [DISTRICT], key=key, procedure=PROCEDURE[0], procedure_version=PROCEDURE[1]))
        state = self.insist(lambda: case.settled(DISTRICT, made, timeout=10))
        assert state["state"] != "rejected", state
        self.opened.append((case.code, before, time.time()))


def confirm(site):
    """NTP, or an operator, where the clock is right again."""
    if site.cli("status")["time_unconfirmed"]:
        site.cli("time", "confirm", "--operator", "an", "--reason", "thử", expect=None)


def jump(site, clock, rng):
    """Seconds for which the broker was off: a start does not know how long that was."""
    off = 0
    if rng.random() < 0.3:
        began = time.monotonic()
        site.broker.kill()
        clock.set(rng.choice(AT_START))
        site.start_broker()
        off = time.monotonic() - began
    else:
        clock.set(rng.choice(WRONG))
    time.sleep(rng.random())
    clock.set(0)
    time.sleep(rng.random() * 0.5)
    confirm(site)
    return off


def check(site, opened, slack):
    last = (0, 0)
    for code, before, after in opened:
        hop = site.cli("trace", code)["hops"][0]
        at = datetime.datetime.fromisoformat(hop["time"]).timestamp()
        assert before - slack <= at <= after + slack, f"seed {SEED}: {code} at {at - before:+.3f} s"
        assert hop["sequence"] > last[0] and at >= last[1], f"seed {SEED}: {code} stands out of order"
        last = (hop["sequence"], at)
    shown = site.cli("time", "show")
    assert not shown["unconfirmed"] and shown["generation"] == 0 and abs(shown["clock_ahead_ms"]) < slack * 1000, shown


def test_jumps_under_load(site):
    rng, stop = random.Random(SEED), threading.Event()
    clock = FakeClock(site.folder / "clock")
    site.broker.env = clock.env
    conf = site.folder / "broker.conf"  # as a broker that is no sandbox: a start weeks later is not believed
    conf.write_text(conf.read_text().replace("long_pause=yes", "long_pause=no"))
    site.start_broker()
    site.start_adapter(DISTRICT)
    desk = Desk(site, stop)
    desk.start()
    off = 0
    for _ in range(JUMPS):
        time.sleep(0.2 + rng.random() * 0.3)
        off = max(off, jump(site, clock, rng))
    stop.set()
    desk.join(150)
    assert not desk.is_alive() and not desk.failure, f"seed {SEED}: {desk.failure}"
    assert len(desk.opened) >= JUMPS, f"seed {SEED}"
    check(site, desk.opened, SLACK + off)
