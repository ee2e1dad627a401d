"""How a case's status follows from its documents, and what it is about in a reader's words. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from aftersales.i18n import N_
from aftersales.status.machine import Category, WaitsOn

SETTLED = frozenset({"cancel_pending", "cancelled", "merged"})
OVER = frozenset({"resolved", "follow_up", "closed"})
# Reached before work has begun: clocks need them, the case does not.
BEFORE = frozenset({"acknowledged", "visit_wanted", "scheduled", "arrived", "in_hand"})
OTHERS = frozenset({WaitsOn.PARTS, WaitsOn.SUPPLIER, WaitsOn.COURIER})


PLANNED_VISIT = N_("Maintenance visit of the plan")


def about(complaint: str) -> str:
    """What a case is about, for a page or a paper: a visit that we planned in the reader's language, what a customer
    said as they said it."""
    return PLANNED_VISIT if complaint == PLANNED_VISIT else complaint


@dataclass(frozen=True, slots=True)
class Part:
    """What the rule needs of one document of the case."""

    category: Category
    waits_on: WaitsOn | None = None
    milestones: frozenset[str] = frozenset()


def follow(status: str, parts: Sequence[Part]) -> tuple[str, ...]:
    """The verbs that bring a case in `status` to where its documents say it is; usually none or one.

    It is the customer's turn if any document waits for the customer. It is resolved when every document has ended and
    something was handed over or concluded; then the follow-up call is due. Otherwise it is in progress once work has
    begun and acknowledged before.
    """
    if status in SETTLED or not parts:
        return ()
    live = [part for part in parts if part.category is not Category.DONE]
    if not live:
        concluded = any(part.milestones & {"handed_over", "concluded"} for part in parts)
        return ("resolve", "ask_follow_up") if concluded and status not in OVER else ()
    if status == "closed":
        return ("reopen",)
    target = _running(live, parts)
    if target == "acknowledged" and status in OVER:
        return ("progress",)
    if target == status or (target == "acknowledged" and status != "received"):
        return ()
    return ({"acknowledged": "acknowledge", "waiting": "wait", "in_progress": "progress"}[target],)


def _running(live: Sequence[Part], parts: Sequence[Part]) -> str:
    if any(part.waits_on is WaitsOn.CUSTOMER for part in live):
        return "waiting"
    if any(part.waits_on in OTHERS for part in live) and not any(part.category is Category.OPEN for part in live):
        return "waiting"
    begun = any(part.milestones - BEFORE for part in parts)
    begun = begun or any(part.category is Category.TROUBLE for part in live)
    return "in_progress" if begun else "acknowledged"
