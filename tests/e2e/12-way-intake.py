"""The intake desk over real processes: what is registered, by the office itself and by a place of help; its papers; its numbers."""
import base64
import json
import re
import subprocess
import time

import pytest
import officetime
from office import DEPARTMENT, DISTRICT, MINISTRY, OF_ANYBODY, Case
from pyflow import dossier_code

OPEN = {"procedure": OF_ANYBODY[0], "procedure_version": OF_ANYBODY[1], "received": False, "fields": {"xa": "a"}}
CLERK = {"unit": "Quầy số 3", "officer": "cb-0147", "title": "Công chức tiếp nhận"}


@pytest.fixture(scope="module")
def site(deployment):
    for code in (DISTRICT, DEPARTMENT, MINISTRY):
        deployment.start_adapter(code)
    return deployment


def soon(look, timeout=20):
    """What lists read is some seconds behind."""
    end = time.monotonic() + timeout
    while not (found := look()) and time.monotonic() < end:
        time.sleep(0.1)
    return found


def view(site, code, agency=DISTRICT):
    return site.api(agency).call("GET", f"/v1/dossiers/{code}")[1]


def registered(site, by, to, **more):
    case = Case(site, dossier_code(by))
    case.admitted(by, case.post(by, "OPEN", [to], body={"hoTen": "Nông Thị Ổn"}, **{**OPEN, **more}))
    return case


def test_place_of_help(site):
    case = registered(site, DEPARTMENT, DISTRICT, channel="online")
    item = site.api(DISTRICT).wait_item(lambda i: i["dossier"] == case.code, timeout=30)
    assert item["kind"] == "OPEN"
    seen = view(site, case.code)
    assert (seen["status"], seen["origin"], seen["registered_by"], seen["channel"]) == (1, DISTRICT, DEPARTMENT, "online")
    assert seen["received_at"] is None and seen["place_of_help"] == DEPARTMENT
    todo = soon(lambda: [row for row in site.api(DISTRICT).call("GET", "/v1/todo")[1]["dossiers"] if row["code"] == case.code])
    assert [(row["owed"]["what"], row["late"], row["channel"]) for row in todo] == [("RECEIVE", False, "online")]
    site.cli("form", "01", case.code, expect=66)
    case.admitted(DISTRICT, case.post(DISTRICT, "RECEIVE", [DEPARTMENT], actor=CLERK))
    seen = view(site, case.code, DEPARTMENT)
    assert seen["status"] == 2 and seen["received_at"] == seen["clock"]["started"]
    receipt = site.cli("form", "01", case.code)
    assert receipt["act"]["kind"] == "RECEIVE" and receipt["act"]["actor"] == CLERK
    assert receipt["agency"].get("one_stop") is None  # a district has none of its own


def test_rejected(site):
    case = registered(site, DISTRICT, DISTRICT, place_of_help="Điểm hỗ trợ thôn Bản Vàng")
    assert view(site, case.code)["place_of_help"] == "Điểm hỗ trợ thôn Bản Vàng"
    refused = case.settled(DISTRICT, case.post(DISTRICT, "STOP", [DISTRICT], reason="chưa tiếp nhận thì chưa dừng"))
    assert refused["state"] == "rejected" and refused["rejection"]["code"] == "STATUS_EDGE_ILLEGAL"
    case.admitted(DISTRICT, case.post(DISTRICT, "REJECT", [DISTRICT], reason="Không thuộc thẩm quyền", actor=CLERK))
    seen = view(site, case.code)
    assert seen["status"] == 3 and seen["owed"] == []
    paper = site.cli("form", "03", case.code)
    assert (paper["act"]["kind"], paper["act"]["reason"], paper["act"]["actor"]) == ("REJECT", "Không thuộc thẩm quyền", CLERK)
    today = str(officetime.today())
    rows = [row["code"] for row in site.cli("form", "07", "--agency", DISTRICT, "--from", today, "--to", today)["rows"]]
    assert case.code in rows


def test_heading(site):
    """By the name of the one-stops of its level."""
    case = registered(site, MINISTRY, MINISTRY, received=True, actor=CLERK)
    receipt = site.cli("form", "01", case.code)
    assert receipt["agency"]["one_stop"] == "Bộ phận Tiếp nhận và Trả kết quả" and receipt["act"]["actor"] == CLERK
    paper = site.folder / "01.pdf"
    site.cli("form", "01", case.code, "-o", str(paper), as_json=False)
    text = re.sub(r"\s+", " ", subprocess.run(["pdftotext", "-layout", str(paper), "-"], capture_output=True, text=True, check=True).stdout)
    assert "BỘ PHẬN TIẾP NHẬN VÀ TRẢ KẾT" in text and "Công chức tiếp nhận, Quầy số 3, cb-0147" in text


def paper_of(site, agency, code, form):
    """Its data, and what the PDF says."""
    api = site.api(agency)
    status, data = api.call("GET", f"/v1/dossiers/{code}/forms/{form}?data=true")
    assert status == 200, data
    status, pdf = api.call("GET", f"/v1/dossiers/{code}/forms/{form}", raw=True)
    assert status == 200 and pdf[:5] == b"%PDF-"
    file = site.folder / f"{form}.pdf"
    file.write_bytes(pdf)
    text = subprocess.run(["pdftotext", "-layout", str(file), "-"], capture_output=True, text=True, check=True).stdout
    return data, re.sub(r"\s+", " ", text)


def test_papers_of_the_counter(site):
    case = registered(site, DEPARTMENT, DISTRICT)
    assert site.api(DISTRICT).wait_item(lambda i: i["dossier"] == case.code, timeout=30)
    assert site.api(DISTRICT).call("GET", f"/v1/dossiers/{case.code}/forms/01")[0] == 404  # not received yet
    asked = case.post(DISTRICT, "REQUEST_SUPPLEMENT", [DISTRICT], reason="Thiếu giấy tờ", items=["Bản sao hộ tịch"], actor=CLERK)
    case.admitted(DISTRICT, asked)
    data, text = paper_of(site, DISTRICT, case.code, "02")
    assert data["act"]["items"] == ["Bản sao hộ tịch"] and data["act"]["due"] and data["act"]["actor"] == CLERK
    assert "Nông Thị Ổn" in text and "1. Bản sao hộ tịch" in text and "Quầy số 3" in text
    case.admitted(DISTRICT, case.post(DISTRICT, "SUPPLEMENT", [DISTRICT], in_reply_to=asked))
    case.admitted(DISTRICT, case.post(DISTRICT, "RECEIVE", [DEPARTMENT], actor=CLERK))
    data, text = paper_of(site, DISTRICT, case.code, "01")
    operators = site.cli("form", "01", case.code)
    for key in ("format", "form", "lang", "time", "number", "agency", "applicant", "papers", "sets"):
        assert data[key] == operators[key], key
    for key, value in data["dossier"].items():
        assert key == "procedure" or operators["dossier"][key] == value, key
    assert "GIẤY TIẾP NHẬN HỒ SƠ VÀ HẸN TRẢ KẾT QUẢ" in text and "Nông Thị Ổn" in text and case.code in text
    assert site.api(DISTRICT).call("GET", f"/v1/dossiers/{case.code}/forms/06")[0] == 404
    assert site.api(DISTRICT).call("GET", f"/v1/dossiers/{case.code}/forms/04")[0] == 404
    rejected = registered(site, DISTRICT, DISTRICT)
    rejected.admitted(DISTRICT, rejected.post(DISTRICT, "REJECT", [DISTRICT], reason="Không thuộc thẩm quyền"))
    data, text = paper_of(site, DISTRICT, rejected.code, "03")
    assert data["act"]["kind"] == "REJECT" and "Lý do: Không thuộc thẩm quyền" in text


def give(site, key, agency=DISTRICT, expect=(200, 201)):
    end = time.monotonic() + 30
    while True:
        status, answer = site.api(agency).call("POST", "/v1/codes", {}, {"Idempotency-Key": key})
        if status != 503 or time.monotonic() > end:  # the broker is asked first, and the link may not stand yet
            break
        time.sleep(0.1)
    assert status in expect, answer
    return answer["code"]


def listed(site, agency=DISTRICT):
    answer = site.api(agency).call("GET", "/v1/codes")[1]
    return {row["code"]: row for row in answer["codes"]}


def number(code):
    return int(re.search(r"-([0-9]{7})$", code)[1])


def test_numbers(site):
    first = give(site, "mot", expect=(201,))
    assert give(site, "mot", expect=(200,)) == first
    second, third = give(site, "hai"), give(site, "ba")
    assert number(first) < number(second) < number(third) == number(first) + 2
    case = Case(site, second)
    case.admitted(DISTRICT, case.post(DISTRICT, "OPEN", [DISTRICT], **{**OPEN, "received": True}))
    wrong = Case(site, third)
    answer = wrong.settled(DISTRICT, wrong.post(DISTRICT, "OPEN", [DISTRICT], procedure="1.999999", procedure_version=1))
    assert answer["state"] == "rejected"
    rows = listed(site)
    assert (rows[first]["state"], rows[first]["cause"]) == ("gap", "NOT_OPENED")
    assert (rows[second]["state"], rows[second]["cause"]) == ("used", None)
    assert (rows[third]["state"], rows[third]["cause"], rows[third]["reason"]) == ("gap", "REJECTED", "PROCEDURE_UNKNOWN")
    status, _ = site.api(DISTRICT).call("POST", "/v1/codes", {})
    assert status == 400


def test_restored_adapter_asks_first(site):
    """A store of before knows of none: what the broker has is passed, what lies between is a gap with that cause, and so are a thousand that
    may be on applicants' slips and not at the broker."""
    before = [give(site, f"k{i}", DEPARTMENT) for i in range(3)]
    on_a_slip = give(site, "slip", DEPARTMENT)
    last = Case(site, before[2])
    last.admitted(DEPARTMENT, last.post(DEPARTMENT, "OPEN", [DEPARTMENT], **{**OPEN, "received": True}))
    site.adapters[DEPARTMENT].stop()
    for found in (site.folder / "adapters" / DEPARTMENT).rglob("store.mdb*"):
        found.unlink()
    site.start_adapter(DEPARTMENT)
    after = give(site, "k0", DEPARTMENT)  # the key is forgotten with the store
    assert number(after) == number(before[2]) + 1 + 1000
    rows = listed(site, DEPARTMENT)
    assert [(rows[code]["state"], rows[code]["cause"]) for code in (*before, on_a_slip)] == [
        ("gap", "BEFORE_RESTORE"), ("gap", "BEFORE_RESTORE"), ("used", None), ("gap", "BEFORE_RESTORE")]


def test_the_applicant_is_answered(site, tmp_path):
    """Signed by the broker: openssl checks it by what the answer brings and the CA alone. What is asked stands in it, and of others nothing."""
    case = registered(site, DISTRICT, DISTRICT)
    asked = {"items": ["Bản sao \"sổ đỏ\"", "Ảnh 4×6"], "reason": "chữ mờ, không đọc được"}
    case.admitted(DISTRICT, case.post(DISTRICT, "REQUEST_SUPPLEMENT", [DISTRICT], **asked))
    path = f"/v1/dossiers/{case.code}/answer"
    status, got = site.api(DISTRICT).call("GET", path)
    assert status == 200, got
    answer = got["answer"]
    assert answer == json.loads(got["text"]) and answer["type"] == "lienthong.applicant-answer.v1"
    assert (answer["dossier"], answer["status"], answer["received_at"]) == (case.code, 5, None)
    assert [holder["agency"]["code"] for holder in answer["holders"]] == [DISTRICT] and answer["origin"]["name"]
    assert [(row["what"], row["items"]) for row in answer["asked"]] == [("papers", asked["items"])] and answer["asked"][0]["until"]
    assert "Nông" not in got["text"] and asked["reason"] not in got["text"]
    for name, data in (("answer.json", got["text"].encode()), ("answer.p7s", base64.b64decode(got["signature"])),
                       ("other.json", got["text"].replace(":5,", ":9,").encode()), ("broker.der", base64.b64decode(got["certificate"]))):
        (tmp_path / name).write_bytes(data)
    subprocess.run(["openssl", "x509", "-inform", "DER", "-in", "broker.der", "-out", "broker.pem"], cwd=tmp_path, check=True, timeout=60)

    def verified(text):
        return subprocess.run(["openssl", "cms", "-verify", "-cades", "-binary", "-purpose", "any", "-inform", "DER", "-in", "answer.p7s", "-content", text,
                               "-certfile", "broker.pem", "-CAfile", str(site.folder / "ca/ca.pem"), "-out", "/dev/null"],
                              cwd=tmp_path, capture_output=True, timeout=60).returncode == 0
    assert verified("answer.json") and not verified("other.json")
    status, problem = site.api(DEPARTMENT).call("GET", path)
    assert (status, problem["code"]) == (404, "DOSSIER_UNKNOWN"), problem
    helped = registered(site, DEPARTMENT, DISTRICT)
    status, problem = site.api(DEPARTMENT).call("GET", f"/v1/dossiers/{helped.code}/answer")
    assert (status, problem["code"]) == (422, "NOT_ORIGIN"), problem
