"""The walls hold: each way through them, planted in a copy of the sources and archives, is found and named; without it, it is not."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
import rooms  # noqa: E402

BUILD = os.environ.get("LT_BUILD_DIR")
ARCHIVES = pathlib.Path(BUILD) / "rooms" if BUILD else rooms.newest(ROOT)
TABLE = "CMakeLists.txt"
COPIED = ("lib", "law", "sdk", "broker", "agency-adapter", "operator", "docs")


class House:
    """A copy that may be damaged, and is mended afterwards."""

    def __init__(self, folder):
        self.root, self.archives, self.before = folder / "house", folder / "rooms", {}
        for name in COPIED:
            shutil.copytree(ROOT / name, self.root / name)
        shutil.copy(ROOT / "CMakeLists.txt", self.root)
        self.archives.mkdir()
        for archive in ARCHIVES.glob("*.a"):
            (self.archives / archive.name).symlink_to(archive)
        list(rooms.check_picture(self.root, self.table(), write=True))
        self.whole = self.check()

    def check(self):
        return rooms.breaches(self.root, self.table(), self.archives)

    def table(self):
        return rooms.read_table(self.root)

    def source(self, room):
        """Some source of a room, by its path."""
        return str(self.table()[room].files(self.root, "*.c")[0].relative_to(self.root))

    def write(self, path, text):
        file = self.root / path
        self.before.setdefault(file, file.read_text() if file.exists() else None)
        file.write_text(text)

    def change(self, path, pattern, replacement):
        text, count = re.subn(pattern, replacement, (self.root / path).read_text(), count=1, flags=re.M)
        assert count == 1
        self.write(path, text)

    def prepend(self, path, line):
        self.write(path, f"{line}\n{(self.root / path).read_text()}")

    def mend(self):
        for file, text in self.before.items():
            file.unlink() if text is None else file.write_text(text)
        self.before.clear()
        for archive in self.archives.iterdir():
            if not archive.is_symlink():
                archive.unlink()
                if archive.suffix == ".a":
                    archive.symlink_to(ARCHIVES / archive.name)


def wrong_include(house):
    path = house.source("store")
    house.prepend(path, '#include "engine/engine.h"')
    return f'includes: {path}: "engine/engine.h" is of engine, which store may not use'


def include_by_hand_written_prototype(house):
    """No include shows it: a call of a function that the caller has declared himself."""
    name = next(name for name in sorted(rooms.symbols(ARCHIVES / "liblt_engine.a")[0]) if name.startswith("engine_"))
    source, item = house.archives / "planted.c", house.archives / "planted.o"
    source.write_text(f"void {name}(void);\nvoid planted(void);\nvoid planted(void) {{ {name}(); }}\n")
    subprocess.run(["cc", "-c", str(source), "-o", str(item)], check=True)
    archive = house.archives / "liblt_store.a"
    archive.unlink()
    shutil.copy(ARCHIVES / archive.name, archive)
    subprocess.run(["ar", "q", str(archive), str(item)], check=True, capture_output=True)
    return f"symbols: broker/store: planted.o calls {name} of engine, which store may not use"


def circle(house):
    house.change(TABLE, r"^room\(base(\s+)lib/base(\s+)", r"room(base\1lib/base\2USES store ")
    return "order: CMakeLists.txt: a circle: base -> store -> base"


def wrong_order(house):
    line = re.search(r"^room\(store.*\n", (house.root / TABLE).read_text(), flags=re.M).group(0)
    house.change(TABLE, re.escape(line), "")
    house.change(TABLE, r"^(room\(state .*\n)", lambda match: match.group(1) + line)
    return "order: CMakeLists.txt: state uses store, which stands below it"


def arrow_without_need(house):
    house.change(TABLE, r"^(room\(store\s.*?)USES", r"\1USES wire identity")
    return "arrows: CMakeLists.txt: store uses identity, but nothing in it does"


def second_owner_of_a_table(house):
    path = house.source("gate")
    house.prepend(path, "static const int planted = STORE_MAILBOX;")
    return re.compile(rf"tables: STORE_MAILBOX is touched by 2 files, .*\b{re.escape(path)}\b")


def owner_only_in_a_comment(house):
    """A comment owns nothing: the same line in one is no breach, so another has to be found."""
    house.prepend(house.source("gate"), "/* STORE_MAILBOX */")
    return second_owner_of_a_table(house)


def include_of_what_is_internal(house):
    path = house.source("engine")
    house.prepend(path, '#include "journal/journal_internal.h"')
    return f'includes: {path}: "journal/journal_internal.h" is internal to journal'


def include_without_its_room(house):
    path = house.source("engine")
    house.prepend(path, '#include "journal.h"')
    return f'includes: {path}: "journal.h" is not in this folder; an include of another room names the room'


def include_that_climbs(house):
    path = house.source("engine")
    house.prepend(path, '#include "../journal/journal.h"')
    return f'includes: {path}: "../journal/journal.h" climbs; an include names the room'


def include_of_the_own_room_by_name(house):
    path = house.source("store")
    house.prepend(path, '#include "store/store.h"')
    return f'includes: {path}: "store/store.h" is in this folder, so plain "store.h" will do'


def struct_of_the_same_name(house):
    one, two = house.source("store"), house.source("gate")
    for path in (one, two):
        house.prepend(path, "struct planted {\n\tint x;\n};")
    return f"names: planted is defined 2 times: {' '.join(sorted((one, two)))}"


def header_of_the_same_name(house):
    for path in ("broker/store/planted.h", "broker/journal/planted.h"):
        house.write(path, "")
    return re.compile(r"headers: planted\.h stands in broker/journal and in broker/store; may use both: .*\bengine\b")


def crowded_folder(house):
    for number in range(41):
        house.write(f"broker/store/planted_{number}.c", "")
    return re.compile(r"folders: broker/store holds \d+ source files, the limit is 40")


def picture_of_yesterday(house):
    house.change("docs/architecture.md", re.escape(rooms.BEGIN), f"{rooms.BEGIN}\nplanted")
    return "picture: docs/architecture.md: the picture of the rooms is not of today; run ./dev rooms --write"


def has(breaches, message):
    return any(message.match(b) if isinstance(message, re.Pattern) else message == b for b in breaches)


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    return House(tmp_path_factory.mktemp("rooms"))


@pytest.fixture
def house(copy):
    yield copy
    copy.mend()


@pytest.mark.parametrize("plant", [wrong_include, include_by_hand_written_prototype, circle, wrong_order, arrow_without_need,
                                   second_owner_of_a_table, owner_only_in_a_comment, include_of_what_is_internal,
                                   include_without_its_room, include_that_climbs, include_of_the_own_room_by_name,
                                   struct_of_the_same_name, header_of_the_same_name, crowded_folder, picture_of_yesterday],
                         ids=lambda plant: plant.__name__)
def test_each_way_through_a_wall_is_found(house, plant):
    message = plant(house)
    found = house.check()
    assert has(found, message), "\n".join(found)
    assert not has(house.whole, message)


def test_the_copy_is_judged_as_the_house_is(house):
    """So what was found in a copy would have been found here."""
    here = rooms.breaches(ROOT, rooms.read_table(ROOT), ARCHIVES)
    assert [b for b in here if not b.startswith("picture: ")] == house.whole == house.check()


def test_the_command_fails_and_names_the_breach(house):
    message = wrong_include(house)
    run = subprocess.run(["/usr/bin/python3", str(ROOT / "tests/rooms.py"), "--root", str(house.root), "--archives", str(house.archives)],
                         capture_output=True, text=True)
    assert run.returncode == 1 and not run.stderr
    assert message in run.stdout.splitlines()
