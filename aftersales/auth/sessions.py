"""Sessions of staff: an opaque token in a cookie, a row in PostgreSQL, one statement to recognise the caller."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import LargeBinary, Uuid, bindparam, delete, text
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.auth import csrf, tokens
from aftersales.auth.models import StaffSession
from aftersales.auth.rules import Held, staff_scope
from aftersales.config import Settings
from aftersales.db.direct import Direct
from aftersales.scope import Scope

if TYPE_CHECKING:
    from aftersales.registry import Registry

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
TOUCH_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The member of staff behind a request; `branch_*` and `timezone` are those of their own branch.

    With `must_change` they have to choose a password of their own before anything else.
    """

    scope: Scope
    staff_id: UUID
    name: str
    branch_id: UUID
    branch_name: str
    timezone: str
    language: str
    csrf_token: str
    roles: tuple[str, ...]
    must_change: bool = False


# Whoever finds the row locked is in no hurry to move the expiry: another request of the same person is doing it.
_SIGNED_IN = Direct(
    """
    WITH due AS MATERIALIZED (
        SELECT token_hash FROM staff_session
        WHERE token_hash = :digest AND seen_at <= :seen_before AND expires_at > :now AND ends_at > :now
        FOR NO KEY UPDATE SKIP LOCKED
    ), touched AS (
        UPDATE staff_session s SET seen_at = :now, expires_at = least(:idle_until, s.ends_at)
        FROM due WHERE s.token_hash = due.token_hash
    )
    SELECT p.id, p.name, p.language, p.branch_id, p.must_change, b.name AS branch_name, b.timezone,
        ARRAY(SELECT g.role FROM staff_grant g WHERE g.staff_id = p.id ORDER BY g.role, g.id) AS roles,
        ARRAY(SELECT g.branch_id FROM staff_grant g WHERE g.staff_id = p.id ORDER BY g.role, g.id) AS branches
    FROM staff_session s JOIN staff p ON p.id = s.staff_id JOIN branch b ON b.id = p.branch_id
    WHERE s.token_hash = :digest AND s.expires_at > :now AND s.ends_at > :now AND p.active
    """
)

_END_OTHERS = text("DELETE FROM staff_session WHERE staff_id = :staff_id AND token_hash <> :digest").bindparams(
    bindparam("staff_id", type_=Uuid()), bindparam("digest", type_=LargeBinary())
)


def start(session: AsyncSession, staff_id: UUID, now: datetime) -> str:
    """Begin a session and answer its token, which exists nowhere but in the caller's cookie."""
    token = tokens.new_token()
    session.add(
        StaffSession(
            token_hash=tokens.digest(token),
            staff_id=staff_id,
            created_at=now,
            seen_at=now,
            expires_at=now + IDLE,
            ends_at=now + LONGEST,
        )
    )
    return token


async def signed_in(
    session: AsyncSession, registry: Registry, settings: Settings, token: str, now: datetime
) -> SignedIn | None:
    """Who holds this token, or None: unknown, expired, signed out, no longer working here all look the same.

    One statement. Use moves the expiry on, written at most every five minutes and never waited for.
    """
    parameters = {
        "digest": tokens.digest(token),
        "now": now,
        "seen_before": now - TOUCH_EVERY,
        "idle_until": now + IDLE,
    }
    row = await _SIGNED_IN.row(session, parameters)
    if row is None:
        return None
    held = [Held(role, branch_id) for role, branch_id in zip(row.roles, row.branches, strict=True)]
    return SignedIn(
        scope=staff_scope(row.id, held, registry.roles),
        staff_id=row.id,
        name=row.name,
        branch_id=row.branch_id,
        branch_name=row.branch_name,
        timezone=row.timezone,
        language=row.language,
        csrf_token=csrf.token(settings.signing_key, token),
        roles=tuple(dict.fromkeys(one.role for one in held)),
        must_change=row.must_change,
    )


async def end(session: AsyncSession, token: str) -> None:
    """Sign out: the token opens nothing any more. Nothing happens if it did not before."""
    await session.execute(delete(StaffSession).where(StaffSession.token_hash == tokens.digest(token)))


async def end_all(session: AsyncSession, staff_id: UUID) -> None:
    """End every session of the person."""
    await session.execute(delete(StaffSession).where(StaffSession.staff_id == staff_id))


async def end_others(session: AsyncSession, staff_id: UUID, token: str) -> None:
    """End every session of the person but this one."""
    await session.execute(_END_OTHERS, {"staff_id": staff_id, "digest": tokens.digest(token)})
