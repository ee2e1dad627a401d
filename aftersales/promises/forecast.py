"""When a case will be done, from the shop's own history: the time that half stay within, and nine in ten. Pure.

A weighted Kaplan-Meier estimate (Kaplan and Meier 1958): cases that are still open count as having lasted at least so
long. The cases of the exact segment count in full; those of its parent stand behind them with the weight of a few
cases, and the rest of the shop behind those. What is borrowed is how much longer or shorter each of them took than is
usual where it belongs, counted from what is usual in the segment: how much cases differ is much alike where how long
they last is not. A thin segment thus borrows from its parent, a thick one speaks for itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

# Closed cases without which no number is named.
MINIMUM = 20
# The newest of these many closed cases of each level; older ones tell of another shop.
WINDOW = 400
# What stands behind a segment weighs as much as so many cases of its own.
BORROWED = 30.0
# How long cases of a segment usually last is better known than how much they differ: it leans on fewer others.
LEANED = 2.0
# Hours that count as none: what was closed as soon as it was opened.
MOMENT = 1 / 60


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

        Of few cases a little more than the share is taken: the next one is predicted from a sample, and what is usual
        in its segment is not known exactly either.
        """
        left = self.open_after(age)
        if left <= 0:
            return None
        known = max(1.0, self._effective * left)
        share = min(share * (known + 1) / known, 1 - 1e-9)
        place = int(np.searchsorted(-self._open, -(1 - share) * left - 1e-12))
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
        depths = range(max((len(one.segment) for one in listed), default=0) + 1)
        self._codes = [_numbered(one.segment[:depth] for one in listed) for depth in depths]
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
        levels = [self._level(segment, depth, now) for depth in range(len(segment), -1, -1)]
        picked = np.concatenate(levels)
        done = self._closed[picked] <= now
        if (cases := int(done.sum())) < MINIMUM:
            return None
        lasted = np.where(done, self._closed[picked], now) - self._opened[picked]
        logs = np.log(np.maximum(lasted, MOMENT))
        sizes = [len(level) for level in levels]
        near = np.repeat(np.arange(len(segment), -1, -1), sizes)
        own, here = _usual([codes[picked] for codes in self._codes[: len(segment) + 1]], near, logs, done)
        moved = np.where(near == len(segment), lasted, np.exp(logs - own + here))
        return Curve(moved, done, np.repeat(_weights(sizes), sizes)), cases, int(done[: sizes[0]].sum())

    def _level(self, segment: tuple[str, ...], depth: int, now: float) -> Places:
        """The newest cases of a level that were opened before `now`, WINDOW closed ones among them."""
        members = self._before(segment[:depth], now)
        if depth < len(segment):
            child = self._before(segment[: depth + 1], now)
            if len(child):
                codes = self._codes[depth + 1]
                members = members[codes[members] != codes[child[0]]]
        closed = np.flatnonzero(self._closed[members] <= now)
        return members[closed[-WINDOW] :] if len(closed) > WINDOW else members

    def _before(self, prefix: tuple[str, ...], now: float) -> Places:
        rows = self._rows.get(prefix, np.empty(0, dtype=np.int64))
        return rows[: int(np.searchsorted(self._opened[rows], now))]


def _numbered(prefixes: Iterable[tuple[str, ...]]) -> Places:
    numbers: dict[tuple[str, ...], int] = {}
    return np.array([numbers.setdefault(prefix, len(numbers)) for prefix in prefixes], dtype=np.int64)


def _weights(sizes: Sequence[int]) -> list[float]:
    """Of one case of each level, from the exact segment outwards."""
    weights, mass = [1.0], BORROWED
    for place, size in enumerate(sizes[1:], 2):
        rest = 0.0 if place == len(sizes) else BORROWED
        weights.append(min(1.0, mass / max(1.0, size + rest)))
        mass *= rest / (size + rest) if rest else 0.0
    return weights


def _usual(groups: Sequence[Places], near: Places, logs: Floats, done: NDArray[np.bool_]) -> tuple[Floats, float]:
    """How long cases usually last, as logarithms: where each of them belongs, itself left out, and in the segment that
    is asked for.

    That is itself shrunk: from the whole shop inwards, each level counts by its closed cases against the weight of what
    it borrows. `groups` has for each depth the part of the shop that each case belongs to there, `near` how deep it
    shares the one that is asked for.
    """
    own, here, ended = np.zeros(len(logs)), np.zeros(1), done.astype(float)
    for depth, codes in enumerate(groups):
        counts, sums = (np.bincount(codes, one).astype(float) for one in (ended, logs * ended))
        lean = LEANED if depth else 0.0
        alike = codes[near >= depth][:1]
        if len(alike):
            here = _shrunk(here, counts[alike], sums[alike], lean)
        itself = ended if depth == len(groups) - 1 else np.zeros(len(logs))
        own = _shrunk(own, counts[codes] - itself, sums[codes] - logs * itself, lean)
    return own, float(here[0])


def _shrunk(usual: Floats, counts: Floats, sums: Floats, lean: float) -> Floats:
    return usual + (sums - counts * usual) / np.maximum(counts + lean, 1.0)
