"""The vectors of proto/vectors, read by the Python client: what C wrote, another language must judge in the same way."""
import json
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "lib"))
import pycms  # noqa: E402
from kindlist import LATER, kinds  # noqa: E402
import pyrules  # noqa: E402
from pywire import NUMBERS, Refused, envelope_pb, read_link  # noqa: E402

VECTORS = ROOT / "proto" / "vectors"
INDEX = json.loads((VECTORS / "index.json").read_text())


def of(what):
    return [pytest.param(v, id=v["name"]) for v in INDEX if v["what"] == what]


def data(name):
    return (VECTORS / name).read_bytes()


def judge(check, *args):
    try:
        check(*args)
    except Refused as refused:
        return refused.name
    return "OK"


def check_header(vector):
    header = pyrules.read_header(data(vector["file"]))
    if "parts" in vector:
        pyrules.check_parts(header, [data(name) for name in vector["parts"]])
    check_session(header, vector)
    return header


def check_session(header, session):
    pyrules.need(header.sender in session["agencies"], "SENDER_NOT_SESSION", header.sender)
    pyrules.need(header.domain == session["domain"], "DOMAIN_WRONG", header.domain)
    pyrules.check_age(header.id, session["at"])


FAULTS = json.loads((VECTORS / "two-faults.json").read_text())


def check_faulty(case):
    header = pyrules.read_header(bytes.fromhex(case["header"]))
    pyrules.check_parts(header, [bytes.fromhex(part) for part in case["parts"]])
    check_session(header, FAULTS)


def test_order_of_two_faults():
    """Every two rules that one header can break: the first one is the reason."""
    wrong = {case["name"]: (judge(check_faulty, case), case["expect"]) for case in FAULTS["cases"]}
    assert {name: pair for name, pair in wrong.items() if pair[0] != pair[1]} == {}
    assert len(wrong) > 500


@pytest.mark.parametrize("vector", of("header"))
def test_header(vector):
    assert judge(check_header, vector) == vector["expect"]
    if vector["expect"] == "OK" and "id" in vector:
        header = pyrules.read_header(data(vector["file"]))
        assert header.id.hex() == vector["id"]
        assert pyrules.kind_name(header.kind) == vector["kind"]
        for name in ("sender", "dossier", "reason", "subject", "branch", "branch_version"):
            assert getattr(header, name) == vector[name]
        assert (len(header.to), len(header.parts)) == (vector["to_count"], vector["part_count"])
        assert header.SerializeToString() == data(vector["file"]), "an encoder of another language gives the same bytes"


def check_signature(vector):
    certs = [pycms.Certificate.from_pem(VECTORS / name) for name in vector["certificates"]]
    cert = pycms.check_signature(data(vector["file"]), data(vector["header"]), certs)
    pycms.check_trust(cert, VECTORS / vector["ca"], data(vector["crl"]), vector["at"])


@pytest.mark.parametrize("vector", of("signature"))
def test_signature(vector):
    assert judge(check_signature, vector) == vector["expect"]


@pytest.mark.parametrize("vector", [v for v in of("signature") if v.values[0]["expect"] == "OK"])
def test_openssl_alone(vector, tmp_path):
    """The command of SPEC.md section 4, as an auditor types it."""
    signature = envelope_pb.Signature.FromString(data(vector["file"]))
    if signature.WhichOneof("form") != "cms":
        pytest.skip("a batch is checked over its root")
    (tmp_path / "sig.p7s").write_bytes(signature.cms)
    done = subprocess.run(["openssl", "cms", "-verify", "-cades", "-binary", "-purpose", "any", "-inform", "DER", "-in",
                           tmp_path / "sig.p7s", "-content", VECTORS / vector["header"], "-certfile", VECTORS / vector["certificates"][0],
                           "-CAfile", VECTORS / vector["ca"], "-out", "/dev/null"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("vector", of("link"))
def test_link(vector):
    assert judge(read_link, data(vector["file"])) == vector["expect"]
    if vector["expect"] == "OK":
        assert read_link(data(vector["file"])).WhichOneof("message") == vector["type"]


def test_every_file_is_named():
    """What index.json does not name is left over from an older contract."""
    named = {name for entry in INDEX for value in entry.values() for name in (value if isinstance(value, list) else [value])}
    files = {str(path.relative_to(VECTORS)) for path in VECTORS.glob("*/*") if not path.name.endswith(".TEST-KEY.pem")}
    assert files - named <= {f"keys/{name}.cert.pem" for name in ("stranger-ca", "same-key-another-subject")}


@pytest.mark.parametrize("vector", of("proof"))
def test_proof(vector):
    keys = [bytes.fromhex(vector[k]) for k in ("broker_nonce", "adapter_nonce", "broker_key", "adapter_key")]
    assert pyrules.proof_text(vector["domain"], vector["agency"], *keys, int(vector["resume"])) == data(vector["file"])


@pytest.mark.parametrize("vector", of("merkle"))
def test_merkle(vector):
    root = bytes.fromhex(vector["root"])
    if "leaves" in vector:
        holds = pyrules.merkle_root([pyrules.leaf_hash(t.encode()) for t in vector["leaves"]]) == root
    elif "path" in vector:
        path = [bytes.fromhex(h) for h in vector["path"]]
        holds = pyrules.path_root(bytes.fromhex(vector["leaf"]), vector["index"], vector["count"], path) == root
    else:
        proof = [bytes.fromhex(h) for h in vector["proof"]]
        holds = pyrules.consistent(vector["old_count"], bytes.fromhex(vector["old_root"]), vector["count"], root, proof)
    assert holds == (vector["expect"] == "OK")


@pytest.mark.parametrize("vector", of("leaf"))
def test_leaf(vector):
    head, verdict, outcome = (bytes.fromhex(vector[k]) for k in ("head", "verdict_digest", "outcome_digest"))
    assert pyrules.record_head(head)["sequence"] == vector["sequence"]
    assert pyrules.record_head(head)["time"] == vector["time"]
    leaf = pyrules.receipt_leaf(head, verdict, outcome, data(vector["header"]), data(vector["file"]))
    assert leaf == bytes.fromhex(vector["leaf"])


def test_every_reason_has_its_vector():
    """Reasons of the header and of the signature, but those that only a session can give."""
    named = {v["expect"] for v in INDEX}
    if not any(member.presence == LATER for kind in kinds() for member in kind.has.values()):
        named.add("FIELD_NOT_SUPPORTED")  # the rules carry every field that the format has
    missing = {name for name, number in NUMBERS.items() if 200 <= number < 400 and name not in named}
    assert not missing
