"""Posting on a real database: what one caller may rely on."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.errors import Conflict, Invalid, NotFound, Stale
from aftersales.ids import new_id
from aftersales.scope import SYSTEM_ACTOR
from aftersales.status import engine
from aftersales.status.changes import NewDocument, event, move, open_document
from aftersales.status.machine import Audience
from aftersales.status.models import Document, StatusNote, Stream, TimelineEntry
from tests.factories.posting import JOB, NOW, TICKET, branch, posted, printed, received, staff


@pytest.fixture
async def branch_id(session: AsyncSession) -> UUID:
    return await branch(session)


async def the_document(session: AsyncSession, document_id: UUID) -> Document:
    return (
        await session.execute(
            select(Document).where(Document.id == document_id).execution_options(populate_existing=True)
        )
    ).scalar_one()


async def stream_version(session: AsyncSession, stream_id: UUID) -> int | None:
    return (await session.execute(select(Stream.version).where(Stream.id == stream_id))).scalar_one_or_none()


async def test_a_document_opens_with_its_stream(session: AsyncSession, branch_id: UUID) -> None:
    change = received(branch_id)
    (entry,) = await engine.post(session, [change], actor=SYSTEM_ACTOR, at=NOW)
    assert entry == engine.Entry(change.document_id, 1, change.document_id, 1, "received")
    document = await the_document(session, change.document_id)
    assert (document.status, document.category, document.version) == ("received", "open", 1)
    assert document.opened_at == document.changed_at == NOW
    assert await stream_version(session, entry.stream_id) == 1
    line = (await session.execute(select(TimelineEntry))).scalar_one()
    assert (line.from_status, line.to_status, line.kind, line.name) == (None, "received", "status", "receive")
    assert (line.actor_kind, line.actor_id, line.origin, line.at) == ("system", None, "live", NOW)
    messages = (await session.execute(text("SELECT stream_id, version FROM outbox_message"))).all()
    assert [tuple(m) for m in messages] == [(entry.stream_id, 1)]


async def test_a_chain_of_one_document_is_posted_in_order(session: AsyncSession, branch_id: UUID) -> None:
    change = received(branch_id)
    who = await staff(session, branch_id)
    one = change.document_id
    entries = await posted(
        session,
        [
            change,
            event(JOB, one, "noted", note="  Dented at the back  ", at=NOW),
            move(JOB, one, "start", assignee_id=who, at=NOW + timedelta(hours=1)),
            event(JOB, one, "weighed", data={"grams": 8100}, at=NOW + timedelta(hours=2)),
            move(JOB, one, "finish", at=NOW + timedelta(hours=3)),
            event(JOB, one, "noted", at=NOW + timedelta(hours=4)),
        ],
    )
    assert [e.version for e in entries] == [1, 2, 3, 4, 5, 6]
    assert [e.document_version for e in entries] == [1, 2, 3, 4, 5, 6]
    assert [e.status for e in entries] == ["received", "received", "started", "started", "finished", "finished"]
    document = await the_document(session, one)
    assert (document.status, document.category, document.version) == ("finished", "done", 6)
    assert document.assignee_id == who
    assert document.changed_at == NOW + timedelta(hours=3)
    lines = (await session.execute(select(TimelineEntry).order_by(TimelineEntry.version))).scalars().all()
    assert [(x.from_status, x.to_status) for x in lines] == [
        (None, "received"),
        ("received", None),
        ("received", "started"),
        ("started", None),
        ("started", "finished"),
        ("finished", None),
    ]
    assert lines[3].data == {"grams": 8100}
    assert [x.audience for x in lines] == ["staff"] * 4 + ["customer", "staff"]
    notes = (await session.execute(select(StatusNote.version, StatusNote.text))).all()
    assert [tuple(n) for n in notes] == [(2, "Dented at the back")]


async def test_a_chain_on_a_document_that_is_there(session: AsyncSession, branch_id: UUID) -> None:
    change = received(branch_id)
    await posted(session, [change])
    one = change.document_id
    entries = await posted(
        session,
        [event(JOB, one, "noted", audience=Audience.CUSTOMER), move(JOB, one, "start"), move(JOB, one, "finish")],
    )
    assert [(e.version, e.document_version, e.status) for e in entries] == [
        (2, 2, "received"),
        (3, 3, "started"),
        (4, 4, "finished"),
    ]
    assert (await the_document(session, one)).version == 4


async def test_several_documents_on_one_new_stream(session: AsyncSession, branch_id: UUID) -> None:
    case = received(branch_id)
    second, third = received(branch_id, case.document_id), printed(branch_id, case.document_id)
    entries = await posted(session, [second, case, third, move(JOB, second.document_id, "start")])
    assert [e.version for e in entries] == [1, 2, 3, 4]
    assert [e.document_version for e in entries] == [1, 1, 1, 2]
    assert {e.stream_id for e in entries} == {case.document_id}
    assert await stream_version(session, case.document_id) == 4


async def test_mixed_machines_and_streams_in_one_batch(session: AsyncSession, branch_id: UUID) -> None:
    a, b = received(branch_id), received(branch_id)
    await posted(session, [a, b])
    ticket = printed(branch_id, a.document_id)
    entries = await posted(
        session,
        [
            move(JOB, a.document_id, "start"),
            ticket,
            move(JOB, b.document_id, "start"),
            move(TICKET, ticket.document_id, "tear"),
        ],
    )
    assert [(e.stream_id, e.version) for e in entries] == [
        (a.document_id, 2),
        (a.document_id, 3),
        (b.document_id, 2),
        (a.document_id, 4),
    ]


async def test_five_hundred_changes_are_one_statement(session: AsyncSession, branch_id: UUID) -> None:
    case = received(branch_id)
    await posted(session, [case, *(received(branch_id, case.document_id) for _ in range(499))])
    assert await stream_version(session, case.document_id) == 500
    ids = (await session.execute(select(Document.id).where(Document.stream_id == case.document_id))).scalars().all()
    entries = await posted(session, [move(JOB, i, "start") for i in ids])
    assert [e.version for e in entries] == list(range(501, 1001))
    messages = await session.execute(text("SELECT count(*) FROM outbox_message"))
    assert messages.scalar_one() == 1000


@pytest.mark.parametrize("size", [0, 501])
async def test_a_batch_holds_1_to_500(session: AsyncSession, branch_id: UUID, size: int) -> None:
    with pytest.raises(Invalid) as caught:
        await posted(session, [received(branch_id)] * size)
    assert caught.value.code == "status.batch_size"


async def test_an_illegal_move_names_what_is_legal_and_changes_nothing(session: AsyncSession, branch_id: UUID) -> None:
    good, bad = received(branch_id), received(branch_id)
    await posted(session, [good, bad])
    with pytest.raises(Conflict) as caught:
        await posted(session, [move(JOB, good.document_id, "start"), move(JOB, bad.document_id, "finish")])
    assert caught.value.code == "status.illegal"
    assert caught.value.extra == {"document_status": "received", "legal": ["start"]}
    assert (await the_document(session, good.document_id)).status == "received"
    assert await stream_version(session, good.document_id) == 1


async def test_what_has_ended_says_so(session: AsyncSession, branch_id: UUID) -> None:
    change = received(branch_id)
    one = change.document_id
    await posted(session, [change, move(JOB, one, "start"), move(JOB, one, "finish"), move(JOB, one, "scrap")])
    with pytest.raises(Conflict, match="nothing, it has ended"):
        await posted(session, [move(JOB, one, "reopen")])


async def test_a_chain_that_contradicts_itself(session: AsyncSession, branch_id: UUID) -> None:
    change = received(branch_id)
    with pytest.raises(Conflict) as caught:
        await posted(session, [change, move(JOB, change.document_id, "finish")])
    assert caught.value.extra["document_status"] == "received"
    with pytest.raises(Conflict) as caught:
        await posted(session, [change, event(JOB, change.document_id, "weighed")])
    assert caught.value.code == "status.illegal"


async def test_an_event_outside_its_states(session: AsyncSession, branch_id: UUID) -> None:
    change = received(branch_id)
    await posted(session, [change])
    with pytest.raises(Conflict) as caught:
        await posted(session, [event(JOB, change.document_id, "weighed")])
    assert caught.value.code == "status.illegal"


async def test_a_creating_verb_moves_nothing(session: AsyncSession, branch_id: UUID) -> None:
    change = received(branch_id)
    await posted(session, [change])
    with pytest.raises(Conflict) as caught:
        await posted(session, [move(JOB, change.document_id, "receive")])
    assert caught.value.code == "status.illegal"


async def test_the_same_document_twice_in_a_batch(session: AsyncSession, branch_id: UUID) -> None:
    change = received(branch_id)
    with pytest.raises(Conflict) as caught:
        await posted(session, [change, change])
    assert caught.value.code == "status.already_exists"
    with pytest.raises(Conflict) as caught:
        await posted(session, [change, move(TICKET, change.document_id, "tear")])
    assert caught.value.code == "status.already_exists"


async def test_if_version(session: AsyncSession, branch_id: UUID) -> None:
    change = received(branch_id)
    await posted(session, [change])
    with pytest.raises(Stale) as caught:
        await posted(session, [move(JOB, change.document_id, "start", if_version=2)])
    assert (caught.value.code, caught.value.extra) == ("status.stale", {"document_status": "received"})
    (entry,) = await posted(session, [move(JOB, change.document_id, "start", if_version=1)])
    assert entry.document_version == 2


async def test_what_is_not_there(session: AsyncSession, branch_id: UUID) -> None:
    with pytest.raises(NotFound) as caught:
        await posted(session, [move(JOB, new_id(), "start")])
    assert caught.value.code == "status.unknown_document"
    change = received(branch_id)
    await posted(session, [change])
    with pytest.raises(NotFound):
        await posted(session, [move(TICKET, change.document_id, "tear")])
    with pytest.raises(NotFound) as caught:
        await posted(session, [received(branch_id, new_id())])
    assert caught.value.code == "status.unknown_stream"


async def test_one_of_a_kind_while_open(session: AsyncSession, branch_id: UUID) -> None:
    first = received(branch_id, open_key="unit 1")
    await posted(session, [first])
    with pytest.raises(Conflict) as caught:
        await posted(session, [received(branch_id, open_key="unit 1")])
    assert caught.value.code == "status.already_open"
    await posted(session, [move(JOB, first.document_id, "start"), move(JOB, first.document_id, "finish")])
    second = received(branch_id, open_key="unit 1")
    await posted(session, [second])
    with pytest.raises(Conflict) as caught:
        await posted(session, [move(JOB, first.document_id, "reopen")])
    assert caught.value.code == "status.already_open"
    assert (await the_document(session, first.document_id)).status == "finished"
    await posted(session, [move(JOB, second.document_id, "start"), move(JOB, second.document_id, "finish")])
    await posted(session, [move(JOB, first.document_id, "reopen")])


async def test_taken_ids_and_numbers_and_the_transaction_goes_on(session: AsyncSession, branch_id: UUID) -> None:
    change = received(branch_id)
    await posted(session, [change])
    assert change.new is not None
    for again in (
        change,
        open_document(JOB, new_id(), "receive", change.new),
        open_document(JOB, new_id(), "receive", NewDocument(change.document_id, branch_id, change.new.number)),
    ):
        with pytest.raises(Conflict) as caught:
            await posted(session, [again])
        assert caught.value.code == "status.already_exists"
    assert await stream_version(session, change.document_id) == 1


async def test_a_reference_to_nothing(session: AsyncSession, branch_id: UUID) -> None:
    with pytest.raises(Invalid) as caught:
        await posted(session, [received(new_id())])
    assert caught.value.code == "status.unknown_reference"
    change = received(branch_id)
    await posted(session, [change])
    with pytest.raises(Invalid) as caught:
        await posted(session, [move(JOB, change.document_id, "start", assignee_id=new_id())])
    assert caught.value.extra["errors"] == [{"field": "assignee_id", "problem": "unknown"}]
    await posted(session, [move(JOB, change.document_id, "start")])


async def test_a_timeline_that_was_tampered_with_is_no_polite_refusal(session: AsyncSession, branch_id: UUID) -> None:
    change = received(branch_id)
    await posted(session, [change])
    await session.execute(text("UPDATE stream SET version = 0"))
    with pytest.raises(IntegrityError, match="duplicate key"):
        await posted(session, [event(JOB, change.document_id, "noted")])


async def test_locking(session: AsyncSession, branch_id: UUID) -> None:
    streams = [new_id(), new_id()]
    await engine.create_streams(session, streams)
    await engine.lock(session, [*streams, streams[0]])
    with pytest.raises(NotFound) as caught:
        await engine.lock(session, [*streams, new_id()])
    assert caught.value.code == "status.unknown_stream"
    (entry,) = await posted(session, [received(branch_id, streams[0])])
    assert entry.version == 1


async def test_rows_of_a_module_may_wait_in_the_session(session: AsyncSession, branch_id: UUID) -> None:
    """A module adds its row and opens its document in either order; the row's foreign key holds at the commit."""
    change = received(branch_id)
    session.add(StatusNote(stream_id=change.document_id, version=7, text="not yet written"))
    await posted(session, [change])
    assert session.new


async def test_what_a_document_is_about_is_said_once(session: AsyncSession, branch_id: UUID) -> None:
    """Of one that is not there nothing can be said either."""
    with pytest.raises(Conflict) as refused:
        await engine.place(session, new_id(), unit_id=new_id(), customer_id=new_id())
    assert refused.value.code == "status.placed"
