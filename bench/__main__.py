"""`python -m bench`: a few minutes at most, then a table."""

import argparse
import os
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

import uvloop

from aftersales import clock
from aftersales.db.embedded import EmbeddedServer
from bench.baseline import Baseline, prepare
from bench.company import Company, founded, own_server
from bench.posting import batches, single
from bench.processes import Running, cpu_seconds, running
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


async def measure(server: EmbeddedServer, rounds: int, seconds: int, clients: int, pace: int) -> None:
    """Measure and print. Each round takes the plain form and ours in turn, so that the machine's moods meet both."""
    figures = Figures()
    async with founded(server) as company:
        print(f"Preparing … ({clients} clients, {rounds} rounds of {seconds} s)", flush=True)
        theirs, ours = await company.repairs(2000), await company.repairs(2000)
        await prepare(company, theirs)
        plain = Baseline(company, len(theirs), clients)
        batch = await company.repairs(BATCH)
        async with running(company) as site:
            for number in range(rounds):
                print(f"Round {number + 1} of {rounds} …", flush=True)
                figures.pairs["batch"].append(await batches(company, batch, turns=3))
                await company.settle()
                baseline = await plain.per_second(seconds)
                figures.pairs["one"].append((baseline, await single(company, ours, clients, seconds)))
                requests = await _requests(company, site, figures, clients, seconds)
                baseline = statistics.mean((baseline, await plain.per_second(seconds)))
                figures.pairs["http"].append((baseline, requests))
        print("Telling customers …", flush=True)
        cases = await company.cases(840, "resolve")
        await company.settle()
        figures.told = await told(company, cases, clients, pace)
        print("\n".join(["", *lines(figures, plain.name, clients, pace)]))


async def _requests(company: Company, site: Running, figures: Figures, clients: int, seconds: int) -> float:
    cases = await company.cases(seconds * REQUESTS_PER_SECOND, "resolve")
    await company.settle()
    before = cpu_seconds([site.server])
    done, took = await closing(company, site.port, cases, clients, seconds)
    after = cpu_seconds([site.server])
    if before is not None and after is not None:
        figures.request_ms.append(1000 * (after - before) / done)
    return done / took


def lines(figures: Figures, plain: str, clients: int, pace: int) -> list[str]:
    """The table, in Markdown."""
    day = f"{clock.now():%Y-%m-%d}"
    out = [
        f"{day}, {os.cpu_count()} cores, {clients} clients. Plain: {plain}; for the batch, one `unnest`.",
        "",
        "| | plain /s | ours /s | ratio: min | median | max | wanted |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name, pairs in figures.pairs.items():
        ratios = [ours / theirs for theirs, ours in pairs]
        cells = [f"{statistics.median(side):,.0f}" for side in zip(*pairs, strict=True)]
        cells += [f"{value:.2f}" for value in (min(ratios), statistics.median(ratios), max(ratios))]
        out.append(f"| {WHAT[name]} | {' | '.join(cells)} | ≥ {TARGETS[name]} |")
    return [*out, "", *_costs(figures, pace)]


def _costs(figures: Figures, pace: int) -> Sequence[str]:
    out = ["| processor, user and system | ms | wanted |", "|---|---:|---:|"]
    if figures.request_ms:
        out.append(f"| server, per HTTP request | {statistics.median(figures.request_ms):.1f} | |")
    if figures.told is None:
        return out
    paces = dict(zip(("as fast as it goes", f"{pace} a second"), figures.told, strict=True))
    for words, one in paces.items():
        parts = f"server {one.server:.1f} + worker {one.worker:.1f}"
        out.append(f"| change over HTTP with the customer told, {words} ({parts}) | {one.together:.1f} | ≤ 8 |")
    steady = figures.told[1]
    waited = f"{steady.half:.0f} ms (half), {steady.most:.0f} ms (95 %)"
    return [*out, "", f"From the change to the letter in the mailbox, {pace} changes a second: {waited}."]


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=int, default=4, help="of each measurement")
    parser.add_argument("--clients", type=int, default=2 * (os.cpu_count() or 1), help="two for each core")
    parser.add_argument("--pace", type=int, default=20, help="changes a second, where the pace is steady")
    chosen = parser.parse_args()
    with own_server() as server:
        uvloop.run(measure(server, chosen.rounds, chosen.seconds, chosen.clients, chosen.pace))


if __name__ == "__main__":
    main()
