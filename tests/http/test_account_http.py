"""One's own password, and ending a customer's links."""

import httpx
import pytest

from aftersales.auth import links
from aftersales.http import STAFF_COOKIE
from tests.factories.auth import PASSWORD
from tests.factories.world import World, csrf_of

NEW = "a quiet green kettle"
FORM = "/desk/account/password"


@pytest.fixture
async def browser_of(company: World) -> httpx.AsyncClient:
    """Finance in a browser of their own, so that what ends here ends nowhere else in the tests."""
    return company.client(STAFF_COOKIE, await company.sign_in_again("finance"))


async def change(client: httpx.AsyncClient, **typed: str) -> httpx.Response:
    csrf = csrf_of((await client.get("/desk/account")).text)
    return await client.post(FORM, data={"csrf": csrf, **typed})


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"current": "mistaken guess", "new": NEW, "again": NEW}, "This is not your present password."),
        ({"current": PASSWORD, "new": NEW, "again": NEW + "s"}, "This is not the same as above."),
        ({"current": PASSWORD, "new": "short", "again": "short"}, "Use at least"),
        ({}, "Use at least"),
    ],
)
async def test_what_does_not_fit_is_said_beside_its_field(
    browser_of: httpx.AsyncClient, typed: dict[str, str], words: str
) -> None:
    answer = await change(browser_of, **typed)
    assert answer.status_code == 422
    assert words in answer.text
    assert all(value not in answer.text for value in typed.values()), "no password comes back in a page"
    assert (await browser_of.get("/desk/account")).status_code == 200


async def test_a_new_password_ends_the_other_sessions(company: World, browser_of: httpx.AsyncClient) -> None:
    other = company.client(STAFF_COOKIE, await company.sign_in_again("finance"))
    assert (await other.get("/desk/account")).status_code == 200
    done = await change(browser_of, current=PASSWORD, new=NEW, again=NEW)
    assert (done.status_code, done.headers["location"]) == (303, "/desk/account?done=1")
    assert "Your password is changed." in (await browser_of.get("/desk/account?done=1")).text
    assert (await other.get("/desk/account")).headers["location"].startswith("/sign-in")
    back = await change(browser_of, current=NEW, new=PASSWORD, again=PASSWORD)
    assert back.status_code == 303


async def test_too_many_guesses_at_the_present_password_are_refused(company: World) -> None:
    client = company.by("elsewhere")
    for _ in range(10):
        assert (await change(client, current="wrong", new=NEW, again=NEW)).status_code == 422
    answer = await change(client, current=PASSWORD, new=NEW, again=NEW)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert "Too many attempts." in answer.text


async def test_a_coordinator_ends_the_links_of_a_person_on_a_case(company: World) -> None:
    home = company.neighbours
    customer = await company.customer(home)
    paper = await company.customer(home, read_only=True)
    token = links.token(company.settings, await company.link(home))
    desk = company.by("coordinator")
    page = await desk.get(f"/desk/cases/{home.case_id}")
    address = f"/desk/cases/{home.case_id}/people/{home.person_id}/end-links"
    assert address in page.text
    engineer = company.by("service_engineer")
    refused = await engineer.post(address, data={"csrf": csrf_of((await engineer.get("/desk/account")).text)})
    assert refused.status_code == 403
    assert (await customer.get("/track")).status_code == 200
    assert (await desk.post(address, data={"csrf": csrf_of(page.text)})).status_code == 303
    assert (await customer.get("/track")).status_code == 401
    assert (await paper.get("/track")).status_code == 401, "what was printed ends too"
    assert (await company.client().get(f"/t/{token}")).status_code == 404
    fresh = links.token(company.settings, await company.link(home))
    assert (await company.client().get(f"/t/{fresh}")).status_code == 303
