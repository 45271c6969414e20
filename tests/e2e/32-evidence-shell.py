"""Evidence of envelopes, checked by a shell and openssl alone: the steps of docs/evidence.md, as they stand there."""
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "lib"))
from pyclient import Client, envelope  # noqa: E402
from pyflow import PROCEDURE, batch, dossier_code, open_envelope  # noqa: E402

SINGLE, BATCH = re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "evidence.md").read_text(), flags=re.S)
DISTRICT = "H37.24"


@pytest.fixture(scope="module")
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
