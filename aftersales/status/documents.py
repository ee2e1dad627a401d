"""Reading documents. Every function applies the caller's Scope: what is outside it does not exist."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BindParameter,
    Boolean,
    ColumnElement,
    Select,
    Uuid,
    and_,
    any_,
    bindparam,
    false,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.db.direct import Direct
from aftersales.errors import NotFound
from aftersales.scope import ActorKind, Scope
from aftersales.status.models import Document

PAGE = 50
STREAM_PAGE = 200
COUNT_CAP = 1000
# In the words of the index over what is not done: with a million cases that are, a rare status took 800 ms without it.
NOT_DONE = literal_column("document.category <> 'done'", Boolean)


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document as it was read; `version` is what `if_version` of a change compares with."""

    id: UUID
    machine: str
    stream_id: UUID
    unit_id: UUID | None
    customer_id: UUID | None
    branch_id: UUID
    assignee_id: UUID | None
    number: str
    status: str
    category: str
    version: int
    opened_at: datetime
    changed_at: datetime


# The table's own columns, not the class's attributes: these are read on every request, and the ORM's part in it would
# take longer than the database's.
_D = Document.__table__.c
_COLUMNS = tuple(_D[name] for name in DocumentView.__dataclass_fields__)
_VIEWS = select(*_COLUMNS)
_THEIRS = Document.__table__.alias("theirs")


def visible(scope: Scope, permission: str | None = None) -> ColumnElement[bool]:
    """The condition on Document that lets through what this caller may see.

    Customers: the one stream of their link, whatever the permission. Staff: the branches in which they hold
    `permission` (None: any permission at all), and with `assigned_only` just streams where a document is theirs.
    """
    return _within(_limits(scope, permission))


async def get(session: AsyncSession, scope: Scope, document_id: UUID, machine: str | None = None) -> DocumentView:
    """One document, of the `machine` if one is named. Raises NotFound (`status.unknown_document`)."""
    limits = _limits(scope)
    row = await _ONE[frozenset(limits)].row(session, {"id": document_id, **limits})
    if row is None or machine not in (None, row.machine):
        raise NotFound("status.unknown_document", "There is no such document, or you may not see it.")
    return DocumentView(*row)


async def on_stream(
    session: AsyncSession, scope: Scope, stream_id: UUID, *, after: UUID | None = None, limit: int = STREAM_PAGE
) -> list[DocumentView]:
    """The documents of a case or unit, the first opened first; those after the id `after`, `limit` at most."""
    return await _page(session, _views(scope).where(_D.stream_id == stream_id), after, limit)


async def of_machine(
    session: AsyncSession,
    scope: Scope,
    stream_id: UUID,
    machine: str,
    *,
    after: UUID | None = None,
    limit: int = STREAM_PAGE,
) -> list[DocumentView]:
    """Like `on_stream`, for one machine only."""
    query = _views(scope).where(_D.stream_id == stream_id, _D.machine == machine)
    return await _page(session, query, after, limit)


async def newest(
    session: AsyncSession,
    scope: Scope,
    machine: str,
    *,
    permission: str | None = None,
    statuses: Collection[str] = (),
    branch_id: UUID | None = None,
    assignee_id: UUID | None = None,
    before: UUID | None = None,
    limit: int = PAGE,
) -> list[DocumentView]:
    """A page of a machine's documents, the last made first; the next page begins `before` the last id of this one."""
    query = _views(scope, permission).where(_D.machine == machine)
    if statuses:
        query = query.where(_D.status.in_(sorted(statuses)))
    if branch_id is not None:
        query = query.where(_D.branch_id == branch_id)
    if assignee_id is not None:
        query = query.where(_D.assignee_id == assignee_id)
    if before is not None:
        query = query.where(_D.id < before)
    rows = await session.execute(query.order_by(_D.id.desc()).limit(limit))
    return [DocumentView(*row) for row in rows]


async def counts(
    session: AsyncSession, scope: Scope, machines: Collection[str], *, permission: str, branch_id: UUID | None = None
) -> dict[str, int]:
    """How many documents of these machines that are not done stand in each status. Counting stops at `COUNT_CAP` of all
    together: then each is a sample."""
    query = select(_D.status).where(_D.machine.in_(sorted(machines)), NOT_DONE, visible(scope, permission))
    if branch_id is not None:
        query = query.where(_D.branch_id == branch_id)
    inner = query.limit(COUNT_CAP).subquery()
    rows = await session.execute(select(inner.c.status, func.count()).group_by(inner.c.status))
    return {row.status: row[1] for row in rows}


async def running_on(session: AsyncSession, scope: Scope, stream_ids: Collection[UUID]) -> list[DocumentView]:
    """The documents of several cases that have not ended, whatever moved last first; `STREAM_PAGE` at most."""
    if not stream_ids:
        return []
    query = _views(scope).where(_D.stream_id.in_(stream_ids), _D.category != "done")
    rows = await session.execute(query.order_by(_D.changed_at.desc(), _D.id.desc()).limit(STREAM_PAGE))
    return [DocumentView(*row) for row in rows]


async def running_of(
    session: AsyncSession, scope: Scope, *, unit_id: UUID | None = None, customer_id: UUID | None = None
) -> list[DocumentView]:
    """What has not ended of a unit or of a customer, whatever moved last first; `STREAM_PAGE` at most."""
    mine = _D.unit_id == unit_id if unit_id is not None else _D.customer_id == customer_id
    query = _views(scope).where(mine, _D.category != "done")
    rows = await session.execute(query.order_by(_D.changed_at.desc(), _D.id.desc()).limit(STREAM_PAGE))
    return [DocumentView(*row) for row in rows]


def _views(scope: Scope, permission: str | None = None) -> Select[Any]:
    return _VIEWS.where(visible(scope, permission))


async def _page(session: AsyncSession, query: Select[Any], after: UUID | None, limit: int) -> list[DocumentView]:
    if after is not None:
        query = query.where(_D.id > after)
    rows = await session.execute(query.order_by(_D.id).limit(limit))
    return [DocumentView(*row) for row in rows]


def _branches(scope: Scope, permission: str | None) -> frozenset[UUID] | None:
    if permission is not None:
        return scope.branches(permission)
    every: set[UUID] = set()
    for branches in scope.grants.values():
        if branches is None:
            return None
        every |= branches
    return frozenset(every)


def _limits(scope: Scope, permission: str | None = None) -> dict[str, Any]:
    """What narrows the caller's sight, by the names that `_within` knows; nothing for the system."""
    if scope.actor.kind is ActorKind.SYSTEM:
        return {}
    if scope.actor.kind is ActorKind.CUSTOMER:
        # Without a stream this asks for NULL, which none has.
        return {"stream": scope.stream_id}
    branches = _branches(scope, permission)
    limits: dict[str, Any] = {} if branches is None else {"branches": sorted(branches)}
    return limits | {"assigned": scope.staff_id} if scope.assigned_only else limits


def _within(limits: Mapping[str, Any]) -> ColumnElement[bool]:
    """The condition for these limits, each a value or the place of one."""
    return and_(true(), *(_CONDITIONS[name](value) for name, value in limits.items()))


def _in_branches(branches: list[UUID] | BindParameter[list[UUID]]) -> ColumnElement[bool]:
    if isinstance(branches, BindParameter):
        return _D.branch_id == any_(branches)
    if len(branches) == 1:
        return _D.branch_id == branches[0]
    return _D.branch_id.in_(branches) if branches else false()


def _assigned(staff_id: UUID | BindParameter[UUID] | None) -> ColumnElement[bool]:
    return _D.stream_id.in_(select(_THEIRS.c.stream_id).where(_THEIRS.c.assignee_id == staff_id))


_CONDITIONS: Mapping[str, Callable[[Any], ColumnElement[bool]]] = {
    "stream": lambda stream_id: _D.stream_id == stream_id,
    "branches": _in_branches,
    "assigned": _assigned,
}
_PLACES: Mapping[str, BindParameter[Any]] = {
    "stream": bindparam("stream", type_=Uuid()),
    "branches": bindparam("branches", type_=ARRAY(Uuid())),
    "assigned": bindparam("assigned", type_=Uuid()),
}
_ONE: Mapping[frozenset[str], Direct] = {
    frozenset(names): Direct(
        _VIEWS.where(_D.id == bindparam("id"), _within({name: _PLACES[name] for name in names})), reads=True
    )
    for names in ((), ("stream",), ("branches",), ("assigned",), ("branches", "assigned"))
}
"""The reading of one document, for whatever limits a caller can have."""
