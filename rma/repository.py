"""Every query about returns."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.errors import NotFound
from aftersales.policies.models import Policy
from aftersales.scope import Scope
from aftersales.status.documents import visible
from aftersales.status.life import Life
from aftersales.status.models import Document
from rma.models import Return, ReturnWords
from rma.permissions import VIEW


@dataclass(frozen=True, slots=True)
class ReturnView:
    """A return with its status, its words and the verdict of the rule."""

    id: UUID
    number: str
    status: str
    category: str
    version: int
    stream_id: UUID
    branch_id: UUID
    unit_id: UUID
    reason_code: str
    goodwill_code: str | None
    evaluator_version: int
    facts: Mapping[str, Any]
    verdict: Mapping[str, Any] | None
    asked_at: datetime
    policy_version: int | None
    terms: Mapping[str, Any] | None
    clauses: Mapping[str, str] | None
    asked: str | None
    answered: str | None
    goodwill: str | None


_COLUMNS = (
    Document.id,
    Document.number,
    Document.status,
    Document.category,
    Document.version,
    Document.stream_id,
    Document.branch_id,
    Return.unit_id,
    Return.reason_code,
    Return.goodwill_code,
    Return.evaluator_version,
    Return.facts,
    Return.verdict,
    Return.asked_at,
    Policy.version,
    Policy.terms,
    Policy.words,
    ReturnWords.asked,
    ReturnWords.answered,
    ReturnWords.goodwill,
)


async def one(session: AsyncSession, scope: Scope, return_id: UUID) -> ReturnView:
    """One return. Raises NotFound (`return.unknown`)."""
    row = (await session.execute(_views(scope).where(Document.id == return_id))).one_or_none()
    if row is None:
        raise NotFound("return.unknown", "There is no such return, or you may not see it.")
    return _view(row)


async def on_stream(session: AsyncSession, scope: Scope, stream_id: UUID) -> list[ReturnView]:
    """The returns asked for in a case, the last asked first."""
    query = _views(scope).where(Document.stream_id == stream_id).order_by(Document.id.desc()).limit(50)
    return [_view(row) for row in await session.execute(query)]


async def listed(
    session: AsyncSession, scope: Scope, *, statuses: Collection[str] = (), limit: int, before: UUID | None = None
) -> list[ReturnView]:
    """A page of returns that the caller may view, the last asked first, older than the one with the key `before`."""
    query = _views(scope, VIEW).order_by(Document.id.desc()).limit(limit)
    if statuses:
        query = query.where(Document.status.in_(sorted(statuses)))
    if before is not None:
        query = query.where(Document.id < before)
    return [_view(row) for row in await session.execute(query)]


async def in_life(session: AsyncSession, scope: Scope, life: Life) -> list[ReturnView]:
    """The returns of a customer or a unit."""
    return [_view(row) for row in await session.execute(life.page(_views(scope, VIEW)))]


async def rows(session: AsyncSession, scope: Scope, return_id: UUID) -> tuple[Return, ReturnWords]:
    """A return's own rows, to be changed; words that were erased are begun anew. Raises NotFound (`return.unknown`)."""
    query = (
        select(Return, ReturnWords)
        .join(Document, Document.id == Return.id)
        .outerjoin(ReturnWords, ReturnWords.return_id == Return.id)
        .where(Return.id == return_id, visible(scope))
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        raise NotFound("return.unknown", "There is no such return, or you may not see it.")
    words: ReturnWords | None = found[1]
    if words is None:
        words = ReturnWords(return_id=return_id, asked="")
        session.add(words)
    return found[0], words


def _views(scope: Scope, permission: str | None = None) -> Select[Any]:
    return (
        select(*_COLUMNS)
        .join(Return, Return.id == Document.id)
        .outerjoin(Policy, Policy.id == Return.policy_id)
        .outerjoin(ReturnWords, ReturnWords.return_id == Return.id)
        .where(visible(scope, permission))
    )


def _view(row: Any) -> ReturnView:
    return ReturnView(*tuple(row))
