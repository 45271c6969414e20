"""Another key and certificate in place of an agency's."""
import base64
import json
import subprocess


def renew(site, agency, ca=None, days=30):
    """A new key and certificate in place of the old one, in the directory and in the adapter's folder."""
    home, ca = site.folder / "adapters" / agency, ca or site.folder / "ca"
    (home / "new.ext").write_text("basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n")
    subprocess.run(["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", home / "new.key", "-subj",
                    f"/C=VN/CN={agency}", "-out", home / "new.csr"], check=True, capture_output=True)
    subprocess.run(["openssl", "x509", "-req", "-in", home / "new.csr", "-CA", ca / "ca.pem", "-CAkey", ca / "ca.key.pem", "-set_serial", "99",
                    "-days", str(days), "-extfile", home / "new.ext", "-out", home / "new.pem"], check=True, capture_output=True)
    der = subprocess.run(["openssl", "x509", "-in", home / "new.pem", "-outform", "DER"], check=True, capture_output=True).stdout
    entry = next(a for a in site.cli("agency", "export")["agencies"] if a["code"] == agency)
    entry["certificates"] = [base64.b64encode(der).decode()]
    (site.folder / "renewed.json").write_text(json.dumps({"agencies": [entry]}, ensure_ascii=False))
    site.cli("agency", "import", str(site.folder / "renewed.json"), "--reason", "renewal")


def use_new_key(site, agency):
    home = site.folder / "adapters" / agency
    (home / "key.pem").write_bytes((home / "new.key").read_bytes())
    (home / "cert.pem").write_bytes((home / "new.pem").read_bytes())
