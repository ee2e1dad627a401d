"""What we hold ourselves to: ordered rules choose the targets of a case from facts known at its opening. Pure.

The terms of a policy of kind `targets`:

    {"rules": [{"name", "words", "when": {fact: value or [values]}, "urgency", "targets": {clock: target(s)}}],
     "possible": [{"when": {…}, "shapes": ["minutes", …]}], "pausing": ["customer"], "warn": [50, 75, 90],
     "escalate": [{"after": {"minutes": 0}, "to": "owner"}, …]}

A target is `{"minutes": n}`, `{"hours": n}`, `{"business_days": n}` or `{"visits": n}`. Of several, the first whose
shape is possible for product and fault holds. The first rule whose conditions all hold decides; the last has none.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from enum import StrEnum
from math import inf
from typing import Any, Self, TypeVar

from aftersales.status.machine import WaitsOn


class TargetError(ValueError):
    """Terms that cannot be: the message names the place in them and what is wrong there."""


class Clock(StrEnum):
    """What is timed."""

    FIRST_RESPONSE = "first_response"
    NEXT_UPDATE = "next_update"
    ARRIVAL = "arrival"
    DIAGNOSIS = "diagnosis"
    PARTS = "parts"
    COMPLETION = "completion"
    REFUND = "refund"


class Shape(StrEnum):
    """How a target is counted: in working time, in working days, or in visits to the customer."""

    MINUTES = "minutes"
    HOURS = "hours"
    BUSINESS_DAYS = "business_days"
    VISITS = "visits"


@dataclass(frozen=True, slots=True)
class Target:
    """So much, in one shape."""

    shape: Shape
    amount: int

    @property
    def working(self) -> timedelta | None:
        """As working time; None for what is counted otherwise."""
        if self.shape is Shape.MINUTES:
            return timedelta(minutes=self.amount)
        return timedelta(hours=self.amount) if self.shape is Shape.HOURS else None


@dataclass(frozen=True, slots=True)
class Facts:
    """What was known of the case when it was opened, as codes; empty for what was not. Its priority may change later.

    `need` is `hazard` (somebody may be hurt), `stranded` (they cannot do without) or empty.
    """

    category: str = ""
    product: str = ""
    fault: str = ""
    territory: str = ""
    tier: str = ""
    priority: str = ""
    coverage: str = ""
    channel: str = ""
    need: str = ""


_E = TypeVar("_E", bound=StrEnum)
FACTS = frozenset(one.name for one in fields(Facts))
_SHAPES_BY_TIME = (Shape.MINUTES, Shape.HOURS, Shape.BUSINESS_DAYS)


@dataclass(frozen=True, slots=True)
class Condition:
    """Every fact named has one of the values given for it."""

    wanted: tuple[tuple[str, frozenset[str]], ...]

    def holds(self, facts: Facts) -> bool:
        """Whether it holds; one that names nothing always does."""
        return all(getattr(facts, name) in values for name, values in self.wanted)


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the policy. `words` say in a sentence when it decides; a higher `urgency` is served first."""

    name: str
    words: str
    when: Condition
    urgency: int
    targets: Mapping[Clock, tuple[Target, ...]]


@dataclass(frozen=True, slots=True)
class Tier:
    """Whom a breach goes to, so long after it in working time."""

    after: timedelta
    to: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """What holds for a case, and the rule that decided so."""

    rule: str
    words: str
    urgency: int
    targets: Mapping[Clock, Target]


@dataclass(frozen=True, slots=True)
class Targets:
    """The whole policy."""

    rules: tuple[Rule, ...]
    possible: tuple[tuple[Condition, frozenset[Shape]], ...]
    pausing: frozenset[WaitsOn]
    warn: tuple[int, ...]
    escalate: tuple[Tier, ...]

    @classmethod
    def from_terms(cls, terms: Mapping[str, Any]) -> Self:
        """From a policy's terms. Raises TargetError, a ValueError that names the place and what is wrong there."""
        _only(terms, {"rules", "possible", "pausing", "warn", "escalate"}, "the terms")
        rules = tuple(_rule(one, f"rules[{n}]") for n, one in enumerate(_list(terms.get("rules"), "rules")))
        if not rules or rules[-1].when.wanted:
            raise TargetError("rules: the last rule must have no conditions, so that every case has targets")
        for n, rule in enumerate(rules[:-1]):
            if not rule.when.wanted:
                raise TargetError(f"rules[{n}]: it has no conditions, so that those after it would never be reached")
        twice = sorted({r.name for r in rules if [x.name for x in rules].count(r.name) > 1})
        if twice:
            raise TargetError(f"rules: the name {twice[0]} is given twice")
        possible = _list(terms.get("possible", []), "possible")
        pausing = _list(terms.get("pausing", ["customer"]), "pausing")
        return cls(
            rules,
            tuple(_possible(one, f"possible[{n}]") for n, one in enumerate(possible)),
            frozenset(_member(WaitsOn, one, "pausing") for one in pausing),
            _percentages(_list(terms.get("warn", [50, 75, 90]), "warn")),
            _tiers(_list(terms.get("escalate", []), "escalate")),
        )

    def choose(self, facts: Facts) -> Chosen:
        """The targets of a case with these facts. A clock none of whose targets is possible has none."""
        rule = next(rule for rule in self.rules if rule.when.holds(facts))
        shapes = next((shapes for when, shapes in self.possible if when.holds(facts)), frozenset(Shape))
        found = {clock: next((t for t in wanted if t.shape in shapes), None) for clock, wanted in rule.targets.items()}
        targets = {clock: target for clock, target in found.items() if target is not None}
        return Chosen(rule.name, rule.words, rule.urgency, targets)


def _rule(given: Any, where: str) -> Rule:
    row = _mapping(given, where)
    _only(row, {"name", "words", "when", "urgency", "targets"}, where)
    name, words = row.get("name"), row.get("words")
    if not isinstance(name, str) or not name.strip():
        raise TargetError(f"{where}: give it a name")
    if not isinstance(words, str) or not words.strip():
        raise TargetError(f"{where}: say in words when it decides; it is shown wherever it did")
    wanted = _mapping(row.get("targets"), f"{where}.targets")
    targets = {
        _member(Clock, key, f"{where}.targets"): _targets(value, f"{where}.targets.{key}")
        for key, value in wanted.items()
    }
    if Clock.COMPLETION not in targets:
        raise TargetError(f"{where}.targets: completion is missing: a case without an end in sight is no promise")
    _met_in_order(targets, where)
    urgency = _whole(row.get("urgency", 0), f"{where}.urgency", least=0)
    return Rule(name.strip(), words.strip(), _condition(row.get("when", {}), f"{where}.when"), urgency, targets)


def _met_in_order(targets: Mapping[Clock, tuple[Target, ...]], where: str) -> None:
    """What must come before the end cannot be given longer than the end: such a policy could never be met in full."""
    for early in (Clock.FIRST_RESPONSE, Clock.ARRIVAL, Clock.DIAGNOSIS):
        for target in targets.get(early, ()):
            for whole in targets[Clock.COMPLETION]:
                if target.shape in _SHAPES_BY_TIME and _longer(target, whole):
                    raise TargetError(
                        f"{where}.targets: {early} ({target.amount} {target.shape}) is given longer than completion "
                        f"({whole.amount} {whole.shape}); it could never be met"
                    )


def _longer(one: Target, other: Target) -> bool:
    if one.shape is other.shape:
        return one.amount > other.amount
    mine, theirs = one.working, other.working
    return mine is not None and theirs is not None and mine > theirs


def _targets(given: Any, where: str) -> tuple[Target, ...]:
    several = given if isinstance(given, list) else [given]
    if not several:
        raise TargetError(f"{where}: there is no target")
    return tuple(_target(one, where) for one in several)


def _target(given: Any, where: str) -> Target:
    row = _mapping(given, where)
    if len(row) != 1:
        raise TargetError(f"{where}: give one of {', '.join(Shape)}")
    [(key, value)] = row.items()
    return Target(_member(Shape, key, where), _whole(value, f"{where}.{key}", least=1))


def _possible(given: Any, where: str) -> tuple[Condition, frozenset[Shape]]:
    row = _mapping(given, where)
    _only(row, {"when", "shapes"}, where)
    shapes = frozenset(_member(Shape, one, f"{where}.shapes") for one in _list(row.get("shapes"), f"{where}.shapes"))
    if not shapes:
        raise TargetError(f"{where}.shapes: nothing would be possible; name at least one shape")
    return _condition(row.get("when", {}), f"{where}.when"), shapes


def _condition(given: Any, where: str) -> Condition:
    row = _mapping(given, where)
    _only(row, FACTS, where)
    found = []
    for name, value in sorted(row.items()):
        values = value if isinstance(value, list) else [value]
        if not values or not all(isinstance(one, str) for one in values):
            raise TargetError(f"{where}.{name}: give a code, or a list of codes")
        found.append((name, frozenset(values)))
    return Condition(tuple(found))


def _tiers(given: Sequence[Any]) -> tuple[Tier, ...]:
    found = []
    for n, one in enumerate(given):
        where = f"escalate[{n}]"
        row = _mapping(one, where)
        _only(row, {"after", "to"}, where)
        after = _mapping(row.get("after"), f"{where}.after")
        if len(after) != 1 or not set(after) <= {"minutes", "hours"}:
            raise TargetError(f"{where}.after: give minutes or hours")
        [(unit, amount)] = after.items()
        to = row.get("to")
        if not isinstance(to, str) or not to.strip():
            raise TargetError(f"{where}.to: say whom it goes to")
        found.append(Tier(timedelta(**{unit: _whole(amount, f"{where}.after", least=0)}), to.strip()))
    if found != sorted(found, key=lambda tier: tier.after):
        raise TargetError("escalate: the tiers must come in the order of their times")
    return tuple(found)


def _percentages(given: Sequence[Any]) -> tuple[int, ...]:
    found = tuple(_whole(one, "warn", least=1) for one in given)
    if list(found) != sorted(set(found)) or any(one > 99 for one in found):
        raise TargetError("warn: give percentages from 1 to 99, each once, in order")
    return found


def _whole(given: Any, where: str, *, least: int) -> int:
    if isinstance(given, bool) or not isinstance(given, int) or not least <= given < inf:
        raise TargetError(f"{where}: {given!r} is no whole number of at least {least}")
    if given > 5_256_000:
        raise TargetError(f"{where}: {given} is more than ten years")
    return given


def _member(kind: type[_E], given: Any, where: str) -> _E:
    try:
        return kind(given)
    except ValueError:
        raise TargetError(f"{where}: {given!r} is none of {', '.join(kind)}") from None


def _mapping(given: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise TargetError(f"{where}: there must be names with values")
    return given


def _list(given: Any, where: str) -> Sequence[Any]:
    if not isinstance(given, list | tuple):
        raise TargetError(f"{where}: there must be a list")
    return given


def _only(given: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    strange = sorted(set(given) - set(known))
    if strange:
        raise TargetError(f"{where}: {strange[0]!r} is not known here")
