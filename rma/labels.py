"""What stands on labels, as scanners and people write it. Pure."""

import re
from urllib.parse import parse_qs, urlsplit

LONGEST = 60
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# Not `splitlines`: scanners put the sign that separates groups (1D) into the midst of a label.
_LINES = re.compile(r"[\r\n]+")
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
_NUMBER = re.compile(r"([A-Z]{2,5})[\s-]*A[\s-]*(\d\d)[\s-]*(\d{6})")


def labels_in(text: str) -> list[str]:
    """The labels of a field, one a line, in their order. Of a QR code that leads to a page of ours, the number in it;
    what no label can be is cut, so that one line never stands in the way of the others."""
    return [one for line in _LINES.split(text) if (one := readable(line))]


def readable(line: str) -> str:
    """What can be read of one label, at most 60 signs; empty if nothing can."""
    text = _CONTROL.sub(" ", line).strip()
    if _ADDRESS.match(text):
        try:
            named = parse_qs(urlsplit(text).query).get("number", [])
        except ValueError:
            named = []
        text = _CONTROL.sub(" ", named[0]).strip() or text if named else text
    return text[:LONGEST].strip()


def written(label: str) -> str:
    """A return's number as it is written, whatever stands between its parts; else the label in capitals."""
    folded = label.upper()
    found = _NUMBER.fullmatch(folded)
    return "-".join((found[1], "A", found[2], found[3])) if found else folded
