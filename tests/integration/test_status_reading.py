"""Who sees which documents and how much of a timeline."""

from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.errors import NotFound
from aftersales.ids import new_id
from aftersales.scope import SYSTEM, Actor, ActorKind, Scope
from aftersales.status import documents, timeline
from aftersales.status.changes import event, move
from aftersales.status.engine import create_streams
from aftersales.status.machine import Audience
from tests.factories.posting import JOB, branch, posted, printed, received, staff

STAFF, CUSTOMER = Audience.STAFF, Audience.CUSTOMER


@dataclass(frozen=True)
class World:
    here: UUID
    there: UUID
    technician: UUID
    mine: UUID
    ticket: UUID
    other: UUID
    elsewhere: UUID


@pytest.fixture
async def world(session: AsyncSession) -> World:
    """Two branches; here a case of the technician's with a ticket beside it, and another case; there one more."""
    here, there = await branch(session), await branch(session)
    technician = await staff(session, here)
    mine, other, elsewhere = received(here), received(here), received(there)
    ticket = printed(here, mine.document_id)
    one = mine.document_id
    await posted(
        session,
        [
            mine,
            other,
            elsewhere,
            ticket,
            move(JOB, one, "start", assignee_id=technician, note="Third bench"),
            move(JOB, one, "finish", note="New belt"),
            event(JOB, one, "noted", note="Pays late", data={"photo_id": one}),
        ],
    )
    return World(here, there, technician, one, ticket.document_id, other.document_id, elsewhere.document_id)


def at(*branches: UUID, permission: str = "job.view") -> Scope:
    return Scope(Actor(ActorKind.STAFF, new_id()), {permission: frozenset(branches)})


def customer(stream_id: UUID | None) -> Scope:
    return Scope(Actor(ActorKind.CUSTOMER, new_id()), stream_id=stream_id)


async def seen(session: AsyncSession, scope: Scope, permission: str | None = None) -> set[UUID]:
    return {view.id for view in await documents.newest(session, scope, "job", permission=permission)}


async def test_the_system_sees_everything(session: AsyncSession, world: World) -> None:
    assert await seen(session, SYSTEM) == {world.mine, world.other, world.elsewhere}


async def test_staff_see_their_branches(session: AsyncSession, world: World) -> None:
    assert await seen(session, at(world.here)) == {world.mine, world.other}
    assert await seen(session, at(world.here, world.there), "job.view") == {world.mine, world.other, world.elsewhere}
    assert await seen(session, at(world.here), "job.decide") == set()
    everywhere = Scope(Actor(ActorKind.STAFF, new_id()), {"a": frozenset({world.here}), "b": None})
    assert len(await seen(session, everywhere)) == 3
    assert await seen(session, everywhere, "a") == {world.mine, world.other}
    assert await seen(session, Scope(Actor(ActorKind.STAFF, new_id()))) == set()


async def test_technicians_see_the_streams_they_have_work_on(session: AsyncSession, world: World) -> None:
    scope = Scope(Actor(ActorKind.STAFF, world.technician), {"job.work": None}, assigned_only=True)
    assert await seen(session, scope) == {world.mine}
    assert [v.id for v in await documents.on_stream(session, scope, world.mine)] == [world.mine, world.ticket]
    with pytest.raises(NotFound):
        await documents.get(session, scope, world.other)
    assert len(await timeline.read(session, scope, world.mine, STAFF)) == 5
    with pytest.raises(NotFound):
        await timeline.read(session, scope, world.other, STAFF)


async def test_customers_see_the_stream_of_their_link(session: AsyncSession, world: World) -> None:
    scope = customer(world.mine)
    assert await seen(session, scope, "job.view") == {world.mine}
    assert (await documents.get(session, scope, world.ticket)).machine == "ticket"
    assert await seen(session, customer(None)) == set()
    for other in (customer(None), customer(world.other)):
        with pytest.raises(NotFound):
            await documents.get(session, other, world.mine)
        with pytest.raises(NotFound):
            await timeline.read(session, other, world.mine, CUSTOMER)
        with pytest.raises(NotFound):
            await timeline.version(session, other, world.mine)


async def test_one_document(session: AsyncSession, world: World) -> None:
    view = await documents.get(session, at(world.here), world.mine, "job")
    assert (view.status, view.category, view.version, view.assignee_id) == ("finished", "done", 4, world.technician)
    assert (view.stream_id, view.branch_id, view.unit_id, view.customer_id) == (world.mine, world.here, None, None)
    for scope, machine in ((at(world.here), "ticket"), (at(world.there), "job")):
        with pytest.raises(NotFound) as caught:
            await documents.get(session, scope, world.mine, machine)
        assert caught.value.code == "status.unknown_document"


async def test_documents_of_a_stream_by_pages(session: AsyncSession, world: World) -> None:
    first = await documents.on_stream(session, SYSTEM, world.mine, limit=1)
    assert [v.id for v in first] == [world.mine]
    rest = await documents.on_stream(session, SYSTEM, world.mine, after=first[0].id)
    assert [v.id for v in rest] == [world.ticket]
    assert [v.id for v in await documents.of_machine(session, SYSTEM, world.mine, "ticket")] == [world.ticket]


async def test_lists_newest_first_with_filters(session: AsyncSession, world: World) -> None:
    page = await documents.newest(session, SYSTEM, "job", limit=2)
    rest = await documents.newest(session, SYSTEM, "job", before=page[-1].id)
    assert [v.id for v in (*page, *rest)] == sorted([world.mine, world.other, world.elsewhere], reverse=True)
    there = await documents.newest(session, SYSTEM, "job", branch_id=world.there)
    assert [v.id for v in there] == [world.elsewhere]
    done = await documents.newest(session, SYSTEM, "job", statuses={"finished", "stuck"})
    assert [v.id for v in done] == [world.mine]
    mine = await documents.newest(session, SYSTEM, "job", assignee_id=world.technician)
    assert [v.id for v in mine] == [world.mine]


async def test_staff_read_the_whole_timeline_with_its_notes(session: AsyncSession, world: World) -> None:
    entries = await timeline.read(session, at(world.here), world.mine, STAFF)
    assert [(e.version, e.name, e.note) for e in entries] == [
        (1, "receive", None),
        (2, "print", None),
        (3, "start", "Third bench"),
        (4, "finish", "New belt"),
        (5, "noted", "Pays late"),
    ]
    assert entries[0].actor == Actor(ActorKind.SYSTEM)
    assert entries[3].audience is CUSTOMER
    assert entries[4].data == {"photo_id": str(world.mine)}


async def test_customers_read_what_is_for_them(session: AsyncSession, world: World) -> None:
    for scope, audience in ((customer(world.mine), STAFF), (customer(world.mine), CUSTOMER), (SYSTEM, CUSTOMER)):
        entries = await timeline.read(session, scope, world.mine, audience)
        assert [(e.version, e.note) for e in entries] == [(4, "New belt")]


async def test_the_timeline_by_pages(session: AsyncSession, world: World) -> None:
    first = await timeline.read(session, SYSTEM, world.mine, STAFF, limit=2)
    rest = await timeline.read(session, SYSTEM, world.mine, STAFF, first[-1].version)
    assert [e.version for e in (*first, *rest)] == [1, 2, 3, 4, 5]
    assert await timeline.read(session, SYSTEM, world.mine, STAFF, 5) == []
    last = await timeline.latest(session, SYSTEM, world.mine, STAFF, limit=2)
    assert [e.version for e in last] == [5, 4]
    before = await timeline.latest(session, SYSTEM, world.mine, STAFF, last[-1].version)
    assert [e.version for e in before] == [3, 2, 1]


async def test_how_far_a_stream_has_come(session: AsyncSession, world: World) -> None:
    assert await timeline.version(session, at(world.here), world.mine) == 5
    assert await timeline.version(session, customer(world.mine), world.mine) == 5
    with pytest.raises(NotFound) as caught:
        await timeline.version(session, at(world.there), world.mine)
    assert caught.value.code == "status.unknown_stream"
    with pytest.raises(NotFound):
        await timeline.version(session, SYSTEM, new_id())


async def test_a_stream_without_documents_is_empty_not_absent(session: AsyncSession, world: World) -> None:
    unit = new_id()
    await create_streams(session, [unit])
    assert await timeline.read(session, at(world.there), unit, STAFF) == []
    with pytest.raises(NotFound):
        await timeline.read(session, customer(world.mine), unit, STAFF)
