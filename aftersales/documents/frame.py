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

MARGIN = 42.0
FOOT = 30.0
WIDTH = A4[0] - 2 * MARGIN
# The fonts are shared by all documents of a process, and reportlab numbers their glyphs while it draws.
_drawing = threading.Lock()


def build(story: Callable[[], Sequence[Flowable]], *, title: str, foot: str) -> bytes:
    """The PDF. `story` makes the flowables anew each time it is called: the first round counts the pages.

    Takes tens of milliseconds of CPU: call it off the event loop.
    """
    with _drawing:
        pages = _round(story(), title, foot, None)[1]
        return _round(story(), title, foot, pages)[0]


def _round(story: Sequence[Flowable], title: str, foot: str, pages: int | None) -> tuple[bytes, int]:
    out = BytesIO()

    def on_page(canvas: Canvas, _document: BaseDocTemplate) -> None:
        number = canvas.getPageNumber()
        canvas.setStrokeColor(HexColor(LINE))
        canvas.line(MARGIN, MARGIN + FOOT - 8, A4[0] - MARGIN, MARGIN + FOOT - 8)
        _place(canvas, Text(foot, size=8, colour=SOFT), MARGIN)
        _place(canvas, Text(f"Page {number} of {pages or number}", size=8, colour=SOFT, align="right"), MARGIN)

    document = BaseDocTemplate(out, pagesize=A4, title=title, author="", creator="Aftersales", lang="en")
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


def columns(cells: Sequence[Sequence[Any]], widths: Sequence[float], *extra: tuple[Any, ...], gap: float = 8) -> Table:
    """A grid of flowables without lines; `extra` are reportlab's table commands."""
    table = Table([list(row) for row in cells], colWidths=list(widths), hAlign="LEFT")
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), gap),
                ("TOPPADDING", (0, 0), (-1, -1), 1),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
                *extra,
            ]
        )
    )
    return table


def facts(rows: Sequence[tuple[str, str]], width: float, *, label: float = 92) -> Table:
    """Label and value, one below the other; rows without a value are left out."""
    shown = [(name, value) for name, value in rows if value] or [("", "")]
    return columns([[Text(name, colour=SOFT), Text(value)] for name, value in shown], [label, width - label])


def heading(words: str) -> Text:
    """The title of a section."""
    return Text(words, size=11, weight="Bold", leading=1.8)
