"""A paragraph in any script that our fonts have, with the text itself kept for search, copy and screen readers."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from aftersales.documents.fonts import faces
from aftersales.documents.shaping import Glyph, Run, Word, word

INK, SOFT, LINE, BRAND = "#1d2733", "#5b6672", "#e4ded5", "#0b5d57"
_PRIVATE = 0xE000
Line = Sequence[Word]


class Text(Flowable):
    """Words that wrap at spaces; a newline begins a new line.

    `align` is left, right or centre. May stand in a table cell, and is split between pages.
    """

    def __init__(
        self,
        words: str,
        *,
        size: float = 9.5,
        weight: str = "Regular",
        colour: str = INK,
        leading: float = 1.45,
        align: str = "left",
        lines: Sequence[Line] | None = None,
    ) -> None:
        super().__init__()
        self._size, self._weight, self._colour, self._align = size, weight, colour, align
        self._step = size * leading
        self._space = word(" ", weight).width
        self._words = [[word(part, weight) for part in line.split()] for line in words.splitlines() or [""]]
        self._leading = leading
        self._fixed = lines
        self._lines: Sequence[Line] = lines or ()

    def wrap(self, width: float, height: float) -> tuple[float, float]:  # noqa: ARG002 - the interface of flowables
        """The size it takes in this width."""
        self.width = width
        if self._fixed is None:
            self._lines = [line for words in self._words for line in self._broken(words, width / self._size)]
        self.height = len(self._lines) * self._step
        return width, self.height

    def _broken(self, words: Line, room: float) -> Iterator[Line]:
        line: list[Word] = []
        used = 0.0
        for one in words:
            if line and used + self._space + one.width > room:
                yield line
                line, used = [], 0.0
            used += one.width + (self._space if line else 0)
            line.append(one)
        yield line

    def split(self, width: float, height: float) -> list[Flowable]:
        """The part that fits into the height, and the rest."""
        self.wrap(width, height)
        fitting = int(height // self._step)
        if not 0 < fitting < len(self._lines):
            return []
        return [self._part(self._lines[:fitting]), self._part(self._lines[fitting:])]

    def _part(self, lines: Sequence[Line]) -> "Text":
        return Text(
            "",
            size=self._size,
            weight=self._weight,
            colour=self._colour,
            leading=self._leading,
            align=self._align,
            lines=lines,
        )

    def natural_width(self) -> float:
        """The width of its longest line when nothing is broken."""
        return max(self._wide(words) for words in self._words) * self._size

    def _wide(self, line: Line) -> float:
        return sum(one.width for one in line) + self._space * max(0, len(line) - 1)

    def draw(self) -> None:
        """Called by reportlab, with the origin at the lower left corner."""
        canvas: Canvas = self.canv
        canvas.setFillColor(HexColor(self._colour))
        face = faces(self._weight)[0]
        baseline = self.height - (self._step + (face.ascent + face.descent) * self._size) / 2
        for line in self._lines:
            spare = self.width - self._wide(line) * self._size
            pen = {"left": 0.0, "right": spare, "centre": spare / 2}[self._align]
            for one in self._stretches(line):
                _draw(canvas, one, pen, baseline, self._size)
                pen += (one.width + self._space) * self._size
            baseline -= self._step

    def _stretches(self, line: Line) -> Iterator[Word]:
        """Plain words that follow each other as one string with its spaces; shaped ones by themselves."""
        for plain, group in groupby(line, lambda one: one.plain):
            words = list(group)
            yield from [word(" ".join(one.text for one in words), self._weight)] if plain else words


def _draw(canvas: Canvas, one: Word, x: float, y: float, size: float) -> None:
    """One stretch. Shaped glyphs say nothing about their letters, so those are written beside them (ActualText)."""
    if not one.plain:
        letters = one.text.encode("utf-16-be").hex().upper()
        canvas.addLiteral(f"/Span << /ActualText <FEFF{letters}> >> BDC")
    for run in one.runs:
        out = canvas.beginText()
        out.setFont(run.face.name, size)
        for pen, rise, string in _strings(run):
            out.setTextOrigin(x + pen * size, y + rise * size)
            out.textOut(string)
        canvas.drawText(out)
        x += run.width * size
    if not one.plain:
        canvas.addLiteral("EMC")


def _strings(run: Run) -> Iterator[tuple[float, float, str]]:
    """Glyphs that follow each other as their widths say, together: where the string begins, and its letters."""
    pen = expected = 0.0
    begun: tuple[float, float] | None = None
    letters = ""
    for glyph in run.glyphs:
        at = (pen + glyph.x, glyph.y)
        if begun is None or glyph.y != begun[1] or abs(at[0] - expected) > 1e-4:
            if begun is not None:
                yield *begun, letters
            begun, letters, expected = at, "", at[0]
        letter, width = _letter(run, glyph)
        letters += letter
        expected += width
        pen += glyph.advance
    if begun is not None:
        yield *begun, letters


def _letter(run: Run, glyph: Glyph) -> tuple[str, float]:
    """The character by which reportlab knows the glyph (a private one where no letter has it), and its width."""
    known: Any = pdfmetrics.getFont(run.face.name).face  # type: ignore[attr-defined]
    codes = known.glyphToChar.setdefault(glyph.index, [])
    if not codes:
        code = _PRIVATE + glyph.index
        codes.append(code)
        known.charToGlyph[code] = glyph.index
        known.charWidths[code] = run.face.shaper.get_glyph_h_advance(glyph.index) * 1000 / run.face.units
    return chr(codes[0]), known.charWidths[codes[0]] / 1000
