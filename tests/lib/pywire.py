"""The messages of proto/*.proto for the Python client: generated at run time, and read as strictly as SPEC.md section 1 says."""
import atexit
import importlib
import itertools
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROTO = ROOT / "proto"


class Refused(Exception):
    """A rule of SPEC.md is broken; `name` is the reason's name."""

    def __init__(self, name, detail=""):
        super().__init__(f"{name}: {detail}")
        self.name, self.detail = name, detail


def _generate():
    folder = tempfile.mkdtemp(prefix="lienthong-pb2-")
    atexit.register(shutil.rmtree, folder, True)
    names = ["envelope", "link", "directory", "record", "control"]
    subprocess.run(["protoc", f"--python_out={folder}", f"--proto_path={PROTO}", *[f"{n}.proto" for n in names]], check=True)
    sys.path.insert(0, folder)
    try:
        return [importlib.import_module(f"{n}_pb2") for n in names]
    finally:
        sys.path.remove(folder)


envelope_pb, link_pb, directory_pb, record_pb, control_pb = _generate()


def _reasons():
    rows = re.findall(r"^\|\s*(\d+)\s*\|\s*`(\w+)`\s*\|\s*(yes|no)", (PROTO / "SPEC.md").read_text(), flags=re.M)
    return {int(number): name for number, name, _ in rows}


REASONS = _reasons()
NUMBERS = {name: number for number, name in REASONS.items()}


def reason_name(number):
    return "OK" if number == 0 else REASONS.get(number, f"UNKNOWN {number}")


# ---------------------------------------------------------------- wire format

def varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field, value):
    """A varint field, by hand: for messages that no library would write."""
    return varint(field << 3) + varint(value)


def blob(field, data):
    data = data.encode() if isinstance(data, str) else data
    return varint(field << 3 | 2) + varint(len(data)) + data


def _read_varint(data, at, end):
    value = 0
    for shift in range(0, 70, 7):
        if at >= end:
            raise ValueError("a number is cut")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            if value >> 64:
                raise ValueError("a number over 64 bits")
            return value, at
    raise ValueError("a number of over 10 bytes")


_VARINTS = {"uint32", "uint64", "int32", "int64", "sint64", "bool", "enum"}


def _type_name(field):
    from google.protobuf.descriptor import FieldDescriptor as F
    return {F.TYPE_UINT32: "uint32", F.TYPE_UINT64: "uint64", F.TYPE_INT32: "int32", F.TYPE_INT64: "int64", F.TYPE_SINT64: "sint64", F.TYPE_BOOL: "bool",
            F.TYPE_ENUM: "enum", F.TYPE_STRING: "string", F.TYPE_BYTES: "bytes", F.TYPE_MESSAGE: "message"}[field.type]


# Lists with a limit in SPEC.md section 2: (most, least); of the other ones of envelope.proto and link.proto 64.
LIMITS = {
    "Header.to": (64, 0), "Header.parts": (32, 0), "Header.items": (32, 0), "Header.fields": (32, 0), "Header.foreign_codes": (8, 0),
    "Header.facts": (32, 0), "Header.results": (16, 0), "Envelope.parts": (32, 0), "Hello.agencies": (256, 1),
    "Proof.agencies": (256, 1), "Submit.envelopes": (64, 1), "Answers.answers": (64, 1), "Deliver.items": (64, 1),
    "Sentence.parameters": (8, 0), "BatchSignature.path": (8, 0), "Digest.tallies": (100, 0), "Welcome.agencies": (256, 0), "Bye.agencies": (256, 0),
    "AgencyWelcome.excepted": (256, 0), "DossierView.branches": (256, 0), "DossierView.hops": (256, 0), "DossierView.consults": (256, 0),
    "DossierView.stuck": (256, 0), "DossierView.owed": (256, 0), "DossierView.can": (256, 0), "DossierView.fields": (32, 0), "Hop.foreign_codes": (8, 0),
    "DossierView.stays": (768, 0), "Stay.parts": (16, 0), "DossiersAnswer.rows": (320, 0), "QueryAnswer.procedures": (256, 0), "Directory.agencies": (10000, 0),
}


def each_field(data):
    """Top-level fields as (number, wire type, value), in the order of the bytes. ValueError where one is not well-formed."""
    at, end = 0, len(data)
    while at < end:
        tag, at = _read_varint(data, at, end)
        field, wire = tag >> 3, tag & 7
        if field == 0 or tag >> 32:
            raise ValueError("a field number that cannot be")
        if wire == 0:
            value, at = _read_varint(data, at, end)
        elif wire == 2:
            size, at = _read_varint(data, at, end)
            if size > end - at:
                raise ValueError("a length beyond the end")
            value, at = data[at:at + size], at + size
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
            if size > end - at:
                raise ValueError("a fixed number is cut")
            value, at = data[at:at + size], at + size
        else:
            raise ValueError(f"wire type {wire}")
        yield field, wire, value


def fields(data, most=None):
    """The first `most` fields, or all."""
    return list(itertools.islice(each_field(data), most))


_BITS = {"uint32": lambda n: n >> 32 == 0, "bool": lambda n: n < 2,
         "int32": lambda n: n < 1 << 31 or n >= (1 << 64) - (1 << 31), "enum": lambda n: n < 1 << 31 or n >= (1 << 64) - (1 << 31)}


class _Walk:
    """One message of the walk of SPEC.md section 1, "Order of the walk"."""

    def __init__(self, descriptor, malformed):
        self.descriptor, self.malformed = descriptor, malformed
        self.seen, self.counts = set(), {}

    def refuse(self, reason, what):
        raise Refused(reason, f"{self.descriptor.name}: {what}")

    def field(self, number, wire, value):
        field = self.descriptor.fields_by_number.get(number) or self.refuse("FIELD_UNKNOWN", number)
        kind = _type_name(field)
        if field.label == field.LABEL_REPEATED:
            packed = kind in _VARINTS and wire == 2
            self.counts[field.name] = self.counts.get(field.name, 0) + (self.packed(kind, value) if packed else 1)
            if packed:
                return
        else:
            slot = field.containing_oneof.name if field.containing_oneof else number
            if slot in self.seen:
                self.refuse("FIELD_REPEATED", field.name)
            self.seen.add(slot)
        if wire != (0 if kind in _VARINTS else 2) or not _BITS.get(kind, lambda n: True)(value):
            self.refuse(self.malformed, field.name)
        if kind == "string":
            self.text(field.name, bytes(value))
        elif kind == "message":
            _walk(value, field.message_type, self.malformed)

    def packed(self, kind, value):
        at = count = 0
        while at < len(value):
            number, at = _read_varint(value, at, len(value))
            count += 1
            if not _BITS.get(kind, lambda n: True)(number):
                self.refuse(self.malformed, "a number")
        return count

    def text(self, name, value):
        try:
            value.decode("utf-8")
        except UnicodeDecodeError:
            self.refuse("TEXT_HAS_NUL" if b"\0" in value else "TEXT_NOT_UTF8", name)
        if b"\0" in value:
            self.refuse("TEXT_HAS_NUL", name)

    def end(self):
        for field in sorted(self.descriptor.fields, key=lambda f: f.number):
            default = 64 if self.descriptor.file.name in ("envelope.proto", "link.proto") else 1 << 32
            most, least = LIMITS.get(f"{self.descriptor.name}.{field.name}", (default, 0))
            if field.label == field.LABEL_REPEATED and not least <= self.counts.get(field.name, 0) <= most:
                self.refuse("COUNT_EXCEEDED", field.name)


def _walk(data, descriptor, malformed):
    walk = _Walk(descriptor, malformed)
    try:
        for one in each_field(data):
            walk.field(*one)
    except ValueError as fault:
        walk.refuse(malformed, fault)
    walk.end()


def read(data, message, malformed="FRAME_MALFORMED"):
    """Strict reading of bytes as `message` (a class). Refused, or the message."""
    _walk(bytes(data), message.DESCRIPTOR, malformed)
    try:
        return message.FromString(bytes(data))
    except Exception as fault:  # the library's own DecodeError
        raise Refused(malformed, str(fault)) from None


def _check_least(message):
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        for item in value if field.label == field.LABEL_REPEATED else [value]:
            _check_least(item)
    for field in message.DESCRIPTOR.fields:
        least = LIMITS.get(f"{message.DESCRIPTOR.name}.{field.name}", (0, 0))[1]
        if least and len(getattr(message, field.name)) < least:
            raise Refused("COUNT_EXCEEDED", f"{message.DESCRIPTOR.name}.{field.name} is empty")


# Fields of a fixed length, in bytes.
FIXED = {"Hello.nonce": 32, "Challenge.nonce": 32, "Challenge.incarnation": 16, "Challenge.broker_key": 32,
         "Admitted.id": 16, "Admitted.head": 48, "Admitted.verdict_digest": 32, "Admitted.outcome_digest": 32}


def _check_tail(data):
    """A Link is one field. Bytes behind it that are no field have a reason of their own."""
    try:
        number_of, wire, value = fields(data, 1)[0]
    except (ValueError, IndexError):
        raise Refused("FRAME_MALFORMED", "not one field") from None
    used = len(varint(number_of << 3 | wire)) + (len(varint(len(value))) + len(value) if wire == 2 else 0)
    if number_of > 18 or wire != 2 or used == len(data):
        return
    try:
        fields(data[used:], 1)
    except ValueError:
        raise Refused("TRAILING_BYTES", f"{len(data) - used} bytes") from None


def read_link(data):
    data = bytes(data)
    _check_tail(data)
    link = read(data, link_pb.Link)
    kind = link.WhichOneof("message")
    if kind is None:
        raise Refused("FRAME_MALFORMED", "a Link without a message")
    _check_least(link)
    inner = getattr(link, kind)
    inners = [inner, *[getattr(a, "admitted") for a in getattr(inner, "answers", []) if a.WhichOneof("answer") == "admitted"]]
    for one in inners:
        for field in one.DESCRIPTOR.fields:
            size = FIXED.get(f"{one.DESCRIPTOR.name}.{field.name}")
            if size and len(getattr(one, field.name)) != size:
                raise Refused("FRAME_MALFORMED", f"{one.DESCRIPTOR.name}.{field.name} is not {size} bytes")
    return link
