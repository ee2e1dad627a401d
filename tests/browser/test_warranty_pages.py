"""The warranty desk and the page on which customers register: both sizes, light and dark, in every language."""

from uuid import UUID

import pytest
from playwright.async_api import Page, expect
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import clock
from aftersales.cases import repository as cases
from aftersales.i18n import OFFERED
from aftersales.products.models import Unit
from aftersales.scope import SYSTEM
from aftersales.status.numbers import Numbers
from aftersales.work import Work
from tests.browser.site import Site, form, send, unfold
from tests.browser.test_pages import every, look
from warranty.service import replacing
from warranty.service.proofs import answer_anew

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STREAM = (
    "SELECT d.stream_id FROM document d JOIN document c ON c.id = d.stream_id AND c.category <> 'done'"
    " WHERE d.machine = :machine AND d.status = :status ORDER BY d.id LIMIT 1"
)
OF = "SELECT id FROM document WHERE machine = :machine AND status = :status ORDER BY id DESC LIMIT 1"


async def test_the_warranty_desk(site: Site) -> None:
    page = await site.staff("srinivas")
    waiting = await site.company.id_of(OF, machine="warranty_registration", status="pending_verification")
    active = await site.company.id_of(OF, machine="warranty_registration", status="active")
    claim = await site.company.id_of(OF, machine="warranty_claim", status="in_review")
    addresses = [
        "/desk/warranty",
        "/desk/warranty?show=decide",
        "/desk/warranty?show=waiting",
        f"/desk/warranty/registrations/{waiting}",
        f"/desk/warranty/registrations/{active}",
        f"/desk/warranty/claims/{claim}",
    ]
    await every(page, addresses)
    await goodwill_is_given(site, page)
    await an_offer_is_carried_out(site, page)


async def goodwill_is_given(site: Site, page: Page) -> None:
    """By keyboard alone, from the case: too much is refused beside the form, and what was typed stays."""
    denied = await site.company.id_of(STREAM, machine="warranty_claim", status="appealed")
    await page.goto(f"/desk/cases/{denied}")
    given = await unfold(form(page, "warranty_claim", "goodwill_given"))
    await given.get_by_label("The visit").focus()
    await page.keyboard.press("Space")
    await page.keyboard.press("Tab")
    await page.keyboard.type("9,00,000.00")
    await page.keyboard.press("Tab")
    await page.keyboard.type("A customer of ten years.")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("on a claim. Ask somebody with a larger allowance.")
    await expect(given.get_by_label("Why")).to_have_value("A customer of ten years.")
    assert await look(page, "goodwill, refused") == []
    await given.get_by_label("What it costs us").fill("350")
    await send(given)
    await expect(page.get_by_text("Given as goodwill").first).to_be_visible()


async def an_offer_is_carried_out(site: Site, page: Page) -> None:
    """What was taken has its own form: a product asks for its number alone, money for how it goes back."""
    async with site.company.database.unit_of_work() as session:
        case_id = await offered(site, session)
    await page.goto(f"/desk/cases/{case_id}")
    await send(await unfold(form(page, "replacement_offer", "take_up")))
    handed = await unfold(form(page, "replacement_offer", "fulfil"))
    await expect(form(page, "replacement_offer", "give_money")).to_have_count(0)
    await expect(handed.locator("input:not([type=hidden])")).to_have_count(1)
    assert await look(page, "an offer to carry out", markup=False) == []
    await handed.get_by_label("The new product's number").fill(f"NEW-{case_id.hex[-8:]}")
    await send(handed)
    await expect(page.get_by_text("Replacement done").first).to_be_visible()


async def offered(site: Site, session: AsyncSession) -> UUID:
    """The case of somebody whose product failed on the day it came, with the offer that opens by itself."""
    company = site.company
    work = Work(session, SYSTEM, company.registry, Numbers(company.database), company.settings, clock.now())
    case_id = await company.id_of(STREAM, machine="warranty_claim", status="pre_authorised")
    case = await cases.case(session, SYSTEM, case_id)
    assert case.unit_id is not None
    unit = await session.get_one(Unit, case.unit_id)
    unit.installed_on = unit.delivered_on = unit.purchased_on = case.opened_at.date()
    await session.flush()
    await answer_anew(work, unit.id)
    await replacing.diagnosed(work, case_id)
    return case_id


async def test_a_customer_registers_a_product(site: Site) -> None:
    page = await site.page(phone=True)
    found = []
    for language in sorted(OFFERED):
        await page.goto(f"/register-product?number=XY-77001&lang={language}")
        await expect(page.locator("html")).to_have_attribute("lang", language)
        found += await look(page, f"register {language}", markup=language in ("en", "te", "ur"))
    assert found == []
    await page.goto("/register-product?number=XY-77001&lang=en")
    await page.get_by_label("Bought on").fill("2026-03-18")
    await page.get_by_label("Your name").fill("Padma")
    await page.get_by_label("Your phone number").fill("12")
    await page.get_by_label("Service centre near you").select_option(index=1)
    await page.get_by_role("button", name="Register", exact=True).click()
    await expect(page.get_by_text("We cannot read this number.")).to_be_visible()
    assert await look(page, "register, with what is wrong") == []
    await page.get_by_label("Your phone number").fill("98480 12345")
    await page.get_by_role("button", name="Register", exact=True).click()
    await expect(page.get_by_role("heading", name="We have your registration")).to_be_visible()
    assert await look(page, "registered") == []
