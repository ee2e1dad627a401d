"""When a case will be done, from the shop's own history: the time that half stay within, and nine in ten. Pure.

A weighted Kaplan-Meier estimate: cases that are still open count as having lasted at least so long. The cases of the
exact segment count in full; those of its parent segment stand behind them with the weight of a few cases, the rest of the
shop behind those. A thin segment thus borrows from its parent, a thick one speaks for itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Closed cases without which no number is named.
MINIMUM = 20
# The newest of these many closed cases of each level; older ones tell of another shop.
WINDOW = 400
# What stands behind a segment weighs as much as so many cases of its own.
BORROWED = 12.0


@dataclass(frozen=True, slots=True)
class Past:
    """One case: its segment from coarse to fine, and hours on any common clock; `closed` is None while it is open."""

    segment: tuple[str, ...]
    opened: float
    closed: float | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """Hours from opening: half of such cases are done by `p50`, nine in ten by `p90`, the one that may be promised.

    `cases` closed ones were used, `own` of them of the exact segment.
    """

    p50: float
    p90: float
    cases: int
    own: int


class Curve:
    """The share of such cases still open after so many hours, and its inverse."""

    def __init__(self, lasted: Floats, ended: NDArray[np.bool_], weights: Floats) -> None:
        order = np.lexsort((~ended, lasted))
        lasted, ended, weights = lasted[order], ended[order], weights[order]
        at_risk = np.cumsum(weights[::-1])[::-1]
        self._times: Floats = lasted[ended]
        self._open: Floats = np.cumprod(1 - np.minimum(1.0, weights / at_risk)[ended])
        total = float(at_risk[0])
        self._effective = total * total / float(weights @ weights)

    def open_after(self, hours: float) -> float:
        """The share that is still open."""
        place = int(np.searchsorted(self._times, hours, side="right"))
        return 1.0 if place == 0 else float(self._open[place - 1])

    def within(self, share: float, age: float = 0.0) -> float | None:
        """Hours by which this share of those that have lasted `age` is done; None when nothing known lasted as long.

        Of few cases the next larger one is taken, as for a prediction of the next case from a sample.
        """
        known = max(1.0, self._effective * self.open_after(age))
        share = min(share * (known + 1) / known, 1 - 1e-9)
        place = int(np.searchsorted(-self._open, -(1 - share) * self.open_after(age) - 1e-12))
        return float(self._times[place]) if place < len(self._times) else None


class History:
    """All cases of a shop, asked as of any moment: what was not yet known then is not used."""

    def __init__(self, cases: Iterable[Past]) -> None:
        listed = sorted(cases, key=lambda one: one.opened)
        self._opened: Floats = np.array([one.opened for one in listed], dtype=float)
        self._closed: Floats = np.array([np.inf if one.closed is None else one.closed for one in listed], dtype=float)
        if np.any(wrong := self._closed < self._opened):
            first = listed[int(np.argmax(wrong))]
            raise ValueError(f"a case was closed ({first.closed}) before it was opened ({first.opened})")
        rows: dict[tuple[str, ...], list[int]] = {}
        for place, one in enumerate(listed):
            for depth in range(len(one.segment) + 1):
                rows.setdefault(one.segment[:depth], []).append(place)
        self._rows = {prefix: np.array(places, dtype=np.int64) for prefix, places in rows.items()}

    def forecast(self, segment: Sequence[str], now: float, age: float = 0.0) -> Forecast | None:
        """For a case of this segment that is `age` hours old now; None below the minimum of history.

        None too when such cases have been open for so long that nobody can tell.
        """
        found = self._known(tuple(segment), now)
        if found is None:
            return None
        curve, cases, own = found
        p50, p90 = curve.within(0.5, age), curve.within(0.9, age)
        return None if p50 is None or p90 is None else Forecast(p50, p90, cases, own)

    def curve(self, segment: Sequence[str], now: float) -> Curve | None:
        """The whole curve, as known at `now`; None below the minimum of history."""
        found = self._known(tuple(segment), now)
        return None if found is None else found[0]

    def global_quantiles(self, now: float, shares: Sequence[float]) -> list[float] | None:
        """The plain quantiles of all cases closed by `now`, for comparison; None below the minimum of history."""
        until = int(np.searchsorted(self._opened, now))
        closed = self._closed[:until]
        done = closed <= now
        if int(done.sum()) < MINIMUM:
            return None
        return [float(q) for q in np.quantile((closed - self._opened[:until])[done], shares)]

    def _known(self, segment: tuple[str, ...], now: float) -> tuple[Curve, int, int] | None:
        """The cases of the segment, then of each parent those that are not its child's, each with its weight."""
        levels: list[NDArray[np.int64]] = []
        weights: list[Floats] = []
        mass = BORROWED
        for depth in range(len(segment), -1, -1):
            found = self._level(segment, depth, now)
            if not levels:
                each = 1.0
            elif depth == 0:
                each = mass / max(1, len(found))
            else:
                each = mass / (len(found) + BORROWED)
                mass *= BORROWED / (len(found) + BORROWED)
            levels.append(found)
            weights.append(np.full(len(found), min(1.0, each)))
        picked = np.concatenate(levels)
        done = self._closed[picked] <= now
        if (cases := int(done.sum())) < MINIMUM:
            return None
        lasted = np.where(done, self._closed[picked], now) - self._opened[picked]
        own = int((self._closed[levels[0]] <= now).sum())
        return Curve(lasted, done, np.concatenate(weights)), cases, own

    def _level(self, segment: tuple[str, ...], depth: int, now: float) -> NDArray[np.int64]:
        """The newest cases of a level that were opened before `now`, WINDOW closed ones among them."""
        members = self._before(segment[:depth], now)
        if depth < len(segment):
            members = np.setdiff1d(members, self._before(segment[: depth + 1], now), assume_unique=True)
        closed = np.flatnonzero(self._closed[members] <= now)
        return members[closed[-WINDOW] :] if len(closed) > WINDOW else members

    def _before(self, prefix: tuple[str, ...], now: float) -> NDArray[np.int64]:
        rows = self._rows.get(prefix, np.empty(0, dtype=np.int64))
        return rows[: int(np.searchsorted(self._opened[rows], now))]
