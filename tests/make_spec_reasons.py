#!/usr/bin/python3
"""Writes the table of reasons of proto/SPEC.md from sdk/include/lienthong/reason.def: run it after a change there."""
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent
MARK = "| number | name | retry | meaning |\n| --- | --- | --- | --- |\n"

rows = re.findall(r'^LT_REASON\((\w+), (\d+), (true|false), "(.*)",$', (ROOT / "sdk/include/lienthong/reason.def").read_text(), flags=re.M)
spec = ROOT / "proto/SPEC.md"
head = spec.read_text().split(MARK)[0]
table = "".join(f"| {n} | `{name}` | {'yes' if retry == 'true' else 'no'} | {text} |\n" for name, n, retry, text in rows)
spec.write_text(head + MARK + table)
