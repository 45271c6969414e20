"""The broker's disk is nearly full: new work is refused as STORE_FULL, to be sent again; what clears the way (ACCEPT, receipts,
acts of operators) goes on. When there is room again the adapters send again by themselves."""
import os
import re
import signal
import subprocess
import time

import pytest

from deployment import tail
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


@pytest.fixture
def small_disk(site):
    """A file system of 24 MiB under the broker's data; the caller may make it larger."""
    data = site.folder / "broker/data"
    data.mkdir(mode=0o700, exist_ok=True)
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24M,mode=0700", "none", data]).returncode:
        pytest.skip("no right to mount a file system")
    yield lambda size: subprocess.run(["mount", "-o", f"remount,size={size}", data], check=True)
    site.stop()
    subprocess.run(["umount", data], check=True)


def fill(client, most):
    """Envelopes of 1 MiB until one is refused: (how many went in, the envelope that did not, its answer)."""
    for count in range(most):
        one = open_envelope(client, DISTRICT, parts=[os.urandom(262144) for _ in range(4)])
        answer = client.submit([one])[0]
        if answer.name != "OK":
            return count, one, answer
        time.sleep(0.15)
    raise AssertionError(f"{most} MiB went in")


def test_real_disk(site, small_disk, new_case):
    """The watermark is met for real, what was admitted is whole, and with more room all goes on without a word to the broker."""
    reserve(site, "8M")
    site.start_broker()
    for code in (DEPARTMENT, DISTRICT):
        site.start_adapter(code)
    case = new_case()
    case.open()
    offer = case.post(DISTRICT, "FORWARD", [DEPARTMENT])
    case.admitted(DISTRICT, offer)
    assert site.adapters[DISTRICT].stop() == 0
    with Client.of_sandbox(site.folder, DISTRICT) as client:
        client.connect()
        count, one, answer = fill(client, 24)
        assert count > 2 and answer.name == "STORE_FULL" and answer.retry
        case.accept(DEPARTMENT, offer)
        small_disk("64M")
        wait_full(site, False)
        end = time.monotonic() + 10  # the broker looks at the disk each second
        while (answer := client.submit([one])[0]).name == "STORE_FULL" and time.monotonic() < end:
            time.sleep(0.1)
        assert answer.name == "OK"
    assert site.broker.stop() == 0
    assert site.cli("store", "check")["sound"]


def test_disk_is_full_to_the_last_byte(site, small_disk):
    """Below the reserve nothing helps: the failed write ends the process at once, unanswered, and the next start has what was
    admitted, no more and no less."""
    reserve(site, SMALL)
    site.start_broker()
    with Client.of_sandbox(site.folder, DISTRICT) as client:
        client.connect()
        (site.folder / "broker/data/filler").write_bytes(bytes(22 << 20))  # faster than the look at the disk each second
        admitted, begun = [], time.monotonic()
        while site.broker.alive() and time.monotonic() - begun < 30:
            batch = [open_envelope(client, DISTRICT, parts=[os.urandom(262144) for _ in range(4)])]
            try:
                answers = client.submit(batch, timeout=3)
            except Exception:  # noqa: BLE001: nobody answers
                break
            admitted += [a.sequence for a in answers if a.name == "OK"]
            if answers[0].name == "STORE_FULL":
                break
    if site.broker.alive():
        assert answers[0].name == "STORE_FULL"  # the look at the disk came first
        assert site.broker.stop() == 0
    else:
        assert site.broker.popen.returncode not in (0, None)
        assert "nothing more can be promised" in tail(site.broker.log.read_bytes())
    (site.folder / "broker/data/filler").unlink()
    small_disk("64M")
    checked = site.cli("store", "check")
    assert checked["sound"] and checked["journal_last"] >= max(admitted, default=0)
    site.start_broker()
    with Client.of_sandbox(site.folder, DISTRICT) as client:
        client.connect()
        assert client.submit([open_envelope(client, DISTRICT)])[0].name == "OK"
