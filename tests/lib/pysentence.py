"""Sentences as an independent reader says them: the catalogue is read from lib/base/sentence.def, parameters from the wire."""
import functools
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
from sentences import CONVERSION, catalogue  # noqa: E402


@functools.lru_cache(1)
def known():
    lines, words, _ = catalogue(ROOT)
    return {number: (english, vietnamese) for number, english, vietnamese in lines}, dict(words)


def parameters(sentence):
    """The plain values of a Sentence's parameters."""
    return [getattr(one, one.WhichOneof("value")) for one in sentence.parameters]


def say(sentence):
    """(English, Vietnamese) of a Sentence."""
    lines, words = known()
    english, vietnamese = lines[sentence.number]
    values, shown, rest = parameters(sentence), [], iter(parameters(sentence))

    def spoken(match):
        if match.group(0) == "%%":
            return "%"
        value = next(rest)
        width = re.match(r"%0(\d+)", match.group(0))
        text = f"{value:X}" if match.group(2) == "X" else str(value)
        shown.append(text.rjust(int(width.group(1)), "0") if width else text)
        return shown[-1]

    first = CONVERSION.sub(spoken, english)
    assert len(shown) == len(values), (sentence, english)
    return first, re.sub(r"\{(\d)\}", lambda m: words.get(shown[int(m.group(1)) - 1], shown[int(m.group(1)) - 1]), vietnamese)
