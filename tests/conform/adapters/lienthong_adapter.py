#!/usr/bin/python3
"""lienthong-adapter under the orders of docs/conformance.md: they become calls of its HTTP API, over a Unix socket.

usage: lienthong_adapter.py PATH-OF-lienthong-adapter FOLDER"""
import hashlib
import http.client
import json
import pathlib
import secrets
import socket
import subprocess
import sys
import time
import uuid

CONF = """[adapter]
data=state
listen=unix:api
curve_key=curve.secret
log_level=info
[broker]
endpoint={endpoint}
domain={domain}
key=broker.public
[trust]
registrar=registrar.pem
ca=ca.pem
crl=crl.der
[agency {agency}]
key=key.pem
cert=cert.pem
"""
STARTED = 10  # seconds until it listens


class Connection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


class Adapter:
    def __init__(self, program, folder):
        self.folder = pathlib.Path(folder)
        conf = self.folder / "adapter.conf"
        conf.write_text(CONF.format(**json.loads((self.folder / "conform.json").read_text())))
        (self.folder / "state").chmod(0o700)
        self.api = str(self.folder / "api")
        self.popen = subprocess.Popen([program, "--config", conf], stdin=subprocess.DEVNULL, stdout=sys.stderr, stderr=sys.stderr)
        end = time.monotonic() + STARTED
        while True:
            try:
                self.call("GET", "/healthz")
                return
            except OSError:
                if self.popen.poll() is not None or time.monotonic() > end:
                    raise SystemExit(f"{program} does not listen: {self.popen.poll()}") from None
                time.sleep(0.01)

    def call(self, method, path, body=None, **headers):
        connection = Connection(self.api)
        try:
            data = json.dumps(body).encode() if isinstance(body, dict) else body
            connection.request(method, path, data, {"Content-Type": "application/json", **headers} if isinstance(body, dict) else headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        finally:
            connection.close()

    @staticmethod
    def outcome(answer):
        status, said = answer
        return {"id": uuid.UUID(said["id"]).hex} if status in (200, 202) else {"refused": f"{status} {said}"}

    def send(self, order):
        parts = []
        for one in order["parts"]:
            data = pathlib.Path(one["file"]).read_bytes()
            self.call("PUT", "/v1/parts", data)
            parts.append({"sha256": hashlib.sha256(data).hexdigest(), "name": one["name"], "media_type": one["media_type"]})
        known = ("kind", "dossier", "to", "reason", "subject", "branch", "branch_version", "procedure", "procedure_version")
        act = {name: order[name] for name in known if order.get(name)}
        return self.outcome(self.call("POST", "/v1/envelopes", {**act, "parts": parts}, **{"Idempotency-Key": secrets.token_hex(12)}))

    def answer(self, order):
        path = f"/v1/inbox/{uuid.UUID(order['id'])}/" + ("accept" if order["accept"] else "refuse")
        return self.outcome(self.call("POST", path, {} if order["accept"] else {"reason": order["reason"]}))

    def outbox(self, order):
        state = self.call("GET", f"/v1/envelopes/{uuid.UUID(order['id'])}")[1].get("state")
        return {"state": "admitted" if state == "delivered" else state}

    def inbox(self, _):
        return {"ids": [uuid.UUID(item["id"]).hex for item in self.call("GET", "/v1/inbox?limit=1000")[1]["items"]]}


def main():
    adapter = Adapter(*sys.argv[1:])
    print(json.dumps({"ready": True, "name": "lienthong-adapter", "offers": []}), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        print(json.dumps(getattr(adapter, order["do"])(order)), flush=True)
    adapter.popen.terminate()
    adapter.popen.wait()


if __name__ == "__main__":
    main()
