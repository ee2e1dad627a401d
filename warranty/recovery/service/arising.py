"""A claim on a brand or supplier arises with the grant that it rests on, in the same transaction."""

from collections.abc import Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

from aftersales.ids import new_id
from aftersales.money import Money
from aftersales.status.changes import MAX_CHANGES, NewDocument, move, open_document
from aftersales.work import Work
from warranty.recovery import owing, repository
from warranty.recovery.machine import BRAND, MACHINES, SUPPLIER
from warranty.recovery.models import Recovery
from warranty.recovery.owing import Owed
from warranty.recovery.permissions import FILE
from warranty.recovery.rules import Party, due


async def arise(work: Work, claim_id: UUID) -> int:
    """Claim back what a brand or supplier is to pay of a claim that was granted; how much arose. Idempotent."""
    system = work.as_system()
    return await _open(system, await owing.owed(system.session, system.scope, claim_id))


async def catch_up(work: Work) -> int:
    """The same for everything that the report of what was forgotten lists, as far as a party is known, at the centres
    where the caller may claim."""
    found = await owing.owed(work.session, work.scope, permission=FILE)
    return await _open(work.as_system(), found[:MAX_CHANGES])


async def _open(work: Work, found: Sequence[Owed]) -> int:
    rows, changes = [], []
    for one in found:
        row = _row(one)
        machine = SUPPLIER if row.supplier_id is not None else BRAND
        new = NewDocument(
            stream_id=row.id,
            branch_id=one.branch_id,
            number=await number_for(work, one.branch_code, one.timezone),
            new_stream=True,
        )
        data = {"amount": row.due_minor, "claim_id": one.claim_id}
        changes.append(open_document(machine, row.id, "arise", new, data=data))
        rows.append(row)
        # Whoever reads the claim sees who bears the line in the end.
        one.line.payer = (Party.SUPPLIER if row.supplier_id is not None else Party.BRAND).value
    if changes:
        await work.post(*changes)
        work.session.add_all(rows)
        await work.session.flush()
    return len(rows)


async def number_for(work: Work, branch_code: str, timezone: str) -> str:
    """The next number of what is claimed back at a centre."""
    return await work.numbers.next(f"{branch_code}-D", work.now.astimezone(ZoneInfo(timezone)).year)


def _row(one: Owed) -> Recovery:
    line, brand = one.line, one.line.payer == Party.BRAND
    granted = Money(line.currency, line.granted_minor or 0)
    amount = granted if brand or one.percent is None else due(granted, one.percent)
    return Recovery(
        id=new_id(),
        brand_id=one.brand_id if brand else None,
        supplier_id=None if brand else one.supplier_id,
        line_id=line.id,
        source=f"line:{line.id}",
        unit_id=one.unit_id,
        product_id=one.product_id,
        quantity=1,
        currency=amount.currency,
        due_minor=amount.minor,
        received_minor=0,
        reference="",
        ripe_at=line.closed_at,
    )


async def withdraw(work: Work, claim_id: UUID) -> None:
    """The claim is decided anew: what was to be claimed back for it, and has not been, is not for now."""
    system = work.as_system()
    held = await repository.of_claim(system.session, system.scope, claim_id)
    waiting = [row for row, status in held if status == "eligible"]
    if not waiting:
        return
    kinds = {row.id: MACHINES[SUPPLIER.name if row.supplier_id is not None else BRAND.name] for row in waiting}
    await system.post(*(move(kinds[row.id], row.id, "withdraw") for row in waiting))
    for row in waiting:
        row.withdrawn_at = work.now
    await work.session.flush()
