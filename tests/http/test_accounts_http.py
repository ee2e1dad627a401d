"""Colleagues and service centres: added, given rights, disabled and enabled, by who may and never beyond that."""

import asyncio
import re
from uuid import UUID, uuid4

import httpx
import pytest

from aftersales import clock
from aftersales.auth import clients
from aftersales.http import STAFF_COOKIE
from tests.factories.auth import PASSWORD
from tests.factories.colleagues import CENTRE, Chief, add_chief, somebody
from tests.factories.site import ADDRESS
from tests.factories.world import API, World, csrf_of, refused

ACCOUNTS = f"{API}/accounts"
SHOWN = re.compile(r'id="password" value="([a-z2-9-]{19})"')


@pytest.fixture
def world(company: World) -> World:
    return company


@pytest.fixture
async def chief(world: World) -> Chief:
    return await add_chief(world)


def new(world: World, *held: tuple[str, UUID | None], **changed: object) -> dict[str, object]:
    """What is sent to add somebody."""
    grants = [{"role": role, "branch_id": str(at) if at else None} for role, at in held]
    body = {"login": f"n{uuid4().hex[:10]}", "name": "Kavitha Rao", "branch_id": str(world.here), "grants": grants}
    return body | changed


async def added(browser: httpx.AsyncClient, body: dict[str, object]) -> tuple[str, str]:
    """The id and the first password."""
    answer = await browser.post(ACCOUNTS, json=body)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"{ACCOUNTS}/{answer.json()['id']}"
    return answer.json()["id"], answer.json()["password"]


async def signed_in(world: World, login: object, password: str) -> httpx.AsyncClient:
    """Their browser, after signing in by the API."""
    browser = world.client()
    answer = await browser.post(f"{API}/session", json={"login": login, "password": password})
    assert answer.status_code == 201, answer.text
    browser.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
    return browser


async def test_a_first_password_opens_only_the_page_where_it_is_changed(world: World, chief: Chief) -> None:
    body = new(world, ("coordinator", world.here))
    staff_id, password = await added(chief.browser, body)
    [row] = await world.rows("SELECT password_hash FROM staff WHERE id = :id", id=staff_id)
    assert password not in row.password_hash
    browser = await signed_in(world, body["login"], password)
    assert (await browser.get(f"{API}/me")).json()["must_change_password"] is True
    closed = await browser.get(f"{API}/cases")
    refused(closed, "a given password", 403)
    assert closed.json()["code"] == "auth.password_first"
    sent = await browser.get("/desk/cases")
    assert (sent.status_code, sent.headers["location"]) == (303, "/desk/account")
    page = await browser.get("/desk/account")
    assert "Choose a password of your own" in page.text
    form = {"csrf": csrf_of(page.text), "current": password}
    same = await browser.post("/desk/account/password", data=form | {"new": password, "again": password})
    assert same.status_code == 422
    assert "the one you were given" in same.text
    own = {"new": "a well behind the school", "again": "a well behind the school"}
    assert (await browser.post("/desk/account/password", data=form | own)).status_code == 303
    assert (await browser.get("/desk/cases")).status_code == 200
    assert (await browser.get(f"{API}/me")).json()["must_change_password"] is False


async def test_what_is_added_is_listed_changed_and_given_rights(world: World, chief: Chief) -> None:
    body = new(world, ("technician", world.here), language="te")
    staff_id, _ = await added(chief.browser, body)
    one = f"{ACCOUNTS}/{staff_id}"
    listed: list[dict[str, object]] = []
    path: str | None = ACCOUNTS
    after: dict[str, str] = {}
    while path:
        answer = (await chief.browser.get(ACCOUNTS, params={"limit": "3"} | after)).json()
        listed += answer["items"]
        path, after = (ACCOUNTS, {"after": answer["next"]}) if answer["next"] else (None, {})
    names = [str(row["name"]) for row in listed]
    assert names == sorted(names)
    assert len({str(row["id"]) for row in listed}) == len(listed)
    [found] = [row for row in listed if row["id"] == staff_id]
    assert (found["login"], found["language"], found["must_change"]) == (body["login"], "te", True)
    assert found["grants"] == [{"role": "technician", "branch_id": str(world.here)}]
    moved = {"name": "Kavitha R.", "branch_id": str(world.there), "language": "hi"}
    changed = await chief.browser.put(one, json=moved)
    assert (changed.status_code, changed.json()["name"], changed.json()["language"]) == (200, "Kavitha R.", "hi")
    wanted = [{"role": "finance", "branch_id": None}, {"role": "technician", "branch_id": str(world.there)}]
    held = await chief.browser.put(f"{one}/grants", json={"grants": wanted})
    assert held.json()["grants"] == wanted
    assert (await chief.browser.put(f"{one}/grants", json={"grants": []})).json()["grants"] == []


async def test_rights_change_with_the_next_request(world: World, chief: Chief) -> None:
    staff_id, token = await somebody(world, ("technician", world.here))
    browser = world.client(STAFF_COOKIE, token)
    assert (await browser.get("/desk/api-clients")).status_code == 403
    wanted = {"grants": [{"role": "manager", "branch_id": str(world.here)}]}
    assert (await chief.browser.put(f"{ACCOUNTS}/{staff_id}/grants", json=wanted)).status_code == 200
    assert (await browser.get("/desk/api-clients")).status_code == 200


async def test_disabling_ends_sessions_and_programs_at_once(world: World, chief: Chief) -> None:
    staff_id, token = await somebody(world, ("manager", world.here))
    async with world.database.unit_of_work() as session:
        _, program = clients.start(
            session,
            staff_id=staff_id,
            name="Shop",
            permissions=["case.view"],
            branch_id=None,
            now=clock.now(),
            expires_at=clock.now().replace(year=clock.now().year + 1, day=1),
        )
    browser = world.client(STAFF_COOKIE, token)
    bearer = httpx.AsyncClient(
        transport=httpx.ASGITransport(world.app), base_url=ADDRESS, headers={"Authorization": f"Bearer {program}"}
    )
    world.clients.append(bearer)
    assert (await browser.get(f"{API}/me")).status_code == (await bearer.get(f"{API}/me")).status_code == 200
    for _ in range(2):
        assert (await chief.browser.post(f"{ACCOUNTS}/{staff_id}/disable")).status_code == 204, "again, nothing happens"
    assert (await browser.get(f"{API}/me")).status_code == (await bearer.get(f"{API}/me")).status_code == 401
    [row] = await world.rows("SELECT login FROM staff WHERE id = :id", id=staff_id)
    body = {"login": row.login, "password": PASSWORD}
    assert (await world.client().post(f"{API}/session", json=body)).status_code == 401
    assert (await chief.browser.post(f"{ACCOUNTS}/{staff_id}/enable")).status_code == 204
    assert (await browser.get(f"{API}/me")).status_code == 401, "what was ended does not begin again"
    assert (await world.client().post(f"{API}/session", json=body)).status_code == 201


async def test_a_reset_signs_out_everywhere(world: World, chief: Chief) -> None:
    staff_id, token = await somebody(world, ("coordinator", world.here))
    answer = await chief.browser.post(f"{ACCOUNTS}/{staff_id}/reset_password")
    assert answer.status_code == 200
    assert (await world.client(STAFF_COOKIE, token).get(f"{API}/me")).status_code == 401
    [row] = await world.rows("SELECT login, must_change FROM staff WHERE id = :id", id=staff_id)
    assert row.must_change
    old = {"login": row.login, "password": PASSWORD}
    assert (await world.client().post(f"{API}/session", json=old)).status_code == 401
    await signed_in(world, row.login, answer.json()["password"])


async def test_no_answer_with_a_password_is_kept(world: World, chief: Chief) -> None:
    key = {"Idempotency-Key": "once-and-again"}
    before = await world.rows("SELECT count(*) FROM staff")
    refused(await chief.browser.post(ACCOUNTS, json=new(world), headers=key), key)
    staff_id, _ = await somebody(world)
    refused(await chief.browser.post(f"{ACCOUNTS}/{staff_id}/reset_password", headers=key), key)
    assert (await world.rows("SELECT count(*) FROM staff"))[0][0] == before[0][0] + 1


async def test_a_manager_of_one_centre_gives_nothing_beyond_it(world: World) -> None:
    manager = world.by("manager")
    for body, status, code in (
        (new(world, ("technician", None)), 422, "auth.not_yours"),
        (new(world, ("technician", world.there)), 422, "auth.not_yours"),
        (new(world, ("manager", None)), 422, "auth.not_yours"),
        (new(world, ("technician", world.here), branch_id=str(world.there)), 403, "auth.permission_missing"),
    ):
        answer = await manager.post(ACCOUNTS, json=body)
        refused(answer, body, status)
        assert answer.json()["code"] == code, body
    staff_id, _ = await added(manager, new(world, ("manager", world.here)))
    for wanted in ({"role": "manager", "branch_id": None}, {"role": "finance", "branch_id": str(world.there)}):
        answer = await manager.put(f"{ACCOUNTS}/{staff_id}/grants", json={"grants": [wanted]})
        refused(answer, wanted)
        assert answer.json()["code"] == "auth.not_yours"
    away = {"name": "Kavitha Rao", "branch_id": str(world.there), "language": "en"}
    refused(await manager.put(f"{ACCOUNTS}/{staff_id}", json=away), away, 403)


async def test_nobody_gets_at_who_may_do_more(world: World, chief: Chief) -> None:
    manager = world.by("manager")
    boss, _ = await somebody(world, ("manager", None))
    both, _ = await somebody(world, ("technician", world.here), ("technician", world.there))
    for staff_id in (boss, both):
        for verb in ("disable", "reset_password", "enable"):
            answer = await manager.post(f"{ACCOUNTS}/{staff_id}/{verb}")
            refused(answer, verb, 403)
            assert answer.json()["code"] == "auth.beyond_you"
    taken = await manager.put(f"{ACCOUNTS}/{boss}/grants", json={"grants": []})
    refused(taken, "their rights")
    only_there = {"grants": [{"role": "technician", "branch_id": str(world.there)}]}
    assert (await manager.put(f"{ACCOUNTS}/{both}/grants", json=only_there)).status_code == 200, "its own centre's"
    far, _ = await somebody(world, ("technician", world.there), at=world.there)
    for method, path in (("GET", ""), ("POST", "/disable"), ("POST", "/reset_password")):
        refused(await manager.request(method, f"{ACCOUNTS}/{far}{path}"), path, 404)
    listed = (await manager.get(ACCOUNTS, params={"limit": 100})).json()["items"]
    assert str(far) not in {row["id"] for row in listed}
    assert str(chief.id) in {row["id"] for row in listed}, "at home here, though beyond them"


async def test_a_coordinator_and_a_program_add_nobody(world: World, chief: Chief) -> None:
    coordinator = world.by("coordinator")
    refused(await coordinator.get(ACCOUNTS), "list", 403)
    refused(await coordinator.post(ACCOUNTS, json=new(world)), "add", 403)
    assert "/desk/staff" not in (await coordinator.get("/desk")).text
    page = (await chief.browser.get("/desk/api-clients")).text
    assert 'value="case.view"' in page
    assert 'value="staff.manage"' not in page, "no program is let in to make people"


async def test_the_last_who_looks_after_people_stays(world: World, chief: Chief) -> None:
    """Also of two who end each other's access at once."""
    await world_of_one_chief(world, chief)
    other_id, token = await somebody(world, ("manager", None))
    other = world.client(STAFF_COOKIE, token)
    both = await asyncio.gather(
        chief.browser.post(f"{ACCOUNTS}/{other_id}/disable"), other.post(f"{ACCOUNTS}/{chief.id}/disable")
    )
    assert min(answer.status_code for answer in both) == 204
    [(left,)] = await world.rows(
        "SELECT count(*) FROM staff s JOIN staff_grant g ON g.staff_id = s.id "
        "WHERE s.active AND g.role = 'manager' AND g.branch_id IS NULL"
    )
    assert left == 1
    stays, browser = (chief.id, chief.browser) if both[0].status_code == 204 else (other_id, other)
    itself = await browser.post(f"{ACCOUNTS}/{stays}/disable")
    refused(itself, "oneself", 403)
    assert itself.json()["code"] == "auth.not_yourself"
    for grants in ([], [{"role": "manager", "branch_id": str(world.here)}]):
        last = await browser.put(f"{ACCOUNTS}/{stays}/grants", json={"grants": grants})
        refused(last, grants, 409)
        assert last.json()["code"] == "auth.last_manager"


async def world_of_one_chief(world: World, chief: Chief) -> None:
    """Whoever else looks after all centres, from other tests, no longer does."""
    others = await world.rows("SELECT staff_id FROM staff_grant WHERE role = 'manager' AND branch_id IS NULL")
    for (staff_id,) in others:
        if staff_id != chief.id:
            emptied = await chief.browser.put(f"{ACCOUNTS}/{staff_id}/grants", json={"grants": []})
            assert emptied.status_code == 200, emptied.text


@pytest.mark.parametrize(
    ("changed", "status", "code"),
    [
        ({"login": "two words"}, 422, "http.invalid"),
        ({"login": "COORDINATOR"}, 409, "auth.login_taken"),
        ({"name": ""}, 422, "http.invalid"),
        ({"language": "xx"}, 422, "http.invalid"),
        ({"branch_id": str(uuid4())}, 422, "auth.unknown_branch"),
        ({"grants": [{"role": "emperor", "branch_id": None}]}, 422, "auth.unknown_role"),
        ({"grants": [{"role": "finance", "branch_id": str(uuid4())}]}, 422, "auth.unknown_branch"),
    ],
)
async def test_who_cannot_be_added(
    world: World, chief: Chief, changed: dict[str, object], status: int, code: str
) -> None:
    answer = await chief.browser.post(ACCOUNTS, json=new(world) | changed)
    refused(answer, changed, status)
    assert answer.json()["code"] == code


async def test_a_centre_is_added_changed_and_worked_in(world: World, chief: Chief) -> None:
    body = CENTRE | {"code": "mya", "latitude": 17.4969, "longitude": 78.3548}
    made = await chief.browser.post(f"{API}/branches", json=body)
    assert made.status_code == 201, made.text
    where = made.headers["location"]
    found = (await world.by("technician").get(where)).json()
    assert (found["code"], found["phone"], found["timezone"], found["currency"]) == (
        *("MYA", "+914023150990"),
        *("Asia/Kolkata", "INR"),
    )
    assert (found["latitude"], found["longitude"]) == (17.4969, 78.3548)
    again = await chief.browser.post(f"{API}/branches", json=body)
    refused(again, "the same letters", 409)
    assert again.json()["code"] == "auth.code_taken"
    _, token = await somebody(world, ("coordinator", UUID(found["id"])), at=UUID(found["id"]))
    opened = await world.client(STAFF_COOKIE, token).post(
        f"{API}/cases",
        json={
            "customer_id": str(world.home.customer_id),
            "unit_id": str(world.home.unit_id),
            "branch_id": found["id"],
            "complaint": "Leaks",
            "people": [{"person_id": str(world.home.person_id), "role": "owner"}],
        },
    )
    assert opened.status_code == 201, opened.text
    [row] = await world.rows("SELECT number FROM document WHERE id = :id", id=opened.json()["id"])
    assert row.number.startswith("MYA-")
    changed = await chief.browser.put(where, json=CENTRE | {"name": "Miyapur", "phone": "+44 20 7946 0991"})
    assert changed.json() | {"name": "Miyapur", "phone": "+442079460991", "latitude": None, "code": "MYA"} == (
        changed.json()
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"code": "M1"},
        {"phone": "12"},
        {"timezone": "Asia/Nowhere"},
        {"currency": "ZZZ"},
        {"latitude": 17.5},
        {"latitude": 91, "longitude": 1},
        {"postcode": ""},
    ],
)
async def test_centres_that_cannot_be(world: World, chief: Chief, changed: dict[str, object]) -> None:
    before = await world.rows("SELECT count(*) FROM branch")
    refused(await chief.browser.post(f"{API}/branches", json=CENTRE | {"code": "ZZA"} | changed), changed)
    assert await world.rows("SELECT count(*) FROM branch") == before


async def test_a_manager_of_one_centre_changes_that_one_alone(world: World) -> None:
    manager = world.by("manager")
    answer = await manager.post(f"{API}/branches", json=CENTRE | {"code": "ZZB"})
    refused(answer, "a further centre", 403)
    assert answer.json()["code"] == "auth.everywhere_only"
    assert (await manager.put(f"{API}/branches/{world.here}", json=CENTRE)).status_code == 200
    refused(await manager.put(f"{API}/branches/{world.there}", json=CENTRE), "another's", 403)
    page = (await manager.get("/desk/branches")).text
    assert "Add a centre" not in page
    assert f"/desk/branches/{world.here}" in page
    assert f"/desk/branches/{world.there}" not in page
