"""What visits and repairs of one case say together. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from aftersales.i18n import N_

CUSTOMER, TECHNICIAN, CENTRE, SUPPLIER = "customer", "technician", "centre", "supplier"
DONE, NOW, NEXT = "done", "now", "next"

_AWAY = {"handed_over": CUSTOMER, "closed": CUSTOMER, "at_vendor": SUPPLIER}
# At intake the unit may still be on the van, and these say nothing of where it is.
_SILENT = frozenset({"intake", "replaced", "disposed", "cancelled"})

_FOUND = frozenset(
    {
        "estimating",
        "awaiting_approval",
        "approved",
        "declined",
        "options_offered",
        "awaiting_parts",
        "in_repair",
        "quality_check",
        "beyond_economical_repair",
        "unrepairable",
        "no_trouble_found",
    }
)
_AGREED = frozenset({"approved", "awaiting_parts", "in_repair", "quality_check", "at_vendor"})
_READY = frozenset({"ready", "unclaimed", "handed_over", "closed"})
_GONE = frozenset({"rebooked", "cancelled"})

# Each step in the words for when it is done, and for until then.
Titles = tuple[str, str]
_COLLECTED: Titles = (N_("Collected from your home"), N_("We collect it from your home"))
_DIAGNOSED: Titles = (N_("Fault found"), N_("We find the fault"))
_ACCEPTED: Titles = (N_("Repair agreed"), N_("We agree on the repair with you"))
_REPAIRED: Titles = (N_("Repaired and checked"), N_("We repair and check it"))
_RETURNED: Titles = (N_("Back with you"), N_("We bring it back to you"))
_BOOKED: Titles = (N_("Visit agreed"), N_("We agree on a visit"))
_COME: Titles = (N_("Technician with you"), N_("Our technician comes to you"))
_WORKED: Titles = (N_("Work done"), N_("We do the work"))


@dataclass(frozen=True, slots=True)
class Leg:
    """A visit as far as the whole way goes."""

    kind: str
    status: str
    changed_at: datetime
    custody: str | None = None


@dataclass(frozen=True, slots=True)
class Bench:
    """A repair order as far as the whole way goes. `walk_in` came over the counter, not with a pickup."""

    status: str
    changed_at: datetime
    walk_in: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the customer's page; `state` is done, now or next. What is not done yet is not told as if it were."""

    title: str
    state: str


def holder(legs: Iterable[Leg], orders: Iterable[Bench]) -> str:
    """Who has the unit now: customer, technician, centre or supplier; whoever had it last in time."""
    known: list[tuple[datetime, str]] = [(leg.changed_at, leg.custody) for leg in legs if leg.custody is not None]
    for order in orders:
        if order.status not in _SILENT:
            known.append((order.changed_at, _AWAY.get(order.status, CENTRE)))
        elif order.status == "intake" and order.walk_in:
            known.append((order.changed_at, CENTRE))
    return max(known)[1] if known else CUSTOMER


def steps(legs: Sequence[Leg], order: Bench | None, *, given_back: bool = False) -> list[Step]:
    """The way of a unit as its owner sees it; empty for a case that needs neither fetching nor a bench. What is fetched
    to be `given_back` is not repaired.

    Each step is done once a later one has begun; the first that is not done is now.
    """
    live = [leg for leg in legs if leg.status not in _GONE]
    pickup = next((leg for leg in reversed(live) if leg.kind == "pickup"), None)
    drop = next((leg for leg in reversed(live) if leg.kind == "drop"), None)
    on_site = next((leg for leg in reversed(live) if leg.kind not in ("pickup", "drop")), None)
    if order is None and pickup is None and drop is None:
        return _on_site(on_site) if on_site else []
    if order is None and given_back:
        return _marked([(_COLLECTED, _over(pickup))])
    status = order.status if order else ""
    reached = [
        (_COLLECTED, order is not None or _over(pickup)) if pickup or not order else None,
        (_DIAGNOSED, status in _FOUND or status in _AGREED or status in _READY),
        (_ACCEPTED, status in _AGREED or status in _READY),
        (_REPAIRED, status in _READY),
        (_RETURNED, status in ("handed_over", "closed") or _over(drop)),
    ]
    return _marked([one for one in reached if one is not None])


def _on_site(leg: Leg) -> list[Step]:
    return _marked(
        [
            (_BOOKED, leg.status not in ("requested", "scheduled")),
            (_COME, leg.status in ("arrived", "in_progress", "completed", "closed")),
            (_WORKED, leg.status in ("completed", "closed")),
        ]
    )


def _over(leg: Leg | None) -> bool:
    return leg is not None and leg.status in ("collected", "delivered", "completed", "closed")


def _marked(reached: Sequence[tuple[Titles, bool]]) -> list[Step]:
    last = max((place for place, (_, done) in enumerate(reached) if done), default=-1)
    states = [DONE if place <= last else NOW if place == last + 1 else NEXT for place in range(len(reached))]
    return [
        Step(titles[0] if state == DONE else titles[1], state)
        for (titles, _), state in zip(reached, states, strict=True)
    ]
