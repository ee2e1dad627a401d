"""The ledger of promises: what was said, and how it ended. Pure.

A promise begins only with words that contain its time; it ends by what the timeline says, by its time passing, or by a
later one that was told in time and named the time it replaces. The same timeline ends it the same way whenever it is
read: what comes later changes nothing.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from aftersales.promises.course import WITHDRAWN, Step
from aftersales.status.machine import Category, WaitsOn

# The next word goes out by itself so long before its time: sending takes a while too.
AHEAD = timedelta(minutes=15)
# That work takes longer is said so long before its time by itself, unless somebody has said it before.
LATER_AHEAD = timedelta(hours=2)


class Kind(StrEnum):
    """What is promised."""

    NEXT_UPDATE = "next_update"
    VISIT_WINDOW = "visit_window"
    COMPLETION = "completion"
    REFUND = "refund"
    CALL_BACK = "call_back"
    ANSWER = "answer"


class End(StrEnum):
    """How a promise ended."""

    KEPT = "kept"
    BROKEN = "broken"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"


FULFILLED: Mapping[Kind, frozenset[str]] = {
    Kind.NEXT_UPDATE: frozenset({"resolved"}),
    Kind.VISIT_WINDOW: frozenset({"arrived", "collected"}),
    Kind.COMPLETION: frozenset({"ready", "handed_over", "resolved"}),
    Kind.REFUND: frozenset({"refunded"}),
    Kind.CALL_BACK: frozenset({"called", "answered"}),
    Kind.ANSWER: frozenset({"called", "answered"}),
}
"""Milestones that are what was promised. The next word is any of ours that the customer is told."""
A_LITTLE_EARLY = timedelta(minutes=30)
"""So long before a window whoever opens the door has not been failed. Earlier, nobody had to be there."""
_AHEAD = {Kind.NEXT_UPDATE: AHEAD, Kind.COMPLETION: LATER_AHEAD}
BY_A_PERSON = frozenset({"called", "answered"})
"""What a person is promised to do: what a machine does of the kind keeps no such promise."""
OF_A_DOCUMENT = frozenset({Kind.VISIT_WINDOW})
"""Kinds that are promised by one document each; the others by the case."""
ENDS_WITH_ITS_DOCUMENT = OF_A_DOCUMENT | {Kind.COMPLETION}


@dataclass(frozen=True, slots=True)
class Promise:
    """What was said in the message about the timeline's entry `version`. `document` is the one that it is about."""

    kind: Kind
    document: Hashable
    starts: datetime | None
    due: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Ending:
    """How it ended, and the entry of the timeline that says so; none where the time passed and nothing came."""

    end: End
    version: int | None = None
    at: datetime | None = None


def stated(heard: str, time: str) -> bool:
    """Whether words that somebody sees or hears contain the time as it is said there; spaces and lines aside."""
    wanted = " ".join(time.split())
    return bool(wanted) and wanted in " ".join(heard.split())


def judge(promise: Promise, steps: Iterable[Step], now: datetime) -> Ending | None:
    """How the promise ended, by a timeline in its order; None while it stands at `now`."""
    open_: set[Hashable] = set()
    for step in steps:
        ended = _ended(step, open_)
        if step.version <= promise.version:
            continue
        if fulfils(promise, step):
            early = promise.starts is not None and step.at < promise.starts - A_LITTLE_EARLY
            return Ending(End.BROKEN if early or step.at > promise.due else End.KEPT, step.version, step.at)
        if voids(promise, step) or (ended and promise.kind is Kind.COMPLETION):
            return Ending(End.BROKEN if step.at > promise.due else End.WITHDRAWN, step.version, step.at)
    return Ending(End.BROKEN) if now > promise.due else None


def _ended(step: Step, open_: set[Hashable]) -> bool:
    """Whether nothing is under way any more on the case from this entry on; `open_` is kept of what is."""
    if step.document is None or step.stand is None:
        return False
    if step.stand.category is not Category.DONE:
        open_.add(step.document)
        return False
    was = bool(open_)
    open_.discard(step.document)
    return was and not open_


def fulfils(promise: Promise, step: Step) -> bool:
    """Whether an entry of the timeline is what was promised."""
    if promise.kind is Kind.NEXT_UPDATE and step.told:
        return True
    if promise.kind in OF_A_DOCUMENT and step.document != promise.document:
        return False
    reached = step.happened | (step.stand.milestones if step.stand is not None else frozenset())
    return bool(reached & FULFILLED[promise.kind])


def voids(promise: Promise, step: Step) -> bool:
    """Whether nothing is owed any more: the case is wanted no more, or the document has ended or waits for them.

    That work is complete is owed no longer once anything of the case waits for them: they may answer when they like.
    """
    if step.stand is None:
        return False
    if step.document is None:
        return WITHDRAWN in step.stand.milestones
    theirs = step.stand.waits_on is WaitsOn.CUSTOMER
    if promise.kind is Kind.COMPLETION and theirs:
        return True
    over = theirs or step.stand.category is Category.DONE
    return promise.kind in ENDS_WITH_ITS_DOCUMENT and step.document == promise.document and over


def same_matter(one: Promise, other: Promise) -> bool:
    """Whether both promise the same thing, so that only one of them can hold."""
    return one.kind is other.kind and (one.kind not in OF_A_DOCUMENT or one.document == other.document)


def replaces(later: Promise, former: Promise, leaves: datetime, *, named: bool) -> bool:
    """Whether a later promise takes the place of one that stands: its notice names the former time and leaves before.

    If not, both stand, for a promise is never replaced in silence; the former one is then kept or broken by itself.
    """
    return named and same_matter(former, later) and later.version > former.version and leaves <= former.due


def alarm(promise: Promise, said: datetime) -> datetime:
    """When to look at it again: at its time, or before, where something then goes out by itself."""
    return max(min(said, promise.due), promise.due - _AHEAD.get(promise.kind, timedelta()))
