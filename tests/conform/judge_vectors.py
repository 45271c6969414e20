"""What the readers of tests/lib make of one entry of proto/vectors: the name of the reason, or OK. Paths of the entry are taken from
the folder of the vectors."""
import json

import pycms
import pyrules
from pywire import PROTO, Refused, read_link

VECTORS = PROTO / "vectors"


def entries():
    return json.loads((VECTORS / "index.json").read_text())


def _data(name):
    return (VECTORS / name).read_bytes()


def _header(one):
    header = pyrules.read_header(_data(one["file"]))
    if "parts" in one:
        pyrules.check_parts(header, [_data(name) for name in one["parts"]])
    pyrules.need(header.sender in one["agencies"], "SENDER_NOT_SESSION", header.sender)
    pyrules.need(header.domain == one["domain"], "DOMAIN_WRONG", header.domain)
    pyrules.check_age(header.id, one["at"])


def _signature(one):
    certificates = [pycms.Certificate.from_pem(VECTORS / name) for name in one["certificates"]]
    certificate = pycms.check_signature(_data(one["file"]), _data(one["header"]), certificates)
    pycms.check_trust(certificate, VECTORS / one["ca"], _data(one["crl"]), one["at"])


def _link(one):
    kind = read_link(_data(one["file"])).WhichOneof("message")
    pyrules.need(kind == one["type"], "FRAME_MALFORMED", kind)


def _proof(one):
    keys = [bytes.fromhex(one[k]) for k in ("broker_nonce", "adapter_nonce", "broker_key", "adapter_key")]
    pyrules.need(pyrules.proof_text(one["domain"], one["agency"], *keys, int(one["resume"])) == _data(one["file"]), "PROOF_INVALID", "")


def _merkle(one):
    root = bytes.fromhex(one["root"])
    if "leaves" in one:
        holds = pyrules.merkle_root([pyrules.leaf_hash(text.encode()) for text in one["leaves"]]) == root
    elif "path" in one:
        path = [bytes.fromhex(h) for h in one["path"]]
        holds = pyrules.path_root(bytes.fromhex(one["leaf"]), one["index"], one["count"], path) == root
    else:
        proof = [bytes.fromhex(h) for h in one["proof"]]
        holds = pyrules.consistent(one["old_count"], bytes.fromhex(one["old_root"]), one["count"], root, proof)
    pyrules.need(holds, "BATCH_PATH_WRONG", "")


def _leaf(one):
    head, verdict, outcome = (bytes.fromhex(one[k]) for k in ("head", "verdict_digest", "outcome_digest"))
    leaf = pyrules.receipt_leaf(head, verdict, outcome, _data(one["header"]), _data(one["file"]))
    told = pyrules.record_head(head)
    pyrules.need((leaf.hex(), told["sequence"], told["time"]) == (one["leaf"], one["sequence"], one["time"]), "FRAME_MALFORMED", "leaf")


KINDS = {"header": _header, "signature": _signature, "link": _link, "proof": _proof, "merkle": _merkle, "leaf": _leaf}


def judge(one):
    try:
        KINDS[one["what"]](one)
    except Refused as refused:
        return refused.name
    return "OK"
