"""The broker dies, stays away, comes back."""
import time

from office import DEPARTMENT, DISTRICT


def test_killed_between_every_step(running, new_case):
    case = new_case()
    case.open()
    for sender, receiver in ((DISTRICT, DEPARTMENT), (DEPARTMENT, DISTRICT)) * 2:
        offer = case.offer(sender, receiver)
        running.broker.kill()
        running.start_broker()
        case.admitted(sender, offer)
        case.item(receiver, offer)
        accepted = running.api(receiver).accept(offer)["id"]
        running.broker.kill()
        running.start_broker()
        case.admitted(receiver, accepted)
        running.api(sender).wait_state(offer, ("accepted",), 60)
    assert [h["kind"] for h in case.hops()] == ["OPEN"] + ["FORWARD", "ACCEPT", "RETURN", "ACCEPT"] * 2
    assert case.holder() == DISTRICT


def test_restart_is_quick_and_says_so(running, new_case):
    new_case().open()
    running.broker.kill()
    begun = time.monotonic()
    running.start_broker()
    assert time.monotonic() - begun < 30


def test_away_for_a_minute(running, new_case):
    """Nobody waits: the offices go on working, and all of it arrives when the broker is back."""
    case = new_case()
    running.broker.stop()
    opened = case.post(DISTRICT, "OPEN", [DISTRICT], procedure="1.010828", procedure_version=1)
    offer = case.post(DISTRICT, "FORWARD", [DEPARTMENT])
    assert running.api(DISTRICT).envelope(opened)["state"] == "queued"
    time.sleep(60)
    assert running.api(DISTRICT).envelope(offer)["state"] == "queued"
    running.start_broker()
    case.admitted(DISTRICT, offer, timeout=60)
    case.accept(DEPARTMENT, offer)
    assert case.holder() == DEPARTMENT


def test_clean_stop_loses_nothing(running, new_case):
    case = new_case()
    case.open()
    offer = case.post(DISTRICT, "FORWARD", [DEPARTMENT])
    assert running.broker.stop() == 0
    running.start_broker()
    case.accept(DEPARTMENT, offer)
    assert running.broker.stop() == 0
    report = running.cli("store", "check", str(running.folder / "broker" / "data"))
    assert report
    running.start_broker()
