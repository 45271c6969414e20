"""The one form of texts (SPEC.md, "Texts"), written from the page. Its characters are those of Unicode 15.0 by lists, since this Python may have
tables of another version; only composition (NFC) is Python's, which never changes for what is assigned."""
import unicodedata

from pyunicode import assigned

LINE, LINES, VALUE = "line", "lines", "value"
UNSEEN = [(0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2065, 0x2065), (0x2800, 0x2800), (0x3164, 0x3164),
          (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0xFFFC, 0xFFFC), (0x16FE4, 0x16FE4), (0x1D159, 0x1D159),
          (0xE0000, 0xE0FFF)]
CONTROL = [(0x00, 0x1F), (0x7F, 0x9F), (0x2028, 0x2029)]
FORMAT = [(0x00AD, 0x00AD), (0x0600, 0x0605), (0x061C, 0x061C), (0x06DD, 0x06DD), (0x070F, 0x070F), (0x0890, 0x0891), (0x08E2, 0x08E2),
          (0x180E, 0x180E), (0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x2064), (0x2066, 0x206F), (0xFEFF, 0xFEFF), (0xFFF9, 0xFFFB),
          (0x110BD, 0x110BD), (0x110CD, 0x110CD), (0x13430, 0x1343F), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A)]
BLANK = [(0x20, 0x20), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000)]
PRIVATE = [(0xD800, 0xF8FF), (0xF0000, 0x10FFFF)]  # with the surrogates


def within(char, *lists):
    return any(low <= ord(char) <= high for ranges in lists for low, high in ranges)


def hidden(char):
    return within(char, CONTROL, FORMAT, UNSEEN)


def fault(text, form=LINE):
    """None, or what is wrong."""
    if text[:1] in (" ", "\n") and text or text[-1:] in (" ", "\n") and text:
        return "a blank at the edge"
    for char in text:
        if char == " " or char == "\n" and form == LINES:
            continue
        if hidden(char) or within(char, BLANK, PRIVATE) or not assigned(ord(char)):
            return f"U+{ord(char):04X}"
    if form == VALUE and "  " in text:
        return "a second blank"
    return None if unicodedata.is_normalized("NFC", text) else "not in NFC"


def blank(text):
    return all(within(char, CONTROL, FORMAT, UNSEEN, BLANK) for char in text)
