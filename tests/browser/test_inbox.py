"""What people write to us, as the desk sees it; and the customer's page, which is told of the answer."""

from uuid import UUID

import pytest
from playwright.async_api import Route, expect

from aftersales import clock
from aftersales.inbox.service import drafts
from aftersales.inbox.service.brought import Brought
from aftersales.inbox.service.replies import To
from aftersales.scope import SYSTEM
from aftersales.status.numbers import Numbers
from aftersales.work import Work
from tests.browser.site import PATIENCE_MS, Site, form, send, unfold
from tests.browser.test_pages import look
from tests.factories.talking import photo

pytestmark = [pytest.mark.browser, pytest.mark.slow]

expect.set_options(timeout=PATIENCE_MS)


async def case_of_the_demo(site: Site) -> UUID:
    return await site.company.id_of(
        "SELECT d.id FROM document d JOIN branch b ON b.id = d.branch_id AND b.code = 'KKP' "
        "WHERE d.machine = 'case' AND d.status = 'in_progress' ORDER BY d.id DESC LIMIT 1"
    )


async def somebody_writes(site: Site, sender: str, words: str) -> None:
    """A stranger's request, as the intake keeps it."""
    there = site.company
    async with there.database.unit_of_work() as session:
        work = Work(session, SYSTEM, there.registry, Numbers(there.database), there.settings, clock.now())
        await drafts.take(work, To("whatsapp", sender, "te"), "సుజాత", words, Brought((photo(),)))


async def test_a_request_becomes_a_case_with_one_key(site: Site) -> None:
    await somebody_writes(site, "+919700011111", "వాషింగ్ మెషిన్ తిరగడం లేదు, 500072")
    desk = await site.staff("lakshmi")
    await desk.goto("/desk/inbox")
    card = desk.locator("li.letter", has_text="97000 11111")
    await expect(card.get_by_role("img")).to_be_visible()
    assert await look(desk, "inbox") == []
    await card.get_by_role("button", name="Open the case").first.focus()
    await desk.keyboard.press("Enter")
    await desk.wait_for_url("**/desk/cases/*")
    await expect(desk.locator("#page")).to_contain_text("వాషింగ్ మెషిన్")


async def test_a_page_whose_line_was_refused_once_is_told_all_the_same(site: Site) -> None:
    """While server or database is away the answer is 502 or 503, and a browser does not ask again by itself."""
    case_id = await case_of_the_demo(site)
    page = await site.customer(case_id, language="en")
    refused = 0

    async def away(route: Route) -> None:
        nonlocal refused
        refused += 1
        await (route.fulfill(status=503) if refused == 1 else route.continue_())

    await page.route("**/track/live*", away)
    await page.reload()
    await page.evaluate("document.body.dataset.before = '1'")
    desk = await site.staff("lakshmi")
    await desk.goto(f"/desk/cases/{case_id}")
    answer = await unfold(form(desk, "case", "we_wrote"))
    await answer.get_by_label("Your words").fill("The part has come.")
    await send(answer)
    await expect(page.get_by_text("The part has come.")).to_be_visible()
    assert await page.evaluate("document.body.dataset.before") == "1", "without loading it anew"
    assert refused == 2
    site.complaints[:] = [one for one in site.complaints if "503" not in one]


async def test_an_answer_comes_to_the_customers_open_page_by_itself(site: Site) -> None:
    case_id = await case_of_the_demo(site)
    page = await site.customer(case_id, language="en")
    words = "When do you bring it?"
    await page.get_by_label("Write to us").fill(words)
    await page.get_by_role("button", name="Send", exact=True).click()
    desk = await site.staff("lakshmi")
    await desk.goto("/desk/inbox")
    await expect(desk.locator(f"#answers a[href^='/desk/cases/{case_id}']")).to_be_visible()
    await desk.goto(f"/desk/cases/{case_id}")
    answer = await unfold(form(desk, "case", "we_wrote"))
    await answer.get_by_label("Your words").fill("On Friday, before noon.")
    await page.evaluate("document.body.dataset.before = '1'")
    await send(answer)
    await expect(page.get_by_text("On Friday, before noon.")).to_be_visible()
    assert await page.evaluate("document.body.dataset.before") == "1", "without loading it anew"
