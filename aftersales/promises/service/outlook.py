"""What is foreseen of each open case, from the shop's own history: looked at soon after a case is opened, and nightly.

Pages read what is kept; nothing is worked out while somebody waits for one.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from aftersales.outbox.schedule import rearm, schedule
from aftersales.promises import history
from aftersales.promises.forecast import History, Past
from aftersales.promises.history import Lived, Open
from aftersales.promises.service import clocks
from aftersales.promises.signs import Counts, Done
from aftersales.work import Work

FORESEE = "promises.foresee"
SOON, MORE, NIGHT = "soon", "more", "night"
PAGE = 500
_SOON = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
_QUARTER = timedelta(minutes=15)


async def ask(work: Work) -> None:
    """Have new cases looked at within a minute; whoever asks meanwhile is served by the same look."""
    await schedule(work.session, FORESEE, SOON, due_at=work.now + _SOON, data={"after": None, "new": True})


async def foresee(work: Work, after: UUID | None, *, new: bool = False) -> UUID | None:
    """Look at a page of open cases, or of those that nothing was foreseen of, and keep what has changed.

    The key of the last one, None when that was all.
    """
    system = work.as_system()
    machines = list(work.registry.machines.values())
    past = await history.lived(system.session, system.scope, machines)
    open_ = await history.open_page(system.session, system.scope, after, PAGE, new=new)
    known = History(_past(past))
    counts = Counts(_done(past))
    rows = [_row(work.now, one, known, counts) for one in open_]
    changed = [row for one, row in zip(open_, rows, strict=True) if one.said != _said(row)]
    await history.keep(system.session, system.scope, changed)
    return open_[-1].case_id if len(open_) == PAGE else None


async def again_at_night(work: Work) -> None:
    """Have it done once more in the coming night, by the clock of UTC: the night of India."""
    night = work.now.astimezone(UTC).replace(hour=20, minute=30, second=0, microsecond=0)
    due = night if night > work.now else night + timedelta(days=1)
    await rearm(work.session, FORESEE, NIGHT, due_at=due, data={"after": None, "new": False})


def _past(lived: list[Lived]) -> list[Past]:
    """What was withdrawn says nothing of how long it would have taken, nor what ended before it began."""
    return [
        Past(_segment(one), _hours(one.opened), None if one.resolved is None else _hours(one.resolved))
        for one in lived
        if not one.withdrawn and (one.resolved is None or one.resolved >= one.opened)
    ]


def _done(lived: list[Lived]) -> list[Done]:
    return [
        Done(one.model, one.fault, one.visits > 1, one.parts, one.beyond)
        for one in lived
        if one.resolved is not None and not one.withdrawn
    ]


def _segment(one: Lived | Open) -> tuple[str, ...]:
    return (one.category, one.model, one.fault)


def _hours(at: datetime) -> float:
    return at.timestamp() / 3600


def _row(now: datetime, one: Open, known: History, counts: Counts) -> dict[str, Any]:
    found = known.forecast(_segment(one), _hours(now), max(0.0, _hours(now) - _hours(one.opened)))
    signs = counts.of(one.model, one.fault)
    row: dict[str, Any] = {"case_id": one.case_id, "at": now, "counted": signs.counted, "signs": dict(signs.shares)}
    if found is None:
        return row | {"basis": "targets", "p50_at": None, "p90_at": one.due_at, "cases": 0}
    return row | {
        "basis": "history",
        "p50_at": _open_at(one, one.opened + found.p50 * _HOUR),
        "p90_at": _open_at(one, one.opened + found.p90 * _HOUR),
        "cases": found.cases,
    }


def _open_at(one: Open, at: datetime) -> datetime:
    """The next quarter of an hour at which the centre works: nothing is ready while it is closed."""
    working = clocks.calendar_of(one.hours or clocks.SHUT).deadline(at, minutes=1) or at
    over = timedelta(minutes=working.minute % 15, seconds=working.second, microseconds=working.microsecond)
    return working - over + _QUARTER if over else working


def _said(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("basis", "p50_at", "p90_at", "cases", "counted", "signs")}
