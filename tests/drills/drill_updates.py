"""Ten thousand updates through providers in trouble, by four workers that are killed one after the other. Afterwards
everybody was told everything, once and in order, or staff read why not.

The control takes away what a worker holds a letter by, its lease.
"""

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from aftersales.cases.machine import CASE
from aftersales.cases.models import Case, MatterPerson
from aftersales.config import Settings
from aftersales.customers.models import Customer, Person, PersonPhone
from aftersales.ids import new_id
from aftersales.products.models import Unit
from aftersales.scope import SYSTEM_ACTOR
from aftersales.status.changes import NewDocument, move, open_document
from aftersales.status.engine import create_streams, post
from aftersales.updates.models import ChannelRegistration, Preference
from tests.drills.receipts_back import APP_SECRET, HOOK_SECRET, NUMBER_ID, Receipts
from tests.drills.sabotage import sabotage
from tests.drills.troubled import EMAIL, SMS, WELL, WHATSAPP, Chances, Providers, Taken
from tests.drills.updates_ledger import Books, Expected, Told, Turn, problems, repeats_by_killed
from tests.factories.providers import REGISTERED
from tests.factories.world import API, World, open_world
from tests.fixtures.database import TestDatabase
from tests.story import ledger
from tests.story.clerks import SEED, dice
from tests.story.processes import Plant, plant

UPDATES = int(os.environ.get("AFTERSALES_DRILL_UPDATES", "10000"))
WORKERS = ("worker-1", "worker-2", "worker-3", "worker-4")
LEASE_SECONDS = 20.0
KILL_EVERY = 5.0
PATIENCE_SECONDS = 1200.0
# Ten thousand through so much trouble take two cores longer than any other drill.
LONGEST_SECONDS = PATIENCE_SECONDS
# What happens to each case. The owner is told when it is received, and each time that it is about to be cancelled.
STEPS = ("request_cancel", "withdraw_cancel") * 3 + ("request_cancel",)
TEXTS = {"received": "case.received", "cancel_pending": "case.cancel_pending"}
EACH = 1 + STEPS.count("request_cancel")
ORDERS = ((WHATSAPP, SMS, EMAIL), (SMS, EMAIL), (EMAIL,))
LANGUAGES = ("en", "te")
BATCH = 250
CONTROL_CASES, CONTROL_SECONDS = 60, 60.0
# What every process is told, as settings without their prefix.
KEYS = {
    "CHANNELS": "whatsapp,sms,email",
    "QUIET_HOURS": "",
    "MERGE_SECONDS": "0",
    "WORKER_CONCURRENCY": "8",
    "HOOK_REQUESTS_PER_MINUTE": "1000000",
    "MSG91_KEY": "key91",
    "MSG91_HEADER": "AFTSAL",
    "MSG91_ENTITY_ID": "1201159000000000001",
    "MSG91_HOOK_SECRET": HOOK_SECRET,
    "WHATSAPP_TOKEN": "EAAG",
    "WHATSAPP_NUMBER_ID": NUMBER_ID,
    "WHATSAPP_APP_SECRET": APP_SECRET,
    "WHATSAPP_VERIFY_TOKEN": "a word to verify",
}
Record = Callable[[str, object], None]


@dataclass(slots=True)
class Scene:
    """A company with its processes, the providers, and the cases with the owner of each."""

    world: World
    at: Plant
    providers: Providers
    owners: dict[UUID, UUID]

    async def happen(self) -> None:
        """Everything that happens to the cases, in batches, a step of all of them after the other."""
        cases = list(self.owners)
        for verb in STEPS:
            for start in range(0, len(cases), BATCH):
                reason = "It was asked for." if CASE.by_verb[verb].reason else None
                async with self.world.work() as work:
                    changes = [move(CASE, key, verb, note=reason) for key in cases[start : start + BATCH]]
                    await post(work.session, changes, actor=SYSTEM_ACTOR)
                await asyncio.sleep(0)

    async def busy(self) -> bool:
        """Whether anything is still to be sent, or to be heard."""
        if self.providers.receipts.outstanding:
            return True
        return not all(" dead" in one for one in await ledger.left(self.world)) or bool(await self._later())

    async def _later(self) -> Sequence[Any]:
        """Receipts that were too early are looked at again."""
        return await self.world.rows("SELECT 1 FROM delivery WHERE subscriber = 'updates.receipt' LIMIT 1")

    async def books(self) -> Books:
        """What there is to compare, now that all is done."""
        rows, ours = self.world.rows, list(self.owners)
        told = await rows(
            "SELECT id, stream_id, version, person_id, text, channel, state, reason, detail, turn, repeats "
            "FROM customer_update WHERE stream_id = ANY(:ours)",
            ours=ours,
        )
        turns = await rows(
            "SELECT a.update_id, a.turn, a.channel, a.state, a.reason, a.detail FROM update_attempt a "
            "JOIN customer_update u ON u.id = a.update_id WHERE u.stream_id = ANY(:ours)",
            ours=ours,
        )
        entries = await rows(
            "SELECT stream_id, version, to_status FROM timeline_entry "
            "WHERE stream_id = ANY(:ours) AND kind = 'status' AND to_status = ANY(:told)",
            ours=ours,
            told=list(TEXTS),
        )
        expected = [Expected(case, version, self.owners[case], TEXTS[status]) for case, version, status in entries]
        assert len(expected) == len(ours) * EACH, "not all of it has happened"
        return Books(
            expected,
            [Told(*row) for row in told],
            [Turn(*row) for row in turns],
            list(self.providers.taken),
            dict(self.providers.unanswered),
            dict(self.providers.receipts.said),
            await self._shown(),
            frozenset(self.at.killed),
            await ledger.left(self.world),
        )

    async def _shown(self) -> dict[UUID, tuple[str | None, str | None]]:
        """What failed or came back, as a manager reads it."""
        desk = self.world.by("manager")
        asked: dict[str, Any] = {"state": ["failed", "bounced"], "limit": 100}
        found: dict[UUID, tuple[str | None, str | None]] = {}
        while True:
            answer = await desk.get(f"{API}/updates", params=asked)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            found |= {UUID(one["id"]): (one["reason"], one["detail"]) for one in page["items"]}
            if page["next"] is None:
                return found
            asked["after"] = page["next"]


@asynccontextmanager
async def scene(
    database: TestDatabase, settings: Settings, folder: Path, cases: int, chances: Chances
) -> AsyncIterator[Scene]:
    """So many cases opened, four workers, one server, three providers."""
    providers = Providers(chances, SEED, Receipts(well=chances == WELL))

    async def around(carrier: str) -> dict[str, str]:
        return {**KEYS, **await providers.around(carrier)}

    async with asyncio.timeout(PATIENCE_SECONDS), open_world(database, settings) as world:
        owners = await founded(world, cases)
        try:
            async with plant(world.settings, folder, LEASE_SECONDS, 1, WORKERS, around) as at:
                try:
                    async with providers.receipts.posted(at.addresses[0]):
                        yield Scene(world, at, providers, owners)
                except BaseException as error:
                    error.add_note(at.last_words())
                    raise
        finally:
            providers.close()


async def founded(world: World, count: int) -> dict[UUID, UUID]:
    """So many cases, each of a household of its own; the owner of each."""
    async with world.work() as work:
        session = work.session
        session.add_all(
            ChannelRegistration(
                id=new_id(),
                brand="Godavari",
                channel=channel,
                text=text,
                language=language,
                name=REGISTERED.name,
                state="approved",
                checked_at=work.now,
            )
            for channel in (WHATSAPP, SMS)
            for text in TEXTS.values()
            for language in LANGUAGES
        )
    owners: dict[UUID, UUID] = {}
    for start in range(0, count, BATCH):
        owners |= await _opened(world, range(start, min(start + BATCH, count)))
    return owners


async def _opened(world: World, numbers: range) -> dict[UUID, UUID]:
    made = {number: (new_id(), new_id(), new_id(), new_id()) for number in numbers}
    async with world.work() as work:
        session, now = work.session, work.now
        household = {"kind": "household", "timezone": "Asia/Kolkata", "since": now.date(), "created_at": now}
        await session.execute(insert(Customer), [household | {"id": home} for home, *_ in made.values()])
        await session.execute(
            insert(Person),
            [
                {
                    "id": person,
                    "customer_id": home,
                    "name": "Padma",
                    "name_local": "పద్మ",
                    "courtesy": "గారు",
                    "language": LANGUAGES[number % 2],
                    "email": f"padma.{number}@example.com",
                }
                for number, (home, person, *_) in made.items()
            ],
        )
        phones = [{"person_id": p, "e164": f"+9198{number:08d}"} for number, (_, p, *_) in made.items()]
        await session.execute(insert(PersonPhone), phones)
        chosen = [
            {"person_id": p, "channels": list(ORDERS[number % 3]), "changed_at": now}
            for number, (_, p, *_) in made.items()
        ]
        await session.execute(insert(Preference), chosen)
        await create_streams(session, [unit for *_, unit, _ in made.values()])
        bought = {"product_id": world.shelf.product.id, "created_at": now}
        units = [bought | {"id": unit, "customer_id": home} for home, _, unit, _ in made.values()]
        await session.execute(insert(Unit), units)
        opening = [
            open_document(
                CASE, case, "receive", NewDocument(case, world.here, f"DRL-{number:06d}", unit, home, new_stream=True)
            )
            for number, (home, _, unit, case) in made.items()
        ]
        await post(session, opening, actor=SYSTEM_ACTOR)
        asked = {"complaint": "It does not spin.", "fault_code": None, "channel": "phone"}
        await session.execute(insert(Case), [asked | {"id": case} for *_, case in made.values()])
        part = {"role": "owner", "may_approve": True}
        people = [part | {"case_id": case, "person_id": person} for _, person, _, case in made.values()]
        await session.execute(insert(MatterPerson), people)
    return {case: person for _, person, _, case in made.values()}


async def strike(at: Plant, chance: random.Random, enough: asyncio.Event) -> None:
    """`kill -9` of one worker after the other; each is started again a moment later, as a supervisor does.

    On a slow machine a start takes longer than a killer waits: there must be three at work to lose one.
    """
    while not enough.is_set():
        await asyncio.sleep(chance.uniform(0.6, 1.4) * KILL_EVERY)
        assert await at.revive() == 0, "a worker ended by itself"
        at_work = [name for name in WORKERS if at.running[name].began()]
        if len(at_work) < len(WORKERS) - 1:
            continue
        name = chance.choice(at_work)
        await at.kill(name)
        await asyncio.sleep(chance.uniform(0.0, 1.0))
        await at.start(name)


async def until_done(it: Scene, share: float = 1.0) -> None:
    """Until nothing is left, or so much of it has been taken."""
    goal = share * len(it.owners) * EACH
    while len(it.providers.taken) < goal if share < 1.0 else await it.busy():  # noqa: ASYNC110 - in other processes
        await asyncio.sleep(0.5)


async def test_updates_through_trouble(
    fresh_database: TestDatabase, settings: Settings, tmp_path: Path, record_property: Record
) -> None:
    async with scene(fresh_database, settings, tmp_path, UPDATES // EACH, Chances()) as it:
        began, enough = time.monotonic(), asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(strike(it.at, dice(SEED), enough))
            await it.happen()
            await until_done(it, 0.9)
            enough.set()
        await until_done(it)
        taken_seconds = time.monotonic() - began
        books = await it.books()
        assert set((await it.at.stop()).values()) == {0}, it.at.last_words()
    found = problems(books)
    for name, value in figures(books, it.providers).items():
        record_property(name, value)
    record_property("workers killed", len(it.at.killed))
    record_property("seconds until all was done", round(taken_seconds))
    record_property("problems", len(found))
    assert not found, "\n".join(found[:40])
    assert len(it.at.killed) >= 3
    assert len(books.told) == len(it.owners) * EACH


def figures(books: Books, providers: Providers) -> dict[str, object]:
    """What there was of everything."""
    states = Counter(one.state for one in books.told)
    keys = Counter(one.key for one in books.taken)
    return {
        "updates": len(books.told),
        "letters taken": len(books.taken),
        "by a further channel": len(books.turns),
        "a second time": sum(count - 1 for count in keys.values()),
        "of these because a worker was killed": repeats_by_killed(books),
        "told again to who honours the key": providers.again,
        **{f"in the end {state}": count for state, count in sorted(states.items())},
        **dict(sorted(providers.trouble.items())),
        **{f"receipts {what}": count for what, count in sorted(providers.receipts.counted.items())},
    }


async def test_control_without_leases_letters_are_doubled(
    fresh_database: TestDatabase, settings: Settings, tmp_path: Path, record_property: Record
) -> None:
    await sabotage(
        fresh_database,
        "CREATE FUNCTION nobody_holds() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN NEW.leased_until := now(); RETURN NEW; END $$",
        "CREATE TRIGGER nobody_holds BEFORE UPDATE ON delivery FOR EACH ROW "
        "WHEN (NEW.lease IS NOT NULL) EXECUTE FUNCTION nobody_holds()",
    )
    async with scene(fresh_database, settings, tmp_path, CONTROL_CASES, WELL) as it:
        began = time.monotonic()
        await it.happen()
        # Whoever works without leases gets in the way of all others and is never done.
        while not twice(it.providers.taken) and time.monotonic() < began + CONTROL_SECONDS:  # noqa: ASYNC110
            await asyncio.sleep(0.5)
        found = problems(await it.books())
    doubled = [one for one in found if one.startswith("doubled without need")]
    assert doubled, "nothing came twice: the check proves nothing, or nothing rests on the lease any more"
    record_property("doubled", len(doubled))
    record_property("of letters taken", len(it.providers.taken))


def twice(taken: Sequence[Taken]) -> bool:
    """Whether a letter has come more than once."""
    return len({one.key for one in taken}) < len(taken)
