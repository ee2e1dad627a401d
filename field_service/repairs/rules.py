"""Decisions about repairs on plain values. Pure."""

from collections.abc import Mapping

from aftersales.i18n import N_
from field_service.labels import CAUSES

_DECIDE_FIRST = (
    "repair_order.undecided",
    N_("The warranty claim is not decided yet: have the cause confirmed there first."),
)
_FREE = ("repair_order.covered", N_("This repair is covered in full: repair it without an estimate."))
_ASK_FIRST = (
    "repair_order.not_covered",
    N_("This repair is not covered in full: the customer must agree to an estimate first."),
)

COVERED = "covered"
UNDECIDED = "undecided"
NOT_COVERED = "not_covered"

GIVEN_BACK = frozenset(
    {
        "pickup_scheduled",
        "in_transit",
        "partially_received",
        "received",
        "inspecting",
        "dispositioned",
        "resolution_pending",
        "resolved",
    }
)
"""Where a `return` stands whose unit is fetched to be given back: it is not brought in for repair."""


def needs_photo(cause_code: str) -> bool:
    """Whether the cause must be shown on a photo before it may be recorded."""
    return CAUSES[cause_code].excluded


def standing(*, in_full: bool, decided: bool, cause_code: str | None) -> str:
    """What the coverage answer means for the money: `covered`, `undecided` or `not_covered`.

    What the terms cover stays covered until two people have decided otherwise; a cause that the terms exclude makes an
    answer that is not decided yet `undecided`: then neither is the repair free, nor may the customer be charged.
    """
    if not in_full:
        return NOT_COVERED
    excluded = cause_code is not None and cause_code in CAUSES and CAUSES[cause_code].excluded
    return UNDECIDED if excluded and not decided else COVERED


def estimate_refusal(stand: str) -> tuple[str, str] | None:
    """Code and sentence when no estimate may be made, else None."""
    return {COVERED: _FREE, UNDECIDED: _DECIDE_FIRST}.get(stand)


def skip_refusal(stand: str) -> tuple[str, str] | None:
    """Code and sentence when the estimate may not be skipped, else None."""
    return {NOT_COVERED: _ASK_FIRST, UNDECIDED: _DECIDE_FIRST}.get(stand)


REACTIONS: Mapping[str, str] = {
    "sent": "await_approval",
    "approved": "approve",
    "partly_approved": "approve",
    "declined": "decline",
}
_LEGAL_FROM: Mapping[str, frozenset[str]] = {
    "await_approval": frozenset({"estimating"}),
    "approve": frozenset({"estimating", "awaiting_approval"}),
    "decline": frozenset({"estimating", "awaiting_approval"}),
}


def reaction(estimate_status: str | None, repair_status: str) -> str | None:
    """The verb that follows when the order's estimate has reached a status; None when it comes late or is no news."""
    verb = REACTIONS.get(estimate_status or "")
    return verb if verb is not None and repair_status in _LEGAL_FROM[verb] else None


def delivery_verbs(repair_status: str, *, finished: bool) -> tuple[str, ...]:
    """The verbs that follow when the drop has delivered the unit, and once it is `finished`."""
    verbs: tuple[str, ...] = ()
    if repair_status in ("ready", "unclaimed"):
        verbs = ("hand_over",)
    if finished and (verbs or repair_status == "handed_over"):
        verbs = (*verbs, "close")
    return verbs
