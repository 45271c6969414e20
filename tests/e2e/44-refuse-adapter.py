"""A broker that lies to an adapter. Whatever fails the end-to-end check whoever looks (addressee, header, signature, part, domain) is
acknowledged, so that it does not come for ever, goes to quarantine by name and never reaches the agency's system; what an old list
or directory of the adapter's own may be the cause of is held. Nothing is signed for any of it: only the agency decides."""
import hashlib
import signal
import subprocess
import time

import pytest

import pycms
from deployment import Deployment
from office import DEPARTMENT, DISTRICT, MINISTRY
from pybroker import LyingBroker
from pyclient import Client, envelope, signature_of
from pyflow import Log, dossier_code, id_text, issue
from pywire import NUMBERS, directory_pb, envelope_pb

PART = "Tờ khai".encode() * 40


def offer(client, to=DEPARTMENT, sender=DISTRICT, parts=(PART,), **more):
    return client.make("FORWARD", sender, dossier_code(DISTRICT), [(to, "doi-chieu")], parts, branch=1, branch_version=1, **more)


def altered_header(client, _):
    one = offer(client, subject="Hồ sơ 1")
    one.header = one.header.replace("Hồ sơ 1".encode(), "Hồ sơ 2".encode())
    return one


def torn_signature(one):
    signature = signature_of(one)
    signature.cms = signature.cms[:-1] + bytes([signature.cms[-1] ^ 1])
    return signature.SerializeToString()


def altered_signature(client, _):
    one = offer(client)
    one.signature = torn_signature(one)
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
    header = client.build_header("FORWARD", sender, dossier_code(DISTRICT), [(to, "doi-chieu")], branch=1, branch_version=1)
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


# name, what is delivered, reason, whether it is held
LIES = [
    ("not addressed to us", lambda client, _: offer(client, to=MINISTRY), "NOT_ADDRESSED_TO_US", False),
    ("altered header", altered_header, "SIGNATURE_WRONG", False),
    ("altered signature", altered_signature, "SIGNATURE_WRONG", False),
    ("altered part", altered_part, "PART_DIGEST_WRONG", False),
    ("part missing", part_missing, "PART_COUNT_WRONG", False),
    ("certificate not in the directory", not_enrolled, "CERTIFICATE_NOT_ENROLLED", True),
    ("another agency's signature", another_agency_signed, "CERTIFICATE_NOT_ENROLLED", True),
    ("unknown sender", unknown_sender, "SENDER_UNKNOWN", True),
    ("another domain", lambda client, _: offer(client, domain="other.example.vn"), "DOMAIN_WRONG", False),
    ("unreadable header", unreadable, "HEADER_MALFORMED", False),
]


@pytest.fixture
def sender(site):
    """The district's keys; it never connects."""
    client = Client.of_sandbox(site.folder, DISTRICT)
    client.folder = site.folder
    return client


def old_crl(folder, tmp):
    """A list of the sandbox's CA that ended ten seconds ago."""
    (tmp / "index").write_text("")
    (tmp / "number").write_text("50\n")
    (tmp / "ca.cnf").write_text(f"[ca]\ndefault_ca=c\n[c]\ndatabase={tmp}/index\ncrlnumber={tmp}/number\ndefault_md=sha256\n"
                                f"certificate={folder}/ca/ca.pem\nprivate_key={folder}/ca/ca.key.pem\n")
    stamp = [time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + s)) for s in (-20, -10)]
    subprocess.run(["openssl", "ca", "-config", tmp / "ca.cnf", "-gencrl", "-crl_lastupdate", stamp[0], "-crl_nextupdate",
                    stamp[1], "-out", tmp / "old.pem"], check=True, capture_output=True)
    return subprocess.run(["openssl", "crl", "-in", tmp / "old.pem", "-outform", "DER"], check=True, capture_output=True).stdout


def quarantined(api):
    status, answer = api.call("GET", "/v1/inbox?state=stuck&limit=100")
    assert status == 200, answer
    return answer["items"]


def digest_of(one):
    """What stands in an exception: over the digests of header, signature and parts as they came."""
    sha = hashlib.sha256
    return sha(b"".join(sha(b).digest() for b in (one.header, one.signature, *one.parts))).digest()


def shown_id(one):
    return id_text(envelope_pb.Header.FromString(one.header).id)


def test_lies_go_to_quarantine(site, sender, tmp_path):
    first, last = offer(sender), offer(sender)
    bad = [(name, make(sender, tmp_path), reason, held) for name, make, reason, held in LIES]
    with LyingBroker(site.folder, DEPARTMENT) as broker:
        api = site.start_adapter(DEPARTMENT)
        log = Log(site.adapters[DEPARTMENT])
        for one in [first, *[b[1] for b in bad], last]:
            broker.deliver(one)
        count = len(bad) + 2
        broker.wait(lambda: broker.received == count, "RECEIVED of all")
        # The agency's system sees the good ones alone.
        api.wait_item(lambda item: item["id"] == shown_id(last))
        assert [item["id"] for item in api.inbox(0, limit=1000)] == [shown_id(first), shown_id(last)]
        # The others are kept aside, each by name.
        named = [item["fault"]["code"] for item in sorted(quarantined(api), key=lambda item: item["number"])]
        assert named == [reason for _, _, reason, held in bad if not held], named
        for _, _, reason, held in bad:
            log.wait("an item is held" if held else "failed the end-to-end check", reason)
        status, health = api.call("GET", "/healthz")
        assert (status, health["status"], health["held"]) == (503, "trouble", sum(held for *_, held in bad)), health
        assert health["causes"][0]["code"] == "CERTIFICATE_NOT_ENROLLED"
        # The broker is told which, and what came.
        broken = [(n + 2, one, reason) for n, (_, one, reason, held) in enumerate(bad) if not held]
        broker.wait(lambda: len(broker.exceptions) == len(broken), "the exceptions")
        for (_, number, reason, digest), (place, one, name) in zip(broker.exceptions, broken):
            assert (number, reason, digest) == (place, NUMBERS[name], digest_of(one)), name
        # Nobody can answer what is in quarantine.
        for verb, body in (("accept", {}), ("refuse", {"reason": "không"})):
            status, answer = api.call("POST", f"/v1/inbox/{quarantined(api)[1]['id']}/{verb}", body)
            assert status in (404, 409), (status, answer)
        # A restart begins behind all of it, says nothing, and signs nothing.
        assert site.adapters[DEPARTMENT].stop() == 0
        site.start_adapter(DEPARTMENT)
        broker.wait(lambda: broker.resumed[-1] == count, "a session that resumes behind the last")
        broker.wait(lambda: len(broker.exceptions) == 2 * len(broken), "the exceptions again, as WELCOME had none")
        broker.echo = [place for place, _, _ in broken[:-1]]
        assert site.adapters[DEPARTMENT].stop() == 0
        site.start_adapter(DEPARTMENT)
        broker.wait(lambda: len(broker.exceptions) == 2 * len(broken) + 1, "the one that WELCOME did not say back")
        assert broker.exceptions[-1][1] == broken[-1][0]
        more = offer(sender)
        broker.deliver(more)
        site.api(DEPARTMENT).wait_item(lambda item: item["id"] == shown_id(more))
        assert broker.headers() == [], "an act that nobody decided"


def test_no_act_for_what_a_broker_invents(site, sender):
    """Of an item that was accepted, of an offer that never was, of one that is broken on the way and then comes whole, and with a
    time of 1970: no REFUSE leaves the adapter, what is whole arrives, and the agency's own ACCEPT is the only act."""
    with LyingBroker(site.folder, DEPARTMENT) as broker:
        api = site.start_adapter(DEPARTMENT)
        taken = offer(sender)
        broker.deliver(taken)
        item = api.wait_item(lambda item: item["id"] == shown_id(taken))
        answer = api.accept(item["id"])
        broker.wait(lambda: len(broker.submitted) == 1, "the ACCEPT")
        again = altered_part(sender, None)
        copy = type(taken).FromString(taken.SerializeToString())
        copy.parts[0] = copy.parts[0][:-1] + b"\0"  # the accepted one with other bytes
        never = signed_by((site.folder / "adapters" / MINISTRY / "key.pem", site.folder / "adapters" / MINISTRY / "cert.pem"),
                          sender, sender="H99.99")
        broken = altered_signature(sender, None)
        whole = offer(sender)
        torn = type(whole).FromString(whole.SerializeToString())
        torn.signature = torn_signature(whole)
        old = offer(sender)
        for one in (again, copy, never, broken, torn):
            broker.deliver(one, branch=3, branch_version=7)
        broker.deliver(whole)
        broker.deliver(old, time=1)
        broker.wait(lambda: broker.received == 8, "RECEIVED of all")
        api.wait_item(lambda item: item["id"] == shown_id(whole))
        api.wait_item(lambda item: item["id"] == shown_id(old))
        broker.wait(lambda: api.call("GET", f"/v1/inbox/{item['id']}")[1]["state"] == "accepted", "the ACCEPT admitted")
        assert [id_text(h.id) for h, _ in broker.headers()] == [answer["id"]]
        assert broker.headers()[0][0].kind == envelope_pb.KIND_ACCEPT


def test_later_items_of_the_dossier_wait(site, sender):
    """Behind a broken item, until the broker sends that one whole."""
    with LyingBroker(site.folder, DEPARTMENT) as broker:
        api = site.start_adapter(DEPARTMENT)
        code = dossier_code(DISTRICT)
        whole, later, other = [sender.make("FORWARD", DISTRICT, c, [(DEPARTMENT, "doi-chieu")], (), branch=1, branch_version=v)
                               for c, v in ((code, 1), (code, 2), (dossier_code(DISTRICT), 1))]
        torn = type(whole).FromString(whole.SerializeToString())
        torn.signature = torn_signature(whole)
        for one in (torn, later, other):
            broker.deliver(one)
        api.wait_item(lambda item: item["id"] == shown_id(other))
        broker.wait(lambda: broker.received == 3, "RECEIVED")
        assert [item["id"] for item in api.inbox(0)] == [shown_id(other)]
        assert api.call("GET", "/healthz")[1]["held"] == 1
        broker.deliver(whole)
        api.wait_item(lambda item: item["id"] == shown_id(later))
        assert [item["id"] for item in api.inbox(0)] == [shown_id(one) for one in (other, whole, later)]


def test_own_list_is_old(site, sender, tmp_path):
    """The adapter's own CRL is past its time: red at once, by name; an offer is held, and there when the list is renewed."""
    conf = site.path(site.agency(DEPARTMENT)["conf"])
    fresh, own = site.folder / "ca/crl.der", tmp_path / "crl.der"
    own.write_bytes(old_crl(site.folder, tmp_path))
    conf.write_text(conf.read_text().replace("crl=../../ca/crl.der", f"crl={own}"))
    with LyingBroker(site.folder, DEPARTMENT) as broker:
        api = site.start_adapter(DEPARTMENT)
        broker.wait(lambda: api.call("GET", "/healthz")[0] == 503, "red health")
        one, other = offer(sender), offer(sender)
        broker.deliver(one)
        broker.deliver(other)
        broker.wait(lambda: broker.received == 2, "RECEIVED")
        broker.wait(lambda: api.call("GET", "/healthz")[1]["held"] == 2, "two held")
        health = api.call("GET", "/healthz")[1]
        assert health["status"] == "trouble" and "CRL" in health["causes"][0]["detail"], health
        assert api.inbox(0) == [] and quarantined(api) == []
        own.write_bytes(fresh.read_bytes())
        site.adapters[DEPARTMENT].popen.send_signal(signal.SIGHUP)
        api.wait_item(lambda item: item["id"] == shown_id(other))
        assert [item["id"] for item in api.inbox(0)] == [shown_id(one), shown_id(other)]
        broker.wait(lambda: api.call("GET", "/healthz")[0] == 200, "green health")
        assert broker.headers() == []


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
        api.wait_item(lambda item: item["id"] == shown_id(good))
        health = api.call("GET", "/healthz")[1]
        assert health["held"] == 1 and "CERTIFICATE_NOT_ENROLLED" in [c["code"] for c in health["causes"]], health
        assert [item["id"] for item in api.inbox(0)] == [shown_id(first), shown_id(good)] and broker.headers() == []


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
            time.sleep(2)
            assert false.resumed == [] and site.api(DEPARTMENT).call("GET", "/healthz")[1]["link"] == "connecting"
