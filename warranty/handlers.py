"""What warranty does when something happens elsewhere. Each runs in its own transaction and may run twice."""

from aftersales.module import Posted
from aftersales.work import Work
from warranty.recovery.service import closing
from warranty.service import aftercare, claims, living, replacing


async def case_opened(work: Work, posted: Posted) -> None:
    """Answer for the unit of a new case, and open a claim."""
    await claims.open_for_case(work, posted.stream_id)


async def diagnosed(work: Work, posted: Posted) -> None:
    """The workshop has found the cause."""
    cause = posted.data.get("cause_code")
    await claims.cause_found(work, posted.stream_id, cause if isinstance(cause, str) else None)
    await replacing.diagnosed(work, posted.stream_id)


async def part_missing(work: Work, posted: Posted) -> None:
    """The workshop waits for a part."""
    await replacing.part_missing(work, posted.stream_id, posted.document_id, posted.at)


async def registered(work: Work, posted: Posted) -> None:
    """A registration counts from now on."""
    await living.begin(work, posted.document_id)


async def repaired(work: Work, posted: Posted) -> None:
    """The repair has passed its check: it carries a warranty of its own. What goes back as it came was not repaired."""
    if posted.from_status == "quality_check":
        await aftercare.repaired(work, posted.stream_id, posted.at)


async def handed_over(work: Work, posted: Posted) -> None:
    """The unit is back with the customer."""
    await aftercare.returned(work, posted.stream_id, posted.at)
    await claims.handed_over(work, posted.stream_id)


async def claim_fulfilled(work: Work, posted: Posted) -> None:
    """What a claim gave has been done: its lines are closed, but for parts that have not come back."""
    await closing.fulfilled(work, posted.document_id)


async def case_ended(work: Work, posted: Posted) -> None:
    """Nothing of the case is left to decide."""
    await claims.case_ended(work, posted.stream_id)
