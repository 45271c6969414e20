"""Changes a protobuf message at random, so that it stays one that can be read: another number, other bytes, a text of somebody else, an item
twice or left out. What a peer that wishes ill would send is mostly of this kind."""
from google.protobuf.descriptor import FieldDescriptor as F

NUMBERS = (0, 1, 2, 7, 255, 2 ** 31, 2 ** 32 - 1, 2 ** 53, 2 ** 63, 2 ** 64 - 1)
TEXTS = ("", "H37.24", "H37.11", "G09", "x" * 300, "H37.24-20260101-0000001", "‮", "1.010828")


def _number(rng, field, old):
    bits = {F.TYPE_INT32: 31, F.TYPE_UINT32: 32, F.TYPE_INT64: 63}.get(field.type, 64)
    return rng.choice((*[n for n in NUMBERS if n < 1 << bits], max(0, old - 1), min(old + 1, (1 << bits) - 1)))


def _bytes(rng, old):
    way = rng.randrange(4)
    if way == 0 or not old:
        return rng.randbytes(rng.choice((0, 1, 16, 32, 48)))
    at = rng.randrange(len(old))
    if way == 1:
        return old[:at]
    if way == 2:
        return old + old[at:]
    return old[:at] + bytes([old[at] ^ 1 << rng.randrange(8)]) + old[at + 1:]


def _value(rng, field, old):
    if field.type == F.TYPE_BOOL:
        return not old
    if field.type == F.TYPE_STRING:
        return rng.choice(TEXTS)
    if field.type == F.TYPE_BYTES:
        return _bytes(rng, old)
    if field.type == F.TYPE_ENUM:
        return rng.choice([value.number for value in field.enum_type.values])
    return _number(rng, field, old)


def _repeated(rng, message, field):
    items = getattr(message, field.name)
    at, way = rng.randrange(len(items)), rng.randrange(3)
    if way == 0:
        del items[at]
    elif way == 1 and field.type == F.TYPE_MESSAGE:
        items.add().CopyFrom(items[at])
    elif way == 1:
        items.append(items[at])
    elif field.type == F.TYPE_MESSAGE:
        mutate(rng, items[at])
    else:
        items[at] = _value(rng, field, items[at])


def mutate(rng, message):
    """One change somewhere in it, in place."""
    there = message.ListFields()
    if not there:
        return
    field, value = rng.choice(there)
    if field.label == F.LABEL_REPEATED:
        _repeated(rng, message, field)
    elif field.type == F.TYPE_MESSAGE:
        mutate(rng, value)
    elif rng.randrange(8) == 0:
        message.ClearField(field.name)
    else:
        setattr(message, field.name, _value(rng, field, value))
