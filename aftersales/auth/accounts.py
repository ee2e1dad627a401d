"""Colleagues as those see them who look after them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, exists, or_, select, true, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from aftersales.auth.models import Branch, Grant, Staff
from aftersales.auth.permissions import STAFF
from aftersales.errors import NotFound
from aftersales.i18n import N_
from aftersales.scope import Scope


@dataclass(frozen=True, slots=True)
class GrantView:
    """A role that is held; `branch` is None where it is held in all."""

    role: str
    branch_id: UUID | None
    branch: str | None


@dataclass(frozen=True, slots=True)
class AccountView:
    """A colleague, with everything that they hold; `branch` is the name of their own centre."""

    id: UUID
    login: str
    name: str
    branch_id: UUID
    branch: str
    language: str
    active: bool
    must_change: bool
    grants: list[GrantView]


async def accounts(session: AsyncSession, scope: Scope, *, after: UUID | None = None, limit: int) -> list[AccountView]:
    """Whom the caller looks after, by name; those after the person `after`. Two statements."""
    last = aliased(Staff)
    beyond = select(last.name, last.id).where(last.id == after).scalar_subquery()
    place = true() if after is None else tuple_(Staff.name, Staff.id) > beyond
    query = select(Staff, Branch.name).join(Branch, Branch.id == Staff.branch_id).where(looked_after(scope), place)
    rows = (await session.execute(query.order_by(Staff.name, Staff.id).limit(limit))).all()
    held = await _held(session, [row[0].id for row in rows])
    return [_view(person, branch, held[person.id]) for person, branch in rows]


async def account(session: AsyncSession, scope: Scope, staff_id: UUID) -> AccountView:
    """One of them. Raises NotFound (`auth.unknown_staff`)."""
    query = select(Staff, Branch.name).join(Branch, Branch.id == Staff.branch_id)
    row = (await session.execute(query.where(Staff.id == staff_id, looked_after(scope)))).one_or_none()
    if row is None:
        raise unknown()
    return _view(row[0], row[1], (await _held(session, [staff_id]))[staff_id])


def looked_after(scope: Scope) -> ColumnElement[bool]:
    """Who is at home, or holds something, where the caller looks after people."""
    branches = scope.branches(STAFF)
    if branches is None:
        return true()
    there = exists().where(Grant.staff_id == Staff.id, Grant.branch_id.in_(branches))
    return or_(Staff.branch_id.in_(branches), there)


def unknown() -> NotFound:
    """The answer to an id of nobody whom the caller looks after."""
    return NotFound("auth.unknown_staff", N_("No such colleague, or they are not yours to look after."))


async def _held(session: AsyncSession, people: Iterable[UUID]) -> dict[UUID, list[GrantView]]:
    query = (
        select(Grant.staff_id, Grant.role, Grant.branch_id, Branch.name)
        .join(Branch, Branch.id == Grant.branch_id, isouter=True)
        .where(Grant.staff_id.in_(list(people)))
        .order_by(Grant.role, Branch.name)
    )
    held: dict[UUID, list[GrantView]] = defaultdict(list)
    for staff_id, role, branch_id, branch in await session.execute(query):
        held[staff_id].append(GrantView(role, branch_id, branch))
    return held


def _view(person: Staff, branch: str, held: list[GrantView]) -> AccountView:
    return AccountView(
        id=person.id,
        login=person.login,
        name=person.name,
        branch_id=person.branch_id,
        branch=branch,
        language=person.language,
        active=person.active,
        must_change=person.must_change,
        grants=held,
    )
