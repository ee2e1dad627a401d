"""A request that is sent again is carried out once, whoever sends it and however often."""

import asyncio
from collections import Counter

import httpx
import pytest

from aftersales import clock
from aftersales.auth import codes
from aftersales.ids import new_id
from aftersales.scope import SYSTEM
from field_service.visits import repository as visits
from tests.factories.world import API, World
from tests.fixtures.images import picture


def key() -> dict[str, str]:
    return {"Idempotency-Key": str(new_id())}


def same(first: httpx.Response, again: httpx.Response) -> None:
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    for name in ("content-type", "location", "etag"):
        assert again.headers.get(name) == first.headers.get(name), name


async def test_what_was_made_is_answered_again_and_made_once(company: World) -> None:
    desk = company.by("manager")
    body = {
        "customer_id": str(company.neighbours.customer_id),
        "branch_id": str(company.here),
        "complaint": "Does not spin",
        "people": [{"person_id": str(company.neighbours.person_id), "role": "owner"}],
    }
    once = key()
    first = await desk.post(f"{API}/cases", json=body, headers=once)
    assert (first.status_code, first.headers["location"][:14], first.headers["etag"]) == (201, f"{API}/cases/", '"v1"')
    async with company.unchanged():
        for _ in range(3):
            same(first, await desk.post(f"{API}/cases", json=body, headers=once))
        other = await desk.post(f"{API}/cases", json=body | {"complaint": "Leaks"}, headers=once)
        assert (other.status_code, other.json()["code"]) == (422, "idempotency.other_body")
    again = await desk.post(f"{API}/cases", json=body, headers=key())
    assert again.json()["id"] != first.json()["id"]


async def test_a_verb_and_a_form(company: World) -> None:
    visit = await company.visit(dispatched=False)
    desk = company.by("manager")
    once = key()
    first = await desk.post(f"{API}/visits/{visit}/confirm", json={}, headers=once | {"If-Match": '"v2"'})
    assert first.status_code == 200, first.text
    async with company.unchanged():
        same(first, await desk.post(f"{API}/visits/{visit}/confirm", json={}, headers=once | {"If-Match": '"v2"'}))
    form = {"csrf": desk.headers["X-CSRF-Token"], "note": "It was asked for on the phone."}
    path = f"/desk/visits/{visit}/cancel"
    first = await desk.post(path, data=form, headers=once)
    assert first.status_code == 303, "the same key at another address is another request"
    async with company.unchanged():
        same(first, await desk.post(path, data=form, headers=once))


async def test_a_form_with_a_photo_is_the_same_when_it_is_sent_again(company: World) -> None:
    """From a phone that lost its signal: the boundary differs, the parts do not."""
    visit, phone = await company.visit(), company.by("technician")
    for verb in ("accept", "depart"):
        assert (await phone.post(f"{API}/visits/{visit}/{verb}", json={})).status_code == 200
    async with company.database.unit_of_work() as session:
        live = await visits.live_codes(session, SYSTEM, visit, clock.now())
    arrived = {"code": codes.value(company.settings, live[codes.ARRIVAL])}
    assert (await phone.post(f"{API}/visits/{visit}/arrive", json=arrived)).status_code == 200
    form, once = {"csrf": phone.headers["X-CSRF-Token"], "condition": "good"}, key()

    async def send(shade: int) -> httpx.Response:
        files = {"photos": ("a.jpg", picture(shade), "image/jpeg")}
        return await phone.post(f"/desk/visits/{visit}/check", data=form, files=files, headers=once)

    first = await send(90)
    assert first.status_code == 303, first.text[:300]
    async with company.unchanged():
        same(first, await send(90))
        other = await send(91)
        assert other.status_code == 422
    [(count,)] = await company.rows("SELECT count(*) FROM file WHERE document_id = :id", id=visit)
    assert count == 1


async def test_another_principal_is_another_request(company: World) -> None:
    visit, once = await company.visit(dispatched=False), key()
    note = {"note": "Their gate is locked."}
    [(case_id,)] = await company.rows("SELECT stream_id FROM document WHERE id = :id", id=visit)
    path = f"{API}/cases/{case_id}/note_added"
    first = await company.by("manager").post(path, json=note, headers=once)
    second = await company.by("coordinator").post(path, json=note, headers=once)
    assert (first.status_code, second.status_code) == (200, 200)
    assert "Idempotency-Replayed" not in second.headers
    assert second.json()["version"] == first.json()["version"] + 1
    customer = await company.customer(company.home)
    words = {"words": "Please call before."}
    first = await customer.post("/track/reply", data=words, headers=once)
    assert first.status_code == 303
    same(first, await customer.post("/track/reply", data=words, headers=once))


async def test_a_key_opens_nothing_to_whoever_may_not(company: World) -> None:
    """The answer is kept with its principal: one who has lost the session gets none, nor does another."""
    once, desk = key(), company.by("manager")
    path = f"{API}/cases/{company.home.case_id}/note_added"
    first = await desk.post(path, json={"note": "A note"}, headers=once)
    assert first.status_code == 200
    assert (await company.client().post(path, json={"note": "A note"}, headers=once)).status_code == 401
    assert (await company.by("elsewhere").post(path, json={"note": "A note"}, headers=once)).status_code == 404
    desk.headers["X-CSRF-Token"] = "0" * 64
    assert (await desk.post(path, json={"note": "A note"}, headers=once)).status_code == 403


async def test_errors_are_not_kept(company: World) -> None:
    visit, once, desk = await company.visit(dispatched=False), key(), company.by("manager")
    path = f"{API}/visits/{visit}"
    async with company.unchanged():
        refused = await desk.post(f"{path}/dispatch", json={"technician_id": str(new_id())}, headers=once)
        assert refused.status_code in (404, 409, 422)
        stale = await desk.post(f"{path}/confirm", json={}, headers=once | {"If-Match": '"v1"'})
        assert stale.status_code == 412
        wrong = await desk.post(f"{path}/confirm", json={"surprise": 1}, headers=once)
        assert wrong.status_code == 422
    done = await desk.post(f"{path}/confirm", json={}, headers=once)
    assert (done.status_code, "Idempotency-Replayed" in done.headers) == (200, False)


async def test_a_refused_form_is_not_kept(company: World) -> None:
    """The page that says what is wrong is an answer to look at, not the outcome of the request."""
    visit, once, desk = await company.visit(dispatched=False), key(), company.by("manager")
    form = {"csrf": desk.headers["X-CSRF-Token"]}
    async with company.unchanged():
        refused = await desk.post(f"/desk/visits/{visit}/complete", data=form, headers=once)
        assert refused.status_code == 409
        again = await desk.post(f"/desk/visits/{visit}/complete", data=form, headers=once)
        assert (again.status_code, "Idempotency-Replayed" in again.headers) == (409, False)


@pytest.mark.parametrize("given", ["short", "x" * 101, "with a space in it", "", "ключ-из-букв", "tab\tin-it-here"])
async def test_keys_that_are_none(company: World, given: str) -> None:
    path = f"{API}/cases/{company.home.case_id}/note_added"
    headers = [(b"Idempotency-Key", given.encode())]
    async with company.unchanged():
        answer = await company.by("manager").post(path, json={"note": "A note"}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency.key")


async def test_twenty_at_once_do_it_once(company: World) -> None:
    once, desk = key(), company.by("manager")
    path = f"{API}/cases/{company.neighbours.case_id}/note_added"
    before = (await company.state())[3]
    answers = await asyncio.gather(*(desk.post(path, json={"note": "Only once"}, headers=once) for _ in range(20)))
    outcome = Counter(answer.status_code for answer in answers)
    assert outcome[200] >= 1
    assert set(outcome) <= {200, 409}, outcome
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["code"] == "idempotency.in_progress"
    done = {answer.content for answer in answers if answer.status_code == 200}
    assert len(done) == 1
    assert sum("Idempotency-Replayed" not in a.headers for a in answers if a.status_code == 200) == 1
    assert (await company.state())[3] == before + 1
    same_again = await desk.post(path, json={"note": "Only once"}, headers=once)
    assert (same_again.status_code, same_again.content) == (200, done.pop())


async def test_twenty_who_want_the_same_without_a_key(company: World) -> None:
    """The document's version decides: one confirms, the others are told where it stands."""
    visit, desk = await company.visit(dispatched=False), company.by("manager")
    path = f"{API}/visits/{visit}/confirm"
    answers = await asyncio.gather(
        *(desk.post(path, json={}, headers={"If-Match": '"v2"'}) for _ in range(10)),
        *(desk.post(path, json={}) for _ in range(10)),
    )
    outcome = Counter(answer.status_code for answer in answers)
    assert outcome[200] == 1, outcome
    assert set(outcome) <= {200, 409, 412}, outcome
