"""A claim's every status × every verb × everybody, through HTTP. The suite tries a part of it, with the control."""

from collections.abc import Callable

from tests.factories.claim_states import Claims
from tests.http.test_claim_machine import claims, every, tried

__all__ = ["claims"]


async def test_everybody_everywhere(claims: Claims, record_property: Callable[[str, object], None]) -> None:
    tries = list(every(claims.world))
    record_property("tries", len(tries))
    record_property("of them legal", sum(one.legal and one.allowed for one in tries))
    assert await tried(claims, tries) == []
