"""The one form of texts (SPEC.md, "Texts"), written from the page. Python 3.11 has Unicode 14.0: what 15.0 has added since is not in
form for it, which no text of an office will notice."""
import unicodedata

LINE, LINES, VALUE = "line", "lines", "value"
UNSEEN = [(0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2065, 0x2065), (0x2800, 0x2800), (0x3164, 0x3164),
          (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0xFFFC, 0xFFFC), (0x16FE4, 0x16FE4), (0x1D159, 0x1D159),
          (0xE0000, 0xE0FFF)]


def hidden(char):
    return unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") or any(low <= ord(char) <= high for low, high in UNSEEN)


def fault(text, form=LINE):
    """None, or what is wrong."""
    if text[:1] in (" ", "\n") and text or text[-1:] in (" ", "\n") and text:
        return "a blank at the edge"
    for char in text:
        if char == " " or char == "\n" and form == LINES:
            continue
        if hidden(char) or unicodedata.category(char) in ("Zs", "Co", "Cn", "Cs"):
            return f"U+{ord(char):04X}"
    if form == VALUE and "  " in text:
        return "a second blank"
    return None if unicodedata.is_normalized("NFC", text) else "not in NFC"


def blank(text):
    return all(hidden(char) or unicodedata.category(char) == "Zs" for char in text)
