"""The job sheet that goes with a unit over the bench. A frozen dataclass in, a PDF out; no session, no tables."""

from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.lib.colors import HexColor
from reportlab.platypus import Flowable, KeepTogether, Spacer

from aftersales.documents.frame import WIDTH, build, columns, facts, heading
from aftersales.documents.qr import Qr
from aftersales.documents.text import LINE, SOFT, Text

QR_SIDE = 96.0
HALF = WIDTH / 2

CHECKS = (
    "Seal intact, number compared",
    "Serial number compared with this sheet",
    "Accessories complete",
    "Fault seen by ourselves",
    "Electrical safety measured",
    "Repair tested under load, 15 minutes",
    "Cleaned, packed, accessories added",
)


@dataclass(frozen=True, slots=True)
class JobSheet:
    """Everything that stands on the sheet, already in words. Empty strings leave their line out."""

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
    """The sheet as a PDF."""
    return build(
        lambda: _story(sheet),
        title=f"Job sheet {sheet.repair_number}",
        foot=f"{sheet.case_number} · {sheet.repair_number} · printed {sheet.printed}",
    )


def _story(sheet: JobSheet) -> list[Flowable]:
    return [
        _head(sheet),
        Spacer(1, 10),
        columns([[_customer(sheet), _unit(sheet)]], [HALF, HALF], gap=14),
        Spacer(1, 6),
        *_matter(sheet),
        Spacer(1, 6),
        *_checklist(),
        Spacer(1, 12),
        KeepTogether([_signatures()]),
    ]


def _head(sheet: JobSheet) -> Flowable:
    words = [
        Text("Job sheet", size=20, weight="Bold", leading=1.3),
        Text(f"{sheet.repair_number}", size=13, weight="Bold"),
        Text(f"Case {sheet.case_number} · taken in {sheet.opened}"),
        Text(", ".join([sheet.branch, *(line for line in sheet.branch_lines if line)]), size=8.5, colour=SOFT),
    ]
    if not sheet.link:
        return columns([[words]], [WIDTH])
    code = [Qr(sheet.link, QR_SIDE), Text("Scan to follow, read only", size=7, colour=SOFT, align="centre")]
    return columns([[words, code]], [WIDTH - QR_SIDE, QR_SIDE], gap=0)


def _customer(sheet: JobSheet) -> list[Flowable]:
    name = "\n".join(name for name in (sheet.customer, sheet.customer_local) if name)
    rows = [("Name", name), ("Phone", sheet.phone), ("Address", "\n".join(sheet.address))]
    return [heading("Customer"), facts(rows, HALF - 14, label=60)]


def _unit(sheet: JobSheet) -> list[Flowable]:
    rows = [("Product", f"{sheet.brand} {sheet.product}".strip()), ("Model", sheet.model)]
    rows += [(kind.capitalize().replace("Imei", "IMEI "), value) for kind, value in sheet.identifiers]
    return [heading("Unit"), facts(rows, HALF - 14, label=80)]


def _matter(sheet: JobSheet) -> list[Flowable]:
    rows = [
        ("Complaint", sheet.complaint),
        ("Coverage", sheet.coverage),
        ("Condition", sheet.condition),
        ("Accessories", ", ".join(sheet.accessories) or "none recorded"),
        ("Seal", sheet.seal),
        ("Fault", sheet.fault),
        ("Cause", sheet.cause),
        ("Engineer", sheet.engineer),
    ]
    found: list[Flowable] = [Text(words) for words in sheet.findings]
    return [heading("What it is about"), facts(rows, WIDTH), *([heading("Findings"), *found] if found else [])]


def _checklist() -> list[Flowable]:
    box = Text("")
    rows = [[box, Text(words), Text("by", colour=SOFT), Text("")] for words in CHECKS]
    lines = [("BOX", (0, row), (0, row), 0.8, HexColor(SOFT)) for row in range(len(rows))]
    table = columns(
        rows,
        [14, WIDTH - 174, 20, 140],
        *lines,
        ("LEFTPADDING", (1, 0), (1, -1), 8),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
        ("LINEBELOW", (3, 0), (3, -1), 0.5, HexColor(LINE)),
        gap=0,
    )
    return [heading("Checks"), table]


def _signatures() -> Flowable:
    titles = ("Customer, on hand-over", "Technician", "Engineer")
    room, between = WIDTH / 3 - 14, 21
    spread = [Text(f"{title}, name and date", size=8, colour=SOFT) for title in titles]
    return columns(
        [[Text("\n\n"), "", "", "", ""], [spread[0], "", spread[1], "", spread[2]]],
        [room, between, room, between, room],
        *[("LINEABOVE", (place, 1), (place, 1), 0.6, HexColor(SOFT)) for place in (0, 2, 4)],
        gap=0,
    )
