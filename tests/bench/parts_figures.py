#!/usr/bin/python3
"""What a large part must reach, in one run: name, value, goal, a line each; the exit status is that of the goals.

    LT_BUILD_DIR=build/release /usr/bin/python3 tests/bench/parts_figures.py [MIB [SECONDS]]

A part of MIB (1024) goes from one adapter's system to another's, by loopback and CURVE: uploaded, brought, fetched; it lies on three disks
then, so it is held against the time in which dd writes and syncs the same bytes three times. Beside parts under way, envelopes of 2 KiB
are posted at a pace, and it is seen how long each takes until it is admitted, with and without, for SECONDS (10) each.
"""
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "lib"))
import officetime  # noqa: E402
from deployment import Deployment  # noqa: E402
from office import DEPARTMENT, DISTRICT, Case  # noqa: E402
from pytus import Uploads  # noqa: E402

PACE_S = 0.03
DAY = f"{officetime.now():%Y%m%d}"
failed = []


def figure(name, value, unit, goal=None, holds=True):
    print(f"{name}\t{value:.6g}\t{unit}\t{goal if goal is not None else ''}", flush=True)
    if not holds:
        failed.append(name)


def resident(process):
    for line in open(f"/proc/{process.pid}/status"):
        if line.startswith("RssAnon"):
            return int(line.split()[1]) / 1024
    return 0


def write_thrice(folder, mib):
    begun = time.monotonic()
    for i in range(3):
        subprocess.run(["dd", f"if={folder}/source", f"of={folder}/dd-{i}", "bs=1M", f"count={mib}", "conv=fsync"],
                       check=True, capture_output=True)
    took = time.monotonic() - begun
    for i in range(3):
        (folder / f"dd-{i}").unlink()
    return took


def make_source(path, mib, seed):
    """Other bytes each time, and no time lost in making them."""
    block = bytes((seed + i) % 251 for i in range(1 << 20))
    with open(path, "wb") as out:
        for i in range(mib):
            out.write(i.to_bytes(8, "big") + seed.to_bytes(8, "big") + block[16:])


class Cases:
    def __init__(self, site):
        self.site, self.number = site, 0

    def next(self):
        self.number += 1
        return Case(self.site, f"{DISTRICT}-{DAY}-{self.number:07d}")


def carry(site, cases, path):
    """Until the receiver's system has the item. Seconds."""
    case = cases.next()
    case.open()
    begun = time.monotonic()
    digest = Uploads(site.api(DISTRICT)).bring_file(path)
    offer = case.post(DISTRICT, "FORWARD", [DEPARTMENT], parts=[{"sha256": digest, "name": "scan.pdf", "media_type": "application/pdf"}])
    case.item(DEPARTMENT, offer, timeout=600)
    return time.monotonic() - begun


def admissions(site, cases, seconds):
    """Milliseconds of each, sorted."""
    took, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        begun = time.monotonic()
        case = cases.next()
        sent = case.post(DISTRICT, "OPEN", [DISTRICT], procedure="1.010828", procedure_version=1, body={"x": "x" * 2000})
        site.api(DISTRICT).call("GET", f"/v1/envelopes/{sent}?wait=30&until=decided")
        took.append((time.monotonic() - begun) * 1000)
        time.sleep(max(0, PACE_S - (time.monotonic() - begun)))
    return sorted(took)


def p99(values):
    return values[int(len(values) * 0.99)]


def main():
    mib = int(sys.argv[1]) if len(sys.argv) > 1 else 1024
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 10
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        folder = pathlib.Path(folder)
        with Deployment(folder / "s") as site:
            site.start_broker()
            for code in (DISTRICT, DEPARTMENT):
                site.start_adapter(code)
            cases = Cases(site)
            make_source(folder / "source", mib, 1)
            raw = write_thrice(folder, mib)
            took = carry(site, cases, folder / "source")
            for name, process in (("broker", site.broker), ("sender", site.adapters[DISTRICT]), ("receiver", site.adapters[DEPARTMENT])):
                most = resident(process)
                figure(f"parts.rss_{name}", most, "MiB", 64 + 4, most <= 64 + 4)
            figure("parts.dd_three_times", raw, "s")
            figure("parts.carried", took, "s", f"{2 * raw:.3g}", took <= 2 * raw)
            figure("parts.rate", mib / took, "MiB/s")
            alone = p99(admissions(site, cases, seconds))
            stop = threading.Event()

            def keep_carrying():
                for seed in range(2, 1000):
                    make_source(folder / "more", min(mib, 256), seed)
                    if stop.is_set():
                        return
                    carry(site, more, folder / "more")

            more = Cases(site)
            more.number = 900000
            carrier = threading.Thread(target=keep_carrying)
            carrier.start()
            beside = p99(admissions(site, cases, seconds))
            stop.set()
            carrier.join()
            figure("parts.admission_p99_alone", alone, "ms")
            figure("parts.admission_p99_beside", beside, "ms", f"{4 * alone:.3g}", beside <= 4 * alone)
    if failed:
        print("missed: " + ", ".join(failed), file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
