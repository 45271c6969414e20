"""What a broker says of receipts, dossiers and limits is looked at before it is believed: what cannot be changes nothing, is kept or
refused by name, and makes the adapter red."""
import time

import pytest

from office import DEPARTMENT, DISTRICT
from pybroker import LyingBroker
from pyclient import Client
from pyflow import Log, dossier_code, id_text
from pywire import envelope_pb, link_pb


@pytest.fixture
def sender(site):
    client = Client.of_sandbox(site.folder, DISTRICT)
    client.folder = site.folder
    return client


def health(api):
    return api.call("GET", "/healthz")


def causes(api):
    return [cause["code"] for cause in health(api)[1]["causes"]]


def offer_and_accept(site, broker, sender, api):
    one = sender.make("FORWARD", DISTRICT, dossier_code(DISTRICT), [(DEPARTMENT, "doi-chieu")], (), branch=1, branch_version=1)
    broker.deliver(one)
    item = api.wait_item(lambda item: item["id"] == id_text(envelope_pb.Header.FromString(one.header).id))
    return api.accept(item["id"])["id"]


LIES = [("sequence", {"sequence": 0}), ("sequence", {"sequence": 2 ** 63}), ("time", {"time": 0}), ("time", {"time": 2 ** 62}),
        ("session", {"sequence": 7}), ("version", {"branch_version": 2 ** 63})]


def test_receipts_that_cannot_be(site, sender):
    """Not believed: the envelope stays queued, and is admitted by a receipt that can be."""
    with LyingBroker(site.folder, DEPARTMENT) as broker:
        api = site.start_adapter(DEPARTMENT)
        log = Log(site.adapters[DEPARTMENT])
        for count, (word, lie) in enumerate(LIES, 1):
            broker.admitted = lie
            envelope = offer_and_accept(site, broker, sender, api)
            broker.wait(lambda: len(broker.submitted) >= count, "the ACCEPT")
            log.wait("a receipt of the broker is not believed", word)
            assert api.envelope(envelope)["state"] == "queued", lie
        status, seen = health(api)
        assert status == 503 and causes(api) == ["BROKER_DOUBTFUL"], seen
        broker.admitted = {}
        assert site.adapters[DEPARTMENT].stop() == 0
        api = site.start_adapter(DEPARTMENT)
        api.wait_state(envelope, ("admitted",))


def test_two_receipts_for_one_envelope(site, sender):
    with LyingBroker(site.folder, DEPARTMENT) as broker:
        api = site.start_adapter(DEPARTMENT)
        envelope = offer_and_accept(site, broker, sender, api)
        first = api.wait_state(envelope, ("admitted",))
        assert health(api)[0] == 200
        header = envelope_pb.Header.FromString(broker.submitted[0].header)
        values = dict(id=header.id, sender=header.sender, sequence=first["receipt"]["sequence"], branch=1,
                      branch_version=header.branch_version + 1)
        broker.say(answers=link_pb.Answers(answers=[link_pb.SubmitAnswer(admitted=link_pb.Admitted(
            time=time.time_ns() // 1000, **values))]))
        site.adapters[DEPARTMENT].wait_log("another receipt was given for this envelope before")
        broker.wait(lambda: causes(api) == ["BROKER_DOUBTFUL"], "red health")
        assert api.envelope(envelope)["receipt"] == first["receipt"]


def test_an_answer_about_another_dossier(site):
    with LyingBroker(site.folder, DEPARTMENT) as broker:
        api = site.start_adapter(DEPARTMENT)
        broker.wait(lambda: broker.peer is not None, "a session")
        asked = dossier_code(DISTRICT)
        broker.answer = {"reason": 0, "detail": "", "dossier": link_pb.DossierView(code="G09-20261124-9999999", status=10)}
        status, answer = api.dossier(asked)
        assert "G09-20261124-9999999" not in str(answer) and status != 200, answer
        assert answer["code"] == "BROKER_DOUBTFUL" and causes(api) == ["BROKER_DOUBTFUL"]
        broker.answer["dossier"] = link_pb.DossierView(code=asked, status=4)
        status, answer = api.dossier(asked)
        assert status == 200 and answer["source"] == "broker" and answer["code"] == asked


@pytest.mark.parametrize("field", ["credit_envelopes", "credit_bytes", "max_envelopes", "max_message"])
def test_a_welcome_in_which_nothing_fits(site, field):
    with LyingBroker(site.folder, DEPARTMENT) as broker:
        broker.welcome = {field: 0}
        api = site.start_adapter(DEPARTMENT)
        site.adapters[DEPARTMENT].wait_log(f"WELCOME: {field} is 0")
        assert health(api)[0] == 503 and causes(api) == ["BROKER_DOUBTFUL"]
        broker.welcome = {}
        broker.wait(lambda: health(api)[1]["link"] == "connected", "a session")
        broker.wait(lambda: health(api)[0] == 200, "green health")


def test_numbers_that_cannot_be(site, sender):
    """A branch_version or sequence of 2^63 is not taken, and what follows is."""
    with LyingBroker(site.folder, DEPARTMENT) as broker:
        api = site.start_adapter(DEPARTMENT)
        log = Log(site.adapters[DEPARTMENT])
        one = sender.make("FORWARD", DISTRICT, dossier_code(DISTRICT), [(DEPARTMENT, "doi-chieu")], (), branch=1, branch_version=1)
        broker.deliver(one, branch_version=2 ** 63)
        log.wait("a delivery has a number that cannot be and is not taken")
        broker.deliver(one, sequence=2 ** 63, number=1, previous=0)
        broker.deliver(one, number=1, previous=0)
        api.wait_item(lambda item: item["branch_version"] == 2)
        broker.wait(lambda: broker.received == 1, "RECEIVED of the one that can be")
