"""`python -m bench`: some minutes, then tables; with `--write` they go into docs/performance.md."""

import argparse
import os

import uvloop

from bench.beside import beside
from bench.company import founded, own_server
from bench.due import watch
from bench.entitlement import entitlement
from bench.following import following, has_browser
from bench.growth import growth
from bench.handover import hand_over, wake_up
from bench.report import Table, write
from bench.scanning import scanning
from bench.starting import starting
from bench.updating import handed, with_row, woken
from bench.watching import watching

FAMILIES = ("beside", "growth", "handover", "wakeup", "live", "page", "due", "entitlement", "scanning", "start")
WHERE_IT_GOES = "docs/performance.md"


async def measure(chosen: argparse.Namespace) -> list[Table]:
    """The tables of the families that were chosen; each on a server of its own."""
    tables: list[Table] = []
    for family in chosen.only or (one for one in FAMILIES if one != "page" or has_browser()):
        print(f"{family} …", flush=True)
        tables += await _family(family, chosen)
    return tables


async def _family(family: str, chosen: argparse.Namespace) -> list[Table]:
    if family == "growth":
        return [await growth(chosen.scale, chosen.requests)]
    with own_server() as server:
        async with founded(server) as company:
            if family == "beside":
                return await beside(company, chosen.rounds, chosen.seconds, chosen.clients, chosen.pace)
            if family == "handover":
                table = await hand_over(company, await company.repairs(5000), chosen.rounds)
                row = await handed(company, 5000, chosen.rounds)
                return [with_row(table, row, "Updates: 5,000 cases, from the change to a channel that does nothing.")]
            if family == "wakeup":
                table = await wake_up(company, await company.repairs(20 * chosen.pace), chosen.pace)
                row = await woken(company, 200, chosen.pace)
                return [with_row(table, row, "Updates: 200 changes, one after the other, a channel that does nothing.")]
            if family == "live":
                return [await watching(company)]
            if family == "page":
                return [await following(company, 30)]
            if family == "entitlement":
                return [await entitlement(company, chosen.clients, chosen.seconds)]
            if family == "scanning":
                return [await scanning(company, chosen.rounds)]
            if family == "due":
                return [await watch(company)]
            return await starting(company, chosen.changes, chosen.clients)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=FAMILIES, help="again for each; all of them without")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=int, default=4, help="of each measurement")
    parser.add_argument("--clients", type=int, default=2 * (os.cpu_count() or 1), help="two for each core")
    parser.add_argument("--pace", type=int, default=20, help="changes a second, where the pace is steady")
    parser.add_argument("--scale", type=int, default=100_000, help="cases of the grown company; 1000000 takes long")
    parser.add_argument("--requests", type=int, default=200, help="for each page of the growing company")
    parser.add_argument("--changes", type=int, default=10_000, help="before memory is looked at again")
    parser.add_argument("--write", action="store_true", help=f"put what was measured into {WHERE_IT_GOES}")
    chosen = parser.parse_args()
    tables = uvloop.run(measure(chosen))
    for table in tables:
        print("\n".join(["", *table.lines()]))
    if chosen.write:
        write(tables)
        print(f"\nWritten into {WHERE_IT_GOES}.")


if __name__ == "__main__":
    main()
