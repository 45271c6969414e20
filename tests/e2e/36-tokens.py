"""Who may call the adapter: named tokens with agencies, kinds and read or write, exchanged while it runs; users at a Unix socket."""
import json
import os
import pwd
import signal
import subprocess
import sys
import time

import pytest

from deployment import Api
from office import DISTRICT

TOKENS = """# who may call
desk    dddddddddddddddddddd
portal  pppppppppppppppppppp kind=OPEN
report  rrrrrrrrrrrrrrrrrrrr read
other   oooooooooooooooooooo agency=H37.11
"""


def reload(process, file, text, said=None):
    file.write_text(text)
    before = process.log_size()
    os.kill(process.pid, signal.SIGHUP)
    if said:
        process.wait_log(said, after=before)


def until(call, wanted, seconds=10):
    end = time.monotonic() + seconds
    while (got := call()) != wanted:
        assert time.monotonic() < end, (got, wanted)
        time.sleep(0.05)


def test_named_tokens(site, new_case):
    site.start_broker()
    api = site.start_adapter(DISTRICT)
    process = site.adapters[DISTRICT]
    file = site.path(site.agency(DISTRICT)["token_file"])
    named = {name: Api(api.host, api.port, name[0] * 20) for name in ("desk", "portal", "report", "other")}
    assert named["desk"].call("GET", "/v1/inbox")[0] == 401
    reload(process, file, TOKENS)
    until(lambda: named["desk"].call("GET", "/v1/inbox")[0], 200)
    assert api.call("GET", "/v1/inbox")[0] == 401, "the token of before has gone, and nothing was started again"

    case = new_case()
    opening = {"kind": "OPEN", "dossier": case.code, "to": [{"agency": DISTRICT}], "procedure": "1.010828", "procedure_version": 1}
    opened = named["portal"].post(opening)
    process.wait_log(f'/v1/envelopes/{opened["id"]}')
    line = next(json.loads(row) for row in process.log.read_text().splitlines() if opened["id"] in row and '"client"' in row)
    assert line["client"] == "portal", line

    def refused(name, method, path, body=None, headers=None):
        status, problem = named[name].call(method, path, body, headers)
        assert (status, problem["code"]) == (403, "TOKEN_NOT_ALLOWED") and name in problem["detail"], problem
        return problem["detail"]

    key = {"Idempotency-Key": "x"}
    assert "FORWARD" in refused("portal", "POST", "/v1/envelopes", {"kind": "FORWARD", "dossier": case.code, "to": [{"agency": "H37.11"}]}, key)
    refused("portal", "POST", "/v1/inbox/1/accept", {})
    refused("portal", "POST", "/v1/ledger/accept", {"reason": "x"})
    refused("report", "POST", "/v1/envelopes", opening, key)
    refused("report", "PUT", "/v1/parts", b"x")
    assert "H37.24" in refused("other", "POST", "/v1/envelopes", {**opening, "sender": DISTRICT}, key)
    refused("other", "GET", f"/v1/todo?agency={DISTRICT}")
    refused("other", "GET", "/v1/todo")
    refused("other", "GET", f"/v1/dossiers/{case.code}")
    path = f"/v1/envelopes/{opened['id']}"
    assert named["report"].call("GET", path)[0] == 200 and named["other"].call("GET", path)[0] == 404
    assert named["other"].call("GET", "/v1/inbox")[1]["items"] == []

    # A file that is wrong changes nothing, and says the line.
    reload(process, file, TOKENS + "desk eeeeeeeeeeeeeeeeeeee\n", "token_file, line 6: the name stands twice")
    assert named["desk"].call("GET", "/v1/inbox")[0] == 200


@pytest.mark.skipif(os.getuid() != 0, reason="only root can call as another user")
def test_users_at_a_unix_socket(site):
    site.start_broker()
    agency = site.agency(DISTRICT)
    conf = site.path(agency["conf"])
    mine = conf.with_name("unix.conf")
    mine.write_text("".join("listen=unix:api.sock\n" if line.startswith("listen") else line for line in conf.read_text().splitlines(True)))
    other = pwd.getpwnam("nobody")
    site.path(agency["token_file"]).write_text(f"desk user:{pwd.getpwuid(0).pw_name}\nfar ffffffffffffffffffff read\n")
    process = site.adapters["unix"] = site.adapter_process(DISTRICT, mine, "unix")
    process.start()
    process.wait_log("serving")
    path = conf.with_name("api.sock")
    os.chmod(path, 0o666)
    for folder in [*path.parents]:
        if folder.stat().st_uid == 0 and str(folder).startswith("/tmp/"):
            os.chmod(folder, 0o755)

    def call(*headers, user=0):
        code = ("import os, socket, sys; os.setuid(int(sys.argv[2])); s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);"
                "s.sendall(sys.stdin.buffer.read()); print(s.recv(4096).split()[1].decode())")
        request = "\r\n".join(["GET /v1/inbox HTTP/1.1", "Host: x", "Connection: close", *headers, "", ""])
        done = subprocess.run([sys.executable, "-c", code, str(path), str(user)], input=request.encode(), capture_output=True, check=True)
        return int(done.stdout)
    assert call() == 200
    assert call(user=other.pw_uid) == 401
    assert call("Authorization: Bearer " + "f" * 20, user=other.pw_uid) == 200
