"""Evidence of envelopes, checked by a shell and openssl alone: the steps of docs/evidence.md, as they stand there."""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import time
import zipfile

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "lib"))
from pyclient import Client, envelope  # noqa: E402
from pyflow import PROCEDURE, batch, dossier_code, open_envelope  # noqa: E402

SINGLE, BATCH = re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "evidence.md").read_text(), flags=re.S)[:2]  # not that of a delay
DISTRICT = "H37.24"


@pytest.fixture
def client(deployment):
    with Client.of_sandbox(deployment.folder, DISTRICT) as made:
        made.connect()
        yield made


def check(script, folder):
    """True when the steps end well."""
    return subprocess.run(["/bin/sh", "-c", script], cwd=folder, env={"PATH": "/usr/bin:/bin"}, capture_output=True).returncode == 0


def export(deployment, answer, folder):
    deployment.cli("envelope", "export", str(answer.sequence), str(folder))
    return folder


def test_signed_by_itself(deployment, client, tmp_path):
    folder = export(deployment, client.submit([open_envelope(client, DISTRICT)])[0], tmp_path / "one")
    assert check(SINGLE, folder)
    header = folder / "header.bin"
    header.write_bytes(header.read_bytes()[:-1] + b"\x7f")
    assert not check(SINGLE, folder)


@pytest.mark.parametrize("count, index", [(1, 0), (2, 1), (5, 4), (7, 3), (40, 33)])
def test_signed_together(deployment, client, tmp_path, count, index):
    headers = [client.build_header("OPEN", DISTRICT, dossier_code(DISTRICT), [DISTRICT], **PROCEDURE) for _ in range(count)]
    answers = client.submit([envelope(h, s) for h, s in zip(headers, batch(client, headers, DISTRICT))])
    folder = export(deployment, answers[index], tmp_path / "batch")
    assert check(BATCH, folder)
    lines = (folder / "batch-path.txt").read_text().splitlines()
    assert len(lines) <= 8
    spoilt = {"header.bin": (folder / "header.bin").read_bytes()[:-1] + b"\x7f",
              "batch.bin": (folder / "batch.bin").read_bytes()[:-1] + b"\x7f"}
    if lines:
        other = {"left": "right", "right": "left"}
        spoilt["batch-path.txt"] = "\n".join([other[lines[0].split()[0]] + " " + lines[0].split()[1], *lines[1:], ""]).encode()
    for name, data in spoilt.items():
        good = (folder / name).read_bytes()
        (folder / name).write_bytes(data)
        assert not check(BATCH, folder), name
        (folder / name).write_bytes(good)
    assert check(BATCH, folder)


# ---- all of a dossier in one file ----

def verify(folder, *folders, **keys):
    """What check.sh says, and whether all of it held."""
    env = {"PATH": "/usr/bin:/bin", **{k: str(v) for k, v in keys.items()}}
    done = subprocess.run(["sh", "check.sh", *folders], cwd=folder, env=env, capture_output=True, text=True, timeout=180)
    return done.returncode == 0, done.stdout


def evidence(deployment, code, folder):
    file = folder.with_suffix(".zip")
    told = deployment.cli("evidence", code, "-o", str(file))
    with zipfile.ZipFile(file) as opened:
        assert opened.testzip() is None
        opened.extractall(folder)
    return told, folder


def change(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def test_all_of_a_dossier(running, new_case, tmp_path):
    case = new_case()
    part = running.api(DISTRICT).put_part(b"%PDF-1.7 " + b"x" * 900)
    case.open(parts=[{"name": "đơn số 1.pdf", "media_type": "application/pdf", "sha256": part["sha256"]}])
    offer = case.post(DISTRICT, "FORWARD", ["H37.11"])
    case.admitted(DISTRICT, offer)
    case.accept("H37.11", offer)
    late = case.post(DISTRICT, "FORWARD", ["H37.11"])  # it holds nothing any more
    assert case.settled(DISTRICT, late)["state"] == "rejected"
    told, folder = evidence(running, case.code, tmp_path / "zip")
    names = sorted(p.name.split("-", 1)[1] for p in folder.glob("[0-9]*"))
    assert names == ["ACCEPT", "FORWARD", "FORWARD-refused", "OPEN"] and told["envelopes"] == 4 and told["erased"] == 0
    good, said = verify(folder)
    assert good and said.count(": holds") == 16 and "NOT" not in said, said
    registrar = running.folder / "registrar" / "registrar.pem"
    good, said = verify(folder, REGISTRAR=registrar, LEDGER_KEY=folder / "ledger-1.pub.pem")
    assert good and said.startswith("directory: registrar's signature: holds"), said
    # As the page says it: keys are named from where it is called, also in a folder with a blank in its name.
    called = {"cwd": tmp_path / "hồ sơ", "capture_output": True, "text": True, "timeout": 180}
    called["cwd"].mkdir()
    shutil.copy(registrar, called["cwd"])
    shutil.copy(folder / "ledger-1.pub.pem", called["cwd"] / "ledger.pub.pem")
    keys = {"PATH": "/usr/bin:/bin", "LEDGER_KEY": "ledger.pub.pem", "REGISTRAR": "registrar.pem"}
    done = subprocess.run(["sh", folder / "check.sh"], env=keys, **called)
    assert done.returncode == 0 and done.stdout.startswith("directory: registrar's signature: holds") and "NOT" not in done.stdout, done.stdout
    done = subprocess.run(["sh", folder / "check.sh"], env={**keys, "LEDGER_KEY": "nowhere.pem"}, **called)
    assert done.returncode == 2 and "cannot read" in done.stderr and done.stdout == "", done.stderr
    other = tmp_path / "other.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", str(other)], check=True)
    assert not verify(folder, next(folder.glob('*-OPEN')).name, LEDGER_KEY=other)[0]
    opened, = folder.glob("*-OPEN")
    with zipfile.ZipFile(opened / "envelope.asics") as container:
        assert container.infolist()[0].filename == "mimetype" and container.read("mimetype") == b"application/vnd.etsi.asic-s+zip"
        assert container.read("header.bin") == (opened / "header.bin").read_bytes()
        assert container.read("META-INF/signature.p7s") == (opened / "sig.p7s").read_bytes()
    assert json.loads((folder / "trace.json").read_text())["code"] == case.code
    refused, = folder.glob("*-refused")
    assert "reason" in (refused / "refusal.txt").read_text()
    keys = {"REGISTRAR": registrar, "LEDGER_KEY": folder / "ledger-1.pub.pem"}
    number, kind = opened.name.split("-", 1)
    for path, name in ((refused, refused.name.removesuffix("-refused")), (opened, f"{opened.name}-refused"),
                       (opened, f"{number}-notice-1-{kind}"), (opened, f"{int(number) + 1:010}-{kind}")):
        other = path.rename(folder / name)  # called otherwise than the record has it
        good, said = verify(folder, name, **keys)
        assert not good and f"{name}: place in the ledger: DOES NOT HOLD" in said, said
        other.rename(path)
    for path, what in ((opened / "header.bin", "signature"), (opened / "sig.p7s", "signature"), (opened / "record.tlog-proof", "ledger"),
                       (next(opened.glob("part-*")), "parts"), (refused / "header.bin", "signature")):
        kept = path.read_bytes()
        change(path)
        good, said = verify(folder, path.parent.name)
        assert not good and [line for line in said.splitlines() if "NOT" in line and what in line], (path, said)
        path.write_bytes(kept)


def forge(folder, key, cert):
    """Signs anew what stands in a folder, as openssl does it, with the certificate in the signature."""
    subprocess.run(["openssl", "cms", "-sign", "-cades", "-binary", "-md", "sha256", "-nosmimecap", "-in", folder / "header.bin", "-signer", cert, "-inkey", key,
                    "-outform", "DER", "-out", folder / "sig.p7s"], check=True, capture_output=True)


def test_evidence_of_who_has_no_key(deployment, client, tmp_path):
    """Who makes up evidence brings keys, CAs and names of its own along: what is shown as the signer's certificate has signed, or nothing holds.
    And what stands in the files is never run."""
    code = dossier_code(DISTRICT)
    client.submit([open_envelope(client, DISTRICT, code)])
    deployment.cli("dossier", "remind", code, "--reason", "thử")
    end = time.monotonic() + 60
    while deployment.cli("evidence", code, "-o", str(tmp_path / "first.zip"), expect=None) == "" and time.monotonic() < end:
        time.sleep(0.5)  # until the notice is signed
    folder = evidence(deployment, code, tmp_path / "forged")[1]
    opened, = folder.glob("*-OPEN")
    notice, = folder.glob("*-notice-1-REMINDER")
    keys = {"REGISTRAR": deployment.folder / "registrar" / "registrar.pem", "LEDGER_KEY": folder / "ledger-1.pub.pem"}
    good, said = verify(folder, **keys)
    assert good, said
    for name in ("header.bin", "sig.p7s", "signer.pem"):  # what an agency has signed is no notice of the broker's
        shutil.copy(opened / name, notice / name)
    (notice / "batch.bin").unlink(missing_ok=True)
    good, said = verify(folder, notice.name, **keys)
    assert not good and f"{notice.name}: signature: holds" in said and "ledger: DOES NOT HOLD" in said, said
    shutil.rmtree(notice)
    key, cert = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=evil", "-days", "3650",
                    "-keyout", key, "-out", cert], check=True, capture_output=True)
    kept = tmp_path / "kept"
    shutil.copytree(opened, kept)
    for shown in ("genuine", "both"):
        forge(opened, key, cert)
        (opened / "ca.pem").write_text((kept / "ca.pem").read_text() + cert.read_text())
        (opened / "signer.pem").write_text((kept / "signer.pem").read_text() + (cert.read_text() if shown == "both" else ""))
        (opened / "time.txt").write_text("1798000000\n")
        good, said = verify(folder, **keys)
        assert not good and f"{opened.name}: signature: DOES NOT HOLD" in said, (shown, said)
    shutil.rmtree(opened)
    shutil.copytree(kept, opened)
    proof = opened / "record.tlog-proof"
    text = proof.read_text()
    for index in ("a[$(touch run)]", "08", "", "0\nindex 0"):
        proof.write_text(re.sub(r"(?m)^index .*$", lambda _: f"index {index}", text))
        for shell in ("sh", "bash"):
            done = subprocess.run([shell, "check.sh"], cwd=folder, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, timeout=180)
            assert done.returncode == 1 and "place in the ledger: DOES NOT HOLD" in done.stdout, (index, shell, done)
    assert not list(folder.rglob("run"))


def test_of_several_signed_together(deployment, client, tmp_path):
    code = dossier_code(DISTRICT)
    headers = [client.build_header("OPEN", DISTRICT, one, [DISTRICT], **PROCEDURE) for one in [dossier_code(DISTRICT) for _ in range(8)] + [code]]
    client.submit([envelope(h, s) for h, s in zip(headers, batch(client, headers, DISTRICT))])
    folder = evidence(deployment, code, tmp_path / "batch")[1]
    good, said = verify(folder)
    assert good and said.count("holds") == 4, said
    opened, = folder.glob("*-OPEN")
    change(opened / "batch.bin")
    assert not verify(folder)[0]


@pytest.mark.parametrize("code, status", [("H37.24-20261130-9999999", 66), ("none", 64)])
def test_of_no_dossier(deployment, tmp_path, code, status):
    done = subprocess.run([deployment.cli_bin, "evidence", code, "-o", str(tmp_path / "no.zip"), "--sandbox", deployment.folder], capture_output=True)
    assert done.returncode == status and not (tmp_path / "no.zip").exists()
