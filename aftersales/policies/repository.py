"""Reading published policies. They are public: any scope may read every version."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Select, String, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.errors import NotFound
from aftersales.policies.models import Policy
from aftersales.scope import Scope


@dataclass(frozen=True, slots=True)
class PolicyView:
    """One published version, as it will always read."""

    id: UUID
    kind: str
    code: str
    version: int
    effective_from: date
    published_at: datetime
    terms: Mapping[str, Any]
    words: Mapping[str, str]


_COLUMNS = (
    Policy.id,
    Policy.kind,
    Policy.code,
    Policy.version,
    Policy.effective_from,
    Policy.published_at,
    Policy.terms,
    Policy.words,
)


async def policy(session: AsyncSession, scope: Scope, policy_id: UUID) -> PolicyView:
    """One version. Raises NotFound (`policy.unknown`)."""
    row = (await session.execute(_views(scope).where(Policy.id == policy_id))).one_or_none()
    if row is None:
        raise NotFound("policy.unknown", "No such version of a policy.")
    return PolicyView(*row)


async def in_force(session: AsyncSession, scope: Scope, kind: str, codes: Sequence[str], on: date) -> PolicyView | None:
    """The version in force on a day, of the first of `codes` that had one then; None if none had."""
    wanted = literal(list(codes), ARRAY(String))
    query = (
        _views(scope)
        .where(Policy.kind == kind, Policy.code.in_(codes), Policy.effective_from <= on)
        .order_by(func.array_position(wanted, Policy.code), Policy.effective_from.desc(), Policy.version.desc())
        .limit(1)
    )
    row = (await session.execute(query)).one_or_none()
    return None if row is None else PolicyView(*row)


async def versions(session: AsyncSession, scope: Scope, policy_ids: Collection[UUID]) -> dict[UUID, PolicyView]:
    """Some versions by their ids; those that do not exist are left out. Asks nothing where none is named."""
    if not policy_ids:
        return {}
    rows = await session.execute(_views(scope).where(Policy.id.in_(policy_ids)))
    return {row[0]: PolicyView(*row) for row in rows}


async def newest(session: AsyncSession, scope: Scope, kind: str, code: str) -> PolicyView | None:
    """The last published version of one policy, in force or announced; None if there is none."""
    query = _views(scope).where(Policy.kind == kind, Policy.code == code).order_by(Policy.version.desc()).limit(1)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else PolicyView(*row)


async def listed(
    session: AsyncSession,
    scope: Scope,
    *,
    kind: str | None = None,
    code: str | None = None,
    limit: int,
    after: UUID | None = None,
) -> list[PolicyView]:
    """Versions, the last made first, older than the one with the key `after`."""
    query = _views(scope).order_by(Policy.id.desc()).limit(limit)
    for column, value in ((Policy.kind, kind), (Policy.code, code)):
        if value is not None:
            query = query.where(column == value)
    if after is not None:
        query = query.where(Policy.id < after)
    return [PolicyView(*row) for row in await session.execute(query)]


def _views(scope: Scope) -> Select[Any]:  # noqa: ARG001 - what is published is public
    return select(*_COLUMNS)
