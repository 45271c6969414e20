"""What a check needs of the world around the program that is checked: a CA, a registrar, agencies with keys, a signed directory, a
revocation list, a ledger key. Made by `openssl` once a run; the program gets a folder of its own with what an agency would be given."""
import json
import pathlib
import shutil
import subprocess
import time

import zmq
from zmq.utils import z85

import officetime
import pycms

from pywire import directory_pb

DOMAIN = "conform.example.vn"
OURS, PEER, REVOKED, STRANGER, LATER_REVOKED, BROKER = "H37.24", "H37.11", "H37.12", "H37.13", "H37.14", "H37.99"
PROCEDURE = {"procedure": "1.010828", "procedure_version": 1}

_CONF = """[ca]
default_ca=c
[c]
database={0}/index
crlnumber={0}/crlnumber
new_certs_dir={0}
rand_serial=yes
default_md=sha256
default_days=30
default_crl_days=30
unique_subject=no
certificate={0}/ca.pem
private_key={0}/ca.key
policy=p
x509_extensions=leaf
crl_extensions=crl
[p]
commonName=supplied
[leaf]
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
[crl]
authorityKeyIdentifier=keyid
[req]
distinguished_name=name
[name]
[root]
basicConstraints=critical,CA:TRUE
keyUsage=critical,keyCertSign,cRLSign
subjectKeyIdentifier=hash
"""


def openssl(*words):
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True)
    if done.returncode:
        raise RuntimeError(f"openssl {words[0]}: {done.stderr.decode(errors='replace')}")
    return done.stdout


class World:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.domain = DOMAIN
        self.conf = self.folder / "ca.cnf"
        self.conf.write_text(_CONF.format(self.folder))
        (self.folder / "index").touch()
        (self.folder / "crlnumber").write_text("01\n")
        self.ca, self.registrar = self.folder / "ca.pem", self.folder / "registrar.pem"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", self.folder / "ca.key", "-subj",
                "/CN=Conformance CA", "-days", "60", "-config", self.conf, "-extensions", "root", "-out", self.ca)
        for name in ("registrar", "liar", OURS, PEER, REVOKED, STRANGER, LATER_REVOKED, BROKER):
            self._issue(name)
        self.crl, self.later_crl = self._revoke(REVOKED), self._revoke(LATER_REVOKED)
        self.curve, self.broker_curve = zmq.curve_keypair(), zmq.curve_keypair()
        self.liar_ledger = self.folder / "liar-ledger.key"
        for path in (self.folder / "ledger.key", self.liar_ledger):
            openssl("genpkey", "-algorithm", "ed25519", "-out", path)
        self.ledger_key = openssl("pkey", "-in", self.folder / "ledger.key", "-pubout", "-outform", "DER")[-32:]

    def _issue(self, name):
        request = self.folder / f"{name}.csr"
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", self.folder / f"{name}.key", "-subj", f"/CN={name}",
                "-config", self.conf, "-out", request)
        openssl("ca", "-batch", "-config", self.conf, "-in", request, "-notext", "-out", self.folder / f"{name}.pem")
        (self.folder / f"{name}.key").chmod(0o600)

    def _revoke(self, name):
        """Revokes a certificate; the list of all, DER."""
        openssl("ca", "-batch", "-config", self.conf, "-revoke", self.folder / f"{name}.pem")
        openssl("ca", "-config", self.conf, "-gencrl", "-out", self.folder / "crl.pem")
        return openssl("crl", "-in", self.folder / "crl.pem", "-outform", "DER")

    def key_of(self, name):
        return self.folder / f"{name}.key", self.folder / f"{name}.pem"

    def certificate(self, name):
        return pycms.Certificate.from_pem(self.folder / f"{name}.pem")

    def directory(self, version, agencies=(OURS, PEER, REVOKED, LATER_REVOKED), signer="registrar"):
        """A SignedDirectory, encoded."""
        entries = [directory_pb.Agency(code="H37", name="Tỉnh thử", level=directory_pb.LEVEL_PROVINCE)]
        for code in agencies:
            entries.append(directory_pb.Agency(code=code, name=f"Cơ quan {code}", level=directory_pb.LEVEL_DEPARTMENT, parent="H37",
                                               certificates=[self.certificate(code).der], curve_keys=[raw_key(self.curve[0])] if code == OURS else []))
        entries.append(directory_pb.Agency(code=BROKER, name="Trục", level=directory_pb.LEVEL_BROKER, certificates=[self.certificate(BROKER).der],
                                           ledger_keys=[directory_pb.LedgerKey(key=self.ledger_key)]))
        body = directory_pb.Directory(type="lienthong.directory.v1", domain=self.domain, version=version, issued_at=time.time_ns() // 1000,
                                      agencies=sorted(entries, key=lambda a: a.code), ca=[pycms.pem_der(self.ca)]).SerializeToString()
        return directory_pb.SignedDirectory(directory=body, cms=pycms.sign(body, *self.key_of(signer))).SerializeToString()

    def adapter_folder(self, folder, endpoint):
        """What an agency is given before its adapter starts for the first time."""
        folder = pathlib.Path(folder)
        (folder / "state").mkdir(parents=True)
        for name, source in (("key.pem", f"{OURS}.key"), ("cert.pem", f"{OURS}.pem"), ("ca.pem", "ca.pem"), ("registrar.pem", "registrar.pem")):
            shutil.copy(self.folder / source, folder / name)
        (folder / "crl.der").write_bytes(self.crl)
        for name, key in (("curve.public", self.curve[0]), ("curve.secret", self.curve[1]), ("broker.public", self.broker_curve[0])):
            (folder / name).write_bytes(key + b"\n")
            (folder / name).chmod(0o600)
        (folder / "conform.json").write_text(json.dumps({"agency": OURS, "domain": self.domain, "endpoint": endpoint}, indent=1) + "\n")
        return folder


def raw_key(text):
    return z85.decode(text)


def dossier(number, agency=OURS):
    return officetime.dossier_code(agency, number)


