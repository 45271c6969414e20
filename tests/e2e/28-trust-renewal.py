"""A certificate is replaced: the new one signs from then on, what the old one signed stays good."""
import base64
import json
import subprocess

from office import DEPARTMENT, DISTRICT


def renew(site, agency):
    """A new key and certificate in place of the old one, in the directory and in the adapter's folder."""
    home, ca = site.folder / "adapters" / agency, site.folder / "ca"
    (home / "new.ext").write_text("basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n")
    subprocess.run(["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", home / "new.key", "-subj",
                    f"/C=VN/CN={agency}", "-out", home / "new.csr"], check=True, capture_output=True)
    subprocess.run(["openssl", "x509", "-req", "-in", home / "new.csr", "-CA", ca / "ca.pem", "-CAkey", ca / "ca.key.pem", "-set_serial", "99",
                    "-days", "30", "-extfile", home / "new.ext", "-out", home / "new.pem"], check=True, capture_output=True)
    der = subprocess.run(["openssl", "x509", "-in", home / "new.pem", "-outform", "DER"], check=True, capture_output=True).stdout
    entry = next(a for a in site.cli("agency", "export")["agencies"] if a["code"] == agency)
    entry["certificates"] = [base64.b64encode(der).decode()]
    (site.folder / "renewed.json").write_text(json.dumps({"agencies": [entry]}, ensure_ascii=False))
    site.cli("agency", "import", str(site.folder / "renewed.json"), "--reason", "renewal")


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
