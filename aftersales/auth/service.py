"""Signing in and out, changing one's password, letting programs in.

Failed attempts to sign in must be counted, so what fails here is an answer, not an exception: **commit the unit of work
whatever the outcome**.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.auth import cleaning, clients, limits, passwords, repository, sessions
from aftersales.auth.models import Staff
from aftersales.auth.permissions import CLIENTS, STAFF
from aftersales.auth.rules import password_problem
from aftersales.auth.schemas import ClientIn
from aftersales.errors import Forbidden, Invalid
from aftersales.i18n import DESK, N_
from aftersales.scope import ActorKind

if TYPE_CHECKING:
    from aftersales.work import Work

LOGIN_LIMIT = limits.Limit("sign_in.login", burst=10, every=timedelta(minutes=1))
IP_LIMIT = limits.Limit("sign_in.ip", burst=60, every=timedelta(seconds=5))
_MAX_LOGIN = 64


@dataclass(frozen=True, slots=True)
class SignIn:
    """The outcome of a sign-in: `token` for the cookie, or why not.

    Without a token and without `retry_after` the name or the password is wrong: say no more than that. With
    `retry_after` (seconds) there were too many attempts, and the password has not been looked at: answer 429.
    """

    token: str | None = None
    staff_id: UUID | None = None
    retry_after: int | None = None


@dataclass(frozen=True, slots=True)
class PasswordChange:
    """The outcome of a change of password: done, or `retry_after`, or the present password is wrong."""

    done: bool = False
    retry_after: int | None = None


async def sign_in(session: AsyncSession, login: str, password: str, ip: str, now: datetime) -> SignIn:
    """Try a name and a password from an address. Takes as long for names that do not exist.

    At most ten failures per name and sixty per address in a row, then one a minute and one every five seconds.
    """
    name = _normal(login)
    attempts = [(LOGIN_LIMIT, name), (IP_LIMIT, ip)]
    if (wait := await limits.take(session, attempts, now)) is not None:
        return SignIn(retry_after=wait)
    person = await session.scalar(select(Staff).where(Staff.login == name, Staff.active)) if name else None
    if not await passwords.verify(person.password_hash if person else None, password) or person is None:
        return SignIn()
    await limits.give_back(session, attempts)
    if passwords.outdated(person.password_hash):
        person.password_hash = await passwords.hashed(password)
    token = sessions.start(session, person.id, now)
    await cleaning.arm(session, now)
    await session.flush()
    return SignIn(token, person.id)


async def sign_out(session: AsyncSession, token: str) -> None:
    """End the session of this token."""
    await sessions.end(session, token)


async def change_password(
    session: AsyncSession, staff_id: UUID, token: str, *, current: str, new: str, now: datetime
) -> PasswordChange:
    """Set a new password and end the person's other sessions; `token` is the session that asks.

    Raises Invalid (`auth.password_weak`, and `auth.password_same` for one that was to be changed and is not).
    """
    person = await session.get_one(Staff, staff_id)
    if (problem := password_problem(new, person.login)) is not None:
        raise Invalid("auth.password_weak", problem, errors=[{"field": "new", "problem": problem}])
    attempts = [(LOGIN_LIMIT, person.login)]
    if (wait := await limits.take(session, attempts, now)) is not None:
        return PasswordChange(retry_after=wait)
    if not await passwords.verify(person.password_hash, current):
        return PasswordChange()
    await limits.give_back(session, attempts)
    if person.must_change and new == current:
        problem = N_("This is the one you were given. Choose one that nobody else knows.")
        raise Invalid("auth.password_same", problem, errors=[{"field": "new", "problem": problem}])
    person.password_hash, person.must_change = await passwords.hashed(new), False
    await sessions.end_others(session, staff_id, token)
    await session.flush()
    return PasswordChange(done=True)


async def choose_language(session: AsyncSession, staff_id: UUID, language: str) -> None:
    """The language a member of staff reads the desk in. Raises Invalid (`auth.desk_language`)."""
    if language not in DESK:
        raise Invalid("auth.desk_language", N_("The desk is not written in this language. Choose one of the list."))
    person = await session.get_one(Staff, staff_id)
    person.language = language
    await session.flush()


async def add_client(work: Work, body: ClientIn) -> str:
    """Let a program work for this member of staff; the answer is its token, which is shown once and kept nowhere.

    Raises Forbidden without the permission to, NotFound (`auth.unknown_branch`) and Invalid (`auth.not_yours`) for
    what the maker may not do themselves.
    """
    if work.actor.kind is not ActorKind.STAFF or work.actor.id is None:
        raise Forbidden("auth.people_only", "Only a person lets programs in.")
    work.scope.require(CLIENTS, body.branch_id)
    if body.branch_id is not None:
        await repository.branch(work.session, work.scope, body.branch_id)
    wanted = sorted(set(body.permissions))
    if not all(may_be_given(work, permission) and work.scope.can(permission, body.branch_id) for permission in wanted):
        problem = N_("A program may do only what you may do there yourself.")
        raise Invalid("auth.not_yours", problem, errors=[{"field": "permissions", "problem": problem}])
    _, token = clients.start(
        work.session,
        staff_id=work.actor.id,
        name=body.name,
        permissions=wanted,
        branch_id=body.branch_id,
        now=work.now,
        expires_at=work.now + timedelta(days=body.days),
    )
    await work.session.flush()
    return token


def may_be_given(work: Work, permission: str) -> bool:
    """Whether this member of staff may give the permission to a program: their own, but not that of letting more in."""
    return permission not in (CLIENTS, STAFF) and work.scope.can(permission)


async def revoke_client(work: Work, client_id: UUID) -> None:
    """End an API client: from now on its token opens nothing. Again, nothing happens. Raises NotFound."""
    work.scope.require(CLIENTS)
    found = await repository.client_to_change(work.session, work.scope, client_id)
    if found.revoked_at is None:
        found.revoked_at = work.now
        await work.session.flush()


def _normal(login: str) -> str:
    """As it is stored; nothing for what no name can be."""
    name = login.strip().lower()
    return name if len(name) <= _MAX_LOGIN and name.isprintable() else ""
