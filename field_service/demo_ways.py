"""How the demo company's visits and repairs came to where they are: verbs and believable times. Pure."""

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from aftersales.status.machine import Edge, Machine

# Hours that usually pass before a verb is taken.
PACE: Mapping[str, float] = {
    "request": 0.4,
    "schedule": 0.1,
    "confirm": 0.6,
    "dispatch": 3.0,
    "accept": 0.7,
    "depart": 15.0,
    "arrive": 0.6,
    "begin": 0.2,
    "check": 0.2,
    "collect": 0.1,
    "deliver": 0.4,
    "complete": 1.2,
    "conclude": 0.0,
    "open": 0.2,
    "triage": 1.5,
    "diagnose": 2.0,
    "diagnosed": 3.0,
    "estimate": 0.8,
    "await_approval": 0.5,
    "approve": 6.0,
    "decline": 8.0,
    "skip_estimate": 0.5,
    "start": 3.0,
    "await_parts": 2.0,
    "pass": 1.0,
    "hand_over": 0.0,
    "close": 0.1,
}
NOTES: Mapping[str, str] = {
    "decline": "My last visit of the day runs long; I cannot be there in the window.",
    "recall": "Called away to an urgent repair.",
    "miss": "The van broke down on the ring road.",
    "cancel": "The customer's neighbour repaired it.",
    "report_damage": "A dent on the left side that is not on the check photos.",
    "await_parts": "The motor control board is ordered; the supplier says four days.",
    "send_to_vendor": "The panel can be exchanged only in the manufacturer's workshop.",
    "find_no_trouble": "Ran three full programmes under load without a fault.",
    "write_off": "Board and drum together cost more than the unit is worth.",
    "give_up": "The part is no longer made, and no donor was found.",
    "return_as_is": "The customer prefers it back as it is.",
    "replace": "The customer takes the exchange unit.",
    "dispose": "Three written reminders and two calls over ninety days; nobody came.",
    "rework": "Vibrates at high speed: the counterweight was loose.",
}


def way(machine: Machine, target: str, *, without: Collection[str] = ()) -> list[Edge]:
    """The shortest way from nothing to `target` that takes none of the verbs `without`."""
    queue: deque[tuple[str | None, list[Edge]]] = deque([(None, [])])
    seen: set[str | None] = {None}
    while queue:
        status, path = queue.popleft()
        if status == target:
            return path
        for edge in machine.legal(status):
            if edge.verb not in without and edge.to not in seen:
                seen.add(edge.to)
                queue.append((edge.to, [*path, edge]))
    raise ValueError(f"no way to {machine.name}.{target}")


def times(verbs: Sequence[str], begin: datetime, end: datetime) -> list[datetime]:
    """When each verb was taken: at the usual pace, pressed together where that would pass `end`."""
    hours = [PACE.get(verb, 6.0) for verb in verbs]
    available = (end - begin).total_seconds() / 3600
    squeeze = min(1.0, available / (sum(hours) + 0.1))
    found: list[datetime] = []
    at = begin
    for step in hours:
        at += timedelta(hours=step * squeeze)
        found.append(at)
    return found
