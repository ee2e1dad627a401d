"""How many parts an SMS takes, as networks count them (3GPP TS 23.038 and 23.040). Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

MOST = 3
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")
_GSM = _BASIC | _EXTENSION


@dataclass(frozen=True, slots=True)
class Counted:
    """`units` are septets of the GSM alphabet, or UTF-16 units in `unicode`; `room` is what `segments` would hold."""

    unicode: bool
    units: int
    segments: int
    room: int


def counted(text: str) -> Counted:
    """The text as a network splits it. A sign of two units is never torn between two parts."""
    unicode = not _GSM.issuperset(text)
    alone, each = (70, 67) if unicode else (160, 153)
    units = _units(text) if unicode else len(text) + sum(map(_EXTENSION.__contains__, text))
    if units <= alone:
        return Counted(unicode, units, 1, alone)
    # Where none takes two units, none can be torn.
    sizes = [_units(sign) if unicode else 1 + (sign in _EXTENSION) for sign in text] if units > len(text) else ()
    segments = _parts(sizes, each) if sizes else -(-units // each)
    return Counted(unicode, units, segments, segments * each)


def _parts(sizes: Iterable[int], each: int) -> int:
    parts, used = 1, 0
    for size in sizes:
        if used + size > each:
            parts, used = parts + 1, 0
        used += size
    return parts


def _units(signs: str) -> int:
    return len(signs.encode("utf-16-le", "surrogatepass")) // 2
