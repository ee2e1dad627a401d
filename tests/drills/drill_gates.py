"""Whoever is to be let in at a gate, is: every caller, every route, own and other branch and household.

Who is to be refused is tried by the suite (`tests/http/test_gates.py`), with the control of both.
"""

from collections.abc import Callable

import pytest

from tests.http.gates import gates
from tests.http.test_gates import CALLERS, Town, town, wrong

__all__ = ["town"]


@pytest.mark.parametrize("caller", CALLERS)
async def test_everybody_is_let_in_wherever_they_may(
    town: Town, caller: str, record_property: Callable[[str, object], None]
) -> None:
    asked = [one for one in town.tries(caller, gates(town.world.registry)) if one.expected]
    record_property("let in", len(asked))
    assert await wrong(town, asked) == []
