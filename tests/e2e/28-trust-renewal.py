"""A certificate is replaced: the new one signs from then on, what the old one signed stays good."""
import subprocess

from office import DEPARTMENT, DISTRICT
from pyclient import Client
from renewal import renew, use_new_key


def test_what_was_signed_before_a_renewal_stays_good(running, new_case, tmp_path):
    case = new_case()
    case.open()
    running.adapters[DEPARTMENT].stop()
    offer = case.post(DISTRICT, "FORWARD", [DEPARTMENT])
    case.admitted(DISTRICT, offer)
    renew(running, DISTRICT)
    running.start_adapter(DEPARTMENT)
    case.item(DEPARTMENT, offer)  # verified as of its record's time, not of ours
    hops = running.cli("trace", case.code)["hops"]
    assert all(hop["signer"]["agency"] == DISTRICT for hop in hops), hops
    running.cli("envelope", "export", str(hops[0]["sequence"]), str(tmp_path / "out"), as_json=False)
    assert (tmp_path / "out/signer.pem").exists()


def test_a_second_client_takes_what_an_ended_certificate_signed(running, new_case):
    case = new_case()
    case.open()
    running.adapters[DEPARTMENT].stop()
    case.admitted(DISTRICT, case.post(DISTRICT, "FORWARD", [DEPARTMENT]))
    renew(running, DISTRICT)
    with Client.of_sandbox(running.folder, [DEPARTMENT]) as client:
        client.connect()
        while not client.items:
            client.expect("deliver", 15)
        agency, delivery = client.items[0]
        assert client.verify(agency, delivery).fault is None and client.ended[DISTRICT]
        delivery.time = client.ended[DISTRICT][0][1]  # in the very moment of its end
        assert client.verify(agency, delivery).fault == "CERTIFICATE_NOT_ENROLLED"


def make_ca(folder):
    """A CA of its own, with a list that revokes nobody."""
    folder.mkdir()
    run = lambda *words: subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=folder)
    run("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key.pem", "-out", "ca.pem", "-days", "30", "-subj",
        "/C=VN/CN=Another CA", "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    (folder / "index").touch()
    (folder / "number").write_text("01\n")
    (folder / "ca.cnf").write_text("[ca]\ndefault_ca=c\n[c]\ndatabase=index\ncrlnumber=number\ndefault_md=sha256\ncertificate=ca.pem\n"
                                   "private_key=ca.key.pem\n")
    run("ca", "-config", "ca.cnf", "-gencrl", "-crldays", "5", "-out", "crl.pem")
    return folder


def test_a_further_ca_comes_and_goes(running, new_case, tmp_path):
    """Whose certificates are trusted is the registrar's word, in the directory: adapters that pinned one CA follow it."""
    ca = make_ca(running.folder / "ca2")
    running.cli("ca", "add", ca / "ca.pem", "--reason", "nhà cung cấp thứ hai")
    running.cli("crl", "import", ca / "crl.pem", "--reason", "r")
    running.adapters[DISTRICT].stop()
    renew(running, DISTRICT, ca)
    use_new_key(running, DISTRICT)
    running.start_adapter(DISTRICT)
    case = new_case()
    case.open()
    case.hand_off(DISTRICT, DEPARTMENT)
    first = running.cli("trace", case.code)["hops"][0]["sequence"]
    sha256 = next(one["sha256"] for one in running.cli("ca", "list")["cas"] if "Another CA" in one["ca"])
    words = [running.cli_bin, "ca", "withdraw", sha256, "--reason", "bị lộ khóa", "--sandbox", running.folder]
    told = subprocess.run([*words, "--dry-run"], capture_output=True, text=True)
    assert told.returncode == 0 and DISTRICT in told.stderr and DEPARTMENT not in told.stderr, told.stderr
    before = running.broker.log_size()
    subprocess.run(words, check=True, capture_output=True)
    running.broker.wait_log("CERTIFICATE_UNTRUSTED", after=before)
    late = new_case().post(DISTRICT, "OPEN", [DISTRICT], procedure="1.010828", procedure_version=1)
    case.item(DEPARTMENT, case.hops()[1]["id"])  # what was recorded before stays as it is
    running.cli("envelope", "export", str(first), str(tmp_path / "out"), as_json=False)
    assert (tmp_path / "out/ca.pem").read_text().count("BEGIN CERTIFICATE") == 2
    assert running.api(DISTRICT).envelope(late)["state"] in ("queued", "sent")
    assert next(one for one in running.cli("ca", "list")["cas"] if one["sha256"] == sha256)["withdrawn"]
    again = subprocess.run([running.cli_bin, "ca", "add", ca / "ca.pem", "--reason", "r", "--sandbox", running.folder], capture_output=True, text=True)
    assert again.returncode != 0 and "withdrawn" in again.stderr


def test_what_was_in_force_is_shown_and_given_out(running, tmp_path):
    """Older versions come out of the journal with their exact bytes, which openssl checks; so does a list that was replaced."""
    crl = subprocess.run(["openssl", "crl", "-in", make_ca(running.folder / "ca2") / "crl.pem", "-outform", "DER"], check=True,
                         capture_output=True).stdout
    running.cli("ca", "add", running.folder / "ca2/ca.pem", "--reason", "r")
    running.cli("crl", "import", running.folder / "ca2/crl.pem", "--reason", "r")
    renew(running, DISTRICT)
    now, old = running.cli("directory", "show"), running.cli("directory", "show", "--version", "1")
    assert (now["version"], old["version"], len(now["ca"]), len(old["ca"])) == (3, 1, 2, 1)
    cert = lambda shown: next(a for a in shown["agencies"] if a["code"] == DISTRICT)["certificates"]
    assert cert(now) != cert(old) and len(now["agencies"]) == len(old["agencies"])
    out = tmp_path / "one"
    running.cli("directory", "show", "--version", "1", "-o", str(out), as_json=False)
    assert out.read_bytes() == (running.folder / "genesis/directory.bin").read_bytes(), "to the byte, the registrar's signature with it"
    running.cli("directory", "show", "--version", "9", expect=None, as_json=False)
    given = [act["sequence"] for act in running.cli("audit")["acts"] if act["act"].startswith(("crl", "revocation"))]
    running.cli("definition", "export", str(given[-1]), str(tmp_path / "crl.der"), as_json=False)
    assert (tmp_path / "crl.der").read_bytes() == crl
