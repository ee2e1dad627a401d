"""Signing in and out, and changing one's password.

Failed attempts must be counted, so what fails here is an answer, not an exception: **commit the unit of work
whatever the outcome**.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.auth import cleaning, limits, passwords, sessions
from aftersales.auth.models import Staff
from aftersales.auth.rules import password_problem
from aftersales.errors import Invalid

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

    Raises Invalid (`auth.password_weak`).
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
    person.password_hash = await passwords.hashed(new)
    await sessions.end_others(session, staff_id, token)
    await session.flush()
    return PasswordChange(done=True)


def _normal(login: str) -> str:
    """As it is stored; nothing for what no name can be."""
    name = login.strip().lower()
    return name if len(name) <= _MAX_LOGIN and name.isprintable() else ""
