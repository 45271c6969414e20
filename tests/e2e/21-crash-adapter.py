"""An adapter dies before and after its acknowledgement."""
import os
import signal
import time

from office import DEPARTMENT, DISTRICT


def acknowledged(site, code):
    box = next(m for m in site.cli("mailbox", "list", code)["mailboxes"] if m["agency"] == code)
    return box["acknowledged"], box["head"]


def count(site, code, envelope_id):
    return sum(1 for i in site.api(code).inbox(0, limit=1000) if i["id"] == envelope_id)


def test_killed_before_its_acknowledgement(running, new_case):
    case = new_case()
    case.open()
    receiver = running.adapters[DEPARTMENT]
    os.kill(receiver.pid, signal.SIGSTOP)
    offer = case.post(DISTRICT, "FORWARD", [DEPARTMENT])
    case.admitted(DISTRICT, offer)
    time.sleep(1)
    done, head = acknowledged(running, DEPARTMENT)
    assert done < head
    receiver.kill()
    running.start_adapter(DEPARTMENT)
    case.accept(DEPARTMENT, offer)
    assert count(running, DEPARTMENT, offer) == 1
    assert case.holder() == DEPARTMENT


def test_killed_after_its_acknowledgement(running, new_case):
    case = new_case()
    case.open()
    offer = case.post(DISTRICT, "FORWARD", [DEPARTMENT])
    case.item(DEPARTMENT, offer)
    end = time.monotonic() + 20
    while acknowledged(running, DEPARTMENT)[0] < acknowledged(running, DEPARTMENT)[1]:
        assert time.monotonic() < end
        time.sleep(0.05)
    running.adapters[DEPARTMENT].kill()
    running.start_adapter(DEPARTMENT)
    assert count(running, DEPARTMENT, offer) == 1
    case.accept(DEPARTMENT, offer)


def test_sender_killed_after_its_202(running, new_case):
    case = new_case()
    case.open()
    for _ in range(3):
        offer = case.post(DISTRICT, "FORWARD", [DEPARTMENT])
        running.adapters[DISTRICT].kill()
        running.start_adapter(DISTRICT)
        case.admitted(DISTRICT, offer)
        case.accept(DEPARTMENT, offer)
        case.hand_off(DEPARTMENT, DISTRICT)
    assert [h["kind"] for h in case.hops()] == ["OPEN"] + ["FORWARD", "ACCEPT", "RETURN", "ACCEPT"] * 3


def test_accept_killed_after_its_answer(running, new_case):
    case = new_case()
    case.open()
    offer = case.post(DISTRICT, "FORWARD", [DEPARTMENT])
    case.item(DEPARTMENT, offer)
    accepted = running.api(DEPARTMENT).accept(offer)["id"]
    running.adapters[DEPARTMENT].kill()
    running.start_adapter(DEPARTMENT)
    assert running.api(DEPARTMENT).accept(offer)["id"] == accepted
    case.admitted(DEPARTMENT, accepted)
    assert [h["kind"] for h in case.hops()] == ["OPEN", "FORWARD", "ACCEPT"]
