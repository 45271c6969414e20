"""Bad input against the real broker. Each case: a named reason, a line of the log with ids, and nothing is lost: what was
sent before is there, and a good envelope behind it is admitted."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import pycms  # noqa: E402
import pyrules  # noqa: E402
from pyclient import Client, Silence, envelope  # noqa: E402
from pyflow import PROCEDURE, at, dossier_code, logged, open_dossier, open_envelope, refused, works  # noqa: E402
from pywire import blob, envelope_pb, link_pb, number  # noqa: E402

DISTRICT, DEPARTMENT, OTHER = "H37.24", "H37.11", "H37.02"
MAX = 1310720


# ---------------------------------------------------------------- frames

FRAMES = [
    ("empty", b"", "FRAME_MALFORMED"),
    ("garbage", b"\xff" * 40, "FRAME_MALFORMED"),
    ("unknown-message", blob(99, b""), "FIELD_UNKNOWN"),
    ("unknown-field", blob(10, number(1, 5) + number(9, 1)), "FIELD_UNKNOWN"),
    ("cut", blob(10, number(1, 5))[:-1], "FRAME_MALFORMED"),
    ("trailing-nul", blob(10, number(1, 5)) + b"\0", "TRAILING_BYTES"),
    ("two-messages", blob(10, number(1, 5)) + blob(10, number(1, 6)), "FIELD_REPEATED"),
    ("field-twice", blob(10, number(1, 5) + number(1, 6)), "FIELD_REPEATED"),
    ("wrong-wire-type", blob(10, blob(1, b"x")), "FRAME_MALFORMED"),
    ("text-not-utf8", blob(8, blob(1, b"H37\xff") + number(2, 1)), "TEXT_NOT_UTF8"),
    ("text-nul", blob(8, blob(1, b"H37\0.24") + number(2, 1)), "TEXT_HAS_NUL"),
    ("only-the-broker-sends", blob(11, number(1, 5)), "STATE_WRONG"),
    ("another-agency", blob(8, blob(1, b"H37.11") + number(2, 1)), "SENDER_NOT_SESSION"),
]


@pytest.mark.parametrize("frame,name", [pytest.param(f, n, id=i) for i, f, n in FRAMES])
def test_frame(client, log_of, frame, name):
    """The session is ended by a BYE that says why; on the same connection the next begins."""
    log = log_of()
    client.send_raw(frame)
    assert client.expect_bye() == name
    logged(log, client, name)
    client.connect()
    works(client, DISTRICT)


def test_two_frames(client, log_of):
    log = log_of()
    client.socket.send_multipart([b"a", b"b"])
    assert client.expect_bye() == "FRAME_MALFORMED"
    logged(log, client, "FRAME_MALFORMED")
    client.connect()
    works(client, DISTRICT)


def test_frame_too_large(client, log_of):
    """A little over the limit it is read and named."""
    log = log_of()
    client.send_raw(blob(5, blob(1, blob(1, b"x" * MAX))))
    assert client.expect_bye() == "FRAME_TOO_LARGE"
    logged(log, client, "FRAME_TOO_LARGE")
    client.connect()
    works(client, DISTRICT)


def test_frame_far_too_large(client, deployment):
    """Far over it the connection is cut before the bytes are held."""
    client.send_raw(bytes(16 << 20))
    try:
        client.expect_bye(3)
    except Silence:
        pass
    client.connect()
    works(client, DISTRICT)
    assert deployment.broker.alive()


def test_largest_frame_is_taken(client):
    """1 MiB of parts in one SUBMIT."""
    parts = [bytes([i]) * 262144 for i in range(4)]
    assert client.submit([open_envelope(client, DISTRICT, parts=parts)])[0].name == "OK"


def test_submit_that_cannot_be_read(client, log_of):
    """A fault in one envelope spoils its SUBMIT: each is answered, none is admitted, the session goes on."""
    log = log_of()
    good = open_envelope(client, DISTRICT)
    frame = blob(5, blob(1, good.SerializeToString()) + blob(1, number(9, 1)))
    client.send_raw(frame)
    answers = client.answers([b"", b""])
    assert [a.name for a in answers] == ["FIELD_UNKNOWN"] * 2 and [a.index for a in answers] == [0, 1]
    logged(log, client, "FIELD_UNKNOWN")
    assert client.submit([good])[0].name == "OK"


def test_submit_counts(client, log_of):
    log = log_of()
    client.send_raw(blob(5, blob(1, b"") * 65))
    names = {a.name for a in client.answers([b""] * 65)}
    assert names == {"COUNT_EXCEEDED"}
    logged(log, client, "COUNT_EXCEEDED")
    works(client, DISTRICT)


# ---------------------------------------------------------------- before a session

def test_version(deployment, log_of):
    with Client.of_sandbox(deployment.folder, OTHER) as client:
        for versions in ((2, 9), (0, 0)):
            log = log_of()
            client.open()
            client.send(hello=link_pb.Hello(version_min=versions[0], version_max=versions[1], nonce=bytes(32), agencies=[OTHER]))
            assert client.expect_bye() == "VERSION_NOT_SUPPORTED"
            logged(log, client, "VERSION_NOT_SUPPORTED")
        client.open()
        client.hello(versions=(1, 9))
        client.prove([client.proof_of(OTHER)])
        works(client, OTHER)


HELLOS = [
    ("nonce-of-31", dict(nonce=bytes(31), agencies=[OTHER]), "FRAME_MALFORMED"),
    ("no-agency", dict(nonce=bytes(32)), "COUNT_EXCEEDED"),
    ("257-agencies", dict(nonce=bytes(32), agencies=[OTHER] * 257), "COUNT_EXCEEDED"),
    ("another-agency", dict(nonce=bytes(32), agencies=[DEPARTMENT]), "KEY_NOT_ENROLLED"),
    ("unknown-agency", dict(nonce=bytes(32), agencies=["H99.99"]), "KEY_NOT_ENROLLED"),
    ("not-a-code", dict(nonce=bytes(32), agencies=["' OR 1=1"]), "KEY_NOT_ENROLLED"),
]


@pytest.mark.parametrize("fields,name", [pytest.param(f, n, id=i) for i, f, n in HELLOS])
def test_hello(deployment, log_of, fields, name):
    log = log_of()
    with Client.of_sandbox(deployment.folder, OTHER) as client:
        client.open()
        client.send(hello=link_pb.Hello(version_min=1, version_max=1, **fields))
        assert client.expect_bye() == name
        logged(log, client, name)
        client.connect()
        works(client, OTHER)


def test_without_a_session(deployment):
    with Client.of_sandbox(deployment.folder, OTHER) as client:
        client.open()
        client.send(ping=link_pb.Ping(token=1))
        assert client.expect_bye() == "SESSION_UNKNOWN"
        client.hello()
        client.send(credit=link_pb.Credit(agency=OTHER, envelopes=1, bytes=1))
        assert client.expect_bye() == "SESSION_UNKNOWN"
        client.connect()
        works(client, OTHER)


def wrong_proofs(client, deployment):
    key, cert = client.agencies[OTHER]
    own = deployment.folder / "adapters" / DEPARTMENT
    text = lambda **c: pyrules.proof_text(**{**dict(  # noqa: E731
        domain=client.domain, agency=OTHER, broker_nonce=client.challenge.nonce, adapter_nonce=client.nonce,
        broker_key=client.broker_key, adapter_key=client.public, resume=0), **c})
    good = client.proof_of(OTHER)
    return {
        "another agency's key": [client.proof_of(OTHER, key=own / "key.pem", cert=own / "cert.pem")],
        "another nonce": [client.proof_of(OTHER, text=text(broker_nonce=bytes(32)))],
        "another domain": [client.proof_of(OTHER, text=text(domain="elsewhere.vn"))],
        "another broker's key": [client.proof_of(OTHER, text=text(broker_key=bytes(32)))],
        "another resume point": [client.proof_of(OTHER, text=text(resume=5))],
        "no proof of what HELLO names": [link_pb.AgencyProof(agency=DEPARTMENT, cms=good.cms)],
        "twice": [good, good],
        "no signed attributes": [link_pb.AgencyProof(agency=OTHER, cms=pycms.sign(
            text(), key, cert, options=("-noattr", "-nocerts", "-nosmimecap")))],
    }


@pytest.mark.parametrize("case", ["another agency's key", "another nonce", "another domain", "another broker's key",
                                  "another resume point", "no proof of what HELLO names", "twice", "no signed attributes"])
def test_proof(deployment, log_of, case):
    log = log_of()
    with Client.of_sandbox(deployment.folder, OTHER) as client:
        client.open()
        client.hello()
        client.send(proof=link_pb.Proof(agencies=wrong_proofs(client, deployment)[case]))
        assert client.expect_bye() == "PROOF_INVALID"
        logged(log, client, "PROOF_INVALID")
        client.connect()
        works(client, OTHER)


# ---------------------------------------------------------------- headers

def signed_open(client, **change):
    return client.make("OPEN", DISTRICT, dossier_code(DISTRICT), [DISTRICT], **{**PROCEDURE, **change})


HEADERS = [
    ("unknown-field", dict(bytes_=lambda b: b + number(200, 1)), "FIELD_UNKNOWN"),
    ("sender-twice", dict(bytes_=lambda b: b + blob(5, DISTRICT)), "FIELD_REPEATED"),
    ("trailing-nul", dict(bytes_=lambda b: b + b"\0"), "HEADER_MALFORMED"),
    ("trailing-rubbish", dict(bytes_=lambda b: b + b"\xff\xff"), "HEADER_MALFORMED"),
    ("cut", dict(bytes_=lambda b: b[:-1]), "HEADER_MALFORMED"),
    ("empty", dict(bytes_=lambda b: b""), "HEADER_TYPE_UNKNOWN"),
    ("type-v2", dict(type="lienthong.header.v2"), "HEADER_TYPE_UNKNOWN"),
    ("not-utf8", dict(subject="abc", bytes_=lambda b: b.replace(b"abc", b"a\xffc")), "TEXT_NOT_UTF8"),
    ("nul", dict(subject="abc", bytes_=lambda b: b.replace(b"abc", b"a\0c")), "TEXT_HAS_NUL"),
    ("too-large", dict(bytes_=lambda b: b + blob(15, "x" * 16384)), "HEADER_TOO_LARGE"),
    ("unknown-kind", dict(kind=99), "KIND_NOT_SUPPORTED"),
    ("consult-without-branch", dict(kind=envelope_pb.KIND_CONSULT), "FIELD_REQUIRED"),
    ("notice-with-procedure", dict(kind=envelope_pb.KIND_OVERDUE), "FIELD_NOT_ALLOWED"),
    ("amount-in-open", dict(amount=5), "FIELD_NOT_ALLOWED"),
    ("field-twice", dict(fields=[envelope_pb.Field(name="xa", value="H37"), envelope_pb.Field(name="xa")]), "HEADER_MALFORMED"),
    ("id-of-version-4", dict(id=bytes(6) + b"\x40" + bytes(9)), "ID_INVALID"),
    ("dossier-code", dict(dossier="../../etc/passwd"), "DOSSIER_CODE_INVALID"),
    ("sender-old-form", dict(sender="000.00.24.H37"), "AGENCY_CODE_INVALID"),
    ("recipients", dict(to=[]), "COUNT_EXCEEDED"),
    ("part-name", dict(parts=[envelope_pb.PartInfo(name="../x", media_type="a/b", size=1, sha256=bytes(32))]), "PART_NAME_INVALID"),
    ("part-too-large", dict(parts=[envelope_pb.PartInfo(name="x", media_type="a/b", size=2**40, sha256=bytes(32))]), "PART_TOO_LARGE"),
]


@pytest.mark.parametrize("change,name", [pytest.param(c, n, id=i) for i, c, n in HEADERS])
def test_header(client, log_of, change, name):
    log = log_of()
    header = client.header("OPEN", DISTRICT, dossier_code(DISTRICT), [DISTRICT], **PROCEDURE)
    after = change.get("bytes_", lambda b: b)
    for field, value in change.items():
        if field == "bytes_":
            continue
        if isinstance(value, list):
            del getattr(header, field)[:]
            getattr(header, field).extend(value)
        else:
            setattr(header, field, value)
    data = after(header.SerializeToString())
    answer = client.submit([envelope(data, client.sign(data, DISTRICT))])[0]
    assert answer.name == name and not answer.retry and answer.sequence == 0, answer
    logged(log, client, name)
    works(client, DISTRICT)


@pytest.mark.parametrize("change,name", [
    pytest.param(dict(domain="another.example.vn"), "DOMAIN_WRONG", id="domain"),
    pytest.param(dict(id=pyrules.make_id(pyrules.now() - 401 * pyrules.DAY)), "ID_TOO_OLD", id="old"),
    pytest.param(dict(id=pyrules.make_id(pyrules.now() + 3600 * 10**6)), "ID_IN_FUTURE", id="future"),
    pytest.param(dict(procedure="9.999999"), "PROCEDURE_UNKNOWN", id="procedure"),
])
def test_header_in_its_place(client, log_of, change, name):
    log = log_of()
    refused(client, log, signed_open(client, **change), name)
    works(client, DISTRICT)


def test_sender_not_of_the_session(client, log_of, deployment):
    """Signed rightly by the other agency's own key, and sent in our session."""
    log = log_of()
    header = client.build_header("OPEN", DEPARTMENT, dossier_code(DEPARTMENT), [DEPARTMENT], **PROCEDURE)
    own = deployment.folder / "adapters" / DEPARTMENT
    one = envelope(header, pycms.sign(header, own / "key.pem", own / "cert.pem"))
    refused(client, log, one, "SENDER_NOT_SESSION", sender=DEPARTMENT)
    works(client, DISTRICT)


def test_unknown_sender_and_recipient(client, log_of):
    log = log_of()
    header = client.build_header("OPEN", "H99.99", dossier_code(DISTRICT), [DISTRICT], **PROCEDURE)
    refused(client, log, envelope(header, client.sign(header, DISTRICT)), "SENDER_NOT_SESSION", sender="H99.99")
    dossier, opened = open_dossier(client, DISTRICT)
    one = client.make("FORWARD", DISTRICT, dossier, [("H99.99", "doi-chieu")], **at(opened))
    refused(client, log, one, "RECIPIENT_UNKNOWN")
    assert client.submit([client.make("FORWARD", DISTRICT, dossier, [(DEPARTMENT, "doi-chieu")], **at(opened))])[0].name == "OK"


def test_nothing_was_lost(client, deployment):
    """After all of the above the broker stops and starts again over its own journal."""
    dossier, opened = open_dossier(client, DISTRICT)
    assert deployment.broker.stop() == 0
    deployment.start_broker()
    client.connect()
    assert client.query(dossier, DISTRICT, min_seq=opened.sequence).dossier.code == dossier
