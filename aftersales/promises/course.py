"""The timeline as clocks need it: whose turn it was from when until when, and what was reached. Pure.

Everything follows from what the states themselves declare: category, whose turn it is, milestones.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from typing import Self

from aftersales.promises.targets import Clock
from aftersales.status.machine import Category, WaitsOn


class ClockError(ValueError):
    """A timeline that no clock can be read from: it goes back in time, or has no opening."""


@dataclass(frozen=True, slots=True)
class Stand:
    """What the state that a document has come to declares."""

    category: Category
    waits_on: WaitsOn | None = None
    milestones: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of the timeline as clocks see it.

    `document` is the key of what it is about, None for the case itself, whose status only follows. `stand` is there
    when a status was reached, `told` when it is a word of ours to the customer, `priority` when that changed,
    `happened` what an event is declared to reach.
    """

    version: int
    at: datetime
    document: Hashable | None
    stand: Stand | None = None
    told: bool = False
    priority: str | None = None
    happened: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Turn:
    """A stretch during which it was one party's turn; no end while it lasts."""

    since: datetime
    until: datetime | None
    owner: WaitsOn


@dataclass(frozen=True, slots=True)
class Span:
    """From when until when a clock runs. `withdrawn`: it ended because nothing is wanted any more. `visits` were begun
    by its end."""

    started: datetime
    ended: datetime | None
    withdrawn: bool = False
    visits: int = 0


STARTS: Mapping[Clock, frozenset[str]] = {
    Clock.ARRIVAL: frozenset({"visit_wanted", "scheduled"}),
    Clock.DIAGNOSIS: frozenset({"in_hand", "collected"}),
    Clock.REFUND: frozenset({"refund_due"}),
}
"""Milestones that start a clock; those not named start with the case."""
STOPS: Mapping[Clock, frozenset[str]] = {
    Clock.FIRST_RESPONSE: frozenset({"acknowledged", "scheduled", "arrived", "collected", "diagnosed", "resolved"}),
    Clock.ARRIVAL: frozenset({"arrived", "collected"}),
    Clock.DIAGNOSIS: frozenset({"diagnosed"}),
    Clock.COMPLETION: frozenset({"resolved"}),
    Clock.NEXT_UPDATE: frozenset({"resolved"}),
    Clock.REFUND: frozenset({"refunded"}),
}
WITHDRAWN = "withdrawn"
REOPENED = "reopened"
VISITED = "arrived"


def turn(stands: Iterable[Stand]) -> WaitsOn:
    """Whose turn it is: the customer's if anything waits for them, ours while anything else is open, else of whoever is
    waited for."""
    live = [one for one in stands if one.category is not Category.DONE]
    if any(one.waits_on is WaitsOn.CUSTOMER for one in live):
        return WaitsOn.CUSTOMER
    if any(one.category is not Category.WAITING for one in live):
        return WaitsOn.US
    waited = {one.waits_on for one in live}
    return next((who for who in (WaitsOn.PARTS, WaitsOn.SUPPLIER, WaitsOn.COURIER) if who in waited), WaitsOn.US)


def answered(steps: Sequence[Step], version: int) -> list[Step]:
    """As if whatever began to wait for the customer along with what they answer at `version` waited no more: it follows
    that answer, though the timeline may not say so yet."""
    waits: dict[Hashable, int] = {}
    since: int | None = None
    for step in steps:
        if step.document is None or step.stand is None:
            continue
        if step.stand.waits_on is WaitsOn.CUSTOMER:
            waits.setdefault(step.document, step.version)
        else:
            began = waits.pop(step.document, None)
            since = began if step.version == version else since
    if since is None:
        return list(steps)
    last, open_ = steps[-1], Stand(Category.OPEN)
    return [*steps, *(Step(last.version, last.at, one, open_) for one, began in waits.items() if began >= since)]


@dataclass(frozen=True, slots=True)
class Course:
    """`reached` are the milestones of each status in order, with the case's own under the document None."""

    opened: datetime
    turns: tuple[Turn, ...]
    reached: tuple[tuple[datetime, Hashable | None, frozenset[str]], ...]
    told: tuple[datetime, ...]

    @classmethod
    def of(cls, steps: Sequence[Step]) -> Self:
        """From the entries in the order of the timeline; the first opens the case.

        Raises ClockError when there is none, or time runs backwards between them.
        """
        if not steps:
            raise ClockError("there is no timeline: the case has not been opened")
        for before, after in pairwise(steps):
            if after.at < before.at:
                raise ClockError(f"entry {after.version} ({after.at}) lies before entry {before.version} ({before.at})")
        stands: dict[Hashable, Stand] = {}
        turns = [Turn(steps[0].at, None, WaitsOn.US)]
        reached = []
        for step in steps:
            if step.stand is None:
                continue
            reached.append((step.at, step.document, step.stand.milestones))
            if step.document is None:
                continue
            stands[step.document] = step.stand
            owner = turn(stands.values())
            if owner is not turns[-1].owner:
                turns[-1] = replace(turns[-1], until=step.at)
                turns.append(Turn(step.at, None, owner))
        told = tuple(step.at for step in steps if step.told)
        return cls(steps[0].at, tuple(one for one in turns if one.since != one.until), tuple(reached), told)

    def span(self, clock: Clock) -> Span | None:
        """From when until when it runs; None if it has not begun."""
        if clock is Clock.PARTS:
            return self._parts()
        wanted = STARTS.get(clock)
        started = self.opened if wanted is None else self._first(wanted, self.opened)
        if started is None:
            return None
        # After the customer was not happy, the case runs on to its new end.
        again = [at for at, document, found in self.reached if document is None and REOPENED in found]
        since = again[-1] if again and clock in {Clock.COMPLETION, Clock.NEXT_UPDATE} else started
        ended = self._first(STOPS[clock] | {WITHDRAWN}, since)
        withdrawn = ended is not None and self._first(STOPS[clock], since) != ended
        if clock is Clock.NEXT_UPDATE:
            started = max((at for at in self.told if ended is None or at < ended), default=started)
        visits = {doc for at, doc, found in self.reached if VISITED in found and (ended is None or at <= ended)}
        return Span(started, ended, withdrawn, len(visits))

    def held(self, start: datetime, end: datetime) -> Iterator[tuple[WaitsOn, datetime, datetime]]:
        """Whose turn it was between two instants, without gaps."""
        for one in self.turns:
            since, until = max(one.since, start), end if one.until is None else min(one.until, end)
            if since < until:
                yield one.owner, since, until

    def _first(self, milestones: frozenset[str], since: datetime) -> datetime | None:
        return next((at for at, _, found in self.reached if at >= since and found & milestones), None)

    def _parts(self) -> Span | None:
        """The last time that parts were waited for."""
        waits = [one for one in self.turns if one.owner is WaitsOn.PARTS]
        return Span(waits[-1].since, waits[-1].until) if waits else None
