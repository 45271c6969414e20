"""Reads a broker's journal as docs/disk-format.md and proto/SPEC.md describe it, and judges it: every hash, every chain, every part, what was
promised to whom. Shares no code with the broker, and believes nothing that it can count itself."""
import base64
import hashlib
import pathlib
import struct
import subprocess
import tempfile

import pyrules
from pywire import envelope_pb, record_pb

MAGIC, FORMAT, ALIGN, HEADER, STEP = b"LTJBATCH", 5, 64, 136, 34
ERASED = 1 << 31
GONE = {"header": 48, "signature": 32, "command": 48}  # bytes that stand where they were erased
LARGE = 262144  # a part over it does not stand in the journal


class Fault(Exception):
    """The journal is not what it has to be; the message says where."""


def need(holds, text):
    if not holds:
        raise Fault(text)


class Batch:
    def __init__(self, data, at, where):
        self.where = f"{where} at {at}"
        need(data[at:at + 8] == MAGIC, f"{self.where}: no batch")
        (fmt, self.count, self.segment, self.first, table, records, parts, shared, _, _) = struct.unpack_from("<IIQQIIIIQQ", data, at + 8)
        need(fmt == FORMAT and self.count, f"{self.where}: format {fmt}, {self.count} records")
        self.previous, self.hash = data[at + 64:at + 96], data[at + 96:at + 128]
        self.secret = data[at + 128:at + HEADER]
        self.head = data[at:at + 96] + bytes(32) + self.secret
        ends = [at + HEADER]
        for size in (table, shared, records, parts):
            ends.append(ends[-1] + size)
        need(ends[-1] <= len(data), f"{self.where}: cut short")
        self.table, self.shared, self.records, self.parts = (data[a:b] for a, b in zip(ends, ends[1:]))
        self.end = (ends[-1] + ALIGN - 1) // ALIGN * ALIGN

    def items(self):
        """(sequence, record bytes, [part] or None when they are gone) of each record."""
        at = record_at = part_at = 0
        for i in range(self.count):
            length, count, has_shared = struct.unpack_from("<IBB", self.table, at)
            at += 6
            goes = stands = size = gap = steps = 0
            if has_shared:
                goes, stands, size = struct.unpack_from("<IIH", self.table, at)
                at += 10
            if has_shared == 2:
                gap, steps, step = struct.unpack_from("<BBI", self.table, at)
                at += 6
            lengths = struct.unpack_from(f"<{count}I", self.table, at)
            at += 4 * count
            spared = size + STEP * steps
            stored = self.records[record_at:record_at + (length - spared + 1 if has_shared else length)]
            record_at += len(stored)
            if has_shared and stored[:1] == b"\0":  # erased: it shares nothing any more
                stored, length = stored[1:], length - spared
            elif has_shared:
                need(stored[:1] == b"\xa5", f"{self.where}: record {self.first + i}: mark {stored[:1]!r}")
                path = b""
                for _ in range(steps):
                    path += self.shared[step + 4:step + 4 + STEP]
                    (step,) = struct.unpack_from("<I", self.shared, step)
                behind = 1 + goes + gap
                stored = stored[1:1 + goes] + self.shared[stands:stands + size] + stored[1 + goes:behind] + path + stored[behind:]
            need(len(stored) == length, f"{self.where}: record {self.first + i} has {len(stored)} of {length} bytes")
            parts = None
            if count:
                there = self.parts[part_at:part_at + 1] == b"\xa5"
                part_at += 1
                parts = []
                for size in lengths:
                    parts.append(self.parts[part_at:part_at + size])
                    part_at += size
                parts = parts if there else None
            yield self.first + i, stored, parts if count else []
        need(at == len(self.table) and record_at == len(self.records) and part_at == len(self.parts), f"{self.where}: bytes are left")


class Record:
    def __init__(self, data, parts):
        self.parts = parts
        self.head_bytes = data[:48]
        for name, value in pyrules.record_head(self.head_bytes).items():
            setattr(self, name, value)
        names = ("header", "signature", "verdict", "outcome") if self.form == 1 else ("command", "outcome")
        sizes = struct.unpack_from(f"<{len(names)}I", data, 48)
        at, digests, self.erased_by = 48 + 4 * len(names), {}, 0
        for name, size in zip(names, sizes):
            salt = 0 if name in ("header", "signature") else 16
            area = max(salt + (size & ~ERASED), GONE.get(name, 0))
            piece = data[at:at + area]
            need(len(piece) == area, f"record {self.sequence}: cut short")
            if size & ERASED:
                digests[name], bytes_ = piece[:32], None
                need(not any(piece[GONE[name]:]), f"record {self.sequence}: bytes behind what was erased")
                if GONE[name] == 48:
                    self.erased_by = struct.unpack_from("<Q", piece, 32)[0]
            else:
                bytes_ = piece[salt:salt + size]
                digests[name] = hashlib.sha256(piece[:salt + size]).digest()
                need(not any(piece[salt + size:]), f"record {self.sequence}: bytes that no digest covers")
            setattr(self, name, bytes_)
            at += area
        need(at == len(data), f"record {self.sequence}: {len(data) - at} bytes are left")
        if self.form == 1 and self.signature is not None:
            digests["signature"] = pyrules.signature_digest(self.signature)
        self.digests = digests
        self.leaf = pyrules.leaf_hash(self.head_bytes + b"".join(digests[name] for name in names))

    def read(self):
        self.result = record_pb.Outcome.FromString(self.outcome)
        self.envelope = envelope_pb.Header.FromString(self.header) if self.form == 1 and self.header else None
        return self


def segments(journal):
    """Those of the archive first; one that is in both (a kill between copy and end of the original) counts once, one behind the segment
    that is written is of a time that a restore has lost."""
    journal = pathlib.Path(journal)
    found = {path.name: path for folder in (journal.parent / "archive", journal) for path in folder.glob("seg-*.ltj")}
    written = max(name for name, path in found.items() if path.parent == journal)
    return [found[name] for name in sorted(found) if name <= written]


def batches(journal):
    last, number, secret = bytes(32), 1, None
    for segment in segments(journal):
        data, at = segment.read_bytes(), 0
        if segment.parent.name == "archive" and int(segment.name[4:24]) < number:
            continue  # within the one before: of a time that was lost, too
        need(segment.name == f"seg-{number:020d}.ltj", f"{segment.name}: the next record is {number}")
        while at + HEADER <= len(data) and any(data[at:at + HEADER]):
            batch = Batch(data, at, segment.name)
            need(secret in (None, batch.secret), f"{batch.where}: not of the same journal")
            secret = batch.secret
            need((batch.first, batch.previous) == (number, last), f"{batch.where}: does not follow record {number - 1}")
            yield batch
            at, number, last = batch.end, number + batch.count, batch.hash


def check_envelope(record, ids):
    header, result = record.envelope, record.result
    if result.reason:
        return
    key = (header.id, header.sender)
    need(key not in ids, f"record {record.sequence}: its id took effect before, as record {ids.get(key)}")
    ids[key] = record.sequence
    if record.parts is None:
        return
    need(len(record.parts) == len(header.parts), f"record {record.sequence}: {len(record.parts)} parts of {len(header.parts)}")
    for said, part in zip(header.parts, record.parts):
        if said.size > LARGE:  # lies in a file of its own
            need(not part, f"record {record.sequence}: bytes of a large part")
            continue
        need((said.size, said.sha256) == (len(part), hashlib.sha256(part).digest()), f"record {record.sequence}: a part is not what was signed")


def read(journal):
    """Every record, checked; in their order."""
    records, ids, heads, clock = [], {}, {}, (0, 0)
    for batch in batches(journal):
        leaves = b""
        for sequence, data, parts in batch.items():
            record = Record(data, parts).read()
            need(record.sequence == sequence, f"{batch.where}: record {record.sequence} in the place of {sequence}")
            need((record.time_generation, record.time) >= clock, f"record {sequence}: its time falls")
            clock = record.time_generation, record.time
            if record.envelope:
                check_envelope(record, ids)
            for item in record.result.mail:
                need(item.number > heads.get(item.agency, 0), f"record {sequence}: number {item.number} of {item.agency} was given before")
                heads[item.agency] = item.number
            leaves += record.leaf
            records.append(record)
        need(hashlib.sha256(batch.head + batch.table + batch.shared + leaves).digest() == batch.hash, f"{batch.where}: its hash does not hold")
    return records


def verify(key, text, signature):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "text").write_bytes(text)
        (folder / "sig").write_bytes(signature)
        (folder / "key").write_bytes(bytes.fromhex("302a300506032b6570032100") + key)
        return subprocess.run(["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey", folder / "key", "-in",
                               folder / "text", "-sigfile", folder / "sig"], capture_output=True).returncode == 0


def public_key(pem):
    return subprocess.run(["openssl", "pkey", "-in", pem, "-pubout", "-outform", "DER"], capture_output=True, check=True).stdout[-32:]


def root(leaves):
    """RFC 6962, by whole levels: a long journal is not read recursively."""
    stack = []
    for i, leaf in enumerate(leaves):
        stack.append(leaf)
        while i & 1:
            right = stack.pop()
            stack.append(pyrules.node_hash(stack.pop(), right))
            i >>= 1
    while len(stack) > 1:
        right = stack.pop()
        stack.append(pyrules.node_hash(stack.pop(), right))
    return stack[0] if stack else hashlib.sha256(b"").digest()


def judge(site, witness=True):
    """The journal of a sandbox's broker, and its newest checkpoint. Returns the records."""
    data = pathlib.Path(site.folder) / "broker/data"
    records = read(data / "journal")
    note = data / "ledger/checkpoint"
    if witness and note.exists():
        key = public_key(pathlib.Path(site.folder) / "broker/ledger.key.pem")
        _, size, said, _ = pyrules.checkpoint(note.read_bytes(), [key], site.info["domain"], verify)
        need(size <= len(records), f"the checkpoint covers {size} records, the journal has {len(records)}")
        need(root([record.leaf for record in records[:size]]) == said, f"the checkpoint of {size} records has another root")
    return records


def proofs_of(site, records):
    """A judge of completed receipts: judge(sequence, tlog-proof)."""
    key = public_key(pathlib.Path(site.folder) / "broker/ledger.key.pem")
    leaves, roots = [record.leaf for record in records], {}

    def judge_one(sequence, proof):
        lines, _, note = proof.partition("\n\n")
        _, size, said, _ = pyrules.checkpoint(note.encode(), [key], site.info["domain"], verify)
        index, *path = [line for line in lines.splitlines()[1:] if not line.startswith("extra ")]
        need(index == f"index {sequence - 1}" and size <= len(leaves), f"receipt of record {sequence}: {index} of {size}")
        if size not in roots:
            roots[size] = root(leaves[:size])
        need(said == roots[size], f"receipt of record {sequence}: its checkpoint of {size} records is of another ledger")
        got = pyrules.path_root(leaves[sequence - 1], sequence - 1, size, [base64.b64decode(one) for one in path])
        need(got == said, f"receipt of record {sequence}: its path does not lead to the checkpoint")
    return judge_one


def judge_receipt(records, sequence, receipt, header, signature):
    """What a sender holds is where it was said to be."""
    leaf = pyrules.receipt_leaf(*receipt, header, signature)
    need(0 < sequence <= len(records) and records[sequence - 1].leaf == leaf, f"receipt of record {sequence}: it is not there")
    return base64.b64encode(leaf)
