"""Claiming: what may be claimed of one party at one centre goes out together, month by month."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from aftersales.auth import repository as auth
from aftersales.errors import Conflict, Invalid
from aftersales.i18n import N_
from aftersales.ids import new_id
from aftersales.status.changes import MAX_CHANGES, Change, move
from aftersales.work import Work
from warranty.recovery import repository
from warranty.recovery.machine import MACHINES
from warranty.recovery.models import Filing
from warranty.recovery.permissions import FILE
from warranty.recovery.rules import Party
from warranty.recovery.schemas import Acknowledged, FileRecoveries

UNANSWERED = ("filed", "refiled")


async def file(work: Work, body: FileRecoveries) -> UUID:
    """Claim all that is ripe by the end of the month; its sum is that of the closed lines. Returns the filing's id.

    Raises Forbidden, NotFound, Invalid (`recovery.month_to_come`), Conflict (`recovery.nothing_to_file`).
    """
    work.scope.require(FILE, body.branch_id)
    branch = await auth.branch(work.session, work.scope, body.branch_id)
    first = datetime.strptime(body.month, "%Y-%m").replace(tzinfo=ZoneInfo(branch.timezone))
    if first > work.now:
        words = N_("This month has not begun. Choose this month or an earlier one.")
        raise Invalid("recovery.month_to_come", words, errors=[{"field": "month", "problem": words}])
    after = (first + timedelta(days=32)).replace(day=1)
    found = await repository.to_file(
        work.session,
        work.scope,
        body.party,
        body.party_id,
        branch_id=branch.id,
        currency=body.currency or branch.currency,
        before=after,
    )
    if not found:
        raise Conflict(
            "recovery.nothing_to_file",
            "Nothing waits to be claimed there up to the end of this month: it was claimed before, or parts are not "
            "back yet.",
        )
    filing = Filing(
        id=new_id(),
        number=await work.numbers.next(f"{branch.code}-F", first.year),
        brand_id=body.party_id if body.party is Party.BRAND else None,
        supplier_id=body.party_id if body.party is Party.SUPPLIER else None,
        branch_id=branch.id,
        month=first.date(),
        currency=found[0][0].currency,
        total_minor=sum(row.due_minor for row, _ in found),
        count=len(found),
        filed_at=work.now,
        filed_by=work.scope.staff_id,
    )
    data = {"filing_id": filing.id}
    await _post(
        work, [move(MACHINES[name], row.id, "file", data=data | {"amount": row.due_minor}) for row, name in found]
    )
    work.session.add(filing)
    await work.session.flush()
    for row, _ in found:
        row.filing_id = filing.id
    await work.session.flush()
    return filing.id


async def acknowledge(work: Work, filing_id: UUID, body: Acknowledged) -> None:
    """They have the whole filing. Raises NotFound, Forbidden, Conflict (`recovery.answered`)."""
    filing = await repository.filing(work.session, work.scope, filing_id)
    work.scope.require(FILE, filing.branch_id)
    waiting = await repository.in_filing(work.session, work.scope, filing_id, UNANSWERED)
    if not waiting:
        raise Conflict("recovery.answered", "Everything in it has been acknowledged or answered already.")
    data = {"reference": code_of(body.reference)} if code_of(body.reference) else {}
    await _post(work, [move(MACHINES[name], one, "acknowledge", data=data) for one, name in waiting])


async def _post(work: Work, changes: Sequence[Change]) -> None:
    for begin in range(0, len(changes), MAX_CHANGES):
        await work.post(*changes[begin : begin + MAX_CHANGES])


def code_of(reference: str) -> str:
    """A reference as the timeline may carry it: codes only; anything else is in the row alone."""
    kept = reference.replace(" ", "-")
    return kept if kept.isascii() and kept.replace("-", "").replace("/", "").isalnum() and len(kept) <= 60 else ""
