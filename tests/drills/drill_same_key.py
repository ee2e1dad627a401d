"""The same Idempotency-Key fifty times at once, at two servers: carried out once, also after both were killed, until
the days for which answers are kept have passed.

Two things see to that, an advisory lock and the key's own index. The controls take away the key, then one, then both.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx
from sqlalchemy.engine import make_url

from aftersales import clock
from aftersales.auth import cleaning, csrf
from aftersales.config import Settings
from aftersales.db.bootstrap import APPLICATION, connected
from aftersales.http import STAFF_COOKIE
from aftersales.ids import new_id
from aftersales.outbox.schedule import schedule
from tests.drills.sabotage import sabotage
from tests.factories.world import API, World, open_world
from tests.fixtures.database import TestDatabase
from tests.story.processes import WORKERS, Plant, plant

AT_ONCE = 50
BUSY = "idempotency.in_progress"
DONE = "SELECT count(*) FROM timeline_entry WHERE document_id = :id AND name = :name"
Record = Callable[[str, object], None]


@dataclass(frozen=True, slots=True)
class Answer:
    """What one of them was told."""

    status: int
    code: str
    replayed: bool
    body: bytes


def problems(answers: Sequence[Answer], carried_out: int) -> list[str]:
    """What is not as promised of requests with one key; empty when all is well."""
    told = [answer for answer in answers if answer.status in (200, 201)]
    others = Counter((answer.status, answer.code) for answer in answers if answer not in told)
    found = [f"answered {status} {code} ({count})" for (status, code), count in others.items() if code != BUSY]
    if carried_out != 1:
        found.append(f"carried out {carried_out} times")
    if (first := sum(not answer.replayed for answer in told)) != 1:
        found.append(f"{first} were told that it is done now")
    if (different := len({answer.body for answer in told})) > 1:
        found.append(f"{different} different answers")
    return found


@dataclass(frozen=True, slots=True)
class Clerk:
    """A clerk whose button is pressed fifty times, and the case that they write notes on."""

    world: World
    at: Plant
    browser: httpx.AsyncClient
    case_id: UUID

    async def ask(self, note: str, key: str | None, server: int = 0) -> Answer:
        """Once."""
        address = self.at.addresses[server % len(self.at.addresses)]
        headers = {} if key is None else {"Idempotency-Key": key}
        path = f"{address}{API}/cases/{self.case_id}/note_added"
        answer = await self.browser.post(path, json={"note": note}, headers=headers)
        code = "" if answer.is_success else answer.json()["code"]
        return Answer(answer.status_code, code, "idempotency-replayed" in answer.headers, answer.content)

    async def at_once(self, note: str, key: str | None) -> tuple[list[Answer], int]:
        """Fifty times, half of them at each server; and how often it was carried out."""
        before = await self.carried_out()
        answers = await asyncio.gather(*(self.ask(note, key, number) for number in range(AT_ONCE)))
        return answers, await self.carried_out() - before

    async def carried_out(self) -> int:
        """How many notes the case has."""
        [(count,)] = await self.world.rows(DONE, id=self.case_id, name="note_added")
        return int(count)


@asynccontextmanager
async def counter(
    database: TestDatabase, settings: Settings, folder: Path, workers: Sequence[str] = ()
) -> AsyncIterator[Clerk]:
    """Two servers and a clerk, and these workers."""
    async with open_world(database, settings) as world, plant(world.settings, folder, 60.0, 2, workers) as at:
        token = world.tokens["manager"]
        async with httpx.AsyncClient(
            cookies={STAFF_COOKIE: token},
            headers={"X-CSRF-Token": csrf.token(world.settings.signing_key, token)},
            timeout=60.0,
        ) as browser:
            yield Clerk(world, at, browser, world.home.case_id)


async def test_the_same_key_fifty_times(
    fresh_database: TestDatabase, settings: Settings, tmp_path: Path, record_property: Record
) -> None:
    async with counter(fresh_database, settings, tmp_path, WORKERS[:1]) as it:
        key, young = str(new_id()), str(new_id())
        answers, carried_out = await it.at_once("Only once", key)
        assert problems(answers, carried_out) == []
        told = Counter("first" if a.status == 200 and not a.replayed else a.code or "the same" for a in answers)
        first = next(answer.body for answer in answers if answer.status == 200)
        same = Answer(200, "", replayed=True, body=first)
        again, more = await it.at_once("Only once", key)
        assert (set(again) - {answer for answer in again if answer.code == BUSY}, more) == ({same}, 0)
        other, more = await it.at_once("Something else", key)
        assert ({answer.status for answer in other}, more) == ({422}, 0)
        assert {answer.code for answer in other} == {"idempotency.other_body"}
        await it.ask("Kept", young)
        for name in it.at.ports:
            await it.at.kill(name)
            await it.at.start(name)
        await it.at.answering()
        assert [await it.ask("Only once", key, server) for server in (0, 1)] == [same, same]
        await _let_days_pass(it.world, key, young)
        fresh, more = await it.at_once("Only once", key)
        assert problems(fresh, more) == []
        assert (await it.ask("Kept", young)).replayed
        for name, count in sorted(told.items()):
            record_property(name, count)
        record_property("with another body 422", len(other))
        record_property("after kill -9 of both servers", "the same answer")
        record_property(f"after {cleaning.KEPT_ANSWERS.days} days", f"carried out anew, {more} time")


async def _let_days_pass(world: World, old: str, young: str) -> None:
    """Answers to one key were given a minute longer ago than they are kept, to the other an hour less; and it is the
    hour of cleaning, which the workers do."""
    now = clock.now()
    ages = {old: cleaning.KEPT_ANSWERS + timedelta(minutes=1), young: cleaning.KEPT_ANSWERS - timedelta(hours=1)}
    async with connected(make_url(world.database.url)) as application:
        for key, age in ages.items():
            await application.execute("UPDATE idempotency SET created_at = $2 WHERE key = $1", key, now - age)
    async with world.database.unit_of_work() as session:
        today = clock.business_date(now, "UTC").isoformat()
        await schedule(session, cleaning.TIMER, f"{today}.drill", due_at=now, data={"date": today})
    async with asyncio.timeout(30):
        while await world.rows("SELECT 1 FROM idempotency WHERE key = :key", key=old):  # noqa: ASYNC110 - the worker's work
            await asyncio.sleep(0.1)


async def test_control_without_a_key(
    fresh_database: TestDatabase, settings: Settings, tmp_path: Path, record_property: Record
) -> None:
    async with counter(fresh_database, settings, tmp_path) as it:
        answers, carried_out = await it.at_once("How often?", None)
    found = problems(answers, carried_out)
    assert f"carried out {AT_ONCE} times" in found
    record_property("carried out", carried_out)
    record_property("problems found", "; ".join(found))


NO_INDEX = "ALTER TABLE idempotency DROP CONSTRAINT pk_idempotency"
# Found before PostgreSQL's own of this name by whoever looks in `public` first.
NO_LOCK = "CREATE FUNCTION public.pg_try_advisory_xact_lock(bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true'"
LOOK_THERE = f'ALTER ROLE {APPLICATION} IN DATABASE "%s" SET search_path = public, pg_catalog'


async def test_control_without_index_and_lock(
    fresh_database: TestDatabase, settings: Settings, tmp_path: Path, record_property: Record
) -> None:
    """With the index alone it is still carried out once; with neither it is not."""
    await sabotage(fresh_database, NO_LOCK, LOOK_THERE % fresh_database.name)
    async with counter(fresh_database, settings, tmp_path) as it:
        answers, carried_out = await it.at_once("By the index alone", str(new_id()))
        assert problems(answers, carried_out) == []
        record_property("carried out by the index alone", carried_out)
        await sabotage(fresh_database, NO_INDEX)
        answers, carried_out = await it.at_once("By nothing", str(new_id()))
    found = problems(answers, carried_out)
    assert f"carried out {carried_out} times" in found, "the check proves nothing"
    record_property("by neither", carried_out)
    record_property("problems found", "; ".join(found))
