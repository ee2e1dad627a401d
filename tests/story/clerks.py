"""Programs at the API that ask for one thing after another, each with a key of its own, until there is an answer; and
the company that they work for."""

import asyncio
import itertools
import json
import logging
import random
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx

from aftersales import clock
from aftersales.auth import csrf
from aftersales.config import Settings
from aftersales.customers import repository as customers
from aftersales.customers.schemas import PersonIn
from aftersales.http import STAFF_COOKIE
from aftersales.scope import SYSTEM
from tests.factories.customers import add_household, add_unit
from tests.factories.world import API, World, open_world
from tests.fixtures.database import TestDatabase
from tests.story import ledger
from tests.story.ledger import Acknowledged, problems
from tests.story.processes import SERVER, Plant, plant

SEED = 20_26
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Size:
    """How much is going on. `backlog` is how many letters may be under way before the clerks wait for them."""

    lease_seconds: float
    clerks: int = 4
    servers: int = 1
    backlog: int = 30
    patience_seconds: float = 180.0


@dataclass(frozen=True, slots=True)
class Household:
    """Somebody with a washing machine, and a neighbour who calls for them; both read e-mail."""

    customer_id: UUID
    unit_id: UUID
    address_id: UUID
    owner_id: UUID
    caller_id: UUID


@dataclass(slots=True)
class Clerk:
    """A program at the API. It asks for one thing after another, each until there is an answer."""

    browser: httpx.AsyncClient
    addresses: Sequence[str]
    branch_id: UUID
    home: Household
    chance: random.Random
    ahead: Callable[[], bool]
    acknowledged: list[Acknowledged] = field(default_factory=list)
    trouble: Counter[str] = field(default_factory=Counter)

    async def work(self, enough: asyncio.Event) -> None:
        """Open cases and lead each to its end, until it is enough."""
        while not enough.is_set():
            await self._case()

    async def _case(self) -> None:
        home = self.home
        people = [
            {"person_id": str(home.owner_id), "role": "owner", "may_approve": True},
            {"person_id": str(home.caller_id), "role": "caller"},
        ]
        opening = {
            "customer_id": str(home.customer_id),
            "unit_id": str(home.unit_id),
            "branch_id": str(self.branch_id),
            "complaint": "Does not spin",
            "people": people,
        }
        case_id = await self._post("cases", opening, "receive")
        booking = {"case_id": str(case_id), "kind": "pickup", "address_id": str(home.address_id), **window(1)}
        visit = f"visits/{await self._post('visits', booking, 'request', 'schedule')}"
        await self._post(f"{visit}/confirm", {}, "confirm")
        for day in range(2, 2 + self.chance.randint(1, 3)):
            new_time = {**window(day), "reason": "customer_asked"}
            await self._post(f"{visit}/rescheduled", new_time, "rescheduled")
        await self._post(f"{visit}/cancel", {"note": "They bought a new one."}, "cancel")
        await self._post(f"cases/{case_id}/request_cancel", {"note": "Nothing left to repair."}, "request_cancel")
        await self._post(f"cases/{case_id}/confirm_cancel", {}, "confirm_cancel")

    async def _post(self, path: str, values: Mapping[str, object], *verbs: str) -> UUID:
        """Ask with one key until it is answered: who is cut off does not know whether it was done."""
        await asyncio.sleep(self.chance.uniform(0.05, 0.2))
        await until(lambda: not self.ahead())
        key, body = uuid4().hex, json.dumps(values).encode()
        answer = await self._ask(path, key, body)
        while answer is None:
            await asyncio.sleep(0.05)
            answer = await self._ask(path, key, body)
        found = re.fullmatch(r'"v(\d+)"', answer.headers["etag"])
        assert found is not None
        document_id = UUID(answer.json()["id"])
        self.acknowledged.append(
            Acknowledged(key, path, body, document_id, verbs, int(found[1]), answer.status_code, answer.content)
        )
        return document_id

    async def _ask(self, path: str, key: str, body: bytes) -> httpx.Response | None:
        wait = self.chance.uniform(0.002, 0.03) if self.chance.random() < 0.15 else 20.0
        try:
            answer = await self._send(path, key, body, wait)
        except httpx.TransportError as error:
            self.trouble[type(error).__name__] += 1
            return None
        if answer.status_code in (200, 201):
            self.trouble["replayed"] += "idempotency-replayed" in answer.headers
            return answer
        busy = answer.status_code == 409 and answer.json()["code"] == "idempotency.in_progress"
        assert busy or answer.status_code == 503, f"{path}: {answer.status_code} {answer.text}"
        self.trouble[str(answer.status_code)] += 1
        return None

    async def _send(self, path: str, key: str, body: bytes, wait: float) -> httpx.Response:
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
        address = self.chance.choice(self.addresses)
        return await self.browser.post(f"{address}{API}/{path}", content=body, headers=headers, timeout=wait)

    async def replay(self) -> dict[str, bytes]:
        """Ask for everything once more, with the same keys."""
        answers = {}
        for one in self.acknowledged:
            answer = await self._send(one.path, one.key, one.body, 20.0)
            assert (answer.status_code, answer.headers.get("idempotency-replayed")) == (one.status, "true"), answer.text
            answers[one.key] = answer.content
        return answers


def dice(seed: int) -> random.Random:
    """The same throws in every run."""
    return random.Random(seed)  # noqa: S311 - not for secrets


def window(days: int) -> dict[str, str]:
    """A morning of that day from today."""
    start = (clock.now() + timedelta(days=days)).replace(hour=4, minute=30, second=0, microsecond=0)
    return {"window_start": start.isoformat(), "window_end": (start + timedelta(hours=2)).isoformat()}


async def household(world: World, number: int) -> Household:
    """One more of them."""
    async with world.work() as work:
        people = [
            PersonIn(name=name, email=f"{name.lower()}.{number}@example.com", language=language)
            for name, language in (("Padma", "te"), ("Ravi", "en"))
        ]
        made = await add_household(work, people=people)
        owner, caller = await customers.people(work.session, SYSTEM, made.id)
        [address] = await customers.addresses(work.session, SYSTEM, made.id)
        unit = await add_unit(work, world.shelf, made.id, ("serial", f"KILL-{number}"))
    return Household(made.id, unit.id, address.id, owner.id, caller.id)


@asynccontextmanager
async def clerks(world: World, at: Plant, size: Size) -> AsyncIterator[list[Clerk]]:
    """Several at work at once, each with a household of their own."""
    seeds = itertools.count(SEED)
    made: list[Clerk] = []

    def ahead() -> bool:
        """A slow machine is given no more to do than it can; most changes mean one letter, some two."""
        return sum(len(clerk.acknowledged) for clerk in made) * 5 // 4 > len(at.arrivals) + size.backlog

    try:
        for number in range(size.clerks):
            token = await world.sign_in_again("manager")
            browser = httpx.AsyncClient(
                cookies={STAFF_COOKIE: token},
                headers={"X-CSRF-Token": csrf.token(world.settings.signing_key, token)},
            )
            home = await household(world, number)
            made.append(Clerk(browser, at.addresses, world.here, home, dice(next(seeds)), ahead))
        yield made
    finally:
        for clerk in made:
            await clerk.browser.aclose()


async def progress(team: Sequence[Clerk], by: int) -> None:
    """Wait until so many more changes have been acknowledged."""
    goal = sum(len(clerk.acknowledged) for clerk in team) + by
    await until(lambda: sum(len(clerk.acknowledged) for clerk in team) >= goal)


async def until(condition: Callable[[], bool]) -> None:
    """Look again and again."""
    while not condition():  # noqa: ASYNC110 - what is waited for has no event to give
        await asyncio.sleep(0.01)


@dataclass(slots=True)
class Story:
    """A company, what runs of it, and who is at work there."""

    world: World
    at: Plant
    team: list[Clerk]

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Meanwhile they work; at the end each finishes the case at hand."""
        enough = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for clerk in self.team:
                group.create_task(clerk.work(enough))
            yield
            enough.set()

    async def busy(self) -> bool:
        """Whether anything is still to be done; what is dead waits for a person, not we for it."""
        return not all(" dead" in one for one in await ledger.left(self.world))

    async def end(self, crashes: int = 0) -> ledger.Ledger:
        """Wait until all that follows is done, ask for everything once more, end the processes, and compare."""
        while await self.busy():  # noqa: ASYNC110 - it happens in other processes
            await asyncio.sleep(0.1)
        replays = await asyncio.gather(*(clerk.replay() for clerk in self.team))
        assert set((await self.at.stop()).values()) == {0}, self.at.last_words()
        found = await ledger.read(
            self.world,
            [one for clerk in self.team for one in clerk.acknowledged],
            {key: answer for replay in replays for key, answer in replay.items()},
            self.at.arrivals,
            [carrier for carrier in self.at.killed if not carrier.startswith(SERVER)],
            crashes,
        )
        log.info("%s", told(found, self.team))
        wrong = problems(found)
        assert not wrong, "\n".join(wrong[:20])
        return found


@asynccontextmanager
async def story(database: TestDatabase, settings: Settings, folder: Path, size: Size) -> AsyncIterator[Story]:
    """A small company with its processes, on this database."""
    async with (
        asyncio.timeout(size.patience_seconds),
        open_world(database, settings) as world,
        plant(world.settings, folder, size.lease_seconds, size.servers) as at,
        clerks(world, at, size) as team,
    ):
        # What happens to the database must not matter to connections of the test's own.
        await world.database.dispose()
        try:
            yield Story(world, at, team)
        except BaseException as error:
            error.add_note(at.last_words())
            raise


def told(found: ledger.Ledger, team: Sequence[Clerk]) -> str:
    """What happened, in a line."""
    trouble = sum((clerk.trouble for clerk in team), Counter())
    repeats = sum(record.repeats for record in found.records)
    twice = len(found.arrivals) - len({arrival.message_id for arrival in found.arrivals})
    return (
        f"{len(found.acknowledged)} changes acknowledged, {len(found.entries)} entries, {len(found.records)} updates, "
        f"{len(found.arrivals)} letters ({twice} twice, {repeats} counted), {dict(trouble)}, "
        f"killed {sorted(found.killed)}"
    )
