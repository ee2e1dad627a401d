"""Posting, requests and telling, beside pgbench on the same database in turns."""

import statistics
from dataclasses import dataclass, field

from bench.baseline import Baseline, prepare
from bench.company import Company
from bench.posting import batches, single
from bench.processes import Running, cpu_seconds, running
from bench.report import Table
from bench.telling import Told, told
from bench.web import closing

BATCH = 500
TARGETS = {"one": "0.20", "batch": "0.50", "http": "0.10"}
WHAT = {
    "one": "`post()` of one, each in its own transaction",
    "batch": f"`post()` of {BATCH} in one statement",
    "http": "the full HTTP request: session, permission, CSRF, idempotency, one change",
}
# More than one process can close in a second on any machine we know.
REQUESTS_PER_SECOND = 700


@dataclass(slots=True)
class Figures:
    """What each round measured: (plain, ours) per second by row, and the server's milliseconds per request."""

    pairs: dict[str, list[tuple[float, float]]] = field(default_factory=lambda: {name: [] for name in WHAT})
    request_ms: list[float] = field(default_factory=list)
    told: tuple[Told, Told] | None = None


async def beside(company: Company, rounds: int, seconds: int, clients: int, pace: int) -> list[Table]:
    """Each round takes the plain form and ours in turn, so that the machine's moods meet both."""
    figures = Figures()
    print(f"  preparing … ({clients} clients, {rounds} rounds of {seconds} s)", flush=True)
    theirs, ours = await company.repairs(2000), await company.repairs(2000)
    await prepare(company, theirs)
    plain = Baseline(company, len(theirs), clients)
    batch = await company.repairs(BATCH)
    async with running(company) as site:
        for number in range(rounds):
            print(f"  round {number + 1} of {rounds} …", flush=True)
            figures.pairs["batch"].append(await batches(company, batch, turns=3))
            await company.settle()
            baseline = await plain.per_second(seconds)
            figures.pairs["one"].append((baseline, await single(company, ours, clients, seconds)))
            requests = await _requests(company, site, figures, clients, seconds)
            baseline = statistics.mean((baseline, await plain.per_second(seconds)))
            figures.pairs["http"].append((baseline, requests))
    print("  telling customers …", flush=True)
    cases = await company.cases(840, "resolve")
    await company.settle()
    figures.told = await told(company, cases, clients, pace)
    return [_ratios(figures, plain.name, clients), _costs(figures, pace)]


async def _requests(company: Company, site: Running, figures: Figures, clients: int, seconds: int) -> float:
    cases = await company.cases(seconds * REQUESTS_PER_SECOND, "resolve")
    await company.settle()
    before = cpu_seconds([site.server])
    done, took = await closing(company, site.port, cases, clients, seconds)
    after = cpu_seconds([site.server])
    if before is not None and after is not None:
        figures.request_ms.append(1000 * (after - before) / done)
    return done / took


def _ratios(figures: Figures, plain: str, clients: int) -> Table:
    rows = []
    for name, pairs in figures.pairs.items():
        ratios = [ours / theirs for theirs, ours in pairs]
        cells = [f"{statistics.median(side):,.0f}" for side in zip(*pairs, strict=True)]
        cells += [f"**{statistics.median(ratios):.2f}** ({min(ratios):.2f}–{max(ratios):.2f})", f"≥ {TARGETS[name]}"]
        rows.append([WHAT[name], *cells])
    words = f"{clients} clients. Plain: {plain}; for the batch, one `unnest`. In brackets the lowest and highest round."
    return Table("beside", "Beside pgbench", ["", "plain /s", "ours /s", "ratio", "wanted"], rows, words)


def _costs(figures: Figures, pace: int) -> Table:
    rows = []
    if figures.request_ms:
        rows.append(["server, per HTTP request", f"{statistics.median(figures.request_ms):.1f}", ""])
    words = ""
    if figures.told is not None:
        for pace_words, one in zip(("as fast as it goes", f"{pace} a second"), figures.told, strict=True):
            parts = f"server {one.server:.1f} + worker {one.worker:.1f}"
            name = f"change over HTTP with the customer told, {pace_words} ({parts})"
            rows.append([name, f"{one.together:.1f}", "≤ 8"])
        steady = figures.told[1]
        words = (
            f"From the change to the letter in the mailbox, {pace} changes a second: {steady.half:.0f} ms (half), "
            f"{steady.most:.0f} ms (95 %). PostgreSQL's own processor time is not in these figures."
        )
    return Table("cost", "Processor", ["user and system", "ms", "wanted"], rows, words)
