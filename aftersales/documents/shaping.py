"""Text as glyphs: split by font, shaped by harfbuzz. No part of a PDF yet.

reportlab alone draws letters one by one, which is wrong for Indic scripts. Here each word is split into runs that one
font can draw and that run one way, and each run is shaped whole.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby

import uharfbuzz as hb

from aftersales.documents.bidi import has_rtl, levels, unmarked
from aftersales.documents.fonts import Face, face_of, latin

_JOINERS = frozenset("\u200c\u200d")
_PARTS = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Glyph:
    """A glyph of a font, in units of one em: how far it moves the pen, and where it stands relative to it.

    `cluster` is the place of the first letter that it stands for.
    """

    index: int
    advance: float
    x: float
    y: float
    cluster: int


@dataclass(frozen=True, slots=True)
class Run:
    """Glyphs of one font from left to right, and the letters they stand for. An odd `level` runs from right to left."""

    face: Face
    text: str
    glyphs: tuple[Glyph, ...]
    level: int = 0

    @property
    def width(self) -> float:
        """In ems."""
        return sum(glyph.advance for glyph in self.glyphs)

    def only(self, *, marks: bool) -> "Run":
        """The glyphs that do not move the pen, or those that do, each at its place."""
        pen, found = 0.0, []
        for glyph in self.glyphs:
            if (glyph.advance == 0) is marks:
                found.append(replace(glyph, x=pen + glyph.x, advance=0.0))
            pen += glyph.advance
        return replace(self, glyphs=tuple(found))

    def letters(self) -> Iterator[tuple[float, "Run"]]:
        """Its letters one by one in the order in which they are read, each with its distance from the left."""
        places = sorted({glyph.cluster for glyph in self.glyphs})
        ends = dict(zip(places, [*places[1:], len(self.text)], strict=True))
        pen, found = 0.0, []
        for cluster, group in groupby(self.glyphs, lambda glyph: glyph.cluster):
            glyphs = tuple(group)
            found.append((cluster, pen, Run(self.face, self.text[cluster : ends[cluster]], glyphs, self.level)))
            pen += found[-1][2].width
        for _, left, run in sorted(found, key=lambda one: one[0]):
            yield left, run


@dataclass(frozen=True, slots=True)
class Word:
    """What is never broken across lines. `gap` is the level of the space before it."""

    text: str
    runs: tuple[Run, ...]
    gap: int = 0

    @property
    def width(self) -> float:
        """In ems."""
        return sum(run.width for run in self.runs)

    @property
    def plain(self) -> bool:
        """Whether its glyphs are its letters, one for one."""
        return not any(run.face.script for run in self.runs)


def word(text: str, weight: str) -> Word:
    """The text shaped, from left to right. A letter that no font has becomes an empty box: seen, never lost."""
    return Word(text, _runs(text, weight, 0))


def line(text: str, weight: str, *, rtl: bool = False) -> list[Word]:
    """The words of one line of text, each with the directions that the whole line gives it."""
    if not rtl and not has_rtl(text):
        return [word(part, weight) for part in unmarked(text).split()]
    text, found = levels(text, rtl=rtl)
    words = []
    for part in _PARTS.finditer(text):
        pieces = groupby(range(part.start(), part.end()), key=found.__getitem__)
        runs = [run for level, places in pieces for run in _runs(_at(text, list(places)), weight, level)]
        words.append(Word(part[0], tuple(runs), found[part.start() - 1] if part.start() else 0))
    return words


def _at(text: str, places: list[int]) -> str:
    return text[places[0] : places[-1] + 1]


def _runs(text: str, weight: str, level: int) -> tuple[Run, ...]:
    return tuple(_shape(face, part, level) for face, part in split(text, weight))


def split(text: str, weight: str = "Regular") -> Iterator[tuple[Face, str]]:
    """The text in stretches that one font draws; what both could draw stays with the stretch before it."""
    current: Face | None = None
    start = 0
    for place, letter in enumerate(text):
        if letter in _JOINERS or (current is not None and current.script and current.has(letter)):
            continue
        wanted = face_of(letter, weight)
        if wanted is not current:
            if current is not None:
                yield current, text[start:place]
                start = place
            current = wanted
    if text:
        yield current or latin(weight), text[start:]


def _shape(face: Face, text: str, level: int) -> Run:
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    buffer.direction = "rtl" if level % 2 else "ltr"
    # Without kerning and ligatures Latin text stays one string of its own letters in the file.
    hb.shape(face.shaper, buffer, {} if face.script else {"kern": False, "liga": False})
    scale = 1 / face.units
    return Run(
        face,
        text,
        tuple(
            Glyph(
                info.codepoint,
                place.x_advance * scale,
                place.x_offset * scale,
                place.y_offset * scale,
                info.cluster,
            )
            for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True)
        ),
        level,
    )
