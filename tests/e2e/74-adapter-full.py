"""The adapter at its limits: a full disk, a full map, connections that say nothing, polls that nobody waits for any more. Health and
those who have a token are answered, the adapter does not end, and nothing is lost."""
import os
import re
import secrets
import select
import shutil
import socket
import subprocess
import time

import pytest

import officetime
from deployment import Deployment, Failed
from office import Case, DEPARTMENT, DISTRICT
from pyflow import way_over


def shrink(site, code, **limits):
    conf = site.folder / f"adapters/{code}/adapter.conf"
    conf.write_text(conf.read_text() + "\n[limits]\n" + "".join(f"{k}={v}\n" for k, v in limits.items()))


@pytest.fixture
def small_disk(tmp_path, request):
    """A deployment in which the department's adapter has a disk of 24 MiB."""
    site = Deployment(tmp_path / "s")
    data = site.folder / f"adapters/{DEPARTMENT}/data"
    data.mkdir(mode=0o700, exist_ok=True)
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24M,mode=0700", "none", data]).returncode:
        pytest.skip("no right to mount a file system")
    try:
        with site:
            site.start_broker()
            for code in (DISTRICT, DEPARTMENT):
                site.start_adapter(code)
            yield site
    finally:
        subprocess.run(["umount", data], check=True)


def fill(api):
    """Parts until none is taken any more; the answer that says so."""
    for _ in range(2000):
        status, answer = api.call("PUT", "/v1/parts", secrets.token_bytes(200_000), {"Content-Type": "application/pdf"})
        if status not in (200, 201):
            return status, answer
    raise Failed("it never became full")


def red(api, code, timeout=10):
    end = time.monotonic() + timeout
    while True:
        status, health = api.call("GET", "/healthz")
        if (status == 503) == bool(code) and (not code or code in [c["code"] for c in health["causes"]]):
            return health
        if time.monotonic() > end:
            raise Failed(f"{status} {health}")
        time.sleep(0.1)


def test_a_full_disk(small_disk, new_case_of):
    site = small_disk
    api = site.api(DEPARTMENT)
    case, late, other = (new_case_of(site, number) for number in (1, 2, 3))
    for one in (case, late, other):
        one.open(DISTRICT, **way_over(site, DEPARTMENT))
    offer, unwanted = (one.post(DISTRICT, "FORWARD", [DEPARTMENT]) for one in (case, other))
    case.item(DEPARTMENT, offer)
    case.item(DEPARTMENT, unwanted)
    status, answer = fill(api)
    assert status == 507 and answer["code"] == "ADAPTER_FULL" and answer["retry"]
    assert red(api, "ADAPTER_FULL")["store"]["state"] == "full"
    # What is under way ends: offers are accepted and refused, by the short forms or as any act, the broker's answers are stored. What begins
    # something is refused, also in one request with an answer.
    accept = {"kind": "ACCEPT", "dossier": case.code, "in_reply_to": offer}
    refuse = {"kind": "REFUSE", "dossier": other.code, "in_reply_to": unwanted, "reason": "Không thuộc thẩm quyền"}
    begins = {"kind": "OPEN", "dossier": late.code.replace(DISTRICT, DEPARTMENT, 1), "to": [{"agency": DEPARTMENT}], "procedure": "2.000488",
              "procedure_version": 1}
    assert api.call("POST", "/v1/envelopes", begins, {"Idempotency-Key": "new"})[0] == 507
    both = {"envelopes": [{**accept, "idempotency_key": "a1"}, {**begins, "idempotency_key": "new"}]}
    assert api.call("POST", "/v1/envelopes", both)[0] == 507
    case.admitted(DEPARTMENT, api.post(accept, key="a1")["id"])
    other.admitted(DEPARTMENT, api.post(refuse, key="r1")["id"])
    # Another program takes the rest of the disk. The adapter lives, what comes stays with the broker, also over a restart.
    data = site.folder / f"adapters/{DEPARTMENT}/data"
    subprocess.run(["sh", "-c", f"cat /dev/zero > {data}/rest"], stderr=subprocess.DEVNULL)
    big = site.api(DISTRICT).put_part(secrets.token_bytes(250_000))
    sent = late.post(DISTRICT, "FORWARD", [DEPARTMENT], parts=[{"sha256": big["sha256"], "name": "a.pdf", "media_type": "application/pdf"}])
    late.admitted(DISTRICT, sent)
    time.sleep(1)
    process = site.adapters[DEPARTMENT]
    assert process.alive() and red(api, "ADAPTER_FULL") and process.stop() == 0
    site.start_adapter(DEPARTMENT)
    assert red(site.api(DEPARTMENT), "ADAPTER_FULL") and process.alive()
    assert [i["id"] for i in api.inbox(0) if i["kind"] == "FORWARD"] == [offer, unwanted]
    (data / "rest").unlink()
    subprocess.run(["mount", "-o", "remount,size=200M", data], check=True)
    red(api, None)
    assert process.stop() == 0  # a new session delivers at once what was not taken
    site.start_adapter(DEPARTMENT)
    late.item(DEPARTMENT, sent)
    late.accept(DEPARTMENT, sent)


def test_a_full_map(tmp_path, new_case_of):
    site = Deployment(tmp_path / "s")
    shrink(site, DISTRICT, map_size="16M", disk_reserve="1M")
    with site:
        site.start_broker()
        api = site.start_adapter(DISTRICT)
        status, answer = fill(api)
        assert status == 507 and answer["code"] == "ADAPTER_FULL"
        health = red(api, "ADAPTER_FULL")
        assert health["store"]["map_size"] == 16 << 20 > health["store"]["map_used"]
        metrics = api.call("GET", "/metrics", raw=True)[1].decode()
        assert "\nlienthong_adapter_store_full 1\n" in metrics and 'trouble{code="ADAPTER_FULL"} 1' in metrics


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with Deployment(tmp_path_factory.mktemp("s") / "s") as made:
        made.start_broker()
        made.start_adapter(DISTRICT)
        yield made


@pytest.fixture
def new_case_of():
    return lambda site, number: Case(site, officetime.dossier_code(DISTRICT, number))


def connect(api, count):
    made = []
    for _ in range(count):
        made.append(socket.create_connection((api.host, api.port), timeout=10))
    return made


def test_300_connections_that_say_nothing(site):
    api = site.api(DISTRICT)
    idle = connect(api, 300)
    for _ in range(5):
        began = time.monotonic()
        status, _ = api.call("GET", "/healthz", timeout=20)
        assert status == 200 and time.monotonic() - began < 1
        assert api.call("GET", "/v1/inbox", timeout=20)[0] == 200 and time.monotonic() - began < 2
    for one in idle:
        one.close()


def test_250_long_polls(site):
    """128 wait; the others are told to come again, not answered with nothing at once. Those who give up leave their places."""
    api = site.api(DISTRICT)
    ask = (f"GET /v1/inbox?after=0&state=new&wait=50 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {api.token}\r\n\r\n").encode()
    polls = connect(api, 250)
    for one in polls:
        one.sendall(ask)
    refused, end = set(), time.monotonic() + 15
    while len(refused) < 122 and time.monotonic() < end:
        for one in select.select([p for p in polls if p not in refused], [], [], 0.5)[0]:
            head = one.recv(2000)
            assert b" 503 " in head.split(b"\r\n")[0] and re.search(rb"\r\nRetry-After: \d+\r\n", head), head
            refused.add(one)
    assert len(refused) == 122 and api.call("GET", "/healthz", timeout=10)[0] == 200
    for one in polls:
        one.close()
    time.sleep(2.5)
    began = time.monotonic()
    assert api.call("GET", "/v1/inbox?after=0&state=new&wait=2", timeout=20)[0] == 200  # there is a place again: it waits
    assert time.monotonic() - began > 1.5


def test_metrics_are_what_promtool_wants(site):
    status, text = site.api(DISTRICT).call("GET", "/metrics", raw=True)
    assert status == 200 and b'agency_connected{agency="H37.24"} 1' in text
    if not shutil.which("promtool"):
        pytest.skip("no promtool here")
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True)
    assert checked.returncode == 0 and not checked.stderr, checked.stderr
