"""What an evaluator answers. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from warranty.rules.facts import Proof
from warranty.rules.terms import WORK, CostClass


class Finding(StrEnum):
    """The answer for one cost class; the values are those of the coverage port."""

    COVERED = "covered"
    PARTLY = "partly"
    NOT_COVERED = "not_covered"
    UNKNOWN = "unknown"


GRANTED = frozenset({Finding.COVERED, Finding.PARTLY})


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the reasoning: which rule, with which facts (codes, days as ISO dates), to what end.

    `words` is a message id with ``%(name)s`` for facts; where a clause is named they are the clause's own words.
    """

    rule: str
    outcome: str
    words: str
    clause: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer per cost class, how long each lasts, the deciding clause and the way to it.

    `suspected` is the clause that would exclude the cause if two people confirmed it. Verdicts are stored with exactly
    these fields where evaluator 1 gave them.
    """

    findings: Mapping[CostClass, Finding]
    lasts: Mapping[CostClass, date]
    clause: str
    proof: Proof | None
    trace: tuple[Step, ...]
    suspected: str = ""
    evaluator_version: int = 1

    @property
    def of_work(self) -> set[Finding]:
        """The answers for what every repair may cost."""
        return {self.findings[cost] for cost in WORK}

    @property
    def in_full(self) -> bool:
        """Parts, labour and visit are paid without limit."""
        return self.of_work == {Finding.COVERED}

    @property
    def not_at_all(self) -> bool:
        """Neither parts nor labour nor visit are covered, or could be."""
        return self.of_work == {Finding.NOT_COVERED}

    @property
    def in_part(self) -> bool:
        """Something is covered, not all of it is, and nothing is in question."""
        return not (self.in_full or self.not_at_all or Finding.UNKNOWN in self.of_work)

    @property
    def until(self) -> date | None:
        """The last day on which parts, labour or visit are covered."""
        return max((day for cost, day in self.lasts.items() if cost in WORK), default=None)


@dataclass(frozen=True, slots=True)
class Verdict2(Verdict):
    """What evaluator 2 says more: percentages, and what is left of limits and caps, in minor units of `currency`.

    A class is `partly` covered below 100 percent or up to a limit. `left` has the classes that have a limit. None of
    `claims_left` and `benefit_left` means that there is no such cap. `component` is the part whose own cover was
    looked at, empty if none was.
    """

    percent: Mapping[CostClass, int] = field(default_factory=dict)
    left: Mapping[CostClass, int] = field(default_factory=dict)
    claims_left: int | None = None
    benefit_left: int | None = None
    currency: str = "INR"
    component: str = ""
