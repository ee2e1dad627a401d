"""The browser that the other browser tests rely on: it starts, draws and has letters for both languages."""

import pytest
from playwright.async_api import Page

pytestmark = pytest.mark.browser


async def test_draws_a_page_at_a_desk(page: Page) -> None:
    await page.set_content("<h1>తెలుగు</h1>")
    assert await page.inner_text("h1") == "తెలుగు"
    assert await page.evaluate("[innerWidth, innerHeight]") == [1280, 800]


async def test_draws_a_page_on_a_phone(phone: Page) -> None:
    await phone.set_content('<meta name="viewport" content="width=device-width"><button>ok</button>')
    await phone.tap("button")
    assert await phone.evaluate("innerWidth") == 360
