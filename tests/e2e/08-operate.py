"""The page for operators: every command of it, on a machine of its own below one folder, where units are started as they say."""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile

import pytest

import machine
import pages

PAGE = "operate.md"


def test_both_languages_have_the_same_commands():
    assert pages.blocks(PAGE) == pages.blocks("vi/" + PAGE)


@pytest.fixture
def root():
    """Short, since sockets lie below it, and open to the machine's other users."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="lt-operate-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    for one in (folder / "services").glob("*.service"):
        if pid := machine.pid_of(one):
            os.kill(pid, signal.SIGKILL)
    shutil.rmtree(folder)


def stand_ins(root):
    folder = root / "stand-ins"
    folder.mkdir()
    for name in machine.STANDS_IN:
        (folder / name).symlink_to(machine.__file__)
    return folder


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as one:
        return str(one.getsockname()[1])


@pytest.mark.skipif(os.geteuid() != 0, reason="two operators are two users of the machine")
def test_every_command(root):
    broker, api, console = free_port(), free_port(), free_port()
    env = {**os.environ, "MACHINE": str(root), "DESTDIR": str(root), "PYTHONDONTWRITEBYTECODE": "1",
           "LIENTHONG_CONTROL": f"{root}/run/lienthong/control", "LIENTHONG_CONSOLE": f"{root}/run/lienthong-console/login.sock",
           "PATH": f"{stand_ins(root)}:{root}/usr/sbin:{root}/usr/bin:{os.environ['PATH']}"}
    work = root / "work"
    work.mkdir()

    def here(script):
        script = re.sub(r"(?<![\w/.])/(?=(etc|usr/share|var/lib|var/backups|run)/lienthong)", f"{root}/", script)
        script = script.replace("build/release", str(pages.BIN.parent)).replace(":7700", f":{broker}").replace(":8801", f":{api}")
        script = script.replace(":8900", f":{console}").replace("observer = lienthong-console", "observer = nobody")
        return re.sub(r"(operator|registrar) = mai,lan", r"\1 = nobody,daemon", script)

    printed = pages.run(PAGE, work, env=env, change=here)
    said = "\n".join(printed)
    for words in ("agencies             36", '"link": "connected"', "carried over ", "restored up to record ", "sound: records 1 to ", "in force             1", "/login?",
                  "records, holds", "H37.11: chưa đăng ký", "next update, a list counts"):
        assert words in said, words
    control = ["--control", str(root / "run/lienthong/control")]
    listed = subprocess.run([pages.BIN / "lienthong", "agency", "export", *control], capture_output=True, text=True, check=True).stdout
    entries = {one["code"]: one for one in json.loads(listed)["agencies"]}
    district, trunk = entries["H37.24"], entries["B00"]
    assert (len(district["certificates"]), len(district["curve_keys"]), len(district["ended_keys"])) == (1, 1, 1), district
    assert len(trunk["certificates"]) == 1 and ["valid_to" in key for key in trunk["ledger_keys"]] == [True, False], trunk
    acts = re.findall(r"(?m)^\d+ .*? (\d+) +(\w+) +\w+ +carry", printed[-1])
    assert [user for user, _ in acts] == ["65534", "1"], "two users of the machine"
