#!/usr/bin/python3
"""The walls of the house: the table of rooms in CMakeLists.txt against includes and against the symbols of the built archives.

usage: rooms.py [--root DIR] [--archives DIR] [--write | --dot]

Prints the picture and each breach with the check that found it, and exits 1 when there is one. --archives: the folder of liblt_*.a
(build/KIND/rooms); without it the newest below build/. --write puts the picture into the pages of PICTURED; --dot prints it for
graphviz instead, and checks nothing.

Checks: order (no circle in the table), includes, symbols (calls that no include shows), arrows (the table says no more than is so),
tables (a table of the store is touched by one file), headers and names (no name twice), folders (their size), picture."""
import argparse
import functools
import itertools
import pathlib
import re
import subprocess
import sys
from collections import defaultdict

from source import strip

# Which room a public header speaks for.
PUBLIC = {"base": "base", "kind": "wire", "reason": "base", "sentence": "base", "text": "base", "time": "base", "merkle": "base",
          "code": "wire", "envelope": "wire", "dossier": "wire",
          "receipt": "wire", "ledger": "wire", "identity": "identity", "directory": "directory", "link": "link"}
PICTURED = ("docs/architecture.md", "docs/vi/architecture.md")
BEGIN, END = "<!-- rooms: written by ./dev rooms --write -->", "<!-- end of rooms -->"
FOLDER_FILES = 40
# The system's calls that a room of ours stands before: whoever calls them means the system's.
INTERPOSED = {"accept4", "close", "recv", "send"}


class Room:
    def __init__(self, name, folder, uses):
        self.name, self.folder, self.uses = name, folder, uses
        self.part = folder.split("/")[0]              # lib, law, broker, ...
        self.floor = str(pathlib.PurePath(folder).parent)  # where its includes begin
        self.includes, self.calls = {}, {}            # room -> a place that shows the arrow

    def files(self, root, pattern="*.[ch]"):
        return sorted((root / self.folder).rglob(pattern))


def read_table(root):
    """The rooms by name, in the order of the table."""
    rooms = {}
    for name, folder, rest in re.findall(r"^room\((\w+)\s+(\S+)([^)]*)\)", (root / "CMakeLists.txt").read_text(), flags=re.M):
        uses = re.search(r"\bUSES\b([^)]*?)(?:\bPACKAGES\b|$)", rest, flags=re.S)
        rooms[name] = Room(name, folder, uses.group(1).split() if uses else [])
    return rooms


def path_to(rooms, start, goal):
    """A way from room to room along the table, or None."""
    ways = [[start]]
    seen = {start}
    while ways:
        way = ways.pop(0)
        if way[-1] == goal:
            return way
        for used in rooms[way[-1]].uses:
            if used in rooms and used not in seen:
                seen.add(used)
                ways.append([*way, used])
    return None


def check_order(rooms):
    """A room may use what stands above it in the table: so there is no circle."""
    above = set()
    for room in rooms.values():
        for used in room.uses:
            if used not in rooms:
                yield f"CMakeLists.txt: {room.name} uses {used}, which is no room"
            elif back := path_to(rooms, used, room.name):
                yield f"CMakeLists.txt: a circle: {' -> '.join([room.name, *back])}"
            elif used not in above:
                yield f"CMakeLists.txt: {room.name} uses {used}, which stands below it"
        above.add(room.name)


def room_of(rooms, path):
    """The room of a file by its folder; folders within a room belong to it."""
    return next((room for room in rooms.values() if path.startswith(room.folder + "/")), None)


def resolve(root, rooms, room, name):
    """Where an include that names a room leads: its own floor first, then those of the rooms it uses, then all others."""
    used = [rooms[name].floor for name in room.uses if name in rooms]
    for floor in dict.fromkeys([room.floor, *used, *(other.floor for other in rooms.values())]):
        if (root / floor / name).exists():
            return str((root / floor / name).relative_to(root))
    return None


def check_include(root, rooms, room, path, name):
    """One quoted include; notes the arrow."""
    own = root / pathlib.PurePath(path).parent
    if ".." in pathlib.PurePath(name).parts:
        yield f"{path}: \"{name}\" climbs; an include names the room"
        return
    if "/" not in name:
        if not (own / name).exists() and not name.endswith(".pb-c.h"):
            yield f"{path}: \"{name}\" is not in this folder; an include of another room names the room"
        return
    target = resolve(root, rooms, room, name)
    other = room_of(rooms, target) if target else None
    if not other:
        yield f"{path}: \"{name}\" leads to no room"
    elif root / target == own / pathlib.PurePath(name).name:
        yield f"{path}: \"{name}\" is in this folder, so plain \"{pathlib.PurePath(name).name}\" will do"
    elif other is not room:
        room.includes.setdefault(other.name, f"{path} includes \"{name}\"")
        if other.name not in room.uses:
            yield f"{path}: \"{name}\" is of {other.name}, which {room.name} may not use"
        if name.endswith("_internal.h"):
            yield f"{path}: \"{name}\" is internal to {other.name}"


def check_public_include(rooms, room, path, name):
    other = PUBLIC.get(name)
    if not other:
        yield f"{path}: <lienthong/{name}.h> speaks for no room: PUBLIC in tests/rooms.py has to name it"
    elif other != room.name and other in rooms:
        room.includes.setdefault(other, f"{path} includes <lienthong/{name}.h>")
        if other not in room.uses:
            yield f"{path}: <lienthong/{name}.h> is of {other}, which {room.name} may not use"


def check_includes(root, rooms):
    for room in rooms.values():
        for file in room.files(root):
            path, text = str(file.relative_to(root)), file.read_text()
            for name in re.findall(r'^\s*#\s*include\s*"([^"]+)"', text, flags=re.M):
                yield from check_include(root, rooms, room, path, name)
            for name in re.findall(r"^\s*#\s*include\s*<lienthong/(\w+)\.(?:h|def)>", text, flags=re.M):
                yield from check_public_include(rooms, room, path, name)


@functools.cache
def symbols(archive):
    """(what an archive defines, what it needs), each name -> object file. A file is read once."""
    out = subprocess.run(["nm", "-A", "-g", "-P", str(archive)], capture_output=True, text=True, check=True).stdout
    defined, needed = {}, {}
    for item, name, kind in re.findall(r"\[([^\]]+)\]: (\S+) (\S)", out):
        (needed if kind in "Uwv" else defined).setdefault(name, item)
    return defined, needed


def check_symbols(rooms, archives):
    owner, needs = {}, {}
    for room in rooms.values():
        archive = archives / f"liblt_{room.name}.a"
        if not archive.exists():
            yield f"{archive} is not there: ./dev build"
            continue
        defined, needs[room.name] = symbols(archive.resolve())
        for name in defined.keys() - INTERPOSED:
            if name in owner:
                yield f"{name} is defined in {owner[name]} and in {room.name}"
            owner[name] = room.name
    for room in rooms.values():
        for name, item in needs.get(room.name, {}).items():
            other = owner.get(name, room.name)
            if other != room.name:
                room.calls.setdefault(other, f"{item} calls {name}")
                if other not in room.uses:
                    yield f"{room.folder}: {item} calls {name} of {other}, which {room.name} may not use"


def check_arrows(rooms):
    """The table allows nothing that no file needs."""
    for room in rooms.values():
        for used in room.uses:
            if used not in room.includes and used not in room.calls:
                yield f"CMakeLists.txt: {room.name} uses {used}, but nothing in it does"


def check_tables(root):
    """A table of the store is touched by one file outside STORE: its owner. Who goes through all of them alike names none."""
    header = root / "broker/store/store.h"
    body = re.search(r"enum store_table \{(.*?)\}", header.read_text(), flags=re.S) if header.exists() else None
    if not body:
        yield "broker/store/store.h: enum store_table is not there"
        return
    texts = {str(f.relative_to(root)): strip(f.read_text()) for f in sorted((root / "broker").rglob("*.[ch]")) if f.parent.name != "store"}
    for table in re.findall(r"\b(STORE_[A-Z]+)\b", strip(body.group(1))):
        owners = [path for path, text in texts.items() if re.search(rf"\b{table}\b", text)]
        if table != "STORE_TABLES" and len(owners) != 1:
            yield f"{table} is touched by {len(owners)} files, its owner should be one: {' '.join(owners)}"


def check_headers(root, rooms):
    """Two headers of one name in two rooms that one room may both use: an include that changes its meaning with a search path."""
    homes = defaultdict(set)
    for room in rooms.values():
        for file in room.files(root, "*.h"):
            if not file.name.endswith("_internal.h"):
                homes[file.name].add(room.name)
    for name, those in sorted(homes.items()):
        for one, two in itertools.combinations(sorted(those), 2):
            users = [room.name for room in rooms.values() if {one, two} <= {room.name, *room.uses}]
            if users:
                yield f"{name} stands in {rooms[one].folder} and in {rooms[two].folder}; may use both: {' '.join(users)}"


def check_names(root, rooms):
    """A struct, an enum or a union is defined once in the tree, and so is its name."""
    places = defaultdict(list)
    public = sorted((root / "sdk").rglob("*.[ch]"))
    for file in itertools.chain(*(room.files(root) for room in rooms.values()), public):
        for tag in re.findall(r"\b(?:struct|enum|union)\s+(\w+)\s*\{", strip(file.read_text())):
            places[tag].append(str(file.relative_to(root)))
    for tag, files in sorted(places.items()):
        if len(files) > 1:
            yield f"{tag} is defined {len(files)} times: {' '.join(sorted(files))}"


def check_folders(root, rooms):
    parts = {room.part for room in rooms.values()} | {"sdk", "tests"}
    count = defaultdict(int)
    for part in parts:
        for file in (root / part).rglob("*.[ch]"):
            count[str(file.parent.relative_to(root))] += 1
    for folder, files in sorted(count.items()):
        if files > FOLDER_FILES:
            yield f"{folder} holds {files} source files, the limit is {FOLDER_FILES}"


def heights_of(rooms):
    """How high a room stands: one above the highest that it uses."""
    height = {}
    for room in rooms.values():
        height[room.name] = 1 + max((height.get(used, 0) for used in room.uses), default=0)
    return height


def picture(rooms):
    """A line a room, the highest first: its floor, what it uses of its own part of the house, and what below that, nearest first."""
    height = heights_of(rooms)
    order = list(rooms)
    lines, part = ["```"], None
    rows = []
    for room in reversed(rooms.values()):
        uses = sorted((used for used in room.uses if used in rooms), key=order.index, reverse=True)
        own = [used for used in uses if rooms[used].part == room.part]
        rows.append((room, " ".join(own), " ".join(used for used in uses if used not in own)))
    wide = max(len(own) for _, own, _ in rows)
    for room, own, below in rows:
        if room.part != part:
            lines += [""] * (part is not None) + [f"{room.part}/"]
            part = room.part
        lines.append(f"{height[room.name]:4}  {room.name:13} -> {own:{wide}} | {below}".rstrip(" |->"))
    return "\n".join([*lines, "```"])


def dot(rooms):
    """The same for graphviz; an arrow that follows from two others is left out."""
    lines = ["digraph rooms {", "  rankdir=TB; node [shape=box];"]
    for part in dict.fromkeys(room.part for room in rooms.values()):
        inside = " ".join(room.name + ";" for room in rooms.values() if room.part == part)
        lines.append(f"  subgraph \"cluster_{part}\" {{ label=\"{part}/\"; {inside} }}")
    for room in rooms.values():
        for used in room.uses:
            if not any(path_to(rooms, other, used) for other in room.uses if other != used):
                lines.append(f"  {room.name} -> {used};")
    return "\n".join([*lines, "}"])


def check_picture(root, rooms, write=False):
    for name in PICTURED:
        page = root / name
        text = page.read_text() if page.exists() else ""
        if BEGIN not in text or END not in text:
            yield f"{name} has no place for the picture of the rooms"
            continue
        now = re.sub(re.escape(BEGIN) + ".*?" + re.escape(END), lambda _: f"{BEGIN}\n{picture(rooms)}\n{END}", text, flags=re.S)
        if now != text and write:
            page.write_text(now)
        elif now != text:
            yield f"{name}: the picture of the rooms is not of today; run ./dev rooms --write"


def newest(root):
    """The archives that were built last, or None."""
    found = sorted(root.glob("build/*/rooms"), key=lambda p: max((f.stat().st_mtime for f in p.glob("*.a")), default=0))
    return found[-1] if found else None


def breaches(root, rooms, archives, write=False):
    """Every breach, with the check's name before it. Without archives what only they can show is left out."""
    checks = [("order", check_order(rooms)), ("includes", check_includes(root, rooms))]
    if archives:
        checks += [("symbols", check_symbols(rooms, archives)), ("arrows", check_arrows(rooms))]
    checks += [("tables", check_tables(root)), ("headers", check_headers(root, rooms)), ("names", check_names(root, rooms)),
               ("folders", check_folders(root, rooms)), ("picture", check_picture(root, rooms, write))]
    return [f"{name}: {breach}" for name, found in checks for breach in found]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--archives", type=pathlib.Path)
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--dot", action="store_true")
    options = parser.parse_args()
    root = options.root.resolve()
    rooms = read_table(root)
    if options.dot:
        print(dot(rooms))
        return 0
    archives = options.archives or newest(root)
    found = breaches(root, rooms, archives, options.write)
    if not archives:
        found.append("symbols: nothing is built, so they were not looked at: ./dev build")
    print(picture(rooms).strip("`\n"))
    print(*found, sep="\n")
    print(f"rooms: {len(rooms)} rooms, {sum(len(r.uses) for r in rooms.values())} arrows, {len(found)} breaches")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
