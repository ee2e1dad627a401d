"""API clients: programs with a token of their own, which works for its maker and never for more than they may do.

A token is ``aft_<id>_<secret>``: the id finds the row, the secret of 256 random bits opens it. Of the secret its
SHA-256 is stored and no slow hash: nobody can guess through 2**256 of them, so slowness protects nothing, and it would
cost each request the tens of milliseconds that a password costs once a day.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.auth import limits
from aftersales.auth.limits import Allowance
from aftersales.auth.models import ApiClient
from aftersales.auth.rules import Held, client_scope, staff_scope
from aftersales.auth.sessions import SignedIn
from aftersales.config import Settings
from aftersales.db.direct import Direct
from aftersales.errors import Unauthenticated
from aftersales.ids import new_id

if TYPE_CHECKING:
    from aftersales.registry import Registry

PREFIX = "aft_"
LIMIT = "client"
NOTED_EVERY = timedelta(minutes=1)
_TOKEN = re.compile(rf"{PREFIX}([0-9a-f]{{32}})_([A-Za-z0-9_-]{{43}})")


@dataclass(frozen=True, slots=True)
class Recognised:
    """The client behind a request, shown as if it were its maker signed in; `allowance` after this request.

    With `allowance.wait` it has asked too often: nothing may be done for it.
    """

    who: SignedIn
    allowance: Allowance


# One statement knows it, counts the request and notes its use. It is made for a transaction of its own: the row's lock
# would else make all requests of one client wait for each other. What a crash of the database could lose of it is the
# count of half a second, so the commit need not wait for the disk.
_RECOGNISE = Direct(
    """
    WITH known AS MATERIALIZED (
        SELECT c.id, c.name, c.permissions, c.branch_id AS only_branch, c.due_at, c.revoked_at, c.expires_at,
            p.id AS staff_id, p.active, p.language, p.branch_id, b.name AS branch_name, b.timezone,
            ARRAY(SELECT g.role FROM staff_grant g WHERE g.staff_id = p.id ORDER BY g.role, g.id) AS roles,
            ARRAY(SELECT g.branch_id FROM staff_grant g WHERE g.staff_id = p.id ORDER BY g.role, g.id) AS branches
        FROM api_client c JOIN staff p ON p.id = c.staff_id JOIN branch b ON b.id = p.branch_id
        WHERE c.id = :client_id AND c.secret_hash = :digest
    ), unwaited AS MATERIALIZED (
        SELECT set_config('synchronous_commit', 'off', true)
    ), taken AS (
        UPDATE api_client c SET due_at = greatest(c.due_at, :now) + CAST(:every AS interval),
            last_used_at = CASE WHEN c.last_used_at > :noted_before THEN c.last_used_at ELSE :now END
        FROM known, unwaited
        WHERE c.id = known.id AND c.revoked_at IS NULL AND c.expires_at > :now AND known.active
            AND greatest(c.due_at, :now) + CAST(:every AS interval) <= :now + CAST(:room AS interval)
        RETURNING c.due_at
    )
    SELECT known.*, taken.due_at AS taken_until FROM known LEFT JOIN taken ON true
    """
)


def start(
    session: AsyncSession,
    *,
    staff_id: UUID,
    name: str,
    permissions: list[str],
    branch_id: UUID | None,
    now: datetime,
    expires_at: datetime,
) -> tuple[UUID, str]:
    """A new client of this member of staff: its id, and its token, which is nowhere else and never seen again."""
    client_id, secret = new_id(), secrets.token_urlsafe(32)
    session.add(
        ApiClient(
            id=client_id,
            staff_id=staff_id,
            name=name,
            permissions=permissions,
            branch_id=branch_id,
            secret_hash=_digest(secret),
            created_at=now,
            expires_at=expires_at,
            due_at=now,
        )
    )
    return client_id, f"{PREFIX}{client_id.hex}_{secret}"


async def recognise(
    session: AsyncSession, registry: Registry, settings: Settings, token: str, now: datetime
) -> Recognised:
    """Whose token this is. One statement, in a short transaction that must be committed whatever comes of the request.

    Raises Unauthenticated: `auth.token_unknown`, and to who holds the secret `auth.token_expired` and
    `auth.token_ended` (revoked, or its maker has left).
    """
    parts = _TOKEN.fullmatch(token)
    if parts is None:
        raise _unknown()
    limit = limits.per_minute(LIMIT, settings.client_requests_per_minute)
    parameters = {
        "client_id": UUID(hex=parts[1]),
        "digest": _digest(parts[2]),
        "now": now,
        "noted_before": now - NOTED_EVERY,
        "every": limit.every,
        "room": limit.every * limit.burst,
    }
    row = await _RECOGNISE.row(session, parameters)
    if row is None:
        raise _unknown()
    if row.revoked_at is not None or not row.active:
        raise Unauthenticated("auth.token_ended", "This token was revoked, or its maker has left. Ask for a new one.")
    if row.expires_at <= now:
        raise Unauthenticated("auth.token_expired", "This token has expired. Ask for a new one.")
    held = [Held(role, branch_id) for role, branch_id in zip(row.roles, row.branches, strict=True)]
    maker = staff_scope(row.staff_id, held, registry.roles)
    who = SignedIn(
        scope=client_scope(row.id, row.permissions, row.only_branch, maker),
        staff_id=row.staff_id,
        name=row.name,
        branch_id=row.branch_id,
        branch_name=row.branch_name,
        timezone=row.timezone,
        language=row.language,
        csrf_token="",
        roles=(),
    )
    taken = row.taken_until is not None
    due_at = row.taken_until if taken else row.due_at
    return Recognised(who, limits.allowance(limit, due_at, now, taken=taken))


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _unknown() -> Unauthenticated:
    return Unauthenticated("auth.token_unknown", "Nobody has this token. Copy it whole, as it was shown once.")
