"""The warranty certificate. Data in, a PDF out."""

from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.platypus import Flowable, Spacer

from aftersales.documents.frame import WIDTH, build, facts, heading, right_to_left
from aftersales.documents.qr import Qr
from aftersales.documents.text import SOFT, Text
from aftersales.i18n import N_, translator

QR_SIDE = 84.0
LABEL = 150.0
TITLE = N_("Warranty certificate")


@dataclass(frozen=True, slots=True)
class Certificate:
    """What it certifies, all of it said in the language already. `address` is what its QR code leads to."""

    language: str
    company: str
    number: str
    rows: Sequence[tuple[str, str]]
    cover: Sequence[tuple[str, str]]
    clauses: Sequence[tuple[str, str]]
    policy: str
    address: str


def draw(certificate: Certificate) -> bytes:
    """The certificate as a PDF."""
    _, rtl = translator(certificate.language).gettext, right_to_left(certificate.language)

    def story() -> list[Flowable]:
        found: list[Flowable] = [
            Text(certificate.company, size=11, colour=SOFT, rtl=rtl),
            Text(_(TITLE), size=20, weight="Bold", rtl=rtl),
            Spacer(0, 10),
            facts(certificate.rows, WIDTH, label=LABEL, rtl=rtl),
            Spacer(0, 12),
            heading(_(N_("What is covered, and until when")), rtl=rtl),
            facts(certificate.cover, WIDTH, label=LABEL, rtl=rtl),
            Spacer(0, 12),
            heading(_(N_("The terms")), rtl=rtl),
            facts(certificate.clauses, WIDTH, label=36, rtl=rtl),
            Spacer(0, 12),
            Text(_(N_("This certificate helps, but nobody needs it: your invoice is enough.")), rtl=rtl),
            Spacer(0, 12),
            Qr(certificate.address, QR_SIDE),
        ]
        return found

    foot = f"{certificate.number} · {certificate.policy}"
    return build(story, title=f"{_(TITLE)} {certificate.number}", foot=foot, language=certificate.language)
