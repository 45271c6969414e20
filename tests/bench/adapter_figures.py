#!/usr/bin/python3
"""What an adapter must reach, in one run: name, value, goal, a line each; the exit status is that of the goals.

    LT_BUILD_DIR=build/release /usr/bin/python3 tests/bench/adapter_figures.py [SECONDS [IDLE_SECONDS]]

SECONDS is how long each rate is measured (5), IDLE_SECONDS how long the idle adapter is looked at (60; counted up to 600). The clients
are one process with one loop, so a part of what is measured is theirs. The broker is away while rates are measured: an answer is the
outbox on disk.
"""
import json
import os
import pathlib
import resource
import select
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "lib"))
import officetime  # noqa: E402
from deployment import Deployment  # noqa: E402
from office import DEPARTMENT, DISTRICT  # noqa: E402

CLIENTS = 32
PART = "x" * 2000  # with its member's name and the quotes, 2 KiB
SEVERAL = 64
ROUNDS = 5
DAY = f"{officetime.now():%Y%m%d}"


class Load:
    """Requests of one adapter, each with a dossier of its own."""

    def __init__(self, api):
        self.api, self.number = api, 0
        self.head = f"Host: x\r\nAuthorization: Bearer {api.token}\r\nContent-Type: application/json\r\n"

    def envelope(self):
        self.number += 1
        return {"kind": "OPEN", "dossier": f"{DISTRICT}-{DAY}-{self.number:07d}", "procedure": "1.010828", "procedure_version": 1, "received": True,
                "to": [{"agency": DISTRICT}], "idempotency_key": f"k{self.number}", "body": {"x": PART}}

    def request(self, path, body):
        text = json.dumps(body)
        return f"POST {path} HTTP/1.1\r\n{self.head}Content-Length: {len(text)}\r\n\r\n{text}".encode()

    def one(self):
        return self.request("/v1/envelopes", self.envelope())

    def several(self):
        return self.request("/v1/envelopes", {"envelopes": [self.envelope() for _ in range(SEVERAL)]})

    def wrong(self):
        return self.request("/v1/inbox/999999/accept", {})


def answered(text):
    head, end, body = text.partition(b"\r\n\r\n")
    return bool(end) and len(body) >= int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])


def rate(api, kinds, seconds, good):
    """kinds: one maker of requests for each client, each with one under way. Answers a second of those clients whose maker is `good`."""
    poll, clients, count = select.epoll(), {}, 0
    for make in kinds:
        connection = socket.create_connection((api.host, api.port), timeout=30)
        clients[connection.fileno()] = [connection, make, b""]
        poll.register(connection, select.EPOLLIN)
        connection.sendall(make())
    begun = time.monotonic()
    while (now := time.monotonic()) < begun + seconds:
        for descriptor, _ in poll.poll(1):
            client = clients[descriptor]
            client[2] += client[0].recv(1 << 20)
            if not answered(client[2]):
                continue
            wanted = b"HTTP/1.1 2" if client[1] == good else b"HTTP/1.1 404"
            assert client[2].startswith(wanted), client[2][:400]
            count += client[1] == good
            client[2] = b""
            client[0].sendall(client[1]())
    for connection, _, _ in clients.values():
        connection.close()
    return count / (now - begun)


def signatures(seconds):
    program = pathlib.Path(os.environ["LT_BUILD_DIR"]) / "bin/lienthong-bench"
    lines = subprocess.run([program, "micro.sign", str(seconds)], check=True, capture_output=True, text=True).stdout.splitlines()
    return float(next(line.split("\t")[1] for line in lines if line.startswith("micro.sign\t")))


def medians(api, ways, seconds):
    """The median rate of each way. They take turns, since a disk that others use is not the same from one second to the next."""
    found = [sorted(rates) for rates in zip(*([rate(api, kinds, seconds / ROUNDS, good) for kinds, good in ways] for _ in range(ROUNDS)))]
    return [rates[ROUNDS // 2] for rates in found]


def rates(site, seconds):
    load = Load(site.api(DISTRICT))
    signed = signatures(min(seconds, 3))
    yield "micro.sign", signed, "/s", None
    one, many = medians(load.api, [([load.one] * CLIENTS, load.one), ([load.several] * 4, load.several)], seconds)
    yield f"post.{CLIENTS}_clients", one, "/s", None
    yield "post.of_micro_sign", one / signed, "", lambda value: value >= 0.15
    yield f"post.in_{SEVERAL}s", SEVERAL * many, "/s", None
    yield f"post.in_{SEVERAL}s_of_single", SEVERAL * many / one, "", lambda value: value >= 4
    alone, beside = medians(load.api, [([load.one] * 15, load.one), ([load.one] * 15 + [load.wrong], load.one)], seconds)
    yield "faults.others_of_alone", beside / alone, "", lambda value: value >= 0.9


def used(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def idle(site, seconds):
    pid = site.adapters[DEPARTMENT].pid
    time.sleep(5)
    before = used(pid)
    time.sleep(seconds)
    anonymous = next(line.split()[1] for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("RssAnon"))
    yield "idle.rss_anon", int(anonymous) / 1024, "MiB", lambda value: value <= 6
    yield "idle.cpu_600s", (used(pid) - before) * 600 / seconds, "s", lambda value: value <= 0.6


def crowd(site):
    api = site.api(DEPARTMENT)
    said = [socket.create_connection((api.host, api.port), timeout=30) for _ in range(300)]
    ask = f"GET /v1/events?wait=50 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {api.token}\r\n\r\n".encode()
    for _ in range(500):
        poll = socket.create_connection((api.host, api.port), timeout=30)
        try:
            poll.sendall(ask)
        except OSError:
            pass  # its place was given to another
        said.append(poll)
    slowest = 0
    for path in ["/healthz", "/v1/inbox"] * 5:
        begun = time.monotonic()
        status = api.call("GET", path, timeout=60)[0]
        slowest = max(slowest, time.monotonic() - begun)
        assert status == 200, (path, status)
    yield "crowd.slowest_answer", slowest, "s", lambda value: value <= 1
    for one in said:
        one.close()


def main(seconds=5.0, idle_seconds=60.0):
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    missed = 0
    with tempfile.TemporaryDirectory() as folder, Deployment(pathlib.Path(folder) / "s") as site:
        site.start_broker()
        for code in (DISTRICT, DEPARTMENT):
            site.start_adapter(code)

        def tell(figures):
            nonlocal missed
            for name, value, unit, goal in figures:
                reached = goal is None or goal(value)
                missed += not reached
                print(f"{name}\t{value:.3f}\t{unit}\t{'' if goal is None else 'reached' if reached else 'MISSED'}", flush=True)
        tell(idle(site, idle_seconds))
        tell(crowd(site))
        site.broker.kill()
        tell(rates(site, seconds))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(*map(float, sys.argv[1:3])))
