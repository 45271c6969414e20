"""An adapter whose data come from a backup: what it had sent meanwhile is not sent again under the same key."""
import datetime
import shutil
import time

import pytest

from office import DEPARTMENT, DISTRICT, MINISTRY


def test_a_repeated_key_acts_once(running, new_case):
    case = new_case()
    case.open()
    api, adapter = running.api(DISTRICT), running.adapters[DISTRICT]
    data = next(running.folder.glob(f"adapters/{DISTRICT}/data"))
    due = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=9)).isoformat()
    consult = {"kind": "CONSULT", "dossier": case.code, "to": [{"agency": MINISTRY}], "due_at": due}
    opened = {"kind": "OPEN", "dossier": new_case().code, "procedure": "1.010828", "procedure_version": 1, "to": [{"agency": DISTRICT}]}
    assert adapter.stop() == 0
    shutil.copytree(data, f"{data}.copy")
    running.start_adapter(DISTRICT)
    sent = {key: api.post(envelope, key=key)["id"] for key, envelope in (("bk1", consult), ("bk2", opened))}
    for envelope in sent.values():
        assert api.page(f"/v1/envelopes/{envelope}", 20)["state"] != "rejected"
    assert adapter.stop() == 0
    shutil.rmtree(data)
    shutil.move(f"{data}.copy", data)
    running.start_adapter(DISTRICT)
    adapter.wait_log("the store is a copy")
    assert api.all("/v1/events", "events")[-1]["event"] in ("adapter.restored", "link.connected")
    assert api.call("GET", f"/v1/envelopes/{sent['bk1']}")[0] == 404, "nobody has asked about its dossier yet"
    # The same calls again, as a system does that has not heard.
    for key, envelope in (("bk1", consult), ("bk2", opened)):
        for _ in range(2):
            end = time.monotonic() + 20
            while (answer := api.call("POST", "/v1/envelopes", envelope, {"Idempotency-Key": key}))[0] == 503 and time.monotonic() < end:
                time.sleep(0.2)  # the session is being made
            assert answer[0] == 202 and (answer[1]["id"], answer[1]["state"]) == (sent[key], "admitted"), answer
    # What became of it the broker tells, since it is not here any more.
    status, told = api.call("GET", f"/v1/envelopes/{sent['bk1']}")
    assert status == 200 and (told["id"], told["state"], told["source"], told["kind"], told["dossier"]) == (
        sent["bk1"], "admitted", "broker", "CONSULT", case.code), told
    assert told["to"][0]["agency"] == MINISTRY and told["admitted"] and told["receipt"] is None, told
    again = api.post(consult, key="bk3")["id"]  # another key is another act
    assert again not in sent.values()
    api.page(f"/v1/envelopes/{again}", 20)
    kinds = [h["kind"] for h in case.hops() if not h.get("outcome")]
    assert kinds.count("CONSULT") == 2 and kinds.count("OPEN") == 1, kinds


def lose_store(data):
    (data / "store.mdb").write_bytes(b"")


def lose_folder(data):
    shutil.rmtree(data)
    data.mkdir(mode=0o700)


@pytest.mark.parametrize("lose", [lose_store, lose_folder])
def test_an_empty_store_says_so(running, new_case, lose):
    """What was queued is lost, and everybody is told; what the broker keeps comes again; a repeated key acts once. Others are silent."""
    case = new_case()
    case.open()
    api, data = running.api(DEPARTMENT), next(running.folder.glob(f"adapters/{DEPARTMENT}/data"))
    offer = case.post(DISTRICT, "FORWARD", [DEPARTMENT])
    case.accept(DEPARTMENT, offer)
    due = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=9)).isoformat()
    consult = {"kind": "CONSULT", "dossier": case.code, "to": [{"agency": MINISTRY}], "due_at": due}
    opened = {"kind": "OPEN", "dossier": new_case().code.replace(DISTRICT, DEPARTMENT, 1), "procedure": "2.000488", "procedure_version": 1, "to": [{"agency": DEPARTMENT}]}
    sent = {key: api.post(envelope, key=key)["id"] for key, envelope in (("em1", consult), ("em2", opened))}
    for envelope in sent.values():
        case.admitted(DEPARTMENT, envelope)
    assert running.adapters[DEPARTMENT].stop() == 0
    lose(data)
    running.start_adapter(DEPARTMENT)
    for key, envelope in (("em1", consult), ("em2", opened)):  # at once, before it knows
        end = time.monotonic() + 20
        while (answer := api.call("POST", "/v1/envelopes", envelope, {"Idempotency-Key": key}))[0] == 503 and time.monotonic() < end:
            time.sleep(0.1)
        assert answer[0] == 202 and (answer[1]["id"], answer[1]["state"]) == (sent[key], "admitted"), answer
    case.item(DEPARTMENT, offer)
    health = api.call("GET", "/healthz")[1]
    assert [w["code"] for w in health["warnings"]] == ["STORE_BEHIND"] and health["restored_at"] and health["status"] == "ok", health
    assert "adapter.restored" in [e["event"] for e in api.all("/v1/events", "events")]
    assert running.api(DISTRICT).call("GET", "/healthz")[1]["restored_at"] is None
    cause, = wait_for(lambda: [c for c in running.cli("status")["causes"] if c["id"] == "adapter-restored"])
    assert DEPARTMENT in cause["text"] and DISTRICT not in cause["text"], cause
    shown = {a["code"]: a["adapter"]["report"] for a in running.cli("agency", "list")["agencies"] if a["adapter"]}
    assert shown[DEPARTMENT]["restored_at"] and not shown[DISTRICT]["restored_at"], shown
    fresh = new_case()
    fresh.open()
    fresh.hand_off(DISTRICT, DEPARTMENT)


def test_without_the_broker_nothing_is_promised(running, new_case):
    """A key that is not known cannot be told from a repeat: it waits for the broker. A dossier that was asked about goes on."""
    case = new_case()
    case.open()
    api, adapter = running.api(DEPARTMENT), running.adapters[DEPARTMENT]
    data = next(running.folder.glob(f"adapters/{DEPARTMENT}/data"))
    assert adapter.stop() == 0
    shutil.copytree(data, f"{data}.copy")
    shutil.rmtree(data)
    shutil.move(f"{data}.copy", data)
    running.broker.kill()
    running.start_adapter(DEPARTMENT)
    status = {"kind": "STATUS", "dossier": case.code, "to": [{"agency": DISTRICT}], "trace": 4, "branch": 1, "branch_version": 1}
    answer = api.call("POST", "/v1/envelopes", status, {"Idempotency-Key": "st1"})
    assert answer[0] == 503 and answer[1]["code"] == "NOT_YET" and answer[1]["retry"], answer
    running.start_broker()
    end = time.monotonic() + 30
    while (answer := api.call("POST", "/v1/envelopes", status, {"Idempotency-Key": "st1"}))[0] == 503 and time.monotonic() < end:
        time.sleep(0.2)
    assert answer[0] == 202 and answer[1]["state"] == "queued", answer


def spoil(store, key):
    """Turns a bit of the value behind each leaf entry of this very key; how many there were, old pages too."""
    data, found, at = bytearray(store.read_bytes()), 0, -1
    while (at := data.find(key, at + 1)) >= 0:
        if int.from_bytes(data[at - 2:at], "little") == len(key):  # the node's own size of its key
            data[at + len(key) + 1] ^= 0x10
            found += 1
    store.write_bytes(data)
    return found


def test_what_is_damaged_of_one_dossier_holds_up_no_other(running, new_case):
    """What comes for it is held, with an alarm in health, figures and log; others' mail goes on, and after a restore so does this."""
    sick, well, api = new_case(), new_case(), running.api(DEPARTMENT)
    for case in (sick, well):
        case.open()
        case.offer = case.post(DISTRICT, "FORWARD", [DEPARTMENT])
        case.item(DEPARTMENT, case.offer)
    data = next(running.folder.glob(f"adapters/{DEPARTMENT}/data"))
    assert running.adapters[DEPARTMENT].stop() == 0
    shutil.copytree(data, f"{data}.copy")
    assert spoil(data / "store.mdb", sick.code.encode())
    recalls = [case.post(DISTRICT, "RECALL", [DEPARTMENT], in_reply_to=case.offer, reason="Gửi nhầm") for case in (sick, well)]
    for case, recall in zip((sick, well), recalls):
        case.admitted(DISTRICT, recall)
    running.start_adapter(DEPARTMENT)
    well.item(DEPARTMENT, recalls[1])
    health = wait_for(lambda: (h := api.call("GET", "/healthz")[1])["held"] == 1 and h)
    assert [c["code"] for c in health["causes"]] == ["MAIL_DAMAGED"], health
    assert 'trouble{code="MAIL_DAMAGED"} 1' in api.call("GET", "/metrics", raw=True)[1].decode()
    assert recalls[0] not in [i["id"] for i in api.inbox(limit=100)]
    wait_for(lambda: running.cli("mailbox", "list", DEPARTMENT)["mailboxes"][0]["waiting"] == 0)  # it has been RECEIVED
    assert running.adapters[DEPARTMENT].stop() == 0
    shutil.rmtree(data)
    shutil.move(f"{data}.copy", data)
    running.start_adapter(DEPARTMENT)
    sick.item(DEPARTMENT, recalls[0])
    wait_for(lambda: api.call("GET", "/healthz")[1]["causes"] == [])


def test_a_row_that_cannot_be_found_is_told(running, new_case):
    """The table says that it has another number of rows than are there, as when a page above them leads elsewhere."""
    api, adapter = running.api(DEPARTMENT), running.adapters[DEPARTMENT]
    store = next(running.folder.glob(f"adapters/{DEPARTMENT}/data/store.mdb"))
    assert adapter.stop() == 0
    data, at = bytearray(store.read_bytes()), -1
    while (at := data.find(b"inbox", at + 1)) >= 0:
        if int.from_bytes(data[at - 2:at], "little") == 5 and data[at + 5:at + 9] == bytes(4):  # the name, and its row: MDB_db
            data[at + 5 + 32] ^= 0x10
    store.write_bytes(data)
    running.start_adapter(DEPARTMENT)
    status, health = api.call("GET", "/healthz")
    assert status == 503 and [(c["code"], c["detail"]) for c in health["causes"]] == [
        ("MAIL_DAMAGED", "store: rows of its table inbox cannot be found")], health


def wait_for(what, seconds=20):
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return found
