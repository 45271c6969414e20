"""The program that is checked: started with its folder, told what to do by a line of JSON, answering by a line of JSON. It may be killed."""
import json
import os
import select
import signal
import subprocess
import time

from suite import Broken, need

PATIENCE = 30.0  # seconds for an answer


class Program:
    def __init__(self, command, folder):
        self.command, self.folder = command, folder
        self.popen, self.rest, self.offers = None, b"", []

    def start(self):
        self.rest = b""
        with open(self.folder / "log", "ab") as log:
            self.popen = subprocess.Popen([*self.command, str(self.folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
                                          start_new_session=True)
        ready = self._line()
        need(ready.get("ready"), f"the program's first line is {ready}")
        self.offers = ready.get("offers", [])
        return ready

    def order(self, do, **more):
        """One order, and its answer."""
        self.popen.stdin.write(json.dumps({"do": do, **more}).encode() + b"\n")
        self.popen.stdin.flush()
        return self._line()

    def _line(self):
        end, out = time.monotonic() + PATIENCE, self.popen.stdout.fileno()
        while b"\n" not in self.rest:
            there, _, _ = select.select([out], [], [], max(0.0, end - time.monotonic()))
            need(there, f"the program said nothing for {PATIENCE} s; its log: {self.log()}")
            data = os.read(out, 65536)
            need(data, f"the program ended; its log: {self.log()}")
            self.rest += data
        line, self.rest = self.rest.split(b"\n", 1)
        try:
            return json.loads(line)
        except ValueError:
            raise Broken(f"the program's answer is not a line of JSON: {line[:200]!r}") from None

    def died(self):
        """Empty, or that it has ended by itself, and its last words."""
        if self.popen is None or self.popen.poll() is None:
            return ""
        return f"the program ended with status {self.popen.poll()}; its log: {self.log()}"

    def log(self):
        return (self.folder / "log").read_text(errors="replace")[-2000:]

    def kill(self):
        """SIGKILL of it and of what it has started."""
        if self.popen is not None and self.popen.poll() is None:
            os.killpg(self.popen.pid, signal.SIGKILL)
        if self.popen is not None:
            self.popen.wait(10)
            self.popen.stdin.close()
            self.popen.stdout.close()
            self.popen = None
