"""The number of a new document of ours: the branch's series, in the branch's year; found by it like a case's."""

from uuid import UUID
from zoneinfo import ZoneInfo

from aftersales.auth import repository as auth
from aftersales.search import index
from aftersales.work import Work


async def next_number(work: Work, branch_id: UUID, letter: str) -> str:
    """The next number of the branch in the series of the letter, gaps allowed."""
    branch = await auth.branch(work.session, work.scope, branch_id)
    return await work.numbers.next(f"{branch.code}-{letter}", work.now.astimezone(ZoneInfo(branch.timezone)).year)


async def findable(work: Work, text: str, case_id: UUID, customer_id: UUID | None) -> None:
    """Whoever looks for this number or reference finds the case."""
    if customer_id is not None:
        await index.put(
            work.session, kind="number", text=text, entity="document", entity_id=case_id, customer_id=customer_id
        )
