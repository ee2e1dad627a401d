"""The camera reads our own labels in a browser that reads no codes by itself; and says what to do where it cannot."""

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from aftersales.documents.frame import build
from aftersales.documents.qr import Qr
from tests.browser.site import Site
from tests.fixtures.camera import Part, film, filming, picture

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OF = "SELECT id FROM document WHERE machine = 'return' AND status = 'authorised' ORDER BY id LIMIT 1"
STRIPES: Part = (0, 0.1, 0.7, 0.24)
SQUARE: Part = (0, 0.2, 0.6, 0.48)
READER = "zxing"


async def label_of(page: Page, return_id: object) -> bytes:
    answer = await page.request.get(f"/api/v1/returns/{return_id}/label.pdf")
    assert answer.ok
    return await answer.body()


@pytest.mark.parametrize("part", [STRIPES, SQUARE], ids=["code128", "qr"])
async def test_the_desk_reads_the_label_of_a_return(site: Site, tmp_path: Path, part: Part) -> None:
    asked = await site.staff("srinivas")
    return_id = await site.company.id_of(OF)
    pdf = await label_of(asked, return_id)
    [(number,)] = await site.company.rows("SELECT number FROM document WHERE id = :id", id=return_id)
    async with filming(film(tmp_path / "label.y4m", picture(pdf, part))) as browser:
        there = replace(site, browser=browser)
        page = await there.staff("srinivas")
        fetched: list[str] = []
        page.on("request", lambda request: fetched.append(request.url))
        await page.goto("/desk/returns")
        assert not await page.evaluate("'BarcodeDetector' in window"), "this browser would need nothing of ours"
        assert [url for url in fetched if READER in url] == [], "nothing is loaded before it is wanted"
        await page.get_by_role("button", name="Scan with the camera").click()
        said = page.locator(".scan [role=status]")
        await expect(said).to_have_text(f"Read: {number}")
        await expect(page.get_by_label("Scan labels")).to_have_value(f"{number}\n")
        await page.get_by_role("button", name="Stop the camera").click()
        await expect(page.locator(".scan video")).to_be_hidden()
        await page.get_by_role("button", name="Scan with the camera").click()
        await expect(said).to_have_text(f"{number} stands there already.")
        await expect(page.get_by_label("Scan labels")).to_have_value(f"{number}\n")
        assert [url for url in fetched if READER in url]
        assert all(url.startswith(site.address) for url in fetched), "from nobody else"
        await there.close_pages()


async def test_a_customer_scans_the_square_on_the_product(site: Site, tmp_path: Path) -> None:
    code = build(lambda: [Qr(f"{site.address}/register-product?number=GW75-2203%2F11", 220)], title="", foot="")
    async with filming(film(tmp_path / "unit.y4m", picture(code, (0, 0, 0.6, 0.4)))) as browser:
        there = replace(site, browser=browser)
        page = await there.page(phone=True)
        for address, field in (("/register-product?lang=en", "register-number"), ("/give-back?lang=en", "back-number")):
            await page.goto(address)
            await page.get_by_role("button", name="Scan with the camera").click()
            await expect(page.locator(f"#{field}")).to_have_value("GW75-2203/11")
            await expect(page.locator(f"#{field}")).to_be_focused()
            await expect(page.locator(".scan video")).to_be_hidden()
        await there.close_pages()
    async with filming(None) as browser:
        there = replace(site, browser=browser)
        page = await there.page(phone=True)
        await page.goto("/register-product?lang=en")
        await page.get_by_role("button", name="Scan with the camera").click()
        await expect(page.locator(".scan [role=status]")).to_contain_text("Allow it in the settings of your browser")
        await there.close_pages()


async def test_without_a_camera_the_page_says_to_type(site: Site) -> None:
    page = await site.page(phone=True)
    await page.goto("/register-product?lang=en")
    await page.get_by_role("button", name="Scan with the camera").click()
    await expect(page.locator(".scan [role=status]")).to_have_text("No camera was found. Type the number.")
    await expect(page.get_by_role("button", name="Scan with the camera")).to_be_visible()
