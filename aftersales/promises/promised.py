"""What has been promised and has not ended, what is due first, page by page: along the watch, so by what is open."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, tuple_

from aftersales.promises.models import OpenPromise, PromiseStep
from aftersales.promises.permissions import VIEW
from aftersales.promises.watchlist import ABOUT, CAP, DueRow, Place, of_case, turns
from aftersales.scope import Scope
from aftersales.status.documents import visible
from aftersales.status.machine import WaitsOn
from aftersales.status.models import Document
from aftersales.work import Work


async def promised(
    work: Work, *, branch_id: UUID | None = None, after: Place | None = None, limit: int = 50
) -> list[DueRow]:
    """A page of them; two statements, however long it is. `clock` is the kind of the promise."""
    rows = (await work.session.execute(_listed(work.scope, branch_id, after, limit))).all()
    whose = await turns(work, sorted({row[0] for row in rows}))
    return [_row(tuple(row), whose.get(row[0], WaitsOn.US)) for row in rows]


_SAID: tuple[Any, ...] = (PromiseStep.at, PromiseStep.language, PromiseStep.basis)


def _row(row: tuple[Any, ...], whose: WaitsOn) -> DueRow:
    case_id, number, complaint, name, product, branch, owner, kind, due_at, *said = row
    about = (case_id, number, complaint, name, product, branch, owner)
    return DueRow(*about, kind, "", 0, due_at, "open", 0, whose, (), *said)


async def count(work: Work, branch_id: UUID | None = None) -> int:
    """How many there are, counted to `CAP`; one statement."""
    inner = _narrowed(select(OpenPromise.promise_id), work.scope, branch_id).limit(CAP).subquery()
    return int(await work.session.scalar(select(func.count()).select_from(inner)) or 0)


def _narrowed(query: Select[Any], scope: Scope, branch_id: UUID | None) -> Select[Any]:
    query = query.join(Document, Document.id == OpenPromise.case_id).where(visible(scope, VIEW))
    return query if branch_id is None else query.where(Document.branch_id == branch_id)


def _listed(scope: Scope, branch_id: UUID | None, after: Place | None, limit: int) -> Select[Any]:
    key = (OpenPromise.due_at, OpenPromise.case_id, PromiseStep.kind)
    keys: Any = select(OpenPromise.promise_id)
    page = _narrowed(keys, scope, branch_id).join(PromiseStep, PromiseStep.id == OpenPromise.promise_id)
    if after is not None:
        page = page.where(OpenPromise.due_at >= after.due, tuple_(*key) > (after.due, after.case_id, after.clock))
    on_page = page.order_by(*key).limit(limit).subquery()
    query = (
        select(OpenPromise.case_id, *ABOUT, PromiseStep.kind, OpenPromise.due_at, *_SAID)
        .join(on_page, on_page.c.promise_id == OpenPromise.promise_id)
        .join(PromiseStep, PromiseStep.id == OpenPromise.promise_id)
    )
    return of_case(query, OpenPromise.case_id).order_by(*key)
