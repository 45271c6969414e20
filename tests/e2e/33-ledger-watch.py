"""An adapter watches the broker's ledger: receipts are completed, a broker that drops, rewrites or forks what it has signed is caught and
gets nothing more, and a person can go on with it."""
import base64
import hashlib
import shutil
import subprocess
import time

import pyrules
import pytest
from office import DEPARTMENT, DISTRICT
from pyclient import Client
from pyflow import dossier_code, open_envelope


def until(what, check, timeout=30):
    end = time.monotonic() + timeout
    while True:
        got = check()
        if got:
            return got
        assert time.monotonic() < end, f"{what} does not come"
        time.sleep(0.2)


def causes(api):
    status, seen = api.call("GET", "/healthz")
    return status, [cause["code"] for cause in seen["causes"]]


def complete(api, envelope):
    return until("the completed receipt", lambda: api.envelope(envelope)["receipt"] and api.envelope(envelope)["receipt"]["proof"])


def ledger_key(site):
    der = subprocess.run(["openssl", "pkey", "-in", site.folder / "broker/ledger.key.pem", "-pubout", "-outform", "DER"],
                         capture_output=True, check=True).stdout
    return base64.b64encode(der[-32:]).decode()


def test_receipts_are_completed(site, new_case, tmp_path):
    """By what SPEC.md says of a proof, and by our own tool."""
    site.start_broker()
    api = site.start_adapter(DISTRICT)
    case = new_case()
    case.open()
    for sent in [case.post(DISTRICT, "FORWARD", [DEPARTMENT]), new_case().open()]:
        case.admitted(DISTRICT, sent)
        proof = complete(api, sent)
        receipt = api.envelope(sent)["receipt"]
        lines = proof.split("\n")
        extra, path = base64.b64decode(lines[1].removeprefix("extra ")), lines[3:lines.index("", 3)]
        leaf = hashlib.sha256(b"\0" + extra).digest()
        assert leaf.hex() == receipt["leaf_hash"] and lines[2] == f"index {receipt['sequence'] - 1}"
        note = proof.split("\n\n", 1)[1].split("\n")
        root = pyrules.path_root(leaf, receipt["sequence"] - 1, int(note[1]), [base64.b64decode(step) for step in path])
        assert base64.b64encode(root).decode() == note[2]
        (tmp_path / "p").write_text(proof)
        assert site.cli("ledger", "check", str(tmp_path / "p"), "--key", ledger_key(site))["sequence"] == receipt["sequence"]
    assert causes(api) == (200, [])


def swap_back(site, old):
    """The broker's disk as it was, without a word about it: no tool of ours does that."""
    site.broker.kill()
    data = site.folder / "broker/data"
    shutil.rmtree(data)
    shutil.copytree(old, data)


@pytest.fixture
def forked(site, new_case):
    """A broker with a past that its adapter knows, and an old copy of its disk."""
    site.start_broker()
    api = site.start_adapter(DISTRICT)
    first = new_case()
    complete(api, first.open())
    site.broker.stop()
    shutil.copytree(site.folder / "broker/data", site.folder / "old")
    site.start_broker()
    complete(api, new_case().open())
    return api


def red(site, api, word):
    site.adapters[DISTRICT].wait_log("the broker's ledger does not agree with what it has signed")
    site.adapters[DISTRICT].wait_log(word)
    until("red health", lambda: causes(api) == (503, ["CHECKPOINT_INVALID"]))
    envelope = {"kind": "OPEN", "dossier": dossier_code(DISTRICT), "to": [{"agency": DISTRICT}], "procedure": "1.010828",
                "procedure_version": 1}
    waits = api.post(envelope)["id"]
    time.sleep(1.5)
    assert api.envelope(waits)["state"] == "queued"
    return waits


def test_a_broker_that_drops(site, forked):
    swap_back(site, site.folder / "old")
    site.start_broker()
    red(site, forked, "was signed for before")


def test_a_broker_that_forks(site, forked):
    """It has grown past what the adapter knows, out of something else. It stays so over a restart, until a person accepts it."""
    size = forked.call("GET", "/healthz")[1]["broker_head"]
    assert site.adapters[DISTRICT].stop() == 0
    swap_back(site, site.folder / "old")
    site.start_broker()
    with Client.of_sandbox(site.folder, DISTRICT) as client:
        client.connect()
        for _ in range(size + 20):
            assert client.submit([open_envelope(client, DISTRICT, dossier_code(DISTRICT))])[0].name == "OK"
    until("the checkpoint", lambda: site.cli("ledger", "head")["size"] > size + 10)
    api = site.start_adapter(DISTRICT)
    waits = red(site, api, "have not grown out of")
    assert site.adapters[DISTRICT].stop() == 0
    api = site.start_adapter(DISTRICT)
    until("red again", lambda: causes(api) == (503, ["CHECKPOINT_INVALID"]))
    assert api.envelope(waits)["state"] == "queued"
    assert api.call("POST", "/v1/ledger/accept", {})[1]["code"] == "REASON_REQUIRED"
    assert api.call("POST", "/v1/ledger/accept", {"reason": "Trục khôi phục sai, đã lập biên bản."})[0] == 200
    assert api.wait_state(waits, ("admitted",))["receipt"]["sequence"] > size
    complete(api, waits)
    assert causes(api) == (200, [])
    assert api.call("POST", "/v1/ledger/accept", {"reason": "lần nữa"})[0] == 404
