"""Branches and staff as others need them. Service centres are public; of staff, customers learn names alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.auth.models import ApiClient, Branch, Grant, Staff
from aftersales.auth.permissions import CLIENTS
from aftersales.errors import NotFound
from aftersales.scope import ActorKind, Scope

MAX_ROWS = 500
_CURRENCIES = "aftersales.currencies"


@dataclass(frozen=True, slots=True)
class BranchView:
    """A service centre."""

    id: UUID
    code: str
    name: str
    phone: str
    address: str
    postcode: str
    timezone: str
    currency: str
    latitude: Decimal | None
    longitude: Decimal | None


@dataclass(frozen=True, slots=True)
class StaffView:
    """A member of staff. `phone` and `email` are None in a customer's eyes."""

    id: UUID
    name: str
    branch_id: UUID
    language: str
    active: bool
    phone: str | None
    email: str | None


@dataclass(frozen=True, slots=True)
class ClientView:
    """An API client, with its maker and branch by name; `branch` is None where it works in all that its maker has."""

    id: UUID
    name: str
    permissions: list[str]
    maker: str
    maker_active: bool
    branch: str | None
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None


async def branch(session: AsyncSession, _scope: Scope, branch_id: UUID) -> BranchView:
    """One service centre. Raises NotFound (`auth.unknown_branch`)."""
    row = await session.scalar(select(Branch).where(Branch.id == branch_id))
    if row is None:
        raise NotFound("auth.unknown_branch", "No such service centre.")
    return _branch_view(row)


async def currency(session: AsyncSession, scope: Scope, branch_id: UUID) -> str:
    """The currency of a service centre; asked of the database once in a session, however many forms want it."""
    known: dict[UUID, str] = session.info.setdefault(_CURRENCIES, {})
    if branch_id not in known:
        known[branch_id] = (await branch(session, scope, branch_id)).currency
    return known[branch_id]


async def branches(session: AsyncSession, _scope: Scope) -> list[BranchView]:
    """Every service centre, by name."""
    rows = await session.scalars(select(Branch).order_by(Branch.name, Branch.id).limit(MAX_ROWS))
    return [_branch_view(row) for row in rows]


async def staff_member(session: AsyncSession, scope: Scope, staff_id: UUID) -> StaffView:
    """One member of staff, whether or not they still work here. Raises NotFound (`auth.unknown_staff`)."""
    row = await session.scalar(select(Staff).where(Staff.id == staff_id))
    if row is None:
        raise NotFound("auth.unknown_staff", "No such member of staff.")
    return _staff_view(scope, row)


async def staff_with_role(
    session: AsyncSession, scope: Scope, role: str, branch_id: UUID | None = None
) -> list[StaffView]:
    """Who works here and holds the role, in that branch if one is given, by name. Nobody, for customers."""
    return await staff_with_roles(session, scope, [role], branch_id)


async def staff_with_roles(
    session: AsyncSession, scope: Scope, roles: Iterable[str], branch_id: UUID | None = None
) -> list[StaffView]:
    """The same for whoever holds any of these roles, each person once; one statement."""
    if scope.actor.kind is ActorKind.CUSTOMER:
        return []
    holds = select(Grant.staff_id).where(Grant.role.in_(sorted(roles)))
    if branch_id is not None:
        holds = holds.where(or_(Grant.branch_id.is_(None), Grant.branch_id == branch_id))
    statement = select(Staff).where(Staff.active, Staff.id.in_(holds)).order_by(Staff.name, Staff.id).limit(MAX_ROWS)
    return [_staff_view(scope, row) for row in await session.scalars(statement)]


async def staff_names(session: AsyncSession, _scope: Scope, ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names behind these ids, for timelines: one statement, none for no ids; unknown ids are left out."""
    wanted = set(ids)
    if not wanted:
        return {}
    rows = await session.execute(select(Staff.id, Staff.name).where(Staff.id.in_(wanted)))
    return {row.id: row.name for row in rows}


async def clients(session: AsyncSession, scope: Scope, *, after: UUID | None = None, limit: int) -> list[ClientView]:
    """The API clients that the caller looks after, the newest first; those after the id `after`."""
    query = (
        select(
            *(ApiClient.id, ApiClient.name, ApiClient.permissions, Staff.name, Staff.active, Branch.name),
            *(ApiClient.created_at, ApiClient.expires_at, ApiClient.revoked_at, ApiClient.last_used_at),
        )
        .join(Staff, Staff.id == ApiClient.staff_id)
        .join(Branch, Branch.id == ApiClient.branch_id, isouter=True)
        .where(_looked_after(scope), true() if after is None else ApiClient.id < after)
        .order_by(ApiClient.id.desc())
        .limit(limit)
    )
    rows = await session.execute(query)
    # More columns than the types of a row can say.
    return [ClientView(*cast(Any, row)) for row in rows]


async def client_to_change(session: AsyncSession, scope: Scope, client_id: UUID) -> ApiClient:
    """One API client, locked. Raises NotFound (`auth.unknown_client`)."""
    query = select(ApiClient).where(ApiClient.id == client_id, _looked_after(scope)).with_for_update()
    row = await session.scalar(query)
    if row is None:
        raise NotFound("auth.unknown_client", "No such API client, or it is not yours to look after.")
    return row


async def client_names(session: AsyncSession, _scope: Scope, ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names of these API clients, for timelines: one statement, none for no ids."""
    wanted = set(ids)
    if not wanted:
        return {}
    rows = await session.execute(select(ApiClient.id, ApiClient.name).where(ApiClient.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def _looked_after(scope: Scope) -> ColumnElement[bool]:
    """One's own, and those of the branches in which one holds the permission; with it everywhere, all."""
    branches = scope.branches(CLIENTS)
    if branches is None:
        return true()
    return or_(ApiClient.staff_id == scope.staff_id, ApiClient.branch_id.in_(branches))


def _branch_view(row: Branch) -> BranchView:
    return BranchView(
        id=row.id,
        code=row.code,
        name=row.name,
        phone=row.phone,
        address=row.address,
        postcode=row.postcode,
        timezone=row.timezone,
        currency=row.currency,
        latitude=row.latitude,
        longitude=row.longitude,
    )


def _staff_view(scope: Scope, row: Staff) -> StaffView:
    private = scope.actor.kind is ActorKind.CUSTOMER
    return StaffView(
        id=row.id,
        name=row.name,
        branch_id=row.branch_id,
        language=row.language,
        active=row.active,
        phone=None if private else row.phone,
        email=None if private else row.email,
    )
