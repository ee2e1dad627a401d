"""How much a member of staff may give beyond the terms. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import Annotated

from pydantic import Field

Minor = Annotated[int, Field(ge=0, le=10**12)]
DAYS = 30
"""Over how many days of the service centre, today with them, the sum of what somebody gives is counted."""


class Level(StrEnum):
    """The permissions that an allowance is published for."""

    EVERYDAY = "warranty_claim.goodwill"
    LARGE = "warranty_claim.goodwill_large"


@dataclass(frozen=True, slots=True)
class Allowance:
    """What whoever holds the permission may give: for one claim, and within `DAYS` days (minor units)."""

    permission: Level
    each_minor: Minor
    total_minor: Minor


@dataclass(frozen=True, slots=True)
class GoodwillTerms:
    """What one policy version allows, in minor units of `currency`."""

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    allowances: Sequence[Allowance]

    def of(self, held: Collection[str]) -> Allowance | None:
        """The widest allowance of the permissions that somebody holds; None if there is none for them."""
        mine = [one for one in self.allowances if one.permission in held]
        return max(mine, key=lambda one: (one.each_minor, one.total_minor), default=None)


class Refused(StrEnum):
    """Why something is not given. Codes of errors, after `warranty.goodwill_`."""

    NONE = "none"
    EACH = "limit"
    TOTAL = "used_up"


def refusal(allowance: Allowance | None, asked_minor: int, on_claim_minor: int, given_minor: int) -> Refused | None:
    """Why it may not be given; None if it may. `given_minor` is what was given within `DAYS` days, all claims together,
    `on_claim_minor` what of it, or of longer ago, is on this claim already."""
    if allowance is None:
        return Refused.NONE
    if asked_minor + on_claim_minor > allowance.each_minor:
        return Refused.EACH
    if asked_minor + given_minor > allowance.total_minor:
        return Refused.TOTAL
    return None


@dataclass(frozen=True, slots=True)
class Lacking:
    """What was given does not pay for: so much (minor units), and for which classes it is not enough."""

    minor: int = 0
    classes: frozenset[str] = frozenset()


def lacking(
    costs: Mapping[str, int], given: Sequence[tuple[Collection[str], int]], about: Collection[str] = ()
) -> Lacking:
    """What `given` (classes, and one amount for all of them) leaves unpaid of `costs` by class, spread as well as it
    can be; with `about`, as far as one of these classes has a part in it. Minor units."""
    worst, short = 0, frozenset[str]()
    for count in range(1, len(costs) + 1):
        for some in combinations(sorted(costs), count):
            if about and not set(some) & set(about):
                continue
            paid = sum(amount for classes, amount in given if set(classes) & set(some))
            left = sum(costs[cost] for cost in some) - paid
            worst = max(worst, left)
            # The fewest that are short together: with more of them, what pays for the rest would seem too little too.
            if left > 0 and not any(one in short for one in some):
                short |= set(some)
    return Lacking(worst, short)
