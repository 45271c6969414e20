"""The checks of a broker: three agencies that it lists speak to it, as they should and otherwise. What they say takes effect there, so it is
a broker for tests. Here: the session, and the vectors; broker_sending.py has the rest."""
import zmq

import judge_vectors
import pyrules
from broker_sending import hand_off, sending
from broker_site import PATIENCE, QUIET, Checker, Site
from pyclient import Bye, Silence, envelope
from pywire import Refused, envelope_pb, link_pb, reason_name
from suite import Broken, need

OF_A_SESSION = {"OK", "ID_TOO_OLD", "ID_IN_FUTURE", "DOMAIN_WRONG", "SENDER_NOT_SESSION"}  # not by the header's form alone

CHECKS = [
    ("broker.challenge", "5 The link", "CHALLENGE has version 1, a fresh nonce, the domain, the pinned key and the time"),
    ("broker.unknown-key", "5 The link", "a CURVE key that the directory does not list gets no handshake"),
    ("broker.versions", "5 Proof", "a range without version 1: BYE VERSION_NOT_SUPPORTED"),
    ("broker.hello-twice", "5 The link", "an agency twice in HELLO: FRAME_MALFORMED"),
    ("broker.not-enrolled", "5 Proof", "HELLO for an agency of another key: BYE KEY_NOT_ENROLLED"),
    ("broker.proof", "5 Proof", "a proof over another domain, nonce, key, resume, or by another certificate: BYE PROOF_INVALID"),
    ("broker.no-session", "5 Sessions", "a message without a session: BYE SESSION_UNKNOWN"),
    ("broker.early-ping", "5 The link", "PING before WELCOME has no answer"),
    ("broker.welcome", "5 The link", "WELCOME has limits above 0, the epoch, the head and each agency's mailbox"),
    ("broker.pong", "5 The link", "PONG has the PING's token, head and time"),
    ("broker.directory", "5 Directory", "the directory is signed by the registrar and has the version of WELCOME"),
    ("broker.directory-end", "5 Directory", "beyond its end comes an empty chunk with version and size in force"),
    ("broker.lists", "5 Revocation lists", "the lists that PONG names are given; another one has size 0"),
    ("broker.state-wrong", "5 Sessions", "what a broker alone says: BYE STATE_WRONG"),
    ("broker.other-agency", "5 Sessions", "CREDIT for another agency: BYE SENDER_NOT_SESSION"),
    ("broker.superseded", "5 Sessions", "a new session takes the agency: the old one hears BYE SESSION_SUPERSEDED"),
    ("broker.too-large", "5 Submitting", "a SUBMIT over max_message ends the session"),
    ("broker.vectors-link", "1 Strict reading", "the malformed messages of the vectors are refused by name"),
    ("broker.vectors-header", "3 Order of the checks", "the malformed headers of the vectors are refused by name, before sender and signature"),
    ("broker.admitted", "5 Submitting", "a good OPEN is admitted, above the epoch, with branch and version"),
    ("broker.receipt", "6 The receipt", "the head of a receipt is of form 1, its sequence and time"),
    ("broker.answers", "5 Submitting", "each of 64 envelopes has one answer"),
    ("broker.again", "5 Submitting", "the same envelope again has its first ADMITTED"),
    ("broker.equivocation", "5 Submitting", "other bytes under an id: EQUIVOCATION"),
    ("broker.batch", "4 Batch form", "envelopes under one root are admitted, the CMS being among the roots"),
    ("broker.refusals", "3 Order of the checks", "sender, domain, age, signature, recipient and rules: each refused by name"),
    ("broker.words", "5 Submitting", "a refusal says what exactly in English and in Vietnamese"),
    ("broker.credit", "5 The link", "nothing is delivered before the first CREDIT"),
    ("broker.window", "5 Receiving", "no more is in flight than CREDIT allows; RECEIVED makes room"),
    ("broker.same-bytes", "3 The envelope", "the bytes that were signed are delivered unchanged, parts too"),
    ("broker.numbers", "5 Receiving", "numbers rise, and each item names the one before it"),
    ("broker.resume", "5 Receiving", "behind `resume` everything comes again, whatever was RECEIVED"),
    ("broker.resume-ahead", "5 Receiving", "a resume far above the head: BYE RESUME_AHEAD"),
    ("broker.accept", "3 To whom an answer goes", "an ACCEPT of the offer is admitted, and reaches the agency that made it"),
    ("broker.rules", "3 Order of the checks", "a version that has moved on, and who holds nothing, are refused by the rules"),
    ("broker.query", "5 The link", "QUERY tells a party who holds the branch, and others nothing"),
    ("broker.ledger", "6 Checkpoints", "a checkpoint is signed by a key of the directory, and the receipt's leaf stands in it"),
    ("broker.growth", "6 Checkpoints", "the ledger has grown out of the checkpoint of WELCOME"),
]


# ---------------------------------------------------------------- session

def handshake(checker):
    site = checker.site

    def challenge():
        with checker.new() as one:
            seen = set()
            for _ in range(2):
                one.open()
                said = one.hello()
                need((said.version, len(said.nonce), len(said.incarnation)) == (1, 32, 16), "version, or a length")
                need(said.broker_key == one.broker_key, "another broker key than the pinned one")
                need(abs(said.time - pyrules.now()) < 60 * 10**6, f"its time is {said.time - pyrules.now()} µs off ours")
                seen.add(said.nonce)
            need(len(seen) == 2, "the same nonce twice")
    checker.trial("broker.challenge", challenge)

    def unknown():
        public, secret = zmq.curve_keypair()
        with checker.new(curve=(public.decode(), secret.decode())) as one:
            one.open()
            try:
                one.hello(timeout=QUIET)
            except Silence:
                return
            raise Broken("it was answered")
    checker.trial("broker.unknown-key", unknown)

    def hello_refused(name, reason, **hello):
        def check():
            with checker.new() as one:
                one.open()
                try:
                    one.hello(timeout=PATIENCE, **hello)
                except Bye as bye:
                    need(bye.name == reason, f"BYE {bye.name}")
                    return
                raise Broken("CHALLENGE came")
        checker.trial(name, check)
    hello_refused("broker.versions", "VERSION_NOT_SUPPORTED", versions=(2, 9))
    hello_refused("broker.hello-twice", "FRAME_MALFORMED", agencies=[site.code["sender"]] * 2)
    hello_refused("broker.not-enrolled", "KEY_NOT_ENROLLED", agencies=[site.code["recipient"]])
    checker.trial("broker.proof", lambda: proofs(checker))
    checker.trial("broker.no-session", lambda: no_session(checker))
    checker.trial("broker.early-ping", lambda: early_ping(checker))


def proofs(checker):
    code = checker.site.code["sender"]
    other = checker.site.code["recipient"]
    with checker.new() as one:
        one.open()

        def text(domain=None, broker_nonce=None, nonce=None, broker_key=None, key=None, resume=0):
            return pyrules.proof_text(domain or one.domain, code, broker_nonce or one.challenge.nonce, nonce or one.nonce, broker_key or one.broker_key,
                                      key or one.public, resume)
        wrong = [{"text": lambda: text(domain="another.example.vn")}, {"text": lambda: text(broker_nonce=b"\1" * 32)}, {"text": lambda: text(nonce=b"\1" * 32)},
                 {"text": lambda: text(broker_key=b"\1" * 32)}, {"text": lambda: text(key=b"\1" * 32)}, {"text": lambda: text(resume=7)},
                 {"key": one.every[other][0], "cert": one.every[other][1]}]
        for change in wrong:
            one.hello()
            change = {name: value() if callable(value) else value for name, value in change.items()}
            try:
                one.prove([one.proof_of(code, 0, **change)], timeout=PATIENCE)
            except Bye as bye:
                need(bye.name == "PROOF_INVALID", f"BYE {bye.name}")
                continue
            raise Broken(f"WELCOME came after a proof with another {', '.join(change)}")


def no_session(checker):
    with checker.new() as one:
        one.open()
        checker.bye("SESSION_UNKNOWN", one, ping=link_pb.Ping(token=1))


def early_ping(checker):
    with checker.new() as one:
        one.open()
        one.hello()
        one.send(ping=link_pb.Ping(token=4))
        try:
            link = one.next(QUIET)
        except (Silence, Bye):
            return
        need(link.WhichOneof("message") != "pong", "PONG came")


def session(checker):
    site = checker.site
    code = site.code["sender"]
    with checker.new() as one:
        def welcome():
            said = one.connect()
            need(min(said.max_message, said.max_envelopes, said.credit_envelopes, said.credit_bytes, said.ping_interval_ms) > 0, f"a limit of 0: {said}")
            need(0 < said.epoch <= said.head and [a.agency for a in said.agencies] == [code], f"epoch {said.epoch}, head {said.head}")
            need(said.agencies[0].acknowledged <= said.agencies[0].head, "acknowledged above the head of the mailbox")
        checker.trial("broker.welcome", welcome)

        def pong():
            said = one.ping(4711)
            need(said.head >= one.welcome.epoch and abs(said.time - pyrules.now()) < 60 * 10**6, f"PONG {said}")
        checker.trial("broker.pong", pong)

        def directory():
            body = one.directory()
            need(body.version == one.welcome.directory_version, f"version {body.version}, WELCOME says {one.welcome.directory_version}")
            own = [a for a in body.agencies if a.code == code]
            need(own and one.public in own[0].curve_keys, "it does not list this agency with this CURVE key")
        checker.trial("broker.directory", directory)

        def beyond():
            one.send(directory_get=link_pb.DirectoryGet(version=0, offset=1 << 30))
            chunk = one.expect("directory_chunk")
            need(not chunk.data and chunk.version == one.welcome.directory_version and chunk.size > 0, f"version {chunk.version}, size {chunk.size}")
        checker.trial("broker.directory-end", beyond)

        def lists():
            for sha256 in one.ping(5).lists:
                need(pyrules.hashlib.sha256(one.revocation_list(sha256)).digest() == sha256, "a list with another digest")
            need(one.revocation_list(b"\1" * 32) == b"", "a list came that nobody knows")
        checker.trial("broker.lists", lists)
    checker.trial("broker.state-wrong", lambda: ends(checker, "STATE_WRONG", welcome=link_pb.Welcome(epoch=1)))
    checker.trial("broker.other-agency", lambda: ends(checker, "SENDER_NOT_SESSION", credit=link_pb.Credit(agency=site.code["recipient"], envelopes=1, bytes=1)))

    def superseded():
        with checker.new() as first, checker.new() as second:
            first.connect()
            second.connect()
            need(first.expect_bye(PATIENCE) == "SESSION_SUPERSEDED", f"BYE {reason_name(first.byes[-1].reason)}")
            second.ping()
    checker.trial("broker.superseded", superseded)

    def large():
        with checker.new() as one:
            one.connect()
            one.send(submit=link_pb.Submit(envelopes=[envelope_pb.Envelope(header=b"x", parts=[bytes(one.welcome.max_message)])]))
            need(one.expect_bye(PATIENCE) == "FRAME_TOO_LARGE", f"BYE {reason_name(one.byes[-1].reason)}")
    checker.trial("broker.too-large", large)


def ends(checker, name, **message):
    with checker.new() as one:
        one.connect()
        checker.bye(name, one, **message)


# ---------------------------------------------------------------- vectors

def vectors(checker):
    def links():
        wrong = []
        with checker.new("outsider") as one:
            for vector in judge_vectors.entries():
                if vector["what"] != "link" or vector["expect"] == "OK":
                    continue
                one.connect(credit=None)
                one.send_raw((judge_vectors.VECTORS / vector["file"]).read_bytes())
                said = refusal(one)
                wrong += [f"{vector['name']}: {said}, not {vector['expect']}"] if said != vector["expect"] else []
        need(not wrong, "\n".join(wrong))
    checker.trial("broker.vectors-link", links)

    def headers():
        wrong = []
        with checker.new("recipient") as one:  # the refusals of an agency have a budget of 200
            one.connect(credit=None)
            for vector in judge_vectors.entries():
                if vector["what"] != "header" or vector["expect"] in OF_A_SESSION:
                    continue
                data = lambda name: (judge_vectors.VECTORS / name).read_bytes()
                said = one.submit([envelope(data(vector["file"]), b"no signature", [data(name) for name in vector.get("parts", [])])])[0]
                good = said.name == vector["expect"] and not said.retry and said.sequence == 0
                wrong += [f"{vector['name']}: {said}, not {vector['expect']}"] if not good else []
        need(not wrong, "\n".join(wrong[:20]))
    checker.trial("broker.vectors-header", headers)


def refusal(client):
    """The reason that the broker gives next, whichever way."""
    try:
        while True:
            link = client.next(PATIENCE)
            if link.WhichOneof("message") == "answers":
                return reason_name(link.answers.answers[0].rejected.reason)
    except Bye as bye:
        return bye.name
    except Silence:
        return "silence"


STORIES = (handshake, session, vectors, sending, hand_off)


def check_broker(suite, place, stories=STORIES, hear=lambda frame: frame):
    for check in CHECKS:
        suite.declare(*check)
    checker = Checker(suite, Site(place, hear))
    for story in stories:
        try:
            story(checker)
        except Exception as fault:  # noqa: BLE001: as in a trial
            own = [name for name in suite.checks if name not in suite.results]
            suite.put(own[0] if own else next(iter(suite.checks)), f"{story.__name__}: {type(fault).__name__} {fault}")
