#!/usr/bin/python3
"""The catalogue of sentences (lib/base/sentence.def) against itself and against every call of lt_refuse. Run: the next free numbers."""
import pathlib
import re
import subprocess
import sys

DEF = "lib/base/sentence.def"
ROOMS = ("lib", "law", "broker", "agency-adapter")
PARAMETERS_MAX = 8
LITERAL = r'"(?:[^"\\\n]|\\.)*"'
# As lib/base/sentence.c reads them: a conversion of another form would be read otherwise by printf.
CONVERSION = re.compile(r"%(?:%|(?:0\d+)?(?:\.(?:\*|\d+))?(ll|l|z|)([a-zA-Z]))")
FITTING = {"d": ("", "l", "ll"), "u": ("", "l", "ll", "z"), "X": ("", "l", "ll", "z"), "s": ("",), "c": ("",)}
THOUSANDS = (("lib/", 1), ("law/", 2), ("broker/admit/", 3), ("broker/gate/", 3), ("broker/queue/", 3), ("broker/start/", 3),
             ("broker/rules/", 4), ("broker/state/", 4), ("broker/", 5), ("agency-adapter/", 6))


def spoken(literal):
    """What a C literal, without its quotes, says."""
    return re.sub(r"\\(.)", lambda m: {"n": "\n", "t": "\t"}.get(m.group(1), m.group(1)), literal)


def catalogue(root):
    """(number, English, Vietnamese) of each line, and (English, Vietnamese) of each word."""
    text = (root / DEF).read_text()
    one = LITERAL[1:-1]
    lines = re.findall(rf'^SENTENCE\((\d+), "({one})", "({one})"\)$', text, flags=re.M)
    words = re.findall(rf'^SENTENCE_WORD\("({one})", "({one})"\)$', text, flags=re.M)
    counted = len(re.findall(r"^SENTENCE(?:_WORD)?\(", text, flags=re.M))
    return [(int(n), spoken(e), spoken(v)) for n, e, v in lines], [(spoken(e), spoken(v)) for e, v in words], counted


def arguments(text, at):
    """The arguments of the call whose parenthesis was opened before `at`, each as its text."""
    found, start, depth = [], at, 1
    while depth:
        literal = re.compile(LITERAL + r"|'(?:[^'\\]|\\.)+'").match(text, at)
        if literal:
            at = literal.end()
            continue
        if text[at] in "([{":
            depth += 1
        elif text[at] in ")]}":
            depth -= 1
        if depth == 0 or (depth == 1 and text[at] == ","):
            found.append(text[start:at])
            start = at + 1
        at += 1
    return found


def formats(argument):
    """The formats that an argument can be: literals side by side are one, those of a ?: several. None: not only literals."""
    rest = re.sub(LITERAL, "", argument)
    if not re.fullmatch(r"[\s]*|[\w\s>.()\[\]!=&|-]*\?[\s:?\w>.()\[\]!=&|-]*", rest):
        return None
    found = ["".join(re.findall(rf'"({LITERAL[1:-1]})"', run.group(0))) for run in re.finditer(rf"{LITERAL}(?:\s*{LITERAL})*", argument)]
    return [spoken(one) for one in found] or None


def calls(root):
    """(place, formats or None) of each call of lt_refuse."""
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", *ROOMS], cwd=root, capture_output=True, text=True, check=True)
    for name in out.stdout.split():
        if not name.endswith(".c") or not (root / name).exists() or name == "lib/base/reason.c":
            continue
        text = (root / name).read_text()
        for call in re.finditer(r"\b(lt_refuse|exchange_problem|json_refuse|json_refuse_as)\(", text):
            if call.group(1) == "json_refuse" and not name.startswith(("agency-adapter/", "lib/program/")):
                continue  # of a file that people write: English, on the terminal of who wrote it
            given = arguments(text, call.end())
            if not given[0].startswith("struct "):  # its own definition
                yield name, text.count("\n", 0, call.start()) + 1, formats(given[3 if call.group(1) == "json_refuse_as" else 2])


def next_number(lines, name):
    thousand = 1000 * next(number for start, number in THOUSANDS if name.startswith(start))
    return max([number for number, _, _ in lines if thousand <= number < thousand + 1000] + [thousand]) + 1


def line_breaches(lines, words, counted):
    if counted != len(lines) + len(words):
        yield f"{DEF}: a line is not SENTENCE(number, \"...\", \"...\") or SENTENCE_WORD(\"...\", \"...\")"
    for what, texts in (("sentence", [e for _, e, _ in lines]), ("word", [e for e, _ in words])):
        for before, after in zip(texts, texts[1:]):
            if before.encode() >= after.encode():
                yield f"{DEF}: the {what} \"{after}\" stands after \"{before}\"; lines are in the order of their English bytes"
    seen = set()
    for number, english, vietnamese in lines:
        if number in seen:
            yield f"{DEF}: {number} stands twice"
        seen.add(number)
        conversions = [m for m in CONVERSION.finditer(english) if m.group(0) != "%%"]
        if english.replace("%%", "").count("%") != len(conversions) or \
                any(m.group(1) not in FITTING.get(m.group(2), ()) for m in conversions):
            yield f"{DEF}: {number}: a conversion that lib/base/sentence.c does not know"
        if len(conversions) > PARAMETERS_MAX:
            yield f"{DEF}: {number}: over {PARAMETERS_MAX} parameters"
        named = re.findall(r"\{(\d*)\}", vietnamese)
        if sorted(named) != [str(i + 1) for i in range(len(conversions))] or vietnamese.count("{") != len(named):
            yield f"{DEF}: {number}: the Vietnamese sentence does not name each of {len(conversions)} parameters once"
        if "%" in vietnamese:
            yield f"{DEF}: {number}: the Vietnamese sentence has a %"


def breaches(root):
    lines, words, counted = catalogue(root)
    found = list(line_breaches(lines, words, counted))
    known = {english for _, english, _ in lines}
    for name, line, formats_ in calls(root):
        if formats_ is None:
            found.append(f"{name}:{line}: the format of lt_refuse is not a literal, and has no sentence")
        for one in formats_ or []:
            if one not in known:
                known.add(one)
                number = next_number(lines, name)
                lines.append((number, one, ""))
                escaped = one.replace("\\", "\\\\").replace('"', '\\"')
                found.append(f"{name}:{line}: {DEF} has no line for it; in its place by English bytes: "
                             f"SENTENCE({number}, \"{escaped}\", \"...\")")
    return found


if __name__ == "__main__":
    ROOT = pathlib.Path(__file__).resolve().parent.parent
    for breach in breaches(ROOT):
        print(breach)
    LINES, WORDS, _ = catalogue(ROOT)
    print(f"{len(LINES)} sentences, {len(WORDS)} words; next:",
          ", ".join(str(next_number(LINES, start)) for start in ("lib/", "law/", "broker/admit/", "broker/rules/", "broker/", "agency-adapter/")))
    sys.exit(bool(breaches(ROOT)))
