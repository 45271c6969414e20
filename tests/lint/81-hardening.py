"""What the compiler and the linker can do against a fault that is still in a program, seen in the programs as they were built."""
import os
import pathlib
import platform
import re
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("LT_BUILD_DIR") or ROOT / "build" / "release")
PROGRAMS = ("lienthong-broker", "lienthong-adapter", "lienthong", "lienthong-form")


def said(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"}).stdout


def cache(name):
    return re.search(rf"^{name}:\w+=(.*)$", (BUILD / "CMakeCache.txt").read_text(), re.M).group(1)


@pytest.fixture(params=PROGRAMS)
def program(request):
    if cache("LT_SANITIZE") or cache("CMAKE_BUILD_TYPE") == "Debug":
        pytest.skip("a build that looks for itself")
    path = BUILD / "bin" / request.param
    assert path.exists()
    return path


def test_a_program_may_lie_anywhere_and_its_tables_are_read_only(program):
    assert "DYN (Position-Independent Executable file)" in said("readelf", "-hW", program)
    segments = said("readelf", "-lW", program)
    assert "GNU_RELRO" in segments
    assert re.search(r"GNU_STACK.* RW +0x", segments)
    assert "BIND_NOW" in said("readelf", "-dW", program)


def test_calls_know_the_size_of_what_they_write_to(program):
    names = said("nm", "-D", "--undefined-only", program)
    assert "__stack_chk_fail" in names
    assert [name for name in names.split() if re.match(r"__(?!stack_chk)\w+_chk\b", name)]


@pytest.mark.skipif(platform.machine() != "x86_64", reason="an instruction of this machine")
def test_calls_end_where_functions_begin(program):
    code = said("objdump", "-d", "--disassemble=main", program)
    assert re.search(r"<main>:\n.*endbr64", code), code[:400]
