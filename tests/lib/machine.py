#!/usr/bin/python3
"""What a page for operators finds on a machine with systemd and several users, in the folder $MACHINE: called by the name of the program
that it stands in for. Units are read, and their programs started as they say, with a socket for their reports."""
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(os.environ.get("MACHINE", "/nowhere"))
UNITS, RUN = ROOT / "usr/lib/systemd/system", ROOT / "services"
USERS = {"lienthong": 0, "lienthong-adapter": 0, "lienthong-console": 0, "mai": 65534, "lan": 1}  # root, who owns all of it here; nobody; daemon
PATIENCE_S = 30


def fail(text):
    print(f"{pathlib.Path(sys.argv[0]).name}: {text}", file=sys.stderr)
    sys.exit(1)


def unit(name):
    """Keys of a unit by their names, the last one wins; %i is put in."""
    plain, _, instance = name.removesuffix(".service").partition("@")
    text = (UNITS / (plain + ("@" if instance else "") + ".service")).read_text()
    return dict(re.findall(r"(?m)^(\w+)=(.*)$", text.replace("%i", instance)))


def pid_of(name):
    """Of a service that runs, by its name or by the file that keeps its number."""
    try:
        pid = int((RUN / name).read_text())
        os.kill(pid, 0)
        return pid
    except (OSError, ValueError):
        return None


def start(name):
    if pid_of(name):
        return
    keys = unit(name)
    for kind, top in (("StateDirectory", "var/lib"), ("RuntimeDirectory", "run")):
        (ROOT / top / keys[kind]).mkdir(parents=True, exist_ok=True)
        (ROOT / top / keys[kind]).chmod(int(keys[kind + "Mode"], 8))
    RUN.mkdir(exist_ok=True)
    report = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    at = RUN / (name + ".notify")
    at.unlink(missing_ok=True)
    report.bind(str(at))
    report.settimeout(PATIENCE_S)
    words = [str(ROOT) + w if w.startswith("/") else w for w in keys["ExecStart"].split()]
    with (RUN / (name + ".log")).open("ab") as log:
        one = subprocess.Popen(words, env={**os.environ, "NOTIFY_SOCKET": str(at)}, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                               start_new_session=True, umask=int(keys["UMask"], 8))
    (RUN / name).write_text(f"{one.pid}\n")
    try:
        while "READY=1" not in report.recv(4096).decode().split("\n"):
            pass
    except TimeoutError:
        fail(f"{name} is not ready\n" + (RUN / (name + ".log")).read_text()[-2000:])


def stop(name):
    pid = pid_of(name)
    if not pid:
        return
    os.kill(pid, signal.SIGTERM)
    end = time.monotonic() + PATIENCE_S
    while pid_of(name) and time.monotonic() < end:
        time.sleep(0.01)
    if pid_of(name):
        fail(f"{name} does not stop")


def systemctl(verb, *words):
    names = [w if w.endswith(".service") else w + ".service" for w in words if not w.startswith("-")]
    for name in names:
        if verb in ("stop", "restart"):
            stop(name)
        if verb in ("start", "restart") or verb == "enable" and "--now" in words:
            start(name)
        if verb == "reload":
            os.kill(pid_of(name), signal.SIGHUP)
        if verb == "is-active" and not pid_of(name):
            fail(f"{name} does not run")


def tmpfiles(*words):
    assert "--create" in words
    for path, mode in re.findall(r"(?m)^d +(\S+) +(\d+)", (ROOT / "usr/lib/tmpfiles.d/lienthong.conf").read_text()):
        (ROOT / path[1:]).mkdir(parents=True, exist_ok=True)
        (ROOT / path[1:]).chmod(int(mode, 8))


def sudo(option, user, *words):
    assert option == "-u"
    if USERS[user]:
        os.setgroups([])
        os.setuid(USERS[user])  # in the service's group, which is root's here
    os.environ["SUDO_USER"] = "root"
    os.execvp(words[0], words)


def chown(*words):
    assert words[0] == "-R" and words[1].rstrip(":") in USERS


STANDS_IN = {"systemctl": systemctl, "systemd-tmpfiles": tmpfiles, "systemd-sysusers": lambda *_: None, "sudo": sudo, "chown": chown}

if __name__ == "__main__":
    STANDS_IN[pathlib.Path(sys.argv[0]).name](*sys.argv[1:])
