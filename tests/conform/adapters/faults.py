"""How python_adapter.py can be broken, each in one place: what it does then, and the check that has to catch it. `break_adapter` takes the name."""
import time

import pyrules
from pyclient import envelope
from pywire import Refused, envelope_pb, fields, link_pb

FAULTS = {}  # name -> (what it does, check)
# Those that matter most: what is lost, doubled, believed or signed without anybody's will.
CORE = ["early-ack", "wrong-number", "no-revocation", "new-bytes", "unsigned-root", "wrong-digest", "any-directory", "auto-accept", "key-of-challenge",
        "no-credit", "outbox-in-memory", "believes-receipts", "takes-twice", "no-gap", "no-part-check", "any-checkpoint", "no-growth", "old-version"]
_PATCHES = {}


def fault(name, what, check):
    def put(patch):
        FAULTS[name] = (what, check)
        _PATCHES[name] = patch
        return patch
    return put


def break_adapter(adapter, name):
    _PATCHES[name](adapter)


def wrap(adapter, name, around):
    """A method of this adapter becomes around(the method, its arguments)."""
    before = getattr(adapter, name)
    setattr(adapter, name, lambda *words, **more: around(before, *words, **more))


def outgoing(kind, change):
    """A patch that changes what is said: change(adapter, message); False: it is not said."""
    def patch(adapter):
        def around(before, **message):
            if kind not in message or change(adapter, message[kind]) is not False:
                before(**message)
        wrap(adapter, "send", around)
    return patch


def replaced(name, value):
    """A patch that has another method: value(adapter, arguments)."""
    def patch(adapter):
        setattr(adapter, name, lambda *words, **more: value(adapter, *words, **more))
    return patch


def first(name, do):
    """A patch that does something before the method."""
    def patch(adapter):
        def around(before, *words, **more):
            do(adapter, *words, **more)
            return before(*words, **more)
        wrap(adapter, name, around)
    return patch


def passing(*names):
    """A patch of the check of an item: these reasons are overlooked."""
    def patch(adapter):
        def around(before, delivery, header):
            try:
                before(delivery, header)
            except Refused as refused:
                if refused.name not in names:
                    raise
        wrap(adapter, "check", around)
    return patch


def simple(name, what, check, patch):
    fault(name, what, check)(patch)


# ---------------------------------------------------------------- frames and session

@fault("two-frames", "sends an empty frame behind each message", "frame.one")
def _(adapter):
    adapter.send_raw = lambda frame: adapter.socket.send_multipart([frame, b""])


@fault("own-fields", "has a field of its own in each message", "frame.strict")
def _(adapter):
    adapter.alter = lambda frame: frame + b"\xe2\x03\x00"  # field 60, empty


simple("no-maximum", "sends what no broker takes", "frame.size", first("on_welcome", lambda adapter, _: adapter.send_raw(bytes(1400000))))


def _clear_limits(welcome):
    for name in ("max_message", "max_envelopes", "credit_envelopes", "credit_bytes"):
        setattr(welcome, name, getattr(welcome, name) or 1000)


def _ping_early(adapter, *_):
    adapter.send(ping=link_pb.Ping(token=1))


def _another_key(adapter, challenge):
    adapter.proof_key = challenge.broker_key


def _another_domain(adapter, challenge):
    adapter.domain = challenge.domain


def _leftover_ends(adapter, bye):
    adapter.proved = True


def _come_back(before, back=True):
    before(True)


simple("early-ping", "says PING before WELCOME", "session.order", first("on_challenge", _ping_early))
simple("agency-twice", "names its agency twice", "session.hello", outgoing("hello", lambda _, hello: hello.agencies.append(hello.agencies[0])))
simple("leftover-ends", "takes a BYE before CHALLENGE for its own", "session.before-challenge", first("on_bye", _leftover_ends))
simple("other-resume", "proves another resume than it says", "session.proof",
       outgoing("proof", lambda _, proof: setattr(proof.agencies[0], "resume", proof.agencies[0].resume + 1)))
simple("begins-ahead", "resumes where it has never been", "session.empty", lambda adapter: setattr(adapter, "on_disk", max(adapter.on_disk, 1)))
simple("no-window", "gives no credit", "session.credit", outgoing("credit", lambda _, credit: setattr(credit, "envelopes", 0)))
simple("pings-once", "says PING after WELCOME and never again", "session.ping",
       outgoing("ping", lambda adapter, _: setattr(adapter, "pong_due", float("inf"))))
simple("stays-away", "does not come back when the broker stops", "session.again", lambda adapter: wrap(adapter, "end", lambda before, back=True: before(False)))
simple("old-nonce", "has one nonce for all its sessions", "session.nonce", replaced("new_nonce", lambda _: b"\1" * 32))
simple("key-of-challenge", "proves to the key that CHALLENGE names", "session.pinned-key", first("on_challenge", _another_key))
simple("any-domain", "proves to whatever domain CHALLENGE names", "session.domain", first("on_challenge", _another_domain))
simple("any-limits", "takes a WELCOME in which nothing fits", "session.no-limits", first("on_welcome", lambda _, welcome: _clear_limits(welcome)))
simple("comes-back", "comes back after SESSION_SUPERSEDED", "session.superseded", lambda adapter: wrap(adapter, "end", _come_back))


# ---------------------------------------------------------------- sending

@fault("wrong-digest", "signs another digest than the part has", "envelope.parts")
def _(adapter):
    def around(before, *words, parts=(), **more):
        for one in parts:
            one.sha256 = bytes(32)
        return before(*words, parts=parts, **more)
    wrap(adapter, "header", around)


@fault("new-bytes", "makes the header anew when it sends again", "send.same-bytes")
def _(adapter):
    seen = set()

    def around(before, **message):
        for one in message["submit"].envelopes if "submit" in message else []:
            header = envelope_pb.Header.FromString(one.header)
            if header.id in seen:
                header.sent_at = pyrules.now()
                raw = header.SerializeToString()
                one.CopyFrom(envelope(raw, adapter.sign(raw, adapter.code), list(one.parts)))
            seen.add(header.id)
        before(**message)
    wrap(adapter, "send", around)


@fault("outbox-in-memory", "keeps what it is to send in memory", "send.durable")
def _(adapter):
    wrap(adapter, "put", lambda before, **event: adapter.apply(event) if event["what"] == "out" else before(**event))


@fault("sends-refused", "sends again what was refused for good", "send.final")
def _(adapter):
    wrap(adapter, "put", lambda before, **event: before(**event) if event.get("state") != "rejected" else adapter.outbox[event["id"]].update(asked=float("inf"), asked_for="rejected"))
    wrap(adapter, "obey_one", lambda before, order: {"state": adapter.outbox[order["id"]].get("asked_for") or adapter.outbox[order["id"]]["state"]}
         if order["do"] == "outbox" else before(order))


def _newest_first(before):
    adapter = before.__self__
    adapter.outbox = dict(reversed(adapter.outbox.items()))
    before()
    adapter.outbox = dict(reversed(adapter.outbox.items()))


def _again_at_once(adapter, answers):
    for one in adapter.outbox.values():
        one["wait"] = 0.05


def _give_up(adapter, answers):
    for answer in answers.answers:
        if answer.WhichOneof("answer") == "admitted" and not adapter.receipt_holds(answer.admitted):
            adapter.put(what="state", id=answer.admitted.id.hex(), state="rejected")


simple("no-time", "signs headers without sent_at", "envelope.header", lambda adapter: wrap(adapter, "header", lambda before, *words, **more: before(*words, **more, sent_at=0)))
simple("old-signature", "signs without the signing certificate", "envelope.signature",
       lambda adapter: wrap(adapter, "sign", lambda before, header, sender: before(header, sender, options=("-nocerts", "-nosmimecap"))))
simple("forgets-answers", "hears no answer", "send.admitted", replaced("on_answers", lambda *_: None))
simple("newest-first", "sends the newest first", "send.order", lambda adapter: wrap(adapter, "submit_more", _newest_first))
simple("no-credit", "submits all that it has at once", "send.credit", first("on_welcome", lambda _, welcome: setattr(welcome, "credit_envelopes", 10000)))
simple("again-at-once", "sends again after 50 ms", "send.retry", first("on_answers", _again_at_once))
simple("believes-receipts", "believes every receipt", "receipt.head", replaced("receipt_holds", lambda *_: True))
simple("old-receipts", "believes receipts from before the session", "receipt.epoch", first("on_answers", lambda adapter, _: setattr(adapter.welcome, "epoch", 0)))
simple("gives-up", "gives an envelope up that had a false receipt", "receipt.again", first("on_answers", _give_up))
simple("own-clock", "makes ids by a clock that is far off", "time.offset", first("order_send", lambda adapter, _: setattr(adapter, "ahead", 0)))
simple("knows-no-restore", "does not see that the broker was restored", "restore.again",
       first("on_welcome", lambda adapter, welcome: adapter.__dict__.update(last_incarnation=adapter.challenge.incarnation, highest=0)))
simple("keeps-directory", "gives no directory back", "restore.directory", replaced("on_directory_get", lambda *_: None))


# ---------------------------------------------------------------- the ledger

@fault("any-checkpoint", "takes a checkpoint whoever signed it", "ledger.unsigned")
def _(adapter):
    adapter.read_checkpoint = lambda note: pyrules.checkpoint(note, adapter.ledger_keys, adapter.domain, lambda *_: True)[:3]


def _take_what_is_shown(adapter):
    adapter.ledger_shown = adapter.ledger_shown or bool(adapter.welcome)


simple("no-ledger", "submits nothing when there is a checkpoint", "ledger.first", first("submit_more", lambda adapter: adapter.welcome and setattr(
    adapter, "ledger_shown", adapter.ledger_shown and not adapter.welcome.checkpoint)))
simple("no-growth", "does not ask how the ledger has grown", "ledger.fork", first("show_ledger", lambda adapter: setattr(adapter, "kept", None)))
simple("no-question", "takes a larger ledger for grown", "ledger.grown", first("show_ledger", lambda adapter: setattr(adapter, "kept", None)))
simple("any-size", "looks at no size", "ledger.smaller", first("submit_more", _take_what_is_shown))


# ---------------------------------------------------------------- receiving

@fault("early-ack", "says RECEIVED before the item is on disk", "receive.disk")
def _(adapter):
    def around(before, delivery):
        adapter.send(received=link_pb.Received(agency=adapter.code, number=delivery.number))
        time.sleep(0.3)
        before(delivery)
    wrap(adapter, "store", around)


@fault("no-revocation", "asks no revocation list", "receive.revoked")
def _(adapter):
    def around(before, delivery, header):
        crl, adapter.crl = adapter.crl, None
        try:
            before(delivery, header)
        finally:
            adapter.crl = crl
    wrap(adapter, "check", around)


@fault("auto-accept", "accepts what is offered by itself", "act.none")
def _(adapter):
    def around(before, delivery):
        count = len(adapter.taken)
        before(delivery)
        if len(adapter.taken) > count:
            adapter.order_answer({"id": adapter.taken[-1], "accept": True})
    wrap(adapter, "store", around)


@fault("unsigned-root", "takes the root of a batch without its signature", "receive.root")
def _(adapter):
    wrap(adapter, "check", lambda before, delivery, header: before(delivery, header) if envelope_pb.Signature.FromString(
        delivery.envelope.signature).WhichOneof("form") == "cms" else None)


@fault("half-reader", "reads of a header what its library reads", "receive.unreadable")
def _(adapter):
    def around(before, delivery):
        while not _whole(delivery.envelope.header):
            delivery.envelope.header = delivery.envelope.header[:-1]
        return before(delivery)
    wrap(adapter, "look", around)


def _whole(data):
    try:
        fields(data)
    except ValueError:
        return False
    return True


def _no_state(state, by):
    """What is looked at has never this state, for a reason or for none."""
    def patch(adapter):
        def around(before, delivery):
            said, reason, *rest = before(delivery)
            return (by if said == state and bool(reason) == (by == "quarantine") else said, reason, *rest)
        wrap(adapter, "look", around)
    return patch


def _forget(adapter, *_):
    adapter.known.clear()


def _nothing_waits(adapter, delivery):
    adapter.held = [one | {"dossier": ""} for one in adapter.held]
    adapter.quarantine = {number: (reason, digest, "") for number, (reason, digest, _) in adapter.quarantine.items()}


def _ahead(adapter, received):
    for one in received.exceptions:
        one.number = received.number + 1


def _untrue(adapter, received):
    for one in received.exceptions:
        one.sha256 = bytes(32)


def _told_once(adapter, received):
    told = adapter.__dict__.setdefault("told_ever", set())
    fresh = [one for one in received.exceptions if one.number not in told]
    told.update(one.number for one in fresh)
    del received.exceptions[:]
    received.exceptions.extend(fresh)


def _taken_for_new(adapter, deliver):
    _forget(adapter)
    adapter.on_disk = min([adapter.on_disk, *[item.number - 1 for item in deliver.items]])


def _elided(adapter, delivery, header):
    pyrules.need(not delivery.parts_elided, "PART_COUNT_WRONG", "elided")


simple("wrong-number", "says RECEIVED of one more than came", "received.delivered", outgoing("received", lambda _, received: setattr(received, "number", received.number + 1)))
simple("exception-ahead", "names another number in its exceptions", "received.exceptions", outgoing("received", _ahead))
simple("shows-nothing", "shows its system nothing", "receive.good", _no_state("taken", "erased"))
simple("no-roots", "does not look among the roots", "receive.batch", first("on_deliver", lambda _, deliver: deliver.ClearField("roots")))
simple("wants-parts", "wants the parts of what was elided", "receive.elided", first("check", _elided))
simple("erased-is-broken", "reads an item that was erased", "receive.erased", first("look", lambda _, delivery: delivery.ClearField("erased_by")))
simple("no-signature", "looks at no signature", "receive.signature", passing("SIGNATURE_WRONG"))
simple("other-header", "holds no header against its signature", "receive.header", passing("SIGNATURE_WRONG"))
simple("no-part-check", "does not hold parts against the header", "receive.part-digest", passing("PART_DIGEST_WRONG"))
simple("any-addressee", "takes what is for another", "receive.addressee", passing("NOT_ADDRESSED_TO_US"))
simple("other-domain", "takes what is of another domain", "receive.domain", passing("DOMAIN_WRONG"))
simple("any-notice", "takes a notice whoever signed it", "receive.notice", passing("KIND_NOT_SUPPORTED"))
simple("other-digest", "tells another digest than came", "receive.digest", outgoing("received", _untrue))
simple("no-holding", "takes its own trouble for the sender's", "receive.held", _no_state("held", "quarantine"))
simple("nothing-waits", "lets later items of the dossier pass", "receive.behind", first("look", _nothing_waits))
simple("takes-twice", "takes an envelope again under a new number", "receive.once", first("look", _forget))
simple("takes-repeats", "takes an item again under its number", "receive.repeat", first("on_deliver", _taken_for_new))
simple("no-exceptions", "says RECEIVED of what is wrong, and not that it is", "receive.signature", outgoing("received", lambda _, received: received.ClearField("exceptions")))
simple("told-once", "tells its exceptions once", "receive.told-again", outgoing("received", _told_once))
simple("no-gap", "does not look at `previous`", "receive.gap", first("on_deliver", lambda _, deliver: [item.ClearField("previous") for item in deliver.items]))
simple("old-version", "answers an offer with another version of the branch", "act.accept",
       first("order_send", lambda _, order: order.update(branch_version=order["branch_version"] - 1)))
simple("other-reason", "refuses in words of its own", "act.refuse", first("order_send", lambda _, order: order.update(reason=order["reason"] and "không")))
simple("first-directory", "keeps the directory that it has", "directory.new", replaced("want_directory", lambda adapter, version: None if adapter.directory_version else
       type(adapter).want_directory(adapter, version)))
simple("any-directory", "takes a directory whoever signed it", "directory.signer", replaced("directory_signed", lambda *_: None))
simple("any-version", "takes a directory of a lower version", "directory.falls", first("want_directory", lambda adapter, version: setattr(
    adapter, "directory_version", adapter.directory_version if version == adapter.directory_version else 0)))
simple("old-list", "keeps the list that it began with", "list.new", first("on_pong", lambda _, pong: pong.ClearField("lists")))
