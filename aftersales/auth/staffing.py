"""Adding colleagues, saying what they may do, ending and beginning their access.

Nobody gives, takes or gets at rights that they do not hold themselves in the same place, so the way to more of them
never leads through a colleague. Who runs the command line may everything, but leave nobody to look after people.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import delete, select, text

from aftersales.auth import passwords, sessions
from aftersales.auth.accounts import looked_after, unknown
from aftersales.auth.models import Branch, Grant, Staff
from aftersales.auth.permissions import STAFF
from aftersales.auth.rules import Held, lost, may_grant
from aftersales.auth.schemas import AccountChange, AccountIn, GrantIn
from aftersales.errors import Conflict, Forbidden, Invalid
from aftersales.i18n import N_
from aftersales.ids import new_id
from aftersales.scope import ActorKind

if TYPE_CHECKING:
    from aftersales.module import Role
    from aftersales.work import Work

_LOCK = 0x7374616666
# What can be read out over the phone: no 0 and o, no 1, i and l.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP = 4, 4


async def add(work: Work, body: AccountIn) -> tuple[UUID, str]:
    """A new colleague: their id, and their first password, which is nowhere else and has to be changed.

    Raises Forbidden without the permission at their centre, Invalid (`auth.unknown_branch`, `auth.unknown_role`,
    `auth.not_yours`) and Conflict (`auth.login_taken`).
    """
    await _begin(work)
    work.scope.require(STAFF, body.branch_id)
    await _known_branches(work, [body.branch_id, *(one.branch_id for one in body.grants)])
    wanted = {Held(one.role, one.branch_id) for one in body.grants}
    _refuse_beyond(work, wanted)
    if await work.session.scalar(select(Staff.id).where(Staff.login == body.login)) is not None:
        raise Conflict("auth.login_taken", N_("Somebody signs in with this name already. Choose another."))
    staff_id, password = new_id(), _made()
    work.session.add(
        Staff(
            id=staff_id,
            login=body.login,
            name=body.name,
            language=body.language,
            branch_id=body.branch_id,
            password_hash=await passwords.hashed(password),
            must_change=True,
            active=True,
            created_at=work.now,
        )
    )
    await work.session.flush()
    work.session.add_all(_grant(staff_id, one) for one in wanted)
    await work.session.flush()
    return staff_id, password


async def change(work: Work, staff_id: UUID, body: AccountChange) -> None:
    """Their name, centre and language. It takes the permission at the centre they leave and at the one they go to.

    Raises NotFound, Forbidden and Invalid (`auth.unknown_branch`).
    """
    person = await _person(work, staff_id)
    work.scope.require(STAFF, person.branch_id)
    work.scope.require(STAFF, body.branch_id)
    await _known_branches(work, [body.branch_id])
    person.name, person.branch_id, person.language = body.name, body.branch_id, body.language
    await work.session.flush()


async def set_grants(work: Work, staff_id: UUID, wanted: Iterable[GrantIn]) -> None:
    """Let them hold exactly this, from their next request on. What stays as it is needs no right of the caller's.

    Raises NotFound, Invalid (`auth.unknown_branch`, `auth.unknown_role`, `auth.not_yours`) and Conflict
    (`auth.last_manager`).
    """
    person = await _person(work, staff_id)
    after = {Held(one.role, one.branch_id) for one in wanted}
    before = await _held(work, staff_id)
    await _known_branches(work, [one.branch_id for one in after - before])
    _refuse_beyond(work, after - before, before - after)
    if person.active:
        await _refuse_last(work, staff_id, before, after)
    for one in before - after:
        place = Grant.branch_id.is_(None) if one.branch_id is None else Grant.branch_id == one.branch_id
        await work.session.execute(delete(Grant).where(Grant.staff_id == staff_id, Grant.role == one.role, place))
    work.session.add_all(_grant(staff_id, one) for one in after - before)
    await work.session.flush()


async def give(work: Work, staff_id: UUID, grant: GrantIn) -> None:
    """One role more. Raises what `set_grants` does."""
    held = await _held(work, (await _person(work, staff_id)).id)
    await set_grants(work, staff_id, [*_given(held), grant])


async def take(work: Work, staff_id: UUID, grant: GrantIn) -> None:
    """One role less. Raises what `set_grants` does."""
    held = await _held(work, (await _person(work, staff_id)).id)
    await set_grants(work, staff_id, _given(held - {Held(grant.role, grant.branch_id)}))


async def disable(work: Work, staff_id: UUID) -> None:
    """They are signed out at once and cannot sign in; their programs stop. Their work keeps their name.

    Raises NotFound, Forbidden (`auth.not_yourself`, `auth.beyond_you`) and Conflict (`auth.last_manager`).
    """
    person = await _below(work, staff_id)
    if person.active:
        await _refuse_last(work, staff_id, await _held(work, staff_id), ())
    person.active = False
    await sessions.end_all(work.session, staff_id)
    await work.session.flush()


async def enable(work: Work, staff_id: UUID) -> None:
    """They can sign in again, with the password they had. Raises NotFound and Forbidden as `disable` does."""
    person = await _below(work, staff_id)
    person.active = True
    await work.session.flush()


async def reset_password(work: Work, staff_id: UUID) -> str:
    """Another first password, which is nowhere else and has to be changed; they are signed out everywhere.

    Raises NotFound and Forbidden as `disable` does.
    """
    person = await _below(work, staff_id)
    password = _made()
    person.password_hash, person.must_change = await passwords.hashed(password), True
    await sessions.end_all(work.session, staff_id)
    await work.session.flush()
    return password


async def _begin(work: Work) -> None:
    """One at a time: of two who disable each other, the second sees what the first has done."""
    if work.actor.kind not in (ActorKind.STAFF, ActorKind.SYSTEM):
        raise Forbidden("auth.people_only", N_("Only a person says who works here."))
    work.scope.require(STAFF)
    await work.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


async def _person(work: Work, staff_id: UUID) -> Staff:
    await _begin(work)
    query = select(Staff).where(Staff.id == staff_id, looked_after(work.scope)).with_for_update()
    person = await work.session.scalar(query)
    if person is None:
        raise unknown()
    return person


async def _below(work: Work, staff_id: UUID) -> Staff:
    """Somebody else, who holds nothing that the caller does not: whoever sets a password could use it."""
    person = await _person(work, staff_id)
    if work.scope.staff_id == staff_id:
        raise Forbidden(
            "auth.not_yourself", N_("Not for yourself. Your own password is changed on your account’s page.")
        )
    work.scope.require(STAFF, person.branch_id)
    if not all(may_grant(work.scope, _role(work, one), one.branch_id) for one in await _held(work, staff_id)):
        raise Forbidden("auth.beyond_you", N_("They may do more than you. Ask somebody who may do as much."))
    return person


async def _held(work: Work, staff_id: UUID) -> set[Held]:
    rows = await work.session.execute(select(Grant.role, Grant.branch_id).where(Grant.staff_id == staff_id))
    return {Held(role, branch_id) for role, branch_id in rows}


async def _known_branches(work: Work, wanted: Iterable[UUID | None]) -> None:
    ids = {one for one in wanted if one is not None}
    known = set(await work.session.scalars(select(Branch.id).where(Branch.id.in_(ids)))) if ids else set()
    if ids - known:
        problem = N_("No such service centre.")
        raise Invalid("auth.unknown_branch", problem, errors=[{"field": "branch_id", "problem": problem}])


def _refuse_beyond(work: Work, more: Iterable[Held], less: Iterable[Held] = ()) -> None:
    for one in more:
        if one.role not in work.registry.roles:
            known = ", ".join(sorted(work.registry.roles))
            problem = N_("There is no role “{role}”. Choose one of {known}.").format(role=one.role, known=known)
            raise Invalid("auth.unknown_role", problem, errors=[{"field": "role", "problem": problem}])
    if not all(may_grant(work.scope, _role(work, one), one.branch_id) for one in (*more, *less)):
        problem = N_("You can give and take only what you may do yourself in the same place.")
        raise Invalid("auth.not_yours", problem, errors=[{"field": "role", "problem": problem}])


async def _refuse_last(work: Work, staff_id: UUID, before: Iterable[Held], after: Iterable[Held]) -> None:
    roles = sorted(name for name, role in work.registry.roles.items() if STAFF in role.permissions)
    query = select(Grant.branch_id).join(Staff, Staff.id == Grant.staff_id).where(Staff.active, Grant.role.in_(roles))
    others = await work.session.scalars(query.where(Grant.staff_id != staff_id).distinct())
    were, stay = ([one.branch_id for one in held if one.role in roles] for held in (before, after))
    if lost(were, stay, others):
        said = N_("Nobody else could look after colleagues there. Give another person that right first.")
        raise Conflict("auth.last_manager", said)


def _role(work: Work, held: Held) -> Role | None:
    return work.registry.roles.get(held.role)


def _given(held: Iterable[Held]) -> list[GrantIn]:
    return [GrantIn(role=one.role, branch_id=one.branch_id) for one in held]


def _grant(staff_id: UUID, held: Held) -> Grant:
    return Grant(id=new_id(), staff_id=staff_id, role=held.role, branch_id=held.branch_id)


def _made() -> str:
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
