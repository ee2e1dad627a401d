"""The way that a past repair took, from the statuses that were written down; and its case's way beside it. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from aftersales.cases.machine import CASE
from aftersales.cases.rules import Part, follow
from aftersales.status.machine import Category, Edge
from field_service.repairs.machine import REPAIR_ORDER

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
CONCLUDED = frozenset({"handed_over", "concluded"})


@dataclass(frozen=True, slots=True)
class Step:
    """One line of a repair's history: what was done when, with the words that were written down."""

    edge: Edge
    at: datetime
    note: str | None = None


def edge_to(status: str | None, target: str) -> Edge | None:
    """The move from `status` (None: at the beginning) to `target`; None if the machine knows no such move."""
    return next((edge for edge in REPAIR_ORDER.legal(status) if edge.to == target), None)


def possible_after(status: str | None) -> list[str]:
    """The statuses that may follow, for whoever corrects a file."""
    return sorted({edge.to for edge in REPAIR_ORDER.legal(status)})


def instant(at: datetime, zone: str, now: datetime) -> datetime:
    """The instant that a line names; without an offset, on the wall clock of `zone`. ValueError says what is wrong."""
    local = at if at.tzinfo is not None else at.replace(tzinfo=ZoneInfo(zone))
    found = local.astimezone(UTC)
    if at.tzinfo is None and found.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != at:
        raise ValueError("did not exist on the clocks there: they were put forward over it")
    if found > now:
        raise ValueError("is in the future")
    if found < EARLIEST:
        raise ValueError(f"is before {EARLIEST.year}")
    return found


def case_verbs(case_status: str, repair_status: str) -> Iterator[str]:
    """What the case does when its repair has come to `repair_status`.

    As `cases.rules.follow` says, but past work asks for no more calls: what was handed over is closed, and what ended
    with nothing is cancelled.
    """
    state = REPAIR_ORDER.by_state[repair_status]
    part = Part(state.category, state.waits_on, state.milestones)
    for verb in follow(case_status, [part]):
        yield "close" if verb == "ask_follow_up" else verb
    if part.category is Category.DONE and not part.milestones & CONCLUDED and _running(case_status):
        yield from ("request_cancel", "confirm_cancel")


def _running(case_status: str) -> bool:
    return case_status in CASE.by_verb["request_cancel"].sources
