"""A return's every status × every verb × everybody, through HTTP. The suite tries a part of it, with the control."""

from collections.abc import Callable

from tests.factories.return_states import Returns
from tests.http.test_return_machine import every, returns, tried

__all__ = ["returns"]


async def test_everybody_everywhere(returns: Returns, record_property: Callable[[str, object], None]) -> None:
    tries = list(every(returns.world))
    record_property("tries", len(tries))
    record_property("of them legal", sum(one.legal and one.allowed for one in tries))
    assert await tried(returns, tries) == []
