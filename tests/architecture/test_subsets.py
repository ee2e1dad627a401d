"""Every subset of the modules is a system of its own: it boots, describes itself and shows a case."""

import itertools
from collections.abc import Iterable

import httpx
import pytest

from aftersales import clock
from aftersales.app import create_app
from aftersales.auth import links
from aftersales.http import CUSTOMER_COOKIE, STAFF_COOKIE
from aftersales.registry import Registry, load_registry
from tests.factories.site import Site
from tests.factories.world import World

pytestmark = pytest.mark.slow

MODULES = ("warranty", "rma", "field_service", "billing")
SUBSETS = [subset for size in range(5) for subset in itertools.combinations(MODULES, size)]


@pytest.fixture(scope="module")
async def story(company: World) -> World:
    """A case on which every module has left something."""
    await company.visit(company.home)
    await company.settle()
    desk = company.by("manager")
    order = await desk.post("/api/v1/repair_orders", json={"case_id": str(company.home.case_id)})
    assert order.status_code == 201, order.text
    await company.settle()
    return company


@pytest.mark.parametrize("subset", SUBSETS, ids=lambda names: "+".join(names) or "kernel")
async def test_every_subset_boots_and_shows_a_case(story: World, subset: tuple[str, ...]) -> None:
    registry = load_registry(list(subset))
    assert registry.check() == []
    assert {m.name for m in registry.modules} >= set(subset)
    app = create_app(story.settings, registry=registry)
    site = Site(app, story.database, story.settings, story.here)
    if len(subset) in (0, 1, len(MODULES)):
        # Half the time of a start, and each route is described by itself: in between, what is said is no other.
        described(registry, app.openapi()["paths"])
    case_id = story.home.case_id
    async with site.client(STAFF_COOKIE, story.tokens["manager"]) as desk:
        for path in (
            "/desk",
            "/desk/cases",
            f"/desk/cases/{case_id}",
            f"/desk/customers/{story.home.customer_id}",
            f"/desk/units/{story.home.unit_id}",
            f"/api/v1/cases/{case_id}/documents",
            f"/api/v1/cases/{case_id}/timeline",
        ):
            await shows(desk, path)
    async with site.client(CUSTOMER_COOKIE, await opened(story)) as customer:
        await shows(customer, "/track")
    await app.state.services.database.dispose()


def described(registry: Registry, paths: Iterable[str]) -> None:
    assert "/api/v1/cases/{case_id}" in paths
    # What belongs to an invoice or to a public page has no address of its own.
    for machine in registry.machines.keys() - {"payment", "return_enquiry"}:
        assert any(path.startswith(f"/api/v1/{machine}") for path in paths), machine


async def shows(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path, follow_redirects=True)
    assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:500]}"


async def opened(world: World) -> str:
    link = await world.link(world.home)
    async with world.database.unit_of_work() as session:
        found = await links.exchange(session, world.settings, links.token(world.settings, link), clock.now())
    assert found is not None
    return found[0]


async def test_unknown_modules_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown modules: telepathy"):
        load_registry(["telepathy"])
