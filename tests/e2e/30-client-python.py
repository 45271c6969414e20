"""The second client against the real broker: what SPEC.md says is what the broker does."""
import hashlib
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lib"))
import pycms  # noqa: E402
from pycms import shorten  # noqa: E402
import pyrules  # noqa: E402
from pyclient import Client, envelope, read_key, signature_of  # noqa: E402
from pyflow import PROCEDURE, at, batch, dossier_code, open_dossier, open_envelope, way_over, works  # noqa: E402
from pywire import envelope_pb, reason_name  # noqa: E402

DISTRICT, DEPARTMENT, MINISTRY = "H37.24", "H37.11", "G09"
PDF = b"%PDF-1.7\n" + "hồ sơ".encode() * 400


@pytest.fixture
def district(deployment):
    with Client.of_sandbox(deployment.folder, DISTRICT) as client:
        client.connect()
        client.drain()
        yield client


@pytest.fixture
def department(deployment):
    with Client.of_sandbox(deployment.folder, DEPARTMENT) as client:
        client.connect()
        client.drain()
        yield client


def test_welcome(district):
    welcome = district.welcome
    assert welcome.max_message == 1310720 and welcome.max_envelopes == 64
    assert welcome.credit_envelopes > 0 and welcome.credit_bytes > 0 and welcome.ping_interval_ms > 0
    assert 0 < welcome.epoch <= welcome.head
    assert [a.agency for a in welcome.agencies] == [DISTRICT]


def test_ping(district):
    pong = district.ping(77)
    assert pong.head >= district.welcome.head and pong.directory_version == district.welcome.directory_version


def test_directory(district):
    directory = district.directory()
    codes = [a.code for a in directory.agencies]
    assert codes == sorted(codes) and {DISTRICT, DEPARTMENT, MINISTRY} <= set(codes)
    own = next(a for a in directory.agencies if a.code == DISTRICT)
    assert own.certificates[0] == pycms.Certificate.from_pem(district.agencies[DISTRICT][1]).der
    assert district.public in list(own.curve_keys)


def test_hand_off(district, department):
    """OPEN, FORWARD, receive, ACCEPT, and what both are told."""
    dossier, opened = open_dossier(district, DISTRICT)
    assert (opened.branch, opened.branch_version) == (1, 1) and len(opened.receipt[0]) == 48
    sent = district.make("FORWARD", DISTRICT, dossier, [(DEPARTMENT, "doi-chieu")], [(PDF, "bản vẽ.pdf", "application/pdf")],
                         subject="Chuyển hồ sơ", **at(opened))
    forwarded = district.submit([sent])[0]
    assert forwarded.name == "OK" and forwarded.sequence > opened.sequence
    item = department.receive()[0]
    assert item.fault is None and item.sequence == forwarded.sequence
    assert item.envelope.header == sent.header, "the bytes that were signed travel unchanged"
    assert item.parts == [PDF] and item.header.subject == "Chuyển hồ sơ"
    assert item.certificate.der == pycms.Certificate.from_pem(district.agencies[DISTRICT][1]).der
    accepted = department.submit([department.answer_to(item)])[0]
    assert accepted.name == "OK", accepted
    department.received(DEPARTMENT, item.number)
    answer = district.receive()[0]
    assert answer.fault is None and answer.kind == "ACCEPT" and answer.header.in_reply_to == item.header.id
    district.received(DISTRICT, answer.number)
    view = department.query(dossier, DEPARTMENT, min_seq=accepted.sequence)
    assert reason_name(view.reason) == "OK" and view.sequence >= accepted.sequence
    leg = view.dossier.branches[0]
    assert leg.holder == DEPARTMENT and leg.custody == 1 and leg.version == accepted.branch_version
    hops = [(h.sequence, h.kind, h.sender, h.outcome) for h in view.dossier.hops]
    assert hops == [(opened.sequence, 1, DISTRICT, 0), (forwarded.sequence, 2, DISTRICT, 0), (accepted.sequence, 3, DEPARTMENT, 0)]
    assert view.dossier.hops[1].leaf_hash == pyrules.receipt_leaf(*forwarded.receipt, sent.header, sent.signature)
    assert view.dossier.hops[1].certificate_sha256 == item.certificate.sha256


def test_refuse_gives_it_back(district, department):
    dossier, opened = open_dossier(district, DISTRICT)
    forwarded = district.submit([district.make("FORWARD", DISTRICT, dossier, [(DEPARTMENT, "doi-chieu")], **at(opened))])[0]
    item = department.receive()[0]
    refused = department.submit([department.answer_to(item, "REFUSE", reason="Thiếu bản sao")])[0]
    assert refused.name == "OK"
    department.received(DEPARTMENT, item.number)
    back = district.receive()[0]
    assert back.kind == "REFUSE" and back.header.reason == "Thiếu bản sao" and back.fault is None
    district.received(DISTRICT, back.number)
    leg = district.query(dossier, DISTRICT, min_seq=refused.sequence).dossier.branches[0]
    assert leg.holder == DISTRICT and leg.version > forwarded.branch_version


def test_query_is_for_parties(district, deployment):
    dossier, _ = open_dossier(district, DISTRICT)
    with Client.of_sandbox(deployment.folder, MINISTRY) as stranger:
        stranger.connect()
        assert reason_name(stranger.query(dossier, MINISTRY).reason) == "DOSSIER_UNKNOWN"  # as one that does not exist
        assert reason_name(stranger.query(dossier_code(DISTRICT), MINISTRY).reason) == "DOSSIER_UNKNOWN"


def test_duplicate_gets_the_first_answer(district, deployment):
    dossier = dossier_code(DISTRICT)
    one = open_envelope(district, DISTRICT, dossier)
    first = district.submit([one])[0]
    again = district.submit([one])[0]
    resigned = district.submit([envelope(one.header, district.sign(one.header, DISTRICT))])[0]
    for answer in (again, resigned):
        assert (answer.name, answer.sequence, answer.receipt) == ("OK", first.sequence, first.receipt)
    district.connect()
    answer = district.submit([one])[0]
    assert (answer.name, answer.sequence, answer.receipt) == ("OK", first.sequence, first.receipt)
    # A recorded refusal is remembered in the same way.
    second = open_envelope(district, DISTRICT, dossier)
    refused, refused_again = district.submit([second])[0], district.submit([second])[0]
    assert refused.name == refused_again.name == "DOSSIER_EXISTS" and refused.sequence == refused_again.sequence > 0


def test_duplicates_in_one_submit(district):
    one = open_envelope(district, DISTRICT)
    answers = district.submit([one, one, one])
    assert {a.name for a in answers} == {"OK"} and len({a.sequence for a in answers}) == 1


def test_same_id_other_bytes(district):
    dossier, _ = open_dossier(district, DISTRICT)
    one = open_envelope(district, DISTRICT)
    assert district.submit([one])[0].name == "OK"
    header = envelope_pb.Header.FromString(one.header)
    header.subject = "khác"
    other = header.SerializeToString()
    assert district.submit([envelope(other, district.sign(other, DISTRICT))])[0].name == "EQUIVOCATION"


def test_batch_signature(district):
    headers = [district.build_header("OPEN", DISTRICT, dossier_code(DISTRICT), [DISTRICT], **PROCEDURE) for _ in range(5)]
    signatures = batch(district, headers, DISTRICT)
    answers = district.submit([envelope(h, s) for h, s in zip(headers, signatures)])
    assert [a.name for a in answers] == ["OK"] * 5
    header = district.build_header("OPEN", DISTRICT, dossier_code(DISTRICT), [DISTRICT], **PROCEDURE)
    assert district.submit([envelope(header, signatures[0])])[0].name == "SIGNATURE_WRONG"
    signatures[1].batch.path.pop()
    header = district.build_header("OPEN", DISTRICT, dossier_code(DISTRICT), [DISTRICT], **PROCEDURE)
    assert district.submit([envelope(header, signatures[1])])[0].name == "BATCH_PATH_WRONG"


def test_batches_share_their_roots(district, department):
    """Two batches and a single signature in one SUBMIT; what the message says of a root holds in it alone."""
    headers = [district.build_header("OPEN", DISTRICT, dossier_code(DISTRICT), [DISTRICT], **PROCEDURE) for _ in range(7)]
    signatures, roots = shorten(batch(district, headers[:4], DISTRICT) + batch(district, headers[4:], DISTRICT))
    assert len(roots) == 2
    single = open_envelope(district, DISTRICT)
    answers = district.submit([envelope(h, s) for h, s in zip(headers, signatures)] + [single], roots=roots)
    assert [a.name for a in answers] == ["OK"] * 8
    header = district.build_header("OPEN", DISTRICT, dossier_code(DISTRICT), [DISTRICT], **PROCEDURE)
    short, root = shorten(batch(district, [header], DISTRICT))
    for bad in ([], [b"\x30\x00"], [b""], [b"x" * 5000]):  # no root, another, none, one that is too large
        assert district.submit([envelope(header, short[0])], roots=bad)[0].name == "SIGNATURE_MALFORMED"
    short[0].batch.cms = root[0]
    assert district.submit([envelope(header, short[0])], roots=root)[0].name == "SIGNATURE_MALFORMED"  # both
    short[0].batch.cms = b""
    assert district.submit([envelope(header, short[0])], roots=root)[0].name == "OK"


def test_altered_byte(district):
    """In header, signature and part; each is refused by name, and the session goes on."""
    good = open_envelope(district, DISTRICT, parts=[PDF], subject="abc")
    header = good.header.replace(b"abc", b"abd")
    signature = signature_of(good)
    assert district.submit([envelope(header, signature, good.parts)])[0].name == "SIGNATURE_WRONG"
    cms = bytearray(signature.cms)
    cms[-1] ^= 1
    assert district.submit([envelope(good.header, bytes(cms), good.parts)])[0].name in ("SIGNATURE_WRONG", "SIGNATURE_MALFORMED")
    part = bytearray(PDF)
    part[100] ^= 1
    assert district.submit([envelope(good.header, signature, [bytes(part)])])[0].name == "PART_DIGEST_WRONG"
    assert district.submit([envelope(good.header, signature, [PDF + b"x"])])[0].name == "PART_SIZE_WRONG"
    assert district.submit([envelope(good.header, signature)])[0].name == "PART_COUNT_WRONG"
    # None of them used up the id.
    assert district.submit([good])[0].name == "OK"


def test_resume_after_reconnect(district, department):
    """What was not RECEIVED comes again; what was does not."""
    numbers = []
    for _ in range(3):
        dossier, opened = open_dossier(district, DISTRICT)
        assert district.submit([district.make("FORWARD", DISTRICT, dossier, [(DEPARTMENT, "doi-chieu")], **at(opened))])[0].name == "OK"
    items = department.receive(3)
    numbers = [i.number for i in items]
    assert numbers == list(range(numbers[0], numbers[0] + 3))
    department.received(DEPARTMENT, numbers[0])
    department.connect(resume={DEPARTMENT: numbers[0]})
    again = department.receive(2)
    assert [i.number for i in again] == numbers[1:] and all(i.fault is None for i in again)
    assert [i.header.id for i in again] == [i.header.id for i in items[1:]]
    department.received(DEPARTMENT, numbers[2])


def test_credit_opens_the_window(deployment, district):
    with Client.of_sandbox(deployment.folder, "H37.15") as client:
        client.connect(credit=None)
        way = way_over(deployment, "H37.15")
        for _ in range(3):
            dossier, opened = open_dossier(district, DISTRICT, **way)
            assert district.submit([district.make("FORWARD", DISTRICT, dossier, ["H37.15"], **at(opened))])[0].name == "OK"
        client.ping()
        assert not client.items, "nothing is delivered before the first CREDIT"
        client.credit("H37.15", 1, 1 << 20)
        first = client.receive()[0]
        client.ping()
        assert not client.items, "a window of one"
        client.received("H37.15", first.number)
        second = client.receive()[0]
        assert second.number == first.number + 1
        client.received("H37.15", second.number)
        client.received("H37.15", client.receive()[0].number)


def test_superseded(deployment):
    with Client.of_sandbox(deployment.folder, "H37.02") as one, Client.of_sandbox(deployment.folder, "H37.02") as two:
        one.connect()
        two.connect()
        assert one.expect_bye() == "SESSION_SUPERSEDED"
        works(two, "H37.02")


def test_two_agencies_of_one_key_need_both_listed(deployment):
    with Client.of_sandbox(deployment.folder, [DISTRICT, DEPARTMENT]) as client:
        client.open()
        client.send(hello=dict(version_min=1, version_max=1, nonce=bytes(32), agencies=[DISTRICT, DEPARTMENT]))
        assert client.expect_bye() == "KEY_NOT_ENROLLED"


def test_with_the_real_adapter(deployment):
    """Python sends, the adapter receives and accepts over its HTTP interface; then the other way."""
    api = deployment.start_adapter("H37.28")
    with Client.of_sandbox(deployment.folder, DISTRICT) as client:
        client.connect()
        client.drain()
        dossier, opened = open_dossier(client, DISTRICT, **way_over(deployment, "H37.28"))
        sent = client.make("FORWARD", DISTRICT, dossier, ["H37.28"], [(PDF, "đơn.pdf", "application/pdf")], **at(opened))
        assert client.submit([sent])[0].name == "OK"
        item = api.wait_item(lambda i: i["dossier"] == dossier)
        status, part = api.call("GET", f"/v1/inbox/{item['id']}/parts/0", raw=True)
        assert status == 200 and hashlib.sha256(part).digest() == hashlib.sha256(PDF).digest()
        api.accept(item["id"])
        accept = client.receive()[0]
        assert accept.kind == "ACCEPT" and accept.fault is None and accept.header.sender == "H37.28"
        client.received(DISTRICT, accept.number)
        answer = api.put_part(PDF)
        posted = api.post({"kind": "RESULT", "dossier": dossier, "to": [{"agency": DISTRICT}],
                           "parts": [{"sha256": answer["sha256"], "name": "kết quả.pdf", "media_type": "application/pdf"}]})
        back = client.receive()[0]
        assert back.fault is None and back.kind == "RESULT" and PDF in back.parts
        assert back.header.id.hex() == posted["id"].replace("-", "")
        assert client.submit([client.answer_to(back)])[0].name == "OK"
        client.received(DISTRICT, back.number)
        assert api.wait_state(posted["id"], ("accepted",))


def test_unknown_key_is_met_by_silence(deployment):
    import zmq
    public, secret = zmq.curve_keypair()
    with Client.of_sandbox(deployment.folder, DISTRICT) as client:
        client.public, client.secret = zmq.utils.z85.decode(public), zmq.utils.z85.decode(secret)
        client.open()
        client.send(hello=dict(version_min=1, version_max=1, nonce=bytes(32), agencies=[DISTRICT]))
        assert not client.socket.poll(1500)


def test_keys_of_the_sandbox(deployment):
    assert len(read_key(deployment.folder / "broker" / "curve.public")) == 32
    assert pyrules.AGENCY.match(DISTRICT)
