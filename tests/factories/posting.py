"""Small machines and the rows that documents need, for tests of the status engine and the outbox."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.auth.models import Branch, Staff
from aftersales.ids import new_id
from aftersales.scope import SYSTEM_ACTOR
from aftersales.status.changes import Change, NewDocument, open_document
from aftersales.status.engine import Entry, post
from aftersales.status.machine import Audience, By, Category, Edge, EventKind, Machine, State

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ALL = frozenset(By)

JOB = Machine(
    name="job",
    title="job",
    states=(
        State("received", Category.OPEN, "Received", "We have it"),
        State("started", Category.OPEN, "Started"),
        State("stuck", Category.TROUBLE, "Stuck"),
        State("finished", Category.DONE, "Finished", "It is done"),
        State("scrapped", Category.DONE, "Scrapped", final=True),
    ),
    edges=(
        Edge("receive", (None,), "received", "Receive", by=ALL, permission="job.work", data=frozenset({"unit_id"})),
        Edge(
            "start",
            ("received", "stuck"),
            "started",
            "Start",
            permission="job.work",
            data=frozenset({"bay", "parts", "since"}),
        ),
        Edge("hold", ("started",), "stuck", "Hold", permission="job.work", reason=True),
        Edge("finish", ("started",), "finished", "Finish", permission="job.work", audience=Audience.CUSTOMER),
        Edge("reopen", ("finished",), "started", "Reopen", permission="job.work"),
        Edge("scrap", ("finished",), "scrapped", "Scrap", permission="job.work"),
    ),
    events=(
        EventKind("noted", "Noted", data=frozenset({"photo_id"})),
        EventKind("weighed", "Weighed", states=frozenset({"started"}), data=frozenset({"grams"})),
    ),
)

TICKET = Machine(
    name="ticket",
    title="ticket",
    states=(State("new", Category.OPEN, "New"), State("gone", Category.DONE, "Gone", final=True)),
    edges=(
        Edge("print", (None,), "new", "Print", permission="job.work"),
        Edge("tear", ("new",), "gone", "Tear", permission="job.work"),
    ),
)


async def branch(session: AsyncSession, branch_id: UUID | None = None) -> UUID:
    """A branch; its id."""
    made = branch_id or new_id()
    letters = "".join(chr(ord("A") + int(digit, 16)) for digit in made.hex[-5:])
    await session.execute(
        insert(Branch).values(
            id=made,
            code=letters,
            name="Kukatpally",
            phone="+914000000000",
            address="1 Main Road",
            postcode="500072",
            timezone="Asia/Kolkata",
            currency="INR",
        )
    )
    return made


async def staff(session: AsyncSession, branch_id: UUID) -> UUID:
    """Somebody who works at the branch; their id."""
    made = new_id()
    values = {"id": made, "login": f"s{made.hex}", "name": "A. Person", "branch_id": branch_id, "password_hash": "-"}
    await session.execute(insert(Staff).values(values))
    return made


def received(branch_id: UUID, stream_id: UUID | None = None, *, open_key: str | None = None) -> Change:
    """The change that opens a job: on a stream of its own, unless one is named."""
    document_id = new_id()
    new = NewDocument(
        stream_id=stream_id or document_id,
        branch_id=branch_id,
        number=f"T-{document_id.hex}",
        open_key=open_key,
        new_stream=stream_id is None,
    )
    return open_document(JOB, document_id, "receive", new)


def printed(branch_id: UUID, stream_id: UUID) -> Change:
    """The change that opens a ticket on a stream."""
    change = received(branch_id, stream_id)
    assert change.new is not None
    return open_document(TICKET, change.document_id, "print", replace(change.new))


async def posted(session: AsyncSession, changes: Iterable[Change], origin: str = "live") -> list[Entry]:
    """Post as the system."""
    return await post(session, list(changes), actor=SYSTEM_ACTOR, origin=origin)
