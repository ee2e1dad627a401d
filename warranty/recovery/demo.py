"""The share of claiming back in the demonstration: suppliers, lines at their cost, claims on them in every status."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from aftersales.ids import new_id
from aftersales.products.models import Product, Unit
from aftersales.status.changes import MAX_CHANGES, Change, NewDocument, move, open_document
from aftersales.status.models import Document
from aftersales.work import Work
from warranty.models import WarrantyClaim, WarrantyClaimLine
from warranty.recovery.machine import BRAND, SUPPLIER
from warranty.recovery.models import Filing, Recovery, Supplier, SupplierCover

_SENT = ("file",)
_KNOWN = ("file", "acknowledge")
WAYS: Mapping[str, tuple[str, ...]] = {
    "eligible": (),
    "filed": _SENT,
    "acknowledged": _KNOWN,
    "accepted": (*_KNOWN, "accept"),
    "partial": (*_KNOWN, "accept_partly"),
    "rejected": (*_KNOWN, "reject"),
    "refiled": (*_KNOWN, "reject", "refile"),
    "credited": (*_KNOWN, "accept_partly", "credit"),
    "closed": (*_KNOWN, "accept", "credit", "settle"),
}
"""How a claim on a brand or supplier comes to each status."""

NOTES = {
    "accept_partly": "They pay the part as in their list, not the freight.",
    "reject": "They cannot find the ticket.",
    "refile": "The ticket was opened by their own call centre; its recording is with the claim.",
}
PARTS = (("MO-75", "Motor"), ("CA-12", "Capacitor"), ("PB-20", "Control board"))
HALF = ("partial", "credited")


@dataclass(frozen=True, slots=True)
class _Job:
    """One line to be claimed back: of which claim, from whom, how far it has come."""

    claim: WarrantyClaim
    about: Document
    product_id: UUID
    brand_id: UUID | None
    supplier_id: UUID | None
    status: str
    number: int
    position: int

    @property
    def due(self) -> int:
        """Between ₹900 and ₹5,900."""
        return 90_000 + (self.number * 73_331) % 500_000

    @property
    def party(self) -> tuple[UUID | None, UUID]:
        """What a filing is for: one party at one centre."""
        return self.brand_id or self.supplier_id, self.about.branch_id

    def ripe(self, now: datetime) -> datetime:
        """What waits to be claimed has been ripe for three days."""
        return now - timedelta(days=3) if self.status == "eligible" else min(self.about.changed_at, now)


async def fill(work: Work, world: dict[str, Any]) -> None:
    """Two claims in each status, on brands and on two suppliers in turn."""
    suppliers = _suppliers(work)
    work.session.add_all(suppliers)
    await work.session.flush()
    for number, (code, _) in enumerate(PARTS):
        cover = {"part_code": code, "months": 120, "percent": Decimal(100), "since": date(2020, 1, 1)}
        work.session.add(SupplierCover(id=new_id(), supplier_id=suppliers[number % 2].id, **cover))
    lines = select(func.count()).where(WarrantyClaimLine.claim_id == WarrantyClaim.id).scalar_subquery()
    query = (
        select(WarrantyClaim, Document, Product.id, Product.brand_id, lines)
        .join(Document, Document.id == WarrantyClaim.id)
        .join(Unit, Unit.id == WarrantyClaim.unit_id)
        .join(Product, Product.id == Unit.product_id)
        .where(Document.status.in_(("fulfilled", "closed")))
        .order_by(Document.changed_at.desc(), Document.id)
        .limit(4 * len(WAYS))
    )
    jobs = []
    for number, (claim, about, product_id, brand_id, before) in enumerate(await work.session.execute(query)):
        of_brand = number % 2 == 0
        supplier_id = None if of_brand else suppliers[number // 2 % len(PARTS) % 2].id
        status = list(WAYS)[number // 2 % len(WAYS)]
        jobs.append(
            _Job(claim, about, product_id, brand_id if of_brand else None, supplier_id, status, number, before + 1)
        )
    codes = {branch_id: code for code, branch_id in world["branches"].items()}
    await _write(work, jobs, codes)


def _suppliers(work: Work) -> list[Supplier]:
    names = (("KRISHNA", "Krishna Motors"), ("DECCAN", "Deccan Cooling"))
    return [Supplier(id=new_id(), code=code, name=name, created_at=work.now) for code, name in names]


async def _write(work: Work, jobs: Sequence[_Job], codes: Mapping[UUID, str]) -> None:
    filings = {job.party: new_id() for job in jobs if job.status != "eligible"}
    lines = {job.number: _line(work, job) for job in jobs}
    for job in jobs:
        job.claim.granted_at = min(job.about.changed_at, work.now)
    work.session.add_all(lines.values())
    await work.session.flush()
    changes: list[Change] = []
    rows = []
    for job in jobs:
        machine = BRAND if job.brand_id is not None else SUPPLIER
        row = _recovery(work, job, lines[job.number], filings.get(job.party))
        number = await work.numbers.next(f"{codes[job.about.branch_id]}-D", work.now.year)
        new = NewDocument(stream_id=row.id, branch_id=job.about.branch_id, number=number, new_stream=True)
        at = job.ripe(work.now)
        changes.append(open_document(machine, row.id, "arise", new, data={"amount": job.due}, at=at))
        for step, verb in enumerate(WAYS[job.status], 1):
            later = min(at + timedelta(hours=20 * step), work.now)
            changes.append(move(machine, row.id, verb, note=NOTES.get(verb), at=later))
        rows.append(row)
    for begin in range(0, len(changes), MAX_CHANGES):
        await work.post(*changes[begin : begin + MAX_CHANGES])
    work.session.add_all([await _filing(work, jobs, party, one, codes) for party, one in filings.items()])
    await work.session.flush()
    work.session.add_all(rows)
    await work.session.flush()


def _line(work: Work, job: _Job) -> WarrantyClaimLine:
    code, name = PARTS[job.number // 2 % len(PARTS)]
    at = job.ripe(work.now)
    return WarrantyClaimLine(
        id=new_id(),
        claim_id=job.claim.id,
        position=job.position,
        cost_class="parts",
        description=name,
        asked_minor=job.due,
        granted_minor=job.due,
        currency="INR",
        standing="approved",
        payer="brand" if job.brand_id is not None else "supplier",
        ticket=f"T-{4100 + job.number}" if job.brand_id is not None else "",
        part_code=code,
        decided_at=at,
        removed_part=f"OLD{26000 + job.number}",
        part_back_at=at,
        closed_at=at,
    )


def _recovery(work: Work, job: _Job, line: WarrantyClaimLine, filing_id: UUID | None) -> Recovery:
    accepted = {"accepted": job.due, "closed": job.due, "rejected": 0, **dict.fromkeys(HALF, job.due // 2)}
    paid = {"closed": job.due, "credited": job.due // 2}
    return Recovery(
        id=new_id(),
        brand_id=job.brand_id,
        supplier_id=job.supplier_id,
        line_id=line.id,
        source=f"line:{line.id}",
        unit_id=job.claim.unit_id,
        product_id=job.product_id,
        currency="INR",
        due_minor=job.due,
        accepted_minor=accepted.get(job.status),
        received_minor=paid.get(job.status, 0),
        reference="CN-7781" if job.status in paid else "",
        ripe_at=job.ripe(work.now),
        filing_id=None if job.status == "eligible" else filing_id,
    )


async def _filing(
    work: Work, jobs: Sequence[_Job], party: tuple[UUID | None, UUID], filing_id: UUID, codes: Mapping[UUID, str]
) -> Filing:
    mine = [job for job in jobs if job.party == party and job.status != "eligible"]
    at = max(job.ripe(work.now) for job in mine)
    return Filing(
        id=filing_id,
        number=await work.numbers.next(f"{codes[party[1]]}-F", at.year),
        brand_id=mine[0].brand_id,
        supplier_id=mine[0].supplier_id,
        branch_id=party[1],
        month=at.date().replace(day=1),
        currency="INR",
        total_minor=sum(job.due for job in mine),
        count=len(mine),
        filed_at=at,
    )
