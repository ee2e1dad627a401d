"""Text as glyphs: split by font, shaped by harfbuzz. No part of a PDF yet.

reportlab alone draws letters one by one, which is wrong for Indic scripts. Here each word is split into runs that one
font can draw, and each run is shaped whole.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import uharfbuzz as hb

from aftersales.documents.fonts import Face, faces

_JOINERS = frozenset("\u200c\u200d")


@dataclass(frozen=True, slots=True)
class Glyph:
    """A glyph of a font, in units of one em: how far it moves the pen, and where it stands relative to it."""

    index: int
    advance: float
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Run:
    """Glyphs of one font."""

    face: Face
    glyphs: tuple[Glyph, ...]

    @property
    def width(self) -> float:
        """In ems."""
        return sum(glyph.advance for glyph in self.glyphs)


@dataclass(frozen=True, slots=True)
class Word:
    """What is never broken across lines."""

    text: str
    runs: tuple[Run, ...]

    @property
    def width(self) -> float:
        """In ems."""
        return sum(run.width for run in self.runs)

    @property
    def plain(self) -> bool:
        """Whether its glyphs are its letters, one for one."""
        return not any(run.face.script for run in self.runs)


def word(text: str, weight: str) -> Word:
    """The text shaped. A letter that no font has becomes the first font's empty box: seen, never lost."""
    return Word(text, tuple(_shape(face, part) for face, part in split(text, faces(weight))))


def split(text: str, known: tuple[Face, ...]) -> Iterator[tuple[Face, str]]:
    """The text in stretches that one font draws; what both could draw stays with the stretch before it."""
    current: Face | None = None
    start = 0
    for place, letter in enumerate(text):
        if letter in _JOINERS or (current is not None and current.script and current.has(letter)):
            continue
        wanted = next((face for face in known if face.has(letter)), known[0])
        if wanted is not current:
            if current is not None:
                yield current, text[start:place]
            current, start = wanted, place
    if text:
        yield current or known[0], text[start:]


def _shape(face: Face, text: str) -> Run:
    buffer = hb.Buffer()
    buffer.add_str(text)
    buffer.guess_segment_properties()
    # Without kerning and ligatures Latin text stays one string of its own letters in the file.
    hb.shape(face.shaper, buffer, {} if face.script else {"kern": False, "liga": False})
    scale = 1 / face.units
    return Run(
        face,
        tuple(
            Glyph(info.codepoint, place.x_advance * scale, place.x_offset * scale, place.y_offset * scale)
            for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True)
        ),
    )
