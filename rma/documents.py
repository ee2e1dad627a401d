"""The label that goes with a return: on the parcel, or shown at the desk from a screen. Data in, a PDF out."""

from dataclasses import dataclass

from reportlab.graphics.barcode.code128 import Code128
from reportlab.platypus import Flowable, Spacer

from aftersales.documents.frame import build, right_to_left
from aftersales.documents.qr import Qr
from aftersales.documents.text import Text
from aftersales.i18n import N_, translator

WHITHER = N_("Please send or bring it with this label, printed or on your phone, to:")
QR_SIDE = 150.0
BAR_WIDTH = 1.4
BAR_HEIGHT = 54.0


@dataclass(frozen=True, slots=True)
class Label:
    """What stands on the label: no name and no address of the customer, since many hands hold it. What is `fetched`
    needs no words on whither to bring it."""

    language: str
    number: str
    product: str
    branch: str
    branch_lines: tuple[str, ...]
    fetched: bool = False


def draw(label: Label) -> bytes:
    """The label as a PDF. Both codes hold the number of the return, as the scanner at the desk reads it."""
    rtl = right_to_left(label.language)
    whither = translator(label.language).gettext(WHITHER)

    def story() -> list[Flowable]:
        lines = [Text(line, size=13, rtl=rtl) for line in (label.branch, *label.branch_lines)]
        codes = [
            Code128(label.number, barWidth=BAR_WIDTH, barHeight=BAR_HEIGHT, quiet=True),
            Qr(label.number, QR_SIDE),
        ]
        for code in codes:
            code.hAlign = "RIGHT" if rtl else "LEFT"
        return [
            Text(label.number, size=22, rtl=rtl),
            Text(label.product, size=13, rtl=rtl),
            Spacer(0, 14),
            codes[0],
            Spacer(0, 14),
            codes[1],
            Spacer(0, 14),
            *([] if label.fetched else [Text(whither, size=11, rtl=rtl), Spacer(0, 6)]),
            *lines,
        ]

    return build(story, title=label.number, foot=label.number, language=label.language)
