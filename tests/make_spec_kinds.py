#!/usr/bin/python3
"""Writes the table of kinds of proto/SPEC.md from lib/wire/kind.def: run it after a change there."""
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/lib"))
from kindlist import BEGIN, END, spec_table  # noqa: E402

spec = ROOT / "proto/SPEC.md"
head, rest = spec.read_text().split(BEGIN)
spec.write_text(head + BEGIN + spec_table() + END + rest.split(END)[1])
