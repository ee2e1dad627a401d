"""The page on which customers say how they are reached: masked, by code where it matters, kept on the person."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest
from sqlalchemy import text

from aftersales.auth import codes
from aftersales.auth.models import OneTimeCode
from aftersales.cases.machine import CASE
from aftersales.status.changes import event
from aftersales.updates import consent
from aftersales.updates.consent import Wishes
from tests.factories.channels import Wire, wired
from tests.factories.world import Home, World, add_home, csrf_of

HERE, WAYS = "/track/preferences", "/track/preferences/ways"
PHONE = "+919849012391"
SMS_FIRST = {"first": "sms", "second": "email", "third": "none", "prefers": "text"}


@pytest.fixture
async def reached(company: World) -> AsyncIterator[World]:
    """The company with SMS, e-mail and calls that live in the test."""
    services = company.app.state.services
    registry = wired(company.registry, Wire("email"), Wire("sms"), Wire("voice"))
    settings = company.settings.model_copy(update={"channels": "email,sms,voice", "quiet_hours": ""})
    company.app.state.services = replace(services, registry=registry, settings=settings)
    yield replace(company, registry=registry, settings=settings)
    company.app.state.services = services


async def household(world: World, name: str) -> tuple[Home, httpx.AsyncClient]:
    home = await add_home(world, name, PHONE)
    async with world.database.unit_of_work() as session:
        await session.execute(
            text("UPDATE person SET email = 'lalitha@example.org', language = 'en' WHERE id = :id"),
            {"id": home.person_id},
        )
    return home, await world.customer(home)


async def digits(world: World, home: Home) -> str:
    query = "SELECT id FROM one_time_code WHERE person_id = :id AND purpose = 'preferences'"
    [(key,)] = await world.rows(query, id=home.person_id)
    async with world.work() as work:
        return codes.value(world.settings, await work.session.get_one(OneTimeCode, key))


async def wishes(world: World, home: Home) -> Wishes:
    async with world.work() as work:
        return await consent.wishes(work, home.person_id)


async def send(page: httpx.AsyncClient, path: str, **form: str) -> httpx.Response:
    return await page.post(path, data={"csrf": csrf_of((await page.get(HERE)).text)} | form)


async def test_where_we_write_is_shown_masked(reached: World) -> None:
    _, page = await household(reached, "Lalitha One")
    shown = (await page.get(HERE)).text
    assert "l•••@example.org" in shown
    assert "••• 2391" in shown
    assert "lalitha@example.org" not in shown
    assert PHONE not in shown
    assert "Nothing, unless you ask us for it" in shown
    assert HERE in (await page.get("/track")).text


async def test_channels_change_with_the_code_alone(reached: World) -> None:
    home, page = await household(reached, "Lalitha Two")
    async with reached.work() as work:
        await consent.record(work, home.person_id, given=False, source="reply", channel="sms")
    asked = await send(page, WAYS, **SMS_FIRST)
    assert (asked.status_code, 'name="first" value="sms"' in asked.text) == (200, True)
    assert await wishes(reached, home) == Wishes()
    code = await digits(reached, home)
    wrong = await send(page, WAYS, **SMS_FIRST, code=f"{(int(code) + 1) % 10**6:06d}")
    assert (wrong.status_code, "This is not the code" in wrong.text) == (422, True)
    assert await wishes(reached, home) == Wishes()
    done = await send(page, WAYS, **SMS_FIRST, code=code)
    assert (done.status_code, done.headers["location"]) == (303, f"{HERE}?saved=1")
    assert (await wishes(reached, home)).channels == ("sms", "email")
    again = await send(page, WAYS, **SMS_FIRST, code=code)
    assert again.status_code == 422, "a code is good once"
    async with reached.work() as work:
        ledger = [(one.channel, one.given, one.source) for one in await consent.said(work, home.person_id)]
    assert ledger == [("sms", False, "reply"), ("sms", True, "page"), ("email", True, "page")]
    news = re.search(r"News of your requests</dt><dd>(.*?)</dd>", (await page.get(HERE)).text, re.DOTALL)
    assert news is not None
    assert news[1].index("SMS") < news[1].index("E-mail")


async def test_what_is_wanted_by_each_way_stands_in_the_ledger(reached: World) -> None:
    home, page = await household(reached, "Lalitha Eight")
    form = SMS_FIRST | {"want_sms": "none", "want_email": "all", "want_voice": "news"}
    await send(page, WAYS, **form)
    assert (await send(page, WAYS, **form, code=await digits(reached, home))).status_code == 303
    async with reached.work() as work:
        rows = await consent.said(work, home.person_id)
    assert [(one.channel, one.purpose, one.given) for one in rows] == [
        ("sms", "service", False),
        ("email", "promotional", True),
    ], "what was so already is not said again"
    assert all((one.source, one.actor_kind, one.actor_id) == ("page", "customer", home.person_id) for one in rows)
    shown = (await page.get(HERE)).text
    assert re.search(r"Offers</dt><dd>E-mail", shown)
    assert re.search(r"News of your requests</dt><dd>E-mail <", shown)
    assert "Nothing, unless you ask us for it" not in shown


async def test_staff_note_what_was_said_to_them(reached: World) -> None:
    home, _ = await household(reached, "Lalitha Nine")
    desk, here = reached.by("coordinator"), f"/desk/people/{home.person_id}/wishes"
    form = {"csrf": csrf_of((await desk.get(here)).text), "language": "hi", "first": "voice", "second": "none"}
    form |= {"third": "none", "prefers": "voice", "quiet_from": "20:00", "quiet_until": "09:00", "want_sms": "none"}
    for wrong in ({"second": "voice"}, {"want_sms": "maybe"}):
        assert (await desk.post(here, data=form | wrong)).status_code == 422, wrong
    assert (await wishes(reached, home)).channels == ()
    assert (await desk.post(here, data=form)).status_code == 303
    assert (await wishes(reached, home)).channels == ("voice",)
    shown = (await desk.get(f"/desk/customers/{home.customer_id}")).text
    card = shown[shown.index('id="wishes"') :]
    assert "SMS · News of their requests: refused" in card
    name = reached.staff["coordinator"].name
    assert re.search(rf"said to us, {name}, [^<]+ \(Asia/Kolkata\)", card)
    assert "20:00–09:00" in card
    assert "Hindi" in card
    [row] = await reached.rows("SELECT language, prefers FROM person WHERE id = :id", id=home.person_id)
    assert tuple(row) == ("hi", "voice")
    assert (await reached.by("technician").get(here)).status_code == 403


async def test_the_code_goes_to_where_they_are_reached_now(reached: World) -> None:
    home, page = await household(reached, "Lalitha Three")
    await send(page, WAYS, **SMS_FIRST)
    await reached.settle()
    [row] = await reached.rows(
        "SELECT channel, words FROM customer_update WHERE person_id = :id AND text = 'code.preferences'",
        id=home.person_id,
    )
    assert row.channel == "email"
    assert "how we reach you" in row.words
    assert await digits(reached, home) not in row.words


@pytest.mark.parametrize(
    "form",
    [{"first": "pigeon"}, {"first": "sms", "second": "sms"}, {"first": "push"}],
    ids=["unknown", "twice", "not theirs"],
)
async def test_ways_that_are_none_are_refused(reached: World, form: dict[str, str]) -> None:
    home, page = await household(reached, "Lalitha Four")
    refused = await send(page, WAYS, **form)
    assert (refused.status_code, "Choose each way once" in refused.text) == (422, True)
    assert await reached.rows("SELECT id FROM one_time_code WHERE person_id = :id", id=home.person_id) == []


async def test_language_and_quiet_hours_need_no_code(reached: World) -> None:
    home, page = await household(reached, "Lalitha Five")
    done = await send(page, HERE, language="hi", quiet_from="21:30", quiet_until="07:15")
    assert done.status_code == 303
    quiet = (await wishes(reached, home)).quiet
    assert quiet is not None
    assert [f"{at:%H:%M}" for at in quiet] == ["21:30", "07:15"]
    shown = (await page.get(HERE)).text
    assert 'lang="hi"' in shown
    assert 'value="21:30"' in shown
    for wrong in ({"quiet_from": "21:30"}, {"quiet_from": "25:00", "quiet_until": "07:00"}):
        assert (await send(page, HERE, language="te", **wrong)).status_code == 422
    [(language,)] = await reached.rows("SELECT language FROM person WHERE id = :id", id=home.person_id)
    assert language == "hi", "nothing is half saved"
    await send(page, HERE, language="hi", quiet_from="", quiet_until="")
    assert (await wishes(reached, home)).quiet is None


async def test_a_language_chosen_on_the_page_is_that_of_the_next_message(reached: World) -> None:
    home, page = await household(reached, "Lalitha Six")
    chosen = await send(page, "/track/language/te")
    assert chosen.status_code == 303
    await send(page, WAYS, **SMS_FIRST)
    await reached.settle()
    [row] = await reached.rows(
        "SELECT language, words FROM customer_update WHERE person_id = :id AND text = 'code.preferences'",
        id=home.person_id,
    )
    assert row.language == "te"
    assert "కోడ్" in row.words
    assert 'lang="te"' in (await page.get("/track")).text
    assert (await send(page, "/track/language/xx")).status_code == 404


async def test_a_printed_link_shows_and_changes_nothing(reached: World) -> None:
    home, _ = await household(reached, "Lalitha Seven")
    paper = await reached.customer(home, read_only=True)
    shown = await paper.get(HERE)
    assert (shown.status_code, "<form" in shown.text, "••• 2391" in shown.text) == (200, False, True)
    assert (await paper.post(HERE, data={"language": "te"})).status_code == 403


async def test_what_was_written_in_another_language_stays_whole_and_has_its_letters(reached: World) -> None:
    home, page = await household(reached, "Lalitha Eight")
    async with reached.work() as work:
        await work.post(event(CASE, home.case_id, "no_news"))
    await reached.settle()
    english = (await page.get("/track")).text
    ours = re.compile(r'<p lang="en" dir="auto">[^<]*: this page')
    assert ours.search(english)
    assert "letters-telugu" not in english
    await send(page, "/track/language/te")
    telugu = (await page.get("/track")).text
    assert "letters-telugu" in telugu
    assert ours.search(telugu), "our English message, on a page in Telugu"
    await send(page, "/track/language/en")
    assert (await send(page, "/track/reply", words="ఎప్పుడు వస్తారు?")).status_code == 303
    assert "letters-telugu" in (await page.get("/track")).text
