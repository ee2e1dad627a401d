"""Whatever staff do over the API, in whatever order: the server and a model of it agree, step by step.

The controls make them disagree: a model that lacks one way through a machine, a right that somebody holds and should
not, a version that was moved behind the API's back.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import settings as how
from hypothesis.stateful import run_state_machine_as_test

from aftersales.auth.models import Grant
from aftersales.config import Settings
from aftersales.status.machine import Machine
from tests.drills.api_machine import Office, api_machine, office
from tests.drills.sabotage import sabotage
from tests.factories.world import World, open_world
from tests.fixtures.database import TestDatabase
from tests.story.processes import plant

LONG, SHORT = (60, 40), (8, 20)
WHEN = "CREATE TRIGGER skip BEFORE UPDATE OF version ON document FOR EACH ROW EXECUTE FUNCTION skip()"
Record = Callable[[str, object], None]


@asynccontextmanager
async def open_office(
    database: TestDatabase,
    settings: Settings,
    folder: Path,
    doctor: Callable[[World], Mapping[str, Machine]] = lambda world: world.registry.machines,
) -> AsyncIterator[Office]:
    """A company, its server as a process of its own, and what the model believes of it."""
    # No worker: what follows a change follows when the state machine says so.
    async with open_world(database, settings) as world, plant(world.settings, folder, 60.0, workers=()) as at:
        with office(world, at.addresses[0], doctor(world)) as made:
            yield made


async def explore(at: Office, size: tuple[int, int]) -> None:
    """So many lives of so many steps. Raises AssertionError where server and model disagree."""
    lives, steps = size
    chosen = how(
        max_examples=lives,
        stateful_step_count=steps,
        deadline=None,
        derandomize=True,
        database=None,
        # Made smaller it would take minutes longer; the steps are printed as they are.
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    await asyncio.to_thread(run_state_machine_as_test, api_machine(at), settings=chosen)


async def test_server_and_model_agree(
    fresh_database: TestDatabase, settings: Settings, tmp_path: Path, record_property: Record
) -> None:
    async with open_office(fresh_database, settings, tmp_path) as at:
        await explore(at, LONG)
        [(documents, entries)] = await at.world.rows(
            "SELECT (SELECT count(*) FROM document), (SELECT count(*) FROM timeline_entry)"
        )
        [(verbs,)] = await at.world.rows(
            "SELECT count(DISTINCT (machine, name)) FROM timeline_entry WHERE actor_kind = 'staff'"
        )
    record_property("requests that change", at.asked)
    record_property("documents", documents)
    record_property("timeline entries", entries)
    record_property("different verbs and events by staff", verbs)
    for name, count in sorted(at.answers.items(), key=lambda one: -one[1])[:8]:
        record_property(name, count)


async def test_control_a_model_that_lacks_one_way(
    fresh_database: TestDatabase, settings: Settings, tmp_path: Path, record_property: Record
) -> None:
    def without(world: World) -> Mapping[str, Machine]:
        visit = world.registry.machines["visit"]
        edges = tuple(
            replace(edge, sources=tuple(s for s in edge.sources if s != "scheduled")) if edge.verb == "cancel" else edge
            for edge in visit.edges
        )
        return {**world.registry.machines, "visit": replace(visit, edges=edges)}

    async with open_office(fresh_database, settings, tmp_path, without) as at:
        with pytest.raises(AssertionError) as found:
            await explore(at, SHORT)
    record_property("found after requests", at.asked)
    assert "cancel" in str(found.value)


async def test_control_a_right_too_many(
    fresh_database: TestDatabase, settings: Settings, tmp_path: Path, record_property: Record
) -> None:
    async with open_office(fresh_database, settings, tmp_path) as at:
        async with at.world.database.unit_of_work() as session:
            session.add(Grant(staff_id=at.world.staff["finance"].id, role="coordinator", branch_id=at.world.here))
        with pytest.raises(AssertionError, match="finance"):
            await explore(at, SHORT)
    record_property("found after requests", at.asked)


async def test_control_a_version_moved_behind_its_back(
    fresh_database: TestDatabase, settings: Settings, tmp_path: Path, record_property: Record
) -> None:
    """Every document that is posted to is one version further than its timeline says."""
    skip = """CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN NEW.version := NEW.version + 1; RETURN NEW; END $$"""
    async with open_office(fresh_database, settings, tmp_path) as at:
        await sabotage(fresh_database, skip, WHEN)
        with pytest.raises(AssertionError):
            await explore(at, SHORT)
    record_property("found after requests", at.asked)
