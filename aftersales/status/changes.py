"""What callers of the engine say: open a document, move it along an edge, record an event. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from aftersales.errors import Conflict, Invalid, NotFound
from aftersales.i18n import N_
from aftersales.status.machine import Audience, Edge, EventKind, Machine

MAX_CHANGES = 500
MAX_NOTE = 4000
MAX_LIST = 50
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/+-]{0,99}")
_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class NewDocument:
    """The facts a document is created with. `new_stream` also creates its stream."""

    stream_id: UUID
    branch_id: UUID
    number: str
    unit_id: UUID | None = None
    customer_id: UUID | None = None
    open_key: str | None = None
    new_stream: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one document. Make it with `open_document`, `move` or `event`, never by hand."""

    machine: Machine
    document_id: UUID
    name: str
    edge: Edge | None = None
    kind: EventKind | None = None
    new: NewDocument | None = None
    if_version: int | None = None
    data: Mapping[str, object] = field(default_factory=dict)
    note: str | None = None
    at: datetime | None = None
    assignee_id: UUID | None = None
    assigns: bool = False
    audience: Audience = Audience.STAFF


def open_document(
    machine: Machine,
    document_id: UUID,
    verb: str,
    new: NewDocument,
    *,
    data: Mapping[str, object] | None = None,
    note: str | None = None,
    at: datetime | None = None,
    assignee_id: UUID | None = None,
) -> Change:
    """Create a document along the edge `verb`, which must leave None.

    Raises NotFound for an unknown verb, Invalid for undeclared data or a reason that is missing.
    """
    edge = _edge(machine, verb, note)
    if None not in edge.sources:
        raise Conflict(
            "status.not_a_beginning", N_("{verb} does not create a {title}.").format(verb=verb, title=machine.title)
        )
    change = Change(machine, document_id, verb, edge=edge, new=new, at=at, audience=edge.audience)
    return _checked(change, edge.data, data, note, assignee_id)


def move(
    machine: Machine,
    document_id: UUID,
    verb: str,
    *,
    if_version: int | None = None,
    data: Mapping[str, object] | None = None,
    note: str | None = None,
    at: datetime | None = None,
    assignee_id: UUID | None = None,
) -> Change:
    """Take the edge `verb`. `if_version` is the document version the caller has read (If-Match).

    Raises NotFound for an unknown verb, Invalid for undeclared data or a reason that is missing.
    """
    edge = _edge(machine, verb, note)
    change = Change(machine, document_id, verb, edge=edge, if_version=if_version, at=at, audience=edge.audience)
    return _checked(change, edge.data, data, note, assignee_id)


def event(
    machine: Machine,
    document_id: UUID,
    name: str,
    *,
    if_version: int | None = None,
    data: Mapping[str, object] | None = None,
    note: str | None = None,
    at: datetime | None = None,
    assignee_id: UUID | None = None,
    audience: Audience | None = None,
) -> Change:
    """Record an event that the machine declares. `audience` may narrow or widen the declared one."""
    kind = machine.by_event.get(name)
    if kind is None:
        raise NotFound(
            "status.unknown_event", N_("A {title} knows no event {name}.").format(title=machine.title, name=name)
        )
    change = Change(
        machine, document_id, name, kind=kind, if_version=if_version, at=at, audience=audience or kind.audience
    )
    return _checked(change, kind.data, data, note, assignee_id)


def sources(change: Change) -> Sequence[str]:
    """The statuses in which the change is legal; empty where it only creates."""
    if change.edge is not None:
        return [source for source in change.edge.sources if source]
    return sorted((change.kind and change.kind.states) or change.machine.by_state)


def illegal(change: Change, status: str | None) -> Conflict:
    """The refusal of a change that is not legal in `status`, naming the verbs that are and that staff may take."""
    title, legal = change.machine.title, change.machine.offered(status)
    none = N_("nothing by hand") if change.machine.legal(status) else N_("nothing, it has ended")
    words = N_("A {title} that is {status} cannot {verb}. Possible now: {legal}.")
    if change.kind is not None:
        words = N_("“{event}” is not possible while the {title} is {status}. Possible now: {legal}.")
    return Conflict(
        "status.illegal",
        words.format(
            title=title,
            status=(status or "new").replace("_", " "),
            verb=change.name.replace("_", " "),
            event=change.kind.label if change.kind is not None else "",
            legal=", ".join(legal) or none,
        ),
        document_status=status,
        legal=legal,
    )


def _edge(machine: Machine, verb: str, note: str | None) -> Edge:
    edge = machine.by_verb.get(verb)
    if edge is None:
        raise NotFound("status.unknown_verb", N_("A {title} knows no {verb}.").format(title=machine.title, verb=verb))
    if edge.reason and not (note and note.strip()):
        raise Invalid(
            "status.reason_missing",
            N_("Say why: {label} needs a reason.").format(label=edge.label.lower()),
            errors=[
                {"field": "note", "problem": "missing", "help": N_("Write a sentence that a colleague can act on.")}
            ],
        )
    return edge


def _checked(
    change: Change,
    declared: frozenset[str],
    data: Mapping[str, object] | None,
    note: str | None,
    assignee_id: UUID | None,
) -> Change:
    """Keys must be declared and values ids, codes, amounts or instants: no free words may reach the timeline."""
    clean: dict[str, object] = {}
    for key, value in (data or {}).items():
        if key not in declared or not _plain(value):
            raise Invalid(
                "status.data_not_declared",
                N_("{machine}.{name} may not carry {key}: declare the key, and put words in a note.").format(
                    machine=change.machine.name, name=change.name, key=key
                ),
                errors=[{"field": key, "problem": N_("not declared, or not an id, code, amount or time")}],
            )
        clean[key] = _wire(value)
    words = (note or "").strip() or None
    if words is not None and len(words) > MAX_NOTE:
        raise Invalid("status.note_too_long", N_("A note holds at most {count} characters.").format(count=MAX_NOTE))
    if words is not None and _UNWRITABLE.search(words):
        raise Invalid("status.note_characters", "The note holds characters that are no text. Type it again.")
    return replace(change, data=clean, note=words, assignee_id=assignee_id, assigns=assignee_id is not None)


def _plain(value: object) -> bool:
    if isinstance(value, str):
        return _CODE.fullmatch(value) is not None
    if isinstance(value, int):
        return abs(value) < 2**63
    if isinstance(value, list | tuple):
        return len(value) <= MAX_LIST and all(_plain(item) for item in value)
    return value is None or isinstance(value, UUID | date)


def _wire(value: object) -> object:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_wire(item) for item in value]
    return value
