"""Branches and staff as others need them. Service centres are public; of staff, customers learn names alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.auth.models import Branch, Grant, Staff
from aftersales.errors import NotFound
from aftersales.scope import ActorKind, Scope

MAX_ROWS = 500


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


async def branch(session: AsyncSession, _scope: Scope, branch_id: UUID) -> BranchView:
    """One service centre. Raises NotFound (`auth.unknown_branch`)."""
    row = await session.scalar(select(Branch).where(Branch.id == branch_id))
    if row is None:
        raise NotFound("auth.unknown_branch", "No such service centre.")
    return _branch_view(row)


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
