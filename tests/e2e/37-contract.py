"""docs/openapi/adapter.yaml is the contract: every answer that it promises occurs, and a client that is made of it alone works."""
import json
import os
import shutil
import signal
import socket
import subprocess
import time

import pytest

import contract
import kindlist
import pytus
from deployment import ROOT, Api
from office import DEPARTMENT, DISTRICT

NEVER_HERE = {  # answers that take a broken ledger, made by the test that is named
    ("POST", "/v1/ledger/accept", 200): "tests/e2e/33-ledger-watch.py"}
HOOK_ANSWERS = {  # a webhook is told there, and this file has none
    ("GET", "/v1/hooks/{name}", 200), ("GET", "/v1/hooks/{name}", 304), ("GET", "/v1/hooks/{name}", 410), ("POST", "/v1/hooks/{name}/redeliver", 200)}
EMPTY = "0" * 64
NOBODY = "019ab3c4-0000-7000-8000-000000000001"
CLIENT = """
const fs = require("fs");
const [, , page, base, token, dossier] = process.argv;
const api = {};
for (const [template, item] of Object.entries(JSON.parse(fs.readFileSync(page)).paths))
  for (const [method, operation] of Object.entries(item))
    api[operation.operationId] = async (given = {}) => {
      const query = new URLSearchParams(), headers = { Authorization: `Bearer ${token}` };
      let path = template, body;
      for (const { name, in: where } of operation.parameters ?? [])
        if (given[name] === undefined) continue;
        else if (where === "path") path = path.replace(`{${name}}`, encodeURIComponent(given[name]));
        else if (where === "query") query.set(name, given[name]);
        else headers[name] = given[name];
      const media = operation.requestBody && Object.keys(operation.requestBody.content)[0];
      if (media && given.body !== undefined) {
        headers["Content-Type"] = media;
        body = media === "application/json" ? JSON.stringify(given.body) : given.body;
      }
      const answer = await fetch(`${base}${path}${query.size ? "?" + query : ""}`, { method: method.toUpperCase(), headers, body });
      if (!(answer.status in operation.responses)) throw new Error(`${operation.operationId}: ${answer.status} ${await answer.text()}`);
      const type = answer.headers.get("content-type") ?? "";
      return { status: answer.status, content: type.includes("json") ? await answer.json() : Buffer.from(await answer.arrayBuffer()) };
    };
(async () => {
  const health = await api.getHealth();
  const part = await api.putPart({ body: Buffer.from("của Node") });
  const posted = await api.postEnvelope({ "Idempotency-Key": "node-1", body: { kind: "OPEN", dossier, procedure: "1.010828",
    to: [{ agency: health.content.agencies[0] }], subject: null,
    parts: [{ sha256: part.content.sha256, name: "a.txt", media_type: "text/plain" }] } });
  const kept = await api.getEnvelope({ id: posted.content.id });
  const back = await api.getEnvelopePart({ id: posted.content.id, n: 0 });
  console.log(JSON.stringify({ posted: posted.status, state: kept.content.state, part: back.content.toString(),
    calls: Object.keys(api).length }));
})().catch((error) => { console.error(error); process.exit(1); });
"""


def headers_only(api, method, path, *headers):
    """Headers, and no body: (status, type, content)."""
    with socket.create_connection((api.host, api.port), timeout=10) as s:
        lines = [f"{method} {path} HTTP/1.1", "Host: x", f"Authorization: Bearer {api.token}", *headers, "", ""]
        s.sendall("\r\n".join(lines).encode())
        got = b""
        while chunk := s.recv(65536):
            got += chunk
    head, _, content = got.partition(b"\r\n\r\n")
    kind = next(line[14:] for line in head.decode().split("\r\n") if line.lower().startswith("content-type:"))
    contract.check(method, path, int(head.split()[1]), kind, content)


def test_what_the_page_lists_is_what_there_is():
    posted = contract.page()["components"]["schemas"]["Post"]["properties"]["kind"]["enum"]
    assert posted == [kind.name for kind in kindlist.kinds() if kind.sender == "AGENCY"]
    routes = set()
    for line in (ROOT / "agency-adapter/http/api_routes.c").read_text().splitlines():
        if line.startswith('\t{ "'):
            method, path = line.split('"')[1::2][:2]
            routes.add((method, path))
    assert routes, "no routes"
    star = {(method, "/".join("*" if word.startswith("{") else word for word in template.strip("/").split("/")))
            for method, template, _, _ in contract.operations()}
    assert star == routes, star ^ routes


def lists_of_anything(schema, place="page"):
    """Where a list is, and nothing says of what: a compiler of types would not know it."""
    if isinstance(schema, list):
        return [found for n, each in enumerate(schema) for found in lists_of_anything(each, f"{place}/{n}")]
    if not isinstance(schema, dict):
        return []
    found = [] if "array" not in schema.get("type", "") or "items" in schema else [place]
    return found + [deeper for name, each in schema.items() for deeper in lists_of_anything(each, f"{place}/{name}")]


def test_each_list_of_the_page_says_of_what():
    assert lists_of_anything({"a": {"type": ["array", "object"]}}) == ["page/a"]
    assert lists_of_anything(contract.page()) == []


def fill(template, **known):
    for name, value in known.items():
        template = template.replace("{%s}" % name, str(value))
    return template


def common(api, limited, ids):
    """Answers that come in the same way from each call: 400, 401, 403, 413, 415 and 304."""
    stranger = Api(api.host, api.port, "nobody's token of 20")
    for method, template, _, operation in contract.operations():
        path = fill(template, **(ids(template, api) if "uploads" in template else ids(template)))
        stranger.call(method, path, raw=True)
        api.call(method, path + "?nonsense=1")
        if "403" in operation["responses"]:
            limited.call(method, path, None if method == "GET" else b"{}", {"Idempotency-Key": "x"}, raw=True)
        if "413" in operation["responses"]:
            headers_only(api, method, path, "Content-Length: 150000000")
            headers_only(api, method, path, "Content-Length: 5", "Content-Encoding: gzip")
        if "304" in operation["responses"]:
            for _ in range(5):  # what lives may change between two looks
                tag = _tag(api, path)
                if api.call("GET", path, headers={"If-None-Match": tag}, raw=True)[0] == 304:
                    break


def procedures(api, code):
    """What is defined, in pages and one by one; and an OPEN that names no version takes the one in force."""
    status, page = api.call("GET", "/v1/procedures")
    assert status == 200 and page["after"] is None and all("legs" not in row for row in page["procedures"])
    rows = [(row["code"], row["version"]) for row in page["procedures"]]
    assert rows == sorted(set(rows)) and ("1.010828", 1) in rows
    seen, after = [], ""
    while after is not None:
        part = api.call("GET", "/v1/procedures?limit=1" + (f"&after={after}" if after else ""))[1]
        seen += [(row["code"], row["version"]) for row in part["procedures"]]
        after = part["after"]
    assert seen == rows
    whole = api.call("GET", "/v1/procedures/1.010828")[1]
    file = json.loads((ROOT / "conf/procedures/1.010828-v1.json").read_text())
    assert [leg["id"] for leg in whole["legs"]] == [leg["id"] for leg in file["legs"]]
    assert [(leg["agency"], leg["kind"], leg.get("next")) for leg in whole["legs"]] == \
        [(leg["agency"], leg["kind"], leg.get("next")) for leg in file["legs"]]
    assert whole["in_force"] and whole["version"] in [v["version"] for v in whole["versions"] if v["in_force"]]
    assert api.call("GET", f"/v1/procedures/1.010828?version={whole['version']}")[1]["legs"] == whole["legs"]
    for path in ("1.010828?version=99", "1.999999", "none", "1.010828?agency=H99"):
        assert api.call("GET", f"/v1/procedures/{path}")[0] == (422 if "H99" in path else 404), path
    assert api.call("GET", "/v1/procedures?agency=H99")[0] == 422
    assert api.call("GET", "/v1/procedures?after=1.010828")[0] == 400
    act = {"kind": "OPEN", "dossier": code, "procedure": "1.010828", "to": [{"agency": DISTRICT}]}
    opened = api.post(act, key="no-version")["id"]
    assert api.envelope(opened)["procedure_version"] == whole["version"]
    assert api.post(act, key="no-version")["id"] == opened, "a repeat"
    assert "/procedure_version" in json.dumps(api.post({**act, "procedure": "1.999999"}, expect=422))
    one, = api.call("POST", "/v1/envelopes", {"envelopes": [{**act, "idempotency_key": "of-several"}]})[1]["results"]
    assert one["status"] == 422 and "/procedure_version" in json.dumps(one)


def _tag(api, path):
    import http.client
    connection = http.client.HTTPConnection(api.host, api.port, timeout=10)
    connection.request("HEAD", path, headers={"Authorization": f"Bearer {api.token}", "Tus-Resumable": "1.0.0"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.getheader("ETag", '"none"')


def test_every_answer_of_the_page_occurs(running, new_case):
    contract.SEEN.clear()
    api, other = running.api(DISTRICT), running.api(DEPARTMENT)
    file = running.path(running.agency(DISTRICT)["token_file"])
    file.write_text(f"{api.token}\nlimited llllllllllllllllllll read agency=H37.11\n")
    os.kill(running.adapters[DISTRICT].pid, signal.SIGHUP)
    limited = Api(api.host, api.port, "l" * 20)
    case = new_case()
    case.open(DISTRICT)
    part = api.put_part(b"0123456789")
    api.put_part(b"0123456789")
    sent = [api.post({"kind": "FORWARD", "dossier": case.code, "to": [{"agency": DEPARTMENT}],
                      "parts": [{"sha256": part["sha256"], "name": "a.txt", "media_type": "text/plain"}]})["id"]]
    item = other.wait_item(lambda i: i["id"] == sent[0])
    other.call("GET", f"/v1/inbox/{item['number']}")
    for path in (f"/v1/parts/{part['sha256']}", f"/v1/envelopes/{sent[0]}/parts/0"):
        for span in ("bytes=0-3", "bytes=99-", ""):
            api.call("GET", path, headers={"Range": span} if span else {}, raw=True)
    for span in ("bytes=0-3", "bytes=99-", ""):
        other.call("GET", f"/v1/inbox/{item['number']}/parts/0", headers={"Range": span} if span else {}, raw=True)
    other.call("POST", f"/v1/inbox/{item['number']}/refuse", {})
    other.refuse(item["number"], "Thiếu bản sao")
    other.call("POST", f"/v1/inbox/{item['number']}/accept")
    case.admitted(DEPARTMENT, other.call("GET", f"/v1/inbox/{item['number']}")[1]["answer"])
    again = api.post({"kind": "FORWARD", "dossier": case.code, "to": [{"agency": DEPARTMENT}]})["id"]
    second = other.wait_item(lambda i: i["id"] == again)
    other.accept(second["number"])
    other.call("POST", f"/v1/inbox/{second['number']}/refuse", {"reason": "nay thì không"})

    upload = {caller: pytus.every_answer(caller) for caller in (api, other)}

    def ids(template, caller=api):
        mine = "/inbox/" not in template
        if "uploads" in template:
            return {"id": upload[caller]}
        number = item["number"] if "/parts/" in template else second["number"]
        return {"sha256": part["sha256"], "id": sent[0] if mine else number, "n": 0, "form": "01", "name": "none",
                "code": DISTRICT if "agencies" in template else "1.010828" if "procedures" in template else case.code}
    for caller, limit in ((api, limited), (other, Api(other.host, other.port, "x" * 20))):
        common(caller, limit, ids)
    department_file = running.path(running.agency(DEPARTMENT)["token_file"])
    department_file.write_text(f"{other.token}\nlimited llllllllllllllllllll read agency=H37.24\n")
    os.kill(running.adapters[DEPARTMENT].pid, signal.SIGHUP)
    end = time.monotonic() + 10
    while Api(other.host, other.port, "l" * 20).call("GET", "/v1/agencies")[0] != 200:
        assert time.monotonic() < end, "the tokens were not read again"
        time.sleep(0.05)
    common(other, Api(other.host, other.port, "l" * 20), ids)
    for path in ("/v1/parts/" + EMPTY, "/v1/envelopes/" + NOBODY, f"/v1/envelopes/{NOBODY}/parts/0", "/v1/inbox/99999",
                 "/v1/inbox/99999/parts/0", "/v1/agencies/H99", "/v1/dossiers/H37.24-20200101-0000001", "/v1/dossiers/H37.24-20200101-0000001/answer",
                 "/healthz", "/readyz", "/v1/hooks", "/v1/hooks/none", "/v1/dossiers/none", "/v1/todo?agency=H99", "/v1/dossiers?agency=H99", "/v1/envelopes?dossier=none",
                 "/v1/agencies?own=true", "/v1/agencies/H37.24", "/v1/envelopes", "/v1/todo", "/v1/dossiers", f"/v1/dossiers/{case.code}", "/v1/events", "/v1/inbox"):
        api.call("GET", path)
    for query in ("", "?agency=H99"):
        api.call("GET", f"/v1/dossiers/{case.code}/answer{query}")
    procedures(api, new_case().code)
    api.call("GET", "/metrics", raw=True)
    for paper in ("01?data=true", "99", "01?agency=H99"):
        api.call("GET", f"/v1/dossiers/{case.code}/forms/{paper}", raw=True)
    for path in ("/v1/envelopes", "/v1/events", "/v1/inbox"):
        api.call("GET", path + "?after=" + "7f" + "ff" * 15)
    for verb in ("accept", "refuse"):
        api.call("POST", f"/v1/inbox/99999/{verb}", {"reason": "x"} if verb == "refuse" else None)
    api.post({"kind": "FORWARD", "dossier": case.code, "to": [{"agency": "H99.99"}]}, expect=422)
    api.post({"kind": "FORWARD", "dossier": "H37.24-20200101-0000009", "to": [{"agency": DEPARTMENT}]}, expect=404)
    for key, body in (("q1", None), ("q1", {}), ("q2", {"agency": "H99"})):
        api.call("POST", "/v1/codes", body, {"Idempotency-Key": key})
    for query in ("", "?agency=H99"):
        api.call("GET", "/v1/codes" + query)
    act = {"kind": "ACCEPT", "dossier": case.code, "to": [{"agency": DISTRICT}], "in_reply_to": sent[0]}
    other.call("POST", "/v1/envelopes", {"envelopes": [{**act, "idempotency_key": "one"}, {"kind": "x"}]})
    other.post(act, expect=409)
    api.call("POST", "/v1/ledger/accept", {"reason": "x"})
    api.call("POST", "/v1/ledger/accept", {"reason": " "})
    api.call("GET", "/v1/inbox?dossier=x")
    running.broker.stop()
    end = time.monotonic() + 20
    while api.call("GET", "/v1/todo")[0] != 503 or api.call("GET", "/v1/dossiers")[0] != 503 or \
            api.call("GET", "/v1/dossiers/H37.24-20200101-0000001")[0] != 503 or api.call("GET", "/v1/procedures")[0] != 503 or \
            api.call("GET", "/v1/procedures/1.010828")[0] != 503 or api.call("GET", f"/v1/dossiers/{case.code}/answer")[0] != 503:
        assert time.monotonic() < end, "the broker's absence does not show"
        time.sleep(0.1)
    assert other.call("POST", "/v1/codes", {}, {"Idempotency-Key": "first-of-the-day"})[0] == 503
    api.call("GET", f"/v1/dossiers/{case.code}/forms/01", raw=True)
    api.call("POST", "/v1/hooks/none/redeliver")
    missing = contract.promised() - contract.SEEN - set(NEVER_HERE) - HOOK_ANSWERS - {("GET", "/healthz", 503), ("GET", "/readyz", 503)}
    assert not missing, sorted(missing)
    for (method, path, _), where in NEVER_HERE.items():
        assert path in (ROOT / where).read_text(), f"{where} does not {method} {path}"


@pytest.mark.skipif(not shutil.which("node"), reason="no node here")
def test_a_client_made_of_the_page(site, new_case, tmp_path):
    site.start_broker()
    api = site.start_adapter(DISTRICT)
    (tmp_path / "page.json").write_text(json.dumps(contract.page()))
    (tmp_path / "client.js").write_text(CLIENT)
    done = subprocess.run(["node", tmp_path / "client.js", tmp_path / "page.json", f"http://{api.host}:{api.port}", api.token,
                           new_case().code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    got = json.loads(done.stdout)
    assert got["posted"] == 202 and got["part"] == "của Node" and got["state"] in ("queued", "admitted", "delivered"), got
    assert got["calls"] == len(contract.operations())
