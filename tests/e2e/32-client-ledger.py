"""A client checks its own receipts with SPEC.md, openssl and nothing of ours; and what happens when somebody has had a hand in it."""
import base64
import hashlib
import pathlib
import subprocess
import sys
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
import pyrules  # noqa: E402
from deployment import Deployment  # noqa: E402
from pyclient import Client  # noqa: E402
from pyflow import dossier_code, open_envelope  # noqa: E402
from pywire import directory_pb, reason_name  # noqa: E402

DISTRICT = "H37.24"
ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture
def deployment(tmp_path):
    with Deployment(tmp_path / "sandbox") as made:
        made.start_broker()
        yield made


@pytest.fixture
def district(deployment):
    with Client.of_sandbox(deployment.folder, DISTRICT) as client:
        client.connect()
        yield client


def verify(folder):
    def by_openssl(key, text, signature):
        for name, data in (("text", text), ("sig", signature), ("key.der", bytes.fromhex("302a300506032b6570032100") + key)):
            (folder / name).write_bytes(data)
        return subprocess.run(["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey", folder / "key.der",
                               "-in", folder / "text", "-sigfile", folder / "sig"], capture_output=True).returncode == 0
    return by_openssl


def ledger_keys(client):
    return [k.key for a in client.directory().agencies if a.level == directory_pb.LEVEL_BROKER for k in a.ledger_keys]


def admitted(client):
    one = open_envelope(client, DISTRICT, dossier_code(DISTRICT))
    answer = client.submit([one])[0]
    assert answer.name == "OK"
    return one, answer


def ask(client, sequence=0, old_size=0, timeout=10):
    """The ledger's answer once its checkpoint reaches the record."""
    end = time.monotonic() + timeout
    while True:
        answer = client.query("", DISTRICT, ledger=True, sequences=[sequence] if sequence else [], old_size=old_size)
        if reason_name(answer.reason) != "LEDGER_SHORTER" or time.monotonic() > end:
            assert reason_name(answer.reason) == "OK", answer.detail
            return answer.ledger
        time.sleep(0.1)


def test_own_receipts(deployment, district, tmp_path):
    keys, domain = ledger_keys(district), district.directory().domain
    assert len(keys) == 1
    kept, leaves = None, {}
    for _ in range(4):
        for _ in range(3):
            one, answer = admitted(district)
            head = pyrules.record_head(answer.receipt[0])
            assert (head["sequence"], head["time"], head["form"]) == (answer.sequence, answer.raw.time, 1)
            leaves[answer.sequence] = pyrules.receipt_leaf(*answer.receipt, one.header, one.signature)
        for sequence, leaf in leaves.items():
            view = ask(district, sequence, kept[1] if kept else 0)
            origin, size, root, at = pyrules.checkpoint(view.checkpoint, keys, domain, verify(tmp_path))
            assert pyrules.path_root(leaf, sequence - 1, size, list(view.proofs[0].hashes)) == root
            altered = hashlib.sha256(leaf).digest()
            assert pyrules.path_root(altered, sequence - 1, size, list(view.proofs[0].hashes)) != root
            if kept:
                assert origin == kept[0] and at >= kept[3]
                assert pyrules.consistent(kept[1], kept[2], size, root, list(view.consistency))
            kept = origin, size, root, at
    view = district.query("", DISTRICT, ledger=True, sequences=list(leaves)).ledger  # all of them in one question
    assert [proof.sequence for proof in view.proofs] == list(leaves)
    _, size, root, _ = pyrules.checkpoint(view.checkpoint, keys, domain, verify(tmp_path))
    for proof in view.proofs:
        assert pyrules.path_root(leaves[proof.sequence], proof.sequence - 1, size, list(proof.hashes)) == root
    assert reason_name(district.query("", DISTRICT, ledger=True, sequences=[0]).reason) == "RECORD_UNKNOWN"
    note = ask(district).checkpoint
    with pytest.raises(Exception, match="CHECKPOINT_INVALID|not signed"):
        pyrules.checkpoint(note.replace(b"\n\n", b"\nx\n\n", 1), keys, domain, verify(tmp_path))
    district.connect()
    assert pyrules.checkpoint(district.welcome.checkpoint, keys, domain, verify(tmp_path))[1] >= kept[1]


def test_operator_proves_and_anybody_checks(deployment, district, tmp_path):
    _, answer = admitted(district)
    ask(district, answer.sequence)
    proof = tmp_path / "p.tlog-proof"
    deployment.cli("ledger", "prove", str(answer.sequence), "--output", str(proof), as_json=False)
    key = subprocess.run(["openssl", "pkey", "-in", deployment.folder / "broker/ledger.key.pem", "-pubout", "-outform", "DER"],
                         capture_output=True, check=True).stdout[-32:]
    key = base64.b64encode(key).decode()
    by_hand = (ROOT / "docs/ledger.md").read_text().split("```sh\n")[-1].split("```")[0]
    subprocess.run(["openssl", "pkey", "-in", deployment.folder / "broker/ledger.key.pem", "-pubout", "-out", tmp_path / "ledger.pub.pem"],
                   check=True)
    subprocess.run(["sh", "-ec", by_hand], cwd=tmp_path, check=True, capture_output=True)
    deployment.broker.stop()
    check = [deployment.cli_bin, "ledger", "check", "--key", key]
    done = subprocess.run([*check, proof], capture_output=True, text=True)
    assert done.returncode == 0 and f"record {answer.sequence} stands in the ledger" in done.stdout, done.stderr
    lines = proof.read_text().splitlines(keepends=True)
    for wrong in (lambda s: s.replace(f"index {answer.sequence - 1}", f"index {answer.sequence}"),
                  lambda s: s.replace(lines[3], lines[4]), lambda s: s.replace("extra Q", "extra R").replace("extra A", "extra B")):
        proof.write_text(wrong("".join(lines)))
        assert subprocess.run([*check, proof], capture_output=True).returncode == 65


def test_lost_hashes_are_made_again(deployment, district):
    _, answer = admitted(district)
    before = ask(district, answer.sequence)
    deployment.broker.kill()
    folder = deployment.folder / "broker/data/ledger"
    for tile in folder.glob("tiles-*"):
        tile.unlink()
    deployment.start_broker()
    district.connect()
    (deployment.folder / "kept").write_bytes(before.checkpoint)
    assert deployment.cli("ledger", "check", str(deployment.folder / "kept"))["holds"]
    admitted(district)


def last_segment(deployment):
    return sorted((deployment.folder / "broker/data/journal").glob("seg-*.ltj"))[-1]


def test_a_checkpoint_is_a_witness(deployment, district):
    """Store and snapshots are lost, and a bit of the last record has flipped: no torn tail, and nothing is cut."""
    _, answer = admitted(district)
    ask(district, answer.sequence)
    deployment.broker.kill()
    data = deployment.folder / "broker/data"
    for file in (data / "store").glob("*"):
        file.unlink()
    segment = last_segment(deployment)
    bytes_ = bytearray(segment.read_bytes())
    at = bytes_.rindex(b"LTJBATCH") + 200
    bytes_[at] ^= 1
    segment.write_bytes(bytes_)
    with pytest.raises(Exception):
        deployment.start_broker()
    assert "were committed" in deployment.broker.log.read_text() and segment.stat().st_size == len(bytes_)
    bytes_[at] ^= 1
    segment.write_bytes(bytes_)
    deployment.start_broker()


def test_another_journal_is_not_signed_for(deployment, district):
    """The journal of another deployment of the same key and domain: the roots that were signed before are not its own."""
    _, answer = admitted(district)
    ask(district, answer.sequence)
    deployment.broker.kill()
    data = deployment.folder / "broker/data"
    note = (data / "ledger/checkpoint").read_text()
    (data / "ledger/tiles-0-000000000000").write_bytes(b"")
    lines = note.splitlines()
    assert lines[1] == str(int(lines[1]))
    # A checkpoint that was signed for another history: same key, same origin, another root.
    forged = deployment.folder / "forged"
    text = "\n".join([lines[0], lines[1], "A" * 43 + "=", lines[3]]) + "\n"
    forged.write_text(text)
    signature = subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", deployment.folder / "broker/ledger.key.pem", "-in",
                                forged], capture_output=True, check=True).stdout
    old = base64.b64decode(lines[5].split(" ")[2])
    line = "— " + lines[0] + " " + base64.b64encode(old[:4] + signature).decode()
    for place in (data / "ledger/checkpoint", data / "checkpoint"):
        place.write_text(text + "\n" + line + "\n")
    with pytest.raises(Exception):
        deployment.start_broker()
    assert "do not give the root that was signed" in deployment.broker.log.read_text()
    assert deployment.broker.popen.wait(10) == 65
    deployment.broker.popen = None
