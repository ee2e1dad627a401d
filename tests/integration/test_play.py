"""A service day of the demonstration: by legal verbs alone, the same each time, and again on the same data."""

from collections.abc import AsyncIterator

import pytest

from aftersales.config import load_settings
from aftersales.db.embedded import EmbeddedServer
from aftersales.outbox.worker import drain
from aftersales.play import Director, PlayError, Summary
from aftersales.registry import load_registry
from aftersales.service_day import run_play
from tests.fixtures.database import cloned
from tests.story.people import Company, company

pytestmark = pytest.mark.slow

SEED = 2
OFTEN = ("booked a pickup", "arrived at", "with a photo")
SOMETIMES = (
    "covered in full",
    "denial",
    "asked to return",
    "said yes",
    "said no",
    "payment",
    "the return",
    "handed the unit back",
    "moved it",
)


class Enough(Exception):
    """The curtain falls early."""


@pytest.fixture(scope="module")
async def there(
    postgres: EmbeddedServer, worker_id: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Company]:
    """A company whose day has not begun."""
    settings = load_settings(data_dir=tmp_path_factory.mktemp("play"), secret_key="k" * 43)
    async with cloned(postgres, f"play_{worker_id}") as clone, company(clone, settings) as made:
        yield made


@pytest.fixture(scope="module")
async def day(there: Company) -> tuple[Summary, list[str]]:
    """The first day, whole, and what was told of it."""
    told: list[str] = []
    return await director(there, told).play(), told


def director(there: Company, told: list[str], *, modules: list[str] | None = None, steps: int = 1000) -> Director:
    registry = load_registry(modules)

    async def settle() -> None:
        await drain(there.database, registry, there.settings)

    def say(line: str) -> None:
        told.append(line)
        if len(told) == steps:
            raise Enough

    return Director(there.database, registry, there.settings, SEED, say=say, settle=settle, strict=True)


async def check(there: Company, day: Summary) -> None:
    """What must be true of the cases of a day, whatever its story."""
    ids = list(day.case_ids)
    broken = await there.rows(
        "SELECT stream_id, count(*), max(version) FROM timeline_entry WHERE stream_id = ANY(:ids) "
        "GROUP BY 1 HAVING count(*) <> max(version) OR min(version) <> 1",
        ids=ids,
    )
    assert broken == [], "a timeline has no gap"
    entries = await there.rows(
        "SELECT machine, name, from_status, to_status, origin, actor_kind, actor_id FROM timeline_entry "
        "WHERE stream_id = ANY(:ids)",
        ids=ids,
    )
    for machine, name, before, after, origin, kind, actor in entries:
        assert origin == "live"
        assert (kind == "system") == (actor is None), "whoever did it is somebody"
        if after is not None:
            edge = there.registry.machines[str(machine)].by_verb[str(name)]
            assert before in edge.sources
            assert after == edge.to
            assert kind != "customer" or "customer" in edge.by or before is None, f"{machine}.{name}"
    assert await there.rows("SELECT subscriber, error FROM delivery WHERE state = 'dead'") == []
    told = await there.rows(
        "SELECT stream_id, count(*) FROM customer_update WHERE stream_id = ANY(:ids) AND state = 'sent' GROUP BY 1",
        ids=ids,
    )
    assert {row[0] for row in told} == set(ids), "everybody was written to"
    assert day.updates == sum(int(str(row[1])) for row in told)


async def test_a_day(there: Company, day: tuple[Summary, list[str]]) -> None:
    summary, told = day
    await check(there, summary)
    assert len(summary.case_ids) == 6
    assert all(one.endswith(": closed") for one in summary.stands), summary.stands
    words = " ".join(step.words for step in summary.steps)
    scenes = [*OFTEN, *SOMETIMES]
    assert [scene for scene in OFTEN if scene not in words] == []
    # Who calls depends on what the demonstration holds on the day; no day has every scene for certain.
    assert sum(scene in words for scene in scenes) >= len(scenes) - 3, [s for s in scenes if s not in words]
    photos = await there.rows("SELECT kind FROM file WHERE stream_id = ANY(:ids)", ids=list(summary.case_ids))
    assert {str(row[0]) for row in photos} == {"check", "photo"}
    assert all(line.split()[0].count(":") == 2 for line in told if " · " in line), "every line says when"


async def test_the_next_day_and_days_without_some_modules(there: Company, day: tuple[Summary, list[str]]) -> None:
    again = await director(there, []).play(calls=2)
    await check(there, again)
    assert not set(again.case_ids) & set(day[0].case_ids)
    assert all(one.endswith(": closed") for one in again.stands), again.stands
    for modules in ([], ["field_service"], ["warranty", "rma", "billing"]):
        part = await director(there, [], modules=modules).play(calls=1)
        assert len(part.case_ids) == 1
        assert bool(modules == ["field_service"]) == part.stands[0].endswith(": closed")


async def test_the_same_seed_tells_the_same_story(
    there: Company, day: tuple[Summary, list[str]], postgres: EmbeddedServer, worker_id: str
) -> None:
    told: list[str] = []
    async with (
        cloned(postgres, f"play_twin_{worker_id}") as clone,
        company(clone, there.settings) as twin,
    ):
        with pytest.raises(Enough):
            await director(twin, told, steps=40).play()
    assert story(told) == story(day[1][:40])
    assert len(story(told)) > 30


def story(told: list[str]) -> list[str]:
    """Who did what, without the hour and the numbers."""
    return [line.partition(" ")[2].rpartition(" · ")[0] for line in told if " · " in line]


def test_only_a_demonstration_is_played() -> None:
    with pytest.raises(PlayError, match="nobody's real customers"):
        run_play(load_settings(), SEED)
