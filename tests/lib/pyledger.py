"""A ledger as a broker could make one, honest or not: leaves, a key that signs, proofs. Written from proto/SPEC.md section 6."""
import base64
import hashlib
import pathlib
import subprocess
import tempfile
import time

import pyrules
from pywire import link_pb


def path_of(leaves, index):
    """RFC 9162 section 2.1.3.1."""
    if len(leaves) == 1:
        return []
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if index < split:
        return path_of(leaves[:split], index) + [pyrules.merkle_root(leaves[split:])]
    return path_of(leaves[split:], index - split) + [pyrules.merkle_root(leaves[:split])]


def growth_of(leaves, old, whole=True):
    """RFC 9162 section 2.1.4.1: that the first `old` leaves are a beginning of all of them."""
    if old == len(leaves):
        return [] if whole else [pyrules.merkle_root(leaves)]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if old <= split:
        return growth_of(leaves[:split], old, whole) + [pyrules.merkle_root(leaves[split:])]
    return growth_of(leaves[split:], old - split, False) + [pyrules.merkle_root(leaves[:split])]


class Ledger:
    """`leaves` may be changed at will: what is signed and proved is what they are now."""

    def __init__(self, key, origin, size):
        self.key, self.origin, self.time = pathlib.Path(key), origin, time.time_ns() // 1000
        self.leaves = [pyrules.leaf_hash(b"%d" % n) for n in range(size)]
        self.cut = 0  # leaves at the end that are not shown

    def put(self, sequence, leaf):
        while len(self.leaves) < sequence:
            self.leaves.append(pyrules.leaf_hash(b"%d" % len(self.leaves)))
        self.leaves[sequence - 1] = leaf

    def shown(self):
        return self.leaves[:len(self.leaves) - self.cut]

    def note(self):
        leaves = self.shown()
        root = base64.b64encode(pyrules.merkle_root(leaves)).decode()
        text = f"{self.origin}\n{len(leaves)}\n{root}\ntime {self.time}\n".encode()
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "text").write_bytes(text)
            signature = subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", self.key, "-in", f"{folder}/text"],
                                       capture_output=True, check=True).stdout
        public = subprocess.run(["openssl", "pkey", "-in", self.key, "-pubout", "-outform", "DER"], capture_output=True, check=True).stdout[-32:]
        key_id = hashlib.sha256(self.origin.encode() + b"\n\x01" + public).digest()[:4]
        return text + f"\n— {self.origin} {base64.b64encode(key_id + signature).decode()}\n".encode()

    def answer(self, query):
        leaves = self.shown()
        proofs = [link_pb.LedgerPath(sequence=n, hashes=path_of(leaves, n - 1)) for n in query.sequences if n <= len(leaves)]
        grown = growth_of(leaves, query.old_size) if 0 < query.old_size <= len(leaves) else []
        return link_pb.LedgerView(checkpoint=self.note(), proofs=proofs, old_size=query.old_size, consistency=grown)
