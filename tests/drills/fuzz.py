"""`make fuzz`: schemathesis with every phase and check against the real server, for as many minutes as are given."""

import os

import pytest

from tests.factories.fuzzing import fuzz, served, token_of_all
from tests.factories.world import World

MINUTES = float(os.environ.get("AFTERSALES_FUZZ_MINUTES", "10"))


@pytest.fixture(autouse=True, scope="module")
def _in_time() -> None:
    """No drill: as long as was asked for."""


async def test_the_api_is_as_described_at_length(company: World) -> None:
    token = await token_of_all(company)
    async with served(company) as address:
        code, said = await fuzz(address, token, "--max-time", str(int(MINUTES * 60)), "--continue-on-failure")
    assert code == 0, said
