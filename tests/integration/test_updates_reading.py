"""Reading updates: by case, as a list, by whom; and sending one again."""

from uuid import UUID

import pytest
from pydantic import SecretStr

from aftersales.auth import codes
from aftersales.errors import Conflict, Forbidden, NotFound
from aftersales.http import PageParams
from aftersales.ids import new_id
from aftersales.scope import Actor, ActorKind, Scope
from aftersales.updates import repository, routes, service
from aftersales.updates.machine import UpdateState
from aftersales.updates.models import CustomerUpdate
from tests.factories.updates import World
from tests.factories.ways import waiting
from tests.fixtures.mail import MailServer


def staff(world: World, *permissions: str, branch_id: UUID | None = None) -> Scope:
    """Somebody who holds these permissions in the household's branch, or in another."""
    grants = {permission: frozenset({branch_id or world.branch_id}) for permission in permissions}
    return Scope(Actor(ActorKind.STAFF, world.staff_id), grants)


def customer(person_id: UUID, stream_id: UUID) -> Scope:
    """Whoever opened the person's link to the stream."""
    return Scope(Actor(ActorKind.CUSTOMER, person_id), stream_id=stream_id, person_id=person_id)


async def told(world: World) -> UUID:
    """A case on which four updates have been sent."""
    case_id = await world.case()
    await world.move(await world.job(case_id), "start")
    await world.settle()
    return case_id


async def test_a_case_shows_its_words_by_version(world: World) -> None:
    case_id = await told(world)
    async with world.work(staff(world, "updates.view")) as work:
        every = await repository.for_stream(work.session, work.scope, case_id)
        third = await repository.for_stream(work.session, work.scope, case_id, versions={3})
        page = await repository.for_stream(work.session, work.scope, case_id, limit=3)
        rest = await repository.for_stream(work.session, work.scope, case_id, before=page[-1].id)
    assert [u.id for u in every] == sorted((u.id for u in every), reverse=True)
    assert [u.id for u in page + rest] == [u.id for u in every]
    assert {u.version for u in every} == {1, 3}
    assert {(u.number, u.name, u.state) for u in third} == {
        (world.number, "Padma", UpdateState.SENT),
        (world.number, "Ravi", UpdateState.SENT),
    }


async def test_outside_the_scope_there_is_nothing(world: World) -> None:
    case_id = await told(world)
    for scope in (staff(world, "case.view"), staff(world, "updates.view", branch_id=new_id())):
        async with world.work(scope) as work:
            assert await repository.for_stream(work.session, work.scope, case_id) == []
            assert await repository.mailbox(work.session, work.scope) == []
            assert await repository.counts(work.session, work.scope) == {}


async def test_customers_read_what_they_were_sent_themselves(world: World) -> None:
    case_id = await told(world)
    [padma, *_] = await world.updates(case_id)
    await world.change(CustomerUpdate, padma.id, state="withheld", reason="no_address")
    async with world.work(customer(world.padma, case_id)) as work:
        mine = await repository.for_stream(work.session, work.scope, case_id)
    assert [(u.person_id, u.version) for u in mine] == [(world.padma, 3)]
    async with world.work(customer(world.ravi, case_id)) as work:
        assert [u.version for u in await repository.for_stream(work.session, work.scope, case_id)] == [3, 1]


async def test_the_list_is_paged_and_narrowed_by_state(world: World) -> None:
    case_id = await told(world)
    [first, *_] = await world.updates(case_id)
    await world.change(CustomerUpdate, first.id, state="failed", reason="rejected")
    async with world.work(staff(world, "updates.view")) as work:
        page = await repository.mailbox(work.session, work.scope, limit=3)
        rest = await repository.mailbox(work.session, work.scope, before=page[-1].id)
        failed = await repository.mailbox(work.session, work.scope, states=[UpdateState.FAILED])
        counts = await repository.counts(work.session, work.scope)
        one = await repository.one(work.session, work.scope, first.id)
    assert (len(page), len(rest)) == (3, 1)
    assert [u.id for u in failed] == [first.id] == [one.id]
    assert counts == {UpdateState.SENT: 3, UpdateState.FAILED: 1}


async def test_what_failed_is_sent_again(world: World, mail: MailServer) -> None:
    world = world.by(smtp_url=SecretStr(mail.url))
    mail.on_recipient = lambda _: "550 no such user"
    case_id = await world.case()
    await world.settle()
    [update, _] = await world.updates(case_id)
    mail.on_recipient = lambda _: None
    async with world.work(staff(world, "updates.view", "updates.retry")) as work:
        await service.send_again(work, update.id)
        # Two hands on the button: one letter.
        with pytest.raises(Conflict, match=r"updates\.not_again"):
            await service.send_again(work, update.id)
    await world.settle()
    [update, _] = await world.updates(case_id)
    assert (update.state, update.turn, update.attempts, update.reason, update.detail) == ("sent", 1, 1, None, None)
    assert len(mail.received) == 1


async def test_the_api_lists_page_by_page_and_sends_again(world: World) -> None:
    case_id = await told(world)
    [update, *_] = await world.updates(case_id)
    await world.change(CustomerUpdate, update.id, state="failed", reason="rejected")
    async with world.work(staff(world, "updates.view", "updates.retry")) as work:
        first = await routes.list_updates(work, PageParams(limit=3, after=None))
        assert first.next == str(first.items[-1].id)
        second = await routes.list_updates(work, PageParams(limit=3, after=UUID(first.next)))
        assert (len(first.items), len(second.items), second.next) == (3, 1, None)
        assert first.items[0].case_number == world.number
        [failed] = (await routes.list_updates(work, PageParams(limit=3, after=None), [UpdateState.FAILED])).items
        await routes.retry_update(work, failed.id)
    await world.settle()
    assert {u.state for u in await world.updates(case_id)} == {"sent"}


async def test_only_what_went_wrong_is_sent_again_and_only_by_who_may(world: World) -> None:
    case_id = await told(world)
    [update, *_] = await world.updates(case_id)
    async with world.work(staff(world, "updates.view")) as work:
        with pytest.raises(Forbidden):
            await service.send_again(work, update.id)
    both = staff(world, "updates.view", "updates.retry")
    async with world.work(both) as work:
        with pytest.raises(NotFound, match=r"updates\.unknown"):
            await service.send_again(work, new_id())
        with pytest.raises(Conflict, match=r"updates\.not_again"):
            await service.send_again(work, update.id)
    await world.change(CustomerUpdate, update.id, state="withheld", reason="origin_import")
    async with world.work(both) as work:
        with pytest.raises(Conflict, match=r"updates\.not_again"):
            await service.send_again(work, update.id)
    await world.change(CustomerUpdate, update.id, state="withheld", reason="no_address")
    async with world.work(both) as work:
        await service.send_again(work, update.id)
    assert await waiting(world, service.SEND) == 1


async def test_a_code_is_asked_for_anew_and_never_sent_again(world: World) -> None:
    case_id = await world.case()
    async with world.work() as work:
        await codes.request(work, codes.ARRIVAL, case_id, case_id, world.padma)
    await world.settle()
    [letter] = [one for one in await world.updates(case_id) if one.code_id is not None]
    await world.change(CustomerUpdate, letter.id, state="failed", reason="rejected")
    async with world.work(staff(world, "updates.view", "updates.retry")) as work:
        with pytest.raises(Conflict, match=r"updates\.not_again"):
            await service.send_again(work, letter.id)
    await world.settle()
    [letter] = [one for one in await world.updates(case_id) if one.code_id is not None]
    assert (letter.state, letter.turn) == ("failed", 0)
