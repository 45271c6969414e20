"""`./dev demo --stay` leaves nothing behind, whichever way it ends."""
import os
import pathlib
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.parse

import pytest

from console import Browser

SOURCE = pathlib.Path(__file__).resolve().parents[2]
WHOLE = [sys.executable, str(SOURCE / "tests/demo.py"), "--build", os.environ.get("LT_BUILD_DIR", str(SOURCE / "build")), "--stay"]
COMMAND = [*WHOLE, "--plain"]
RUNNING = b"Logs: "  # the last line before it waits


def read_until(fd, text):
    """All that the demo says up to a line with the text; from a pipe or a terminal."""
    seen = b""
    while text not in seen or not seen.endswith(b"\n"):
        more = os.read(fd, 65536)
        assert more, seen.decode()
        seen += more
    return seen.decode()


def folder_of(text):
    return re.search(r"sandbox made in (\S+)/sandbox", text).group(1)


def processes(folder):
    """Command lines of running programs that name the folder."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue  # it has ended meanwhile
        if folder in line:
            found.append(line)
    return found


def wait_gone(folder, seconds=30):
    end = time.monotonic() + seconds
    while processes(folder):
        assert time.monotonic() < end, processes(folder)
        time.sleep(0.05)


def start(**more):
    demo = subprocess.Popen(COMMAND, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)
    folder = folder_of(read_until(demo.stdout.fileno(), RUNNING))
    assert len(processes(folder)) == 4, "a broker and three adapters"
    return demo, folder


def test_each_trouble_is_found_by_the_command_beside_it():
    """Late, unanswered, silent, quarantined, a certificate that ends: what is told of each is what the command shows."""
    demo = subprocess.Popen(WHOLE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        seen = read_until(demo.stdout.fileno(), RUNNING)
        troubles = re.findall(r"(?m)^  (\w[\w ]*?) +(H37\S+): .*\n +(/\S+) (.*)$", seen)
        assert [kind for kind, *_ in troubles] == ["late", "unanswered", "silent", "quarantined", "ends soon"], seen
        for kind, what, program, words in troubles:
            shown = subprocess.run([program, *words.split()], capture_output=True, text=True)
            wanted = "SIGNATURE_WRONG" if kind == "quarantined" else what
            assert wanted in shown.stdout and shown.returncode in (0, 1, 2), (kind, shown)
        link = urllib.parse.urlsplit(re.search(r"(?m)^  (http://\S+/login\?\S+)$", seen)[1])
        browser = Browser(f"http://{link.netloc}")
        browser.post("/login", {"key": urllib.parse.parse_qs(link.query)["key"][0]})
        late = troubles[0][1]
        end = time.monotonic() + 20
        while late not in browser.get("/"):  # the copy of the dossiers is being made
            assert time.monotonic() < end, browser.text()
            time.sleep(0.1)
    finally:
        demo.terminate()
        demo.communicate(timeout=60)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_all_of_it(number):
    demo, folder = start()
    demo.send_signal(number)
    rest = demo.communicate(timeout=60)[0].decode()
    assert demo.returncode == 0 and "everything that was started has stopped" in rest, rest
    assert not processes(folder) and not os.path.exists(folder)


def test_an_interrupt_reaches_it_in_the_background_of_a_script():
    demo, folder = start(preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN))
    demo.send_signal(signal.SIGINT)
    assert demo.wait(60) == 0 and not processes(folder)


def test_two_signals_are_as_one():
    demo, folder = start()
    demo.send_signal(signal.SIGTERM)
    time.sleep(0.02)
    demo.send_signal(signal.SIGTERM)
    assert demo.wait(60) == 0 and not processes(folder)


def test_a_signal_on_the_way_ends_it_too():
    demo = subprocess.Popen(COMMAND, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    seen = read_until(demo.stdout.fileno(), b"broker up")
    demo.send_signal(signal.SIGTERM)
    demo.communicate(timeout=60)
    assert demo.returncode == 128 + signal.SIGTERM and not processes(folder_of(seen))


def test_a_terminal_that_goes_away_ends_all_of_it():
    pid, master = pty.fork()
    if pid == 0:
        os.execv(COMMAND[0], COMMAND)
    folder = folder_of(read_until(master, RUNNING))
    os.close(master)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert not processes(folder) and not os.path.exists(folder)


def test_when_it_is_killed_its_programs_end_by_themselves():
    demo, folder = start()
    demo.kill()
    demo.communicate(timeout=60)
    wait_gone(folder)
    shutil.rmtree(folder)
