"""The clocks as a card of the case page."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from aftersales.i18n import N_
from aftersales.promises.clock import Clock, Reading, State
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
