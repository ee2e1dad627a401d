"""When another product is offered unasked, and which. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from aftersales.money import HALF_UP, Money
from warranty.rules.facts import Done, Service, add_months
from warranty.rules.terms import Replacing, Terms


class Trigger(StrEnum):
    """What opens an offer, in the order in which it is looked for."""

    ARRIVAL = "dead_on_arrival"
    FAILURES = "third_failure"
    PART = "part_unavailable"


class Rung(StrEnum):
    """What is offered: the first that is possible, in the order of declaration."""

    SAME = "same_model"
    EQUIVALENT = "equivalent"
    UPGRADE = "upgrade"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class Troubles:
    """What has happened to a unit: the day this fault was reported, the day it came into use, how often it has failed
    in the same way with this time, and for how many days a part has been waited for (None: for none)."""

    reported_on: date
    in_use_since: date | None
    failures: int
    waiting_days: int | None = None


def triggered(limits: Replacing, troubles: Troubles) -> Trigger | None:
    """What opens an offer; None if nothing does."""
    since = troubles.in_use_since
    if since is not None and 0 <= (troubles.reported_on - since).days <= limits.arrival_days:
        return Trigger.ARRIVAL
    if troubles.failures >= limits.same_failures:
        return Trigger.FAILURES
    if troubles.waiting_days is not None and troubles.waiting_days >= limits.part_days:
        return Trigger.PART
    return None


def failures(terms: Terms, services: Sequence[Service], fault: str | None, cause: str | None) -> int:
    """How often the unit has failed in one way: its repairs of this fault, cause or component, and this time."""
    component = terms.component(fault, cause)

    def same(service: Service) -> bool:
        if fault and fault == service.fault:
            return True
        if cause and cause == service.cause:
            return True
        return component is not None and terms.component(service.fault, service.cause) == component

    return 1 + sum(service.what is Done.REPAIR and same(service) for service in services)


@dataclass(frozen=True, slots=True)
class Model:
    """A model of the catalogue. `price_minor` in minor units of `currency`."""

    id: UUID
    brand_id: UUID
    price_minor: int
    currency: str
    active: bool = True


@dataclass(frozen=True, slots=True)
class Choice:
    """One rung: a model, or the money that is left of the price."""

    rung: Rung
    product_id: UUID | None = None
    amount_minor: int | None = None
    currency: str = ""


def ladder(limits: Replacing, own: Model, catalogue: Sequence[Model], months: int) -> tuple[Choice, ...]:
    """Everything that can be offered, best first; never empty, since what is left of the price always can be.

    `catalogue` are models of the same kind of product, `months` the age of the unit. Equivalent is what costs about the
    same (`limits.near_percent`), of the same brand before others and the nearest in price first; an upgrade is the
    cheapest of those that cost more.
    """
    found = [Choice(Rung.SAME, own.id)] if own.active else []
    others = [one for one in catalogue if one.active and one.id != own.id and one.currency == own.currency]
    near = [one for one in others if _off(own, one) * 100 <= own.price_minor * limits.near_percent]
    if near:
        best = min(near, key=lambda one: (one.brand_id != own.brand_id, _off(own, one), str(one.id)))
        found.append(Choice(Rung.EQUIVALENT, best.id))
    better = [one for one in others if one not in near and one.price_minor > own.price_minor]
    if better:
        best = min(better, key=lambda one: (one.price_minor, one.brand_id != own.brand_id, str(one.id)))
        found.append(Choice(Rung.UPGRADE, best.id))
    left = depreciated(limits, Money(own.currency, own.price_minor), months)
    return (*found, Choice(Rung.REFUND, amount_minor=left.minor, currency=left.currency))


def _off(own: Model, other: Model) -> int:
    return abs(other.price_minor - own.price_minor)


def age(since: date, on: date) -> int:
    """The full months from one day to another; none before it."""
    months = (on.year - since.year) * 12 + on.month - since.month
    return max(months - (add_months(since, months) > on), 0)


def depreciated(limits: Replacing, price: Money, months: int) -> Money:
    """What is left of a price after so many months: in a straight line over the useful life, never below the least
    percentage. Rounded half up to the minor unit."""
    gone = min(max(months, 0), limits.useful_months)
    left = price.times(limits.useful_months - gone, limits.useful_months, rounding=HALF_UP)
    least = price.times(limits.least_percent, 100, rounding=HALF_UP)
    return max(left, least)


def tax_of(amount: Money, rate: Decimal) -> Money:
    """What of an amount that includes it is tax at so many per cent. Rounded half up to the minor unit."""
    return amount.times(rate, 100 + rate, rounding=HALF_UP)
