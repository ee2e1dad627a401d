"""A new document of ours: its number in the branch's series, in the branch's year; found by it like a case's."""

from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from aftersales.auth import repository as auth
from aftersales.search import index
from aftersales.status.changes import NewDocument
from aftersales.work import Work


class About(Protocol):
    """Whatever a document of ours stands beside."""

    @property
    def stream_id(self) -> UUID: ...

    @property
    def branch_id(self) -> UUID: ...

    @property
    def unit_id(self) -> UUID | None: ...

    @property
    def customer_id(self) -> UUID | None: ...


async def next_number(work: Work, branch_id: UUID, letter: str) -> str:
    """The next number of the branch in the series of the letter, gaps allowed."""
    branch = await auth.branch(work.session, work.scope, branch_id)
    return await work.numbers.next(f"{branch.code}-{letter}", work.now.astimezone(ZoneInfo(branch.timezone)).year)


async def new_on(work: Work, about: About, letter: str) -> NewDocument:
    """A document that stands beside `about`: on its stream, in its branch, for its unit and customer."""
    return NewDocument(
        stream_id=about.stream_id,
        branch_id=about.branch_id,
        number=await next_number(work, about.branch_id, letter),
        unit_id=about.unit_id,
        customer_id=about.customer_id,
    )


async def findable(work: Work, text: str, case_id: UUID, customer_id: UUID | None) -> None:
    """Whoever looks for this number or reference finds the case."""
    if customer_id is not None:
        await index.put(
            work.session, kind="number", text=text, entity="document", entity_id=case_id, customer_id=customer_id
        )
