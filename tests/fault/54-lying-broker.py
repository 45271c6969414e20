"""A broker that lies, to an adapter that has to live with it: every message of the link is changed now and then, and some were never asked
for. Whatever it says, no act is signed that the agency did not decide, nothing stands in the inbox that its sender did not sign, and
the adapter goes on.

LT_LIES says how many offers it lies about (default 40; `./dev fault` takes 300); LT_SEED makes the same choices again."""
import os
import random
import secrets
import time

from office import DEPARTMENT, DISTRICT
from pybroker import LyingBroker
from pyclient import Client
from pyflow import dossier_code, id_text
from pymutate import mutate
from pywire import envelope_pb, link_pb

LIES = int(os.environ.get("LT_LIES", "40"))
SEED = int(os.environ.get("LT_SEED", str(secrets.randbelow(1 << 30))))
STOPPING = 115  # a BYE after which an adapter comes back


class Liar(LyingBroker):
    """Each message is changed with this chance. The session's first ones seldom: without a session there is nothing to lie about."""
    chance = 0.4

    def __init__(self, rng, *more):
        super().__init__(*more)
        self.rng = rng

    def _send(self, socket, routing, **message):
        link = link_pb.Link(**message)
        early = link.WhichOneof("message") in ("challenge", "welcome", "directory_chunk")
        if self.rng.random() < (0.05 if early else self.chance):
            for _ in range(self.rng.randrange(1, 3)):
                mutate(self.rng, link)
        socket.send_multipart([routing, link.SerializeToString()])


def invent(rng, broker, offers):
    """Something that was not asked for."""
    header, one = rng.choice(offers)
    kind = rng.randrange(4)
    if kind == 0:  # a receipt, or a refusal, for what may never have been sent
        answer = link_pb.Admitted(id=header.id, sender=DEPARTMENT, sequence=rng.randrange(1 << 20), time=time.time_ns() // 1000, branch=1)
        broker.say(answers=link_pb.Answers(answers=[link_pb.SubmitAnswer(admitted=answer)]))
    elif kind == 1:  # the same offer under another number
        broker.deliver(one, sequence=rng.randrange(1, 1 << 40))
    elif kind == 2:  # one offer's header with another's signature, another's parts
        broker.deliver(envelope_pb.Envelope(header=one.header, signature=rng.choice(offers)[1].signature))
    else:
        broker.say(bye=link_pb.Bye(reason=STOPPING, detail="sắp trở lại"))


def decide(rng, api, decided):
    """The agency's system answers an item that is in its inbox."""
    items = [item for item in api.inbox(limit=1000) if item["id"] not in decided and item["kind"] == "FORWARD"]
    if not items:
        return
    item = rng.choice(items)
    status, answer = api.call("POST", f"/v1/inbox/{item['id']}/accept", {})
    if status in (200, 202):
        decided[item["id"]] = answer["id"]


def test_a_broker_that_lies(site):
    rng = random.Random(SEED)
    client = Client.of_sandbox(site.folder, DISTRICT)
    offers, decided = [], {}
    with Liar(rng, site.folder, DEPARTMENT) as broker:
        api = site.start_adapter(DEPARTMENT)
        for lie in range(LIES):
            one = client.make("FORWARD", DISTRICT, dossier_code(DISTRICT), [(DEPARTMENT, "doi-chieu")], (b"don",), branch=1, branch_version=1)
            offers.append((envelope_pb.Header.FromString(one.header), one))
            broker.deliver(one)
            invent(rng, broker, offers)
            if lie % 3 == 0:
                decide(rng, api, decided)
            time.sleep(0.05)
        broker.chance = 0
        broker.say(bye=link_pb.Bye(reason=STOPPING, detail=""))
        time.sleep(2)
        said = f"seed {SEED}"
        signed = {id_text(header.id): header for header, _ in broker.headers()}
        for envelope, header in signed.items():
            assert envelope in decided.values(), f"an act that nobody decided: {header} {said}"
            assert header.sender == DEPARTMENT and header.kind == envelope_pb.Header.FromString(
                client.build_header("ACCEPT", DEPARTMENT, header.dossier, [DISTRICT])).kind, said
            assert decided[id_text(header.in_reply_to)] == envelope, f"it answers another offer: {said}"
        true = {id_text(header.id): header for header, _ in offers}
        items = api.inbox(limit=1000)
        assert len({item["id"] for item in items}) == len(items), f"an item stands twice: {said}"
        for item in items:
            header = true.get(item["id"])
            assert header, f"an item that its sender did not make: {item} {said}"
            assert (item["dossier"], item["sender"], item["kind"]) == (header.dossier, DISTRICT, "FORWARD"), said
        assert site.adapters[DEPARTMENT].alive()
        print(f"\nlies about {LIES} offers, seed {SEED}: {len(items)} in the inbox, {len(decided)} decided, {len(signed)} acts signed")
