"""The command line of lienthong-conform: which stories are told to which program, and what is printed of it."""
import argparse
import concurrent.futures
import pathlib
import shutil
import tempfile

import adapter_checks
import broker_checks
import judge_vectors
import receive_checks
from adapter_checks import Story
from program import Program
from suite import Suite
from world import World

SIDE_BY_SIDE = 6  # stories at once: they mostly wait
SECTION = {"header": "3", "signature": "4", "link": "1", "proof": "5 Proof", "merkle": "6", "leaf": "6 The receipt"}


def vectors(suite, world, command, folder, what):
    """A program that offers it judges each vector."""
    program = Program(command, world.adapter_folder(folder, "tcp://127.0.0.1:9"))
    try:
        offers = program.start().get("offers", [])
        for kind in what:
            name = f"vectors.{kind}"
            if "vectors" not in offers and name not in offers:
                suite.put(name, skipped="the program does not offer it")
                continue
            wrong = []
            for one in judge_vectors.entries():
                if one["what"] == kind:
                    said = program.order("judge", folder=str(judge_vectors.VECTORS), **one).get("reason")
                    wrong += [f"{one['name']}: {said}, not {one['expect']}"] if said != one["expect"] else []
            suite.put(name, "\n".join(wrong[:20]) if wrong else None)
    except Exception as fault:  # noqa: BLE001: likewise
        suite.put(f"vectors.{what[0]}", str(fault))
    finally:
        program.kill()


def wanted(only):
    """The stories in which one of the checks is told."""
    stories = adapter_checks.STORIES + receive_checks.STORIES
    return [(story, parts) for story, parts in stories if not only or any(name.startswith(parts) for name in only)]


def tell(suite, world, command, folder, story, parts):
    with Story(suite, world, command, folder / story.__name__) as told:
        try:
            story(told)
        except Exception as fault:  # noqa: BLE001: whatever a broken program leads to is its fault
            own = [name for name in suite.checks if name.startswith(parts)]
            suite.put(next((name for name in own if name not in suite.results), own[0]), f"{story.__name__}: {type(fault).__name__}: {fault}")


def check_adapter(suite, world, command, folder, only):
    """Each story has a broker and a folder of its own, so they are told side by side."""
    stories = wanted(only)
    parts = tuple(part for _, parts in stories for part in parts)
    for check in adapter_checks.CHECKS + receive_checks.CHECKS:
        if check[0].startswith(parts):
            suite.declare(*check)
    what = [kind for kind in SECTION if not only or f"vectors.{kind}" in only]
    for kind in what:
        suite.declare(f"vectors.{kind}", SECTION[kind], f"the vectors of `{kind}` are judged as they say")
    with concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        runs = [pool.submit(tell, suite, world, command, folder, *story) for story in stories]
        if what:
            runs.append(pool.submit(vectors, suite, world, command, folder / "vectors", what))
        for run in runs:
            run.result()


def own_reader():
    """The judge is judged before a whole run: by the vectors, which were not made by it."""
    return [one["name"] for one in judge_vectors.entries() if judge_vectors.judge(one) != one["expect"]]


def main():
    parser = argparse.ArgumentParser(prog="lienthong-conform", description="Is this an adapter, or a broker, of the link of lienthong?")
    parser.add_argument("--junit", metavar="FILE", help="also write the outcome as JUnit XML")
    parser.add_argument("--only", action="append", default=[], metavar="CHECK", help="the story of this check alone")
    parser.add_argument("--keep", metavar="DIR", help="keep the folders of the runs there, with the logs")
    parser.add_argument("--list", action="store_true", help="print the checks and where they stand in SPEC.md")
    parser.add_argument("what", nargs="?", choices=["adapter", "broker"])
    parser.add_argument("command", nargs=argparse.REMAINDER, help="adapter: the program and its words; broker: its folder")
    args = parser.parse_args()
    suite = Suite()
    if args.list:
        for check in adapter_checks.CHECKS + receive_checks.CHECKS + broker_checks.CHECKS:
            suite.declare(*check)
            print(f"{check[0]}\t{suite.place(suite.checks[check[0]])}\t{check[2]}")
        return 0
    if not args.what or not args.command:
        parser.error("adapter COMMAND..., or broker FOLDER")
    known = [check[0] for check in adapter_checks.CHECKS + receive_checks.CHECKS] + [f"vectors.{kind}" for kind in SECTION]
    for name in args.only:
        if name not in known or args.what == "broker":
            parser.error(f"{name} is no check of an adapter: --list")
    if args.what == "adapter" and not shutil.which(args.command[0]):
        parser.error(f"{args.command[0]} is no program")
    if args.what == "broker" and not pathlib.Path(args.command[0]).exists():
        parser.error(f"{args.command[0]} is neither a folder of a sandbox nor a description")
    if args.keep and pathlib.Path(args.keep).is_dir() and any(pathlib.Path(args.keep).iterdir()):
        parser.error(f"{args.keep} is not empty: an adapter would go on with what an earlier run left there")
    wrong = own_reader() if not args.only else []
    if wrong:
        print(f"Bail out! this program itself misjudges the vectors {', '.join(wrong)}")
        return 70
    with tempfile.TemporaryDirectory(prefix="lienthong-conform-") as made:
        folder = pathlib.Path(args.keep or made)
        if args.what == "broker":
            broker_checks.check_broker(suite, args.command[0])
        else:
            check_adapter(suite, World(folder / "world"), args.command, folder, args.only)
    for line in suite.tap():
        print(line)
    if args.junit:
        suite.junit(args.junit, f"lienthong-conform {args.what}")
    return 1 if suite.faults() else 0
