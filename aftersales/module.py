"""What a module declares. A manifest is data: the kernel reads it and knows nothing else of the module."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

from aftersales.desk_ways import NO_PAGES, Desk
from aftersales.i18n import N_
from aftersales.status.machine import Audience, By, Machine

# Types alone, so that permissions and services may name a Permission or a Posted without reaching the web framework.
if TYPE_CHECKING:
    from fastapi import APIRouter
    from pydantic import BaseModel
    from sqlalchemy import Select
    from sqlalchemy.ext.asyncio import AsyncSession

    from aftersales.config import Settings
    from aftersales.imports.fields import Field
    from aftersales.imports.findings import Findings
    from aftersales.outbox.leased import Leased
    from aftersales.scene import Scene
    from aftersales.scope import Actor
    from aftersales.subject import Line, Subject
    from aftersales.told import Paper, Stated
    from aftersales.updates.channels import Channel, Gate
    from aftersales.work import Work


@dataclass(frozen=True, slots=True)
class Posted:
    """A change that has been committed, as subscribers receive it. Holds no personal data."""

    stream_id: UUID
    version: int
    document_id: UUID
    document_version: int
    machine: str
    kind: str
    name: str
    from_status: str | None
    to_status: str | None
    at: datetime
    actor: Actor
    origin: str
    audience: Audience
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Subscriber:
    """A reaction to posted changes, idempotent, in order per stream, committed together with the end of the delivery.

    `machine` None means all. `to` lists statuses and `events` event kinds; both empty means every change of the
    machine. `apart_from` are machines it never hears of, `origins` where changes come from. What the handler raises is
    retried with back-off and then dead-lettered. `only_while` answers at the fan-out whether there is anybody whom it
    would serve. `together` does the same as `handler` for changes of several streams, one of each.
    """

    name: str
    handler: Callable[[Work, Posted], Awaitable[None]]
    machine: str | None = None
    to: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset({"live"})
    apart_from: frozenset[str] = frozenset()
    only_while: Callable[[AsyncSession], Awaitable[bool]] | None = None
    together: Callable[[Work, Sequence[Posted]], Awaitable[None]] | None = None

    def wants(self, machine: str, kind: str, name: str, to_status: str | None, origin: str) -> bool:
        """Whether a change is for this subscriber."""
        if origin not in self.origins or machine in self.apart_from or self.machine not in (None, machine):
            return False
        if not self.to and not self.events:
            return True
        return to_status in self.to if kind == "status" else name in self.events


@dataclass(frozen=True, slots=True)
class TimerHandler:
    """What runs when a timer named `name` is due: in its own transaction, with the timer's data."""

    name: str
    handler: Callable[[Work, Mapping[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Job:
    """Work for the world outside (SMTP, HTTP), armed by `outbox.schedule.schedule`, with no transaction held open.

    With `stream_id` and `version` it is done in that order on its stream, else once it is due. `run` has until the end
    of its `lease`, then it is cancelled; `Leased.renew` asks for as much again. What it raises is retried with back-off
    and after `max_attempts` dead-lettered; `outbox.retry.Retry` chooses when. `together` does it for several at their
    first attempt, within one lease, and answers what `run` would have raised for each, or `outbox.retry.NotBegun`.
    """

    name: str
    run: Callable[[Leased], Awaitable[None]]
    lease: timedelta = timedelta(minutes=2)
    max_attempts: int = 20
    together: Callable[[Sequence[Leased]], Awaitable[Sequence[Exception | None]]] | None = None


@dataclass(frozen=True, slots=True)
class Permission:
    """Something that a person may be allowed to do. Named ``<machine or area>.<verb>``."""

    name: str
    label: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", N_(self.label))


@dataclass(frozen=True, slots=True)
class Role:
    """A named set of permissions; several modules may add to one role. `assigned_only` narrows to one's own work."""

    name: str
    label: str
    permissions: frozenset[str]
    assigned_only: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", N_(self.label))


@dataclass(frozen=True, slots=True)
class Option:
    """One choice in a form."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Aloud:
    """How a verb of a customer's is offered on the telephone, where every answer asks for a one-time code.

    `ask` is the sentence with `{key}` ("To say yes, press {key}."), `done` what is said when it is taken; `about` tells
    in the language what is being answered, for the first of a machine's verbs alone, or for each what it means.
    """

    ask: str
    done: str
    about: Callable[[Work, UUID, str], Awaitable[str]] | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """A verb of a machine as people and API clients take it.

    It becomes `POST /api/v1/<machine>s/{id}/<verb>` (JSON), the same on the desk and on the phone as a form built from
    `schema`, and, where the edge is open to customers, on the tracking page. The route requires the edge's permission
    in the document's branch, checks If-Match and Idempotency-Key, then calls `run(work, document_id, body)`.
    `options` fills the choices of select fields. `code` names the purpose of a one-time code the customer must give.
    `primary` marks the verb that is usually next, always or in the statuses named. `blocked` says why a verb that the
    status allows is not possible here (a message id), or "" where it is not even shown; None lets it be offered. By
    `aloud` it is taken by telephone too; its schema needs a code at most.
    """

    machine: str
    verb: str
    run: Callable[[Work, UUID, Any], Awaitable[object]]
    schema: type[BaseModel]
    options: Callable[[Work, UUID], Awaitable[Mapping[str, Sequence[Option]]]] | None = None
    primary: bool | frozenset[str] = False
    code: str | None = None
    by: By = By.STAFF
    blocked: Callable[[Work, UUID], Awaitable[str | None]] | None = None
    aloud: Aloud | None = None

    def usual(self, status: str) -> bool:
        """Whether the verb is usually next for a document in `status`."""
        return self.primary if isinstance(self.primary, bool) else status in self.primary


@dataclass(frozen=True, slots=True)
class Panel:
    """A card that a module contributes. `load` answers the template's variables, or None for nothing to show.

    `place` is `case.left`, `case.right`, `customer`, `unit`, `phone.visit`, or on the customer's page `track.next`
    (what comes next, and when), `track.turn` (what is theirs to answer), `track`, `track.later` (after the
    conversation), `track.unit` (a unit's outside any case). `load` receives the id of the case, unit or visit document.
    `customer` and `unit` hold lists that grow: there `load` receives the page asked for, a `status.life.Life`, and
    answers `rows`, dictionaries with an `id`, newest first, no more than asked for; the page links to the rest.
    """

    place: str
    name: str
    title: str
    template: str
    load: Callable[[Work, Any], Awaitable[Mapping[str, Any] | None]]
    permission: str = ""
    rank: int = 50

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", N_(self.title))


@dataclass(frozen=True, slots=True)
class Tell:
    """Who is told when a document reaches a status (or an event happens): the words are `updates/<text>` messages.

    `subject` and `body` are the letter; `sms`, `whatsapp`, `voice` and `push` the same text as each of those channels
    says it. `roles` are the parts people play in the matter (owner, caller, payer, at_home). `variables` answers what
    the words need beyond the kernel's own (name, product, number, link, centre, owner), already formatted in the
    language. An `urgent` text goes in quiet hours and by the next channel if no receipt comes in time; one that stands
    `alone` is never merged into a later one. An `idle` one says only that nothing is new: it is merged into an earlier
    one that still waits to be sent. After `good_until` it is not sent any more. `states`: its times; is one not known,
    the next text for it is said. A `paper` goes with it where the channel carries one.
    """

    machine: str
    text: str
    subject: str
    body: str
    to: str | None = None
    event: str | None = None
    roles: tuple[str, ...] = ("owner",)
    purpose: str = "service"
    variables: Callable[[Work, Posted, str], Awaitable[Mapping[str, str]]] | None = None
    sms: str = ""
    whatsapp: str = ""
    voice: str = ""
    push: str = ""
    urgent: bool = False
    alone: bool = False
    idle: bool = False
    good_until: Callable[[Work, Posted], Awaitable[datetime | None]] | None = None
    states: tuple[Stated, ...] = ()
    paper: Paper | None = None


@dataclass(frozen=True, slots=True)
class Ways:
    """Ways to reach people that a package brings: what is on under these settings, by name.

    Both are asked once for all settings alike: an adapter holds nothing that is bound to an event loop. A channel or
    gate of a later package takes the place of an earlier one of the same name.
    """

    channels: Callable[[Settings], Mapping[str, Channel]]
    gates: Callable[[Settings], Mapping[str, Gate]]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list as a file: heading, SQL expression; `money` is in minor units of the column `currency`."""

    name: str
    value: Any
    money: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """A list that can be had as a CSV file, whole: `/api/v1/<name>.csv`, `/desk/<name>.csv` and `aftersales export`.

    The first column is the key by which it is read page by page: unique, ascending. `narrow` answers the statement
    with its joins, the caller's Scope and the `filters` (a model whose fields are the query parameters) applied.
    Without a `permission` it is for every member of staff.
    """

    name: str
    title: str
    permission: str
    columns: tuple[Column, ...]
    narrow: Callable[[Work, Select[Any], Any], Awaitable[Select[Any]]]
    filters: type[BaseModel]

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", N_(self.title))


@dataclass(frozen=True, slots=True)
class Holding:
    """What a package stores about customers, and how it is handed out and let go. Columns are `table.column`.

    `personal` are erased with the person; `kept` stand afterwards, for the reason given beside each; `plain` look like
    words and are none of a customer's: codes, our own texts, what is about staff. A test finds every column that could
    hold words and is in none of the three. `export` answers what is stored about the subject, ready for JSON. `erase`
    lets go and says what of; done again it finds nothing. `blocked` says, in sentences, why it cannot be now.
    """

    name: str
    title: str
    personal: frozenset[str] = frozenset()
    kept: Mapping[str, str] = field(default_factory=dict)
    plain: frozenset[str] = frozenset()
    export: Callable[[Work, Subject], Awaitable[Any]] | None = None
    erase: Callable[[Work, Subject], Awaitable[Sequence[Line]]] | None = None
    blocked: Callable[[Work, Subject], Awaitable[Sequence[str]]] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", N_(self.title))


Progress: TypeAlias = Callable[[int, int], Awaitable[None]]
"""Told now and then how much is done, and of how much."""


@dataclass(frozen=True, slots=True)
class Import:
    """What a package takes in from CSV files: `aftersales import <name>` and a page of the desk.

    `plan(work, findings)` looks up what the sound rows are about, refuses those that do not fit, tells what each of the
    others means, and answers the function that writes them; by itself it writes nothing. A file is best taken in after
    those of lower `rank`. `work.origin` is `import`: nobody is told of what is posted.
    """

    name: str
    title: str
    about: str
    fields: tuple[Field, ...]
    plan: Callable[[Work, Findings], Awaitable[Callable[[Progress], Awaitable[None]]]]
    rank: int = 50

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", N_(self.title))
        object.__setattr__(self, "about", N_(self.about))


@dataclass(frozen=True, slots=True)
class DemoPart:
    """A module's share of the demo company. Parts run in rank order, each in one transaction; `world` passes ids on."""

    rank: int
    fill: Callable[[Work, dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Cue:
    """What somebody does in the play of a service day, once, when a document of `machine` stands in one of `at`.

    Either `verb` names an action of the machine, taken with its schema, permission and one-time code like by anybody
    else; or `opens` is what the module's own route for a new document calls, `(work, case_id, body)`, with its `schema`
    (without a machine it opens the case itself). `role` is who does it in the document's branch, empty for the
    customer. `body` answers what they fill in, None if it is not done in this story. `words` follow the name in what is
    printed, with `{name}`, `{place}`, `{product}` and `{complaint}` of the case. The lowest `rank` is asked first.
    """

    machine: str
    at: frozenset[str]
    role: str
    words: str
    verb: str = ""
    opens: Callable[[Work, Any, Any], Awaitable[UUID]] | None = None
    schema: type[BaseModel] | None = None
    body: Callable[[Scene], Awaitable[Mapping[str, Any] | None]] | None = None
    rank: int = 50


@dataclass(frozen=True, slots=True)
class Module:
    """The manifest. `package` is the import name, whose `templates/` and `locale/` folders are found by it.

    `screens` names, by the first segment of its address (`phone`), the function that shows a document's page there:
    `show(request, work, document, failed=None)`; a form that could not be carried out is shown again by it.
    """

    name: str
    title: str
    package: str
    summary: str = ""
    depends: tuple[str, ...] = ()
    machines: tuple[Machine, ...] = ()
    permissions: tuple[Permission, ...] = ()
    roles: tuple[Role, ...] = ()
    actions: tuple[Action, ...] = ()
    api: tuple[APIRouter, ...] = ()
    pages: tuple[APIRouter, ...] = ()
    subscribers: tuple[Subscriber, ...] = ()
    timers: tuple[TimerHandler, ...] = ()
    jobs: tuple[Job, ...] = ()
    panels: tuple[Panel, ...] = ()
    tells: tuple[Tell, ...] = ()
    provides: Mapping[str, object] = field(default_factory=dict)
    demo: tuple[DemoPart, ...] = ()
    cues: tuple[Cue, ...] = ()
    screens: Mapping[str, Callable[..., Awaitable[Any]]] = field(default_factory=dict)
    desk: Desk = NO_PAGES
    imports: tuple[Import, ...] = ()
    listings: tuple[Listing, ...] = ()
    holdings: tuple[Holding, ...] = ()
    ways: Ways | None = None
