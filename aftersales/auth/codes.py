"""One-time codes: six digits that are derived, never stored, and asked for once.

There is one row per purpose, subject (the document) and person, so a code that is asked for again while it lives is
the same one, however many messages carry it. Each purpose has its own: the digits that let a technician in at the
door neither hand over a machine nor approve money.
"""

from __future__ import annotations

import hashlib
import hmac
import math
import re
import unicodedata
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ARRAY, TIMESTAMP, String, Uuid, bindparam, select, text, true, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.auth import limits
from aftersales.auth.models import OneTimeCode
from aftersales.config import Settings
from aftersales.errors import TooMany
from aftersales.ids import new_id
from aftersales.outbox.schedule import schedule

if TYPE_CHECKING:
    from aftersales.work import Work

ARRIVAL, HAND_OVER, APPROVAL, PREFERENCES = "arrival", "hand_over", "approval", "preferences"
RETURNS = "returns"
JOB = "updates.code"
DIGITS = 6
TTL = timedelta(minutes=15)
MAX_ATTEMPTS = 5
ISSUES_PER_HOUR = 5
SEND_LIMIT = limits.Limit("code.send", burst=3, every=timedelta(minutes=2))
_HOUR = timedelta(hours=1)
_LABEL = b"one-time-code\x00"
_MASK = "•" * DIGITS

_TOUCH = text(
    """
    WITH live AS MATERIALIZED (
        SELECT id FROM one_time_code
        WHERE subject_id = :subject_id AND purpose = :purpose AND coalesce(person_id = :person_id, true)
            AND consumed_at IS NULL AND expires_at > :now AND attempts < :most
        ORDER BY id FOR UPDATE
    )
    UPDATE one_time_code c SET attempts = c.attempts + 1 FROM live WHERE c.id = live.id RETURNING c.id, c.generation
    """
).bindparams(
    bindparam("subject_id", type_=Uuid()),
    bindparam("purpose", type_=String()),
    bindparam("person_id", type_=Uuid()),
    bindparam("now", type_=TIMESTAMP(timezone=True)),
    bindparam("most", MAX_ATTEMPTS),
)

_UNTOUCH = text("UPDATE one_time_code SET attempts = attempts - 1 WHERE id = ANY(:ids)").bindparams(
    bindparam("ids", type_=ARRAY(Uuid()))
)


async def issue(
    session: AsyncSession,
    *,
    purpose: str,
    subject_id: UUID,
    person_id: UUID,
    now: datetime,
    ttl: timedelta = TTL,
    stream_id: UUID | None = None,
) -> OneTimeCode:
    """The code that this person may be asked for, good for at least `ttl` from now.

    While it lives it is the same one; spent, expired or guessed at too often it is a new one, at most five an hour.
    Raises TooMany (`auth.too_many_codes`) beyond that. Who is told it is the caller's business: see `request`.
    """
    fresh = {"window_at": now, "issued_at": now, "expires_at": now + ttl}
    identity = {"purpose": purpose, "subject_id": subject_id, "person_id": person_id}
    made = insert(OneTimeCode).values(id=new_id(), stream_id=stream_id, **identity, **fresh).on_conflict_do_nothing()
    first = (await session.scalars(made.returning(OneTimeCode))).one_or_none()
    if first is not None:
        return first
    # Held, so that two who find it dead cannot make it anew twice and revive what was used in between.
    statement = select(OneTimeCode).filter_by(**identity).with_for_update()
    code = (await session.scalars(statement, execution_options={"populate_existing": True})).one()
    if not alive(code, now):
        _renew(code, now)
    code.expires_at = max(code.expires_at, now + ttl)
    code.stream_id = stream_id or code.stream_id
    await session.flush()
    return code


def alive(code: OneTimeCode, now: datetime) -> bool:
    """Whether its digits would still be accepted."""
    return code.consumed_at is None and code.expires_at > now and code.attempts < MAX_ATTEMPTS


def _renew(code: OneTimeCode, now: datetime) -> None:
    if code.window_at + _HOUR <= now:
        code.window_at, code.issued = now, 0
    if code.issued >= ISSUES_PER_HOUR:
        raise _too_many((code.window_at + _HOUR - now).total_seconds())
    code.issued += 1
    code.generation += 1
    code.attempts = 0
    code.issued_at = code.expires_at = now
    code.consumed_at = None


async def request(
    work: Work, purpose: str, subject_id: UUID, stream_id: UUID, person_id: UUID, *, ttl: timedelta = TTL
) -> OneTimeCode:
    """Issue the code and have it sent to the person: schedules the job `updates.code` with `{"code_id": …}`.

    Raises TooMany (`auth.too_many_codes`) when it is asked for too often.
    """
    asked = [(SEND_LIMIT, f"{purpose} {subject_id} {person_id}")]
    if (wait := await limits.take(work.session, asked, work.now)) is not None:
        raise _too_many(wait)
    code = await issue(
        work.session,
        purpose=purpose,
        subject_id=subject_id,
        person_id=person_id,
        now=work.now,
        ttl=ttl,
        stream_id=stream_id,
    )
    code.sends += 1
    await work.session.flush()
    # Not ordered among the stream's deliveries: somebody is waiting for it at the door or on the page.
    await schedule(work.session, JOB, f"{code.id}.{code.sends}", due_at=work.now, data={"code_id": str(code.id)})
    return code


def value(settings: Settings, code: OneTimeCode) -> str:
    """The six digits. A secret: for the message to the person, and redacted wherever that message is kept."""
    return _digits(settings, code.id, code.generation)


async def check(
    session: AsyncSession,
    settings: Settings,
    *,
    purpose: str,
    subject_id: UUID,
    given: str,
    now: datetime,
    person_id: UUID | None = None,
) -> bool:
    """Whether these are the digits of a live code for the subject (of that person, if one is named).

    A wrong answer counts, and the fifth ends the code: **when this is False, commit** (a transaction of its own, or
    an answer instead of an exception). A right one costs nothing and does not use the code up: see `consume`.
    """
    digits = normal(given)
    if digits is None:
        return False
    parameters = {"subject_id": subject_id, "purpose": purpose, "person_id": person_id, "now": now}
    rows = (await session.execute(_TOUCH, parameters)).all()
    # All are compared, whichever matches, so that time does not tell how many there are.
    right = [row.id for row in rows if hmac.compare_digest(digits, _digits(settings, row.id, row.generation))]
    if right:
        # Whoever knows one of the codes is not guessing at the others either.
        await session.execute(_UNTOUCH, {"ids": [row.id for row in rows]})
    return bool(right)


async def spent(
    session: AsyncSession,
    settings: Settings,
    *,
    purpose: str,
    stream_id: UUID,
    person_id: UUID,
    given: str,
    now: datetime,
) -> tuple[UUID, datetime] | None:
    """The subject of the person's last used code on the stream, and when it was used, if these are its digits and it
    would still live; else None. It opens nothing: it tells whoever sends twice from whoever guesses.

    A wrong answer counts as it does for a live code: when this is None, **commit**.
    """
    digits = normal(given)
    query = select(OneTimeCode).filter_by(purpose=purpose, stream_id=stream_id, person_id=person_id)
    query = query.where(
        OneTimeCode.consumed_at.is_not(None), OneTimeCode.expires_at > now, OneTimeCode.attempts < MAX_ATTEMPTS
    )
    query = query.order_by(OneTimeCode.consumed_at.desc()).limit(1).with_for_update()
    code = await session.scalar(query, execution_options={"populate_existing": True})
    if digits is None or code is None or code.consumed_at is None:
        return None
    if hmac.compare_digest(digits, value(settings, code)):
        return code.subject_id, code.consumed_at
    code.attempts += 1
    await session.flush()
    return None


async def consume(
    session: AsyncSession, *, purpose: str, subject_id: UUID, now: datetime, person_id: UUID | None = None
) -> bool:
    """Use the subject's codes of this purpose up (of that person, if one is named), together with what they are for.

    One answer is enough, whoever gave it. False means that somebody else was quicker: the code is spent, refuse.
    """
    whose = OneTimeCode.person_id == person_id if person_id is not None else true()
    spent = await session.scalars(
        update(OneTimeCode)
        .where(OneTimeCode.subject_id == subject_id, OneTimeCode.purpose == purpose, OneTimeCode.consumed_at.is_(None))
        .where(whose)
        .values(consumed_at=now)
        .returning(OneTimeCode.id)
    )
    return bool(spent.all())


def normal(given: str) -> str | None:
    """The digits as typed in any script, with or without spaces; None for what cannot be a code."""
    try:
        digits = "".join(str(unicodedata.decimal(sign)) for sign in given if not sign.isspace() and sign != "-")
    except ValueError:
        return None
    return digits if len(digits) == DIGITS else None


def redact(words: str, secret: str) -> str:
    """The words without the secret (a code or a link's token), for keeping; grouped digits are found too."""
    if not secret:
        return words
    pattern = r"[\s-]?".join(secret) if secret.isdigit() else re.escape(secret)
    return re.sub(pattern, _MASK, words)


def _digits(settings: Settings, code_id: UUID, generation: int) -> str:
    message = _LABEL + code_id.bytes + generation.to_bytes(4)
    number = int.from_bytes(hmac.new(settings.signing_key, message, hashlib.sha256).digest()[:16])
    return f"{number % 10**DIGITS:0{DIGITS}d}"


def _too_many(wait: float) -> TooMany:
    return TooMany(
        "auth.too_many_codes",
        "A code was asked for too often. Use the last one, or wait and ask again.",
        retry_after=max(1, math.ceil(wait)),
    )
