"""Verdicts on warranty per second: by the rules alone, and asked over HTTP with every fact read from the database."""

import asyncio
import random
import time
from datetime import date, timedelta

from aftersales.http import STAFF_COOKIE
from aftersales.registry import load_registry
from aftersales.scope import SYSTEM
from aftersales.status.numbers import Numbers
from aftersales.work import Work
from bench.company import NOW, Company
from bench.processes import HOST, running
from bench.report import Table
from warranty import terms
from warranty.rules import Facts, Proof, ProofKind, Service, evaluate

QUESTIONS = 2000
CAUSES = (None, "RD-2", "LQ", "WE-1", "CO-1", "MF")


def pure(rounds: int = 3) -> float:
    """Verdicts per second of the present evaluator over all published terms; the best round."""
    pick = random.Random(7)
    bought = date(2024, 1, 1)
    asked = []
    for _ in range(QUESTIONS):
        day = bought + timedelta(days=pick.randrange(900))
        facts = Facts(
            on=day + timedelta(days=pick.randrange(1200)),
            purchased_on=day,
            delivered_on=day + timedelta(days=2),
            proofs=(Proof(ProofKind.INVOICE, day, "GO/1"), Proof(ProofKind.MANUFACTURE, day)),
            fault="22-B",
            cause=pick.choice(CAUSES),
            services=(Service(day + timedelta(days=200), fault="22-B"),),
        )
        asked.append((pick.choice(terms.VERSIONS).terms, facts))
    found = []
    for _ in range(rounds):
        began = time.perf_counter()
        for one, facts in asked:
            evaluate(one, terms.WORDS, facts)
        found.append(len(asked) / (time.perf_counter() - began))
    return max(found)


async def entitlement(company: Company, clients: int, seconds: int) -> Table:
    """Both rows. Over HTTP each client asks for one unit after the other on one connection."""
    async with company.database.unit_of_work() as session:
        registry, numbers = load_registry(), Numbers(company.database)
        await terms.publish_all(Work(session, SYSTEM, registry, numbers, company.settings, NOW, origin="import"))
    async with running(company) as site:
        began = time.perf_counter()
        done = await asyncio.gather(*(_client(company, site.port, one, began + seconds) for one in range(clients)))
        over_http = sum(done) / (time.perf_counter() - began)
    rows = [
        ["The rules alone, one core", f"{pure():,.0f}"],
        [f"GET /units/{{id}}/cover, {clients} clients", f"{over_http:,.0f}"],
    ]
    words = (
        "Asked about a unit of 200, with every fact read from the database; the rules alone over all published terms."
    )
    return Table("entitlement", "Verdicts on warranty", ("", "per second"), rows, words)


async def _client(company: Company, port: int, number: int, until: float) -> int:
    reader, writer = await asyncio.open_connection(HOST, port)
    head = f"HTTP/1.1\r\nHost: {HOST}:{port}\r\nCookie: {STAFF_COOKIE}={company.session_token}\r\n\r\n"
    done = 0
    while time.perf_counter() < until:
        home = company.households[(number + done * 7) % len(company.households)]
        writer.write(f"GET /api/v1/units/{home.unit_id}/cover {head}".encode())
        answer = await reader.readuntil(b"\r\n\r\n")
        size = answer.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        body = await reader.readexactly(int(size))
        if not answer.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError(f"{answer.splitlines()[0].decode()}: {body.decode()}")
        done += 1
    writer.close()
    return done
