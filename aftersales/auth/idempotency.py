"""Idempotency keys: a request that is sent again gets the first answer, and is carried out once.

The answer is stored in the transaction of what it reports, so there is none without the other. While it is being
carried out, an advisory lock of the same transaction says so; it ends with the process, however that ends.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.db.direct import Direct
from aftersales.errors import Conflict, Invalid

_KEY = re.compile(r"[\x21-\x7e]{8,100}")

_BEGIN = Direct(
    """
    SELECT mine, i.body_hash, i.status, i.headers, i.body
    FROM (SELECT pg_try_advisory_xact_lock(CAST(:lock AS bigint)) AS mine) AS l
    LEFT JOIN idempotency i ON i.principal = :principal AND i.route = :route AND i.key = :key
    """
)

_STORE = Direct(
    """
    INSERT INTO idempotency (principal, route, key, body_hash, status, headers, body)
    VALUES (:principal, :route, :key, :body_hash, :status, :headers, :body)
    ON CONFLICT DO NOTHING RETURNING status
    """
)


@dataclass(frozen=True, slots=True)
class Replay:
    """The first answer, to be given again as it was."""

    status: int
    headers: Mapping[str, str]
    body: bytes


async def begin(session: AsyncSession, *, principal: str, route: str, key: str, body_hash: str) -> Replay | None:
    """The answer given before, or None: carry it out, then `store` in the same transaction. One statement.

    Raises Invalid (`idempotency.key`, `idempotency.other_body`) and Conflict (`idempotency.in_progress`).
    """
    if _KEY.fullmatch(key) is None:
        raise Invalid(
            "idempotency.key",
            "An Idempotency-Key has 8 to 100 visible ASCII characters and no spaces; a UUID is a good one.",
            errors=[{"field": "Idempotency-Key", "problem": "malformed"}],
        )
    parameters = {"lock": _lock(principal, route, key), "principal": principal, "route": route, "key": key}
    [row] = await _BEGIN.rows(session, parameters)
    if row.status is None:
        if not row.mine:
            raise _in_progress()
        return None
    if row.body_hash != body_hash:
        raise Invalid(
            "idempotency.other_body",
            "This Idempotency-Key was used for another request. Take a new key for a new request.",
            errors=[{"field": "Idempotency-Key", "problem": "used with another body"}],
        )
    return Replay(row.status, row.headers, row.body)


async def store(
    session: AsyncSession,
    *,
    principal: str,
    route: str,
    key: str,
    body_hash: str,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
) -> None:
    """Keep the answer with what it reports.

    Raises Conflict (`idempotency.in_progress`) when the same request was answered between our look and our lock:
    roll back, and whoever asks again is given that answer.
    """
    kept: dict[str, object] = {"principal": principal, "route": route, "key": key, "body_hash": body_hash}
    kept |= {"status": status, "headers": orjson.dumps(dict(headers)).decode(), "body": body}
    if await _STORE.row(session, kept) is None:
        raise _in_progress()


def _lock(principal: str, route: str, key: str) -> int:
    identity = f"idempotency\x00{principal}\x00{route}\x00{key}".encode()
    return int.from_bytes(hashlib.sha256(identity).digest()[:8], signed=True)


def _in_progress() -> Conflict:
    return Conflict(
        "idempotency.in_progress", "The same request is being carried out. Ask again in a moment for its answer."
    )
