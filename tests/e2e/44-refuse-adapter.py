"""A broker that lies to an adapter. Whatever fails the end-to-end check (addressee, header, signature, part, certificate, sender,
domain) is acknowledged, so that it does not come for ever, goes to quarantine by name, never reaches the agency's system, and
gets a REFUSE signed by the agency where there is an offer to refuse."""
import subprocess

import pytest

import pycms
from deployment import Deployment
from office import DEPARTMENT, DISTRICT, MINISTRY
from pybroker import LyingBroker
from pyclient import Client, envelope
from pyflow import Log, dossier_code, id_text, issue
from pywire import directory_pb, envelope_pb

PART = "Tờ khai".encode() * 40


def offer(client, to=DEPARTMENT, sender=DISTRICT, parts=(PART,), **more):
    return client.make("FORWARD", sender, dossier_code(DISTRICT), [(to, 2)], parts, leg=1, leg_version=1, **more)


def altered_header(client, _):
    one = offer(client, subject="Hồ sơ 1")
    one.header = one.header.replace("Hồ sơ 1".encode(), "Hồ sơ 2".encode())
    return one


def altered_signature(client, _):
    one = offer(client)
    cms = bytearray(one.signature.cms)
    cms[-1] ^= 1
    one.signature.cms = bytes(cms)
    return one


def altered_part(client, _):
    one = offer(client)
    one.parts[0] = one.parts[0][:-1] + b"\0"
    return one


def part_missing(client, _):
    one = offer(client)
    del one.parts[:]
    return one


def signed_by(key_and_cert, client, sender=DISTRICT, to=DEPARTMENT):
    header = client.build_header("FORWARD", sender, dossier_code(DISTRICT), [(to, 2)], leg=1, leg_version=1)
    return envelope(header, pycms.sign(header, *key_and_cert))


def not_enrolled(client, tmp):
    return signed_by(issue(client.folder, tmp, "stranger"), client)


def another_agency_signed(client, _):
    own = client.folder / "adapters" / MINISTRY
    return signed_by((own / "key.pem", own / "cert.pem"), client)


def unknown_sender(client, tmp):
    return signed_by(issue(client.folder, tmp, "nobody"), client, sender="H99.99")


def unreadable(client, _):
    one = offer(client)
    one.header += b"\0"
    return one


# name, what is delivered, reason, whether there is an offer to us that a REFUSE can answer
LIES = [
    ("not addressed to us", lambda client, _: offer(client, to=MINISTRY), "NOT_ADDRESSED_TO_US", False),
    ("altered header", altered_header, "SIGNATURE_WRONG", True),
    ("altered signature", altered_signature, "SIGNATURE_WRONG", True),
    ("altered part", altered_part, "PART_DIGEST_WRONG", True),
    ("part missing", part_missing, "PART_COUNT_WRONG", True),
    ("certificate not in the directory", not_enrolled, "CERTIFICATE_NOT_ENROLLED", True),
    ("another agency's signature", another_agency_signed, "CERTIFICATE_NOT_ENROLLED", True),
    ("unknown sender", unknown_sender, "SENDER_UNKNOWN", False),
    ("another domain", lambda client, _: offer(client, domain="other.example.vn"), "DOMAIN_WRONG", True),
    ("unreadable header", unreadable, "HEADER_MALFORMED", False),
]


@pytest.fixture
def sender(site):
    """The district's keys; it never connects."""
    client = Client.of_sandbox(site.folder, DISTRICT)
    client.folder = site.folder
    return client


def quarantined(api):
    status, answer = api.call("GET", "/v1/inbox?state=quarantined&limit=100")
    assert status == 200, answer
    return answer["items"]


def check_refuse(site, header, one, bad):
    """Signed by the department, in reply to the offer, for the leg that was offered, with the reason in words."""
    bad_header = envelope_pb.Header.FromString(bad.header)
    cert = pycms.Certificate.from_pem(site.folder / "adapters" / DEPARTMENT / "cert.pem")
    pycms.check_signature(one.signature.SerializeToString(), one.header, [cert])
    assert header.kind == envelope_pb.KIND_REFUSE and header.sender == DEPARTMENT
    assert [r.agency for r in header.to] == [DISTRICT] and header.in_reply_to == bad_header.id
    assert header.dossier == bad_header.dossier and (header.leg, header.leg_version) == (1, 2)
    return header.reason


def test_lies_go_to_quarantine(site, sender, tmp_path):
    first, last = offer(sender), offer(sender)
    bad = [(name, make(sender, tmp_path), reason, refusable) for name, make, reason, refusable in LIES]
    with LyingBroker(site.folder, DEPARTMENT) as broker:
        api = site.start_adapter(DEPARTMENT)
        log = Log(site.adapters[DEPARTMENT])
        for one in [first, *[b[1] for b in bad], last]:
            broker.deliver(one)
        count = len(bad) + 2
        broker.wait(lambda: broker.received == count, "RECEIVED of all")
        # The agency's system sees the good ones alone.
        good = [id_text(envelope_pb.Header.FromString(one.header).id) for one in (first, last)]
        api.wait_item(lambda item: item["id"] == good[1])
        assert [item["id"] for item in api.inbox(0, limit=1000)] == good
        # The others are kept aside, each by name.
        shown = {item["number"]: item for item in quarantined(api)}
        assert len(shown) == len(bad)
        named = [item["fault"]["code"] for _, item in sorted(shown.items())]
        assert named == [reason for _, _, reason, _ in bad], list(zip(named, [b[0] for b in bad]))
        for name, one, reason, _ in bad:
            log.wait("failed the end-to-end check", reason)
        # And refused where that is possible.
        expected = {envelope_pb.Header.FromString(one.header).id: (one, reason) for _, one, reason, refusable in bad if refusable}
        broker.wait(lambda: len(broker.submitted) >= len(expected), "a REFUSE of each")
        refuses = broker.headers()
        assert {h.in_reply_to for h, _ in refuses} == set(expected)
        for header, one in refuses:
            text = check_refuse(site, header, one, expected[header.in_reply_to][0])
            assert text.startswith(expected[header.in_reply_to][1] + ":"), text
        # Nobody can accept what is in quarantine.
        status, answer = api.call("POST", f"/v1/inbox/{quarantined(api)[1]['id']}/accept", {})
        assert status in (404, 409), (status, answer)
        # A restart begins behind all of it and says nothing twice.
        assert site.adapters[DEPARTMENT].stop() == 0
        site.start_adapter(DEPARTMENT)
        broker.wait(lambda: broker.resumed[-1] == count, "a session that resumes behind the last")
        more = offer(sender)
        broker.deliver(more)
        site.api(DEPARTMENT).wait_item(lambda item: item["id"] == id_text(envelope_pb.Header.FromString(more.header).id))
        assert {h.id for h, _ in broker.headers()} == {h.id for h, _ in refuses}


def test_another_domain(site, sender):
    with LyingBroker(site.folder, DEPARTMENT, domain="elsewhere.vn") as broker:
        site.start_adapter(DEPARTMENT)
        Log(site.adapters[DEPARTMENT]).begin = 0
        site.adapters[DEPARTMENT].wait_log("elsewhere.vn")
        assert broker.resumed == [], "no proof is made for another domain"


def test_directory_of_another_registrar(site, sender, tmp_path):
    """The broker hands out a directory in which the district has another certificate, signed by a registrar of its own."""
    other = tmp_path / "other"
    subprocess.run([site.cli_bin, "sandbox", other], check=True, capture_output=True)
    signed = directory_pb.SignedDirectory.FromString((site.folder / "genesis/directory.bin").read_bytes())
    directory = directory_pb.Directory.FromString(signed.directory)
    key, cert = issue(site.folder, tmp_path, "false")
    directory.version += 1
    for agency in directory.agencies:
        if agency.code == DISTRICT:
            del agency.certificates[:]
            agency.certificates.append(pycms.pem_der(cert))
    data = directory.SerializeToString()
    forged = directory_pb.SignedDirectory(
        directory=data, cms=pycms.sign(data, other / "registrar/registrar.key.pem", other / "registrar/registrar.pem"))
    with LyingBroker(site.folder, DEPARTMENT) as broker:
        api = site.start_adapter(DEPARTMENT)
        first = offer(sender)
        broker.deliver(first)
        broker.wait(lambda: broker.received == 1, "RECEIVED")
        broker.directory, broker.directory_version = forged.SerializeToString(), directory.version
        site.adapters[DEPARTMENT].wait_log("DIRECTORY_UNTRUSTED")
        bad, good = signed_by((key, cert), sender), offer(sender)
        broker.deliver(bad)
        broker.deliver(good)
        broker.wait(lambda: broker.received == 3, "RECEIVED")
        api.wait_item(lambda item: item["id"] == id_text(envelope_pb.Header.FromString(good.header).id))
        assert [item["fault"]["code"] for item in quarantined(api)] == ["CERTIFICATE_NOT_ENROLLED"]


def test_another_curve_key(tmp_path):
    """A broker with another key than the pinned one: there is no connection at all."""
    with Deployment(tmp_path / "a") as site:
        other = tmp_path / "b"
        subprocess.run([site.cli_bin, "sandbox", other], check=True, capture_output=True)
        with LyingBroker(site.folder, DEPARTMENT) as broker:
            api = site.start_adapter(DEPARTMENT)
            broker.wait(lambda: broker.resumed, "a session with the pinned key")
            assert api.call("GET", "/healthz")[0] == 200
        assert site.adapters[DEPARTMENT].stop() == 0
        false = LyingBroker(site.folder, DEPARTMENT)
        false.secret = (other / "broker/curve.secret").read_text().strip().encode()
        with false:
            site.start_adapter(DEPARTMENT)
            import time
            time.sleep(2)
            assert false.resumed == [] and site.api(DEPARTMENT).call("GET", "/healthz")[1]["link"] == "connecting"
