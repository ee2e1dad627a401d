"""The returns desk by keyboard alone, its pages, and the page for giving back: both sizes, all languages."""

import re

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import text

from aftersales import clock
from aftersales.auth import codes
from aftersales.auth.models import OneTimeCode
from aftersales.i18n import LANGUAGES, OFFERED
from aftersales.money import Money
from aftersales.registry import load_registry
from aftersales.scope import SYSTEM
from aftersales.status import documents
from aftersales.status.numbers import Numbers
from aftersales.work import Work
from rma import advances
from tests.browser.site import Site
from tests.browser.test_pages import english_words, every, look
from tests.factories.ahead import ahead_of, asked

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OF = "SELECT id FROM document WHERE machine = 'return' AND status = :status ORDER BY id DESC LIMIT 1"
BOUGHT = """
    SELECT i.value AS number, p.e164 AS phone, n.id AS person_id FROM unit u
    JOIN unit_identifier i ON i.unit_id = u.id AND i.valid_until IS NULL
    JOIN person n ON n.customer_id = u.customer_id JOIN person_phone p ON p.person_id = n.id
    WHERE u.given_up_on IS NULL AND greatest(u.delivered_on, u.installed_on) <= current_date
    AND (greatest(u.delivered_on, u.installed_on) > current_date - 20) = :fresh
    AND NOT EXISTS (SELECT FROM document d WHERE d.unit_id = u.id AND d.machine = 'return' AND d.category <> 'done')
    AND EXISTS (SELECT FROM address a WHERE a.customer_id = u.customer_id)
    ORDER BY u.id LIMIT 1
"""


async def test_the_returns_desk(site: Site) -> None:
    page = await site.staff("srinivas")
    shown = [await site.company.id_of(OF, status=s) for s in ("requested", "rejected", "inspecting", "dispositioned")]
    queues = [f"/desk/returns?show={name}" for name in ("inspect", "coming", "settle", "back", "asked")]
    await every(page, [*queues, *(f"/desk/returns/{one}" for one in shown)])


async def pressed(page: Page, name: str, *, most: int = 60) -> None:
    """Go on by Tab alone until what is called so has the focus, then press it."""
    for _ in range(most):
        await page.keyboard.press("Tab")
        words = await page.evaluate("document.activeElement.innerText ?? ''")
        if words.strip() == name:
            await page.keyboard.press("Enter")
            return
    raise AssertionError(f"{name} is not reached by Tab")


async def test_receive_inspect_and_decide_by_keyboard_alone(site: Site) -> None:
    page = await site.staff("srinivas")
    return_id = await site.company.id_of(OF, status="authorised")
    [(number,)] = await _rows(site, "SELECT number FROM document WHERE id = :id", id=return_id)
    await page.goto("/desk/returns")
    # The field has the focus at once: whoever scans does not reach for the mouse first.
    await page.keyboard.type(str(number))
    await pressed(page, "Receive", most=3)
    await expect(page.locator("div[role=status]")).to_contain_text("Received")
    await pressed(page, "Open it")
    await page.wait_for_url(re.compile(rf"/desk/returns/{return_id}$"))
    # Back to what became of the labels: the same page, and they are received once however often they are sent.
    await page.go_back()
    await expect(page.locator("div[role=status]")).to_contain_text("Received: 1")
    await page.get_by_label("Scan labels").fill(str(number))
    await page.get_by_role("button", name="Receive", exact=True).click()
    await expect(page.get_by_text(f"{number} has been received already")).to_be_visible()
    [(steps,)] = await _rows(site, "SELECT count(*) FROM product_return_movement WHERE return_id = :id", id=return_id)
    assert steps == 1
    await page.get_by_role("link", name="Open it").click()
    await page.wait_for_url(re.compile(rf"/desk/returns/{return_id}$"))
    await pressed(page, "Inspect")
    await expect(page.get_by_text("Being inspected").first).to_be_visible()
    await pressed(page, "Write down the condition")
    await _to(page, "grade")
    await page.keyboard.type("B")
    await _to(page, "no_fault")
    await page.keyboard.press("Space")
    await pressed(page, "Write down the condition")
    await expect(page.locator("li", has_text="Grade B · No fault found").last).to_be_visible()
    await pressed(page, "Decide its use")
    await _to(page, "disposition")
    await page.keyboard.type("Restock")
    await pressed(page, "Decide its use")
    await expect(page.get_by_text("Use decided").first).to_be_visible()
    await expect(page.get_by_text("in stock")).to_be_visible()


async def _to(page: Page, name: str) -> None:
    for _ in range(30):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.name ?? ''") == name:
            return
    raise AssertionError(f"the field {name} is not reached by Tab")


async def _rows(site: Site, statement: str, **values: object) -> list[tuple[object, ...]]:
    async with site.company.database.sessions() as session:
        return [tuple(row) for row in await session.execute(text(statement), values)]


async def _code(site: Site, person_id: object) -> str:
    async with site.company.database.sessions() as session:
        found = text(
            "SELECT id FROM one_time_code WHERE purpose = 'returns' AND person_id = :id ORDER BY id DESC LIMIT 1"
        )
        key = (await session.execute(found, {"id": person_id})).scalars().first()
        code = await session.get_one(OneTimeCode, key)
        return codes.value(site.company.settings, code)


async def test_a_customer_gives_back_without_scripts_in_every_language(site: Site) -> None:
    page = await site.page(phone=True, scripts=False)
    found = []
    for language in sorted(OFFERED):
        await page.goto(f"/give-back?lang={language}")
        await expect(page.locator("html")).to_have_attribute("lang", language)
        wide = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        found += [f"{language}: {wide} too wide"] if wide > 0 else []
    assert found == []
    [(number, phone, person)] = await _rows(site, BOUGHT, fresh=True)
    await page.goto(f"/give-back?lang=en&number={number}")
    await page.get_by_label("Your phone number").fill(str(phone))
    await page.get_by_role("button", name="Send me a code").click()
    await page.get_by_label("The six digits").fill(await _code(site, person))
    await page.get_by_role("button", name="Go on").click()
    await page.get_by_label("Why").select_option("defective")
    await page.get_by_label("In which condition is it?").select_option("used")
    await page.get_by_label("What you paid").fill("24990")
    await page.get_by_role("button", name="See what you get").click()
    await expect(page.get_by_text("₹24,990.00 goes back to you the way you paid.")).to_be_visible()
    await page.get_by_label("Credit for my next purchase").check()
    await page.get_by_label("You fetch it at my address").check()
    await page.get_by_label("In your own words").fill("It stops after a minute.")
    await page.get_by_role("button", name="Send", exact=True).click()
    await page.wait_for_url(re.compile(r"/track$"))
    await _goes_back(page)
    [(made,)] = await _rows(
        site,
        "SELECT count(*) FROM document d JOIN unit_identifier i USING (unit_id) WHERE i.value = :number"
        " AND d.machine = 'return' AND d.category <> 'done'",
        number=number,
    )
    assert made == 1
    await page.goto("/track/language/en")
    await expect(page.get_by_role("heading", level=1)).to_have_text("We come to collect it")
    await expect(page.get_by_text("Credit for my next purchase").first).to_be_visible()


async def _goes_back(page: Page) -> None:
    """By the browser's button each step is there as it was; whoever sends it again comes to where it led."""
    await page.go_back()
    await expect(page.get_by_text("₹24,990.00 goes back to you the way you paid.")).to_be_visible()
    await page.get_by_label("Credit for my next purchase").check()
    await page.get_by_label("You fetch it at my address").check()
    await page.get_by_label("In your own words").fill("It stops after a minute, as I said.")
    await page.get_by_role("button", name="Send", exact=True).click()
    await page.wait_for_url(re.compile(r"/track$"))
    for _ in range(2):
        await page.go_back()
    await page.get_by_label("Why").select_option("changed_mind")
    await page.get_by_label("In which condition is it?").select_option("unused")
    await page.get_by_role("button", name="See what you get").click()
    await page.wait_for_url(re.compile(r"/track$"))


async def test_each_step_of_giving_back_looks_right(site: Site) -> None:
    page = await site.page(phone=True)
    [(number, phone, person)] = await _rows(site, BOUGHT, fresh=False)
    await page.goto("/give-back?lang=te")
    found = await look(page, "find")
    await page.goto(f"/give-back?lang=en&number={number}")
    await page.get_by_label("Your phone number").fill(str(phone))
    await page.get_by_role("button", name="Send me a code").click()
    found += await look(page, "code")
    await page.get_by_label("The six digits").fill("000000")
    await page.get_by_role("button", name="Go on").click()
    await expect(page.get_by_text("This is not the code.")).to_be_visible()
    found += await look(page, "wrong code")
    await page.get_by_label("The six digits").fill(await _code(site, person))
    await page.get_by_role("button", name="Go on").click()
    found += await look(page, "why")
    await page.get_by_label("Why").select_option("changed_mind")
    await page.get_by_label("In which condition is it?").select_option("used")
    await page.get_by_role("button", name="See what you get").click()
    await expect(page.get_by_text("What we can do instead")).to_be_visible()
    found += await look(page, "a no, and what there is instead")
    assert found == []


async def test_a_security_that_is_blocked_anew(site: Site) -> None:
    """What the customer reads of it in every language, and what stands at the desk, in both sizes, light and dark."""
    return_id = await site.company.id_of(OF, status="awaiting_return")
    company = site.company
    async with company.database.unit_of_work() as session:
        numbers = Numbers(company.database)
        work = Work(session, SYSTEM, load_registry(), numbers, company.settings, clock.now())
        about = await documents.get(session, SYSTEM, return_id)
        advance_id = await ahead_of(work, return_id, "return_due")
        next_id = await asked(work, about, Money("INR", 649_000), anew=True, page="https://checkout.stripe.com/c/1")
        (await advances.row(session, SYSTEM, advance_id)).next_hold_id = next_id
    desk = await site.staff("srinivas")
    await desk.goto(f"/desk/cases/{about.stream_id}")
    await expect(desk.get_by_text("To be blocked anew by the customer").first).to_be_visible()
    found = await look(desk, "the case")
    page = await site.customer(about.stream_id, language="en")
    await expect(page.get_by_role("link", name="Block it on my card")).to_be_visible()
    await expect(page.get_by_text("The earlier amount is freed then.")).to_be_visible()
    for language in sorted(OFFERED):
        await page.goto(f"/track/language/{language}")
        await expect(page.locator("html")).to_have_attribute("lang", language)
        found += await look(page, f"the security in {language}", markup=language in ("en", "te", "ur"))
        words = set(await english_words(page)) - {"Stripe"} if LANGUAGES[language].scripts else ()
        found += [f"{language}: {word}" for word in words]
    assert found == []
