"""The unit files and the programs agree: each program is started as its unit says, before a service manager of our own, and each key
that speaks to the program is seen to hold: READY and STOPPING, the watchdog (fed, and not fed while a thread stands still), reload,
exit statuses, the folders, the descriptors."""
import ctypes
import os
import pathlib
import re
import resource
import signal
import socket
import subprocess
import time

import pytest

from deployment import ROOT, Deployment

UNITS = {"broker": "lienthong-broker.service", "adapter": "lienthong-adapter@.service"}
WATCHDOG_S = 0.6  # in place of the unit's 30: the program takes its beat from the environment
CODE = "H37.24"
PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_DETACH = 0x4206, 0x4207, 17
SECONDS = {"min": 60, "s": 1, "": 1}


def unit(which):
    """Keys of [Service] and [Unit], the last of a name wins as with systemd; continuation lines are not used."""
    text = (ROOT / "conf/systemd" / UNITS[which]).read_text()
    return dict(re.findall(r"(?m)^(\w+)=(.*)$", text))


def seconds(text):
    return sum(int(n) * SECONDS[u] for n, u in re.findall(r"(\d+)(min|s|)", text))


class Manager:
    """What the service manager is to a program: a socket that it reports to, two folders, limits, and its exit status."""

    def __init__(self, which, deployment, tmp):
        self.keys, self.which, self.deployment = unit(which), which, deployment
        self.state, self.runtime = tmp / "state", tmp / "run"
        self.state.mkdir(mode=int(self.keys["StateDirectoryMode"], 8))
        self.runtime.mkdir(mode=int(self.keys["RuntimeDirectoryMode"], 8))
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(tmp / "notify"))
        self.notify, self.log = tmp / "notify", tmp / "log"
        self.popen, self.said = None, []
        conf = deployment.folder / ("broker.conf" if which == "broker" else f"adapters/{CODE}/adapter.conf")
        text = conf.read_text()
        place = {"data": self.state / "data"}
        if which == "broker":
            place["control"] = self.runtime / "control"
        else:
            place["listen"] = f"unix:{self.runtime}/api"
            text += f"\n[spool]\nfolder={tmp}/spool\n[hook x]\nurl=http://127.0.0.1:9/\nsecret_file={tmp}/secret\n"
            (tmp / "secret").write_text("whsec_" + "QUJD" * 12 + "\n")
            (tmp / "secret").chmod(0o600)
        for key, value in place.items():
            text, count = re.subn(rf"(?m)^{key} *=.*$", f"{key} = {value}", text)
            assert count == 1, key
        self.conf = conf.with_name(f"unit-{which}.conf")
        self.conf.write_text(text)
        self.conf.chmod(0o600)

    def start(self, *words):
        program = self.deployment.broker_bin if self.which == "broker" else self.deployment.adapter_bin
        named = self.keys["ExecStart"].split()[0]
        assert pathlib.Path(named).name == program.name
        # A machine that gives less than the unit asks for is none of the program's business.
        limit = min(int(self.keys["LimitNOFILE"]), resource.getrlimit(resource.RLIMIT_NOFILE)[1])

        def settle():
            os.umask(int(self.keys["UMask"], 8))
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
            resource.setrlimit(resource.RLIMIT_CORE, (int(self.keys["LimitCORE"]),) * 2)

        env = {**os.environ, "NOTIFY_SOCKET": str(self.notify), "WATCHDOG_USEC": str(int(WATCHDOG_S * 1e6))}
        env.pop("WATCHDOG_PID", None)
        with self.log.open("ab") as out:
            self.popen = subprocess.Popen([str(w) for w in (program, "--config", self.conf, *words)], env=env, stdout=out, stderr=out,
                                          stdin=subprocess.DEVNULL, preexec_fn=settle)
        return self

    def hear(self, word, timeout):
        """Waits for a report; True when it came, and everything that came is kept."""
        end = time.monotonic() + timeout
        while (left := end - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                self.said.append(self.socket.recv(4096).decode())
            except TimeoutError:
                return False
            if word in self.said[-1].split("\n"):
                return True
        return False

    def drain(self):
        self.socket.settimeout(0.0)
        try:
            while True:
                self.said.append(self.socket.recv(4096).decode())
        except BlockingIOError:
            pass

    def ready(self):
        assert self.hear("READY=1", seconds(self.keys["TimeoutStartSec"])), self.log.read_text()[-2000:]
        return self

    def end(self, number=signal.SIGTERM):
        self.popen.send_signal(number)
        return self.popen.wait(seconds(self.keys["TimeoutStopSec"]))

    def thread(self, name):
        for task in pathlib.Path(f"/proc/{self.popen.pid}/task").iterdir():
            if (task / "comm").read_text().strip() == name:
                return int(task.name)
        raise AssertionError(f"no thread {name}: {[(t / 'comm').read_text() for t in pathlib.Path(f'/proc/{self.popen.pid}/task').iterdir()]}")


@pytest.fixture
def manager(tmp_path, request):
    made = []

    def make(which):
        made.append(Manager(which, Deployment(tmp_path / "s"), tmp_path))
        return made[-1]

    yield make
    for one in made:
        if one.popen and one.popen.poll() is None:
            one.popen.kill()
            one.popen.wait()


def freeze(tid):
    """One thread of another process stands still, as in an endless wait; the others go on."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long] * 4
    if libc.ptrace(PTRACE_SEIZE, tid, 0, 0) != 0:
        pytest.skip("no thread can be stopped here")
    libc.ptrace(PTRACE_INTERRUPT, tid, 0, 0)
    os.waitpid(tid, 0x40000000)  # __WALL
    return lambda: libc.ptrace(PTRACE_DETACH, tid, 0, 0)


@pytest.mark.parametrize("which, threads", [("broker", ["gate", "engine"]), ("adapter", ["store", "link", "MHD-single", "carry", "spool", "hooks"])])
def test_watchdog_is_fed_while_every_thread_moves(manager, which, threads):
    one = manager(which)
    assert one.keys["Type"] == "notify" and seconds(one.keys["WatchdogSec"]) >= 10
    one.start().ready()
    for _ in range(4):
        assert one.hear("WATCHDOG=1", WATCHDOG_S / 2), "not fed in time"
    for name in threads:
        go_on = freeze(one.thread(name))
        time.sleep(WATCHDOG_S * 1.5 + (3.5 if name == "MHD-single" else 0))  # patience; HTTP is asked with patience of its own
        one.drain()
        assert not one.hear("WATCHDOG=1", WATCHDOG_S * 2), f"fed although {name} stands still"
        go_on()
        assert one.hear("WATCHDOG=1", 10), f"not fed again after {name} went on"
    assert one.end() == 0 and (one.drain() or "STOPPING=1" in "\n".join(one.said).split("\n"))


@pytest.mark.parametrize("which", ["broker", "adapter"])
def test_reload_stop_and_folders(manager, which):
    one = manager(which)
    assert one.keys["ExecReload"] == "/bin/kill -HUP $MAINPID" and one.keys["StateDirectory"] and one.keys["RuntimeDirectory"]
    one.start().ready()
    inside = one.runtime / ("control" if which == "broker" else "api")
    peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    peer.connect(str(inside))  # a member of its group may: RuntimeDirectoryMode lets it in
    assert int(one.keys["RuntimeDirectoryMode"], 8) & 0o050 == 0o050 and (one.state / "data").is_dir()
    one.popen.send_signal(signal.SIGHUP)
    end = time.monotonic() + 10
    while not re.search("read again|reloaded", one.log.read_text()):
        assert time.monotonic() < end and one.popen.poll() is None
        time.sleep(0.02)
    peer.close()
    assert one.end(signal.SIGTERM) == 0 and not inside.exists()


@pytest.mark.parametrize("which", ["broker", "adapter"])
def test_what_is_for_a_person_is_not_started_again(manager, which):
    """Each status of RestartPreventExitStatus is one that the program ends with, and only for what a new start does not mend."""
    one = manager(which)
    held = {int(s) for s in one.keys["RestartPreventExitStatus"].split()}
    assert one.keys["Restart"] == "on-failure"
    assert one.start("--no-such-option").popen.wait(10) == 64 and 64 in held
    good = one.conf.read_text()
    one.conf.write_text(good + "\n[nonsense]\nkey = 1\n")
    assert one.start().popen.wait(10) == 78 and 78 in held
    one.conf.write_text(good)
    one.start().ready()
    assert one.end() == 0
    damage(one)
    assert one.start().popen.wait(20) == 65 and 65 in held, one.log.read_text()[-500:]


def damage(one):
    if one.which == "broker":
        journal = max((one.state / "data").rglob("*.seg"), key=lambda p: p.stat().st_size, default=None) or \
            max((p for p in (one.state / "data/journal").iterdir() if p.is_file()), key=lambda p: p.stat().st_size)
        data = bytearray(journal.read_bytes())
        data[: 64] = bytes(64)
        journal.write_bytes(bytes(data))
    else:
        store = one.state / "data/store.mdb"
        data = bytearray(store.read_bytes())
        for page in range(0, len(data), 4096):
            data[page:page + 24] = b"\xff" * 24
        store.write_bytes(bytes(data))
