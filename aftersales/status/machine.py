"""Status machines: states, the full table of edges, and kinds of events. Pure.

A machine is declared once by the module that owns the document and never changed at run time. Statuses are past
participles or adjectives, verbs are verbs. **A verb leads to exactly one status**, so that (machine, verb) names an
edge for good: in routes, permissions, the timeline and API clients alike.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from aftersales.i18n import N_


class Category(StrEnum):
    """What a status means to somebody who does not know the machine."""

    OPEN = "open"
    WAITING = "waiting"
    DONE = "done"
    TROUBLE = "trouble"


class WaitsOn(StrEnum):
    """Whose turn it is; clocks charge waiting time to its owner."""

    CUSTOMER = "customer"
    PARTS = "parts"
    SUPPLIER = "supplier"
    COURIER = "courier"
    US = "us"


class Audience(StrEnum):
    """Who may read a timeline entry. What customers may read, staff may too."""

    STAFF = "staff"
    CUSTOMER = "customer"


class By(StrEnum):
    """Who may take an edge: staff with its permission, the customer through a link, the system by itself."""

    STAFF = "staff"
    CUSTOMER = "customer"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class State:
    """One status.

    `label` is what staff read, `customer_label` what customers read (None: customers never see this status); both are
    message ids for translation. `final` means that no edge leaves it. `milestones` are facts that the kernel
    understands: acknowledged, visit_wanted, scheduled, arrived, collected, in_hand, diagnosed, ready, handed_over,
    uneconomical, completed, concluded, refund_due, refunded, resolved, reopened, withdrawn.
    """

    name: str
    category: Category
    label: str
    customer_label: str | None = None
    waits_on: WaitsOn | None = None
    milestones: frozenset[str] = frozenset()
    final: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", N_(self.label))
        if self.customer_label is not None:
            object.__setattr__(self, "customer_label", N_(self.customer_label))


@dataclass(frozen=True, slots=True)
class Edge:
    """A legal move. `sources` holds None for the edge that creates the document.

    `route` is the name of the route that takes it ("" for edges that the system alone takes). `data` are the keys that
    the entry may carry: ids, codes and amounts only. `reason` demands a note of why. `button` is what staff press,
    where that reads otherwise than `label`.
    """

    verb: str
    sources: tuple[str | None, ...]
    to: str
    label: str
    permission: str = ""
    by: frozenset[By] = frozenset({By.STAFF})
    route: str = ""
    data: frozenset[str] = frozenset()
    audience: Audience = Audience.STAFF
    reason: bool = False
    button: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", N_(self.label))
        object.__setattr__(self, "button", N_(self.button))


@dataclass(frozen=True, slots=True)
class EventKind:
    """Something worth recording that moves no status. `states` limits when it may happen (empty: in any).

    `label` says that it happened; `button` is what a person presses to make it happen, where that reads otherwise.
    `milestones` are facts that the kernel understands: called, answered.
    """

    name: str
    label: str
    permission: str = ""
    data: frozenset[str] = frozenset()
    audience: Audience = Audience.STAFF
    states: frozenset[str] = frozenset()
    route: str = ""
    button: str = ""
    milestones: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", N_(self.label))
        object.__setattr__(self, "button", N_(self.button))


class MachineError(ValueError):
    """The declaration contradicts itself; raised while modules load, never while serving."""


@dataclass(frozen=True)
class Machine:
    """A document's whole life. Raises MachineError when the declaration is not sound (see `problems`)."""

    name: str
    title: str
    states: tuple[State, ...]
    edges: tuple[Edge, ...]
    events: tuple[EventKind, ...] = ()
    summary: str = ""
    by_state: Mapping[str, State] = field(init=False, repr=False, compare=False)
    by_verb: Mapping[str, Edge] = field(init=False, repr=False, compare=False)
    by_event: Mapping[str, EventKind] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", N_(self.title))
        object.__setattr__(self, "by_state", {s.name: s for s in self.states})
        object.__setattr__(self, "by_verb", {e.verb: e for e in self.edges})
        object.__setattr__(self, "by_event", {e.name: e for e in self.events})
        if found := list(problems(self)):
            raise MachineError(f"machine {self.name}: " + "; ".join(found))

    def __hash__(self) -> int:
        return hash(self.name)

    def legal(self, status: str | None) -> tuple[Edge, ...]:
        """The edges that leave `status` (None: those that create), in the order of declaration."""
        return self._leaving.get(status, ())

    def offered(self, status: str | None) -> list[str]:
        """The verbs that staff may take from `status`, permissions aside. What only the system or a customer does is
        not among them: there is no route for it."""
        return [edge.verb for edge in self.legal(status) if By.STAFF in edge.by]

    @cached_property
    def _leaving(self) -> Mapping[str | None, tuple[Edge, ...]]:
        keys: list[str | None] = [None, *self.by_state]
        return {key: tuple(e for e in self.edges if key in e.sources) for key in keys}

    def closed(self, status: str) -> bool:
        """Whether a document in `status` leaves its `open_key` to others (its category is done)."""
        return self.by_state[status].category is Category.DONE


def problems(machine: Machine) -> Iterable[str]:
    """What is unsound in the declaration, in words; nothing when it is sound."""
    names = [s.name for s in machine.states]
    verbs = [e.verb for e in machine.edges] + [e.name for e in machine.events]
    yield from (f"status {n} is declared twice" for n in sorted({n for n in names if names.count(n) > 1}))
    yield from (f"verb or event {v} is declared twice" for v in sorted({v for v in verbs if verbs.count(v) > 1}))
    for edge in machine.edges:
        yield from (f"{edge.verb}: unknown status {s}" for s in (*edge.sources, edge.to) if s and s not in names)
        if not edge.sources:
            yield f"{edge.verb}: leaves from nowhere; None is the source of an edge that creates"
        if By.STAFF in edge.by and not edge.permission:
            yield f"{edge.verb}: staff take it, so it needs a permission"
    for event in machine.events:
        yield from (f"{event.name}: unknown status {s}" for s in sorted(event.states) if s not in names)
    leaving = {source for edge in machine.edges for source in edge.sources}
    if None not in leaving:
        yield "no edge creates the document"
    for state in machine.states:
        if state.final and state.name in leaving:
            yield f"status {state.name} is final, yet an edge leaves it"
        if not state.final and state.name not in leaving:
            yield f"status {state.name} has no way out and is not final"
    yield from (f"status {n} cannot be reached" for n in names if n not in _reachable(machine.edges))


def _reachable(edges: Iterable[Edge]) -> set[str | None]:
    reached: set[str | None] = {None}
    before = 0
    while len(reached) != before:
        before = len(reached)
        reached |= {edge.to for edge in edges if reached.intersection(edge.sources)}
    return reached
