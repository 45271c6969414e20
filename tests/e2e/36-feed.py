"""What an agency's system is told without asking for each id: the feed, its own envelopes, the inbox; places that a restore has undone."""
import concurrent.futures
import http.client
import shutil
import socket
import time
import uuid

from office import DEPARTMENT, DISTRICT, MINISTRY

PLACES = 128  # of answers that wait


def told(api, about, after=0):
    """Names of the events about an envelope or item, in order."""
    return [e["event"] for e in api.all("/v1/events", "events") if e["id"] == about]


def test_both_sides_are_told_in_order(running, new_case):
    case = new_case()
    case.open()
    district, department = running.api(DISTRICT), running.api(DEPARTMENT)
    begun = department.all("/v1/events", "events")[-1]["cursor"]
    offer = case.post(DISTRICT, "FORWARD", [DEPARTMENT])
    page = department.page("/v1/events", 20, after=begun)
    arrived = page["events"][0]
    assert (arrived["event"], arrived["id"], arrived["kind"], arrived["by"], arrived["dossier"], arrived["agency"]) == (
        "item.arrived", offer, "FORWARD", DISTRICT, case.code, DEPARTMENT), page
    accepted = case.accept(DEPARTMENT, offer)
    sent = district.page(f"/v1/envelopes/{offer}", 20, until="answered")
    assert sent["answers"][0]["state"] == "accepted" and sent["answers"][0]["id"] == accepted, sent
    assert told(department, offer) == ["item.arrived", "item.answering", "item.accepted"]
    assert told(department, accepted) == ["envelope.queued", "envelope.admitted"]
    ours = told(district, offer)
    assert ours == ["envelope.queued", "envelope.admitted", "envelope.delivered", "envelope.accepted"], ours
    assert [e["reply"] for e in district.all("/v1/events", "events") if e["event"] == "envelope.accepted" and e["id"] == offer] == [accepted]
    # A refusal of the broker is told, and is in the list of what was rejected.
    stranger = case.post(DISTRICT, "FORWARD", [MINISTRY], branch=1, branch_version=1)
    state = district.page(f"/v1/envelopes/{stranger}", 20)
    assert state["state"] == "rejected", state
    assert told(district, stranger) == ["envelope.queued", "envelope.rejected"]
    rejected = district.all("/v1/envelopes", "envelopes", state="rejected", dossier=case.code)
    assert [(e["id"], e["rejection"]["code"]) for e in rejected] == [(stranger, state["rejection"]["code"])], rejected


def test_an_offer_that_nobody_has_answered_is_delivered(running, new_case):
    """With its receiver away it is admitted; when the receiver has it, delivered, with the time, though nobody has said a word."""
    case = new_case()
    case.open()
    running.adapters[MINISTRY].stop()
    case.hand_off(DISTRICT, DEPARTMENT)
    offer = case.post(DEPARTMENT, "FORWARD", [MINISTRY])
    department = running.api(DEPARTMENT)
    assert department.page(f"/v1/envelopes/{offer}", 20)["state"] == "admitted"
    time.sleep(2)
    assert department.envelope(offer)["state"] == "admitted", "nobody has it"
    running.start_adapter(MINISTRY)
    sent = department.page(f"/v1/envelopes/{offer}", 30, until="delivered")
    assert sent["state"] == "delivered" and sent["answers"][0]["state"] == "delivered", sent
    assert sent["delivered"] == sent["answers"][0]["delivered"] >= sent["admitted"], sent
    assert told(department, offer) == ["envelope.queued", "envelope.admitted", "envelope.delivered"]


def test_lists_are_narrowed(running, new_case):
    case = new_case()
    part = running.api(DISTRICT).put_part("đơn".encode())
    case.open()
    offer = case.post(DISTRICT, "FORWARD", [DEPARTMENT], subject="Chuyển", parts=[
        {"sha256": part["sha256"], "name": "don.txt", "media_type": "text/plain"}])
    case.item(DEPARTMENT, offer)
    district, department = running.api(DISTRICT), running.api(DEPARTMENT)
    one = [e for e in district.all("/v1/envelopes", "envelopes", dossier=case.code, kind="FORWARD")]
    assert [(e["id"], e["subject"], e["parts"][0]["name"], e["to"][0]["agency"]) for e in one] == [(offer, "Chuyển", "don.txt", DEPARTMENT)], one
    status, content = district.call("GET", f"/v1/envelopes/{offer}/parts/0", raw=True)
    assert status == 200 and content.decode() == "đơn"
    items = {state: [i["id"] for i in department.all("/v1/inbox", "items", state=state, dossier=case.code)] for state in ("new", "accepted")}
    assert items == {"new": [offer], "accepted": []}
    case.accept(DEPARTMENT, offer)
    assert [i["id"] for i in department.all("/v1/inbox", "items", state="accepted", dossier=case.code, kind="FORWARD", agency=DEPARTMENT)] == [offer]
    day, number = case.code.split("-")[1:]
    old = f"000.00.24.H37-{day[2:]}-{int(number):04}"  # the same dossier and agencies, as an older system writes them
    assert [e["id"] for e in district.all("/v1/envelopes", "envelopes", dossier=old, kind="FORWARD", agency="000.00.24.H37")] == [offer]
    assert [i["id"] for i in department.all("/v1/inbox", "items", dossier=old, agency="000.00.11.H37")] == [offer]
    for path in ("/v1/inbox", "/v1/envelopes"):  # what can match nothing
        for query in ("state=old", "kind=LETTER", "after=ff", "agency=h37.24", "agency=H99"):
            assert department.call("GET", f"{path}?{query}")[0] == 400, query
        assert department.call("GET", f"{path}?dossier={case.code.lower()}")[1]["code"] == "DOSSIER_CODE_INVALID"
    assert department.call("GET", "/v1/inbox?after=0000000000000001" + "00" * 8)[0] == 410
    assert department.call("GET", "/v1/events?after=00000000000f0000" + "00" * 8)[1]["code"] == "CURSOR_UNKNOWN"


def test_a_place_that_a_restore_has_undone(running, new_case):
    """The numbers are given again; who kept a place behind the backup is told so, and who kept one before it goes on."""
    api = running.api(DISTRICT)
    new_case().open()
    adapter = running.adapters[DISTRICT]
    data = running.path(running.agency(DISTRICT)["data"]) if "data" in running.agency(DISTRICT) else next(running.folder.glob(f"adapters/{DISTRICT}/data"))
    kept = api.page("/v1/events", limit=1000)["after"]
    while (page := api.page("/v1/events", after=kept, limit=1000))["events"]:
        kept = page["after"]
    assert adapter.stop() == 0
    shutil.copytree(data, f"{data}.copy")
    running.start_adapter(DISTRICT)
    new_case().open()
    lost = kept
    while (page := api.page("/v1/events", after=lost, limit=1000))["events"]:
        lost = page["after"]
    assert adapter.stop() == 0
    shutil.rmtree(data)
    shutil.move(f"{data}.copy", data)
    running.start_adapter(DISTRICT)
    while api.call("GET", "/healthz")[1]["link"] != "connected":  # what is posted before the broker was asked may be a repeat
        time.sleep(0.1)
    for _ in range(3):
        new_case().open()
    status, problem = api.call("GET", f"/v1/events?after={lost}")
    assert (status, problem["code"]) == (410, "CURSOR_UNKNOWN"), problem
    assert api.call("GET", f"/v1/events?after={kept}")[0] == 200


def test_acts_are_all_posted_the_same_way(running, new_case):
    """ACCEPT and REFUSE too, several at once; a repeat says how it stands now."""
    cases = [new_case() for _ in range(3)]
    for case in cases:
        case.open()
    offers = [case.post(DISTRICT, "FORWARD", [DEPARTMENT]) for case in cases]
    for case, offer in zip(cases, offers):
        case.item(DEPARTMENT, offer)
    department = running.api(DEPARTMENT)
    acts = {"envelopes": [
        {"kind": "ACCEPT", "dossier": cases[0].code, "in_reply_to": offers[0], "idempotency_key": f"a-{offers[0]}"},
        {"kind": "REFUSE", "dossier": cases[1].code, "in_reply_to": offers[1], "reason": "Thiếu giấy", "idempotency_key": f"a-{offers[1]}"},
        {"kind": "REFUSE", "dossier": cases[2].code, "in_reply_to": offers[2], "idempotency_key": f"a-{offers[2]}"}]}
    status, answer = department.call("POST", "/v1/envelopes", acts)
    results = answer["results"]
    assert status == 200 and [r["status"] for r in results] == [202, 202, 422], answer
    assert results[2]["code"] == "REASON_REQUIRED" and results[2]["pointer"] == "/reason", answer
    for act in results[:2]:
        department.page(f"/v1/envelopes/{act['id']}", 20)
    states = [department.call("GET", f"/v1/inbox/{offer}")[1]["state"] for offer in offers]
    assert states == ["accepted", "refused", "new"], states
    again = department.call("POST", "/v1/envelopes", acts)[1]["results"]
    assert [(r["id"], r["state"] != "queued") for r in again[:2]] == [(r["id"], True) for r in results[:2]], again
    other = {"kind": "REFUSE", "dossier": cases[0].code, "in_reply_to": offers[0], "reason": "Nhầm"}
    assert department.post(other, expect=409)["code"] == "ANSWERED_OTHERWISE"
    assert cases[0].holder() == DEPARTMENT and cases[1].holder() == DISTRICT


def test_several_each_as_if_alone(running, new_case):
    """What is wrong with one is its own, and so are its key and its bytes; how many, and what else the request may have, is bounded."""
    api = running.api(DISTRICT)
    codes = [new_case().code for _ in range(3)]

    def entry(code, key, more=""):
        return f'{{"kind":"OPEN","dossier":"{code}","procedure":"1.010828","procedure_version":1,"to":[{{"agency":"{DISTRICT}"}}],' \
               f'"idempotency_key":"{key}-{codes[0]}"{more}}}'

    keyless = '{"kind":"OPEN","dossier":"x"}'
    body = '{"envelopes":[' + ",".join([entry(codes[0], "s1", ',"body":{"phi":0.10,"lớn":1e400}'), entry(codes[1], "s2", ',"due_at":7'),
                                        keyless, entry(codes[2], "s4")]) + "]}"
    status, answer = api.call("POST", "/v1/envelopes", body.encode())
    results = answer["results"]
    assert status == 200 and [r["status"] for r in results] == [202, 400, 400, 202], answer
    assert results[1]["pointer"] == "/due_at", results[1]
    assert api.call("GET", f"/v1/envelopes/{results[0]['id']}/parts/0", raw=True)[1].decode() == '{"phi":0.10,"lớn":1e400}'
    alone = api.call("POST", "/v1/envelopes", entry(codes[2], "s4").encode())
    assert (alone[0], alone[1]["id"]) == (202, results[3]["id"])
    for wrong, code in (('{"envelopes":[]}', "COUNT_EXCEEDED"), ('{"envelopes":[' + ",".join(["{}"] * 65) + "]}", "COUNT_EXCEEDED"),
                        ('{"envelopes":[{}],"more":1}', "BODY_MALFORMED"), ('{"envelopes":[{]}', "BODY_MALFORMED"),
                        ('{"envelopes":{}}', "BODY_MALFORMED")):
        assert api.call("POST", "/v1/envelopes", wrong.encode())[1]["code"] == code, wrong


def test_todo_says_what_would_do_it(running, new_case):
    case = new_case()
    case.open()
    offer = case.post(DISTRICT, "FORWARD", [DEPARTMENT])
    case.item(DEPARTMENT, offer)
    api = running.api(DEPARTMENT)
    end = time.monotonic() + 20  # the list is some seconds behind
    while not (rows := [r for r in api.page("/v1/todo", limit=256)["dossiers"] if r["code"] == case.code]) and time.monotonic() < end:
        time.sleep(0.3)
    owed, calls = rows[0]["owed"], rows[0]["calls"]
    assert (owed["what"], owed["who"]) == ("ACCEPT", DEPARTMENT) and owed["since"], rows
    assert [c["kind"] for c in calls] == ["ACCEPT", "REFUSE"] and calls[1]["needs"] == "reason", calls
    assert api.call(calls[0]["method"], calls[0]["path"])[0] == 202
    department = api.wait_item(lambda i: i["id"] == offer)
    api.page(f"/v1/envelopes/{department['answer']}", 20)
    assert case.holder() == DEPARTMENT


def waiting(api, seconds):
    connection = http.client.HTTPConnection(api.host, api.port, timeout=30)
    connection.request("GET", f"/v1/inbox?wait={seconds}&state=recalled&dossier=H37.24-20260101-0000009", headers={"Authorization": f"Bearer {api.token}"})
    return connection


def test_no_place_and_places_that_come_back(running):
    """Over the places: 503 at once and when to come again. Who hangs up gives the place back within seconds, not at the end of its wait."""
    api = running.api(MINISTRY)
    polls = [waiting(api, 60) for _ in range(PLACES)]
    time.sleep(0.5)
    more = waiting(api, 60)
    refused = more.getresponse()
    assert refused.status == 503 and int(refused.headers["Retry-After"]) > 0
    for poll in polls:
        poll.sock.shutdown(socket.SHUT_RDWR)
        poll.close()
    end = time.monotonic() + 5
    with concurrent.futures.ThreadPoolExecutor() as pool:
        while True:
            begun = time.monotonic()
            answer = pool.submit(lambda: waiting(api, 1).getresponse().status).result()
            if answer == 200:
                assert time.monotonic() - begun > 0.9, "it was held back"
                break
            assert answer == 503 and time.monotonic() < end, "the places did not come back"
            time.sleep(0.2)


def spoil(path, pattern):
    """Turns the last byte of what is found wherever it lies in the file: values are checked, so these cannot be read any more."""
    data = bytearray(path.read_bytes())
    at, count = data.find(pattern), 0
    while at >= 0:
        data[at + len(pattern) - 1] ^= 0x40
        at, count = data.find(pattern, at + 1), count + 1
    path.write_bytes(data)
    assert count, pattern


def test_what_is_damaged_hides_nothing_behind_it(running, new_case):
    """One row of the outbox, of the inbox and of the feed: each list goes on behind it, what waits goes out, acts are taken."""
    case, sound = new_case(), new_case()
    case.open()
    sound.open()
    district = running.api(DISTRICT)
    first = case.post(DISTRICT, "FORWARD", [DEPARTMENT], subject="hỏng-một")
    case.admitted(DISTRICT, first)
    refused = running.api(DEPARTMENT).refuse(case.item(DEPARTMENT, first)["number"], "hỏng-hai")["id"]
    running.api(DEPARTMENT).wait_state(refused, ("admitted",))
    item = case.item(DISTRICT, refused)
    adapter = running.adapters[DISTRICT]
    running.broker.kill()
    waits = [one.post(DISTRICT, "FORWARD", [DEPARTMENT], subject=subject, branch=1, branch_version=9)
             for one, subject in ((case, "hỏng-ba"), (sound, "lành"))]
    events = district.all("/v1/events", "events")
    assert adapter.stop() == 0
    store = next(running.folder.glob(f"adapters/{DISTRICT}/data/store.mdb"))
    for text in ("hỏng-một", "hỏng-hai", "hỏng-ba"):
        spoil(store, text.encode())
    newest = next(e for e in reversed(events) if e["event"] == "envelope.queued")
    kind = (2).to_bytes(4, "little")
    spoil(store, sound.code.encode() + b"\0" + kind + uuid.UUID(newest["id"]).bytes)  # as it stands in an event
    running.start_adapter(DISTRICT)
    again = district.all("/v1/events", "events")
    assert newest["cursor"] not in [e["cursor"] for e in again]
    assert [e["cursor"] for e in events if e != newest] == [e["cursor"] for e in again][:len(events) - 1]
    assert item["number"] not in [i["number"] for i in district.inbox()] and district.call("GET", f"/v1/inbox/{item['number']}")[0] == 500
    shown = [e["id"] for e in district.all("/v1/envelopes", "envelopes")]
    assert waits[1] in shown and waits[0] not in shown, shown
    running.start_broker()
    assert district.page(f"/v1/envelopes/{waits[1]}", 30)["state"] == "rejected", "what waits behind it has gone out"
    assert told(district, waits[1]) == ["envelope.rejected"], "told behind what was damaged"
