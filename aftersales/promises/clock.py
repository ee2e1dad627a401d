"""The clocks of a case: read from its timeline, never kept by hand. Pure.

What they say is a function of the steps of the timeline, the policy's version, the calendar's version and the present
moment: reading them again with the same four says the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from aftersales.promises.course import ClockError, Course, Span, Stand, Step, turn
from aftersales.promises.targets import Chosen, Clock, Facts, Shape, Target, Targets
from aftersales.promises.worktime import WorkCalendar
from aftersales.status.machine import WaitsOn

__all__ = ["Clock", "ClockError", "Reading", "Stand", "State", "Step", "read", "turn"]

_NONE = timedelta(0)
_MINUTE = timedelta(minutes=1)
# What times the waiting for parts, or asks for a word, does not stand still because somebody waits.
_STEADY = frozenset({Clock.PARTS, Clock.NEXT_UPDATE, Clock.FIRST_RESPONSE})


class State(StrEnum):
    """How a clock stands."""

    RUNNING = "running"
    PAUSED = "paused"
    LATE = "late"
    KEPT = "kept"
    BROKEN = "broken"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Pause:
    """From when until when a clock stood, and who was waited for; no end while it stands."""

    since: datetime
    until: datetime | None
    owner: WaitsOn


@dataclass(frozen=True, slots=True)
class Former:
    """The deadline that held until the change of priority at `version`."""

    version: int
    due: datetime | None
    target: Target


@dataclass(frozen=True, slots=True)
class Reading:
    """What one clock says.

    `due` is None while it stands, or where the calendar has no hours. `spent` is the working time from the start until
    now or its end, by whose turn it was; `whole` is their sum. `level` is the highest of the policy's warnings that has
    been reached, 100 from the deadline on; `tier` counts the escalations that are due. `next` is when it will say
    something else if nothing happens, None if never. `visits` are those begun, for a target that counts them.
    """

    clock: Clock
    target: Target
    started: datetime
    due: datetime | None
    ended: datetime | None
    state: State
    pauses: tuple[Pause, ...]
    spent: Mapping[WaitsOn, timedelta]
    whole: timedelta
    level: int
    tier: int
    next: datetime | None
    visits: int
    former: tuple[Former, ...] = ()


def read(
    steps: Sequence[Step], facts: Facts, targets: Targets, calendar: WorkCalendar, now: datetime
) -> tuple[Chosen, tuple[Reading, ...]]:
    """What all clocks of a case say at `now`, and the rule that chose their targets.

    `steps` are in the order of the timeline; the first opens the case. A change of priority counts from the original
    start, with all pauses. Raises ClockError when there is no step, or time runs backwards.
    """
    course = Course.of(steps)
    if now < steps[-1].at:
        raise ClockError(f"{now} lies before the last entry ({steps[-1].at})")
    chosen, formers = _choices(steps, facts, targets)
    watch = _Watch(course, targets, calendar)
    found = []
    for clock, target in chosen.targets.items():
        span = course.span(clock)
        if span is not None:
            reading = watch.reading(clock, target, span, now)
            former = tuple(
                Former(step.version, watch.due_at(step.at, span, past.targets[clock], clock), past.targets[clock])
                for step, past in formers
                if clock in past.targets and span.started <= step.at
            )
            found.append(replace(reading, former=former))
    return chosen, tuple(found)


def _choices(steps: Sequence[Step], facts: Facts, targets: Targets) -> tuple[Chosen, list[tuple[Step, Chosen]]]:
    """What holds now, and what held until each change of priority."""
    chosen, formers = targets.choose(facts), []
    for step in steps:
        if step.priority is not None and step.priority != facts.priority:
            formers.append((step, chosen))
            facts = replace(facts, priority=step.priority)
            chosen = targets.choose(facts)
    return chosen, formers


@dataclass(frozen=True, slots=True)
class _Watch:
    """One case's course under one policy and calendar."""

    course: Course
    targets: Targets
    calendar: WorkCalendar

    def reading(self, clock: Clock, target: Target, span: Span, now: datetime) -> Reading:
        """What the clock says at `now`."""
        end = span.ended or now
        pauses = self._pauses(clock, span)
        stood = _stood(pauses, end)
        limit = self._limit(span.started, target, stood)
        standing = span.ended is None and any(pause.until is None for pause in pauses)
        late = _late(target, span, limit, end)
        spent = dict.fromkeys(WaitsOn, _NONE)
        for who, since, until in self.course.held(span.started, end):
            spent[who] += self.calendar.elapsed(since, until)
        level, warnings = self._levels(span.started, limit, stood, end)
        tier, tiers = self._tiers(limit if late else None, end)
        coming = [at for at in (*warnings, *tiers, limit) if at is not None and at > end]
        quiet = span.ended is not None or (standing and not late)
        return Reading(
            clock=clock,
            target=target,
            started=span.started,
            due=None if standing and not late else limit,
            ended=span.ended,
            state=_state(span, late=late, standing=standing),
            pauses=pauses,
            spent=spent,
            whole=sum(spent.values(), _NONE),
            level=100 if late else level,
            tier=tier,
            next=None if quiet else min(coming, default=None),
            visits=span.visits,
        )

    def due_at(self, at: datetime, span: Span, target: Target, clock: Clock) -> datetime | None:
        """When the target was due, as it was known at an instant."""
        return self._limit(span.started, target, _stood(self._pauses(clock, span), at))

    def _pauses(self, clock: Clock, span: Span) -> tuple[Pause, ...]:
        if clock in _STEADY:
            return ()
        return tuple(
            Pause(one.since, one.until, one.owner)
            for one in self.course.turns
            if one.owner in self.targets.pausing
            and (one.until is None or one.until > span.started)
            and (span.ended is None or one.since < span.ended)
        )

    def _limit(self, start: datetime, target: Target, pauses: Sequence[tuple[datetime, datetime]]) -> datetime | None:
        if target.shape is Shape.BUSINESS_DAYS:
            return self.calendar.deadline(start, business_days=target.amount, pauses=pauses)
        if target.working is None:
            return None
        return self.calendar.deadline(start, minutes=target.working / _MINUTE, pauses=pauses)

    def _levels(
        self,
        start: datetime,
        limit: datetime | None,
        stood: Sequence[tuple[datetime, datetime]],
        end: datetime,
    ) -> tuple[int, list[datetime]]:
        """The highest warning reached, and when those to come are."""
        if limit is None:
            return 0, []
        total = self.calendar.elapsed(start, limit, stood)
        used = self.calendar.elapsed(start, end, stood)
        level, coming = 0, []
        for percent in self.targets.warn:
            share = total * percent / 100
            if used >= share:
                level = percent
            elif (at := self.calendar.deadline(start, minutes=share / _MINUTE, pauses=stood)) is not None:
                coming.append(at)
        return level, coming

    def _tiers(self, broken: datetime | None, end: datetime) -> tuple[int, list[datetime]]:
        """How many tiers know of a breach, and when the others will."""
        if broken is None:
            return 0, []
        reached, coming = 0, []
        for tier in self.targets.escalate:
            at = broken if not tier.after else self.calendar.deadline(broken, minutes=tier.after / _MINUTE)
            if at is not None and at <= end:
                reached += 1
            elif at is not None:
                coming.append(at)
        return reached, coming


def _stood(pauses: Sequence[Pause], end: datetime) -> list[tuple[datetime, datetime]]:
    """As if every pause that is still open ended at that instant."""
    return [(p.since, end if p.until is None else min(p.until, end)) for p in pauses if p.since < end]


def _late(target: Target, span: Span, limit: datetime | None, end: datetime) -> bool:
    if target.shape is Shape.VISITS:
        return span.visits > target.amount
    if limit is None:
        return False
    # What ends at its deadline is kept; what has not ended by then is late.
    return end > limit if span.ended is not None else end >= limit


def _state(span: Span, *, late: bool, standing: bool) -> State:
    if span.withdrawn:
        return State.WITHDRAWN
    if span.ended is not None:
        return State.BROKEN if late else State.KEPT
    if late:
        return State.LATE
    return State.PAUSED if standing else State.RUNNING
