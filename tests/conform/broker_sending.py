"""The checks of a broker: what is sent, refused and delivered, and the ledger of it."""
import time

import pycms
import pyrules
from broker_site import PATIENCE, QUIET
from pycheck import verify as verify_ed25519
from pyclient import Bye, Silence, envelope
from pyflow import batch
from pywire import NUMBERS, directory_pb, envelope_pb, reason_name
from suite import Broken, need

PDF = b"%PDF-1.7\n" + "hồ sơ".encode() * 100


def sending(checker):
    site = checker.site
    code = site.code["sender"]
    with checker.new() as one:
        one.connect()
        one.drain()
        sent = site.open(one)
        first = one.submit([sent])[0]
        raw = first.raw

        def admitted():
            need(first.name == "OK", f"{first}")
            need(first.sequence > one.welcome.epoch and (first.branch, first.branch_version) == (1, 1), f"{raw}")
        checker.trial("broker.admitted", admitted)

        def receipt():
            head = pyrules.record_head(raw.head)
            need((head["form"], head["sequence"], head["time"]) == (1, raw.sequence, raw.time), f"head {head}, told {raw.sequence}, {raw.time}")
        checker.trial("broker.receipt", receipt)

        def again():
            twice = one.submit([sent])[0]
            need(twice.raw == raw, f"first {raw}, then {twice.raw}")
        checker.trial("broker.again", again)

        def equivocation():
            header = envelope_pb.Header.FromString(sent.header)
            header.sent_at += 1
            bytes_ = header.SerializeToString()
            said = one.submit([envelope(bytes_, one.sign(bytes_, code))])[0]
            need(said.name == "EQUIVOCATION", f"{said}")
        checker.trial("broker.equivocation", equivocation)

        def many():
            headers = [one.build_header("OPEN", code, site.dossier(), [code], procedure=site.told["procedure"],
                                        procedure_version=site.told["procedure_version"]) for _ in range(64)]
            signed, roots = pycms.shorten(batch(one, headers, code))
            said = one.submit([envelope(h, s) for h, s in zip(headers, signed)], roots=roots)
            need(all(a.name == "OK" for a in said), f"{[a for a in said if a.name != 'OK'][:3]}")
            need(len({a.sequence for a in said}) == 64, "two envelopes have one sequence")
        checker.trial("broker.batch", many)
        checker.suite.put("broker.answers", checker.suite.results["broker.batch"][1])
        checker.trial("broker.refusals", lambda: refusals(checker, one))
        checker.trial("broker.ledger", lambda: ledger(checker, one, sent, first))
        checker.trial("broker.growth", lambda: growth(one))


def refusals(checker, one):
    site = checker.site
    code, other = site.code["sender"], site.code["recipient"]
    good = site.open(one)
    torn = pycms.sign(good.header[:-1] + b"x", *one.every[code])
    cases = [
        ("SENDER_NOT_SESSION", of_another(checker, one)),
        ("DOMAIN_WRONG", site.open(one, domain="another.example.vn")),
        ("SIGNATURE_WRONG", envelope(good.header, torn)),
        ("CERTIFICATE_NOT_ENROLLED", envelope(good.header, pycms.sign(good.header, *one.every[other]))),
        ("ID_TOO_OLD", site.open(one, id=pyrules.make_id(pyrules.now() - 401 * pyrules.DAY))),
        ("ID_IN_FUTURE", site.open(one, id=pyrules.make_id(pyrules.now() + 3600 * 10**6))),
        ("RECIPIENT_UNKNOWN", site.open(one, to="Z99.99")),
        ("DOSSIER_UNKNOWN", one.make("FORWARD", code, site.dossier(), [other], branch=1, branch_version=1)),
    ]
    said = one.submit([case for _, case in cases])
    wrong = [f"{answer}, not {name}" for (name, _), answer in zip(cases, said) if answer.name != name or answer.retry]
    words = [f"{answer}" for answer in said if not answer.detail or not answer.vietnamese or len(answer.detail.encode()) > 511]
    checker.suite.put("broker.words", "\n".join(words) if words else None)
    need(not wrong, "\n".join(wrong))


def of_another(checker, one):
    other = checker.site.code["recipient"]
    raw = one.build_header("OPEN", other, checker.site.dossier(), [other], procedure=checker.site.told["procedure"], procedure_version=1)
    return envelope(raw, pycms.sign(raw, *one.every[other]))


def checkpoint_of(client, note):
    keys = [k.key for a in client.directory().agencies if a.level == directory_pb.LEVEL_BROKER for k in a.ledger_keys]
    return pyrules.checkpoint(note, keys, client.domain, verify_ed25519)


def ledger(checker, one, sent, first):
    """The receipt's leaf, made of what we have, is in the tree that the broker has signed."""
    code, end = checker.site.code["sender"], time.monotonic() + PATIENCE
    while True:
        answer = one.query("", code, ledger=True, sequences=[first.sequence])
        if answer.reason == 0:
            break
        need(reason_name(answer.reason) == "LEDGER_SHORTER" and time.monotonic() < end, f"{reason_name(answer.reason)}")
        time.sleep(0.1)
    view = answer.ledger
    origin, size, root, _ = checkpoint_of(one, view.checkpoint)
    need(origin.split("/")[-1] == one.incarnation.hex(), f"origin {origin}, incarnation {one.incarnation.hex()}")
    leaf = pyrules.receipt_leaf(*first.receipt, sent.header, sent.signature)
    need(pyrules.path_root(leaf, first.sequence - 1, size, list(view.proofs[0].hashes)) == root, "the path does not lead to the root")


def growth(one):
    need(one.welcome.checkpoint, "WELCOME has none")
    _, old, old_root, _ = checkpoint_of(one, one.welcome.checkpoint)
    view = one.query("", list(one.agencies)[0], ledger=True, old_size=old).ledger
    _, size, root, _ = checkpoint_of(one, view.checkpoint)
    need(size >= old and pyrules.consistent(old, old_root, size, root, list(view.consistency)), f"from {old} to {size}: the proof does not hold")


# ---------------------------------------------------------------- a hand-off

def hand_off(checker):
    site = checker.site
    code, other, leg = site.code["sender"], site.code["recipient"], site.told["leg"]
    with checker.new() as one, checker.new("recipient") as two:
        one.connect()
        one.drain()
        two.connect()
        two.drain()
        two.connect(credit=None)
        begun = two.disk.get(other, 0)
        offers = []
        for _ in range(3):
            dossier = site.dossier()
            opened = one.submit([site.open(one, dossier)])[0]
            need(opened.name == "OK", f"OPEN: {opened}")
            sent = one.make("FORWARD", code, dossier, [(other, leg)], [(PDF, "bản vẽ.pdf", "application/pdf")], branch=opened.branch,
                            branch_version=opened.branch_version)
            answer = one.submit([sent])[0]
            need(answer.name == "OK", f"FORWARD: {answer}")
            offers.append((dossier, sent, answer))

        def before_credit():
            try:
                two.receive(1, QUIET)
            except Silence:
                return
            raise Broken("an item came")
        checker.trial("broker.credit", before_credit)
        items = []
        two.items.clear()

        def window():
            two.credit(other, 1)
            items.extend(two.receive(1, PATIENCE))
            try:
                two.receive(1, QUIET)
            except Silence:
                two.received(other, items[-1].number)
                items.extend(two.receive(1, PATIENCE))
                two.credit(other)
                items.extend(two.receive(1, PATIENCE))
                return
            raise Broken("a second item came into a window of one")
        checker.trial("broker.window", window)

        def same():
            need(len(items) == 3, f"{len(items)} of 3 items came")
            for item, (_, sent, answer) in zip(items, offers):
                need(item.fault is None, f"an item fails the check: {item.fault}")
                need(item.envelope.header == sent.header and item.envelope.signature == sent.signature and item.parts == [PDF], "other bytes")
                need(item.sequence == answer.sequence, f"sequence {item.sequence}, admitted as {answer.sequence}")
        checker.trial("broker.same-bytes", same)

        def numbers():
            told = [item.number for item in items]
            need(told == sorted(set(told)) and told[0] > begun, f"numbers {told} behind {begun}")
            before = [item.previous for item in items]
            need(before == [begun, *told[:-1]], f"numbers {told} behind {begun}, `previous` {before}")
        checker.trial("broker.numbers", numbers)
        two.received(other, items[-1].number)
        two.ping()

        def resumed():
            two.connect(resume={other: begun})
            back = two.receive(3, PATIENCE)
            need([item.number for item in back] == [item.number for item in items], f"{[item.number for item in back]}")
        checker.trial("broker.resume", resumed)

        def ahead():
            with checker.new("recipient") as far:
                try:
                    far.connect(resume={other: begun + 2 * 10**9})
                except Bye as bye:
                    need(bye.name == "RESUME_AHEAD", f"BYE {bye.name}")
                    return
                raise Broken("WELCOME came")
        checker.trial("broker.resume-ahead", ahead)
        two.connect(resume={other: items[-1].number})
        decided(checker, one, two, items)


def decided(checker, one, two, items):
    site = checker.site
    code, other = site.code["sender"], site.code["recipient"]

    def accept():
        said = two.submit([two.answer_to(items[0])])[0]
        need(said.name == "OK", f"{said}")
        back = one.receive(1, PATIENCE)[0]
        need(back.fault is None and back.kind == "ACCEPT" and back.header.in_reply_to == items[0].header.id, f"{back.kind}, {back.fault}")
        one.received(code, back.number)
    checker.trial("broker.accept", accept)

    def rules():
        stale = two.submit([two.make("ACCEPT", other, items[1].header.dossier, [code], branch=items[1].branch, branch_version=items[1].branch_version + 5,
                                     in_reply_to=items[1].header.id)])[0]
        need(stale.name == "STALE_VERSION", f"{stale}")
        held = one.submit([one.make("FORWARD", code, items[0].header.dossier, [(other, site.told["leg"])], branch=items[0].branch,
                                    branch_version=items[0].branch_version + 1)])[0]
        need(held.name == "NOT_HOLDER", f"{held}")
    checker.trial("broker.rules", rules)

    def query():
        dossier = items[0].header.dossier
        view = two.query(dossier, other)
        need(view.reason == 0 and view.dossier.branches[0].holder == other, f"{view}")
        with checker.new("outsider") as three:
            three.connect(credit=None)
            said = three.query(dossier, site.code["outsider"])
            need(said.reason == NUMBERS["DOSSIER_UNKNOWN"] and not said.HasField("dossier"), f"{reason_name(said.reason)}")
    checker.trial("broker.query", query)
