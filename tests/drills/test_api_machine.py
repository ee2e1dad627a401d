"""A short run of the drill's model beside the server, and a model that is wrong."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from aftersales.config import Settings
from aftersales.status.machine import Machine
from tests.drills.drill_api_machine import explore, open_office
from tests.factories.world import World
from tests.fixtures.database import TestDatabase

pytestmark = pytest.mark.slow


def without_notes_for_anybody(world: World) -> Mapping[str, Machine]:
    """A case to which nobody may add a note: the first that is added is one too many."""
    case = world.registry.machines["case"]
    events = tuple(
        replace(event, permission="case.nobody") if event.name == "note_added" else event for event in case.events
    )
    return {**world.registry.machines, "case": replace(case, events=events)}


async def test_server_and_model_agree_and_a_wrong_model_does_not(
    fresh_database: TestDatabase, settings: Settings, tmp_path: Path
) -> None:
    async with open_office(fresh_database, settings, tmp_path) as at:
        await explore(at, (6, 15))
        assert at.asked > 10
        at.machines = without_notes_for_anybody(at.world)
        with pytest.raises(AssertionError, match="note_added"):
            await explore(at, (10, 15))
