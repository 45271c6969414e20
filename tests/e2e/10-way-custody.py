"""The whole way by the HTTP API, and every turn that a hand-off can take."""
import datetime

from office import DEPARTMENT, DISTRICT, MINISTRY


def test_whole_way(running, new_case):
    case = new_case()
    part = running.api(DISTRICT).put_part("Tờ khai: Nguyễn Văn Ổn".encode())
    parts = [{"sha256": part["sha256"], "name": "tờ-khai.txt", "media_type": "text/plain"}]
    case.open(body={"hoTen": "Nguyễn Văn Ổn"}, parts=parts, subject="Cấp đổi Bằng")
    offer = case.post(DISTRICT, "FORWARD", [{"agency": DEPARTMENT, "leg": "doi-chieu"}], parts=parts)
    item = case.item(DEPARTMENT, offer)
    status, content = running.api(DEPARTMENT).call("GET", f"/v1/inbox/{offer}/parts/0", raw=True)
    assert status == 200 and content.decode() == "Tờ khai: Nguyễn Văn Ổn", item
    case.accept(DEPARTMENT, offer)
    assert case.holder() == DEPARTMENT
    case.hand_off(DEPARTMENT, MINISTRY)
    case.hand_off(MINISTRY, DEPARTMENT)
    assert case.view()["status"] == 9
    case.hand_off(DEPARTMENT, DISTRICT, kind="RESULT")
    assert case.view()["status"] == 9
    done = case.post(DISTRICT, "HANDED_OVER", [DEPARTMENT])
    case.admitted(DISTRICT, done)
    view = running.cli("dossier", "show", case.code)
    assert view["status"] == 10
    kinds = [h["kind"] for h in case.hops()]
    assert kinds == ["OPEN"] + ["FORWARD", "ACCEPT"] * 2 + ["RESULT", "ACCEPT"] * 2 + ["HANDED_OVER"]


def test_who_acted_and_why_late_are_told(running, new_case):
    """What the header says beside the act comes to the receiver, to both parties' time line, and to the operator's."""
    case = new_case()
    clerk = {"unit": "Bộ phận Một cửa", "officer": "cb-0147", "title": "Công chức tiếp nhận"}
    late = {"code": "thieu-ho-so", "words": "Chờ trích lục bản đồ"}
    case.open(actor=clerk, channel="online", foreign_codes=["01/TN-2026", "G12.18.37-26-00017"])
    offer = case.post(DISTRICT, "FORWARD", [DEPARTMENT], actor=clerk, late_reason=late)
    item = case.item(DEPARTMENT, offer)
    assert (item["actor"], item["late_reason"]) == (clerk, late)
    other = {"unit": "Phòng Người có công", "officer": "sv.22", "title": ""}
    running.api(DEPARTMENT).call("POST", f"/v1/inbox/{offer}/refuse", {"reason": "Thiếu bản sao", "ground": "nd-131-dieu-5", "actor": other})
    running.api(DISTRICT).wait_state(offer, ("refused",))
    for hops in (case.view()["hops"], running.cli("trace", case.code)["hops"]):
        opened, sent, refused = hops[-3:]
        assert (opened["channel"], opened["foreign_codes"], opened["actor"]) == ("online", ["01/TN-2026", "G12.18.37-26-00017"], clerk)
        assert (sent["actor"], sent["late_reason"]) == (clerk, late) and "channel" not in sent
        assert (refused["actor"], refused["ground"]) == (other, "nd-131-dieu-5")


def test_refuse_gives_back_with_reason(running, new_case):
    case = new_case()
    case.open()
    offer = case.post(DISTRICT, "FORWARD", [DEPARTMENT])
    case.item(DEPARTMENT, offer)
    refused = running.api(DEPARTMENT).refuse(offer, "Thiếu bản sao giấy chứng tử")
    assert running.api(DEPARTMENT).refuse(offer, "Thiếu bản sao giấy chứng tử")["id"] == refused["id"]
    status, _ = running.api(DEPARTMENT).call("POST", f"/v1/inbox/{offer}/accept", {})
    assert status == 409
    state = running.api(DISTRICT).wait_state(offer, ("refused",))
    assert "Thiếu bản sao giấy chứng tử" in str(state)
    assert case.holder() == DISTRICT
    case.hand_off(DISTRICT, DEPARTMENT)
    assert case.holder() == DEPARTMENT


def test_refuse_needs_a_reason(running, new_case):
    case = new_case()
    case.open()
    offer = case.post(DISTRICT, "FORWARD", [DEPARTMENT])
    case.item(DEPARTMENT, offer)
    status, problem = running.api(DEPARTMENT).call("POST", f"/v1/inbox/{offer}/refuse", {"reason": "  "})
    assert 400 <= status < 500 and problem["code"] == "REASON_REQUIRED"


def test_recall_takes_back(running, new_case):
    case = new_case()
    case.open()
    offer = case.post(DISTRICT, "FORWARD", [DEPARTMENT])
    case.item(DEPARTMENT, offer)
    recall = case.post(DISTRICT, "RECALL", [DEPARTMENT], in_reply_to=offer, reason="Gửi nhầm cơ quan")
    case.admitted(DISTRICT, recall)
    case.item(DEPARTMENT, recall)
    assert running.api(DEPARTMENT).call("GET", f"/v1/inbox/{offer}")[1]["state"] == "recalled"
    assert running.api(DEPARTMENT).accept(offer, expect=409)["code"] == "OFFER_GONE"
    assert case.holder() == DISTRICT


def test_each_half_of_a_fork_answers_for_itself(running, new_case):
    case = new_case()
    case.open()
    offer = case.post(DISTRICT, "CONSULT", [DEPARTMENT, MINISTRY], due_at=(datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=9)).isoformat())
    case.item(MINISTRY, offer)
    case.item(DEPARTMENT, offer)
    case.admitted(MINISTRY, case.post(MINISTRY, "OPINION", [DISTRICT], in_reply_to=offer, agree=True))
    assert [i["id"] for i in running.api(MINISTRY).all("/v1/inbox", "items", state="answered", dossier=case.code)] == [offer]
    case.item(DISTRICT, case.post(DEPARTMENT, "OPINION", [DISTRICT], in_reply_to=offer, agree=False, reason="Thiếu căn cứ"))
    sent = running.api(DISTRICT).wait_state(offer, ("answered",))
    assert [(a["agency"], a["state"], a["by"], a["agree"], a["reason"]) for a in sent["answers"]] == [
        (DEPARTMENT, "answered", DEPARTMENT, False, "Thiếu căn cứ"), (MINISTRY, "answered", MINISTRY, True, "")], sent
    assert [to["agency"] for to in sent["to"]] == [DEPARTMENT, MINISTRY] and sent["state"] == "delivered", sent


def test_return_goes_to_where_it_came_from(running, new_case):
    case = new_case()
    case.open()
    case.hand_off(DISTRICT, DEPARTMENT)
    case.hand_off(DEPARTMENT, DISTRICT, kind="RETURN", reason="Hồ sơ không thuộc thẩm quyền")
    assert case.holder() == DISTRICT


def test_rules_are_named(running, new_case):
    case = new_case()
    case.open()
    stranger = case.post(DEPARTMENT, "FORWARD", [MINISTRY], branch=1, branch_version=1)
    state = case.settled(DEPARTMENT, stranger)
    assert state["state"] == "rejected" and state["rejection"]["code"] == "NOT_HOLDER" and DISTRICT in str(state)
    again = case.post(DISTRICT, "OPEN", [DISTRICT], procedure="1.010828", procedure_version=1)
    state = case.settled(DISTRICT, again)
    assert state["state"] == "rejected" and state["rejection"]["code"] == state["reason"] == "DOSSIER_EXISTS"
    stale = case.post(DISTRICT, "FORWARD", [DEPARTMENT], branch=1, branch_version=7)
    state = case.settled(DISTRICT, stale)
    assert state["state"] == "rejected" and state["rejection"]["code"] == "STALE_VERSION" and "1" in str(state)


def test_idempotency_key(running, new_case):
    case = new_case()
    first = case.post(DISTRICT, "OPEN", [DISTRICT], key="mot", procedure="1.010828", procedure_version=1)
    assert case.post(DISTRICT, "OPEN", [DISTRICT], key="mot", procedure="1.010828", procedure_version=1) == first
    answer = running.api(DISTRICT).post({"kind": "FORWARD", "dossier": case.code, "to": [{"agency": DEPARTMENT}]}, key="mot", expect=422)
    assert answer["code"] == "IDEMPOTENCY_KEY_REUSED"
