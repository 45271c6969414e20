"""An item that its receiver's adapter could not take, whoever looks: RECEIVED with an exception. It has no legal effect; operator and
sender see it; an operator has it sent again."""
import hashlib

import pytest

from office import DEPARTMENT, DISTRICT
from pyclient import Client
from pyflow import at, open_dossier
from pywire import NUMBERS, link_pb

DIGEST = hashlib.sha256(b"what came").digest()


@pytest.fixture
def department(deployment):
    with Client.of_sandbox(deployment.folder, DEPARTMENT) as made:
        made.connect()
        made.drain()
        yield made


def received(client, number, *exceptions):
    client.disk[DEPARTMENT] = number
    client.send(received=link_pb.Received(agency=DEPARTMENT, number=number, exceptions=[
        link_pb.Exception(number=n, reason=NUMBERS[name], sha256=DIGEST) for n, name in exceptions]))
    client.ping()


def stuck_of(deployment):
    return deployment.cli("mailbox", "list", DEPARTMENT)["mailboxes"][0]["stuck"]


def wait_for(client, ready):
    for _ in range(50):
        client.ping()
        if ready():
            return
    raise AssertionError("it did not happen")


def test_stuck_and_sent_again(deployment, client, department):
    dossier, opened = open_dossier(client, DISTRICT)
    offer = client.make("FORWARD", DISTRICT, dossier, [(DEPARTMENT, "doi-chieu")], [(b"%PDF", "a.pdf", "application/pdf")], **at(opened))
    assert client.submit(offer)[0].name == "OK"
    item = department.receive()[0]
    received(department, item.number, (item.number, "SIGNATURE_WRONG"))
    wait_for(department, lambda: stuck_of(deployment))
    shown = stuck_of(deployment)[0]
    assert (shown["number"], shown["reason"], shown["sha256"]) == (item.number, "SIGNATURE_WRONG", DIGEST.hex())
    assert deployment.cli("status")["counters"]["items_stuck"] == 1
    assert "receivers could not take 1 item: " in deployment.cli("status", as_json=False)
    assert "STUCK" in deployment.cli("mailbox", "list", DEPARTMENT, as_json=False)
    # No legal effect: the offer stands. The operator and the sender see it.
    trace = deployment.cli("trace", dossier)
    assert trace["legs"][0]["custody"] == "OFFERED" and trace["hops"][-1]["kind"] == "FORWARD"
    assert trace["stuck"][0]["agency"] == DEPARTMENT and "STUCK" in deployment.cli("trace", dossier, as_json=False)
    view = client.query(dossier, DISTRICT).dossier
    assert [(one.agency, one.number, one.reason) for one in view.stuck] == [(DEPARTMENT, item.number, NUMBERS["SIGNATURE_WRONG"])]
    # WELCOME says it back, over a restart of the broker.
    deployment.broker.stop()
    deployment.start_broker()
    client.connect()
    department.connect()
    assert [one.number for one in department.welcome.agencies[0].excepted] == [item.number]
    # An operator's act sends it again, whole, under a new number; taken, it is stuck no more.
    assert deployment.cli("mailbox", "redeliver", DEPARTMENT, "77", "--reason", "thử", expect=None) is not None
    done = deployment.cli("mailbox", "redeliver", DEPARTMENT, str(item.number), "--reason", "gửi lại cho Sở")
    assert done["sequence"] > 0
    again = department.receive()[0]
    assert again.number == item.number + 1 and again.header.id == item.header.id and again.fault is None
    assert list(again.parts) == [b"%PDF"]
    assert stuck_of(deployment)[0]["redelivered"] == again.number
    received(department, again.number)
    wait_for(department, lambda: not stuck_of(deployment))
    assert department.submit(department.answer_to(again))[0].name == "OK"
    assert deployment.cli("trace", dossier)["legs"][0]["holder"] == DEPARTMENT


def test_a_claim_about_nothing(deployment, department):
    """Of numbers that were never given, or not received yet; and more of them than one message may hold."""
    received(department, department.disk[DEPARTMENT], (10 ** 9, "SIGNATURE_WRONG"), (2 ** 64 - 1, "PART_DIGEST_WRONG"))
    assert stuck_of(deployment) == []
    department.send(received=link_pb.Received(agency=DEPARTMENT, number=1, exceptions=[
        link_pb.Exception(number=1, reason=314, sha256=DIGEST)] * 65))
    assert department.expect_bye() == "COUNT_EXCEEDED"
