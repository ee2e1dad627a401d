"""From a posted change to a record: who is told, in which words, once."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy import delete, select, update

from aftersales.cases.models import MatterPerson
from aftersales.customers.models import Customer, Person
from aftersales.errors import NotFound
from aftersales.module import Posted, Tell
from aftersales.outbox.models import Delivery
from aftersales.ports.promises import Span
from aftersales.registry import Registry
from aftersales.scope import Actor, ActorKind, Scope
from aftersales.told import Stated
from aftersales.updates import letters, matters, service
from aftersales.work import Work
from tests.factories.updates import World, opened


async def started(world: World) -> UUID:
    case_id = await world.case()
    await world.move(await world.job(case_id), "start")
    await world.settle()
    return case_id


async def test_each_is_told_in_their_own_language_in_the_mailbox(world: World) -> None:
    case_id = await started(world)
    padma, ravi = [u for u in await world.updates(case_id) if u.text == "job.started"]
    assert (padma.person_id, padma.language, padma.state, padma.channel) == (world.padma, "te", "sent", "mailbox")
    assert padma.words is not None
    assert padma.words.startswith("పద్మ గారు, your ")
    assert "మూడో బల్ల" in padma.words
    assert (ravi.person_id, ravi.language, ravi.version) == (world.ravi, "en", 3)
    assert ravi.words == (
        "Ravi, your washing machine is on bench three. "
        "Lakshmi Prasanna, Kukatpally service centre: 040 2315 0110, [link]"
    )
    assert ravi.subject == f"Begun: {world.number}"
    assert ravi.sent_at is not None


async def test_the_case_itself_is_acknowledged_in_telugu(world: World) -> None:
    case_id = await world.case()
    await world.settle()
    [padma, ravi] = await world.updates(case_id)
    assert (padma.version, ravi.version) == (1, 1)
    assert padma.words is not None
    assert world.number in padma.words
    assert "వాషింగ్ మెషిన్" in padma.words
    assert "[link]" in padma.words


async def test_one_person_hears_of_one_change_once(world: World) -> None:
    case_id = await started(world)
    # Two texts fit the change; the first that is declared is the one.
    assert [u.text for u in await world.updates(case_id) if u.version == 3] == ["job.started", "job.started"]


async def test_again_changes_nothing(world: World) -> None:
    case_id = await started(world)
    before = [(u.id, u.words) for u in await world.updates(case_id)]
    async with world.work() as work:
        work.session.add_all(
            Delivery(subscriber="updates", stream_id=case_id, version=version) for version in (1, 2, 3)
        )
    await world.settle()
    assert [(u.id, u.words) for u in await world.updates(case_id)] == before


async def test_an_event_is_told_too_and_a_silent_change_is_not(world: World) -> None:
    case_id = await world.case()
    job_id = await world.job(case_id)
    await world.move(job_id, "noted", "start", "weighed")
    await world.settle()
    assert [u.text for u in await world.updates(case_id)] == ["case.received"] * 2 + ["job.noted"] + ["job.started"] * 2
    [noted] = [u for u in await world.updates(case_id) if u.text == "job.noted"]
    assert noted.words is not None
    assert "WashPro 7 kg" in noted.words


@pytest.mark.parametrize("origin", ["import", "demo"])
async def test_what_was_not_done_here_now_tells_nobody(world: World, origin: str) -> None:
    case_id = await world.case(origin=origin)
    await world.settle()
    assert await world.updates(case_id) == []


async def test_on_a_units_own_stream_the_household_is_told(world: World) -> None:
    await world.move(await world.job(world.unit_id), "start")
    await world.settle()
    [update] = await world.updates(world.unit_id)
    assert update.person_id == world.padma
    assert update.words is not None
    # Nobody owns it as a case is owned, so the service desk answers; and the number is the document's own.
    assert update.subject is not None
    assert update.subject.startswith("Begun: J-")


async def test_without_unit_and_owner_the_words_still_stand(world: World) -> None:
    async with world.work() as work:
        matter = await matters.matter(work.session, work.scope, await world.case())
    bare = replace(matter, owner=None, category=None, brand=None, product=None)
    person = matters.PersonRow(world.ravi, ("owner",), "Ravi", None, "", "en", None)
    values = letters.variables(bare, person, "en", "Godavari")
    assert (values["product"], values["model"], values["owner"]) == ("appliance", "appliance", "our service desk")
    assert letters.variables(replace(bare, product="WashPro"), person, "en", "Godavari")["product"] == "WashPro"


async def test_a_language_is_asked_for_its_words_once(world: World) -> None:
    await world.change(Person, world.ravi, language="te-IN")
    words = [u.words or "" for u in await world.updates(await started(world)) if u.text == "job.started"]
    assert len(words) == 2
    assert all("మూడో బల్ల" in one for one in words)


async def test_who_has_no_part_in_it_leaves_no_record(world: World) -> None:
    case_id = await world.case()
    async with world.work() as work:
        await work.session.execute(delete(MatterPerson).where(MatterPerson.person_id == world.padma))
    await world.move(await world.job(case_id), "noted")
    await world.settle()
    assert {u.text for u in await world.updates(case_id)} == {"case.received"}


async def test_with_a_mail_server_it_is_queued_and_without_an_address_held_back(world: World) -> None:
    world = world.by(smtp_url=SecretStr("smtp://127.0.0.1:9"))
    await world.change(Person, world.padma, email=None)
    case_id = await world.case()
    # Only the words: no attempt to send yet.
    async with world.work() as work:
        await service.tell(work, opened(case_id))
    padma, ravi = await world.updates(case_id)
    assert (padma.state, padma.reason) == ("withheld", "no_address")
    assert padma.words, "they can be read out on the phone"
    assert (ravi.state, ravi.channel) == ("queued", "email")
    async with world.database.sessions() as session:
        waiting = (await session.scalars(select(Delivery).where(Delivery.subscriber == "updates.send"))).all()
    # In the order of the timeline for each person, so that nobody waits for another.
    lane = UUID(int=case_id.int ^ ravi.person_id.int)
    assert [(d.stream_id, d.version, d.data) for d in waiting] == [(lane, 1, {"update_id": str(ravi.id)})]


async def test_a_stream_of_nobody_tells_nobody(world: World) -> None:
    case_id = await world.case()
    async with world.work() as work:
        assert await matters.people(work.session, work.scope, world.unit_id, None) == []
        with pytest.raises(NotFound, match=r"status\.unknown_document"):
            await matters.matter(work.session, work.scope, world.unit_id)
        nowhere = Scope(Actor(ActorKind.STAFF, world.staff_id))
        assert await matters.people(work.session, nowhere, case_id, None) == []


async def _tomorrow(work: Work, posted: Posted) -> Span | None:
    return Span("visit_window", posted.at, posted.at + timedelta(days=1), "agreed")


async def _never(work: Work, posted: Posted) -> Span | None:
    return None


async def _open(work: Work, posted: Posted, language: str) -> Mapping[str, str]:
    return {"window": {"te": "త్వరలో", "en": "soon"}[language], "former": "-"}


async def _former(work: Work, posted: Posted, language: str) -> Mapping[str, str]:
    return {"former": work.zone or ""}


def stating(
    world: World, states: Stated, variables: Callable[[Work, Posted, str], Awaitable[Mapping[str, str]]] | None = None
) -> World:
    """The same house, whose news of a job states a time."""
    tell = Tell(
        machine="job",
        text="job.noted",
        event="noted",
        roles=("owner", "caller"),
        subject="Noted",
        body="{name}: {window}, no longer {former}.",
        states=(states,),
        variables=variables,
    )
    modules = [replace(one, tells=(tell,)) if one.name == "telling" else one for one in world.registry.modules]
    return replace(world, registry=Registry(modules))


async def words_for_ravi(world: World) -> str:
    case_id = await world.case()
    await world.move(await world.job(case_id), "noted")
    await world.settle()
    [told] = [one for one in await world.updates(case_id) if one.text == "job.noted" and one.person_id == world.ravi]
    return str(told.words)


async def test_a_time_that_takes_the_place_of_one_that_nobody_wrote_down(world: World) -> None:
    world = stating(world, Stated("visit_window", "window", _tomorrow, before="former"))
    assert "no longer another time." in await words_for_ravi(world)


async def test_where_a_change_names_no_time_the_words_are_the_modules_own(world: World) -> None:
    world = stating(world, Stated("visit_window", "window", _never, before="former"), _open)
    assert "soon, no longer -." in await words_for_ravi(world)


async def test_times_are_on_the_readers_clock_and_say_so_where_it_is_not_the_centres(world: World) -> None:
    world = stating(world, Stated("visit_window", "window", _tomorrow), _former)
    assert not re.search(r"\b[A-Z]{3}\b", await words_for_ravi(world))
    async with world.work() as work:
        await work.session.execute(update(Customer).values(timezone="Asia/Dubai"))
    away = replace(world, number=f"{world.number[:-2]}77")
    assert "UTC+04, no longer Asia/Dubai." in await words_for_ravi(away)
