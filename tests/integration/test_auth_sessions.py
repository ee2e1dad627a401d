"""Signing in, being recognised, rate limits, signing out: on a real database."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import event, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.auth import limits, passwords, service, sessions, tokens
from aftersales.auth.models import Staff, StaffSession
from aftersales.config import Settings
from aftersales.db.session import Database
from aftersales.errors import Invalid
from aftersales.module import Module, Role
from aftersales.outbox.models import Delivery
from aftersales.registry import Registry
from tests.factories.auth import NOW, PASSWORD, add_branch, add_staff
from tests.fixtures.database import TestDatabase

REGISTRY = Registry(
    [
        Module(
            name="a",
            title="A",
            package="aftersales",
            roles=(
                Role("coordinator", "Coordinator", frozenset({"case.open"})),
                Role("technician", "Technician", frozenset({"visit.accept"}), assigned_only=True),
            ),
        )
    ]
)
IP = "203.0.113.7"


@pytest.fixture
async def pool(fresh_database: TestDatabase) -> AsyncIterator[Database]:
    """Real commits."""
    one = Database(fresh_database.app_url, pool_size=10)
    yield one
    await one.dispose()


async def test_a_sign_in_is_recognised_in_one_statement(session: AsyncSession, settings: Settings) -> None:
    home = await add_branch(session, name="Kukatpally")
    other = await add_branch(session)
    person = await add_staff(session, home, ("technician", home.id), ("coordinator", other.id), login="lakshmi")
    result = await service.sign_in(session, " Lakshmi ", PASSWORD, IP, NOW)
    assert (result.staff_id, result.retry_after) == (person.id, None)
    assert result.token is not None

    statements: list[str] = []
    connection = await session.connection()
    event.listen(
        connection.sync_connection, "before_cursor_execute", lambda _c, _cur, sql, *_rest: statements.append(sql)
    )
    who = await sessions.signed_in(session, REGISTRY, settings, result.token, NOW + timedelta(minutes=6))
    assert len(statements) == 1
    assert who is not None
    assert (who.staff_id, who.name, who.language) == (person.id, person.name, "en")
    assert (who.branch_id, who.branch_name, who.timezone) == (home.id, "Kukatpally", "Asia/Kolkata")
    assert who.roles == ("coordinator", "technician")
    assert who.scope.can("visit.accept", home.id)
    assert not who.scope.can("visit.accept", other.id)
    assert not who.scope.assigned_only
    assert result.token not in who.csrf_token


async def test_somebody_without_a_role_is_known_and_may_do_nothing(session: AsyncSession, settings: Settings) -> None:
    person = await add_staff(session, await add_branch(session))
    token = sessions.start(session, person.id, NOW)
    await session.flush()
    who = await sessions.signed_in(session, REGISTRY, settings, token, NOW)
    assert who is not None
    assert (who.roles, dict(who.scope.grants), who.scope.assigned_only) == ((), {}, True)


async def test_only_the_hash_of_a_token_is_stored(session: AsyncSession) -> None:
    person = await add_staff(session, await add_branch(session))
    token = sessions.start(session, person.id, NOW)
    await session.flush()
    row = (await session.scalars(select(StaffSession))).one()
    assert row.token_hash == tokens.digest(token)
    assert token.encode() not in row.token_hash


async def test_use_moves_the_expiry_every_five_minutes_and_never_beyond_the_end(
    session: AsyncSession, settings: Settings
) -> None:
    person = await add_staff(session, await add_branch(session))
    token = sessions.start(session, person.id, NOW)
    await session.flush()

    async def seen(after: timedelta) -> timedelta | None:
        if await sessions.signed_in(session, REGISTRY, settings, token, NOW + after) is None:
            return None
        expires: timedelta = (await session.scalars(select(StaffSession.expires_at))).one() - NOW
        return expires

    hour = timedelta(hours=1)
    assert await seen(timedelta(minutes=4)) == sessions.IDLE
    assert await seen(timedelta(minutes=5)) == sessions.IDLE + timedelta(minutes=5)
    assert await seen(sessions.IDLE) == sessions.IDLE * 2
    await session.execute(update(StaffSession).values(expires_at=NOW + sessions.LONGEST))
    assert await seen(sessions.LONGEST - hour) == sessions.LONGEST
    assert await seen(sessions.LONGEST) is None


async def test_who_is_not_recognised(session: AsyncSession, settings: Settings) -> None:
    person = await add_staff(session, await add_branch(session))
    token = sessions.start(session, person.id, NOW)
    gone = sessions.start(session, person.id, NOW)
    await session.flush()

    async def known(given: str, after: timedelta = timedelta()) -> bool:
        return await sessions.signed_in(session, REGISTRY, settings, given, NOW + after) is not None

    assert await known(token)
    assert not await known(token, sessions.IDLE)
    assert not await known(token[:-1])
    assert not await known("")
    assert not await known("\x00\ud800")
    await service.sign_out(session, gone)
    assert not await known(gone)
    assert await known(token)
    await session.execute(update(Staff).where(Staff.id == person.id).values(active=False))
    assert not await known(token)


async def test_moving_the_expiry_waits_for_nobody(pool: Database, settings: Settings) -> None:
    async with pool.unit_of_work() as session:
        person = await add_staff(session, await add_branch(session))
        token = sessions.start(session, person.id, NOW)
    later = NOW + timedelta(minutes=10)
    async with pool.unit_of_work() as slow:
        assert await sessions.signed_in(slow, REGISTRY, settings, token, later) is not None
        async with pool.unit_of_work() as quick:
            found = await asyncio.wait_for(sessions.signed_in(quick, REGISTRY, settings, token, later), 2)
            assert found is not None


@pytest.mark.parametrize("login", ["nobody", "", "\x00", "x" * 500, "\ud800", "ravi\u200b", "gone"])
async def test_unknown_names_are_refused_like_wrong_passwords(session: AsyncSession, login: str) -> None:
    await add_staff(session, await add_branch(session), login="ravi")
    await add_staff(session, await add_branch(session), login="gone", active=False)
    assert await service.sign_in(session, login, PASSWORD, IP, NOW) == service.SignIn()
    assert await service.sign_in(session, "ravi", "wrong", IP, NOW) == service.SignIn()
    assert await session.scalar(select(func.count()).select_from(StaffSession)) == 0


async def test_failures_are_limited_per_name_and_successes_cost_nothing(session: AsyncSession) -> None:
    await add_staff(session, await add_branch(session), login="ravi")
    await add_staff(session, await add_branch(session), login="suresh")
    for _ in range(service.LOGIN_LIMIT.burst + 1):
        assert (await service.sign_in(session, "ravi", PASSWORD, IP, NOW)).token is not None
    for _ in range(service.LOGIN_LIMIT.burst):
        assert (await service.sign_in(session, "Ravi", "wrong", IP, NOW)).retry_after is None
    refused = await service.sign_in(session, "ravi", PASSWORD, IP, NOW)
    assert refused == service.SignIn(retry_after=60)
    assert (await service.sign_in(session, "suresh", PASSWORD, IP, NOW)).token is not None
    almost = await service.sign_in(session, "ravi", PASSWORD, IP, NOW + timedelta(seconds=59))
    assert almost == service.SignIn(retry_after=1)
    assert (await service.sign_in(session, "ravi", PASSWORD, IP, NOW + timedelta(seconds=60))).token is not None


async def test_failures_are_limited_per_address(session: AsyncSession, monkeypatch: pytest.MonkeyPatch) -> None:
    # A narrower limit than the real one: sixty hashes would take seconds.
    monkeypatch.setattr(service, "IP_LIMIT", limits.Limit("sign_in.ip", 3, timedelta(seconds=5)))
    for number in range(3):
        assert (await service.sign_in(session, f"guess{number}", "wrong", IP, NOW)).retry_after is None
    assert (await service.sign_in(session, "guess9", "wrong", IP, NOW)).retry_after == 5
    assert (await service.sign_in(session, "guess9", "wrong", "203.0.113.8", NOW)).retry_after is None


async def test_the_limit_holds_under_fifty_at_once(pool: Database) -> None:
    async with pool.unit_of_work() as session:
        await add_staff(session, await add_branch(session), login="ravi")

    # Waiting for a connection has a limit of its own, which a busy machine would meet.
    room = asyncio.Semaphore(pool.most_connections)

    async def attempt(number: int) -> service.SignIn:
        async with room, pool.unit_of_work() as session:
            return await service.sign_in(session, "ravi", "wrong", f"203.0.113.{number}", NOW)

    results = await asyncio.gather(*(attempt(number) for number in range(50)))
    looked_at = [result for result in results if result.retry_after is None]
    assert len(looked_at) == service.LOGIN_LIMIT.burst


async def test_names_crossed_with_addresses_do_not_deadlock(pool: Database) -> None:
    async def attempt(number: int) -> int | None:
        both = [(service.LOGIN_LIMIT, "ravi"), (service.IP_LIMIT, IP)]
        async with pool.unit_of_work() as session:
            return await limits.take(session, both[:: 1 if number % 2 else -1], NOW)

    async with pool.unit_of_work() as session:
        await limits.take(session, [(service.LOGIN_LIMIT, "ravi"), (service.IP_LIMIT, IP)], NOW)
    waits = await asyncio.gather(*(attempt(number) for number in range(200)))
    assert sum(wait is None for wait in waits) == service.LOGIN_LIMIT.burst - 1


async def test_an_outdated_hash_is_made_anew(session: AsyncSession) -> None:
    person = await add_staff(session, await add_branch(session), login="ravi")
    old = PasswordHasher(time_cost=2, memory_cost=8192, parallelism=1).hash(PASSWORD)
    person.password_hash = old
    await session.flush()
    assert (await service.sign_in(session, "ravi", PASSWORD, IP, NOW)).token is not None
    assert not passwords.outdated(person.password_hash)
    assert await passwords.verify(person.password_hash, PASSWORD)


async def test_a_sign_in_arms_the_cleaning_once(session: AsyncSession) -> None:
    await add_staff(session, await add_branch(session), login="ravi")
    for _ in range(2):
        await service.sign_in(session, "ravi", PASSWORD, IP, NOW)
    armed = (await session.scalars(select(Delivery.key).where(Delivery.subscriber == "auth.cleaning"))).all()
    assert armed == ["2026-03-14"]


async def test_a_change_of_password_ends_the_other_sessions(session: AsyncSession, settings: Settings) -> None:
    person = await add_staff(session, await add_branch(session), login="ravi")
    here, there = (sessions.start(session, person.id, NOW) for _ in range(2))
    await session.flush()
    new = "a tamarind by the gate"

    async def change(current: str, wanted: str) -> service.PasswordChange:
        return await service.change_password(session, person.id, here, current=current, new=wanted, now=NOW)

    with pytest.raises(Invalid) as weak:
        await change(PASSWORD, "short")
    assert weak.value.code == "auth.password_weak"
    assert await change("wrong", new) == service.PasswordChange()
    assert await change(PASSWORD, new) == service.PasswordChange(done=True)
    assert await sessions.signed_in(session, REGISTRY, settings, here, NOW) is not None
    assert await sessions.signed_in(session, REGISTRY, settings, there, NOW) is None
    assert (await service.sign_in(session, "ravi", new, IP, NOW)).token is not None
    assert (await service.sign_in(session, "ravi", PASSWORD, IP, NOW)).token is None
    for _ in range(service.LOGIN_LIMIT.burst):
        await change("wrong", new)
    assert (await change(new, PASSWORD)).retry_after is not None
