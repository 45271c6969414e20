"""The rules of SPEC.md that need no key: headers, parts, codes, proof text, Merkle tree."""
import base64
import datetime
import hashlib
import re
import struct
import time
import uuid


import pytext
from kindlist import LATER, REQUIRED, UNLESS_YES, kinds
from pywire import Refused, envelope_pb, fields, read

HEADER_TYPE = "lienthong.header.v1"
HEADER_MAX, SIGNATURE_MAX, PART_MAX, PARTS_MAX = 16384, 4096, 262144, 1048576
LARGE_PART_MAX = 2147483648
AGENCY = re.compile(r"[A-Z][0-9]{2}(\.[0-9]{1,3}){0,8}\Z")
DOSSIER = re.compile(r"([0-9]{3}\.[0-9]{2}\.[0-9]{2}\.[A-Z][0-9]{2}|[A-Z][0-9]{2}(\.[0-9]{1,3}){0,8})-([0-9]{6}|[0-9]{8})-[0-9]{4,7}\Z")
PROCEDURE = re.compile(r"[1-9]\.[0-9]{6}(\.000\.00\.00\.[GH][0-9]{2}(\.[0-9]{2})?)?\Z")
LEG = re.compile(r"[a-z0-9-]{1,32}\Z")
WORD = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")
DEVICE = re.compile(r"(?:CON|PRN|AUX|NUL|COM[1-9]|LPT[1-9])(?:\.|$)", re.IGNORECASE | re.ASCII)
MEDIA = re.compile(r"[a-z0-9][a-z0-9!#$&\-^_.+]{0,126}/[a-z0-9][a-z0-9!#$&\-^_.+]{0,126}\Z")
KINDS = {kind.number: kind for kind in kinds()}
DAY = 86400 * 10**6


def now():
    return time.time_ns() // 1000


def make_id(at=None):
    """A UUIDv7 for a time in microseconds (RFC 9562 section 5.7)."""
    at = now() if at is None else at
    raw = bytearray((at // 1000).to_bytes(6, "big") + uuid.uuid4().bytes[6:])
    raw[6] = raw[6] & 0x0F | 0x70
    return bytes(raw)


def id_valid(value):
    return len(value) == 16 and value[6] >> 4 == 7 and value[8] >> 6 == 2


def dossier_valid(code):
    match = DOSSIER.match(code)
    if not match or len(match[1]) > 35:
        return False
    digits = match[3]
    try:
        datetime.datetime.strptime(digits if len(digits) == 8 else "20" + digits, "%Y%m%d")
    except ValueError:
        return False
    return True


def agency_valid(code):
    return len(code) <= 35 and bool(AGENCY.match(code))


def need(good, name, detail):
    if not good:
        raise Refused(name, detail)


def present(kind, field, here, name=None):
    """A field as the kind has it: `here` says that it stands."""
    has = kind.has[field].presence if field in kind.has else None
    need(here or has != REQUIRED, "FIELD_REQUIRED", name or field)
    need(has != LATER or not here, "FIELD_NOT_SUPPORTED", name or field)
    need(has or not here, "FIELD_NOT_ALLOWED", name or field)


def in_form(text, form, field, name="TEXT_NOT_IN_FORM"):
    wrong = pytext.fault(text, form)
    need(not wrong, name, f"{field}: {wrong}")


def read_header(data, at=None):
    """The Header of these bytes, or Refused with the first rule that is broken. `at`: now, for the age of the id."""
    need(len(data) <= HEADER_MAX, "HEADER_TOO_LARGE", f"{len(data)} bytes")
    header = read(data, envelope_pb.Header, "HEADER_MALFORMED")
    first = fields(data)[:1]
    need(first and first[0][0] == 1 and header.type == HEADER_TYPE, "HEADER_TYPE_UNKNOWN", header.type)
    need(header.kind in KINDS, "KIND_NOT_SUPPORTED", str(header.kind))
    _check_parties(header)
    _check_kind(header)
    _check_texts(header)
    _check_part_list(header)
    need(not header.body_sha256, "FIELD_NOT_ALLOWED", "body_sha256")
    _check_single_kinds(header)
    _check_more(header)
    if at is not None:
        check_age(header.id, at)
    return header


def check_age(value, at):
    made = int.from_bytes(value[:6], "big") * 1000
    need(made >= at - 400 * DAY, "ID_TOO_OLD", "id")
    need(made <= at + 600 * 10**6, "ID_IN_FUTURE", "id")


def _check_parties(header):
    need(header.domain, "FIELD_REQUIRED", "domain")
    need(len(header.domain) <= 127, "TEXT_TOO_LONG", "domain")
    need(re.fullmatch(r"[a-z0-9.-]+", header.domain), "HEADER_MALFORMED", "domain")
    need(id_valid(header.id), "ID_INVALID", "id")
    need(agency_valid(header.sender), "AGENCY_CODE_INVALID", "sender")
    kind = KINDS[header.kind]
    need(header.to, "COUNT_EXCEEDED", "to is empty")
    for one in header.to:
        need(agency_valid(one.agency), "RECIPIENTS_INVALID", one.agency)
        need(not one.leg or LEG.match(one.leg), "RECIPIENTS_INVALID", one.leg)
    need(kind.custody == "OFFERS" or len({r.agency for r in header.to}) == len(header.to), "RECIPIENTS_INVALID", "an agency twice")
    need(len(header.to) <= kind.recipients, "RECIPIENTS_INVALID", f"{kind.name} has {kind.recipients}")
    if kind.custody == "OFFERS" and len(header.to) > 1:
        legs = [r.leg for r in header.to]
        need("" not in legs and len(set(legs)) == len(legs), "RECIPIENTS_INVALID", "legs of a fork")
    if "digest" in KINDS[header.kind].has:
        need(header.dossier == "", "FIELD_NOT_ALLOWED", "dossier")
    elif kind.name != "REMINDER" or header.dossier:
        need(dossier_valid(header.dossier), "DOSSIER_CODE_INVALID", header.dossier)


def _check_kind(header):
    kind = KINDS[header.kind]
    present(kind, "branch", header.branch != 0)
    need(header.dossier or header.branch == 0, "FIELD_NOT_ALLOWED", "branch of no dossier")
    present(kind, "branch", header.branch_version != 0, "branch_version")
    need(header.dossier or header.branch_version == 0, "FIELD_NOT_ALLOWED", "branch_version of no dossier")
    need(header.sent_at > 0, "FIELD_REQUIRED", "sent_at")
    present(kind, "procedure", header.procedure != "")
    need(not header.procedure or PROCEDURE.match(header.procedure), "PROCEDURE_CODE_INVALID", header.procedure)
    present(kind, "procedure", header.procedure_version != 0, "procedure_version")
    present(kind, "in_reply_to", header.in_reply_to != b"")
    need(header.dossier or not header.in_reply_to, "FIELD_NOT_ALLOWED", "in_reply_to of no dossier")
    need(not header.in_reply_to or id_valid(header.in_reply_to), "ID_INVALID", "in_reply_to")


def _check_texts(header):
    kind = KINDS[header.kind]
    has = kind.has["reason"].presence if "reason" in kind.has else None
    explains = has == REQUIRED or has == UNLESS_YES and header.agree in (envelope_pb.AGREEMENT_NO, envelope_pb.AGREEMENT_WITH_CONDITIONS)
    stands = has is not None and header.reason != ""
    need(not (explains or stands) or not pytext.blank(header.reason), "REASON_REQUIRED", "reason")
    present(kind, "reason", header.reason != "")
    need(len(header.reason) <= 1000, "TEXT_TOO_LONG", "reason")
    in_form(header.reason, pytext.LINES, "reason")
    need(len(header.subject) <= 250, "TEXT_TOO_LONG", "subject")
    in_form(header.subject, pytext.LINE, "subject")


def _check_single_kinds(header):
    kind = KINDS[header.kind]
    need(header.due_at >= 0, "HEADER_MALFORMED", "due_at")
    present(kind, "due_at", header.due_at != 0)
    present(kind, "items", len(header.items) > 0)
    for item in header.items:
        need(not pytext.blank(item), "FIELD_REQUIRED", "items")
        in_form(item, pytext.LINE, "items")
        need(len(item) <= 250, "TEXT_TOO_LONG", "items")
    present(kind, "amount", header.amount != 0)
    need(header.amount <= 10**15, "HEADER_MALFORMED", "amount")
    present(kind, "agree", header.agree != 0)
    opinion = header.kind == envelope_pb.KIND_OPINION
    need(opinion or header.agree != envelope_pb.AGREEMENT_WITH_CONDITIONS, "HEADER_MALFORMED", "agree")
    need(header.agree in (0, 1, 2, 3), "HEADER_MALFORMED", "agree")
    present(kind, "trace", header.trace != 0)
    need(header.trace in (0, 4, 5, 6), "HEADER_MALFORMED", "trace")
    present(kind, "fields", len(header.fields) > 0)
    _check_facts(header.fields)


def _check_facts(facts):
    names = set()
    for field in facts:
        need(re.fullmatch(r"[a-z0-9_]{1,32}", field.name), "HEADER_MALFORMED", "fields.name")
        need(field.name not in names, "HEADER_MALFORMED", "fields.name twice")
        in_form(field.value, pytext.VALUE, "fields.value")
        need(len(field.value) <= 250, "TEXT_TOO_LONG", "fields.value")
        names.add(field.name)


def _line(text, most, what):
    """A text of one line for a person."""
    in_form(text, pytext.LINE, what)
    need(len(text) <= most, "TEXT_TOO_LONG", what)


def _check_more(header):
    kind = KINDS[header.kind]
    need(kind.sender == "AGENCY" or not header.HasField("actor"), "FIELD_NOT_ALLOWED", "actor")
    if header.HasField("actor"):
        actor = header.actor
        need(actor.unit or actor.officer or actor.title, "FIELD_REQUIRED", "actor")
        _line(actor.unit, 250, "actor.unit")
        need(not actor.officer or WORD.match(actor.officer), "HEADER_MALFORMED", "actor.officer")
        _line(actor.title, 250, "actor.title")
    present(kind, "channel", header.channel != 0)
    need(header.channel in (0, 1, 2, 3), "HEADER_MALFORMED", "channel")
    present(kind, "place_of_help", header.place_of_help != "")
    _line(header.place_of_help, 250, "place_of_help")
    present(kind, "foreign_codes", len(header.foreign_codes) > 0)
    for index, code in enumerate(header.foreign_codes):
        need(code, "FIELD_REQUIRED", "foreign_codes")
        need(code not in header.foreign_codes[:index], "HEADER_MALFORMED", "foreign_codes twice")
        _line(code, 100, "foreign_codes")
    present(kind, "replaces", header.replaces != "")
    need(not header.replaces or dossier_valid(header.replaces) and header.replaces != header.dossier, "DOSSIER_CODE_INVALID", "replaces")
    present(kind, "facts", len(header.facts) > 0)
    _check_facts(header.facts)
    present(kind, "results", len(header.results) > 0)
    for index, one in enumerate(header.results):
        need(re.fullmatch(r"[A-Za-z0-9._-]{1,64}", one.code), "HEADER_MALFORMED", "results.code")
        need(LEG.match(one.leg), "HEADER_MALFORMED", "results.leg")
        need(one.code not in [other.code for other in header.results[:index]], "HEADER_MALFORMED", "results.code twice")
    present(kind, "hand_over", header.HasField("hand_over"))
    if header.HasField("hand_over"):
        need(header.hand_over.manner != 0, "FIELD_REQUIRED", "hand_over.manner")
        need(header.hand_over.manner in (1, 2, 3), "HEADER_MALFORMED", "hand_over.manner")
        need(header.hand_over.at > 0, "FIELD_REQUIRED", "hand_over.at")
    present(kind, "ground", header.ground != "")
    need(not header.ground or LEG.match(header.ground), "HEADER_MALFORMED", "ground")
    present(kind, "late_reason", header.HasField("late_reason"))
    if header.HasField("late_reason"):
        need(header.late_reason.code, "FIELD_REQUIRED", "late_reason.code")
        need(LEG.match(header.late_reason.code), "HEADER_MALFORMED", "late_reason.code")
        _line(header.late_reason.words, 250, "late_reason.words")
    present(kind, "received", header.received)
    present(kind, "carried", header.HasField("carried"))
    if header.HasField("carried"):
        need(header.to[0].leg, "FIELD_REQUIRED", "to[0].leg")
        _check_carried(header.carried)
    present(kind, "digest", header.HasField("digest"))
    if header.HasField("digest"):
        _check_digest(header.digest)


def _check_digest(digest):
    need(0 <= getattr(digest, "from") < digest.until, "HEADER_MALFORMED", "digest.until")
    need(digest.agencies >= len(digest.tallies), "HEADER_MALFORMED", "digest.agencies")
    for index, tally in enumerate(digest.tallies):
        need(agency_valid(tally.agency), "AGENCY_CODE_INVALID", "digest.tallies.agency")
        need(tally.agency not in [other.agency for other in digest.tallies[:index]], "HEADER_MALFORMED", "digest.tallies twice")


def _check_carried(carried):
    """The dates of a dossier of before, in their order."""
    need(min(carried.opened_at, carried.received_at, carried.since) > 0, "FIELD_REQUIRED", "carried")
    begun = carried.counted_from or carried.received_at
    need(carried.opened_at <= carried.received_at <= carried.since, "HEADER_MALFORMED", "carried.since")
    need(begun >= carried.received_at, "HEADER_MALFORMED", "carried.counted_from")
    need(not carried.appointment or carried.appointment >= carried.received_at, "HEADER_MALFORMED", "carried.appointment")
    need(not carried.done_at or begun <= carried.done_at <= carried.since, "HEADER_MALFORMED", "carried.done_at")


def _check_part_list(header):
    seen = set()
    for part in header.parts:
        name = part.name
        good = name and len(name.encode()) <= 200 and name not in (".", "..") and not set(name) & set("/\\")
        need(good and not DEVICE.match(name) and name[-1:] != ".", "PART_NAME_INVALID", repr(name))
        in_form(name, pytext.LINE, "name", "PART_NAME_INVALID")
        need(MEDIA.match(part.media_type), "PART_NAME_INVALID", repr(part.media_type))
        need(part.size > 0, "FIELD_REQUIRED", "size")
        need(part.size <= LARGE_PART_MAX, "PART_TOO_LARGE", str(part.size))
        need(part.sha256, "FIELD_REQUIRED", "sha256")
        need(len(part.sha256) == 32, "HEADER_MALFORMED", "sha256")
        need(name.encode().lower() not in seen, "PART_NAME_INVALID", repr(name))
        seen.add(name.encode().lower())
    need(sum(p.size for p in header.parts if p.size <= PART_MAX) <= PARTS_MAX, "PART_TOO_LARGE", "together")


def kind_name(kind):
    return envelope_pb.Kind.Name(kind)[5:] if kind in envelope_pb.Kind.values() else str(kind)


def check_parts(header, parts):
    need(len(parts) == len(header.parts), "PART_COUNT_WRONG", f"{len(parts)} for {len(header.parts)}")
    for info, data in zip(header.parts, parts):
        need(len(data) == info.size, "PART_SIZE_WRONG", info.name)
        need(hashlib.sha256(data).digest() == info.sha256, "PART_DIGEST_WRONG", info.name)


# ---------------------------------------------------------------- proof and ledger

def proof_text(domain, agency, broker_nonce, adapter_nonce, broker_key, adapter_key, resume):
    def field(value):
        return struct.pack(">I", len(value)) + value
    return b"lienthong.proof.v1\n" + b"".join(map(field, [
        domain.encode(), agency.encode(), broker_nonce, adapter_nonce, broker_key, adapter_key])) + struct.pack(">Q", resume)


def leaf_hash(data):
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def record_head(head):
    """SPEC.md section 6: the 48 bytes that a record's leaf begins with."""
    names = ("form", "rules_version", "sequence", "time", "previous", "term", "time_generation", "flags")
    return dict(zip(names, struct.unpack("<IIQqQQII", head)))


def signature_digest(signature):
    """H(signature): over form, SHA-256 of the CMS and, in a batch, count, index and path."""
    try:
        message = read(signature, envelope_pb.Signature)  # strictly: what is not read so is form 0
    except Refused:
        message = envelope_pb.Signature()
    form = message.WhichOneof("form")
    if form == "cms":
        return hashlib.sha256(struct.pack("<I", 1) + hashlib.sha256(message.cms).digest()).digest()
    batch = message.batch
    if form == "batch" and batch.index < batch.count <= 256 and not batch.root and len(batch.path) <= 8 and all(len(step) == 32 for step in batch.path):
        return hashlib.sha256(struct.pack("<I", 2) + hashlib.sha256(batch.cms).digest() + struct.pack("<II", batch.count, batch.index)
                              + b"".join(batch.path)).digest()
    return hashlib.sha256(struct.pack("<I", 0) + hashlib.sha256(signature).digest()).digest()


def receipt_leaf(head, verdict_digest, outcome_digest, header, signature):
    """The leaf of an envelope of ours: what the ledger must hold at head.sequence - 1."""
    need(len(head) == 48 and record_head(head)["form"] == 1, "FRAME_MALFORMED", "head")
    return leaf_hash(head + hashlib.sha256(header).digest() + signature_digest(signature) + verdict_digest
                     + outcome_digest)


def checkpoint(note, keys, domain, verify):
    """A checkpoint (c2sp.org/tlog-checkpoint), signed by one of the keys; verify(key, text, signature) checks Ed25519."""
    text, _, signatures = note.rpartition(b"\n\n")
    text += b"\n"
    origin, size, root, *more = text.decode().splitlines()
    need(origin.startswith(domain + "/") and size == str(int(size)), "CHECKPOINT_INVALID", origin)
    for line in signatures.decode().splitlines():
        dash, name, value = line.split(" ")
        value = base64.b64decode(value)
        for key in keys:
            key_id = hashlib.sha256(name.encode() + b"\n\x01" + key).digest()[:4]
            if (dash, name, value[:4]) == ("—", origin, key_id) and verify(key, text, value[4:]):
                times = [int(m[5:]) for m in more if m.startswith("time ")]
                return origin, int(size), base64.b64decode(root), times[0] if times else 0
    raise Refused("CHECKPOINT_INVALID", "not signed by a key of the directory")


def record_bytes(head, pieces):
    """A record as it stands in the journal; each piece is (salt or b"", bytes)."""
    out = head + b"".join(struct.pack("<I", len(data)) for _, data in pieces)
    least = [48, 32, 0, 0] if len(pieces) == 4 else [48, 0]  # the place of what stays of an erased piece
    return out + b"".join((salt + data).ljust(room, b"\0") for (salt, data), room in zip(pieces, least, strict=True))


def merkle_root(leaves):
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return node_hash(merkle_root(leaves[:split]), merkle_root(leaves[split:]))


def path_root(leaf, index, count, path):
    """The root that an inclusion path leads to (RFC 9162 section 2.1.3.2); None when it cannot be one."""
    if index >= count:
        return None
    fn, sn, value = index, count - 1, leaf
    for node in path:
        if sn == 0 or len(node) != 32:
            return None
        if fn & 1 or fn == sn:
            value = node_hash(node, value)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            value = node_hash(value, node)
        fn, sn = fn >> 1, sn >> 1
    return value if sn == 0 else None


def consistent(old_count, old_root, count, root, proof):
    """RFC 9162 section 2.1.4.2."""
    if old_count == count:
        return not proof and old_root == root
    if old_count == 0:
        return not proof and old_root == merkle_root([])
    if old_count > count or not proof:
        return False
    proof = list(proof)
    if old_count & old_count - 1 == 0:
        proof.insert(0, old_root)
    fn, sn = old_count - 1, count - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = proof[0]
    for node in proof[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node_hash(node, fr), node_hash(node, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, node)
        fn, sn = fn >> 1, sn >> 1
    return fr == old_root and sr == root and sn == 0
