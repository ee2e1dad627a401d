"""API clients: made and ended on the desk, let in with a bearer token, refused as RFC 6750 says, counted."""

import re
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text, update

from aftersales import clock
from aftersales.auth import clients
from aftersales.auth.models import ApiClient, RateLimit, Staff
from aftersales.http import STAFF_COOKIE
from tests.factories.site import ADDRESS
from tests.factories.world import API, Home, World, add_home, csrf_of, refused

DESK = "/desk/api-clients"
SEE = ("case.view",)
_SHOWN = re.compile(r"aft_[0-9a-f]{32}_[A-Za-z0-9_-]{43}")


async def made(
    world: World, permissions: Iterable[str], *, by: str = "manager", at: UUID | None = None, days: float = 30
) -> tuple[UUID, httpx.AsyncClient]:
    """A program of somebody's with these permissions, as it calls us."""
    async with world.database.unit_of_work() as session:
        client_id, token = clients.start(
            session,
            staff_id=world.staff[by].id,
            name="Web shop",
            permissions=sorted(permissions),
            branch_id=at,
            now=clock.now(),
            expires_at=clock.now() + timedelta(days=days),
        )
    return client_id, caller(world, token)


def caller(world: World, token: str, **cookies: str) -> httpx.AsyncClient:
    """A program with this token."""
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(world.app),
        base_url=ADDRESS,
        headers={"Authorization": f"Bearer {token}"},
        cookies=cookies,
    )
    world.clients.append(client)
    return client


async def change(world: World, client_id: UUID, **values: object) -> None:
    async with world.database.unit_of_work() as session:
        row = await session.get_one(ApiClient, client_id)
        for name, value in values.items():
            setattr(row, name, value)


@pytest.fixture(scope="module")
async def home(company: World) -> Home:
    return await add_home(company, "Padma Venkateswarlu", "+919849012377")


def opening(world: World, home: Home) -> dict[str, object]:
    return {
        "customer_id": str(home.customer_id),
        "unit_id": str(home.unit_id),
        "branch_id": str(world.here),
        "complaint": "Does not spin",
        "people": [{"person_id": str(home.person_id), "role": "owner"}],
    }


async def test_made_on_the_desk_used_seen_and_ended_with_a_click(company: World, home: Home) -> None:
    desk = company.by("manager")
    page = await desk.get(DESK)
    assert page.status_code == 200
    form = {"csrf": csrf_of(page.text), "name": "Courier’s scans", "days": "30", "branch_id": str(company.here)}
    shown = await desk.post(DESK, data=form | {"permission": ["case.view", "case.note"]})
    assert shown.status_code == 200, shown.text
    [token] = _SHOWN.findall(shown.text)
    assert "Courier’s scans" in shown.text
    assert token not in (await desk.get(DESK)).text, "shown once"
    [row] = await company.rows("SELECT id, secret_hash, last_used_at FROM api_client WHERE name = 'Courier’s scans'")
    assert token.encode() not in bytes(row.secret_hash)
    assert row.last_used_at is None

    program = caller(company, token)
    me = (await program.get(f"{API}/me")).json()
    assert (me["kind"], me["name"], me["permissions"]) == ("client", "Courier’s scans", ["case.note", "case.view"])
    noted = await program.post(f"{API}/cases/{home.case_id}/note_added", json={"note": "Scanned at the depot"})
    assert noted.status_code == 200, noted.text
    last = (await desk.get(f"{API}/cases/{home.case_id}/timeline", params={"limit": 200})).json()[-1]
    assert (last["actor_kind"], last["actor_id"]) == ("client", str(row.id))
    assert "Courier’s scans (program)" in (await desk.get(f"/desk/cases/{home.case_id}")).text
    assert "last used" in (await desk.get(DESK)).text

    ended = await desk.post(f"{DESK}/{row.id}/revoke", data={"csrf": form["csrf"]}, follow_redirects=True)
    assert "opens nothing any more" in ended.text
    assert (await desk.post(f"{DESK}/{row.id}/revoke", data={"csrf": form["csrf"]})).status_code == 303, "again"
    gone = await program.get(f"{API}/me")
    refused(gone, "a revoked token", 401)
    assert gone.json()["code"] == "auth.token_ended"
    assert 'error="invalid_token"' in gone.headers["www-authenticate"]


@pytest.mark.parametrize(
    ("change_to", "says"),
    [
        ({"name": " "}, "name"),
        ({"days": "9999"}, "days"),
        ({"permission": []}, "permissions"),
        ({"permission": ["case.view", "no.such"]}, "only what you may"),
        ({"permission": ["api_client.manage"]}, "only what you may"),
        ({"branch_id": "there"}, "permission"),
    ],
)
async def test_what_a_maker_may_not_give(company: World, change_to: dict[str, object], says: str) -> None:
    desk = company.by("manager")
    form: dict[str, object] = {"csrf": csrf_of((await desk.get(DESK)).text), "name": "Shop", "days": "30"}
    form |= {"permission": ["case.view"], "branch_id": str(company.here)} | change_to
    if form["branch_id"] == "there":
        form["branch_id"] = str(company.there)
    before = await company.rows("SELECT count(*) FROM api_client")
    answer = await desk.post(DESK, data=form)
    assert answer.status_code in (403, 422), answer.text
    assert says in answer.text
    assert not _SHOWN.search(answer.text)
    assert await company.rows("SELECT count(*) FROM api_client") == before


async def test_only_who_holds_the_permission_sees_and_ends_them(company: World) -> None:
    client_id, _ = await made(company, SEE)
    coordinator = company.by("coordinator")
    csrf = csrf_of((await coordinator.get("/desk/account")).text)
    for answer in (
        await coordinator.get(DESK),
        await coordinator.post(DESK, data={"csrf": csrf, "name": "x", "permission": "case.view", "days": "30"}),
        await coordinator.post(f"{DESK}/{client_id}/revoke", data={"csrf": csrf}),
    ):
        assert answer.status_code == 403
    assert "API clients" not in (await coordinator.get("/desk")).text
    # Somebody else's, of another branch.
    far, _ = await made(company, SEE, by="elsewhere", at=company.there)
    assert (await company.by("manager").post(f"{DESK}/{far}/revoke")).status_code == 404


async def test_the_secret_is_not_kept_for_a_repetition(company: World) -> None:
    desk = company.by("manager")
    form = {"csrf": csrf_of((await desk.get(DESK)).text), "name": "Kept", "days": "30", "permission": "case.view"}
    for more, headers in (({"key": "1234567890"}, {}), ({}, {"Idempotency-Key": "1234567890"})):
        answer = await desk.post(DESK, data=form | more, headers=headers)
        assert answer.status_code == 422
    assert not await company.rows("SELECT 1 FROM api_client WHERE name = 'Kept'")


async def test_a_token_opens_no_page(company: World, home: Home) -> None:
    _, program = await made(company, SEE)
    for path in ("/desk", "/desk/cases", f"/desk/cases/{home.case_id}", "/phone", "/desk/cases.csv"):
        answer = await program.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in"), path
    assert (await program.post(f"/desk/cases/{home.case_id}/note_added", data={"note": "x"})).status_code == 303
    assert (await program.get("/track")).status_code == 401
    session = await program.delete(f"{API}/session")
    refused(session, "ending a session", 403)


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("", "auth.token_unknown"),
        ("nonsense", "auth.token_unknown"),
        (f"aft_{'0' * 32}_{'x' * 43}", "auth.token_unknown"),
        ("wrong secret", "auth.token_unknown"),
        ("expired", "auth.token_expired"),
        ("revoked", "auth.token_ended"),
    ],
)
async def test_a_token_that_is_no_good(company: World, token: str, code: str) -> None:
    client_id, program = await made(company, SEE, days=-1 if token == "expired" else 30)
    if token == "revoked":
        await change(company, client_id, revoked_at=clock.now())
    elif token == "wrong secret":
        right = program.headers["authorization"]
        program.headers["authorization"] = right[:-5] + ("AAAAA" if right[-5:] != "AAAAA" else "BBBBB")
    elif token != "expired":
        program.headers["authorization"] = f"Bearer {token}"
    async with company.unchanged():
        for answer in (await program.get(f"{API}/cases"), await program.post(f"{API}/cases", json={})):
            refused(answer, token, 401)
            assert answer.json()["code"] == code
            challenge = answer.headers["www-authenticate"]
            assert challenge.startswith('Bearer realm="aftersales", error="invalid_token", error_description="')


async def test_no_token_is_asked_for_one_and_told_of_no_error(company: World) -> None:
    nobody = company.client()
    for headers in ({}, {"Authorization": "Basic dXNlcjpwYXNz"}):
        answer = await nobody.get(f"{API}/cases", headers=headers)
        refused(answer, headers, 401)
        assert answer.headers["www-authenticate"] == 'Bearer realm="aftersales"'


async def test_beyond_its_scope(company: World, home: Home) -> None:
    _, program = await made(company, SEE, at=company.here)
    assert (await program.get(f"{API}/cases/{home.case_id}")).status_code == 200
    async with company.unchanged():
        answer = await program.post(f"{API}/cases", json=opening(company, home))
    refused(answer, "without case.open", 403)
    assert answer.headers["www-authenticate"].endswith('error="insufficient_scope", scope="case.open"')
    there = await company.open_case_there()
    assert (await program.get(f"{API}/cases/{there}")).status_code == 404, "another branch"
    by_cookie = await company.by("finance").post(f"{API}/cases", json=opening(company, home))
    assert (by_cookie.status_code, "www-authenticate" in by_cookie.headers) == (403, False)


async def test_what_its_maker_loses_it_loses(company: World, home: Home) -> None:
    _, program = await made(company, ("case.view", "policy.publish"), by="coordinator")
    me = (await program.get(f"{API}/me")).json()
    assert me["permissions"] == ["case.view"], "a coordinator never had the other"
    there = await made(company, SEE, by="coordinator", at=company.there)
    assert (await there[1].get(f"{API}/cases/{home.case_id}")).status_code == 403, "nor another branch"
    maker = company.staff["coordinator"].id
    async with company.database.unit_of_work() as session:
        (await session.get_one(Staff, maker)).active = False
    try:
        answer = await program.get(f"{API}/cases/{home.case_id}")
        refused(answer, "its maker has left", 401)
        assert answer.json()["code"] == "auth.token_ended"
    finally:
        async with company.database.unit_of_work() as session:
            (await session.get_one(Staff, maker)).active = True
    assert (await program.get(f"{API}/cases/{home.case_id}")).status_code == 200
    role = "UPDATE staff_grant SET role = :role WHERE staff_id = :id"
    async with company.database.unit_of_work() as session:
        await session.execute(text(role), {"role": "no longer", "id": maker})
    try:
        assert (await program.get(f"{API}/cases")).status_code == 403
    finally:
        async with company.database.unit_of_work() as session:
            await session.execute(text(role), {"role": "coordinator", "id": maker})


async def test_a_technicians_program_sees_what_the_technician_sees(company: World, home: Home) -> None:
    visit = await company.visit()
    _, program = await made(company, ("visit.view", "case.view"), by="technician")
    assert (await program.get(f"{API}/visits/{visit}")).status_code == 200
    assert (await program.get(f"{API}/cases/{home.case_id}")).status_code == 404


async def test_no_csrf_token_but_a_key_of_its_own(company: World, home: Home) -> None:
    _, one = await made(company, ("case.open", "case.view"))
    _, other = await made(company, ("case.open", "case.view"))
    key = {"Idempotency-Key": str(uuid4())}
    # A cookie that came along is not looked at, and the token alone decides.
    one.cookies.set(STAFF_COOKIE, company.tokens["manager"])
    first, again, theirs = [
        await program.post(f"{API}/cases", json=opening(company, home), headers=key) for program in (one, one, other)
    ]
    assert [a.status_code for a in (first, again, theirs)] == [201, 201, 201], first.text
    assert first.json()["id"] == again.json()["id"] != theirs.json()["id"]
    assert again.headers["idempotency-replayed"] == "true"
    assert len(await company.rows("SELECT 1 FROM idempotency WHERE principal LIKE 'client:%'")) == 2


async def test_last_use_is_written_once_a_minute(company: World) -> None:
    client_id, program = await made(company, SEE)

    async def used() -> object:
        [row] = await company.rows("SELECT last_used_at FROM api_client WHERE id = :id", id=client_id)
        return row.last_used_at

    await program.get(f"{API}/me")
    first = await used()
    await program.get(f"{API}/me")
    assert await used() == first is not None
    await change(company, client_id, last_used_at=clock.now() - timedelta(seconds=61))
    await program.get(f"{API}/me")
    assert await used() > first  # type: ignore[operator]


async def test_one_statement_recognises_and_counts(company: World) -> None:
    _, program = await made(company, SEE)
    by_cookie = company.by("coordinator")
    for path in (f"{API}/me", f"{API}/cases"):
        counts = []
        for client in (program, by_cookie):
            await client.get(path)
            with company.statements() as seen:
                assert (await client.get(path)).status_code == 200
            counts.append(len(seen))
        assert counts[0] == counts[1], f"{path}: a program costs no statement more than a person"


async def test_limits_of_a_client(company: World) -> None:
    client_id, program = await made(company, SEE)
    first = await program.get(f"{API}/me")
    assert first.headers["ratelimit-policy"] == '"client";q=600;w=60'
    assert re.fullmatch(r'"client";r=599;t=1', first.headers["ratelimit"])
    for path, status in ((f"{API}/cases/{uuid4()}", 404), (f"{API}/cases?limit=0", 422), (f"{API}/updates", 403)):
        answer = await program.get(path)
        assert answer.status_code == status
        assert "ratelimit" in answer.headers, "refusals count, and say so"
    await change(company, client_id, due_at=clock.now() + timedelta(seconds=70))
    over = await program.get(f"{API}/me")
    refused(over, "too often", 429)
    assert over.json()["code"] == "auth.too_many_requests"
    assert 9 <= int(over.headers["retry-after"]) <= 11
    assert over.headers["ratelimit"].startswith('"client";r=0;t=')
    other = (await made(company, SEE))[1]
    assert (await other.get(f"{API}/me")).status_code == 200, "each has its own"


async def test_limits_of_an_address(company: World) -> None:
    nobody = company.client()
    body = {"login": "no-such-person", "password": "x"}
    answer = await nobody.post(f"{API}/session", json=body)
    assert answer.status_code == 401
    assert answer.headers["ratelimit-policy"] == '"address";q=60;w=60'
    async with company.database.unit_of_work() as session:
        await session.execute(update(RateLimit).values(due_at=clock.now() + timedelta(minutes=2)))
    over = await nobody.post(f"{API}/session", json=body)
    refused(over, "too often", 429)
    assert int(over.headers["retry-after"]) > 50
