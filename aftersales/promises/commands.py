"""`aftersales forecast …`: what forecasts would have been worth on a log of one's own."""

import argparse
from pathlib import Path

from aftersales.promises import backtest


def add_arguments(command: argparse.ArgumentParser) -> None:
    """What `aftersales forecast` takes."""
    what = command.add_subparsers(dest="what", required=True, metavar="WHAT")
    about = "replay a log in the order of time and compare what would have been said with what came"
    replay = what.add_parser("backtest", help=about, description=about)
    replay.add_argument("file", type=Path, help="CSV with one case in each row")
    for name, words in (
        ("case", "the column with the case's name"),
        ("opened", "the column with the time of its opening (ISO 8601)"),
        ("closed", "the column with the time of its end; empty while it is open"),
    ):
        replay.add_argument(f"--{name}", required=True, metavar="COL", help=words)
    replay.add_argument("--segment", default="", metavar="COL,COL", help="columns that matter, the coarsest first")
    replay.add_argument("--plot", type=Path, metavar="FILE.svg", help="where to draw the calibration")


def run(chosen: argparse.Namespace) -> None:
    """Print the figures, and draw the plot. Raises LogError for a log that cannot be read."""
    segment = [name.strip() for name in chosen.segment.split(",") if name.strip()]
    with chosen.file.open(encoding="utf-8-sig", newline="") as lines:
        cases = backtest.read(lines, case=chosen.case, opened=chosen.opened, closed=chosen.closed, segment=segment)
    found = backtest.replay(cases)
    print(backtest.table(found))
    if chosen.plot is not None:
        chosen.plot.write_text(backtest.plot(found), encoding="utf-8")
        print(f"calibration drawn in {chosen.plot}")
