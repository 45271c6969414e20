"""Signatures of SPEC.md section 4 for the Python client. The `openssl` command line does what needs a key; the form of the
CMS is read here, since openssl alone is more lenient than the rules."""
import base64
import calendar
import hashlib
import pathlib
import re
import subprocess
import tempfile
import time

from pyrules import SIGNATURE_MAX, leaf_hash, need, path_root
from pywire import Refused, envelope_pb, read

OID = {
    "1.2.840.113549.1.7.2": "signed-data", "1.2.840.113549.1.7.1": "data", "1.2.840.113549.1.9.3": "content-type",
    "1.2.840.113549.1.9.4": "message-digest", "1.2.840.113549.1.9.16.2.47": "signing-certificate-v2",
    "1.2.840.113549.1.9.5": "signing-time", "2.16.840.1.101.3.4.2.1": "sha256", "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512", "1.3.14.3.2.26": "sha1", "1.2.840.10045.4.3.2": "ecdsa-sha256",
    "1.2.840.10045.4.3.3": "ecdsa-sha384", "1.2.840.113549.1.1.1": "rsa", "1.2.840.113549.1.1.10": "pss",
    "1.2.840.113549.1.1.11": "rsa-sha256", "1.2.840.113549.1.1.12": "rsa-sha384", "1.2.840.113549.1.1.13": "rsa-sha512",
    "1.2.840.113549.1.1.8": "mgf1", "1.2.840.10045.2.1": "ec", "1.2.840.10045.3.1.7": "P-256", "1.3.132.0.34": "P-384",
    "2.5.29.15": "key-usage", "2.5.29.14": "subject-key-id",
}
DIGEST_SIZE = {"sha256": 32, "sha384": 48, "sha512": 64}
SEQUENCE, SET, INTEGER, OCTETS, OBJECT = 0x30, 0x31, 0x02, 0x04, 0x06


class Element:
    """One DER element: tag, content, and its whole bytes."""

    def __init__(self, tag, content, raw):
        self.tag, self.content, self.raw = tag, content, raw

    def children(self):
        out, at = [], 0
        while at < len(self.content):
            one, at = element(self.content, at)
            out.append(one)
        return out

    def oid(self):
        if self.tag != OBJECT or not self.content:
            raise ValueError("not an object identifier")
        arcs, value = [], 0
        for byte in self.content:
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                arcs.append(value)
                value = 0
        first = min(arcs[0] // 40, 2)
        text = ".".join(map(str, [first, arcs[0] - 40 * first, *arcs[1:]]))
        return OID.get(text, text)

    def integer(self):
        return int.from_bytes(self.content, "big", signed=True)


class NotDer(ValueError):
    """Well-formed BER that is not DER."""


def element(data, at=0, der=True):
    """Reads one element of definite length; ValueError (cut), NotDer (a form that DER does not have; `der` False: taken)."""
    if at + 2 > len(data):
        raise ValueError("cut")
    begin, tag, size = at, data[at], data[at + 1]
    at += 2
    if tag & 0x1F == 0x1F:
        raise ValueError("a long tag")
    if size == 0x80:
        raise NotDer("an indefinite length")
    if size > 0x80:
        count = size & 0x7F
        if at + count > len(data):
            raise ValueError("cut")
        size, at = int.from_bytes(data[at:at + count], "big"), at + count
        if der and (size < 0x80 or count != (size.bit_length() + 7) // 8):
            raise NotDer("a length in a longer form")
    if at + size > len(data):
        raise ValueError("cut")
    return Element(tag, data[at:at + size], data[begin:at + size]), at + size


def _all(one):
    """Walks everything, so that no length in it is in another form than DER's."""
    if one.tag & 0x20:
        for child in one.children():
            _all(child)
        if one.tag == SET:
            raws = [c.raw for c in one.children()]
            if raws != sorted(raws):
                raise NotDer("a SET that is not sorted")


def pem_der(path):
    text = pathlib.Path(path).read_text()
    return base64.b64decode(re.search(r"-----BEGIN [^-]+-----(.*?)-----END", text, re.S)[1])


def der_pem(der, kind="CERTIFICATE"):
    body = base64.encodebytes(der).decode()
    return f"-----BEGIN {kind}-----\n{body}-----END {kind}-----\n"


def _time(one):
    text = one.content.decode()
    text = text if one.tag == 0x18 else ("19" if text[0] >= "5" else "20") + text
    return calendar.timegm(time.strptime(text, "%Y%m%d%H%M%SZ")) * 10**6


class Certificate:
    """What the rules ask of a certificate."""

    def __init__(self, der):
        self.der, self.sha256 = bytes(der), hashlib.sha256(der).digest()
        tbs = element(self.der)[0].children()[0].children()
        tbs = tbs[1:] if tbs[0].tag == 0xA0 else tbs
        self.serial, self.issuer = tbs[0].raw, tbs[2].raw
        self.valid_from, self.valid_to = map(_time, tbs[3].children())
        algorithm, key = tbs[5].children()
        names = [o.oid() for o in algorithm.children() if o.tag == OBJECT]
        self.key = names[0] if names[0] != "ec" else names[1]
        self.bits = 0
        if self.key in ("rsa", "pss"):
            modulus = element(key.content[1:])[0].children()[0]
            self.bits = int.from_bytes(modulus.content, "big").bit_length()
        self.usage, self.key_id = None, None
        for extension in (tbs[-1].children()[0].children() if tbs[-1].tag == 0xA3 else []):
            parts = extension.children()
            inner = element(parts[-1].content)[0]
            if parts[0].oid() == "key-usage":
                self.usage = inner.content[1] if len(inner.content) > 1 else 0
            elif parts[0].oid() == "subject-key-id":
                self.key_id = inner.content

    def may_sign(self):
        return self.usage is None or bool(self.usage & 0xC0)

    @classmethod
    def from_pem(cls, path):
        return cls(pem_der(path))


# ---------------------------------------------------------------- the form of the CMS

class SignerInfo:
    """The parts of a CMS that passed the checks of form."""

    def __init__(self, cms):
        self.parse(cms)

    def parse(self, cms):
        need(0 < len(cms) <= SIGNATURE_MAX, "SIGNATURE_MALFORMED", "size")
        not_der = None
        try:
            outer, end = element(cms, der=False)
        except NotDer as fault:
            raise Refused("SIGNATURE_NOT_DER", str(fault)) from None
        except ValueError as fault:
            raise Refused("SIGNATURE_MALFORMED", str(fault)) from None
        need(outer.tag == SEQUENCE, "SIGNATURE_MALFORMED", "not a SEQUENCE")
        need(end == len(cms), "SIGNATURE_TRAILING", "")
        try:
            element(cms)
            _all(outer)
            kind, content = outer.children()
            need(kind.oid() == "signed-data", "SIGNATURE_MALFORMED", "not SignedData")
            signed = content.children()[0].children()
        except NotDer as fault:
            not_der = fault
        except (ValueError, IndexError) as fault:
            raise Refused("SIGNATURE_MALFORMED", str(fault)) from None
        need(not_der is None, "SIGNATURE_NOT_DER", str(not_der))
        self.signed(signed)

    def signed(self, signed):
        _, _, content, *rest = signed
        need(content.children()[0].oid() == "data", "SIGNATURE_MALFORMED", "not over id-data")
        need(len(content.children()) == 1 and len(rest) == 1, "EMBEDDED_CONTENT", "")
        signers = rest[0].children()
        need(len(signers) == 1, "SIGNER_COUNT_WRONG", str(len(signers)))
        parts = signers[0].children()
        self.sid, self.digest = parts[1], parts[2].children()[0].oid()
        attributes = {t.tag: t for t in parts[3:]}
        need(0xA1 not in attributes, "UNSIGNED_ATTRIBUTES", "")
        need(0xA0 in attributes, "SIGNED_ATTRIBUTES_MISSING", "none at all")
        found = {}
        for attribute in attributes[0xA0].children():
            name, values = attribute.children()
            need(name.oid() not in found and len(values.children()) == 1, "SIGNED_ATTRIBUTES_MISSING", f"{name.oid()} twice")
            found[name.oid()] = values.children()[0]
        for name in ("content-type", "message-digest", "signing-certificate-v2"):
            need(name in found, "SIGNED_ATTRIBUTES_MISSING", name)
        need(found["content-type"].oid() == "data", "SIGNED_ATTRIBUTES_MISSING", "content-type is not id-data")
        self.found = found
        self.algorithm = next(t for t in parts[3:] if t.tag == SEQUENCE)

    def check_algorithm(self):
        """What needs no certificate: digest and algorithm stand in a row of the table."""
        name, digest = self.algorithm.children()[0].oid(), self.digest
        need(digest in DIGEST_SIZE, "ALGORITHM_NOT_ALLOWED", digest)
        if name == "pss":
            self.check_pss()
            return
        ecdsa = {"ecdsa-sha256", "ecdsa-sha384"} & {f"ecdsa-{digest}"}
        need(name in {"rsa", f"rsa-{digest}"} | ecdsa, "ALGORITHM_NOT_ALLOWED", name)

    def check_key(self, cert):
        """The row is that of the certificate's key."""
        name = self.algorithm.children()[0].oid()
        if cert.key in ("P-256", "P-384"):
            need(name == ("ecdsa-sha256" if cert.key == "P-256" else "ecdsa-sha384"), "ALGORITHM_NOT_ALLOWED", f"{cert.key} {name}")
            return
        need(cert.key == "rsa" and name[:3] in ("rsa", "pss") or cert.key == name == "pss", "ALGORITHM_NOT_ALLOWED", f"{cert.key} {name}")
        need(cert.bits >= 2048, "KEY_TOO_SHORT", str(cert.bits))

    def check_pss(self):
        fields = {c.tag: c.children()[0] for c in self.algorithm.children()[1].children()}
        good = {0xA0, 0xA1, 0xA2} <= set(fields)
        good = good and fields[0xA0].children()[0].oid() == self.digest
        good = good and fields[0xA1].children()[0].oid() == "mgf1"
        good = good and fields[0xA1].children()[1].children()[0].oid() == self.digest
        good = good and fields[0xA2].integer() == DIGEST_SIZE[self.digest]
        need(good, "ALGORITHM_NOT_ALLOWED", "parameters of RSASSA-PSS")

    def names(self, cert):
        if self.sid.tag == SEQUENCE:
            issuer, serial = self.sid.children()
            return issuer.raw == cert.issuer and serial.raw == cert.serial
        return cert.key_id is not None and self.sid.content == cert.key_id

    def check_ess(self, cert):
        first = self.found["signing-certificate-v2"].children()[0].children()[0].children()
        digest = "sha256"
        if first[0].tag == SEQUENCE:
            digest, first = first[0].children()[0].oid(), first[1:]
        need(digest in DIGEST_SIZE and first[0].content == hashlib.new(digest, cert.der).digest(), "SIGNING_CERTIFICATE_WRONG", "")
        if len(first) > 1:
            names, serial = first[1].children()
            issuer = names.children()[0].children()[0].raw
            need(serial.raw == cert.serial and issuer == cert.issuer, "SIGNING_CERTIFICATE_WRONG", "issuer or serial")


# ---------------------------------------------------------------- openssl

def _run(command, **more):
    return subprocess.run([str(c) for c in command], capture_output=True, **more)


def openssl_verifies(cms, data, cert, ca=None):
    """`openssl cms -verify`: with a CA file as anyone would, without one the signature alone."""
    with tempfile.TemporaryDirectory(prefix="lienthong-cms-") as folder:
        folder = pathlib.Path(folder)
        (folder / "sig.p7s").write_bytes(cms)
        (folder / "data").write_bytes(data)
        (folder / "signer.pem").write_text(der_pem(cert.der))
        trust = ["-cades", "-CAfile", ca] if ca else ["-noverify"]
        return _run(["openssl", "cms", "-verify", "-binary", "-purpose", "any", "-inform", "DER", "-in", folder / "sig.p7s", "-content",
                     folder / "data", "-certfile", folder / "signer.pem", *trust, "-out", "/dev/null"]).returncode == 0


def check_cms(cms, data, certs):
    """SPEC.md section 4 up to the signature itself. The certificate that signed, or Refused."""
    info = SignerInfo(bytes(cms))
    info.check_algorithm()
    named = [c for c in certs if info.names(c)]
    need(named, "CERTIFICATE_NOT_ENROLLED", "")
    cert = named[0]
    info.check_key(cert)
    info.check_ess(cert)
    need(cert.may_sign(), "CERTIFICATE_KEY_USAGE", "")
    need(openssl_verifies(bytes(cms), data, cert), "SIGNATURE_WRONG", "")
    return cert


def check_signature(signature, header, certs):
    """The same for an encoded Signature over a header, single or batch."""
    need(len(signature) <= SIGNATURE_MAX, "SIGNATURE_MALFORMED", "size")
    message = read(signature, envelope_pb.Signature, "SIGNATURE_MALFORMED")
    form = message.WhichOneof("form")
    need(form, "SIGNATURE_MALFORMED", "neither form")
    if form == "cms":
        return check_cms(message.cms, header, certs)
    batch = message.batch
    need(batch.root == 0, "SIGNATURE_MALFORMED", "points to a root")
    need(1 <= batch.count <= 256, "BATCH_PATH_WRONG", "count")
    root = path_root(leaf_hash(header), batch.index, batch.count, list(batch.path))
    need(root is not None, "BATCH_PATH_WRONG", "path")
    return check_cms(batch.cms, b"lienthong.batch.v1\n" + batch.count.to_bytes(4, "big") + root, certs)


def whole(signature, roots):
    """A Signature out of a message with these roots, with the CMS in the place of what points to it (SPEC.md, "Roots")."""
    try:
        message = envelope_pb.Signature.FromString(signature)
    except Exception:
        return signature
    batch = message.batch
    if message.WhichOneof("form") != "batch" or batch.cms or not 1 <= batch.root <= len(roots):
        return signature
    batch.cms, batch.root = roots[batch.root - 1], 0
    return message.SerializeToString()


def shorten(signatures):
    """Signatures of batches as they may stand in one message: those shortened, and its roots."""
    roots, out = [], []
    for one in signatures:
        if one.batch.cms not in roots:
            roots.append(one.batch.cms)
        short = envelope_pb.Signature()
        short.CopyFrom(one)
        short.batch.cms, short.batch.root = b"", roots.index(one.batch.cms) + 1
        out.append(short)
    return out, roots


def check_trust(cert, ca, crl=None, at=None):
    """Chain, validity and revocation of a certificate at a time (microseconds). ca: PEM file, crl: DER bytes."""
    at = time.time_ns() // 1000 if at is None else at
    with tempfile.TemporaryDirectory(prefix="lienthong-chain-") as folder:
        path = pathlib.Path(folder) / "cert.pem"
        path.write_text(der_pem(cert.der))
        chain = _run(["openssl", "verify", "-no_check_time", "-purpose", "any", "-CAfile", ca, path]).returncode == 0
    need(chain, "CERTIFICATE_UNTRUSTED", "")
    need(cert.valid_from <= at <= cert.valid_to, "CERTIFICATE_EXPIRED", "")
    if crl:
        tbs = element(crl)[0].children()[0].children()
        revoked = [t for t in tbs if t.tag == SEQUENCE][2:]
        serials = [entry.children()[0].raw for entry in (revoked[0].children() if revoked else [])]
        need(cert.serial not in serials, "CERTIFICATE_REVOKED", "")


def sign(data, key, cert, digest="sha256", *, options=("-cades", "-nocerts", "-nosmimecap"), more=()):
    """A CMS by the command line of SPEC.md. `options` and `more` let a test sign in another way than the rules ask."""
    with tempfile.TemporaryDirectory(prefix="lienthong-sign-") as folder:
        (pathlib.Path(folder) / "header.bin").write_bytes(data)
        done = _run(["openssl", "cms", "-sign", "-binary", *options, "-md", digest, "-signer", cert, "-inkey", key, *more,
                     "-outform", "DER", "-in", pathlib.Path(folder) / "header.bin"])
    if done.returncode:
        raise RuntimeError(done.stderr.decode(errors="replace"))
    return done.stdout
