"""The adapter's HTTP as RFC 9110 and 9112 want it, by one table; bodies that are signed as they came; faults with their places, all at once."""
import hashlib
import json
import socket
import time

import pytest

import officetime
from deployment import Deployment
from office import DEPARTMENT, DISTRICT

DOSSIER = officetime.dossier_code(DISTRICT, 35)
OPEN = {"kind": "OPEN", "dossier": DOSSIER, "procedure": "1.010828", "procedure_version": 1, "received": True,
        "to": [{"agency": DISTRICT}]}


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    with Deployment(tmp_path_factory.mktemp("http") / "s") as made:
        made.start_broker()
        made.start_adapter(DEPARTMENT)
        api = made.start_adapter(DISTRICT)
        api.site = made
        yield api


class Answer:
    def __init__(self, raw):
        head, _, self.body = raw.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split()[1]) if lines[0] else 0
        self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}

    def json(self):
        return json.loads(self.body)


def raw(api, method, path, *headers, body=b"", host="Host: x", token=True, version="HTTP/1.1", wait=10.0, close=True):
    """One request as it is written here; what comes back until the connection ends."""
    lines = [f"{method} {path} {version}", *([host] if host else []), *headers]
    lines += [f"Authorization: Bearer {api.token}"] if token else []
    lines += ["Connection: close"] if close else []
    with socket.create_connection((api.host, api.port), timeout=wait) as s:
        s.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        got = b""
        while chunk := s.recv(65536):
            got += chunk
        return Answer(got)


ROWS = [  # what is sent, status, code, headers of the answer
    (("DELETE", "/v1/inbox"), 405, "METHOD_NOT_ALLOWED", {"allow": "GET, HEAD"}),
    (("PUT", "/v1/envelopes"), 405, "METHOD_NOT_ALLOWED", {"allow": "POST, GET, HEAD"}),
    (("GET", "/v1/inbox/1/accept"), 405, "METHOD_NOT_ALLOWED", {"allow": "POST"}),
    (("OPTIONS", "/healthz"), 405, "METHOD_NOT_ALLOWED", {"allow": "GET, HEAD"}),
    (("GET", "/v2"), 404, "NOT_FOUND", {}),
    (("GET", "/v1/inbox?limt=1"), 400, "QUERY_INVALID", {}),
    (("GET", "/v1/inbox?limit=0"), 400, "QUERY_INVALID", {}),
    (("GET", "/v1/inbox?limit=1001"), 400, "QUERY_INVALID", {}),
    (("GET", "/v1/inbox?limit=1&limit=2"), 400, "QUERY_INVALID", {}),
    (("GET", "/v1/inbox?limit"), 400, "QUERY_INVALID", {}),
    (("GET", "/v1/inbox?wait=61"), 400, "QUERY_INVALID", {}),
    (("GET", "/v1/inbox?after=-1"), 400, "QUERY_INVALID", {}),
    (("GET", "/healthz?x=1"), 400, "QUERY_INVALID", {}),
    (("GET", "/v1/inbox?" + "a&" * 8000), 400, "QUERY_INVALID", {}),  # more than a connection has memory for
    (("GET", "/v1/inbox?limit=1&" + "&" * 30000), 400, "QUERY_INVALID", {}),
    (("GET", "/v1/todo?late=maybe"), 400, "QUERY_INVALID", {}),
    (("POST", "/v1/envelopes?dry=1", "Idempotency-Key: q"), 400, "QUERY_INVALID", {}),
    (("GET", "/v1/parts/" + "0" * 64), 404, "NOT_FOUND", {}),
    (("PUT", "/v1/parts", "Content-Encoding: gzip", "Content-Length: 3"), 415, "ENCODING_NOT_SUPPORTED", {"connection": "close"}),
    (("PUT", "/v1/parts", "Content-Range: bytes 0-2/9", "Content-Length: 3"), 415, "ENCODING_NOT_SUPPORTED", {}),
    (("PUT", "/v1/parts", "Content-Length: 3", "Transfer-Encoding: chunked"), 400, "REQUEST_MALFORMED", {"connection": "close"}),
    (("PUT", "/v1/parts", "Content-Length: 3", "Content-Length: 4"), 400, "REQUEST_MALFORMED", {"connection": "close"}),
    (("PUT", "/v1/parts", "Transfer-Encoding: gzip"), 400, "REQUEST_MALFORMED", {"connection": "close"}),
    (("PUT", "/v1/parts", "Content-Length: 1000000000000000000"), 400, "REQUEST_MALFORMED", {"connection": "close"}),
    (("PUT", "/v1/parts", "Content-Length: 5", "Content-Length: 0"), 400, "REQUEST_MALFORMED", {"connection": "close"}),
    (("GET", "/healthz", "Content-Length : 5"), 400, "REQUEST_MALFORMED", {"connection": "close"}),
    (("POST", "/v1/envelopes", "Idempotency-Key: one", "Idempotency-Key: other"), 400, "REQUEST_MALFORMED", {}),
    (("GET", "/v1/inbox", "Authorization: Bearer other"), 400, "REQUEST_MALFORMED", {}),
    (("POST", "/v1/uploads", "Tus-Resumable: 1.0.0", "Upload-Length: 5", "Upload-Concat: partial"), 400, "REQUEST_MALFORMED", {}),
    (("GET", "/v1/inbox%00/1"), 404, "NOT_FOUND", {}),
    (("GET", f"/v1/todo?agency={DISTRICT}%00x"), 422, "SENDER_NOT_SESSION", {}),
    (("GET", "/v1/inbox?limit=1%00"), 400, "QUERY_INVALID", {}),
    (("GET", "/healthz", "Host: y"), 400, "REQUEST_MALFORMED", {}),
    (("GET", "/v1/inbox", "X-Much: " + "a" * 40000), 431, "REQUEST_HEAD_TOO_LARGE", {}),
    (("PUT", "/v1/parts", "Content-Length: 150000000"), 413, "PART_TOO_LARGE", {"connection": "close"}),
    (("POST", "/v1/envelopes", "Content-Length: 150000000"), 413, "BODY_TOO_LARGE", {"connection": "close"}),
    (("POST", "/v1/inbox/1/accept", "Content-Length: 20000"), 413, "BODY_TOO_LARGE", {"connection": "close"}),
    (("GET", "/v1/inbox", "Content-Length: 5"), 413, "BODY_TOO_LARGE", {"connection": "close"}),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0][0]} {' '.join(row[0][1:])[:60]}")
def test_the_table(api, row):
    sent, status, code, headers = row
    answer = raw(api, *sent)
    assert answer.status == status, (answer.status, answer.body)
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["code"] == code and problem["status"] == status and problem["detail_vi"]
    assert code == "ENCODING_NOT_SUPPORTED" or problem["detail_vi"] != problem["detail_en"], problem  # its detail is the header itself
    assert {name: answer.headers.get(name) for name in headers} == headers
    vietnamese = raw(api, *sent, "Accept-Language: vi")
    names = answer.headers["x-request-id"], vietnamese.headers["x-request-id"]
    assert all(names) and names[0] != names[1], names
    assert vietnamese.headers["content-language"] == "vi" and vietnamese.json()["detail"] == vietnamese.json()["detail_vi"]


def test_what_is_refused_is_answered_before_its_body(api):
    for headers, token, status in ((["Content-Length: 150000000"], False, 401), (["Content-Length: 1000"], False, 401),
                                   (["Transfer-Encoding: chunked"], False, 401),
                                   (["Content-Length: 150000000", "Expect: 100-continue"], True, 413)):
        begun = time.monotonic()
        answer = raw(api, "PUT", "/v1/parts", *headers, token=token, close=False)
        assert answer.status == status and time.monotonic() - begun < 5, (headers, answer.status)
    assert raw(api, "GET", "/v1/inbox", token=False).headers["www-authenticate"].startswith("Bearer")
    # Who sends it all the same gets the answer too.
    data = b"x" * 3000000
    assert raw(api, "PUT", "/v1/parts", f"Content-Length: {len(data)}", body=data).status == 413
    chunks = b"".join(b"10000\r\n" + b"y" * 65536 + b"\r\n" for _ in range(6)) + b"0\r\n\r\n"
    answer = raw(api, "PUT", "/v1/parts", "Transfer-Encoding: chunked", body=chunks)
    assert answer.status == 413 and "262144" in answer.json()["detail"], answer.body


def test_blanks_around_a_value_are_none_of_it(api):
    """RFC 9110 section 5.5: whoever writes or forwards a header may put some there."""
    assert raw(api, "GET", "/v1/inbox", f"Authorization: \t Bearer  {api.token} \t ", token=False).status == 200
    codes = [raw(api, "POST", "/v1/codes", f"Idempotency-Key: blanks{behind}", "Content-Length: 2", body=b"{}").json()["code"] for behind in ("", " ", "\t ")]
    assert len(set(codes)) == 1, codes
    assert raw(api, "PUT", "/v1/parts", "Content-Encoding: identity ", "Content-Length: 2", body=b"ab").status in (200, 201)
    assert raw(api, "POST", "/v1/uploads", "Tus-Resumable: 1.0.0 ", "Upload-Length: 5 ", "Content-Length: 0").status == 201


def test_a_host_is_needed(api):
    assert raw(api, "GET", "/healthz", host=None).json()["code"] == "REQUEST_MALFORMED"
    assert raw(api, "GET", "/healthz", host=None, version="HTTP/1.0").status in (200, 503)


def test_a_body_that_stops_is_told(api):
    begun = time.monotonic()
    answer = raw(api, "PUT", "/v1/parts", "Content-Length: 10", body=b"half", wait=40)
    assert answer.status == 408 and answer.json()["code"] == "REQUEST_SLOW" and 15 < time.monotonic() - begun < 28, answer.body
    assert answer.headers["content-type"] == "application/problem+json"


def test_parts_by_their_digest(api):
    data = b"0123456789" * 20
    digest = hashlib.sha256(data).hexdigest()
    put = raw(api, "PUT", "/v1/parts", f"Content-Length: {len(data)}", body=data)
    assert put.status == 201 and put.headers["location"] == f"/v1/parts/{digest}" and put.json()["sha256"] == digest
    assert raw(api, "PUT", "/v1/parts", f"Content-Length: {len(data)}", body=data).status == 200
    path, tag = f"/v1/parts/{digest}", f'"{digest}"'
    whole = raw(api, "GET", path)
    assert (whole.status, whole.body, whole.headers["etag"], whole.headers["accept-ranges"]) == (200, data, tag, "bytes")
    head = raw(api, "HEAD", path)
    assert (head.status, head.body, head.headers["content-length"], head.headers["etag"]) == (200, b"", "200", tag)
    assert raw(api, "GET", path, f"If-None-Match: W/{tag}").status == 304
    for condition, wanted, status, content, where in (
            ("", "bytes=0-9", 206, data[:10], "bytes 0-9/200"), ("", "bytes=-5", 206, data[-5:], "bytes 195-199/200"),
            ("", "bytes=190-999", 206, data[190:], "bytes 190-199/200"), ("", "bytes=0-1,5-6", 200, data, None),
            (f"If-Range: {tag}", "bytes=5-5", 206, b"5", "bytes 5-5/200"), ('If-Range: "other"', "bytes=5-5", 200, data, None)):
        answer = raw(api, "GET", path, f"Range: {wanted}", *([condition] if condition else []))
        assert (answer.status, answer.body, answer.headers.get("content-range")) == (status, content, where), wanted
    outside = raw(api, "GET", path, "Range: bytes=200-")
    assert (outside.status, outside.headers["content-range"]) == (416, "bytes */200") and outside.json()["code"] == "RANGE_INVALID"


def test_json_has_a_tag(api):
    first = raw(api, "GET", "/v1/inbox?state=lapsed")
    assert first.status == 200 and raw(api, "GET", "/v1/inbox?state=lapsed", "If-None-Match: " + first.headers["etag"]).status == 304
    assert raw(api, "HEAD", "/v1/inbox").body == b""


def test_the_body_is_signed_as_it_came(api):
    text = '{ "phi" : 0.1,\n "big":1E5, "sum":1e400, "no":12345678901234567890123, "none":null, "tên":"Ổn" }'
    envelope = json.dumps(OPEN)[:-1] + ', "reason":null, "due_at":null, "actor":{"officer":"cb-1","title":null}, "body": ' + text + " }"
    connection = api.call("POST", "/v1/envelopes", envelope.encode(), {"Idempotency-Key": "as-it-came"})
    assert connection[0] == 202, connection
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert api.call("GET", f"/v1/parts/{digest}", raw=True) == (200, text.encode())
    forward = json.dumps({"kind": "FORWARD", "dossier": DOSSIER, "to": [{"agency": DEPARTMENT}]})[:-1] + ',"body":' + text + "}"
    assert api.call("POST", "/v1/envelopes", forward.encode(), {"Idempotency-Key": "goes-on"})[0] == 202
    other = api.site.api(DEPARTMENT)
    item = other.wait_item(lambda item: item["dossier"] == DOSSIER)
    part = raw(other, "GET", f"/v1/inbox/{item['number']}/parts/0")
    assert part.body == text.encode() and part.headers["etag"] == f'"{digest}"'
    assert part.headers["content-disposition"] == "attachment; filename*=UTF-8''body.json"
    posted = raw(api, "POST", "/v1/envelopes", "Idempotency-Key: as-it-came", f"Content-Length: {len(envelope.encode())}",
                 body=envelope.encode())
    assert posted.status == 202 and posted.headers["location"] == "/v1/envelopes/" + posted.json()["id"]
    # A call is found in both logs by its name: the caller's, when it is a plain one.
    accepted = raw(other, "POST", f"/v1/inbox/{item['number']}/accept", "X-Request-Id: tra-cuu.17:b")
    assert accepted.status == 202 and accepted.headers["location"] == "/v1/envelopes/" + accepted.json()["id"]
    assert accepted.headers["x-request-id"] == "tra-cuu.17:b"
    api.site.adapters[DEPARTMENT].wait_log('"request":"tra-cuu.17:b"')
    for odd in ("a b", "x" * 65, "é", '"'):
        assert raw(api, "GET", "/healthz", f"X-Request-Id: {odd}").headers["x-request-id"] not in ("", odd), odd
    # Numbers have names beside them, and what is a branch is called so.
    other.wait_state(accepted.json()["id"], ("admitted",))
    dossier = api.call("GET", f"/v1/dossiers/{DOSSIER}")[1]
    assert dossier["branches"] == dossier["legs"] and (dossier["status_name"], dossier["status_name_vi"]) == ("in progress", "Đang xử lý")
    assert dossier["clock"]["verdict_name"] == "within" and dossier["hops"][-1]["status_name"] == "in progress"
    assert [stay["verdict_name"] for stay in dossier["stays"] if stay["ended"] and stay["holder"]][:1] == ["early"], dossier["stays"]


def faults(api, envelope):
    status, problem = api.call("POST", "/v1/envelopes", envelope if isinstance(envelope, bytes) else json.dumps(envelope).encode(),
                               {"Idempotency-Key": "faults"})
    return status, problem


def test_all_faults_at_once_each_with_its_place(api):
    status, problem = faults(api, {**OPEN, "subject": 1, "colour": 2, "to": [{"agency": 3}, 4], "parts": [{"name": "a"}], "amount": "x",
                                   "hand_over": {"manner": "fax", "at": "then"}})
    assert status == 400 and problem["code"] == "BODY_MALFORMED"
    assert {error["pointer"] for error in problem["errors"]} >= {
        "/subject", "/colour", "/to/0/agency", "/to/1", "/parts/0/sha256", "/parts/0/media_type", "/amount", "/hand_over/manner",
        "/hand_over/at"}
    assert problem["pointer"] == problem["errors"][0]["pointer"] and all(error["code"] and error["detail_vi"] for error in problem["errors"])


def test_all_members_of_a_kind_at_once(api):
    status, problem = faults(api, {"kind": "REFUSE", "dossier": DOSSIER, "to": [{"agency": DISTRICT}], "amount": 5, "trace": 4, "items": []})
    assert status == 422 and problem["detail_vi"] != problem["detail_en"], problem
    assert {(error["pointer"], error["code"]) for error in problem["errors"]} == {
        ("/reason", "REASON_REQUIRED"), ("/amount", "FIELD_NOT_ALLOWED"), ("/trace", "FIELD_NOT_ALLOWED")}, problem


def test_json_that_is_none(api):
    deep = b'{"kind":' + b"[" * 3000 + b"]" * 3000 + b"}"
    for text, place in ((b"", ""), (b"\xef\xbb\xbf{}", "line 1, column 1"), (b'{"a":1,\n"a":2}', "line 2, column 3"),
                        (b'{"a":"\xff"}', "line 1"), (b'{"amount":1e400}', "line 1"), (b"[]", ""), (deep, "2,048"),
                        (b'{"kind":"OPEN"} x', "line 1, column 17"), (b'{"kind":"\\ud800"}', "line 1")):
        status, problem = faults(api, text)
        assert status == 400 and problem["code"] == "BODY_MALFORMED" and place in problem["detail"], (text[:40], problem)
        assert problem["detail_vi"] != problem["detail_en"], problem


def test_what_is_not_known_is_named(api):
    status, problem = faults(api, {**OPEN, "kind": "OPENN"})
    assert status == 422 and problem["code"] == "KIND_NOT_SUPPORTED" and "OPENN" in problem["detail"] and problem["pointer"] == "/kind"
    status, problem = faults(api, {**OPEN, "to": [{"agency": "H99.99"}]})
    assert status == 422 and problem["code"] == "RECIPIENT_UNKNOWN" and "H99.99" in problem["detail"], problem
    # Whoever has just imported a procedure may ask before it shows: not "version 0", and in the reader's language.
    unknown = api.call("GET", "/v1/procedures/9.999999")[1]
    status, problem = faults(api, {**OPEN, "procedure": "9.999999", "procedure_version": None})
    assert (status, problem["code"], problem["pointer"], unknown["code"]) == (422, "PROCEDURE_UNKNOWN", "/procedure_version", "NOT_FOUND"), problem
    for said in (problem, unknown):
        assert "no version of 9.999999 is in force today" in said["detail_en"] and "hôm nay không phiên bản nào của 9.999999" in said["detail_vi"], said


def test_what_a_key_was_used_for_and_what_is_answered_is_named(api):
    first = api.post({**OPEN, "dossier": officetime.dossier_code(DISTRICT, 351)}, key="two-systems")
    status, problem = api.call("POST", "/v1/envelopes", {**OPEN, "subject": "another system's"}, {"Idempotency-Key": "two-systems"})
    assert status == 422 and problem["code"] == "IDEMPOTENCY_KEY_REUSED" and first["id"] in problem["detail_en"] and first["id"] in problem["detail_vi"], problem
    status, problem = api.call("POST", "/v1/envelopes", {**OPEN, "idempotency_key": "a"}, {"Idempotency-Key": "b"})
    assert status == 400 and "another key than the member" in problem["detail_en"], problem
    status, problem = api.call("POST", "/v1/envelopes", {"kind": "ACCEPT", "dossier": first["dossier"], "in_reply_to": "0" * 8 + "-0000-7000-8000-" + "0" * 12},
                               {"Idempotency-Key": "of-nothing"})
    assert (status, problem["code"], problem["pointer"]) == (422, "REPLY_UNKNOWN", "/in_reply_to"), problem
    problem = api.call("POST", "/v1/envelopes", {"again": "x"}, {"Idempotency-Key": "again"})[1]
    assert "not here" not in problem["detail_vi"] and "không có ở đây" in problem["detail_vi"], problem
