#!/usr/bin/python3
"""Every program that is to conform, under every check, and every fault: `./dev conform`. LT_BUILD_DIR: where our programs are; with CONFORM_MODULES, a
folder that has node_modules with zeromq and protobufjs, the adapter in JavaScript too. `all`: all faults, not only those that matter most."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE.parent / "lib"))
from deployment import Deployment  # noqa: E402

PYTHON = sys.executable


def run(name, *words):
    begun = time.monotonic()
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    kept = len(re.findall(r"^ok\b(?!.*# SKIP)", done.stdout, flags=re.M))
    skipped = done.stdout.count("# SKIP")
    print(f"{name:<24} {kept:>3} ok  {skipped:>2} skipped  {time.monotonic() - begun:5.1f} s", flush=True)
    if done.returncode:
        print("".join(re.findall(r"^(?:not ok|MISSED|Bail).*\n(?:  .*\n)*", done.stdout, flags=re.M)) or done.stdout, done.stderr, sep="")
    return name if done.returncode else None


def main():
    begun = time.monotonic()
    build = pathlib.Path(os.environ["LT_BUILD_DIR"]).resolve()
    conform = HERE / "lienthong-conform"
    faults = [] if sys.argv[1:] == ["all"] else ["--core"]
    with tempfile.TemporaryDirectory(prefix="lienthong-conform-") as folder, Deployment(pathlib.Path(folder) / "s") as site:
        site.start_broker()
        runs = [("lienthong-adapter", conform, "adapter", PYTHON, HERE / "adapters/lienthong_adapter.py", build / "bin/lienthong-adapter"),
                ("adapter in Python", conform, "adapter", PYTHON, HERE / "adapters/python_adapter.py"),
                ("lienthong-broker", conform, "broker", site.folder),
                ("faults of an adapter", PYTHON, HERE / "caught.py", *faults)]
        if not faults:
            runs.append(("faults of a broker", PYTHON, HERE / "broker_faults.py", site.folder))
        if "CONFORM_MODULES" in os.environ:
            runs.insert(2, ("adapter in JavaScript", conform, "adapter", "node", HERE / "node/adapter.mjs"))
        failed = [name for name in [run(*words) for words in runs] if name]
    print(f"{len(runs)} runs, {len(failed)} of them with faults, {time.monotonic() - begun:.1f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
