"""What a verdict rests on besides the policy: days, proofs, the fault, the cause, what was done before. Pure."""

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from warranty.rules.terms import CostClass


class ProofKind(StrEnum):
    """What shows when the unit came into use, best first: the ladder is the order of declaration."""

    INVOICE = "invoice"
    REGISTRATION = "registration"
    INSTALLATION_JOB = "installation_job"
    DEALER_RECORD = "dealer_record"
    MANUFACTURE = "manufacture"


class Cause(StrEnum):
    """How far the cause is established."""

    UNPROVEN = "unproven"
    CONFIRMED = "confirmed"
    SET_ASIDE = "set_aside"


class Done(StrEnum):
    """What was done to a unit: a repair of one fault, or another unit in its place."""

    REPAIR = "repair"
    REPLACEMENT = "replacement"


@dataclass(frozen=True, slots=True)
class Proof:
    """One piece of evidence of the day the unit was sold or came into use."""

    kind: ProofKind
    on: date
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """A repair or a replacement that ended on a day, with the codes of what it was about."""

    on: date
    what: Done = Done.REPAIR
    fault: str | None = None
    cause: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a verdict rests on besides the policy version.

    From `manufactured_on` on they are read by evaluator 2 alone. `plan_from` is the day an extended plan was bought,
    `passed_on` that on which the unit passed to another owner. `lasted` are ends of cover that hold whatever the terms
    say, as promised for the unit that this one replaced. `spent` (minor units) and `claims_made` are what the same
    policy has given already.
    """

    on: date
    delivered_on: date | None = None
    installed_on: date | None = None
    purchased_on: date | None = None
    proofs: tuple[Proof, ...] = ()
    fault: str | None = None
    cause: str | None = None
    established: Cause = Cause.UNPROVEN
    manufactured_on: date | None = None
    plan_from: date | None = None
    passed_on: date | None = None
    services: tuple[Service, ...] = ()
    lasted: Mapping[CostClass, date] = field(default_factory=dict)
    spent: Mapping[CostClass, int] = field(default_factory=dict)
    claims_made: int = 0


def best_proof(proofs: Sequence[Proof]) -> Proof | None:
    """The highest on the ladder; of several of a kind the earliest."""
    order = list(ProofKind)
    return min(proofs, key=lambda proof: (order.index(proof.kind), proof.on, proof.reference), default=None)


def add_months(day: date, months: int) -> date:
    """The same day of the month so many months later, or that month's last day."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
