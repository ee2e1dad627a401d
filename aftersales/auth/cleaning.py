"""Once a day, what has served its time goes: kept answers, ended sessions, spent codes, idle rate limits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import TIMESTAMP, BigInteger, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import clock
from aftersales.outbox.schedule import schedule

if TYPE_CHECKING:
    from aftersales.work import Work

TIMER = "auth.cleaning"
KEPT_ANSWERS = timedelta(days=7)
KEPT_CODES = timedelta(days=30)
BATCH = 20_000
_AT = time(21, 30, tzinfo=UTC)
_DAY = timedelta(days=1)

# Rows in use are left for the next time: cleaning waits for nobody, and nobody for it.
_CLEAN = text(
    """
    WITH answers AS (
        DELETE FROM idempotency WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM idempotency WHERE created_at < :answers_before LIMIT :batch FOR UPDATE SKIP LOCKED
        )) RETURNING 1
    ), staff AS (
        DELETE FROM staff_session WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM staff_session WHERE expires_at < :now LIMIT :batch FOR UPDATE SKIP LOCKED
        )) RETURNING 1
    ), customers AS (
        DELETE FROM customer_session WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM customer_session WHERE expires_at < :now LIMIT :batch FOR UPDATE SKIP LOCKED
        )) RETURNING 1
    ), codes AS (
        DELETE FROM one_time_code WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM one_time_code WHERE expires_at < :codes_before LIMIT :batch FOR UPDATE SKIP LOCKED
        )) RETURNING 1
    ), limits AS (
        DELETE FROM rate_limit WHERE ctid = ANY(ARRAY(
            SELECT ctid FROM rate_limit WHERE due_at < :now LIMIT :batch FOR UPDATE SKIP LOCKED
        )) RETURNING 1
    )
    SELECT greatest(
        (SELECT count(*) FROM answers), (SELECT count(*) FROM staff), (SELECT count(*) FROM customers),
        (SELECT count(*) FROM codes), (SELECT count(*) FROM limits)
    )
    """
).bindparams(
    bindparam("batch", type_=BigInteger()),
    *(bindparam(name, type_=TIMESTAMP(timezone=True)) for name in ("now", "answers_before", "codes_before")),
)


async def arm(session: AsyncSession, now: datetime) -> None:
    """Have the next night's cleaning done. Each sign-in calls it, so that it needs no other beginning."""
    await _arm(session, _next(now))


async def clean(session: AsyncSession, now: datetime, batch: int = BATCH) -> bool:
    """Delete what is due, up to a batch of each kind; True when there may be more."""
    parameters = {
        "batch": batch,
        "now": now,
        "answers_before": now - KEPT_ANSWERS,
        "codes_before": now - KEPT_CODES,
    }
    most: int = (await session.execute(_CLEAN, parameters)).scalar_one()
    return most >= batch


async def on_timer(work: Work, data: Mapping[str, Any]) -> None:
    """The TimerHandler: cleans, then arms itself for the day after its own, or at once if there is more to do."""
    if await clean(work.session, work.now):
        step = int(data.get("step", 0)) + 1
        again = {"date": data["date"], "step": step}
        await schedule(work.session, TIMER, f"{data['date']}.{step}", due_at=work.now, data=again)
    else:
        await _arm(work.session, max(_next(work.now), date.fromisoformat(data["date"]) + _DAY))


def _next(now: datetime) -> date:
    """The business date whose hour of cleaning is still to come."""
    day = clock.business_date(now, "UTC")
    return day if now < datetime.combine(day, _AT) else day + _DAY


async def _arm(session: AsyncSession, day: date) -> None:
    await schedule(session, TIMER, day.isoformat(), due_at=datetime.combine(day, _AT), data={"date": day.isoformat()})
