"""The warranty desk and the page on which customers register: both sizes, light and dark, in every language."""

import pytest
from playwright.async_api import expect

from aftersales.i18n import OFFERED
from tests.browser.site import Site
from tests.browser.test_pages import every, look

pytestmark = [pytest.mark.browser, pytest.mark.slow]

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
