"""Terms that no calendar could hold are refused when they are published, not when a customer asks."""

from datetime import timedelta

import pytest

from aftersales import clock
from tests.factories.world import API, World


@pytest.mark.parametrize("days", [0, -5, 3651, 10**10])
async def test_the_window_of_a_return_has_bounds(company: World, days: int) -> None:
    answer = await publish(company, "returns", "return_terms", days=days)
    assert answer == (422, "http.invalid")


@pytest.mark.parametrize("months", [-1, 601, 10**10])
@pytest.mark.parametrize("name", ["parts", "presumption_months", "manufacture_grace_months"])
async def test_the_months_of_a_warranty_have_bounds(company: World, name: str, months: int) -> None:
    changed = {"months": {"parts": months}} if name == "parts" else {name: months}
    assert await publish(company, "warranty", "warranty_terms", **changed) == (422, "http.invalid")


async def test_terms_within_bounds_are_published(company: World) -> None:
    assert (await publish(company, "returns", "return_terms", days=3650))[0] == 201
    assert (await publish(company, "warranty", "warranty_terms", presumption_months=0))[0] == 201


async def publish(company: World, kind: str, route: str, **changed: object) -> tuple[int, str]:
    """What is in force, changed, published for tomorrow: status and code of the answer."""
    desk = company.by("manager")
    last = (await desk.get(f"{API}/policies", params={"kind": kind})).json()["items"][0]
    body = {
        "code": last["code"],
        "effective_from": str(clock.now().date() + timedelta(days=1)),
        "terms": last["terms"] | changed,
        "words": last["words"],
    }
    answer = await desk.post(f"{API}/{route}", json=body)
    return answer.status_code, answer.json().get("code", "")
