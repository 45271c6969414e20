"""lienthong-conform: our adapter and our broker pass; a small one in Python does, and broken in one place it is caught by the check of that name (./dev conform
has the long form)."""
import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
CONFORM = ROOT / "tests/conform"
PYTHON = "/usr/bin/python3"
ADAPTER = pathlib.Path(os.environ["LT_BUILD_DIR"]) / "bin/lienthong-adapter"
SHORT = ["wrong-number", "new-bytes", "no-revocation"]  # all of them: tests/conform/caught.py


def run(*words):
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout, done.stderr


def passes(*words):
    code, out, err = run(CONFORM / "lienthong-conform", *words)
    wrong = re.findall(r"^not ok .*(?:\n  .*)*", out, flags=re.M)
    assert (code, wrong) == (0, []), "\n".join([*wrong, err])
    return out


def test_our_adapter():
    out = passes("adapter", PYTHON, CONFORM / "adapters/lienthong_adapter.py", ADAPTER)
    assert re.match(r"TAP version 13\n1\.\.\d+\n", out)
    assert all(re.search(r"\(SPEC\.md \d, [^)]+\)", line) for line in out.splitlines()[2:])
    skipped = set(re.findall(r"^ok \d+ - ([\w.-]+):.*# SKIP", out, flags=re.M))
    assert skipped == {f"vectors.{what}" for what in ("header", "signature", "link", "proof", "merkle", "leaf")}, "tests/vectors judges them in C"


def test_our_broker(deployment):
    passes("broker", deployment.folder)


def test_broken_ones_are_caught():
    code, out, err = run(PYTHON, CONFORM / "caught.py", *SHORT)
    assert code == 0 and out.count("\nok\t") + out.startswith("ok\t") == len(SHORT), out + err


def test_broken_brokers_are_caught(deployment):
    code, out, err = run(PYTHON, CONFORM / "broker_faults.py", deployment.folder, "other-key", "no-previous")
    assert code == 0 and "2 of 2 are caught" in out, out + err


def test_what_is_kept_is_of_one_run(tmp_path):
    (tmp_path / "session").mkdir()
    code, _, err = run(CONFORM / "lienthong-conform", "--keep", tmp_path, "adapter", PYTHON)
    assert code == 2 and f"{tmp_path} is not empty" in err and "Traceback" not in err, err


def test_junit(tmp_path):
    report = tmp_path / "report.xml"
    code, out, _ = run(CONFORM / "lienthong-conform", "--junit", report, "--only", "receive.root", "adapter", PYTHON, CONFORM / "adapters/python_adapter.py",
                       "--fault", "unsigned-root")
    assert code == 1 and re.search(r"^not ok \d+ - receive\.root: .*SPEC\.md 4, Roots", out, flags=re.M), out
    assert 'failures="1"' in report.read_text() and 'name="receive.root"' in report.read_text()
