"""How good the forecasts would have been: an event log replayed in the order of time. Pure.

At each case's opening only what was known then is used. What came of it is compared with what would have been said, and
with the plain quantiles of the whole shop at that time.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from aftersales.promises.forecast import MINIMUM, History, Past

SHARES: Final = (0.5, 0.9)
LEVELS: Final = tuple(n / 20 for n in range(1, 20))
MAX_FAULTS = 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class LogError(ValueError):
    """An event log that cannot be read; the message lists the rows and what is wrong in each."""


@dataclass(frozen=True, slots=True)
class Backtest:
    """What the replay showed. Hours. `losses` are mean pinball losses by share: ours, the shop's plain quantiles.

    `coverage` is the part of cases that was done within the forecast; of those still open at the end of the log, only
    the ones that had outlasted it by then can be counted. `calibration` has for each of LEVELS the part that was done.
    """

    cases: int
    without: int
    unknown: int
    coverage: tuple[float, float]
    losses: tuple[tuple[float, float], tuple[float, float]]
    medians: tuple[float, float]
    width: tuple[float, float]
    calibration: tuple[float, ...]

    @property
    def pinball(self) -> float:
        """Our loss as a part of the plain quantiles', over both shares."""
        return sum(ours for ours, _ in self.losses) / sum(plain for _, plain in self.losses)


def read(lines: Iterable[str], *, case: str, opened: str, closed: str, segment: Sequence[str]) -> list[Past]:
    """The cases of a CSV file, one in each row: times in ISO 8601 (UTC where no zone is said), `closed` may be empty.

    Raises LogError.
    """
    rows = csv.DictReader(lines)
    if missing := [name for name in (case, opened, closed, *segment) if name not in (rows.fieldnames or ())]:
        raise LogError(f"the file has no column {', '.join(missing)}; it has {', '.join(rows.fieldnames or ['none'])}")
    found: list[Past] = []
    faults: list[str] = []
    seen: set[str] = set()
    for number, row in enumerate(rows, 2):
        try:
            if row[case] in seen:
                raise ValueError(f"case {row[case]} is there twice")
            seen.add(row[case])
            begin, end = _hours(row[opened]), _hours(row[closed]) if row[closed] else None
            if end is not None and end < begin:
                raise ValueError("closed before it was opened")
            found.append(Past(tuple(row[name] or "" for name in segment), begin, end))
        except ValueError as error:
            faults.append(f"row {number}: {error}")
    if faults:
        more = f"\nand {len(faults) - MAX_FAULTS} more" if len(faults) > MAX_FAULTS else ""
        raise LogError("\n".join(faults[:MAX_FAULTS]) + more)
    return found


def replay(cases: Sequence[Past]) -> Backtest:
    """Forecast each case at its opening, and look what came of it. Raises LogError when there is too little history."""
    history = History(cases)
    end = max((max(one.opened, one.closed or one.opened) for one in cases), default=0.0)
    said: list[tuple[float, float, float, float]] = []
    lasted: list[float] = []
    ended: list[bool] = []
    within: list[float] = []
    without = 0
    for one in cases:
        curve = history.curve(one.segment, one.opened)
        plain = history.global_quantiles(one.opened, SHARES)
        ours = [curve.within(share) for share in SHARES] if curve is not None else [None]
        if curve is None or plain is None or ours[0] is None or ours[1] is None:
            without += 1
            continue
        said.append((ours[0], ours[1], plain[0], plain[1]))
        ended.append(one.closed is not None)
        lasted.append((one.closed if one.closed is not None else end) - one.opened)
        within.append(1 - curve.open_after(lasted[-1]))
    if not any(ended):
        raise LogError(f"nothing to compare: a forecast needs {MINIMUM} closed cases before it, and an end after it")
    return _judged(np.array(said), np.array(lasted), np.array(ended), np.array(within), without)


def _judged(said: np.ndarray, lasted: np.ndarray, ended: np.ndarray, within: np.ndarray, without: int) -> Backtest:
    coverage, losses, unknown = [], [], 0
    for place, share in enumerate(SHARES):
        known = ended | (lasted > said[:, place])
        unknown = max(unknown, int((~known).sum()))
        coverage.append(float((lasted[known] <= said[known, place]).mean()))
        pair = [_pinball(lasted[ended], said[ended, place + offset], share) for offset in (0, 2)]
        losses.append((pair[0], pair[1]))
    return Backtest(
        cases=len(said),
        without=without,
        unknown=unknown,
        coverage=(coverage[0], coverage[1]),
        losses=(losses[0], losses[1]),
        medians=(float(np.median(said[:, 0])), float(np.median(said[:, 1]))),
        width=(float((said[:, 1] - said[:, 0]).mean()), float((said[:, 3] - said[:, 2]).mean())),
        calibration=tuple(float((within[ended] <= level).mean()) for level in LEVELS),
    )


def _pinball(lasted: np.ndarray, said: np.ndarray, share: float) -> float:
    off = lasted - said
    return float(np.maximum(share * off, (share - 1) * off).mean())


def table(found: Backtest) -> str:
    """The figures, for a terminal."""
    (half, ninety), (wide, plain) = found.coverage, found.width
    rows = [
        ("cases with a forecast", f"{found.cases}"),
        (f"without, for want of {MINIMUM} closed ones", f"{found.without}"),
        ("still open, and not yet outlasted", f"{found.unknown}"),
        ("done within P50 (wanted 0.47 to 0.55)", f"{half:.3f}"),
        ("done within P90 (wanted 0.87 to 0.93)", f"{ninety:.3f}"),
        ("pinball loss, part of the shop's plain quantiles'", f"{found.pinball:.3f}"),
        ("  of P50, of P90", ", ".join(f"{ours / theirs:.3f}" for ours, theirs in found.losses)),
        ("median P50, P90 (hours)", f"{found.medians[0]:.1f}, {found.medians[1]:.1f}"),
        ("sharpness: mean P90 - P50 (hours), the plain one's", f"{wide:.1f}, {plain:.1f}"),
    ]
    return "\n".join(f"{words:52} {value}" for words, value in rows)


def plot(found: Backtest) -> str:
    """The calibration as SVG: what was said against what came, with the line on which they are equal."""
    size, edge = 360, 44
    across = size - 2 * edge

    def at(said: float, came: float) -> str:
        return f"{edge + said * across:.1f},{size - edge - came * across:.1f}"

    line = " ".join(
        at(level, came) for level, came in zip((0.0, *LEVELS, 1.0), (0.0, *found.calibration, 1.0), strict=True)
    )
    marks = "".join(
        f'<text x="{edge + n * across:.0f}" y="{size - edge + 16}" text-anchor="middle">{n:.0%}</text>'
        f'<text x="{edge - 6}" y="{size - edge - n * across + 4:.0f}" text-anchor="end">{n:.0%}</text>'
        for n in (0, 0.5, 0.9)
    )
    dots = "".join(
        '<circle cx="{}" cy="{}" r="4" fill="#0b5d57"/>'.format(*at(share, came).split(","))
        for share, came in zip(SHARES, found.coverage, strict=True)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" '
        'font-family="sans-serif" font-size="11">'
        f'<rect width="{size}" height="{size}" fill="#ffffff"/>'
        f'<polyline points="{at(0, 0)} {at(1, 1)}" fill="none" stroke="#8a5a00" stroke-dasharray="4 4"/>'
        f'<polyline points="{line}" fill="none" stroke="#0b5d57" stroke-width="2"/>{dots}{marks}'
        f'<text x="{size / 2}" y="18" text-anchor="middle">{found.cases} cases: done within the forecast</text>'
        f'<text x="{size / 2}" y="{size - 8}" text-anchor="middle">said</text></svg>'
    )


def _hours(given: str) -> float:
    at = datetime.fromisoformat(given.strip())
    return ((at if at.tzinfo else at.replace(tzinfo=UTC)) - _EPOCH) / timedelta(hours=1)
