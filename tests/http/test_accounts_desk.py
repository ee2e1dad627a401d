"""Colleagues and service centres on the desk: what the API does, and what was wrong beside the form."""

import re
from uuid import UUID

import pytest

from tests.factories.colleagues import CENTRE, Chief, add_chief, somebody
from tests.factories.world import World, csrf_of
from tests.http.test_accounts_http import SHOWN, signed_in

STAFF = "/desk/staff"
BRANCHES = "/desk/branches"


@pytest.fixture
def world(company: World) -> World:
    return company


@pytest.fixture
async def chief(world: World) -> Chief:
    return await add_chief(world)


async def test_a_colleague_from_the_first_day_to_the_last(world: World, chief: Chief) -> None:
    desk = chief.browser
    page = await desk.get(STAFF)
    assert page.status_code == 200
    csrf = {"csrf": csrf_of(page.text)}
    form = csrf | {"name": "Swapna & Co", "login": "Swapna", "branch_id": str(world.here), "language": "te"}
    no_place = await desk.post(STAFF, data=form | {"role": "coordinator", "where": ""})
    assert no_place.status_code == 422, "a place left out is not all of them"
    assert "Swapna &amp; Co" in no_place.text, "what was typed is kept"
    made = await desk.post(STAFF, data=form | {"role": "coordinator", "where": str(world.here)})
    assert made.status_code == 200, made.text
    [password] = SHOWN.findall(made.text)
    assert "Has yet to choose a password" in made.text
    taken = await desk.post(STAFF, data=form | {"role": "coordinator", "where": str(world.here)})
    assert taken.status_code == 409
    assert "Choose another" in taken.text
    [(staff_id,)] = await world.rows("SELECT id FROM staff WHERE login = 'swapna'")
    one = f"{STAFF}/{staff_id}"
    assert password not in (await desk.get(one)).text, "shown once"
    hers = await signed_in(world, "swapna", password)
    assert (await hers.get("/desk")).headers["location"] == "/desk/account"

    async def post(verb: str, **values: str) -> str:
        answer = await desk.post(one + verb, data=csrf | values, follow_redirects=True)
        assert answer.status_code == 200, answer.text
        return answer.text

    assert "In all centres" in await post("/give", role="finance", where="all")
    assert "Finance" in await post("/give", role="finance", where="all")
    gone = await post("/take", role="coordinator", where=str(world.here))
    assert "They may not do this any more" in gone
    grants = await world.rows("SELECT role, branch_id FROM staff_grant WHERE staff_id = :id", id=staff_id)
    assert [tuple(row) for row in grants] == [("finance", None)]
    changed = await post("", name="Swapna Devi", branch_id=str(world.there), language="en")
    assert "Swapna Devi" in changed
    [second] = SHOWN.findall(await post("/reset"))
    assert second != password
    assert "No access" in await post("/disable")
    assert "Let them in again" in (await desk.get(one)).text
    assert "They can sign in again" in await post("/enable")


async def test_what_a_manager_may_not_is_said_beside_the_form(world: World) -> None:
    desk = world.by("manager")
    csrf = {"csrf": csrf_of((await desk.get(STAFF)).text)}
    staff_id, _ = await somebody(world, ("technician", world.here))
    beyond = await desk.post(f"{STAFF}/{staff_id}/give", data=csrf | {"role": "finance", "where": "all"})
    assert beyond.status_code == 422
    assert "only what you may do yourself" in beyond.text
    own = world.staff["manager"].id
    page = (await desk.get(f"{STAFF}/{own}")).text
    assert "End their access" not in page
    assert "In all centres" not in page
    assert (await desk.post(f"{STAFF}/{own}/disable", data=csrf)).status_code == 403


async def test_no_form_with_a_password_is_kept(world: World, chief: Chief) -> None:
    csrf = {"csrf": csrf_of((await chief.browser.get(STAFF)).text), "key": "a-form-sent-twice"}
    staff_id, _ = await somebody(world)
    for path in (STAFF, f"{STAFF}/{staff_id}/reset"):
        assert (await chief.browser.post(path, data=csrf)).status_code == 422


async def test_a_centre_on_the_desk(world: World, chief: Chief) -> None:
    desk = chief.browser
    page = await desk.get(BRANCHES)
    assert "Add a centre" in page.text
    form = {"csrf": csrf_of(page.text), **CENTRE, "timezone": "Asia/Kolkata", "currency": "inr", "code": "gbi"}
    wrong = await desk.post(BRANCHES, data=form | {"phone": "12", "latitude": "", "longitude": ""})
    assert wrong.status_code == 422
    assert "not a phone number" in wrong.text
    made = await desk.post(BRANCHES, data=form | {"latitude": "", "longitude": ""}, follow_redirects=True)
    assert "The centre is added" in made.text
    [(branch_id, currency)] = await world.rows("SELECT id, currency FROM branch WHERE code = 'GBI'")
    assert currency == "INR"
    assert isinstance(branch_id, UUID)
    twice = await desk.post(BRANCHES, data=form)
    assert twice.status_code == 409
    one = f"{BRANCHES}/{branch_id}"
    shown = (await desk.get(one)).text
    assert re.search(r'name="code"', shown) is None, "its short name stays"
    form.pop("code")
    moved = await desk.post(
        one, data=form | {"name": "Gachibowli", "latitude": "17.44", "longitude": "78.35"}, follow_redirects=True
    )
    assert "It is changed." in moved.text
    assert 'value="17.440000"' in moved.text
    half = await desk.post(one, data=form | {"latitude": "17.44", "longitude": ""})
    assert half.status_code == 422
    assert "or neither" in half.text


@pytest.mark.parametrize("path", [STAFF, BRANCHES])
async def test_pages_cost_the_same_with_more_rows(world: World, chief: Chief, path: str) -> None:
    async def counted() -> int:
        with world.statements() as seen:
            assert (await chief.browser.get(path)).status_code == 200
        return len(seen)

    await counted()
    before = await counted()
    for _ in range(10):
        await somebody(world, ("technician", world.here), ("finance", world.there))
    assert await counted() == before <= 6
