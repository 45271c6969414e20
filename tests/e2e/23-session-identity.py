"""Who may speak: two adapters with one identity, an unknown key, a directory of another registrar, certificates."""
import os
import pathlib
import shutil
import signal
import subprocess
import time

from deployment import Process
from office import Case, DEPARTMENT, DISTRICT, OF_ANYBODY
from renewal import renew, use_new_key


def copy_adapter(site, code, name):
    """A second adapter of the same identity, with data and port of its own."""
    conf = site.path(site.agency(code)["conf"])
    folder = conf.parent.parent / name
    shutil.copytree(conf.parent, folder, ignore=shutil.ignore_patterns("data", "*.sock"))
    lines = []
    for line in (folder / conf.name).read_text().splitlines():
        lines.append("listen = 127.0.0.1:0" if line.split("=")[0].strip() == "listen" else line)
    (folder / conf.name).write_text("\n".join(lines) + "\n")
    return Process(f"adapter {name}", [site.adapter_bin, "--config", folder / conf.name], site.logs / f"adapter-{name}.log")


def test_two_adapters_with_one_identity(running, new_case):
    second = copy_adapter(running, DEPARTMENT, "double").start()
    first = running.adapters[DEPARTMENT]
    try:
        end = time.monotonic() + 30
        while first.alive():
            assert time.monotonic() < end, "the superseded adapter did not end"
            time.sleep(0.05)
        assert first.popen.returncode not in (0, None)
        assert b"SESSION_SUPERSEDED" in first.log.read_bytes()
        assert second.alive()
    finally:
        second.stop()
        first.popen = None


def test_unknown_key_gets_nothing(running, new_case):
    """An adapter whose CURVE key no directory lists never gets a session."""
    stranger = copy_adapter(running, DEPARTMENT, "stranger")
    folder = pathlib.Path(stranger.command[-1]).parent
    import zmq
    public, secret = zmq.curve_keypair()
    for name, key in (("curve.public", public), ("curve.secret", secret)):
        (folder / name).unlink()
        (folder / name).write_bytes(key)
        os.chmod(folder / name, 0o600)
    stranger.start()
    time.sleep(3)
    assert running.adapters[DEPARTMENT].alive()
    sessions = running.cli("status")["sessions"]
    assert public.decode() not in str(sessions)
    stranger.stop()
    case = new_case()
    case.open()
    case.hand_off(DISTRICT, DEPARTMENT)


def test_directory_of_another_registrar(site):
    site.start_broker()
    conf = site.path(site.agency(DISTRICT)["conf"])
    other = site.folder / "other.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "/dev/null",
                    "-out", str(other), "-subj", "/CN=Another registrar"], check=True, capture_output=True)
    text = "\n".join(f"registrar = {other}" if line.split("=")[0].strip() == "registrar" else line for line in conf.read_text().splitlines())
    conf.write_text(text + "\n")
    process = site.adapters.setdefault(DISTRICT, site.adapter_process(DISTRICT))
    process.start()
    process.wait_log("DIRECTORY_UNTRUSTED")


def reload(site, code, said):
    process = site.adapters[code]
    before = process.log_size()
    os.kill(process.pid, signal.SIGHUP)
    process.wait_log(said, after=before)
    return site.api(code).call("GET", "/healthz")[1]["reload"]


def test_revoked_certificate(running, new_case):
    """From the CRL's import on, who holds the revoked key hears nothing more: the open session ends, a new one is refused by name. What its agency
    does meanwhile waits, and goes with its next key, which comes without a restart."""
    case = new_case()
    case.open()
    seen = running.broker.log_size()
    agency = running.agency(DEPARTMENT)
    cert = running.path(agency["cert"])
    ca = running.folder / "ca"
    work = running.folder / "revoke"
    work.mkdir()
    (work / "index.txt").touch()
    (work / "crlnumber").write_text("10\n")
    (work / "ca.cnf").write_text(f"[ca]\ndefault_ca=c\n[c]\ndatabase={work}/index.txt\ncrlnumber={work}/crlnumber\ndefault_md=sha256\n"
                                 f"default_crl_days=30\ncertificate={ca}/ca.pem\nprivate_key={ca}/ca.key.pem\n")
    run = ["openssl", "ca", "-config", str(work / "ca.cnf")]
    subprocess.run([*run, "-revoke", str(cert)], check=True, capture_output=True)
    subprocess.run([*run, "-gencrl", "-out", str(work / "crl.pem")], check=True, capture_output=True)
    subprocess.run(["openssl", "crl", "-in", str(work / "crl.pem"), "-outform", "DER", "-out", str(work / "crl.der")], check=True)
    running.cli("crl", "import", str(work / "crl.der"), "--operator", "bình", "--reason", "mất khóa")
    running.adapters[DEPARTMENT].wait_log("CERTIFICATE_REVOKED")
    running.broker.wait_log("CERTIFICATE_REVOKED", after=seen)
    assert not any(DEPARTMENT in session["agencies"] for session in running.cli("status")["sessions"])
    offer = case.post(DISTRICT, "FORWARD", [DEPARTMENT])
    case.admitted(DISTRICT, offer)
    time.sleep(1)
    assert not any(item["id"] == offer for item in running.api(DEPARTMENT).inbox()), "delivered to a revoked key"
    assert case.holder() == DISTRICT

    api = running.api(DEPARTMENT)
    theirs = Case(running, case.code.replace(DISTRICT, DEPARTMENT, 1))
    opening = {"kind": "OPEN", "dossier": theirs.code, "to": [{"agency": DEPARTMENT}], "procedure": OF_ANYBODY[0], "procedure_version": OF_ANYBODY[1],
               "received": True}
    waits = api.post(opening, key="meanwhile")["id"]
    status, health = api.call("GET", "/healthz")
    assert status == 503 and "CERTIFICATE_REVOKED" in [cause["code"] for cause in health["causes"]], health
    assert (api.envelope(waits)["state"], health["reload"]) == ("queued", None)
    renew(running, DEPARTMENT)
    (running.folder / "adapters" / DEPARTMENT / "key.pem").chmod(0o644)
    told = reload(running, DEPARTMENT, "cannot be read again")
    assert told["keys_changed"] == 0 and DEPARTMENT in told["error"], told
    (running.folder / "adapters" / DEPARTMENT / "key.pem").chmod(0o600)
    use_new_key(running, DEPARTMENT)
    told = reload(running, DEPARTMENT, "configuration read again")
    assert (told["keys_changed"], told["error"]) == (1, None), told
    assert theirs.admitted(DEPARTMENT, waits)["rejection"] is None
    assert api.post(opening, key="meanwhile")["id"] == waits
    case.item(DEPARTMENT, offer)
    assert api.call("GET", "/healthz")[0] == 200
    assert reload(running, DEPARTMENT, "configuration read again")["keys_changed"] == 0, "the same key is no other session"
