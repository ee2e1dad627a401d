"""Live pages and somebody who is writing: news never takes away what is being typed."""

import asyncio
from typing import Self

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.site import PATIENCE_MS, Site, form, send, unfold

pytestmark = pytest.mark.browser

expect.set_options(timeout=PATIENCE_MS)


class Slow:
    """A connection on which the page's own refetches, and nothing else, wait until they are let through."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked = asyncio.Event()
        self.go = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self.page.route("**/desk/cases/*", self._hold)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.go.set()
        await self.page.unroute("**/desk/cases/*", self._hold)

    async def _hold(self, route: Route) -> None:
        if route.request.headers.get("hx-request") == "true":
            self.asked.set()
            await self.go.wait()
        await route.continue_()


async def case_of_the_demo(site: Site) -> Page:
    """The coordinator looks at a case on which nothing happens by itself any more."""
    case_id = await site.company.id_of(
        "SELECT d.id FROM document d JOIN branch b ON b.id = d.branch_id AND b.code = 'KKP' "
        "WHERE d.machine = 'case' AND d.status = 'in_progress' ORDER BY d.id LIMIT 1"
    )
    desk = await site.staff("lakshmi")
    await desk.goto(f"/desk/cases/{case_id}")
    return desk


async def test_what_is_typed_while_news_is_under_way_stays(site: Site) -> None:
    desk = await case_of_the_demo(site)
    note = form(desk, "case", "note_added")
    async with Slow(desk) as connection:
        await desk.evaluate("htmx.trigger('#live', 'refetch')")
        await asyncio.wait_for(connection.asked.wait(), PATIENCE_MS / 1000)
        await (await unfold(note)).get_by_label("Note").fill("Ring twice.")
        connection.go.set()
        await expect(desk.locator("#news")).to_be_visible()
    await expect(note.get_by_label("Note")).to_have_value("Ring twice.")
    await send(note)
    await expect(desk.locator("#timeline .note").first).to_have_text("Ring twice.")
    await expect(desk.locator("#news")).to_be_hidden()


async def test_news_waits_for_the_answer_to_a_form_and_is_shown_after_it(site: Site) -> None:
    desk = await case_of_the_demo(site)
    other = await desk.context.new_page()
    await other.goto(desk.url)
    async with Slow(desk) as connection:
        await desk.evaluate("htmx.trigger('#live', 'refetch')")
        await asyncio.wait_for(connection.asked.wait(), PATIENCE_MS / 1000)
        mine = await unfold(form(desk, "case", "note_added"))
        await mine.get_by_label("Note").fill("x" * 2001)
        await send(mine)
        connection.go.set()
        await expect(mine.locator(".problem")).to_contain_text("Look at what is marked below.")
    theirs = await unfold(form(other, "case", "note_added"))
    await theirs.get_by_label("Note").fill("From the other window.")
    await send(theirs)
    await expect(desk.locator("#news")).to_be_visible()
    await expect(mine.locator(".problem")).to_be_visible()
    await desk.locator("#news button").click()
    await expect(desk.locator("#timeline .note").first).to_have_text("From the other window.")


async def test_news_waits_while_somebody_is_in_a_field_and_comes_when_they_leave_it(site: Site) -> None:
    desk = await case_of_the_demo(site)
    note = await unfold(form(desk, "case", "note_added"))
    await note.get_by_label("Note").focus()
    await desk.locator("#page").evaluate("el => el.setAttribute('data-before', '')")
    await desk.evaluate("htmx.trigger('#live', 'refetch')")
    await expect(desk.locator("#news")).to_be_visible()
    await expect(desk.locator("#page[data-before]")).to_have_count(1)
    await note.get_by_label("Note").blur()
    await expect(desk.locator("#page[data-before]")).to_have_count(0)
    await expect(desk.locator("#news")).to_be_hidden()
