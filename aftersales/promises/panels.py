"""The clocks and the ledger as cards of the case page, and what is promised as the customer sees it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from aftersales.i18n import N_, language_called
from aftersales.promises import records
from aftersales.promises.clock import Clock, Reading, State
from aftersales.promises.ledger import End, Kind
from aftersales.promises.records import PromiseView
from aftersales.promises.service import clocks
from aftersales.promises.targets import Shape
from aftersales.status.machine import Category, WaitsOn
from aftersales.work import Work

NAMES = {
    Clock.FIRST_RESPONSE: N_("First response"),
    Clock.NEXT_UPDATE: N_("Next word to the customer"),
    Clock.ARRIVAL: N_("Arrival"),
    Clock.DIAGNOSIS: N_("Diagnosis"),
    Clock.PARTS: N_("Parts"),
    Clock.COMPLETION: N_("Completion"),
    Clock.REFUND: N_("Refund"),
}
OWNERS = {
    WaitsOn.US: N_("us"),
    WaitsOn.CUSTOMER: N_("customer"),
    WaitsOn.PARTS: N_("parts"),
    WaitsOn.SUPPLIER: N_("supplier"),
    WaitsOn.COURIER: N_("courier"),
}
STATES = {
    State.RUNNING: (Category.OPEN, N_("Running")),
    State.PAUSED: (Category.WAITING, N_("Standing: the customer's turn")),
    State.LATE: (Category.TROUBLE, N_("Late")),
    State.KEPT: (Category.DONE, N_("Kept")),
    State.BROKEN: (Category.TROUBLE, N_("Broken")),
    State.WITHDRAWN: (Category.DONE, N_("No longer wanted")),
}


KINDS = {
    Kind.NEXT_UPDATE: N_("Next word"),
    Kind.VISIT_WINDOW: N_("Visit"),
    Kind.COMPLETION: N_("Completion"),
    Kind.REFUND: N_("Refund"),
    Kind.CALL_BACK: N_("Call back"),
    Kind.ANSWER: N_("Answer"),
}
ENDS = {
    "": (Category.OPEN, N_("Open")),
    End.KEPT: (Category.DONE, N_("Kept")),
    End.BROKEN: (Category.TROUBLE, N_("Broken")),
    End.REPLACED: (Category.WAITING, N_("Replaced by a later one")),
    End.WITHDRAWN: (Category.DONE, N_("No longer owed")),
}
BASES = {
    "targets": N_("from the targets"),
    "usual": N_("from the usual two working days"),
    "agreed": N_("as agreed"),
    "history": N_("from our own past cases"),
    "hand": N_("as a colleague decided"),
    "hours": N_("from the hours of the service desk"),
}
_SHOWN = 8
_APOLOGY = timedelta(days=7)


async def card(work: Work, case_id: UUID) -> Mapping[str, Any] | None:
    """The bars of a case's clocks; None where nothing was promised."""
    found = await clocks.shown(work, case_id)
    if found is None or not found.readings:
        return None
    return {
        "rule": found.chosen.words,
        "zone": found.held.zone,
        "clocks": [_bar(reading) for reading in found.readings],
    }


def _bar(reading: Reading) -> dict[str, Any]:
    category, label = STATES[reading.state]
    whole = reading.whole.total_seconds()
    shares = [
        {"owner": str(who), "label": OWNERS[who], "time": spoken(spent), "percent": round(100 * spent / reading.whole)}
        for who, spent in reading.spent.items()
        if whole and spent
    ]
    return {
        "name": NAMES[reading.clock],
        "category": str(category),
        "state": label,
        "target": (reading.target.amount, str(reading.target.shape)),
        "visits": reading.visits if reading.target.shape is Shape.VISITS else None,
        "due": reading.due,
        "ended": reading.ended,
        "level": reading.level,
        "shares": shares,
        "former": [former.due for former in reading.former if former.due is not None],
    }


def spoken(spent: timedelta) -> str:
    """Working time for staff: `2 h 05 min`, `40 min`."""
    minutes = int(spent.total_seconds()) // 60
    return (
        N_("{hours} h {minutes} min").format(hours=minutes // 60, minutes=f"{minutes % 60:02d}")
        if minutes >= 60
        else N_("{minutes} min").format(minutes=minutes)
    )


async def ledger(work: Work, case_id: UUID) -> Mapping[str, Any] | None:
    """What the customer was told of when, and what became of it; None where nothing was promised."""
    found = await records.shown(work.session, work.scope, case_id)
    if found is None or (found[1] is None and not found[2]):
        return None
    zone, foreseen, promises = found
    return {
        "promises": [_line(one) for one in promises[:_SHOWN]],
        "zone": zone,
        "foreseen": foreseen,
    }


def _line(one: PromiseView) -> dict[str, Any]:
    category, label = ENDS[End(one.end) if one.end else ""]
    return {
        "name": KINDS[one.kind],
        "category": str(category),
        "state": label,
        "starts": one.starts_at,
        "due": one.due_at,
        "said": one.said_at,
        "language": language_called(one.language),
        "basis": BASES.get(one.basis, one.basis),
        "came": one.fact_at,
        "late": one.end == End.BROKEN,
    }


async def promised(work: Work, case_id: UUID) -> Mapping[str, Any] | None:
    """What stands, for the customer; and what was not kept of late, for an apology hides nothing."""
    found = await records.shown(work.session, work.scope, case_id)
    if found is None:
        return None
    _, foreseen, promises = found
    open_ = [one for one in promises if one.end is None]
    broken = [one for one in promises if one.end == End.BROKEN and one.due_at > work.now - _APOLOGY][:1]
    # Once nothing is owed, neither is the range of any use.
    if not open_ and not broken and foreseen is None:
        return None
    if foreseen is not None and foreseen.p90_at is not None and foreseen.p90_at <= work.now:
        foreseen = replace(foreseen, p50_at=None, p90_at=None)
    shown = [*broken, *sorted(open_, key=lambda one: one.due_at)]
    return {
        "promises": [
            {"kind": str(one.kind), "starts": one.starts_at, "due": one.due_at, "broken": one.end is not None}
            for one in shown
        ],
        "foreseen": foreseen,
    }
