"""Branches and staff as others read them, and the people of the demonstration."""

import re
from datetime import timedelta
from time import perf_counter
from uuid import UUID

import pytest
from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.auth import demo, repository, service
from aftersales.auth.models import Staff
from aftersales.auth.module import MODULE
from aftersales.auth.rules import customer_scope
from aftersales.config import Settings
from aftersales.db.session import Database
from aftersales.errors import NotFound
from aftersales.ids import new_id
from aftersales.registry import Registry
from aftersales.scope import SYSTEM, Actor, ActorKind, Scope
from aftersales.status.numbers import Numbers
from aftersales.work import Work
from tests.factories.auth import NOW, add_branch, add_staff
from tests.fixtures.database import TestDatabase

CUSTOMER = customer_scope(UUID(int=1), UUID(int=2), read_only=False)
STAFF = Scope(Actor(ActorKind.STAFF, UUID(int=3)))


async def test_service_centres_are_public(session: AsyncSession) -> None:
    two = await add_branch(session, name="B", timezone="Asia/Dubai", currency="AED", postcode="00000")
    one = await add_branch(session, name="A")
    for scope in (SYSTEM, STAFF, CUSTOMER):
        view = await repository.branch(session, scope, two.id)
        assert (view.id, view.code, view.timezone, view.currency) == (two.id, two.code, "Asia/Dubai", "AED")
        assert [view.id for view in await repository.branches(session, scope)] == [one.id, two.id]
    with pytest.raises(NotFound) as missing:
        await repository.branch(session, SYSTEM, new_id())
    assert missing.value.code == "auth.unknown_branch"


async def test_customers_do_not_see_how_to_reach_staff(session: AsyncSession) -> None:
    person = await add_staff(session, await add_branch(session), active=False)
    colleague = await repository.staff_member(session, STAFF, person.id)
    assert (colleague.name, colleague.phone, colleague.email) == (person.name, person.phone, person.email)
    assert not colleague.active
    seen = await repository.staff_member(session, CUSTOMER, person.id)
    assert (seen.name, seen.phone, seen.email) == (person.name, None, None)
    with pytest.raises(NotFound) as missing:
        await repository.staff_member(session, STAFF, new_id())
    assert missing.value.code == "auth.unknown_staff"


async def test_who_holds_a_role_where(session: AsyncSession) -> None:
    here, there = await add_branch(session), await add_branch(session)
    ravi = await add_staff(session, here, ("technician", here.id), ("technician", there.id), name="Ravi")
    anil = await add_staff(session, here, ("technician", None), name="Anil")
    await add_staff(session, here, ("technician", here.id), name="Gone", active=False)
    await add_staff(session, here, ("finance", None), name="Meena")
    zara = await add_staff(session, there, ("technician", there.id), name="Zara")

    async def ids(scope: Scope, branch_id: UUID | None) -> list[UUID]:
        return [view.id for view in await repository.staff_with_role(session, scope, "technician", branch_id)]

    assert await ids(STAFF, here.id) == [anil.id, ravi.id]
    assert await ids(STAFF, there.id) == [anil.id, ravi.id, zara.id]
    assert await ids(SYSTEM, None) == [anil.id, ravi.id, zara.id]
    assert await ids(CUSTOMER, None) == []


async def test_names_for_a_timeline_take_one_statement(session: AsyncSession) -> None:
    branch = await add_branch(session)
    ravi, anil = await add_staff(session, branch, name="Ravi"), await add_staff(session, branch, name="Anil")
    statements: list[str] = []
    connection = await session.connection()
    event.listen(
        connection.sync_connection, "before_cursor_execute", lambda _c, _cur, sql, *_rest: statements.append(sql)
    )
    names = await repository.staff_names(session, CUSTOMER, [ravi.id, anil.id, ravi.id, new_id()])
    assert names == {ravi.id: "Ravi", anil.id: "Anil"}
    assert len(statements) == 1
    assert await repository.staff_names(session, STAFF, []) == {}
    assert len(statements) == 1


async def test_the_demonstration_s_company(session: AsyncSession, database: TestDatabase, settings: Settings) -> None:
    numbers = Numbers(Database(database.app_url))
    work = Work(
        session=session,
        scope=SYSTEM,
        registry=Registry([MODULE]),
        numbers=numbers,
        settings=settings,
        now=NOW,
        origin="demo",
    )
    world: dict[str, dict[str, UUID]] = {}
    begun = perf_counter()
    await MODULE.demo[0].fill(work, world)
    assert perf_counter() - begun < 2
    assert world["branches"].keys() == {"KKP", "SEC", "LBN"}
    assert len(await repository.staff_with_role(session, SYSTEM, "technician")) == 8
    for branch_id in world["branches"].values():
        for role in work.registry.roles:
            assert await repository.staff_with_role(session, SYSTEM, role, branch_id), (branch_id, role)
    for login in ("lakshmi", "ravi", "meena", "srinivas"):
        result = await service.sign_in(session, login, demo.DEMO_PASSWORD, "127.0.0.1", NOW + timedelta(days=1))
        assert result.staff_id == world["staff"][login]
    for person in await session.scalars(select(Staff)):
        assert re.fullmatch(r"\+91\d{10}", person.phone or "")
        assert person.language in {"te", "en"}
        assert (person.email or "").endswith(".invalid")
