"""What a page costs when the company has grown: the same pages over few cases and over many."""

import random
import re
import statistics
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from aftersales import clock
from aftersales.auth import links, sessions
from aftersales.auth.models import Grant, Staff
from aftersales.http import CUSTOMER_COOKIE, STAFF_COOKIE, cookie_name
from aftersales.ids import new_id
from bench.company import Company, founded, own_server
from bench.loading import CASES_OF_A_BRANCH, ENTRIES, load
from bench.processes import running
from bench.reading import Reader
from bench.report import Table

SMALL = 10_000
WARM = 30
CUSTOMERS = 300
TRACKED = "tracking page"
BOARD = "board, one service centre"
# Every page a coordinator opens from the list, and the list as the manager of all branches sees it.
DESK = {
    BOARD: "/desk/cases",
    "its tab “Mine”": "/desk/cases?show=mine",
    "its tab “Waiting”": "/desk/cases?show=waiting",
    "its tab “Trouble”": "/desk/cases?show=trouble",
    "its tab “Done”": "/desk/cases?show=done",
    "its tab “All”": "/desk/cases?show=all",
    "“Today”": "/desk",
}
EVERYWHERE = "board, all service centres"
WANTED = {TRACKED: "≤ 1.6", BOARD: "≤ 1.5", EVERYWHERE: "≤ 1.5"}
_ROW = re.compile(rb"/desk/cases/[0-9a-f-]{36}")
_SOME = text("SELECT id, person_id FROM bench_case ORDER BY mod(i::bigint * 15485863, 1000003) LIMIT :count")


@dataclass(frozen=True, slots=True)
class Grown:
    """A company of some size: its pages, each as the (path, cookie) to ask for in turn, and who reads them."""

    company: Company
    reader: Reader
    pages: dict[str, list[tuple[str, str]]]

    async def shown(self, name: str) -> int:
        """How many cases this page shows."""
        return len(set(_ROW.findall(await self.reader.get(*self.pages[name][0]))))


async def growth(scale: int, requests: int) -> Table:
    """Pages over `SMALL` cases and over `scale`: medians, and how they grow."""
    async with grown(SMALL) as few, grown(scale) as many:
        print("  reading pages of both in turns …", flush=True)
        rows = []
        for name in few.pages:
            shown = [await one.shown(name) for one in (few, many)]
            rows.append(_row(name, shown, *await in_turns(few, many, name, requests)))
    head = ["page", "rows shown", f"ms at {SMALL:,} cases", f"ms at {scale:,}", "95 % of these", "growth", "wanted"]
    words = (
        f"Medians of {requests} requests over HTTP to each of the two, in turns. {ENTRIES} timeline entries to a case, "
        f"{ENTRIES * scale:,} in the end; a service centre for each {CASES_OF_A_BRANCH:,} cases; two in a "
        "hundred are not done. The boards that are held to a figure show the same number of rows in both."
    )
    return Table("growth", "Pages over a growing company", head, rows, words)


def _row(name: str, shown: Sequence[int], few: Sequence[float], many: Sequence[float]) -> list[str]:
    small, large = statistics.median(few), statistics.median(many)
    late = statistics.quantiles(many, n=20)[-1]
    rows = "" if not any(shown) else f"{shown[0]} and {shown[1]}"
    times = [f"{small:.1f}", f"{large:.1f}", f"{late:.1f}", f"**{large / small:.2f}**"]
    return [name, rows, *times, WANTED.get(name, "")]


async def in_turns(few: Grown, many: Grown, name: str, requests: int) -> tuple[list[float], list[float]]:
    """Milliseconds of so many requests to each, one here and one there, so that the machine's moods meet both."""
    took: tuple[list[float], list[float]] = ([], [])
    for place in range(WARM + requests):
        for one, times in zip((few, many), took, strict=True):
            asked = one.pages[name]
            times.append(await one.reader.timed(*asked[place % len(asked)]))
    return took[0][WARM:], took[1][WARM:]


@asynccontextmanager
async def grown(count: int) -> AsyncIterator[Grown]:
    """A company of so many cases with its server, on a database of its own."""
    with own_server() as server:
        async with founded(server) as company:
            await load(company, count)
            coordinator = f"{cookie_name(company.settings, STAFF_COOKIE)}={company.session_token}"
            pages = {TRACKED: [("/track", cookie) for cookie in await visitors(company, CUSTOMERS)]}
            pages |= {name: [(path, coordinator)] for name, path in DESK.items()}
            pages[EVERYWHERE] = [("/desk/cases", await _manager(company))]
            async with running(company) as site, Reader(site.port) as reader:
                yield Grown(company, reader, pages)


async def visitors(company: Company, count: int) -> list[str]:
    """The cookies of customers who have opened the links to so many cases, drawn from all years."""
    async with company.database.sessions() as session:
        found = [(UUID(str(case)), UUID(str(who))) for case, who in await session.execute(_SOME, {"count": count})]
    random.Random(7).shuffle(found)
    return await opened(company, found)


async def opened(company: Company, found: Sequence[tuple[UUID, UUID]]) -> list[str]:
    """A cookie for each of these (case, person)."""
    name, now = cookie_name(company.settings, CUSTOMER_COOKIE), clock.now()
    cookies = []
    async with company.database.unit_of_work() as session:
        for case_id, person_id in found:
            link = await links.issue(session, stream_id=case_id, person_id=person_id, now=now)
            exchanged = await links.exchange(session, company.settings, links.token(company.settings, link), now)
            assert exchanged is not None
            cookies.append(f"{name}={exchanged[0]}")
    return cookies


async def _manager(company: Company) -> str:
    """The cookie of a manager of all branches."""
    staff_id = new_id()
    async with company.database.unit_of_work() as session:
        who = {"login": "srinivas", "name": "Srinivas Rao", "password_hash": "-"}
        session.add(Staff(id=staff_id, branch_id=company.branch_id, **who))
        await session.flush()
        session.add(Grant(id=new_id(), staff_id=staff_id, role="manager", branch_id=None))
        token = sessions.start(session, staff_id, clock.now())
    return f"{cookie_name(company.settings, STAFF_COOKIE)}={token}"
