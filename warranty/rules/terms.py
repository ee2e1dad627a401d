"""What a policy version grants. Pure.

Policies published under evaluator 1 lack everything that has a default here, and mean the same by it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Annotated

from pydantic import Field

Months = Annotated[int, Field(ge=0, le=600)]
Days = Annotated[int, Field(ge=0, le=3650)]
Percent = Annotated[int, Field(ge=1, le=100)]
Minor = Annotated[int, Field(ge=0, le=10**12)]
Count = Annotated[int, Field(ge=0, le=1000)]


class CostClass(StrEnum):
    """What a repair costs, by who is paid for what.

    `accident` is no bill of its own: it stands for the first three where an accident is the cause.
    """

    PARTS = "parts"
    LABOUR = "labour"
    VISIT = "visit"
    CONSUMABLES = "consumables"
    ACCIDENT = "accident"


WORK = (CostClass.PARTS, CostClass.LABOUR, CostClass.VISIT)
"""What every repair may cost, and all that evaluator 1 knew."""
BILLED = (*WORK, CostClass.CONSUMABLES)


class Basis(StrEnum):
    """A day from which months are counted; `plan` is the day an extended plan was bought."""

    INSTALLATION = "installation"
    DELIVERY = "delivery"
    PURCHASE = "purchase"
    MANUFACTURE = "manufacture"
    PLAN = "plan"


class Choice(StrEnum):
    """Which of the days in `Terms.start` counts: the first that is known, or the earliest or latest of those known."""

    FIRST = "first"
    EARLIEST = "earliest"
    LATEST = "latest"


class Renewal(StrEnum):
    """What holds after a repair or replacement: what remained of the cover, or the whole of it anew."""

    REMAINING = "remaining"
    RESET = "reset"


@dataclass(frozen=True, slots=True)
class Exclusion:
    """A clause that takes causes out of the cover. `causes` are codes or patterns such as ``RD-*``."""

    clause: str
    causes: tuple[str, ...]
    classes: tuple[CostClass, ...] = BILLED

    def names(self, cause: str) -> bool:
        """Whether the clause is about this cause code."""
        return matches(self.causes, (cause,))


@dataclass(frozen=True, slots=True)
class Share:
    """How much of one class is paid: a percentage, and at most `limit_minor` (minor units) as long as it lasts."""

    percent: Percent = 100
    limit_minor: Minor | None = None


@dataclass(frozen=True, slots=True)
class Component:
    """A part of the product with a cover of its own, known by the codes of faults or causes that concern it.

    Classes that `months` does not name follow the terms. `after_repair` holds for this part in place of the terms'.
    """

    name: str
    codes: tuple[str, ...]
    months: Mapping[CostClass, Months]
    clause: str
    after_repair: Renewal | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What holds of a cover that is bought: how long after the product, from which day on, how often and how much.

    `waiting_days` pass before it covers anything; `window_days` is how long after the purchase of the product it could
    be bought. `max_claims` and `benefit_minor` (minor units) are caps over all of it.
    """

    clause: str
    waiting_days: Days = 0
    window_days: Days | None = None
    max_claims: Count | None = None
    benefit_minor: Minor | None = None
    upkeep_visits: Annotated[int, Field(ge=0, le=12)] = 0


@dataclass(frozen=True, slots=True)
class Aftercare:
    """What a repair and a replacement leave behind: a warranty of the repair's own, and the cover that goes on.

    No end of cover is ever earlier for it.
    """

    clause: str
    repair_days: Days = 0
    repair_classes: tuple[CostClass, ...] = WORK
    after_repair: Renewal = Renewal.REMAINING
    after_replacement: Renewal = Renewal.REMAINING


@dataclass(frozen=True, slots=True)
class Replacing:
    """When another product is offered unasked, and what is left of the price where none is.

    A fault within `arrival_days` of coming into use, the `same_failures`-th failure of one kind, or a part that is
    waited for longer than `part_days`. A model whose price is within `near_percent` counts as equivalent. The price
    sinks in a straight line over `useful_months`, never below `least_percent`.
    """

    clause: str
    arrival_days: Days = 7
    same_failures: Annotated[int, Field(ge=2, le=20)] = 3
    part_days: Days = 21
    near_percent: Percent = 10
    useful_months: Annotated[int, Field(ge=1, le=600)] = 84
    least_percent: Percent = 20


@dataclass(frozen=True, slots=True)
class Terms:
    """What one policy version grants. A class that `months` does not name is not covered.

    Amounts are in minor units of `currency`. `accidents` are the causes that the class `accident` stands for. A claim
    that would cost more than `ask_above_minor` needs somebody's word before the work is done.
    """

    months: Mapping[CostClass, Months]
    cover_clause: str
    start: tuple[Basis, ...]
    start_clause: str
    proof_clause: str
    exclusions: tuple[Exclusion, ...] = ()
    presumption_months: Months = 6
    presumption_clause: str = ""
    manufacture_grace_months: Months = 3
    choice: Choice = Choice.FIRST
    shares: Mapping[CostClass, Share] = field(default_factory=dict)
    share_clause: str = ""
    consumables_clause: str = ""
    currency: str = "INR"
    components: tuple[Component, ...] = ()
    accidents: tuple[str, ...] = ()
    accident_clause: str = ""
    plan: Plan | None = None
    aftercare: Aftercare | None = None
    transferable: bool = True
    transfer_clause: str = ""
    ask_above_minor: Minor | None = None
    replacing: Replacing | None = None

    def clauses(self) -> set[str]:
        """Every clause that is named and must therefore have words."""
        own = {self.cover_clause, self.start_clause, self.proof_clause, self.presumption_clause}
        own |= {self.share_clause, self.consumables_clause, self.accident_clause, self.transfer_clause}
        own |= {part.clause for part in (self.plan, self.aftercare, self.replacing) if part is not None}
        own |= {exclusion.clause for exclusion in self.exclusions} | {part.clause for part in self.components}
        return own - {""}

    def exclusion(self, cause: str | None) -> Exclusion | None:
        """The first clause that excludes the cause."""
        return next((e for e in self.exclusions if cause and e.names(cause)), None)

    def component(self, *codes: str | None) -> Component | None:
        """The first component that one of the codes concerns."""
        return next((part for part in self.components if matches(part.codes, codes)), None)

    def is_accident(self, cause: str | None) -> bool:
        """Whether the cause is one of those that the class `accident` stands for."""
        return matches(self.accidents, (cause,))

    def share(self, cost: CostClass) -> Share:
        """How much of a class is paid."""
        return self.shares.get(cost, Share())


def matches(patterns: Iterable[str], codes: Iterable[str | None]) -> bool:
    """Whether any of the codes fits any of the patterns."""
    known = [code for code in codes if code]
    return any(fnmatchcase(code, pattern) for pattern in patterns for code in known)
