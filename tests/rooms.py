#!/usr/bin/python3
"""The walls of the house: the table of rooms in CMakeLists.txt against includes and against the symbols of the built archives.

usage: rooms.py [--root DIR] [--archives DIR] [--write]

Prints the table and each breach, and exits 1 when there is one. --archives: the folder of liblt_*.a (build/KIND/rooms); without it
the newest below build/. --write puts the picture into docs/architecture.md."""
import argparse
import pathlib
import re
import subprocess
import sys

# Which room a public header speaks for.
PUBLIC = {"base": "base", "reason": "base", "time": "base", "code": "wire", "envelope": "wire", "identity": "identity",
          "merkle": "base", "directory": "directory", "link": "link"}
BEGIN, END = "<!-- rooms: written by ./dev rooms --write -->", "<!-- end of rooms -->"


class Room:
    def __init__(self, name, folder, uses):
        self.name, self.folder, self.uses = name, folder, uses
        self.seen = {}  # room -> a place that shows the arrow


def read_table(root):
    text = (root / "CMakeLists.txt").read_text()
    rooms = {}
    for name, folder, rest in re.findall(r"^room\((\w+)\s+(\S+)([^)]*)\)", text, flags=re.M):
        words = rest.split()
        uses = []
        if "USES" in words:
            uses = words[words.index("USES") + 1:]
            uses = uses[:uses.index("PACKAGES")] if "PACKAGES" in uses else uses
        rooms[name] = Room(name, folder, uses)
    return rooms


def check_order(rooms):
    """A room may use what stands above it in the table: so there is no circle."""
    above = set()
    for room in rooms.values():
        for used in room.uses:
            if used not in rooms:
                yield f"CMakeLists.txt: {room.name} uses {used}, which is no room"
            elif used not in above:
                yield f"CMakeLists.txt: {room.name} uses {used}, which stands below it: a circle, or the wrong order"
        above.add(room.name)


def room_of(rooms, path):
    """The room of a file by its folder; folders within a room belong to it."""
    return next((room for room in rooms.values() if path.startswith(room.folder + "/")), None)


def resolve(root, room, name):
    """Where a quoted include leads: the room's own floor first, then those of the others."""
    floors = [str(pathlib.PurePath(room.folder).parent), "lib", "."]
    for floor in floors:
        path = (root / floor / name)
        if path.exists():
            return str(path.relative_to(root))
    return None


def check_include(root, rooms, room, path, name):
    """One quoted include; gives breaches, notes the arrow."""
    own = str(pathlib.PurePath(path).parent)
    if "/" not in name:
        if not (root / own / name).exists() and not name.endswith(".pb-c.h"):
            yield f"{path}: \"{name}\" is not in this folder; an include of another room names the room"
        return
    target = resolve(root, room, name)
    other = room_of(rooms, target) if target else None
    if not other:
        yield f"{path}: \"{name}\" leads to no room"
        return
    if name.endswith("_internal.h") and other is not room:
        yield f"{path}: \"{name}\" is internal to {other.name}"
    if other is not room:
        room.seen.setdefault(other.name, f"{path} includes \"{name}\"")


def check_includes(root, rooms):
    for room in rooms.values():
        for file in sorted((root / room.folder).rglob("*.[ch]")):
            path, text = str(file.relative_to(root)), file.read_text()
            for name in re.findall(r'^#include "([^"]+)"', text, flags=re.M):
                yield from check_include(root, rooms, room, path, name)
            for name in re.findall(r"^#include <lienthong/(\w+)\.(?:h|def)>", text, flags=re.M):
                other = PUBLIC.get(name)
                if other and other != room.name:
                    room.seen.setdefault(other, f"{path} includes <lienthong/{name}.h>")


def symbols(archive):
    """(defined, undefined as name -> object) of an archive."""
    out = subprocess.run(["nm", "-A", "-g", str(archive)], capture_output=True, text=True, check=True).stdout
    defined, undefined = {}, {}
    for line in out.splitlines():
        place, _, rest = line.rpartition(": ")[0], None, line.split()
        kind, name = rest[-2], rest[-1]
        item = line.split(":")[1]
        (undefined if kind == "U" else defined).setdefault(name, item)
        del place
    return defined, undefined


def check_symbols(rooms, archives):
    known, owner, needs = {}, {}, {}
    for room in rooms.values():
        archive = archives / f"liblt_{room.name}.a"
        if not archive.exists():
            yield f"{archive} is not there: build first"
            continue
        known[room.name], needs[room.name] = symbols(archive)
        for name in known[room.name]:
            if name in owner:
                yield f"{name} is defined in {owner[name]} and in {room.name}"
            owner[name] = room.name
    for room in rooms.values():
        for name, item in needs.get(room.name, {}).items():
            other = owner.get(name)
            if other and other != room.name:
                room.seen.setdefault(other, f"{item} calls {name}")
                if other not in room.uses:
                    yield f"{room.folder}: {item} calls {name} of {other}, which {room.name} may not use"


def check_arrows(rooms):
    for room in rooms.values():
        for other, place in room.seen.items():
            if other not in room.uses and "includes" in place:
                yield f"{place}: {room.name} may not use {other}"
        for used in room.uses:
            if used not in room.seen:
                yield f"CMakeLists.txt: {room.name} uses {used}, but nothing in it does"


def check_tables(root):
    """A table of the store is touched by one file: its owner. STORE itself and the tools work on all of them alike."""
    header = root / "broker/store/store.h"
    if not header.exists():
        return
    body = re.search(r"enum store_table \{(.*?)\}", header.read_text(), flags=re.S)
    for table in re.findall(r"\b(STORE_[A-Z]+)\b", body.group(1)):
        if table == "STORE_TABLES":
            continue
        owners = [str(f.relative_to(root)) for f in sorted((root / "broker").rglob("*.c"))
                  if f.parent.name != "store" and re.search(rf"\b{table}\b", f.read_text())]
        if len(owners) != 1:
            yield f"{table} is touched by {len(owners)} files, its owner should be one: {' '.join(owners)}"


def floors_of(rooms):
    """How high a room stands: one above the highest that it uses."""
    height = {}
    for room in rooms.values():
        height[room.name] = 1 + max((height.get(u, 0) for u in room.uses), default=0)
    return height


def picture(rooms):
    """One line a room, grouped by the part of the house, in the order of the table."""
    height = floors_of(rooms)
    lines = ["```"]
    part = None
    for room in reversed(list(rooms.values())):
        if (top := room.folder.split("/")[0]) != part:
            part = top
            lines.append(f"{part}/")
        base = [u for u in room.uses if rooms[u].folder.split("/")[0] == part]
        below = [u for u in room.uses if u not in base]
        text = "  ".join(filter(None, (" ".join(base), f"| {' '.join(below)}" if below else "")))
        lines.append(f"  {height[room.name]:2} {room.name:14} -> {text or '-'}")
    return "\n".join([*lines, "```"])


def check_picture(root, rooms, write):
    page = root / "docs/architecture.md"
    if not page.exists():
        return
    text = page.read_text()
    if BEGIN not in text:
        yield "docs/architecture.md has no place for the picture of the rooms"
        return
    now = re.sub(re.escape(BEGIN) + ".*?" + re.escape(END), lambda _: f"{BEGIN}\n{picture(rooms)}\n{END}", text, flags=re.S)
    if now != text and write:
        page.write_text(now)
    elif now != text:
        yield "docs/architecture.md: the picture of the rooms is not of today; run ./dev rooms --write"


def newest(root):
    found = sorted(root.glob("build/*/rooms"), key=lambda p: max((f.stat().st_mtime for f in p.glob("*.a")), default=0))
    return found[-1] if found else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--archives", type=pathlib.Path)
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    root, archives = options.root.resolve(), options.archives or newest(options.root)
    rooms = read_table(root)
    breaches = [*check_order(rooms), *check_includes(root, rooms)]
    if archives:
        breaches += check_symbols(rooms, archives)
    else:
        breaches.append("nothing is built, so the symbols were not looked at: ./dev build")
    breaches += [*check_arrows(rooms), *check_tables(root), *check_picture(root, rooms, options.write)]
    print(picture(rooms).strip("`").strip())
    for breach in breaches:
        print(breach)
    print(f"rooms: {len(rooms)} rooms, {sum(len(r.uses) for r in rooms.values())} arrows, {len(breaches)} breaches")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
