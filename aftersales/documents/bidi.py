"""Directions in one line: which stretch runs which way, and in which order the stretches stand on paper.

By the Unicode bidirectional algorithm, from python-bidi. The controls that embed or override a direction are dropped
first: in a name they could make a number read as another.
"""

import unicodedata
from collections.abc import Sequence
from typing import Any, TypeVar

from bidi import algorithm

T = TypeVar("T")
_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_MARKS = frozenset("\u061c\u200e\u200f")


def unmarked(text: str) -> str:
    """The text without controls and marks of direction."""
    return "".join(letter for letter in text if letter not in _CONTROLS | _MARKS)


def has_rtl(text: str) -> bool:
    """Whether any letter runs from right to left."""
    return not text.isascii() and any(unicodedata.bidirectional(letter) in {"R", "AL", "AN"} for letter in text)


def levels(text: str, *, rtl: bool) -> tuple[str, list[int]]:
    """The text as it is drawn, and for each letter its level: even runs right, odd left.

    `text` is one line. In an `rtl` document it runs from right to left unless all of its letters run the other way: a
    sentence that begins with a Latin name is a sentence of the document's language. Marks of direction have done their
    work and are gone.
    """
    text = "".join(letter for letter in text if letter not in _CONTROLS)
    base = algorithm.get_base_level(text)
    if rtl and (has_rtl(text) or not any(unicodedata.bidirectional(letter) == "L" for letter in text)):
        base = 1
    # The steps of the library one by one, up to where it would reorder letters: harfbuzz wants them in their order.
    storage: dict[str, Any] = algorithm.get_empty_storage()
    storage |= {"base_level": base, "base_dir": "LR"[base]}
    algorithm.get_embedding_levels(text, storage)
    algorithm.explicit_embed_and_overrides(storage)
    algorithm.resolve_weak_types(storage)
    algorithm.resolve_neutral_types(storage, False)
    algorithm.resolve_implicit_levels(storage, False)
    found = iter([int(letter["level"]) for letter in storage["chars"]])
    # The algorithm drops what has no width, such as joiners: they belong to the letter before them.
    shown, given, last = [], [], base
    for letter in text:
        last = last if unicodedata.bidirectional(letter) == "BN" else next(found, base)
        if letter not in _MARKS:
            shown.append(letter)
            given.append(last)
    return "".join(shown), given


def visual(items: Sequence[T], found: Sequence[int]) -> list[T]:
    """The items of one line, in the order in which they stand from left to right."""
    order = list(range(len(items)))
    lowest = min((level for level in found if level % 2), default=0)
    for level in range(max(found, default=0), lowest - 1 if lowest else 0, -1):
        start = 0
        while start < len(order):
            end = start
            while end < len(order) and found[order[end]] >= level:
                end += 1
            order[start:end] = reversed(order[start:end])
            start = end + 1
    return [items[place] for place in order]
