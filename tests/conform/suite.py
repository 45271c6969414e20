"""The list of checks, and what became of each: TAP and JUnit."""
import collections
import re
import xml.etree.ElementTree as xml

from pywire import PROTO

Check = collections.namedtuple("Check", "name section text")
HEADINGS = dict(re.findall(r"^## (\d+)\. (.+)$", (PROTO / "SPEC.md").read_text(), flags=re.M))


class Broken(Exception):
    """A check does not hold; the message says what was seen."""


def need(holds, text):
    if not holds:
        raise Broken(text)


class Suite:
    """Checks by name; `section` is the number of the section of SPEC.md and the words that it begins with there."""

    def __init__(self):
        self.checks, self.results = {}, {}

    def declare(self, name, section, text):
        self.checks[name] = Check(name, section, text)

    def put(self, name, fault=None, skipped=None):
        """The first fault of a check stays. What another story shows as well is no part of a run of some."""
        if name not in self.checks:
            return
        if self.results.get(name, ("", None))[0] != "fault":
            self.results[name] = ("fault", fault) if fault else ("skip", skipped) if skipped else ("ok", None)

    def faults(self):
        return [name for name in self.checks if self.results.get(name, ("fault",))[0] == "fault"]

    def place(self, check):
        number, _, words = check.section.partition(" ")
        return f"SPEC.md {number}, {words or HEADINGS[number]}"

    def tap(self):
        yield f"TAP version 13\n1..{len(self.checks)}"
        for count, check in enumerate(self.checks.values(), 1):
            state, said = self.results.get(check.name, ("fault", "it was never come to"))
            yield (f"{'not ok' if state == 'fault' else 'ok'} {count} - {check.name}: {check.text} ({self.place(check)})"
                   + (f" # SKIP {said}" if state == "skip" else ""))
            if state == "fault":
                yield "  ---\n" + "".join(f"  {line}\n" for line in f"seen: {said}".splitlines()) + "  ..."

    def junit(self, path, name):
        root = xml.Element("testsuite", name=name, tests=str(len(self.checks)), failures=str(len(self.faults())))
        for check in self.checks.values():
            state, said = self.results.get(check.name, ("fault", "it was never come to"))
            case = xml.SubElement(root, "testcase", name=check.name, classname=self.place(check))
            if state == "fault":
                xml.SubElement(case, "failure", message=check.text).text = re.sub(r"[^\t\n\x20-\uD7FF\uE000-\uFFFD]", "?", said)
            elif state == "skip":
                xml.SubElement(case, "skipped", message=said)
        xml.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)
