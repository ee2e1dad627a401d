"""Pages by key: whoever walks a list sees every row once, whatever is added meanwhile."""

from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.factories.world import API, World, add_home


async def walk(
    client: httpx.AsyncClient, path: str, limit: int, between: Callable[[], Coroutine[Any, Any, object]]
) -> AsyncIterator[dict[str, Any]]:
    """Every row of a list, with something added after each page."""
    after: str | None = None
    for _ in range(100):
        params = {"limit": str(limit)} | ({"after": after} if after else {})
        answer = await client.get(path, params=params)
        assert answer.status_code == 200, answer.text
        assert len(answer.json()["items"]) <= limit
        for row in answer.json()["items"]:
            yield row
        after = answer.json()["next"]
        if after is None:
            return
        await between()
    raise AssertionError("the list does not end")


@pytest.mark.parametrize("limit", [1, 3, 7, 100])
async def test_cases_while_cases_are_opened(company: World, limit: int) -> None:
    desk = company.by("manager")
    there = {row[0] for row in await company.rows("SELECT id FROM support_case")}
    for _ in range(max(0, 8 - len(there))):
        there.add(await company.open_case(company.home))

    async def more() -> None:
        await company.open_case(company.home)

    seen = [UUID(row["id"]) async for row in walk(desk, f"{API}/cases", limit, more)]
    assert len(seen) == len(set(seen))
    assert seen == sorted(seen, reverse=True)
    assert set(seen) >= there, "what was there at the beginning is seen; what is newer stands before it"


@pytest.mark.parametrize(("path", "limit"), [("customers", 2), ("visits", 2), ("products", 1)])
async def test_other_lists(company: World, path: str, limit: int) -> None:
    desk = company.by("manager")
    rows = {
        "customers": "SELECT id FROM customer",
        "visits": "SELECT id FROM visit",
        "products": "SELECT id FROM product",
    }
    for _ in range(3):
        await company.visit(dispatched=False)
    there = {row[0] for row in await company.rows(rows[path])}

    async def more() -> None:
        await add_home(company, "Anjali", "+919849012399")

    seen = [UUID(row["id"]) async for row in walk(desk, f"{API}/{path}", limit, more)]
    assert len(seen) == len(set(seen))
    assert set(seen) >= there


async def test_the_timeline_goes_on_after_a_version(company: World) -> None:
    desk = company.by("manager")
    case_id = await company.open_case(company.neighbours)
    path = f"{API}/cases/{case_id}"
    for n in range(5):
        assert (await desk.post(f"{path}/note_added", json={"note": f"Note {n}"})).status_code == 200
    versions: list[int] = []
    while True:
        asked = {"after": versions[-1] if versions else 0, "limit": 2}
        page = (await desk.get(f"{path}/timeline", params=asked)).json()
        if not page:
            break
        versions += [entry["version"] for entry in page]
        if len(versions) < 9:
            assert (await desk.post(f"{path}/note_added", json={"note": "One more"})).status_code == 200
    assert versions == list(range(1, len(versions) + 1))
    assert len(versions) >= 9


async def test_the_desks_list_and_its_history_go_on(company: World) -> None:
    desk = company.by("manager")
    for _ in range(52 - len(await company.rows("SELECT 1 FROM support_case LIMIT 52"))):
        await company.open_case(company.home)
    numbers = {row[0] for row in await company.rows("SELECT number FROM document WHERE machine = 'case'")}
    path, seen = "/desk/cases?show=all", ""
    for _ in range(5):
        page = (await desk.get(path)).text
        seen += page
        found = [part.split('"')[0] for part in page.split('href="') if "after=" in part.split('"')[0]]
        if not found:
            break
        path = found[0].replace("&amp;", "&")
    assert all(number in seen for number in numbers)
