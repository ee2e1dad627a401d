"""A filing on paper: what is claimed of one brand or supplier, job by job. Data in, a PDF out."""

from collections.abc import Sequence
from dataclasses import dataclass

from reportlab.platypus import Flowable, Spacer

from aftersales.documents.frame import WIDTH, build, columns, facts
from aftersales.documents.text import SOFT, Text

_WIDTHS = (92.0, 84.0, 70.0, 96.0, 84.0)
_HEADS = ("Our number", "Claim and line", "Your ticket", "Product and part", "Removed part", "Amount")


@dataclass(frozen=True, slots=True)
class Job:
    """One line of it; `amount` is written out with its currency."""

    number: str
    claim: str
    ticket: str
    what: str
    removed: str
    amount: str


@dataclass(frozen=True, slots=True)
class Filed:
    """What is claimed, in English: brands and suppliers are businesses."""

    company: str
    number: str
    rows: Sequence[tuple[str, str]]
    jobs: Sequence[Job]
    total: str


def draw(filed: Filed) -> bytes:
    """The filing as a PDF."""

    def story() -> list[Flowable]:
        widths = [*_WIDTHS, WIDTH - sum(_WIDTHS)]
        cells = [
            [Text(one, size=8, align="right" if one == _HEADS[-1] else "left") for one in row]
            for row in ((job.number, job.claim, job.ticket, job.what, job.removed, job.amount) for job in filed.jobs)
        ]
        head = [Text(one, size=8, colour=SOFT) for one in _HEADS]
        found: list[Flowable] = [
            Text(filed.company, size=11, colour=SOFT),
            Text(f"Claim {filed.number}", size=20, weight="Bold"),
            Spacer(0, 10),
            facts(filed.rows, WIDTH, label=110),
            Spacer(0, 12),
            columns([head, *cells], widths),
            Spacer(0, 10),
            Text(f"Total: {filed.total}", size=12, weight="Bold", align="right"),
        ]
        return found

    return build(story, title=f"Claim {filed.number}", foot=filed.number)
