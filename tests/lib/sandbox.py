"""`lienthong sandbox DIR --run …`, as an integrator runs it."""
import json
import os
import pathlib
import signal
import subprocess

from deployment import Api

CLI = os.path.join(os.environ["LT_BUILD_DIR"], "bin/lienthong")


def cli(*args):
    return subprocess.run([CLI, *map(str, args)], capture_output=True, text=True, timeout=60)


class Run:
    """`lienthong sandbox DIR --run …` in the background."""

    def __init__(self, folder, *more):
        self.folder = folder
        self.popen = subprocess.Popen([CLI, "sandbox", str(folder), "--json", "--run", *map(str, more)], text=True,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        text = ""
        for line in self.popen.stdout:
            text += line
            if line == "}\n":
                break
        self.info = json.loads(text) if text else None

    def end(self, number=signal.SIGINT):
        self.popen.send_signal(number)
        _, said = self.popen.communicate(timeout=60)
        return self.popen.returncode, said

    def api(self, code):
        one = next(a for a in self.info["running"] if a["code"] == code and not a["echo"])
        return Api("127.0.0.1", int(one["api"].rsplit(":", 1)[1]), pathlib.Path(one["token_file"]).read_text().strip())

    def pids(self):
        return [self.info["broker_pid"], *(a["pid"] for a in self.info["running"])]
