"""A filing as it is sent: the PDF, made off the event loop."""

import asyncio
from uuid import UUID

from aftersales import clock
from aftersales.auth import repository as auth
from aftersales.i18n import format_money
from aftersales.money import Money
from aftersales.work import Work
from warranty.recovery import documents, repository
from warranty.recovery.documents import Filed, Job
from warranty.recovery.repository import RecoveryView


async def paper(work: Work, filing_id: UUID) -> tuple[str, bytes]:
    """Its number and the PDF, the first claimed first. Raises NotFound."""
    filing = await repository.filing(work.session, work.scope, filing_id)
    held = await repository.views(work.session, work.scope, filing_id=filing_id, limit=repository.MOST)
    branch = await auth.branch(work.session, work.scope, filing.branch_id)
    rows = [
        ("To", filing.party_name),
        ("Service centre", filing.branch_name),
        ("Month", f"{filing.month:%Y-%m}"),
        ("Filed on", clock.business_date(filing.filed_at, branch.timezone).isoformat()),
        ("Jobs", str(filing.count)),
    ]
    filed = Filed(
        company=work.settings.brand_name,
        number=filing.number,
        rows=rows,
        jobs=[_job(one) for one in reversed(held)],
        total=_written(filing.currency, filing.total_minor),
    )
    return filing.number, await asyncio.to_thread(documents.draw, filed)


def _job(one: RecoveryView) -> Job:
    claim = f"{one.claim}/{one.line}" if one.claim else ""
    pieces = f"× {one.quantity}" if one.quantity > 1 else ""
    what = " ".join(part for part in (one.product, one.part_code, pieces) if part)
    return Job(one.number, claim, one.ticket, what, one.removed_part or "", _written(one.currency, one.due_minor))


def _written(currency: str, minor: int) -> str:
    return f"{format_money(Money(currency, minor), 'en')} {currency}"
