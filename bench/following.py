"""A customer's open page in Chromium: from the commit of a change until the page shows it."""

import asyncio
import statistics
import time
from uuid import UUID

from playwright.async_api import Page

from aftersales.cases.machine import CASE
from aftersales.outbox.wake import Waker
from aftersales.scope import SYSTEM_ACTOR
from aftersales.status.changes import move
from aftersales.status.engine import post
from bench.company import Company
from bench.growth import opened
from bench.processes import HOST, running
from bench.report import Table
from bench.watching import owners
from tests.fixtures.browser import PHONE, chromium, launched

WARM = 3
# There and back again: each is a sentence of its own for the customer.
STEPS = ("resolve", "reopen")
SHOWN_SECONDS = 30.0
# The browser's own clock, at the first frame that has the new sentence: the same as ours, it is the same machine.
_SHOWN = """() => new Promise((shown) => {
  const was = document.querySelector('h1').textContent
  new MutationObserver((_, watch) => {
    if (document.querySelector('h1').textContent === was) return
    watch.disconnect()
    requestAnimationFrame(() => setTimeout(() => shown(Date.now())))
  }).observe(document.getElementById('page'), { childList: true, subtree: true, characterData: true })
})"""


def has_browser() -> bool:
    """Whether there is a Chromium here."""
    try:
        chromium()
    except FileNotFoundError:
        return False
    return True


async def following(company: Company, changes: int) -> Table:
    """So many changes of one case, one after the other, each at another moment of the hub's second."""
    [case_id] = await company.cases(1, "acknowledge", "progress")
    people = await owners(company, [case_id])
    [cookie] = await opened(company, [(case_id, people[case_id])])
    taken = []
    async with running(company) as site, Waker(company.database), launched() as browser:
        context = await browser.new_context(viewport={"width": PHONE["width"], "height": PHONE["height"]})
        page = await context.new_page()
        await page.set_extra_http_headers({"Cookie": cookie})
        async with page.expect_response(lambda answer: "/track/live" in answer.url):
            await page.goto(f"http://{HOST}:{site.port}/track")
        for number in range(WARM + changes):
            await asyncio.sleep(0.3 + 0.7 * (number * 0.618 % 1))
            taken.append(await _one(company, page, case_id, STEPS[number % 2]))
    found = sorted(taken[WARM:])
    half, most = statistics.median(found), found[min(len(found) - 1, round(0.95 * len(found)))]
    head = ["", "half, ms", "95 %, ms", "slowest, ms", "wanted"]
    rows = [[f"{changes} changes", f"{half:.0f}", f"{most:.0f}", f"{found[-1]:.0f}", "≤ 1,000"]]
    words = (
        "From the beginning of the commit until Chromium has drawn the new sentence: notification, event, the page"
        " fetched anew and put in place. One server, one page, a change every 0.3 to 1 s."
    )
    return Table("page", "A customer's page that is open", head, rows, words)


async def _one(company: Company, page: Page, case_id: UUID, verb: str) -> float:
    """Milliseconds from the beginning of the commit until the page shows the change."""
    shown = asyncio.create_task(page.evaluate(_SHOWN))
    # The page must be looking before there is anything to see.
    await page.evaluate("() => new Promise(requestAnimationFrame)")
    async with company.database.unit_of_work() as session:
        note = "It still does not spin." if verb == "reopen" else None
        await post(session, [move(CASE, case_id, verb, note=note)], actor=SYSTEM_ACTOR)
        began = time.time()
    return float(await asyncio.wait_for(shown, SHOWN_SECONDS)) - 1000 * began
