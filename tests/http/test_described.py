"""The API does what its description says, and refuses what it does not: schemathesis, all checks, at small depth.

`make fuzz` does the same for as long as you like, with every phase.
"""

import pytest

from tests.factories.fuzzing import fuzz, served, token_of_all
from tests.factories.world import World

SMALL = ("--phases", "fuzzing,stateful", "--max-examples", "1", "--seed", "1", "--no-shrink", "--continue-on-failure")


@pytest.mark.slow
async def test_the_api_is_as_described(company: World) -> None:
    token = await token_of_all(company)
    async with served(company) as address:
        code, said = await fuzz(address, token, *SMALL)
    assert code == 0, said[-20_000:]
