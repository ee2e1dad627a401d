"""A paragraph in any script that our fonts have, with the text itself kept for search, copy and screen readers."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from aftersales.documents.bidi import visual
from aftersales.documents.fonts import latin
from aftersales.documents.shaping import Glyph, Run, Word, line, word

INK, SOFT, LINE, BRAND = "#1d2733", "#5b6672", "#e4ded5", "#0b5d57"
_PRIVATE = 0xE000
Line = Sequence[Word]


class Text(Flowable):
    """Words that wrap at spaces; a newline begins a new line.

    `align` is left, right or centre, seen in a page that runs from left to right; `rtl` mirrors it. Each line runs the
    way of its own first letter, with `rtl` from right to left where any of its letters do. May stand in a table cell,
    and is split between pages.
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
        rtl: bool = False,
        lines: Sequence[Line] | None = None,
    ) -> None:
        super().__init__()
        self._size, self._weight, self._colour, self._align, self._rtl = size, weight, colour, align, rtl
        self._step = size * leading
        self._space = word(" ", weight).width
        self._words = [line(one, weight, rtl=rtl) for one in words.splitlines() or [""]]
        self._leading = leading
        self._fixed = lines
        self._lines: Sequence[Line] = lines or ()

    def wrap(self, width: float, height: float) -> tuple[float, float]:  # noqa: ARG002 - the interface of flowables
        """The size it takes in this width."""
        self.width = width
        if self._fixed is None:
            self._lines = [one for words in self._words for one in self._broken(words, width / self._size)]
        self.height = len(self._lines) * self._step
        return width, self.height

    def _broken(self, words: Line, room: float) -> Iterator[Line]:
        fitting: list[Word] = []
        used = 0.0
        for one in words:
            if fitting and used + self._space + one.width > room:
                yield fitting
                fitting, used = [], 0.0
            used += one.width + (self._space if fitting else 0)
            fitting.append(one)
        yield fitting

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
            rtl=self._rtl,
            lines=lines,
        )

    def natural_width(self) -> float:
        """The width of its longest line when nothing is broken."""
        return max(self._wide(words) for words in self._words) * self._size

    def _wide(self, words: Line) -> float:
        return sum(one.width for one in words) + self._space * max(0, len(words) - 1)

    def draw(self) -> None:
        """Called by reportlab, with the origin at the lower left corner."""
        canvas: Canvas = self.canv
        canvas.setFillColor(HexColor(self._colour))
        face = latin(self._weight)
        baseline = self.height - (self._step + (face.ascent + face.descent) * self._size) / 2
        for words in self._lines:
            spare = self.width - self._wide(words) * self._size
            left = {"left": 0.0, "right": spare, "centre": spare / 2}[self._align]
            pen = spare - left if self._rtl else left
            for distance, one in self._turned(words) if _turns(words) else self._stretches(words):
                _draw(canvas, one, pen + distance * self._size, baseline, self._size)
            baseline -= self._step

    def _stretches(self, words: Line) -> Iterator[tuple[float, Word]]:
        """Plain words that follow each other as one string with its spaces; others by themselves."""
        pen = 0.0
        for plain, group in groupby(words, lambda one: one.plain):
            found = list(group)
            for one in [word(" ".join(one.text for one in found), self._weight)] if plain else found:
                yield pen, one
                pen += one.width + self._space

    def _turned(self, words: Line) -> Iterator[tuple[float, Word]]:
        """The stretches of a line that runs both ways, in the order in which they are read.

        What runs from right to left comes letter by letter: programs that read a page by the places of its letters
        turn them around, and those that read the file find them in order.
        """
        stretches: list[tuple[int, float, int, Run | None]] = []
        for one in words:
            if stretches:
                stretches.append((len(stretches), self._space, one.gap, None))
            stretches += [(len(stretches) + place, run.width, run.level, run) for place, run in enumerate(one.runs)]
        pen, places = 0.0, []
        for number, width, _, found in visual(stretches, [level for _, _, level, _ in stretches]):
            places.append((number, pen, found))
            pen += width
        for _, left, one_run in sorted(places, key=lambda place: place[0]):
            if one_run is not None:
                for inside, part in one_run.letters() if one_run.level % 2 else [(0.0, one_run)]:
                    yield left + inside, Word(part.text, (part,))


def _turns(words: Line) -> bool:
    return any(run.level for one in words for run in one.runs)


def _draw(canvas: Canvas, one: Word, x: float, y: float, size: float) -> None:
    """One stretch. Shaped glyphs say nothing about their letters, so those are written beside them (ActualText)."""
    for run in one.runs if any(run.level % 2 for run in one.runs) else ():
        # Programs measure a letter from its first glyph to its last: a dot would make it end in the middle.
        _speaking(canvas, "", [(x, run.only(marks=True))], y, size)
    runs = []
    for run in one.runs:
        runs.append((x, run.only(marks=False) if run.level % 2 else run))
        x += run.width * size
    _speaking(canvas, None if one.plain else one.text, runs, y, size)


def _speaking(canvas: Canvas, letters: str | None, runs: Sequence[tuple[float, Run]], y: float, size: float) -> None:
    if letters is not None:
        canvas.addLiteral(f"/Span << /ActualText <FEFF{letters.encode('utf-16-be').hex().upper()}> >> BDC")
    for x, run in runs:
        out = canvas.beginText()
        out.setFont(run.face.name, size)
        for pen, rise, string in _strings(run):
            out.setTextOrigin(x + pen * size, y + rise * size)
            out.textOut(string)
        canvas.drawText(out)
    if letters is not None:
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
