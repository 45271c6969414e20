#!/usr/bin/python3
"""A first hand-off with Python's standard library: python3 first_handoff.py SANDBOX. The page: docs/first-handoff.md."""
import json
import pathlib
import sys
import urllib.request
import uuid


class Adapter:
    def __init__(self, sandbox, agency):
        folder = pathlib.Path(sandbox) / "adapters" / agency
        self.api = (folder / "env").read_text().splitlines()[0].removeprefix("API=")
        self.token = (folder / "token").read_text().strip()

    def call(self, method, path, body=None):
        request = urllib.request.Request(self.api + path, method=method, headers={"Authorization": "Bearer " + self.token})
        if body is not None:
            # Made once for each act and kept with it: the same key again is the same act.
            request.add_header("Idempotency-Key", uuid.uuid4().hex)
            request.data = json.dumps(body, ensure_ascii=False).encode()
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)


def main(sandbox):
    district, department = Adapter(sandbox, "H37.24"), Adapter(sandbox, "H37.11")
    code = district.call("POST", "/v1/codes", {})["code"]
    district.call("POST", "/v1/envelopes", {
        "kind": "OPEN", "dossier": code, "to": [{"agency": "H37.24"}], "procedure": "1.010828", "received": True,
        "body": {"hoTen": "Hoàng Thị Sáu"}})
    sent = district.call("POST", "/v1/envelopes", {
        "kind": "FORWARD", "dossier": code, "to": [{"agency": "H37.11", "leg": "doi-chieu"}]})

    after, item = "0", None
    while item is None:
        page = department.call("GET", f"/v1/inbox?after={after}&wait=30")
        item = next((i for i in page["items"] if i["id"] == sent["id"]), None)
        after = page["after"]
    department.call("POST", f"/v1/inbox/{item['number']}/accept", {})

    state = district.call("GET", f"/v1/envelopes/{sent['id']}?wait=30&until=answered")
    print(code, state["answers"][0]["state"])


if __name__ == "__main__":
    main(sys.argv[1])
