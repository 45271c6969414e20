"""What the agency's engineer has on the command line: a backup of a running adapter that works after a restore, and what it says of itself."""
import json
import os
import shutil
import signal
import subprocess
import time

from fakeclock import FakeClock
from office import DEPARTMENT, DISTRICT
from pyflow import way_over
from pytus import Uploads


def tool(site, code, *words):
    conf = site.path(site.agency(code)["conf"])
    return subprocess.run([str(site.adapter_bin), "--config", str(conf), *map(str, words)], capture_output=True, text=True, timeout=30)


def test_backup_and_questions(running, new_case, tmp_path):
    site, case = running, new_case()
    case.open(**way_over(site, DEPARTMENT))
    offer = case.post(DISTRICT, "FORWARD", [DEPARTMENT])
    case.item(DEPARTMENT, offer)
    done = tool(site, DEPARTMENT, "inbox", "--json")
    assert done.returncode == 0 and [i["id"] for i in json.loads(done.stdout)["items"]] == [offer], done
    for command in ("status", "todo", "outbox"):
        done = tool(site, DEPARTMENT, command)
        assert done.returncode == 0 and json.loads(done.stdout), (command, done)
    assert tool(site, DEPARTMENT, "check").returncode == 0 and tool(site, DEPARTMENT, "nonsense").returncode == 64
    copy = tmp_path / "copy"
    assert tool(site, DEPARTMENT, "backup", copy).returncode == 0
    assert (copy.stat().st_mode & 0o777, (copy / "store.mdb").stat().st_mode & 0o777) == (0o700, 0o600)
    assert tool(site, DEPARTMENT, "backup", copy).returncode != 0
    site.broker.stop()
    red = tool(site, DEPARTMENT, "status")
    assert red.returncode in (0, 2) and json.loads(red.stdout)["link"] == "connecting"
    site.start_broker()
    assert site.adapters[DEPARTMENT].stop() == 0
    away = tool(site, DEPARTMENT, "status")
    assert away.returncode == 69 and "no adapter answers" in away.stderr
    data = site.folder / f"adapters/{DEPARTMENT}/data"
    shutil.rmtree(data)
    shutil.copytree(copy, data)
    site.start_adapter(DEPARTMENT)
    case.accept(DEPARTMENT, offer)
    assert case.holder() == DEPARTMENT


def test_what_was_rejected_goes_again(running, new_case):
    """As a new act with what it had, where the dossier is by now; asked for twice it goes once. What was not rejected does not."""
    site, case = running, new_case()
    case.open()
    api = site.api(DISTRICT)
    part = api.put_part(b"to trinh")
    late = case.post(DISTRICT, "FORWARD", [DEPARTMENT], branch=1, branch_version=7, reason="Kính chuyển", parts=[
        {"sha256": part["sha256"], "name": "a.pdf", "media_type": "application/pdf"}])
    assert api.wait_state(late, ("rejected",), 20)["rejection"]["code"] == "STALE_VERSION"
    done = [tool(site, DISTRICT, "again", late, "--json") for _ in range(2)]
    assert all(one.returncode == 0 for one in done), done
    again = {json.loads(one.stdout)["id"] for one in done}
    assert len(again) == 1 and late not in again, done
    item = case.item(DEPARTMENT, again.pop())
    assert (item["kind"], item["reason"], [p["sha256"] for p in item["parts"]]) == ("FORWARD", "Kính chuyển", [part["sha256"]])
    assert api.envelope(late)["state"] == "rejected"
    for word in (item["id"], "0" * 8 + "-0000-7000-8000-" + "0" * 12):
        refused = tool(site, DISTRICT, "again", word, "--json")
        assert refused.returncode == 77 and json.loads(refused.stdout)["code"] == "FIELD_NOT_ALLOWED", refused
        assert json.loads(refused.stdout)["errors"][0]["pointer"] == "/again"
    assert tool(site, DISTRICT, "again", "x").returncode == 78
    status, answer = api.call("POST", "/v1/envelopes", {"envelopes": [{"again": late, "idempotency_key": f"again-{late}"}, {"again": late, "kind": "OPEN"}]})
    assert status == 200 and [one["status"] for one in answer["results"]] == [422, 400], answer  # other bytes; no member beside it


def issue(site, request, to):
    """What the CA makes of a request."""
    ca = site.folder / "ca"
    ext = to.with_suffix(".ext")
    ext.write_text("basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n")
    subprocess.run(["openssl", "x509", "-req", "-in", request, "-CA", ca / "ca.pem", "-CAkey", ca / "ca.key.pem", "-set_serial", "77", "-days", "30",
                    "-extfile", ext, "-out", to], check=True, capture_output=True)
    return to


def enroll(site, code, folder):
    done = subprocess.run([str(site.adapter_bin), "enroll", code, str(folder)], capture_output=True, text=True)
    assert done.returncode == 0, done
    modes = {name: (folder / name).stat().st_mode & 0o777 for name in ("key.pem", "curve.secret", "request.json")}
    assert modes == {"key.pem": 0o600, "curve.secret": 0o600, "request.json": 0o644} and folder.stat().st_mode & 0o777 == 0o700
    return next(line.strip() for line in done.stdout.splitlines() if line.count("-") == 7)


def test_an_agency_is_enrolled_by_its_request(running, new_case, tmp_path):
    """The agency makes its keys, two people compare one fingerprint, the registrar enrols them beside the old ones; then the adapter takes them
    without a restart. A request that somebody has exchanged on its way, and a certificate of another key, are refused."""
    site, case = running, new_case()
    case.open()
    own, other = tmp_path / "new", tmp_path / "other"
    told, theirs = enroll(site, DISTRICT, own), enroll(site, DISTRICT, other)
    assert told != theirs
    again = subprocess.run([str(site.adapter_bin), "enroll", DISTRICT, str(own)], capture_output=True, text=True)
    assert again.returncode == 74 and "exists" in again.stderr, again
    shown = subprocess.run([str(site.cli_bin), "enroll", "show", str(own / "request.json"), "--json"], capture_output=True, text=True)
    assert json.loads(shown.stdout) == {"agency": DISTRICT, "fingerprint": told}
    cert = issue(site, own / "request.pem", own / "cert.pem")
    approve = lambda file, fingerprint, cert, expect: site.cli("enroll", "approve", str(file), "--fingerprint", fingerprint, "--cert", str(cert), "--reason",
                                                               "thay khóa", expect=expect, as_json=expect == 0)
    approve(other / "request.json", told, cert, 77)
    approve(own / "request.json", told, issue(site, other / "request.pem", other / "cert.pem"), 65)
    approve(own / "request.json", told.lower().replace("-", " "), cert, 0)
    entry = next(a for a in site.cli("agency", "export")["agencies"] if a["code"] == DISTRICT)
    assert len(entry["certificates"]) == len(entry["curve_keys"]) == 2, entry
    home = site.folder / "adapters" / DISTRICT
    for name in ("key.pem", "cert.pem", "curve.secret"):
        (home / name).write_bytes((own / name).read_bytes())
    adapter = site.adapters[DISTRICT]
    before = adapter.log_size()
    os.kill(adapter.pid, signal.SIGHUP)
    adapter.wait_log("another CURVE key is in use", after=before)
    adapter.wait_log("session opened", after=before)
    assert site.api(DISTRICT).call("GET", "/healthz")[1]["reload"]["keys_changed"] == 2
    # The old ones end; a large part goes by the new link key too.
    site.cli("enroll", "approve", str(own / "request.json"), "--fingerprint", told, "--cert", str(cert), "--only", "--reason", "hết dùng khóa cũ")
    entry = next(a for a in site.cli("agency", "export")["agencies"] if a["code"] == DISTRICT)
    assert (len(entry["certificates"]), len(entry["curve_keys"]), len(entry["ended_keys"])) == (1, 1, 1), entry
    scan = Uploads(site.api(DISTRICT)).bring(bytes(300000))
    assert json.loads(tool(site, DISTRICT, "status").stdout)["large"] == {"parts": 1, "unfinished": 0, "bytes": 300000}
    case.accept(DEPARTMENT, case.post(DISTRICT, "FORWARD", [DEPARTMENT], parts=[{"sha256": scan, "name": "scan.pdf", "media_type": "application/pdf"}]))
    # The broker's keys are no agency's, and an agency's are not the broker's.
    broker = tmp_path / "broker"
    done = subprocess.run([str(site.broker_bin), "enroll", DISTRICT, str(broker)], capture_output=True, text=True)
    told = next(line.strip() for line in done.stdout.splitlines() if line.count("-") == 7)
    refused = approve(broker / "request.json", told, issue(site, broker / "request.pem", broker / "cert.pem"), 65)
    assert json.loads((broker / "request.json").read_text())["agency"] == DISTRICT and "curve_key" not in (broker / "request.json").read_text(), refused
    # A new agency comes the same way.
    new = tmp_path / "H37.77"
    told = enroll(site, "H37.77", new)
    words = ("enroll", "approve", str(new / "request.json"), "--fingerprint", told, "--cert", str(issue(site, new / "request.pem", new / "cert.pem")),
             "--reason", "xã mới")
    site.cli(*words, expect=64, as_json=False)
    site.cli(*words, "--name", "Xã Mới", "--level", "commune", "--parent", DISTRICT)
    assert site.cli("agency", "show", "H37.77")["certificates"] == 1


def test_a_certificate_that_ends_soon_is_told(site):
    """30 days before, once a day, and once an hour when 7 days are left: in health, metrics and log; health does not become red by it."""
    ends = subprocess.run(["openssl", "x509", "-in", str(site.path(site.agency(DISTRICT)["cert"])), "-noout", "-enddate"], capture_output=True, text=True,
                          check=True).stdout.strip().partition("=")[2]
    left = time.mktime(time.strptime(ends, "%b %d %H:%M:%S %Y GMT")) - time.timezone - time.time()
    clock, day, hour = FakeClock(site.folder / "clock"), 86400, 3600
    adapter = site.adapters.setdefault(DISTRICT, site.adapter_process(DISTRICT))
    adapter.env = clock.env
    clock.set(left - 31 * day)
    adapter.start()
    site.wait_health(DISTRICT)
    api = site.api(DISTRICT)
    lines = lambda: adapter.log.read_text().count('"reason":"CERTIFICATE_ENDS"')

    def at(before_the_end, said):
        """What health says then, when the log has been given its turn."""
        clock.set(left - before_the_end)
        end = time.monotonic() + 10
        while lines() < said and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(0.5)
        assert lines() == said, (before_the_end / day, lines(), said)
        health = api.call("GET", "/healthz")[1]
        assert "CERTIFICATE_ENDS" not in [cause["code"] for cause in health["causes"]]
        return [warning for warning in health["warnings"] if warning["code"] == "CERTIFICATE_ENDS"]

    assert at(31 * day, 0) == []
    assert "in 28 days" in at(29 * day, 1)[0]["detail"]
    at(29 * day - 2 * hour, 1)
    at(28 * day - hour, 2)
    assert "in 5 days" in at(6 * day, 3)[0]["detail"]
    at(6 * day - hour / 2, 3)
    at(6 * day - 2 * hour, 4)
    assert at(6 * day - 2 * hour, 4)[0]["detail_vi"]
