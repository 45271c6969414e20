"""Bad signatures, suspended agencies and acts against custody, against the real broker. Each is refused by name and logged with
its ids; nothing moves, and a good envelope behind it is admitted."""
import datetime
import pathlib
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
from deployment import Failed  # noqa: E402
import pycms  # noqa: E402
import pyrules  # noqa: E402
from pyclient import Client, envelope  # noqa: E402
from pyflow import OF_ANYBODY, PROCEDURE, add_agency, at, dossier_code, issue, issue_for, open_dossier, open_envelope, refused, way_over, works  # noqa: E402
from pywire import envelope_pb, link_pb  # noqa: E402

DISTRICT, DEPARTMENT, OTHER, SHORT, TWIN, ENDING = "H37.24", "H37.11", "H37.02", "H37.92", "H37.93", "H37.94"
CADES = ("-cades", "-nocerts", "-nosmimecap")


# ---------------------------------------------------------------- signatures

def signed(client, **how):
    header = client.build_header("OPEN", DISTRICT, dossier_code(DISTRICT), [DISTRICT], **PROCEDURE)
    after = how.pop("after", lambda b: b)
    return envelope(header, after(client.sign(header, DISTRICT, **how)))


SIGNATURES = [
    ("no-signed-attributes", dict(options=("-noattr", "-nocerts", "-nosmimecap")), "SIGNED_ATTRIBUTES_MISSING"),
    ("no-signing-certificate", dict(options=("-nocerts", "-nosmimecap")), "SIGNED_ATTRIBUTES_MISSING"),
    ("sha1", dict(digest="sha1", options=("-noattr", "-nocerts")), "SIGNED_ATTRIBUTES_MISSING"),
    ("sha1-cades", dict(digest="sha1"), "SIGNED_ATTRIBUTES_MISSING"),
    ("p256-with-sha512", dict(digest="sha512"), "ALGORITHM_NOT_ALLOWED"),
    ("certificate-inside", dict(options=("-cades", "-nosmimecap")), "EMBEDDED_CONTENT"),
    ("content-inside", dict(options=(*CADES, "-nodetach")), "EMBEDDED_CONTENT"),
    ("trailing", dict(after=lambda b: b + b"\0"), "SIGNATURE_TRAILING"),
    ("garbage", dict(after=lambda b: b"\x30\x03\x02\x01\x01"), "SIGNATURE_MALFORMED"),
    ("empty", dict(after=lambda b: b""), "SIGNATURE_MALFORMED"),
    ("too-large", dict(after=lambda b: b + bytes(5000)), "SIGNATURE_MALFORMED"),
]


@pytest.mark.parametrize("how,name", [pytest.param(h, n, id=i) for i, h, n in SIGNATURES])
def test_signature(client, log_of, how, name):
    log = log_of()
    refused(client, log, signed(client, **how), name)
    works(client, DISTRICT)


def test_sha1_with_its_attributes(client, log_of):
    """The vector that names SHA-1 with all attributes that are asked for: the allow-list alone stands against it."""
    log = log_of()
    vectors = pathlib.Path(__file__).resolve().parent.parent.parent / "proto" / "vectors"
    header = client.build_header("OPEN", DISTRICT, dossier_code(DISTRICT), [DISTRICT], **PROCEDURE)
    signature = envelope_pb.Signature.FromString((vectors / "signature" / "sha1.bin").read_bytes())
    refused(client, log, envelope(header, signature), "ALGORITHM_NOT_ALLOWED")
    works(client, DISTRICT)


def test_not_enrolled(client, log_of, deployment, tmp_path):
    """A good certificate of the same CA, but nobody enrolled it."""
    log = log_of()
    key, cert = issue(deployment.folder, tmp_path, "stranger")
    refused(client, log, signed(client, key=key, cert=cert), "CERTIFICATE_NOT_ENROLLED")
    works(client, DISTRICT)


def test_same_key_another_subject(client, log_of, deployment, tmp_path):
    log = log_of()
    key, cert = issue(deployment.folder, tmp_path, "twin", subject="/C=VN/CN=Another subject", key_from=client.agencies[DISTRICT][0])
    refused(client, log, signed(client, key=key, cert=cert), "CERTIFICATE_NOT_ENROLLED")
    works(client, DISTRICT)


def test_short_rsa_key(log_of, deployment, tmp_path):
    """A certificate of 1024 bits does not come into the directory; its key can neither open a session nor sign an act."""
    log = log_of()
    good = issue(deployment.folder, tmp_path, "good", key="rsa")
    short = issue(deployment.folder, tmp_path, "short", key="rsa", bits=1024)
    with pytest.raises(Failed, match="KEY_TOO_SHORT: RSA of 1024 bits"):
        add_agency(deployment, SHORT, good[1], short[1])
    add_agency(deployment, SHORT, good[1])
    with Client.of_sandbox(deployment.folder, DISTRICT) as client:
        client.agencies[SHORT] = good
        client.open()
        client.hello()
        client.send(proof=link_pb.Proof(agencies=[client.proof_of(DISTRICT), client.proof_of(SHORT, key=short[0], cert=short[1])]))
        assert client.expect_bye() == "PROOF_INVALID"
        log.wait("PROOF_INVALID", "CERTIFICATE_NOT_ENROLLED", SHORT)
        client.connect()
        header = client.build_header("OPEN", SHORT, dossier_code(SHORT), [SHORT], **OF_ANYBODY)
        refused(client, log, envelope(header, pycms.sign(header, *short)), "CERTIFICATE_NOT_ENROLLED", sender=SHORT)
        refused(client, log, envelope(header, pycms.sign(header, *good, digest="sha1", options=("-noattr", "-nocerts"))),
                "SIGNED_ATTRIBUTES_MISSING", sender=SHORT)
        # The id was not used up by what nobody validly signed.
        assert client.submit([envelope(header, pycms.sign(header, *good))])[0].name == "OK"
        pss = ("-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:digest")
        header = client.build_header("OPEN", SHORT, dossier_code(SHORT), [SHORT], **OF_ANYBODY)
        assert client.submit([envelope(header, pycms.sign(header, *good, digest="sha512", more=pss))])[0].name == "OK"
        header = client.build_header("OPEN", SHORT, dossier_code(SHORT), [SHORT], **OF_ANYBODY)
        weak = ("-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:8")
        refused(client, log, envelope(header, pycms.sign(header, *good, more=weak)), "ALGORITHM_NOT_ALLOWED", sender=SHORT)


def test_expired_certificate(log_of, deployment, tmp_path):
    """It held when the session began and the chain was remembered; a moment later its acts are refused, and so is a session."""
    begun = time.monotonic()
    key, cert = issue_for(deployment.folder, tmp_path, "ends", 8)
    add_agency(deployment, ENDING, cert)
    with Client.of_sandbox(deployment.folder, DISTRICT) as client:
        client.agencies[ENDING] = (key, cert)
        client.connect()
        works(client, ENDING)
        assert time.monotonic() - begun < 7, "the machine is too slow for this test"
        time.sleep(max(0, 9.5 - (time.monotonic() - begun)))
        log = log_of()
        refused(client, log, open_envelope(client, ENDING), "CERTIFICATE_EXPIRED", sender=ENDING)
        works(client, DISTRICT)
        client.open()
        client.hello()
        client.send(proof=link_pb.Proof(agencies=[client.proof_of(code) for code in client.agencies]))
        bye = client.expect_end()
        assert bye.name == "PROOF_INVALID" and "CERTIFICATE_EXPIRED" in bye.detail and ENDING in bye.detail, bye.detail


# ---------------------------------------------------------------- suspended agencies

def test_suspended_sender_in_a_session_of_two(log_of, deployment, tmp_path):
    """One of two agencies of a session is suspended: its acts are refused by name, the other's are not."""
    key, cert = issue(deployment.folder, tmp_path, "second")
    add_agency(deployment, TWIN, cert)
    with Client.of_sandbox(deployment.folder, DISTRICT) as client:
        client.agencies[TWIN] = (key, cert)
        client.connect()
        works(client, TWIN)
        before, opened = open_dossier(client, DISTRICT)
        deployment.cli("agency", "suspend", TWIN, "--reason", "thử")
        log = log_of()
        refused(client, log, open_envelope(client, TWIN), "SENDER_SUSPENDED", sender=TWIN)
        one = client.make("FORWARD", DISTRICT, before, [TWIN], **at(opened))
        refused(client, log, one, "RECIPIENT_SUSPENDED")
        works(client, DISTRICT)
        deployment.cli("agency", "resume", TWIN, "--reason", "thử xong")
        works(client, TWIN)


def test_drained_and_closed_receiver(deployment, log_of):
    """What is new to a drained agency is refused with the operator's reason; to one that is closed it goes, and the sender is told until when."""
    with Client.of_sandbox(deployment.folder, DISTRICT) as client:
        client.connect()
        client.drain()
        way = way_over(deployment, OTHER)
        dossier, opened = open_dossier(client, DISTRICT, **way)
        deployment.cli("agency", "drain", OTHER, "--reason", "thay hệ thống, công văn 31")
        log = log_of()
        one = client.make("FORWARD", DISTRICT, dossier, [OTHER], **at(opened))
        answer = refused(client, log, one, "RECIPIENT_DRAINED")
        assert "công văn 31" in answer.detail, answer
        assert deployment.cli("agency", "show", OTHER)["drain_reason"] == "thay hệ thống, công văn 31"
        assert "agency-drained" in [cause["id"] for cause in deployment.cli("status")["causes"]]
        deployment.cli("agency", "resume", OTHER, "--reason", "xong")
        now = datetime.datetime.now(datetime.timezone.utc)
        until = (now + datetime.timedelta(days=3)).replace(microsecond=0)
        deployment.cli("agency", "closure", now.isoformat(), until.isoformat(), OTHER, "--reason", "chuyển trụ sở")
        admitted = client.submit([client.make("FORWARD", DISTRICT, dossier, [OTHER], **at(opened))])[0]
        assert admitted.name == "OK", admitted
        told = client.receive()[0]
        assert told.kind == "AWAY" and told.header.dossier == dossier and "chuyển trụ sở" in told.header.reason, told.header
        assert told.header.due_at == int(until.timestamp()) * 1000000
        owed = client.query(dossier, DISTRICT).dossier.owed[0]
        assert (owed.who, owed.closed_until, owed.closed_why) == (OTHER, told.header.due_at, "chuyển trụ sở")
        assert deployment.cli("dossier", "show", dossier)["owed"][0]["closed_why"] == "chuyển trụ sở"
        deployment.cli("agency", "reopen", OTHER, "--reason", "xong sớm")
        assert client.query(dossier, DISTRICT).dossier.owed[0].closed_until == 0


def test_suspended_peer(deployment, log_of):
    """One BYE, then silence; after the operator lifts it the agency comes back."""
    with Client.of_sandbox(deployment.folder, OTHER) as client:
        client.connect()
        log = log_of()
        deployment.cli("agency", "suspend", OTHER, "--reason", "thử")
        assert client.expect_bye() == "SENDER_SUSPENDED"
        log.wait("SENDER_SUSPENDED", OTHER)
        client.send(ping=link_pb.Ping(token=1))
        assert not client.socket.poll(500)
        deployment.cli("agency", "resume", OTHER, "--reason", "thử xong")
        client.connect()
        works(client, OTHER)


# ---------------------------------------------------------------- custody

def test_not_the_holder(deployment, client, log_of):
    log = log_of()
    dossier, opened = open_dossier(client, DISTRICT)
    with Client.of_sandbox(deployment.folder, DEPARTMENT) as department:
        department.connect()
        one = department.make("FORWARD", DEPARTMENT, dossier, [OTHER], **at(opened))
        refused(department, log, one, "NOT_HOLDER", sender=DEPARTMENT)
        accept = department.make("ACCEPT", DEPARTMENT, dossier, [DISTRICT], in_reply_to=pyrules.make_id(), **at(opened))
        refused(department, log, accept, "REPLY_UNKNOWN", sender=DEPARTMENT)
        # Offered to another agency, and known by its id: still only that one may answer.
        second, held = open_dossier(client, DISTRICT, **way_over(deployment, OTHER, lead=DEPARTMENT))
        offer = client.make("FORWARD", DISTRICT, second, [OTHER], **at(held))
        offered = client.submit([offer])[0]
        offer_id = envelope_pb.Header.FromString(offer.header).id
        accept = department.make("ACCEPT", DEPARTMENT, second, [DISTRICT], in_reply_to=offer_id, **at(offered))
        refused(department, log, accept, "NOT_OFFERED", sender=DEPARTMENT)
        works(department, DEPARTMENT)
    leg = client.query(dossier, DISTRICT).dossier.branches[0]
    assert (leg.holder, leg.version) == (DISTRICT, opened.branch_version), "nothing moved"


def test_stale_version(client, log_of):
    log = log_of()
    dossier, opened = open_dossier(client, DISTRICT)
    forwarded = client.submit([client.make("FORWARD", DISTRICT, dossier, [(DEPARTMENT, "doi-chieu")], **at(opened))])[0]
    assert forwarded.name == "OK"
    offer = client.query(dossier, DISTRICT).dossier.branches[0].offer_id
    recall = dict(in_reply_to=offer, reason="Gửi nhầm")
    answer = refused(client, log, client.make("RECALL", DISTRICT, dossier, [DEPARTMENT], **recall, **at(opened)), "STALE_VERSION")
    assert str(forwarded.branch_version) in answer.detail, f"the detail names the current version: {answer.detail}"
    assert client.submit([client.make("RECALL", DISTRICT, dossier, [DEPARTMENT], **recall, **at(forwarded))])[0].name == "OK"


def test_unknown_dossier_leg_and_code_in_use(client, log_of):
    log = log_of()
    refused(client, log, client.make("FORWARD", DISTRICT, dossier_code(DISTRICT), [(DEPARTMENT, "doi-chieu")], branch=1, branch_version=1),
            "DOSSIER_UNKNOWN")
    dossier, opened = open_dossier(client, DISTRICT)
    refused(client, log, client.make("FORWARD", DISTRICT, dossier, [(DEPARTMENT, "doi-chieu")], branch=7, branch_version=1), "BRANCH_UNKNOWN")
    refused(client, log, open_envelope(client, DISTRICT, dossier), "DOSSIER_EXISTS")
    works(client, DISTRICT)


def test_good_and_bad_in_one_submit(client):
    """Each is judged on its own, in order."""
    bad = signed(client, after=lambda b: b[:-1] + bytes([b[-1] ^ 1]))
    answers = client.submit([open_envelope(client, DISTRICT), bad, open_envelope(client, DISTRICT), envelope(b"\xff", b"\xff"),
                             open_envelope(client, DISTRICT)])
    names = [a.name for a in answers]
    assert names[0] == names[2] == names[4] == "OK" and names[1].startswith("SIGNATURE_") and names[3] == "HEADER_MALFORMED", names
    assert answers[0].sequence < answers[2].sequence < answers[4].sequence


def test_nothing_was_lost(client, deployment):
    """After all of the above the broker stops and starts again over its own journal."""
    dossier, opened = open_dossier(client, DISTRICT)
    assert deployment.broker.stop() == 0
    deployment.start_broker()
    client.connect()
    assert client.query(dossier, DISTRICT, min_seq=opened.sequence).dossier.code == dossier
