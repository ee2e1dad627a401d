"""The only code that sets a status.

`post` takes 1…500 changes of mixed machines and, in **one** statement inside the caller's transaction, locks the
streams and documents, checks versions and edges, moves the documents, numbers and writes the timeline entries, the
notes and the outbox messages; or it writes nothing and says why. Streams are locked before documents, each sorted by
id: everyone who locks in that order cannot deadlock with another.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import clock, metrics
from aftersales.db.session import POSTED
from aftersales.errors import Conflict, Invalid, NotFound, Problem, Stale
from aftersales.i18n import N_
from aftersales.scope import Actor
from aftersales.status.batch import columns
from aftersales.status.changes import MAX_CHANGES, Change, illegal
from aftersales.status.machine import Category, Machine
from aftersales.status.models import Document
from aftersales.status.statement import CREATE, LOCK, POST

LIVE, IMPORT, DEMO = "live", "import", "demo"
_STANDING = "aftersales.standing"
_TAKEN = frozenset({"pk_stream", "pk_document", "uq_document_number"})


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a change stands on the timeline, and the version and status that its document has after it."""

    stream_id: UUID
    version: int
    document_id: UUID
    document_version: int
    status: str


async def lock(session: AsyncSession, stream_ids: Iterable[UUID]) -> None:
    """Hold these streams (cases, units) until the transaction ends, for a decision that spans documents.

    Call it once, before reading what the decision rests on. Raises NotFound (`status.unknown_stream`).
    """
    ids = sorted(set(stream_ids))
    found = await LOCK.rows(session, {"ids": ids})
    if len(found) != len(ids):
        raise NotFound("status.unknown_stream", "No such case or unit.")


async def create_streams(session: AsyncSession, stream_ids: Iterable[UUID]) -> None:
    """Make empty streams, for units. A case's stream is made with its document (`NewDocument.new_stream`)."""
    await CREATE.rows(session, {"ids": list(stream_ids)})


async def post(
    session: AsyncSession, changes: Sequence[Change], *, actor: Actor, origin: str = LIVE, at: datetime | None = None
) -> list[Entry]:
    """Post 1…500 changes; all of them, in their order, or none.

    Several changes of one document form a chain; `if_version` of each means the version before the batch. `at` is when
    it happened (default: now); a Change may say its own. Raises NotFound, Stale (412), Conflict (409: `status.illegal`
    names the legal verbs, `status.already_open`, `status.already_exists`), Invalid (422). After any of them the
    transaction holds nothing of this call and can go on.
    """
    if not 1 <= len(changes) <= MAX_CHANGES:
        raise Invalid(
            "status.batch_size",
            N_("Post between 1 and {count} changes at a time.").format(count=MAX_CHANGES),
        )
    # A column of nothing goes as NULL, which `unnest` fills up: the driver looks at every list.
    given = columns(changes, at or clock.now())
    parameters: dict[str, Any] = {
        name: given[name] if any(v is not None for v in given[name]) else None for name in given
    }
    parameters |= {"actor_kind": str(actor.kind), "actor_id": actor.id, "origin": origin}
    try:
        if any(map(_constrained, changes)):
            # Of the connection: a savepoint of the session would first flush rows that name the documents made here.
            connection = await session.connection()
            async with connection.begin_nested():
                rows = await POST.rows(session, parameters)
        else:
            rows = await POST.rows(session, parameters)
    except IntegrityError as error:
        if (problem := _refused_by_constraint(error)) is None:
            raise
        raise problem from error
    for row in rows:
        if row.outcome != "ok":
            raise _refusal(changes[row.ord], row.outcome, row.now_status)
    session.info[POSTED] = True
    for machine, number in Counter(change.machine.name for change in changes).items():
        metrics.on_commit(session.info, metrics.POSTS.labels(machine), number)
    entries = _entries(changes, rows)
    session.info.setdefault(_STANDING, {}).update((entry.document_id, entry) for entry in entries)
    return entries


def standing(session: AsyncSession, document_id: UUID) -> Entry | None:
    """Where the last change posted with this session left the document; None if there was none. Asks no database.

    It knows nothing of savepoints: what was rolled back to one still stands here.
    """
    entry: Entry | None = session.info.get(_STANDING, {}).get(document_id)
    return entry


def legal_verbs(machine: Machine, status: str) -> list[str]:
    """The verbs that staff may take from `status`, for API answers and buttons."""
    return machine.offered(status)


def _constrained(change: Change) -> bool:
    """Whether a constraint may refuse it; then a savepoint keeps the transaction alive. Moving on violates none."""
    return change.new is not None or change.assigns or _reopens(change)


def _reopens(change: Change) -> bool:
    edge, states = change.edge, change.machine.by_state
    if edge is None or states[edge.to].category is Category.DONE:
        return False
    return any(source and states[source].category is Category.DONE for source in edge.sources)


def _entries(changes: Sequence[Change], rows: Sequence[Any]) -> list[Entry]:
    current: dict[UUID, str] = {}
    entries = []
    for change, row in zip(changes, rows, strict=True):
        before = current.get(change.document_id, row.now_status)
        status = change.edge.to if change.edge else before
        current[change.document_id] = status
        entries.append(Entry(row.sid, row.version, change.document_id, row.document_version, status))
    return entries


async def place(session: AsyncSession, document_id: UUID, *, unit_id: UUID, customer_id: UUID) -> None:
    """Say what a document that was opened without unit and customer is about; it is found under both from now on.

    Raises Conflict (`status.placed`) where that was known already.
    """
    found = await session.execute(
        update(Document)
        .where(Document.id == document_id, Document.unit_id.is_(None), Document.customer_id.is_(None))
        .values(unit_id=unit_id, customer_id=customer_id)
        .returning(Document.id)
    )
    if found.one_or_none() is None:
        raise Conflict("status.placed", "It is known already which product this is about.")


def _refusal(change: Change, outcome: str, status: str | None) -> Problem:
    title = change.machine.title
    if outcome == "missing":
        return NotFound("status.unknown_document", N_("No such {title}.").format(title=title))
    if outcome == "no_stream":
        return NotFound(
            "status.unknown_stream", N_("The case or unit of this {title} does not exist.").format(title=title)
        )
    if outcome == "exists":
        return Conflict("status.already_exists", N_("This {title} exists already.").format(title=title))
    if outcome == "stale":
        return Stale(
            "status.stale",
            N_("This {title} has changed since you read it. Load it again, then decide.").format(title=title),
            document_status=status,
        )
    return illegal(change, status)


def _refused_by_constraint(error: IntegrityError) -> Problem | None:
    cause = error.orig.__cause__ if error.orig else None
    name = str(getattr(cause, "constraint_name", ""))
    if name == "uq_document_open_key":
        return Conflict("status.already_open", "One like this is still open. Finish that one first.")
    if name in _TAKEN:
        return Conflict("status.already_exists", "A document with this id or number exists already.")
    if name.startswith("fk_document_"):
        field = name.removeprefix("fk_document_")
        return Invalid(
            "status.unknown_reference",
            N_("The document names a {what} that does not exist.").format(what=field.removesuffix("_id")),
            errors=[{"field": field, "problem": "unknown"}],
        )
    return None
