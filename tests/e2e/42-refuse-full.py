"""The broker's disk is nearly full: new work is refused as STORE_FULL, to be sent again; what clears the way (ACCEPT, receipts,
acts of operators) goes on. When there is room again the adapters send again by themselves."""
import re
import signal

from office import DEPARTMENT, DISTRICT
from pyclient import Client
from pyflow import Log, open_envelope

HUGE, SMALL = "8000000G", "1M"


def reserve(site, size):
    """The reserve in the configuration; read again on SIGHUP."""
    conf = site.folder / "broker.conf"
    text = re.sub(r"(?m)^disk_reserve=.*\n", "", conf.read_text())
    if "[limits]" not in text:
        text += "\n[limits]\n"
    conf.write_text(text.replace("[limits]\n", f"[limits]\ndisk_reserve={size}\n"))
    if site.broker.alive():
        log = Log(site.broker)
        site.broker.popen.send_signal(signal.SIGHUP)
        log.wait("configuration reloaded")


def wait_full(site, full):
    import time
    end = time.monotonic() + 10
    while site.cli("status")["store_full"] != full:
        assert time.monotonic() < end
        time.sleep(0.05)


def test_full_disk(site, new_case):
    reserve(site, SMALL)
    site.start_broker()
    for code in (DISTRICT, DEPARTMENT):
        site.start_adapter(code)
    offered, waiting = new_case(), new_case()
    offered.open()
    offer = offered.post(DISTRICT, "FORWARD", [DEPARTMENT])
    offered.admitted(DISTRICT, offer)
    reserve(site, HUGE)
    wait_full(site, True)
    assert "STORE_FULL" in site.cli("status", as_json=False)
    log = Log(site.adapters[DISTRICT])
    opened = waiting.post(DISTRICT, "OPEN", [DISTRICT], procedure="1.010828", procedure_version=1)
    log.wait("STORE_FULL", "goes again later")
    assert site.api(DISTRICT).envelope(opened)["state"] == "queued"
    # The way out of it stays open.
    offered.accept(DEPARTMENT, offer)
    assert offered.holder() == DEPARTMENT
    site.cli("agency", "suspend", "H37.02", "--reason", "đĩa đầy vẫn làm được", "--operator", "an")
    site.cli("agency", "resume", "H37.02", "--reason", "xong", "--operator", "an")
    # A restart changes nothing of it, and neither does it lose what waits.
    site.broker.kill()
    site.start_broker()
    wait_full(site, True)
    assert site.api(DISTRICT).envelope(opened)["state"] == "queued"
    reserve(site, SMALL)
    wait_full(site, False)
    waiting.admitted(DISTRICT, opened)
    waiting.hand_off(DISTRICT, DEPARTMENT)
    assert waiting.holder() == DEPARTMENT


def test_answer_on_the_wire(site):
    """Named, to be tried again, and not remembered: the same bytes are admitted afterwards."""
    reserve(site, HUGE)
    site.start_broker()
    wait_full(site, True)
    with Client.of_sandbox(site.folder, DISTRICT) as client:
        client.connect()
        one = open_envelope(client, DISTRICT)
        log = Log(site.broker)
        answer = client.submit([one])[0]
        assert answer.name == "STORE_FULL" and answer.retry and answer.sequence == 0, answer
        log.wait("STORE_FULL", DISTRICT)
        reserve(site, SMALL)
        wait_full(site, False)
        assert client.submit([one])[0].name == "OK"
