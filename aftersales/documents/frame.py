"""The page that every document of ours stands on: A4, a line at the foot with page numbers, our fonts."""

import threading
from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, PageTemplate, Table, TableStyle

from aftersales.documents.text import LINE, SOFT, Text
from aftersales.i18n import DEFAULT, LANGUAGES, N_, language_or_default, translator

MARGIN = 42.0
FOOT = 30.0
WIDTH = A4[0] - 2 * MARGIN
# The fonts are shared by all documents of a process, and reportlab numbers their glyphs while it draws.
_drawing = threading.Lock()
_PAGE = N_("Page %(number)s of %(pages)s")


def build(story: Callable[[], Sequence[Flowable]], *, title: str, foot: str, language: str = DEFAULT) -> bytes:
    """The PDF. `story` makes the flowables anew each time it is called: the first round counts the pages.

    `title` and `foot` are in the language already. Takes tens of milliseconds of CPU: call it off the event loop.
    """
    with _drawing:
        pages = _round(story(), title, foot, language, None)[1]
        return _round(story(), title, foot, language, pages)[0]


def _round(story: Sequence[Flowable], title: str, foot: str, language: str, pages: int | None) -> tuple[bytes, int]:
    out = BytesIO()
    _, rtl = translator(language).gettext, right_to_left(language)

    def on_page(canvas: Canvas, _document: BaseDocTemplate) -> None:
        number = canvas.getPageNumber()
        canvas.setStrokeColor(HexColor(LINE))
        canvas.line(MARGIN, MARGIN + FOOT - 8, A4[0] - MARGIN, MARGIN + FOOT - 8)
        counted = _(_PAGE) % {"number": number, "pages": pages or number}
        _place(canvas, Text(foot, size=8, colour=SOFT, rtl=rtl), MARGIN)
        _place(canvas, Text(counted, size=8, colour=SOFT, align="right", rtl=rtl), MARGIN)

    document = BaseDocTemplate(out, pagesize=A4, title=title, author="", creator="Aftersales", lang=language)
    inner = Frame(
        MARGIN,
        MARGIN + FOOT,
        WIDTH,
        A4[1] - 2 * MARGIN - FOOT,
        leftPadding=0,
        rightPadding=0,
        topPadding=0,
        bottomPadding=0,
    )
    document.addPageTemplates([PageTemplate(frames=[inner], onPage=on_page)])
    document.build(list(story))
    return out.getvalue(), document.page


def _place(canvas: Canvas, text: Text, y: float) -> None:
    text.wrapOn(canvas, WIDTH, FOOT)
    text.drawOn(canvas, MARGIN, y)


def right_to_left(language: str) -> bool:
    """Whether pages in the language run from right to left."""
    return LANGUAGES[language_or_default(language, LANGUAGES)].direction == "rtl"


def columns(
    cells: Sequence[Sequence[Any]],
    widths: Sequence[float],
    *extra: tuple[Any, ...],
    gap: float = 8,
    rtl: bool = False,
) -> Table:
    """A grid of flowables without lines; `extra` are reportlab's table commands, seen from left to right.

    With `rtl` the first column stands at the right, and commands and gaps are mirrored with it.
    """
    rows, spread = [list(row) for row in cells], list(widths)
    if rtl:
        rows, spread = [row[::-1] for row in rows], spread[::-1]
        extra = tuple(_mirrored(command, len(spread)) for command in extra)
    table = Table(rows, colWidths=spread, hAlign="RIGHT" if rtl else "LEFT")
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), gap if rtl else 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 0 if rtl else gap),
                ("TOPPADDING", (0, 0), (-1, -1), 1),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
                *extra,
            ]
        )
    )
    return table


def _mirrored(command: tuple[Any, ...], count: int) -> tuple[Any, ...]:
    name, start, stop, *rest = command
    first, last = (place if place >= 0 else count + place for place in (start[0], stop[0]))
    name = {"LEFTPADDING": "RIGHTPADDING", "RIGHTPADDING": "LEFTPADDING"}.get(name, name)
    return (name, (count - 1 - last, start[1]), (count - 1 - first, stop[1]), *rest)


def facts(rows: Sequence[tuple[str, str]], width: float, *, label: float = 92, rtl: bool = False) -> Table:
    """Label and value, one below the other; rows without a value are left out."""
    shown = [(name, value) for name, value in rows if value] or [("", "")]
    cells = [[Text(name, colour=SOFT, rtl=rtl), Text(value, rtl=rtl)] for name, value in shown]
    return columns(cells, [label, width - label], rtl=rtl)


def heading(words: str, *, rtl: bool = False) -> Text:
    """The title of a section."""
    return Text(words, size=11, weight="Bold", leading=1.8, rtl=rtl)
