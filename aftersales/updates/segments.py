"""How many parts an SMS takes, as networks count them (3GPP TS 23.038 and 23.040). Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

MOST = 3
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")


@dataclass(frozen=True, slots=True)
class Counted:
    """`units` are septets of the GSM alphabet, or UTF-16 units in `unicode`; `room` is what `segments` would hold."""

    unicode: bool
    units: int
    segments: int
    room: int


def counted(text: str) -> Counted:
    """The text as a network splits it. A sign of two units is never torn between two parts."""
    unicode = not all(sign in _BASIC or sign in _EXTENSION for sign in text)
    alone, each = (70, 67) if unicode else (160, 153)
    sizes = [_units(sign) if unicode else 1 + (sign in _EXTENSION) for sign in text]
    units = sum(sizes)
    if units <= alone:
        return Counted(unicode, units, 1, alone)
    segments = _parts(sizes, each)
    return Counted(unicode, units, segments, segments * each)


def _parts(sizes: Iterable[int], each: int) -> int:
    parts, used = 1, 0
    for size in sizes:
        if used + size > each:
            parts, used = parts + 1, 0
        used += size
    return parts


def _units(sign: str) -> int:
    return 2 if ord(sign) > 0xFFFF else 1
