#!/usr/bin/python3
"""Each way in which adapters/python_adapter.py can be broken is caught by the check of its name; whole, it passes all. Exits 1 otherwise.
usage: caught.py [--core | FAULT...]"""
import concurrent.futures
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(HERE.parent / "lib"), str(HERE), str(HERE / "adapters")]
import broker  # noqa: E402
import command  # noqa: E402
from faults import CORE, FAULTS  # noqa: E402
from suite import Suite  # noqa: E402
from world import World  # noqa: E402

PROGRAM = [sys.executable, str(HERE / "adapters/python_adapter.py")]
AT_ONCE = 6  # they mostly wait


def main():
    names = CORE if sys.argv[1:] == ["--core"] else sys.argv[1:] or list(FAULTS)
    broker.PATIENCE[0] = 10.0  # what a fault keeps from happening is waited for
    missed = 0
    with tempfile.TemporaryDirectory(prefix="lienthong-caught-") as folder:
        folder = pathlib.Path(folder)
        world = World(folder / "world")

        whole = Suite()  # a fault that is caught says something of a program that is whole without it
        command.check_adapter(whole, world, PROGRAM, folder / "whole", [FAULTS[name][1] for name in names])
        if whole.faults():
            print("MISSED\twithout a fault it breaks", *whole.faults())
            return 1

        def run(name):
            suite = Suite()
            command.check_adapter(suite, world, [*PROGRAM, "--fault", name], folder / name, [FAULTS[name][1]])
            return name, FAULTS[name][1], suite.faults()

        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            for name, check, faults in pool.map(run, names):
                missed += check not in faults
                print(f"{'ok' if check in faults else 'MISSED'}\t{name}: {FAULTS[name][0]}\t{' '.join(faults)}")
    print(f"{len(names) - missed} of {len(names)} are caught by the check that is named")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
