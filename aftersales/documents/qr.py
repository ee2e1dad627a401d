"""A QR code drawn as one path: small in the file, sharp at any size."""

import segno
from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable

from aftersales.documents.text import INK

QUIET = 4


class Qr(Flowable):
    """The text as a QR code of `side` points with its quiet zone; readable when a seventh of it is dirty."""

    def __init__(self, text: str, side: float) -> None:
        super().__init__()
        self._code = segno.make(text, error="m", micro=False)
        self._side = side

    def wrap(self, width: float, height: float) -> tuple[float, float]:  # noqa: ARG002 - the interface of flowables
        """Always its side."""
        self.width = self.height = self._side
        return self._side, self._side

    def draw(self) -> None:
        """Called by reportlab, with the origin at the lower left corner."""
        canvas: Canvas = self.canv
        rows = [bytes(row) for row in self._code.matrix]
        module = self._side / (len(rows) + 2 * QUIET)
        path = canvas.beginPath()
        for top, row in enumerate(rows):
            left = 0
            while (start := row.find(1, left)) >= 0:
                left = row.find(0, start)
                left = len(row) if left < 0 else left
                path.rect(
                    (QUIET + start) * module,
                    self._side - (QUIET + top + 1) * module,
                    (left - start) * module,
                    module,
                )
        canvas.setFillColor(HexColor(INK))
        canvas.drawPath(path, stroke=0, fill=1)
