"""Loading, ordering and validating modules. Frozen once loaded."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, fields
from importlib import import_module
from importlib.metadata import entry_points
from importlib.resources import files
from types import MappingProxyType
from typing import Any, TypeVar

from aftersales.desk_ways import Home, Published, Rail, Report
from aftersales.kernel import GROUP, KERNEL
from aftersales.module import (
    Action,
    Holding,
    Import,
    Job,
    Listing,
    Module,
    Panel,
    Role,
    Subscriber,
    Tell,
    TimerHandler,
    Ways,
)
from aftersales.ports.carrying import Carrying, NoCarrying
from aftersales.ports.charges import Charges, NoCharges
from aftersales.ports.coverage import Coverage, NoCoverage
from aftersales.ports.logistics import Logistics, NoLogistics
from aftersales.ports.promises import NEXT_WORD, NoPromises, Promises
from aftersales.ports.replacements import NoReplacements, Replacements
from aftersales.ports.vendors import NoVendors, Vendors
from aftersales.status.machine import By, Machine
from aftersales.told import Paper

K = TypeVar("K")
V = TypeVar("V")


class RegistryError(ValueError):
    """Modules that cannot be loaded together; raised at start, with every reason."""


@dataclass(frozen=True, slots=True)
class Ports:
    """What modules may ask of each other, null answers where nobody provides."""

    coverage: Coverage
    charges: Charges
    logistics: Logistics
    replacements: Replacements
    promises: Promises
    carrying: Carrying
    vendors: Vendors


class Registry:
    """Everything that the loaded manifests declare, the kernel's first, by name."""

    def __init__(self, modules: Sequence[Module]) -> None:
        self.modules: tuple[Module, ...] = ordered(modules)
        self.machines: Mapping[str, Machine] = _unique(
            "machine", ((m.name, m) for module in self.modules for m in module.machines)
        )
        self.actions: Mapping[tuple[str, str, By], Action] = _unique(
            "action", (((a.machine, a.verb, a.by), a) for module in self.modules for a in module.actions)
        )
        self.subscribers: Mapping[str, Subscriber] = _unique(
            "subscriber", ((s.name, s) for module in self.modules for s in module.subscribers)
        )
        self.timers: Mapping[str, TimerHandler] = _unique(
            "timer", ((t.name, t) for module in self.modules for t in module.timers)
        )
        self.jobs: Mapping[str, Job] = _unique("job", ((j.name, j) for module in self.modules for j in module.jobs))
        # All three are names of a delivery's receiver.
        _unique("receiver", ((name, name) for name in (*self.subscribers, *self.timers, *self.jobs)))
        self.permissions: Mapping[str, str] = _unique(
            "permission", ((p.name, p.label) for module in self.modules for p in module.permissions)
        )
        self.tells: tuple[Tell, ...] = tuple(t for module in self.modules for t in module.tells)
        # A status is asked about for each entry of a case, whenever anything happens on it.
        self.spoken: frozenset[tuple[str, str]] = frozenset((one.machine, one.to) for one in self.tells if one.to)
        self.papers: Mapping[str, Paper] = {one.text: one.paper for one in self.tells if one.paper}
        self.panels: tuple[Panel, ...] = tuple(
            sorted((p for module in self.modules for p in module.panels), key=lambda p: (p.place, p.rank, p.name))
        )
        self.roles: Mapping[str, Role] = _merged(module.roles for module in self.modules)
        self.screens: Mapping[str, Callable[..., Awaitable[Any]]] = _unique(
            "screen", (pair for module in self.modules for pair in module.screens.items())
        )
        self.rail: tuple[Rail, ...] = tuple(one for module in self.modules for one in module.desk.rail)
        self.homes: Mapping[str, Home] = _unique(
            "home", (pair for one in self.modules for pair in one.desk.homes.items())
        )
        # In the order in which files build on each other.
        ranked = sorted((one for module in self.modules for one in module.imports), key=lambda one: one.rank)
        self.imports: Mapping[str, Import] = _unique("import", ((one.name, one) for one in ranked))
        self.listings: Mapping[str, Listing] = _unique(
            "list", ((one.name, one) for module in self.modules for one in module.listings)
        )
        self.reports: Mapping[str, Report] = _unique(
            "report", ((one.listing, one) for module in self.modules for one in module.desk.reports)
        )
        self.published: Mapping[str, Published] = _unique(
            "published policy", (pair for module in self.modules for pair in module.desk.published.items())
        )
        # What builds on another package lets go before it.
        self.holdings: Mapping[str, Holding] = _unique(
            "holding", ((one.name, one) for module in reversed(self.modules) for one in module.holdings)
        )
        self.ways: tuple[Ways, ...] = tuple(module.ways for module in self.modules if module.ways is not None)
        self.ports = _ports(self.modules)

    def without_ways(self) -> "Registry":
        """The same, where everything goes to the built-in mailbox."""
        alike = copy(self)
        alike.ways = ()
        return alike

    def check(self) -> list[str]:
        """Everything a manifest names that is not there, in words; empty when all is well.

        Machines of modules that are switched off are not held against those who listen to them.
        """
        return sorted({*self._edges(), *self._names(), *self._cued(), *self._stated(), *self._templates()})

    def _edges(self) -> Iterable[str]:
        for machine in self.machines.values():
            for edge in machine.edges:
                if edge.permission and edge.permission not in self.permissions:
                    yield f"{machine.name}.{edge.verb} needs the unknown permission {edge.permission}"
                for by in sorted({By.STAFF, By.CUSTOMER} & edge.by):
                    if not edge.route and (machine.name, edge.verb, by) not in self.actions:
                        yield f"{machine.name}.{edge.verb} is open to {by}, but no action or route takes it"
            for kind in machine.events:
                if kind.permission and kind.permission not in self.permissions:
                    yield f"{machine.name}.{kind.name} needs the unknown permission {kind.permission}"

    def _names(self) -> Iterable[str]:
        for listing in self.listings.values():
            if listing.permission and listing.permission not in self.permissions:
                yield f"list {listing.name} needs the unknown permission {listing.permission}"
        yield from (f"a report names the unknown list {name}" for name in sorted(self.reports.keys() - self.listings))
        for name, verb, by in self.actions:
            if (machine := self.machines.get(name)) is None:
                yield f"an action names the unknown machine {name}"
            elif (edge := machine.by_verb.get(verb)) is not None and by not in edge.by:
                yield f"the action {name}.{verb} is for {by}, whom the edge does not admit"
            elif edge is None and verb not in machine.by_event:
                yield f"an action names {name}.{verb}, which the machine does not know"
        for role in self.roles.values():
            yield from (
                f"role {role.name} holds the unknown permission {p}"
                for p in sorted(role.permissions - self.permissions.keys())
            )
        for who, wanted, to, events in self._listeners():
            if (machine := self.machines.get(wanted)) is not None:
                yield from (f"{who} names the unknown status {wanted}.{s}" for s in to - machine.by_state.keys())
                yield from (f"{who} names the unknown event {wanted}.{e}" for e in events - machine.by_event.keys())

    def _cued(self) -> Iterable[str]:
        for cue in (cue for module in self.modules for cue in module.cues):
            machine = self.machines.get(cue.machine)
            if cue.machine and machine is None:
                continue
            if machine is not None:
                yield from (f"a cue waits for the unknown {cue.machine}.{s}" for s in cue.at - machine.by_state.keys())
            by = By.STAFF if cue.role else By.CUSTOMER
            if cue.verb and (cue.machine, cue.verb, by) not in self.actions:
                yield f"a cue takes {cue.machine}.{cue.verb}, which is no action of {by}"
            if not cue.verb and (cue.opens is None or cue.schema is None):
                yield f"the cue {cue.words!r} neither takes a verb nor opens anything"

    def _listeners(self) -> Iterable[tuple[str, str, frozenset[str], frozenset[str]]]:
        for subscriber in self.subscribers.values():
            if subscriber.machine is not None:
                yield f"subscriber {subscriber.name}", subscriber.machine, subscriber.to, subscriber.events
        for tell in self.tells:
            yield (
                f"update {tell.text}",
                tell.machine,
                frozenset({tell.to} if tell.to else ()),
                frozenset({tell.event} if tell.event else ()),
            )

    def _stated(self) -> Iterable[str]:
        for tell in self.tells:
            # A text into which another is merged is itself the next word: only that promise is kept by it.
            if not tell.alone and any(one.kind != NEXT_WORD for one in tell.states):
                yield f"update {tell.text} holds a promise, so it stands alone"
            # Merged into a later text it would take its paper with it.
            if tell.paper is not None and not tell.alone:
                yield f"update {tell.text} carries a document, so it stands alone"

    def _templates(self) -> Iterable[str]:
        for module in self.modules:
            for panel in module.panels:
                if not files(module.package).joinpath("templates", *panel.template.split("/")).is_file():
                    yield f"panel {panel.name} of {module.name}: no template {panel.template}"
                if panel.permission and panel.permission not in self.permissions:
                    yield f"panel {panel.name} needs the unknown permission {panel.permission}"


def load_registry(names: Sequence[str] | None = None) -> Registry:
    """The kernel with the installed modules, or with just those named. Raises RegistryError."""
    found = {point.name: point for point in entry_points(group=GROUP)}
    wanted = sorted(found) if names is None else list(names)
    if unknown := sorted(set(wanted) - found.keys()):
        raise RegistryError(f"unknown modules: {', '.join(unknown)}; installed: {', '.join(sorted(found))}")
    kernel = [import_module(name).MODULE for name in KERNEL]
    return Registry([*kernel, *(found[name].load() for name in wanted)])


def ordered(modules: Sequence[Module]) -> tuple[Module, ...]:
    """Modules after those they depend on, otherwise as given. Raises RegistryError for double, unknown or cyclic."""
    by_name = _unique("module", ((m.name, m) for m in modules))
    done: dict[str, Module] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            raise RegistryError(f"modules depend on each other in a circle: {' > '.join((*path, name))}")
        if name not in by_name:
            raise RegistryError(f"module {path[-1]} depends on {name}, which is not loaded")
        if name not in done:
            for dependency in by_name[name].depends:
                visit(dependency, (*path, name))
            done[name] = by_name[name]

    for module in modules:
        visit(module.name, ())
    return tuple(done.values())


def _unique(what: str, pairs: Iterable[tuple[K, V]]) -> Mapping[K, V]:
    table: dict[K, V] = {}
    for key, value in pairs:
        if key in table:
            raise RegistryError(f"{what} {key} is declared twice")
        table[key] = value
    return MappingProxyType(table)


def _merged(groups: Iterable[Sequence[Role]]) -> Mapping[str, Role]:
    roles: dict[str, Role] = {}
    for role in (role for group in groups for role in group):
        known = roles.get(role.name)
        roles[role.name] = (
            role
            if known is None
            else Role(
                role.name,
                known.label,
                known.permissions | role.permissions,
                known.assigned_only or role.assigned_only,
            )
        )
    return MappingProxyType(roles)


def _ports(modules: Sequence[Module]) -> Ports:
    null = Ports(NoCoverage(), NoCharges(), NoLogistics(), NoReplacements(), NoPromises(), NoCarrying(), NoVendors())
    provided = _unique("port", (pair for module in modules for pair in module.provides.items()))
    known = {field.name for field in fields(Ports)}
    if unknown := sorted(provided.keys() - known):
        raise RegistryError(f"unknown ports: {', '.join(unknown)}")
    chosen: dict[str, Any] = {name: provided.get(name, getattr(null, name)) for name in known}
    return Ports(**chosen)
