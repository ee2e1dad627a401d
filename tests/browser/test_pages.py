"""Every page: for everybody's eyes and ears (axe), in light and dark, on a phone and on a desk, in every language."""

import re
from typing import Any
from uuid import UUID

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, Response, expect

from aftersales.i18n import LANGUAGES, OFFERED
from tests.browser.site import Site
from tests.fixtures.browser import DESKTOP, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TRACK_BYTES = 30_000
LATIN = re.compile(r"[A-Za-z]{2,}")
# What people write in Latin letters in Telugu too: names, codes, and the word that every bill has.
_NUMBERS = r"[A-Z]{2,5}-(?:[A-Z]-)?\d\d-\d{6}|[A-Z]{2}/\d{4}/\d+|[A-Z]{2,5}/\d\d-\d\d/\d+"
NOT_ENGLISH = re.compile(rf"\b(?:{_NUMBERS}|GST|v\d+|[A-Z]{{2}}-\d+)\b")
NEWEST = "SELECT stream_id FROM document WHERE machine = :machine AND status = :status ORDER BY id DESC LIMIT 1"
# What the page says itself: not the conversation, not a product's name.
TEXTS = """() => {
  const walker = document.createTreeWalker(document.getElementById('page'), NodeFilter.SHOW_TEXT)
  const found = []
  while (walker.nextNode()) {
    const of = walker.currentNode.parentElement
    if (!of.closest('.talk, [name=unit_id], [data-written], script')) found.push(walker.currentNode.textContent)
  }
  return found
}"""
VISITS = """SELECT DISTINCT ON (d.status) d.id FROM document d JOIN staff s ON s.id = d.assignee_id
  WHERE d.machine = 'visit' AND s.login = 'suresh'
  AND d.status IN ('dispatched', 'accepted', 'en_route', 'completed')"""
TRACKED = (("estimate", "sent"), ("visit", "confirmed"), ("warranty_claim", "denied"), ("case", "closed"))
AXE = Axe().axe_script
# The same document with other colours and another width: what else there is to it has been heard before.
SEEN = ("color-contrast", "link-in-text-block", "scrollable-region-focusable")


async def look(page: Page, what: str, *, markup: bool = True) -> list[str]:
    """What is wrong with a page: on the desk in light, on a phone in dark; never wider than the screen.

    Its `markup` is the same in languages of one direction: looked at in one of them, it need not be in the others.
    """
    found = []
    for scheme, size in (("light", DESKTOP), ("dark", PHONE)):
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        await page.set_viewport_size({"width": size["width"], "height": size["height"]})
        rules = list(SEEN) if scheme == "dark" else None
        for violation in await heard(page, rules) if markup else []:
            places = "; ".join(str(node["target"]) for node in violation["nodes"][:3])
            found.append(f"{what} {scheme}: {violation['id']} at {places}")
        wide = await page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if wide > 0:
            found.append(f"{what}: {wide} pixels wider than {size['width']}")
        if not await page.title() or (await page.title()).startswith(" "):
            found.append(f"{what}: no title")
    return found


async def heard(page: Page, rules: list[str] | None) -> list[dict[str, Any]]:
    """What axe finds, by these rules alone or by all."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE)
    options = {"resultTypes": ["violations"]} | ({"runOnly": rules} if rules else {})
    found: list[dict[str, Any]] = await page.evaluate("async (how) => (await axe.run(how)).violations", options)
    return found


async def every(page: Page, addresses: list[str]) -> None:
    """Open each address and look at it."""
    found = []
    for address in addresses:
        await page.goto(address)
        found += await look(page, address)
    assert found == []


async def case_with(site: Site, machine: str, status: str) -> UUID:
    """The newest case with a document that stands there."""
    return await site.company.id_of(NEWEST, machine=machine, status=status)


async def test_the_desk(site: Site) -> None:
    page = await site.staff("srinivas")
    cases = [await case_with(site, *one) for one in (("estimate", "sent"), ("case", "reopened"), ("invoice", "paid"))]
    customer = await site.company.id_of("SELECT customer_id FROM person WHERE name = 'Padma Venkateswarlu'")
    colleague = await site.company.id_of("SELECT id FROM staff WHERE login = 'suresh'")
    branch = await site.company.id_of("SELECT id FROM branch WHERE code = 'KKP'")
    await every(
        page,
        [
            "/desk",
            "/desk/cases",
            "/desk/cases?show=trouble",
            *(f"/desk/cases/{case}" for case in cases),
            "/desk/search?q=Padma",
            "/desk/search?q=nobody-is-called-this",
            "/desk/customers",
            f"/desk/customers/{customer}",
            "/desk/new-case?q=70000 22339",
            "/desk/outgoing",
            "/desk/deliveries",
            "/desk/staff",
            f"/desk/staff/{colleague}",
            "/desk/branches",
            f"/desk/branches/{branch}",
            "/desk/nothing-here",
        ],
    )


async def test_what_is_folded_is_sound_too(site: Site) -> None:
    page = await site.staff("lakshmi")
    await page.goto(f"/desk/cases/{await case_with(site, 'estimate', 'sent')}")
    await page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true })")
    assert await look(page, "the case, unfolded") == []
    # The control: ink that hardly shows, in the light and in the dark.
    await page.evaluate("document.querySelector('h1').style.color = 'rgb(128 128 128 / 20%)'")
    found = await look(page, "the case")
    assert [one.partition(" at ")[0] for one in found] == [
        f"the case {how}: color-contrast" for how in ("light", "dark")
    ]


async def test_the_phone_and_the_way_in(site: Site) -> None:
    stranger = await site.page()
    await every(stranger, ["/sign-in", "/nothing-here", "/t/not-a-link"])
    page = await site.staff("suresh")
    visits = await site.company.rows(VISITS)
    assert len(visits) >= 3
    await every(page, ["/phone", *(f"/phone/visits/{visit}" for (visit,) in visits)])


@pytest.mark.parametrize(("machine", "status"), TRACKED, ids=[machine for machine, _ in TRACKED])
async def test_the_customers_page(site: Site, machine: str, status: str) -> None:
    """In every language, one after the other, as somebody would who looks for their own."""
    page = await site.page()
    await page.goto(await site.link(await case_with(site, machine, status)))
    found = []
    for language in sorted(OFFERED):
        await page.goto(f"/track/language/{language}")
        await expect(page.locator("html")).to_have_attribute("lang", language)
        await page.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true })")
        found += await look(page, f"track {language} {machine} {status}", markup=language in ("en", "te", "ur"))
        if LANGUAGES[language].scripts and (words := await english_words(page)):
            found.append(f"{language}: {words}")
    assert found == []


async def english_words(page: Page) -> list[str]:
    """Words in Latin letters on a page in another script, apart from names, codes and what people wrote themselves."""
    texts = await page.evaluate(TEXTS)
    names = set(" ".join(await page.locator(".who dd, [data-name]").all_inner_texts()).split())
    words = {word for text in texts for word in LATIN.findall(NOT_ENGLISH.sub("", text))}
    return sorted(words - names)


async def test_the_customers_page_is_small_and_needs_no_scripts(site: Site) -> None:
    case_id = await case_with(site, "estimate", "sent")
    page = await site.page(phone=True)
    answers: list[Response] = []
    page.on("response", lambda one: answers.append(one))  # noqa: PLW0108 - it cannot keep a built-in
    await page.goto(await site.link(case_id))
    await page.wait_for_load_state("load")
    wanted = [one for one in answers if one.ok and one.request.resource_type in ("document", "stylesheet", "script")]
    sizes = {one.url: (await one.request.sizes())["responseBodySize"] for one in wanted}
    assert len(sizes) >= 6, sizes
    assert sum(sizes.values()) <= TRACK_BYTES, sizes
    plain = await site.customer(case_id, scripts=False)
    for part in ("h1", ".who a[href^='tel:']", ".turn button", ".steps li", "#warranty .chip", ".talk textarea"):
        await expect(plain.locator(part).first).to_be_visible()


async def test_by_keyboard_alone(site: Site) -> None:
    page = await site.staff("lakshmi")
    await page.keyboard.press("Tab")
    await expect(page.locator(":focus")).to_have_text("Skip to the page")
    await page.keyboard.press("Tab")
    await expect(page.locator(":focus")).to_have_id("search")
    await page.goto("/desk/cases")
    links = page.locator(".row-link")
    await page.keyboard.press("j")
    await expect(links.nth(0)).to_be_focused()
    await page.keyboard.press("j")
    await expect(links.nth(1)).to_be_focused()
    await page.keyboard.press("k")
    await expect(links.nth(0)).to_be_focused()
    await page.keyboard.press("j")
    number = await links.nth(1).locator(".num").inner_text()
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_have_text(number)
    await page.keyboard.press("n")
    await expect(page.locator("#next :focus")).to_have_count(1)
    await page.keyboard.press("u")
    await page.wait_for_url(re.compile(r"/desk/cases$"))
    await expect(links.nth(1)).to_be_focused()
    await page.keyboard.press("?")
    await expect(page.locator("#keys")).to_have_attribute("open", "")
    await page.keyboard.press("Escape")
    await expect(page.locator("#keys")).not_to_have_attribute("open", "")
    await page.keyboard.press("/")
    await page.keyboard.type("jku?")
    await expect(page.locator("#search")).to_have_value("jku?")
