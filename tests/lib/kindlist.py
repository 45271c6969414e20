"""lib/wire/kind.def and lib/record/clock.def as Python sees them, and the table of kinds as proto/SPEC.md prints it."""
import collections
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
REQUIRED, OPTIONAL, UNLESS_YES, LATER = "required", "optional", "unless_yes", "later"

Kind = collections.namedtuple("Kind", "name rule number sender recipients custody full what has")
Has = collections.namedtuple("Has", "presence text")


def _text(path):
    return re.sub(r"/\*.*?\*/", "", (ROOT / path).read_text(), flags=re.S)


def kinds():
    """Every row of kind.def, in its order; `has` maps a field of the header to (presence, what it says here)."""
    rows = []
    text = _text("lib/wire/kind.def")
    for row in re.findall(r"^LT_KIND\((.*?)\)$", text, flags=re.S | re.M):
        head = re.match(r'(\w+), (\w+), (\d+), (\w+), (\d+), (\w+), (\w+),\s+"([^"]*)",', row)
        has = {field: Has(presence.lower(), words)
               for presence, field, words in re.findall(r'LT_(REQUIRED|OPTIONAL|UNLESS_YES|LATER)\((\w+), "([^"]*)"\)', row)}
        name, rule, number, sender, recipients, custody, full, what = head.groups()
        rows.append(Kind(name, rule, int(number), sender, int(recipients), custody, full, what, has))
    assert len(rows) == text.count("LT_KIND("), "a row of kind.def that cannot be read"
    return rows


def later_kinds():
    """Name -> (number, what) of each kind that the formats have and the rules do not yet."""
    text = _text("lib/wire/kind.def")
    rows = {name: (int(number), what)
            for name, number, what in re.findall(r'^LT_KIND_LATER\((\w+), (\d+), \w+, "([^"]*)"\)$', text, flags=re.M)}
    assert len(rows) == text.count("\nLT_KIND_LATER("), "a row of kind.def that cannot be read"
    return rows


def clocks():
    """Name -> number of each event in clock.def."""
    text = _text("lib/record/clock.def")
    rows = {name: int(number) for name, number in re.findall(r"^LT_CLOCK\((\w+), \w+, (\d+),", text, flags=re.M)}
    assert len(rows) == text.count("LT_CLOCK("), "a row of clock.def that cannot be read"
    return rows


# ---------------------------------------------------------------- the table of SPEC.md

BEGIN, END = "<!-- kinds: written by tests/make_spec_kinds.py -->\n", "<!-- end of kinds -->"
FULL = {"REFUSED": "refused", "BARE": "with parts", "TAKEN": ""}
HEAD = ("| kind | `to` | what the sender does | `in_reply_to` names | reason | more | offers | disk full |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- |\n")
MARKS = {REQUIRED: "*r*", OPTIONAL: "*o*", UNLESS_YES: "*o*, *r* when `agree` is 2 or 3", LATER: "*l*"}
WITH = {"procedure": "`procedure`, `procedure_version`"}


def _cell(kind, field):
    if field not in kind.has:
        return ""
    presence, text = kind.has[field]
    mark = "" if presence == REQUIRED and field == "in_reply_to" and text else MARKS[presence]
    return f"{mark}: {text}" if mark and text else mark or text


def spec_table():
    out = HEAD
    for kind in kinds():
        more = [f"{MARKS[has.presence]} {WITH.get(field, f'`{field}`')}" + (f": {has.text}" if has.text else "")
                for field, has in kind.has.items() if field not in ("branch", "in_reply_to", "reason")]
        to = "1" if kind.recipients == 1 else f"1..{kind.recipients}"
        out += (f"| {kind.number} {kind.name} | {to} | {kind.what} | {_cell(kind, 'in_reply_to')} | {_cell(kind, 'reason')} | "
                f"{'; '.join(more)} | {'yes' if kind.custody == 'OFFERS' else ''} | {FULL[kind.full]} |\n")
    for name, (number, what) in later_kinds().items():
        out += f"| {number} {name}, *l* | | {what} | | | | | |\n"
    return out.replace("|  |", "| |").replace("|  |", "| |")
