"""C2: published versions: numbered, in force by date, readable by all, rewritten by nobody."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.config import Settings
from aftersales.db.session import Database
from aftersales.errors import Conflict, Forbidden, Invalid, NotFound
from aftersales.ids import new_id
from aftersales.policies import repository, service
from aftersales.policies.models import Policy
from aftersales.policies.repository import PolicyView
from aftersales.scope import SYSTEM, Actor, ActorKind, Scope
from aftersales.work import Work
from tests.factories.customers import NOW, staff_scope, work_for
from warranty import terms
from warranty.schemas import PublishTerms
from warranty.service import publishing

TODAY = NOW.date()
WORDS = {"1.1": "We repair."}


async def published(
    work: Work, effective_from: date = TODAY, code: str = "default", kind: str = "targets"
) -> PolicyView:
    return await service.publish(
        work, kind=kind, code=code, effective_from=effective_from, terms={"months": 12}, words=WORDS
    )


async def test_versions_count_up_and_each_stays_as_it_was(session: AsyncSession, settings: Settings) -> None:
    work = work_for(session, settings)
    first = await published(work)
    second = await published(work, TODAY + timedelta(days=30))
    assert (first.version, second.version) == (1, 2)
    assert await repository.policy(session, SYSTEM, first.id) == first
    assert (first.terms, first.words, first.published_at) == ({"months": 12}, WORDS, NOW)
    assert await repository.newest(session, SYSTEM, "targets", "default") == second


async def test_the_version_of_a_day_and_of_the_closest_code(session: AsyncSession, settings: Settings) -> None:
    work = replace(work_for(session, settings), origin="import")
    old = await published(work, date(2020, 1, 1))
    new = await published(work, date(2024, 1, 1))
    phones = await published(work, date(2025, 1, 1), "category:phone")
    codes = ["category:phone", "default"]

    async def on(day: date) -> PolicyView | None:
        return await repository.in_force(session, SYSTEM, "targets", codes, day)

    assert await on(date(2019, 12, 31)) is None
    assert await on(date(2020, 1, 1)) == old
    assert await on(date(2023, 12, 31)) == old
    assert await on(date(2024, 12, 31)) == new
    assert await on(date(2025, 1, 1)) == phones
    assert await repository.in_force(session, SYSTEM, "targets", ["category:mixer"], date(2025, 1, 1)) is None


async def test_two_versions_of_one_day_the_later_holds(session: AsyncSession, settings: Settings) -> None:
    work = work_for(session, settings)
    await published(work)
    corrected = await published(work)
    assert await repository.in_force(session, SYSTEM, "targets", ["default"], TODAY) == corrected


async def test_they_are_listed_the_last_first(session: AsyncSession, settings: Settings) -> None:
    work = work_for(session, settings)
    made = [await published(work, code=code) for code in ("category:a", "category:b", "category:c")]
    found = await repository.listed(session, SYSTEM, kind="targets", limit=2)
    assert [view.id for view in found] == sorted((view.id for view in made), reverse=True)[:2]
    rest = await repository.listed(session, SYSTEM, kind="targets", limit=2, after=found[-1].id)
    assert len(rest) == 1
    assert [v.code for v in await repository.listed(session, SYSTEM, code="category:b", limit=5)] == ["category:b"]


async def test_nothing_takes_effect_in_the_past_or_before_the_last(session: AsyncSession, settings: Settings) -> None:
    work = work_for(session, settings)
    with pytest.raises(Invalid, match=r"policy\.effective_in_the_past"):
        await published(work, TODAY - timedelta(days=1))
    await published(work, TODAY + timedelta(days=5))
    with pytest.raises(Invalid, match=r"policy\.effective_before_last"):
        await published(work, TODAY + timedelta(days=4))


@pytest.mark.parametrize("code", ["", "Default", "category:", "category:a b", "a:b:c"])
async def test_a_code_that_names_nothing(session: AsyncSession, settings: Settings, code: str) -> None:
    with pytest.raises(Invalid, match=r"policy\.code"):
        await published(work_for(session, settings), code=code)


async def test_publishing_needs_the_permission(session: AsyncSession, settings: Settings) -> None:
    scope = staff_scope(new_id(), "case.view")
    with pytest.raises(Forbidden):
        await published(work_for(session, settings, scope))


async def test_two_colleagues_publish_at_once(entitled: tuple[Database, dict[str, UUID]], settings: Settings) -> None:
    database, _ = entitled
    async with database.sessions() as first, database.sessions() as second:
        await published(work_for(first, settings))
        # The second has read what was there before the first commits, and waits for it at the number.
        waiting = asyncio.create_task(published(work_for(second, settings)))
        await asyncio.sleep(0.3)
        assert not waiting.done()
        await first.commit()
        with pytest.raises(Conflict, match=r"policy\.published_meanwhile"):
            await waiting
        assert (await published(work_for(second, settings))).version == 2


async def test_customers_may_read_them_too(session: AsyncSession, settings: Settings) -> None:
    made = await published(work_for(session, settings))
    customer = Scope(Actor(ActorKind.CUSTOMER, new_id()), stream_id=new_id())
    assert await repository.policy(session, customer, made.id) == made
    with pytest.raises(NotFound, match=r"policy\.unknown"):
        await repository.policy(session, customer, new_id())


@pytest.mark.parametrize(
    "statement", ["UPDATE policy SET terms = '{}'", "DELETE FROM policy", "TRUNCATE policy CASCADE"]
)
async def test_the_application_cannot_rewrite_what_was_published(
    session: AsyncSession, settings: Settings, statement: str
) -> None:
    await published(work_for(session, settings))
    with pytest.raises(ProgrammingError, match="permission denied"):
        await session.execute(text(statement))


async def test_warranty_terms_need_words_for_every_clause(session: AsyncSession, settings: Settings) -> None:
    version = terms.VERSIONS[0]
    body = PublishTerms(code="default", effective_from=TODAY, terms=version.terms, words={"1.1": "We repair."})
    with pytest.raises(Invalid, match=r"warranty\.clause_without_words"):
        await publishing.publish(work_for(session, settings), body)


async def test_all_of_the_companys_terms_can_be_published(session: AsyncSession, settings: Settings) -> None:
    await terms.publish_all(replace(work_for(session, settings), origin="demo"))
    machines = await repository.newest(session, SYSTEM, "warranty", "category:washing_machine")
    assert machines is not None
    assert machines.version == 8
    assert "rodents" in machines.words["4.2"]
    assert await session.get(Policy, machines.id)
