"""What the roles a person holds allow. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from aftersales.auth.permissions import STAFF
from aftersales.i18n import N_
from aftersales.scope import Actor, ActorKind, Scope

if TYPE_CHECKING:
    from aftersales.module import Role

MIN_PASSWORD = 10
MAX_PASSWORD = 200


@dataclass(frozen=True, slots=True)
class Held:
    """A role held in one branch, or with None in all of them."""

    role: str
    branch_id: UUID | None


def staff_scope(staff_id: UUID, held: Iterable[Held], roles: Mapping[str, Role]) -> Scope:
    """The scope of a member of staff. Roles that no loaded module declares count for nothing.

    A permission holds wherever any of the roles gives it. Who holds one role that sees everything is not narrowed to
    their own work; who holds none is.
    """
    grants: dict[str, frozenset[UUID] | None] = {}
    narrowed = True
    for one in held:
        role = roles.get(one.role)
        if role is None:
            continue
        narrowed = narrowed and role.assigned_only
        for permission in role.permissions:
            grants[permission] = _wider(grants.get(permission, frozenset()), one.branch_id)
    return Scope(Actor(ActorKind.STAFF, staff_id), grants, assigned_only=narrowed)


def holds(scope: Scope, permission: str, branch_id: UUID | None) -> bool:
    """Whether the permission is held in this branch, or with None in every one."""
    branches = scope.branches(permission)
    return branches is None or (branch_id is not None and branch_id in branches)


def may_grant(scope: Scope, role: Role | None, branch_id: UUID | None) -> bool:
    """Whether the caller may give or take this role there: never one that can do what they cannot do there themselves.

    None is a role that no loaded module declares: what it will allow one day nobody knows, so it takes the right to
    grant in every branch.
    """
    if role is None:
        return holds(scope, STAFF, None)
    return all(holds(scope, permission, branch_id) for permission in (STAFF, *role.permissions))


def lost(before: Iterable[UUID | None], after: Iterable[UUID | None], others: Iterable[UUID | None]) -> bool:
    """Whether a place (None: all of them) would be left without anybody who may look after its people.

    `before` and `after` are where one person may, `others` where anybody else who works here may.
    """
    kept = {*after, *others}
    return None not in kept and bool(set(before) - kept)


def client_scope(client_id: UUID, permissions: Iterable[str], branch_id: UUID | None, maker: Scope) -> Scope:
    """The scope of an API client: what it was given, as far as its maker still holds it."""
    grants: dict[str, frozenset[UUID] | None] = {}
    for permission in permissions:
        if maker.can(permission, branch_id):
            grants[permission] = maker.branches(permission) if branch_id is None else frozenset({branch_id})
    return Scope(Actor(ActorKind.CLIENT, client_id), grants, assigned_only=maker.assigned_only, behalf=maker.staff_id)


def _wider(branches: frozenset[UUID] | None, branch_id: UUID | None) -> frozenset[UUID] | None:
    return None if branches is None or branch_id is None else branches | {branch_id}


def customer_scope(person_id: UUID, stream_id: UUID, *, read_only: bool) -> Scope:
    """The scope of a person who opened their link: one stream, no permissions."""
    return Scope(Actor(ActorKind.CUSTOMER, person_id), stream_id=stream_id, person_id=person_id, read_only=read_only)


def password_problem(password: str, login: str) -> str | None:
    """Why a new password will not do, or None. Length counts; composition rules do not."""
    if len(password) < MIN_PASSWORD:
        return N_("Use at least {count} characters; a few words in a row are easy to remember.").format(
            count=MIN_PASSWORD
        )
    if len(password) > MAX_PASSWORD:
        return N_("Use at most {count} characters.").format(count=MAX_PASSWORD)
    if login.casefold() in password.casefold() or len(set(password)) < 4:
        return N_("Choose one that does not repeat your sign-in name or a few characters.")
    return None
