"""The checks of an adapter: what it takes, what it does not, and what it says of it."""
import time

import pycms
import pyrules
from broker import PATIENCE, came_digest
from pyclient import envelope, part_info
from pywire import NUMBERS, envelope_pb, link_pb, reason_name
from suite import need
from world import LATER_REVOKED, OURS, PEER, REVOKED, STRANGER, dossier

PDF = b"%PDF-1.7\n" + "hồ sơ".encode() * 100

CHECKS = [
    ("received.delivered", "5 Receiving", "RECEIVED never claims more than was delivered"),
    ("received.exceptions", "5 Receiving", "exceptions: at most 64, none above the number, each with a digest"),
    ("receive.good", "5 Receiving", "a good item reaches the agency's system, and is RECEIVED"),
    ("receive.batch", "4 Batch form", "items signed by a batch are taken, their CMS being among the roots of DELIVER"),
    ("receive.elided", "3 The envelope", "an item whose parts are elided is taken"),
    ("receive.erased", "3 The envelope", "an item that was erased is RECEIVED, and no exception"),
    ("receive.signature", "5 Receiving", "a signature that does not fit: exception SIGNATURE_WRONG"),
    ("receive.header", "5 Receiving", "a header that was changed: exception SIGNATURE_WRONG"),
    ("receive.unreadable", "5 Receiving", "a header that cannot be read: exception HEADER_MALFORMED"),
    ("receive.part-digest", "5 Receiving", "a part with another digest: exception PART_DIGEST_WRONG"),
    ("receive.addressee", "5 Receiving", "another addressee: exception NOT_ADDRESSED_TO_US"),
    ("receive.domain", "5 Receiving", "another domain: exception DOMAIN_WRONG"),
    ("receive.revoked", "5 Receiving", "a certificate that was revoked before the record: exception CERTIFICATE_REVOKED"),
    ("receive.notice", "3 The envelope", "a notice that an agency signed: exception KIND_NOT_SUPPORTED"),
    ("receive.root", "4 Roots", "a batch whose root is not what was signed: exception SIGNATURE_WRONG"),
    ("receive.digest", "5 Receiving", "each exception has the digest of what came"),
    ("receive.held", "5 Receiving", "what may be the adapter's own trouble is RECEIVED, held, and no exception"),
    ("receive.behind", "5 Receiving", "later items of the dossier wait behind what is in quarantine"),
    ("receive.once", "5 Receiving", "the same envelope under a new number is taken once"),
    ("receive.repeat", "5 Receiving", "an item whose number is on disk is a repetition"),
    ("receive.told-again", "5 Receiving", "exceptions are told again in each session until WELCOME has them"),
    ("receive.gap", "5 Receiving", "an item that is missing is asked for by a new session"),
    ("receive.disk", "5 Receiving", "what was RECEIVED is on disk: after a kill `resume` has its number, and the item is there"),
    ("act.none", "5 Receiving", "nothing is signed that the agency did not decide"),
    ("act.accept", "3 To whom an answer goes", "ACCEPT names offer, branch, version and the agency that made the offer"),
    ("act.refuse", "3 To whom an answer goes", "REFUSE does, and has the reason"),
    ("directory.new", "5 Directory", "a newer directory is fetched, and what was held is looked at again"),
    ("directory.signer", "5 Directory", "a directory that the pinned registrar has not signed is not used"),
    ("directory.falls", "5 Directory", "a directory of a lower version is not used"),
    ("list.new", "5 Revocation lists", "a list that PONG names is fetched, and counts"),
]


class Peer:
    """Makes what others send."""

    def __init__(self, story):
        self.story, self.world = story, story.world

    def header(self, sender=PEER, to=OURS, kind="FORWARD", parts=(), **more):
        values = {"type": pyrules.HEADER_TYPE, "domain": self.world.domain, "id": pyrules.make_id(), "kind": envelope_pb.Kind.Value("KIND_" + kind),
                  "sender": sender, "to": [envelope_pb.Recipient(agency=to)], "dossier": dossier(next(self.story.numbers), PEER), "branch": 1,
                  "branch_version": 1, "sent_at": pyrules.now(), "parts": [part_info(data, f"don-{n}.pdf") for n, data in enumerate(parts)]}
        return envelope_pb.Header(**{**values, **more})

    def make(self, sender=PEER, parts=(PDF,), **more):
        raw = self.header(sender, parts=parts, **more).SerializeToString()
        return envelope(raw, pycms.sign(raw, *self.world.key_of(sender)), parts)

    def batch(self, count, signed=None):
        """Envelopes under one root; `signed`: over another root than theirs."""
        headers = [self.header().SerializeToString() for _ in range(count)]
        leaves = [pyrules.leaf_hash(raw) for raw in headers]
        root = pyrules.merkle_root(leaves)
        cms = pycms.sign(b"lienthong.batch.v1\n" + count.to_bytes(4, "big") + (signed or root), *self.world.key_of(PEER))
        assert count == 2
        return [envelope(raw, envelope_pb.Signature(batch=envelope_pb.BatchSignature(cms=cms, index=n, count=2, path=[leaves[1 - n]])))
                for n, raw in enumerate(headers)]


def key(one):
    return envelope_pb.Header.FromString(one.header).id.hex()


def torn_signature(peer):
    one = peer.make()
    signature = envelope_pb.Signature.FromString(one.signature)
    signature.cms = signature.cms[:-1] + bytes([signature.cms[-1] ^ 1])
    one.signature = signature.SerializeToString()
    return one


def other_header(peer):
    one = peer.make(subject="Hồ sơ 1")
    one.header = one.header.replace(b" 1", b" 2")
    return one


def unreadable(peer):
    one = peer.make()
    one.header += b"\0"
    return one


def other_part(peer):
    one = peer.make()
    one.parts[0] = one.parts[0][:-1] + b"\0"
    return one


# check, what is delivered, the reason that is told
WRONG = [
    ("receive.signature", torn_signature, "SIGNATURE_WRONG"),
    ("receive.header", other_header, "SIGNATURE_WRONG"),
    ("receive.unreadable", unreadable, "HEADER_MALFORMED"),
    ("receive.part-digest", other_part, "PART_DIGEST_WRONG"),
    ("receive.addressee", lambda peer: peer.make(to=PEER), "NOT_ADDRESSED_TO_US"),
    ("receive.domain", lambda peer: peer.make(domain="another.example.vn"), "DOMAIN_WRONG"),
    ("receive.revoked", lambda peer: peer.make(REVOKED), "CERTIFICATE_REVOKED"),
    ("receive.notice", lambda peer: peer.make(kind="OVERDUE", parts=(), due_at=pyrules.now()), "KIND_NOT_SUPPORTED"),
    ("receive.root", lambda peer: peer.batch(2, signed=b"\6" * 32)[0], "SIGNATURE_WRONG"),
]


def inbox(story):
    return story.program.order("inbox")["ids"]


def settled(story, number):
    """Everything up to the number is RECEIVED."""
    broker = story.broker
    broker.wait(lambda: broker.session.received >= number, f"RECEIVED {number}; the last was {broker.session.received}")


def receiving(story):
    broker, peer = story.broker, Peer(story)
    story.start()
    first, elided = peer.make(), peer.make()
    good = [first, *peer.batch(2), elided]
    numbers = [broker.deliver(one) for one in good[:3]]
    bare = envelope_pb.Envelope(header=elided.header, signature=elided.signature)
    numbers.append(broker.deliver(bare, parts_elided=True))
    erased = broker.deliver(None, erased_by=40)
    wrong = [(name, make(peer), reason) for name, make, reason in WRONG]
    told = {name: broker.deliver(one) for name, one, _ in wrong}
    behind = peer.make(dossier=envelope_pb.Header.FromString(wrong[0][1].header).dossier)
    waits = broker.deliver(behind)
    unknown = peer.make(STRANGER)
    held = broker.deliver(unknown)
    broker.deliver(first)  # the same envelope again
    last = peer.make()
    story.trial("receive.good", lambda: settled(story, broker.deliver(last)))
    broker.pings()
    there, exceptions = inbox(story), broker.session.exceptions
    story.check("receive.good", key(first) in there and key(last) in there, f"in the inbox: {there}")
    story.check("receive.batch", all(key(one) in there for one in good[1:3]), f"in the inbox: {there}")
    story.check("receive.elided", key(elided) in there, f"in the inbox: {there}")
    story.check("receive.erased", erased not in exceptions, f"exception {exceptions.get(erased)}")
    story.check("receive.good", not set(numbers) & set(exceptions), f"exceptions {exceptions}")
    what_is_wrong(story, wrong, told, there)
    story.check("receive.behind", key(behind) not in there and waits not in exceptions, f"exception {exceptions.get(waits)}, in the inbox: {there}")
    story.check("receive.held", key(unknown) not in there and held not in exceptions, f"exception {exceptions.get(held)}, in the inbox: {there}")
    story.check("receive.once", there.count(key(first)) == 1, f"it is in the inbox {there.count(key(first))} times")
    story.check("act.none", not broker.submitted, f"it submitted {[pyrules.kind_name(one[0].kind) for one in broker.submitted]}")
    first_told = set(exceptions)
    broker.restart()
    story.trial("receive.told-again", lambda: broker.wait(lambda: first_told <= set(broker.session.exceptions), f"exceptions {first_told} again"))


def what_is_wrong(story, wrong, told, there):
    exceptions = story.broker.session.exceptions
    for name, one, reason in wrong:
        said, digest = exceptions.get(told[name], (0, b""))
        good = said == NUMBERS[reason]
        shown = name != "receive.unreadable" and key(one) in there  # such a one has no id
        story.check(name, good and not shown, f"exception {reason_name(said) if said else 'none'}{', and it is in the inbox' if shown else ''}")
        if said:
            story.check("receive.digest", digest == came_digest(one), f"of {name}: {digest.hex()}")


def trust(story):
    """Directory and lists that come while the adapter runs."""
    broker, world, peer = story.broker, story.world, Peer(story)
    story.start()
    unknown = peer.make(STRANGER)
    settled(story, broker.deliver(unknown))
    everybody = (OURS, PEER, REVOKED, LATER_REVOKED, STRANGER)
    broker.directory_version, broker.directory = 2, world.directory(2, everybody, signer="liar")
    broker.say_pong()
    broker.pings(2)
    story.check("directory.signer", key(unknown) not in inbox(story), "it uses a directory that another has signed")
    broker.directory_version, broker.directory = 3, world.directory(3, everybody)
    broker.say_pong()

    def looked_again():
        end = time.monotonic() + PATIENCE[0]
        while key(unknown) not in inbox(story):
            need(time.monotonic() < end, "what was held has not come to the inbox")
            time.sleep(0.05)
    story.trial("directory.new", looked_again)
    broker.directory_version, broker.directory = 2, world.directory(2)
    broker.say_pong()
    broker.pings()
    after = peer.make(STRANGER)
    number = broker.deliver(after)
    settled(story, number)
    broker.pings()
    story.check("directory.falls", key(after) in inbox(story), "with version 2 after 3 it does not know any more who stands in 3 alone")
    broker.directory_version, broker.directory = 3, world.directory(3, everybody)
    broker.lists = {pyrules.hashlib.sha256(world.later_crl).digest(): world.later_crl}
    broker.say_pong()
    broker.pings(2)
    revoked = broker.deliver(peer.make(LATER_REVOKED), time=pyrules.now() + 2 * 10**6)
    settled(story, revoked)
    said = broker.session.exceptions.get(revoked, (0,))[0]
    story.check("list.new", said == NUMBERS["CERTIFICATE_REVOKED"], f"exception {reason_name(said) if said else 'none'}")


def repeats(story):
    broker, peer = story.broker, Peer(story)
    story.start()
    one = peer.make()
    number = broker.deliver(one)
    settled(story, number)
    broker.say(deliver=link_pb.Deliver(agency=OURS, items=[broker.mailbox[-1]]))
    broker.pings()
    story.check("receive.repeat", inbox(story).count(key(one)) == 1, f"it is in the inbox {inbox(story).count(key(one))} times")
    lost, behind = peer.make(), peer.make()
    with broker.lock:
        before = broker.sessions
        broker.deliver(lost)
        broker.session.sent += 1  # and it is lost on the way
        broker.deliver(behind)

    def asked():
        broker.wait(lambda: broker.sessions > before and broker.session.credit, "a new session")
        need(broker.session.resume == number, f"resume {broker.session.resume}, it had {number}")
        settled(story, number + 2)
        need({key(lost), key(behind)} <= set(inbox(story)), "the missing item is not in the inbox")
    story.trial("receive.gap", asked)


def answers(story):
    broker, peer = story.broker, Peer(story)
    story.start()
    for name, accept in (("act.accept", True), ("act.refuse", False)):
        offer = peer.make()
        settled(story, broker.deliver(offer, branch=3, branch_version=17))
        broker.pings()
        said = story.program.order("answer", id=key(offer), sender=PEER, accept=accept, reason="" if accept else "Thiếu bản vẽ")

        def comes():
            need("id" in said, f"the order was answered by {said}")
            header = story.came(said["id"])[0][0]
            asked = envelope_pb.Header.FromString(offer.header)
            need(header.kind == (envelope_pb.KIND_ACCEPT if accept else envelope_pb.KIND_REFUSE), f"kind {header.kind}")
            need(header.in_reply_to == asked.id and header.dossier == asked.dossier, "another offer or dossier is named")
            need((header.branch, header.branch_version) == (3, 17), f"branch {header.branch}, version {header.branch_version}; DELIVER had 3 and 17")
            need(PEER in [to.agency for to in header.to], f"to {header.to}")
            need(accept or header.reason == "Thiếu bản vẽ", f"reason {header.reason!r}")
        story.trial(name, comes)


def killed_at_received(story):
    """SIGKILL in the moment in which RECEIVED comes."""
    broker, peer = story.broker, Peer(story)
    story.start()
    one = peer.make()
    number = broker.deliver(one)

    def kept():
        settled(story, number)
        story.program.kill()
        story.start()
        need(broker.session.resume == number, f"resume {broker.session.resume} after RECEIVED {number}")
        broker.pings()
        need(key(one) in inbox(story), "it is not in the inbox")
    story.trial("receive.disk", kept)


STORIES = [
    (receiving, ("received.", "receive.good", "receive.batch", "receive.elided", "receive.erased", *[name for name, *_ in WRONG], "receive.digest", "receive.held",
                 "receive.behind", "receive.once", "receive.told-again", "act.none")),
    (trust, ("directory.", "list.")),
    (repeats, ("receive.repeat", "receive.gap")),
    (answers, ("act.accept", "act.refuse")),
    (killed_at_received, ("receive.disk",)),
]
