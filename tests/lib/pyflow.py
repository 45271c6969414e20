"""Acts that tests with the Python client have in common: dossiers, certificates of the sandbox's CA, lines of the log."""
import itertools
import json
import pathlib
import subprocess
import time

import pyrules
import officetime
from pywire import envelope_pb

PROCEDURE = {"procedure": "1.010828", "procedure_version": 1}  # the district H37.24 opens it
OF_ANYBODY = {"procedure": "2.000488", "procedure_version": 1}  # whoever receives it opens it
_numbers = itertools.count(1000)


def dossier_code(agency):
    return officetime.dossier_code(agency, next(_numbers))


def open_envelope(client, agency, dossier=None, parts=(), **more):
    """OPEN to itself: the agency holds branch 1 afterwards."""
    procedure = PROCEDURE if agency == "H37.24" else OF_ANYBODY
    return client.make("OPEN", agency, dossier or dossier_code(agency), [agency], parts, **{**procedure, **more})


def way_over(deployment, agency, lead=""):
    """A procedure from whoever opens it to this agency and back, as a plain list of legs; imported, and what OPEN says of it."""
    code = f"1.9{next(_numbers):05d}"
    leg = lambda name, who, kind: {"id": name, "name": name, "name_en": name, "agency": who, "kind": kind}
    file = pathlib.Path(deployment.folder) / f"{code}.json"
    file.write_text(json.dumps({"code": code, "version": 1, "name": code, "name_en": code, "valid_from": "2026-01-01",
                                "total": "10 working_days", "lead": lead, "legs": [leg("nhan", "origin", "receive"), leg("lam", agency, "process"),
                                                                     leg("tra", "origin", "return")]}))
    deployment.cli("procedure", "import", str(file), "--reason", "thử")
    return {"procedure": code, "procedure_version": 1}


def open_dossier(client, agency, dossier=None, **more):
    """A dossier that the agency holds: (code, the answer with its branch and version)."""
    dossier = dossier or dossier_code(agency)
    answer = client.submit([open_envelope(client, agency, dossier, **more)])[0]
    assert answer.name == "OK", answer
    return dossier, answer


def at(answer):
    """The branch as the last answer, or delivery, left it."""
    return {"branch": answer.branch, "branch_version": answer.branch_version}


def works(client, agency):
    """The broker still takes a good envelope of this session."""
    open_dossier(client, agency)


def issue(sandbox, folder, name, subject=None, key="ec", key_from=None, bits=2048, more=()):
    """A key and a certificate of the sandbox's CA: (key file, certificate file)."""
    sandbox, folder = pathlib.Path(sandbox), pathlib.Path(folder)
    key_file, cert, request = folder / f"{name}.key", folder / f"{name}.pem", folder / f"{name}.csr"
    if key_from:
        key_file.write_bytes(pathlib.Path(key_from).read_bytes())
    else:
        option = f"rsa_keygen_bits:{bits}" if key == "rsa" else "ec_paramgen_curve:P-256"
        subprocess.run(["openssl", "genpkey", "-algorithm", key.upper(), "-pkeyopt", option, "-out", key_file], check=True, capture_output=True)
    key_file.chmod(0o600)
    subprocess.run(["openssl", "req", "-new", "-key", key_file, "-utf8", "-subj", subject or f"/C=VN/CN={name}", "-out", request],
                   check=True, capture_output=True)
    extensions = folder / f"{name}.ext"
    extensions.write_text("basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nsubjectKeyIdentifier=hash\n"
                          "authorityKeyIdentifier=keyid\n")
    subprocess.run(["openssl", "x509", "-req", "-in", request, "-CA", sandbox / "ca/ca.pem", "-CAkey", sandbox / "ca/ca.key.pem",
                    "-set_serial", str(time.time_ns()), "-days", "30", "-sha256", "-extfile", extensions, "-out", cert, *more],
                   check=True, capture_output=True)
    return key_file, cert


def issue_for(sandbox, folder, name, seconds):
    """A certificate of the sandbox's CA that ends so many seconds from now (at a whole second): (key file, certificate file)."""
    sandbox, folder = pathlib.Path(sandbox), pathlib.Path(folder)
    key, request, cert, conf = (folder / f"{name}.{ending}" for ending in ("key", "csr", "pem", "cnf"))
    (folder / f"{name}.index").touch()
    conf.write_text(f"[ca]\ndefault_ca=c\n[c]\ndatabase={folder}/{name}.index\nnew_certs_dir={folder}\nrand_serial=yes\n"
                    f"default_md=sha256\ncertificate={sandbox}/ca/ca.pem\nprivate_key={sandbox}/ca/ca.key.pem\npolicy=p\n"
                    "x509_extensions=e\nunique_subject=no\n[p]\ncountryName=optional\ncommonName=supplied\n[e]\n"
                    "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nsubjectKeyIdentifier=hash\n"
                    "authorityKeyIdentifier=keyid\n")
    times = [time.strftime("%y%m%d%H%M%SZ", time.gmtime(time.time() + after)) for after in (-60, seconds)]
    subprocess.run(["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-subj",
                    f"/C=VN/CN={name}", "-out", request], check=True, capture_output=True)
    subprocess.run(["openssl", "ca", "-batch", "-config", conf, "-in", request, "-out", cert, "-notext", "-startdate", times[0],
                    "-enddate", times[1]], check=True, capture_output=True)
    return key, cert


def batch(client, headers, sender):
    """One CMS over several headers: a Signature for each (SPEC.md, "Batch form")."""
    leaves = [pyrules.leaf_hash(h) for h in headers]
    root = pyrules.merkle_root(leaves)
    cms = client.sign(b"lienthong.batch.v1\n" + len(headers).to_bytes(4, "big") + root, sender)

    def path(index, low, high):
        if high - low == 1:
            return []
        split = low + (1 << (high - low - 1).bit_length() - 1)
        if index < split:
            return path(index, low, split) + [pyrules.merkle_root(leaves[split:high])]
        return path(index, split, high) + [pyrules.merkle_root(leaves[low:split])]

    return [envelope_pb.Signature(batch=envelope_pb.BatchSignature(cms=cms, index=i, count=len(headers), path=path(i, 0, len(headers))))
            for i in range(len(headers))]


class Log:
    """The broker's log from here on."""

    def __init__(self, process):
        self.process, self.begin = process, process.log_size()

    def lines(self):
        return self.process.log.read_bytes()[self.begin:].decode(errors="replace").splitlines()

    def held(self):
        """Lines that stand before."""
        return self.process.log.read_bytes()[:self.begin].decode(errors="replace").splitlines()

    def wait(self, *texts, timeout=10):
        """A line that has all the texts."""
        end = time.monotonic() + timeout
        while True:
            for line in self.lines():
                if all(text in line for text in texts):
                    return line
            assert time.monotonic() < end, f"no line of the log has {texts}:\n" + "\n".join(self.lines()[-10:])
            time.sleep(0.02)


def logged(log, client, name, *texts):
    """The refusal is in the log, and the line says whose it is: by an agency of the client or by its CURVE key."""
    known = [*client.agencies, client.public.hex()]
    for line in log.held():  # the same of the same peer has one line in ten seconds
        if all(text in line for text in (name, *texts)) and any(text in line for text in known):
            return
    line = log.wait(name, *texts)
    assert any(text in line for text in known), f"the line does not say who sent it: {line}"


def id_text(raw):
    """A UUID as people and logs write it."""
    digits = raw.hex()
    return "-".join([digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]])


def add_agency(deployment, code, *certs, adapter="H37.24"):
    """A further agency of an adapter that the sandbox has."""
    enrolled = [word for cert in certs for word in ("--cert", str(cert))]
    deployment.cli("agency", "add", code, "--name", f"Cơ quan {code}", "--level", "district", "--parent", "H37", *enrolled,
                   "--curve-key", str(deployment.folder / "adapters" / adapter / "curve.public"), "--reason", "thử")


def refused(client, log, one, name, sender="H37.24"):
    """Sends one bad envelope with a header that can be read: refused by name, and logged with its id and sender."""
    answer = client.submit([one])[0]
    assert answer.name == name and answer.detail and not answer.retry, answer
    header = envelope_pb.Header.FromString(one.header)
    if not any(name in line and sender in line for line in log.held()):  # else it may be counted with that line
        log.wait(name, sender, id_text(header.id))
    return answer
