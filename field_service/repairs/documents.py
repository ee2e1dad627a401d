"""The job sheet that goes with a unit over the bench, in its owner's language. A frozen dataclass in, a PDF out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.platypus import Flowable, KeepTogether, Spacer, Table

from aftersales.documents.frame import WIDTH, build, columns, facts, heading, right_to_left
from aftersales.documents.qr import Qr
from aftersales.documents.text import LINE, SOFT, Text
from aftersales.i18n import N_, joined, left_to_right, said

QR_SIDE = 96.0
HALF = WIDTH / 2
LABEL = 84
IDENTIFIERS = {"serial": N_("Serial number"), "imei1": N_("IMEI 1"), "imei2": N_("IMEI 2")}
IDENTIFIERS |= {"indoor_serial": N_("Indoor unit"), "outdoor_serial": N_("Outdoor unit")}

CHECKS = (
    N_("Seal intact, number compared"),
    N_("Serial number compared with this sheet"),
    N_("Accessories complete"),
    N_("Fault seen by ourselves"),
    N_("Electrical safety measured"),
    N_("Repair tested under load, 15 minutes"),
    N_("Cleaned, packed, accessories added"),
)


@dataclass(frozen=True, slots=True)
class JobSheet:
    """Everything that stands on the sheet, already in words. Empty strings leave their line out.

    What we say is said in `language`; what people wrote stays as they wrote it.
    """

    language: str
    branch: str
    branch_lines: tuple[str, ...]
    case_number: str
    repair_number: str
    opened: str
    printed: str
    customer: str
    customer_local: str
    phone: str
    address: tuple[str, ...]
    brand: str
    product: str
    model: str
    identifiers: tuple[tuple[str, str], ...]
    complaint: str
    coverage: str
    condition: str
    accessories: tuple[str, ...]
    seal: str
    fault: str
    cause: str
    findings: Sequence[str]
    engineer: str
    link: str


def draw(sheet: JobSheet) -> bytes:
    """The sheet as a PDF, in its language."""
    title = N_("Job sheet {number}").format(number=sheet.repair_number)
    foot = [sheet.case_number, sheet.repair_number, N_("printed {when}").format(when=sheet.printed)]
    return build(
        lambda: _Sheet(sheet).story(),
        title=str(said(title, sheet.language)),
        foot=str(said(joined(foot, " · "), sheet.language)),
        language=sheet.language,
    )


class _Sheet:
    """One round of drawing, in the sheet's language and in its direction."""

    def __init__(self, sheet: JobSheet) -> None:
        self._sheet = sheet
        self._rtl = right_to_left(sheet.language)

    def story(self) -> list[Flowable]:
        return [
            self._head(),
            Spacer(1, 10),
            self._columns([[self._customer(), self._unit()]], [HALF, HALF], gap=14),
            Spacer(1, 6),
            *self._matter(),
            Spacer(1, 6),
            *self._checklist(),
            Spacer(1, 12),
            KeepTogether([self._signatures()]),
        ]

    def _say(self, words: str) -> str:
        return str(said(words, self._sheet.language))

    def _text(self, words: str, **looks: Any) -> Text:
        return Text(self._say(words), rtl=self._rtl, **looks)

    def _columns(self, cells: Sequence[Sequence[Any]], widths: Sequence[float], *extra: Any, gap: float = 8) -> Table:
        return columns(cells, widths, *extra, gap=gap, rtl=self._rtl)

    def _heading(self, words: str) -> Text:
        return heading(self._say(words), rtl=self._rtl)

    def _facts(self, rows: Sequence[tuple[str, str]], width: float, *, label: float = 92) -> Table:
        spoken = [(self._say(name), self._say(value)) for name, value in rows]
        return facts(spoken, width, label=label, rtl=self._rtl)

    def _number(self, number: str) -> str:
        return left_to_right(number, self._sheet.language) if number else ""

    def _head(self) -> Flowable:
        sheet = self._sheet
        opened = N_("Case {number} · taken in {when}").format(number=sheet.case_number, when=sheet.opened)
        words = [
            self._text(N_("Job sheet"), size=20, weight="Bold", leading=1.3),
            self._text(sheet.repair_number, size=13, weight="Bold"),
            self._text(opened),
            self._text(joined([sheet.branch, *sheet.branch_lines]), size=8.5, colour=SOFT),
        ]
        if not sheet.link:
            return self._columns([[words]], [WIDTH])
        scan = self._text(N_("Scan to follow, read only"), size=7, colour=SOFT, align="centre")
        code = [Qr(sheet.link, QR_SIDE), scan]
        return self._columns([[words, code]], [WIDTH - QR_SIDE, QR_SIDE], gap=0)

    def _customer(self) -> list[Flowable]:
        sheet = self._sheet
        name = "\n".join(name for name in (sheet.customer, sheet.customer_local) if name)
        rows = [(N_("Name"), name), (N_("Phone"), self._number(sheet.phone))]
        rows.append((N_("Address"), "\n".join(sheet.address)))
        return [self._heading(N_("Customer")), self._facts(rows, HALF - 14, label=LABEL)]

    def _unit(self) -> list[Flowable]:
        sheet = self._sheet
        rows = [(N_("Product"), f"{sheet.brand} {sheet.product}".strip()), (N_("Model"), sheet.model)]
        rows += [(IDENTIFIERS.get(kind, kind.capitalize()), self._number(value)) for kind, value in sheet.identifiers]
        return [self._heading(N_("Unit")), self._facts(rows, HALF - 14, label=LABEL)]

    def _matter(self) -> list[Flowable]:
        sheet = self._sheet
        rows = [
            (N_("Complaint"), sheet.complaint),
            (N_("Coverage"), sheet.coverage),
            (N_("Condition"), sheet.condition),
            (N_("Accessories"), ", ".join(sheet.accessories) or N_("none recorded")),
            (N_("Seal"), self._number(sheet.seal)),
            (N_("Fault"), sheet.fault),
            (N_("Cause"), sheet.cause),
            (N_("Engineer"), sheet.engineer),
        ]
        found: list[Flowable] = [self._text(words) for words in sheet.findings]
        about = [self._heading(N_("What it is about")), self._facts(rows, WIDTH)]
        return [*about, *([self._heading(N_("Findings")), *found] if found else [])]

    def _checklist(self) -> list[Flowable]:
        rows = [
            [Text(""), self._text(words), self._text(N_("checked by"), size=8, colour=SOFT), Text("")]
            for words in CHECKS
        ]
        lines = [("BOX", (0, row), (0, row), 0.8, HexColor(SOFT)) for row in range(len(rows))]
        table = self._columns(
            rows,
            [14, WIDTH - 214, 70, 130],
            *lines,
            ("LEFTPADDING", (1, 0), (1, -1), 8),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
            ("LINEBELOW", (3, 0), (3, -1), 0.5, HexColor(LINE)),
            gap=0,
        )
        return [self._heading(N_("Checks")), table]

    def _signatures(self) -> Flowable:
        titles = (
            N_("Customer, on hand-over: name and date"),
            N_("Technician: name and date"),
            N_("Engineer: name and date"),
        )
        room, between = WIDTH / 3 - 14, 21
        spread = [self._text(title, size=8, colour=SOFT) for title in titles]
        return self._columns(
            [[Text("\n\n"), "", "", "", ""], [spread[0], "", spread[1], "", spread[2]]],
            [room, between, room, between, room],
            *[("LINEABOVE", (place, 1), (place, 1), 0.6, HexColor(SOFT)) for place in (0, 2, 4)],
            gap=0,
        )
