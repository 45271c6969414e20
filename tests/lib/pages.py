"""Pages whose commands are run: the ```sh blocks of a page, one shell for all of them."""
import os
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ["LT_BUILD_DIR"]) / "bin"


def blocks(name):
    return re.findall(r"^```sh\n(.*?)^```", (ROOT / "docs" / name).read_text(), flags=re.S | re.M)


def run(name, folder, timeout=120, env=None, change=lambda script: script):
    """Every block of the page in order, in an empty folder; what each has printed. The first command that fails ends it."""
    mark = "=== the next block"
    script = change(f"\necho '{mark}'\n".join(blocks(name)))
    env = env or {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-eu", "-o", "pipefail", "-c", script], cwd=folder, env=env, capture_output=True, text=True,
                          timeout=timeout)
    # The last block stops what the first has started; a page that fails before leaves it to the shell that it was a child of.
    assert done.returncode == 0, f"{name}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return [part.strip("\n") for part in done.stdout.split(mark)]
