"""Live pages and somebody who is writing: news never takes away what is being typed, and never stays unseen."""

import asyncio
import re
from typing import Self
from uuid import UUID

import pytest
from playwright.async_api import Page, Request, Route, expect

from tests.browser.site import PATIENCE_MS, Site, form, send, unfold
from tests.browser.test_pages import case_with
from tests.browser.test_story import open_the_case

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


async def quiet_case(site: Site) -> UUID:
    """A case on which nothing happens by itself any more."""
    return await site.company.id_of(
        "SELECT d.id FROM document d JOIN branch b ON b.id = d.branch_id AND b.code = 'KKP' "
        "WHERE d.machine = 'case' AND d.status = 'in_progress' ORDER BY d.id LIMIT 1"
    )


async def case_of_the_demo(site: Site) -> Page:
    """The coordinator looks at it."""
    case_id = await quiet_case(site)
    desk = await site.staff("lakshmi")
    await desk.goto(f"/desk/cases/{case_id}")
    return desk


async def we_write(site: Site, case_id: UUID, words: str) -> None:
    """Something that the customer sees, by somebody who is not at that page."""
    clerk = await site.company.staff("lakshmi")
    await clerk.open(f"/desk/cases/{case_id}")
    await clerk.do("case", "we_wrote", {"words": words})


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


async def test_a_customer_who_writes_keeps_every_word_and_sees_that_there_is_news(site: Site) -> None:
    case_id = await open_the_case(await site.staff("lakshmi"))
    page = await site.customer(case_id, language="en")
    words, news, page_now = page.get_by_label("Write to us"), page.locator("#news"), page.locator("#page")
    await page.evaluate("document.body.dataset.before = '1'")
    await words.evaluate("el => el.setAttribute('data-same', '')")
    await words.press_sequentially("After six, please")
    await cancel(site, case_id)
    # The sentence is nobody's field: it is brought up to date around the one that is being written in.
    await expect(page.locator("h1")).to_have_text("We are cancelling your request")
    await expect(news).to_be_visible()
    await expect(page.locator("#announce")).to_have_text("There is news on this page. What you have written stays.")
    await words.press_sequentially(".")
    await expect(page.locator("textarea[data-same]:focus")).to_have_value("After six, please.")
    await we_write(site, case_id, "Vani calls you.")
    await news.get_by_role("button").focus()
    await page.keyboard.press("Enter")
    await expect(page_now).to_contain_text("Vani calls you.")
    await expect(news).to_be_hidden()
    await expect(words).to_have_value("After six, please.")
    await words.focus()
    await we_write(site, case_id, "At half past six.")
    await expect(news).to_be_visible()
    await expect(page_now).not_to_contain_text("At half past six.")
    for key in ("Control+a", "Delete"):
        await page.keyboard.press(key)
    await expect(page_now).to_contain_text("At half past six.")
    await expect(news).to_be_hidden()
    await expect(words).to_be_focused()
    await words.fill("Thank you.")
    await we_write(site, case_id, "Do write if it does not suit you.")
    await expect(news).to_be_visible()
    assert await page.evaluate("document.body.dataset.before") == "1", "nothing was loaded anew"
    await page.get_by_role("button", name="Send", exact=True).click()
    await expect(page_now).to_contain_text("Do write if it does not suit you.")
    await we_write(site, case_id, "We are glad to hear it.")
    await expect(page_now).to_contain_text("We are glad to hear it.")
    await expect(news).to_be_hidden()


async def cancel(site: Site, case_id: UUID) -> None:
    """Where the case stands changes, by somebody who is not at the customer's page."""
    clerk = await site.company.staff("lakshmi")
    await clerk.open(f"/desk/cases/{case_id}")
    await clerk.do("case", "request_cancel", {"note": "They found the filter."})


async def test_words_whose_form_is_gone_go_to_where_one_writes_to_us(site: Site) -> None:
    """The estimate is withdrawn while the customer writes why they decline it."""
    case_id = await case_with(site, "estimate", "sent")
    page = await site.customer(case_id, language="en")
    note = page.get_by_label("Would you tell us why?")
    await page.get_by_text("No, do not repair it").first.click()
    await note.fill("My nephew repairs it.")
    await page.get_by_label("Write to us").fill("Thank you.")

    async def without_it(route: Route) -> None:
        answer = await route.fetch()
        gone = re.sub(r'<section class="card turn".*?</section>', "", await answer.text(), flags=re.DOTALL)
        await route.fulfill(response=answer, body=gone)

    await page.route("**/track", without_it)
    await we_write(site, case_id, "The estimate is withdrawn.")
    await expect(page.locator("#news")).to_be_visible()
    await expect(note).to_have_value("My nephew repairs it.")
    await page.locator("#news button").click()
    await expect(note).to_have_count(0)
    await expect(page.get_by_label("Write to us")).to_have_value("Thank you.\nMy nephew repairs it.")


async def test_a_page_asks_again_for_what_could_not_be_fetched(site: Site) -> None:
    """The line stands and told of a change, and the database is away when the page is asked for."""
    case_id = await quiet_case(site)
    pages = [await case_of_the_demo(site), await site.customer(case_id, language="en")]
    refused: list[str] = []

    async def away(route: Route) -> None:
        if route.request.url in refused:
            await route.continue_()
        else:
            refused.append(route.request.url)
            await route.fulfill(status=503)

    for page in pages:
        await page.route(page.url, away)
    await we_write(site, case_id, "It is on its way.")
    for page in pages:
        await expect(page.locator("#page")).to_contain_text("It is on its way.")
    assert sorted(refused) == sorted(page.url for page in pages)
    site.complaints[:] = [one for one in site.complaints if "503" not in one]


COUNTING = """
  window.told = 0
  window.EventSource = class extends EventSource {
    constructor(address) {
      super(address)
      this.addEventListener('open', () => { window.lines = (window.lines ?? 0) + 1 })
      this.addEventListener('changed', () => { window.told += 1 })
    }
  }
"""


async def test_news_comes_through_the_line_and_by_no_clock(site: Site) -> None:
    """The page is asked for as often as an event has come and no more, be it ten minutes that pass."""
    case_id = await quiet_case(site)
    page = await site.page(phone=True)
    await page.add_init_script(COUNTING)
    await page.clock.install()
    await page.goto(await site.link(case_id))
    await page.wait_for_function("window.lines")
    asked: list[str] = []

    def heard(one: Request) -> None:
        # Its icon the browser fetches when it likes.
        if "/static/" not in one.url:
            asked.append(one.url.removeprefix(site.address))

    page.on("request", heard)
    await page.clock.run_for(600_000)
    await we_write(site, case_id, "It comes by itself.")
    await expect(page.locator("#page")).to_contain_text("It comes by itself.")
    assert set(asked) == {"/track"}
    assert len(asked) <= await page.evaluate("window.told")
