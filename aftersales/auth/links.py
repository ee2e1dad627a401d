"""Customer links: a token that is derived and nowhere stored, exchanged for a cookie when the link is opened.

The token is the link's id and an HMAC over id, generation and kind. It can therefore be written again into any
message, and ends for good when the generation is raised. What is wrong with a token is never told.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.auth import csrf, tokens
from aftersales.auth.models import CustomerLink, CustomerSession
from aftersales.auth.rules import customer_scope as scope_of_customer
from aftersales.config import Settings
from aftersales.db.direct import Direct
from aftersales.ids import new_id
from aftersales.scope import Scope

PATH = "/t/"
LIFE = timedelta(days=180)
PAPER_LIFE = timedelta(days=400)
COOKIE_LIFE = timedelta(days=30)
_LABEL = b"customer-link\x00"
_ID_BYTES = 16
_TOKEN_LENGTH = 64


@dataclass(frozen=True, slots=True)
class CustomerSignedIn:
    """The customer behind a request: one person, one stream."""

    scope: Scope
    person_id: UUID
    stream_id: UUID
    link_id: UUID
    read_only: bool
    csrf_token: str


# Made once: every message carries a link, and making it takes longer than carrying it out.
_ISSUE = (
    insert(CustomerLink)
    .on_conflict_do_update(
        index_elements=["stream_id", "person_id", "read_only"],
        set_={"expires_at": text("greatest(customer_link.expires_at, excluded.expires_at)")},
    )
    .returning(CustomerLink)
)


async def issue(
    session: AsyncSession, *, stream_id: UUID, person_id: UUID, read_only: bool = False, now: datetime
) -> CustomerLink:
    """The person's link to the stream, made if there is none; it is good for its full life from now on.

    Again for the same person, stream and kind it is the same link with the same token.
    """
    issued = await issue_all(session, {(stream_id, person_id)}, now, read_only=read_only)
    return issued[stream_id, person_id]


async def issue_all(
    session: AsyncSession, wanted: Collection[tuple[UUID, UUID]], now: datetime, *, read_only: bool = False
) -> dict[tuple[UUID, UUID], CustomerLink]:
    """The same for several (stream, person)."""
    if not wanted:
        return {}
    rest = {"read_only": read_only, "created_at": now, "expires_at": now + (PAPER_LIFE if read_only else LIFE)}
    # In one order, so that two who issue the same links do not wait for each other.
    given = [{"id": new_id(), "stream_id": one[0], "person_id": one[1], **rest} for one in sorted(wanted)]
    made = await session.scalars(_ISSUE, given, execution_options={"populate_existing": True})
    return {(link.stream_id, link.person_id): link for link in made}


async def revoke(session: AsyncSession, *, stream_id: UUID, person_id: UUID) -> bool:
    """End every token and cookie of the person's links to the stream, on paper too; whether there were any.

    The next message carries a new one.
    """
    ended = await session.scalars(
        update(CustomerLink)
        .where(CustomerLink.stream_id == stream_id, CustomerLink.person_id == person_id)
        .values(generation=CustomerLink.generation + 1)
        .returning(CustomerLink.id)
    )
    ids = ended.all()
    await session.execute(delete(CustomerSession).where(CustomerSession.link_id.in_(ids)))
    return bool(ids)


def token(settings: Settings, link: CustomerLink) -> str:
    """The token of the link as it is now. A secret: never log it, and redact it in stored words."""
    raw = link.id.bytes + _mac(settings.signing_key, link.id, link.generation, read_only=link.read_only)
    return base64.urlsafe_b64encode(raw).decode()


def url(settings: Settings, link: CustomerLink) -> str:
    """The address to write into a message or a QR code; it opens the link once and leaves a cookie."""
    return f"{settings.base_url}{PATH}{token(settings, link)}"


async def exchange(
    session: AsyncSession, settings: Settings, given: str, now: datetime
) -> tuple[str, CustomerLink] | None:
    """Open a link: the token for the cookie, and the link; None for anything but a live token.

    The row of the session is part of the caller's transaction. The cookie opens nothing once the link has ended.
    """
    raw = _decoded(given)
    if raw is None:
        return None
    link = await session.get(CustomerLink, UUID(bytes=raw[:_ID_BYTES]), populate_existing=True)
    # For an unknown id the same work is done, so that time tells nothing either.
    known = link or CustomerLink(id=UUID(int=0), generation=0, read_only=False, expires_at=now)
    expected = _mac(settings.signing_key, known.id, known.generation, read_only=known.read_only)
    genuine = hmac.compare_digest(raw[_ID_BYTES:], expected)
    if link is None or not genuine or link.expires_at <= now:
        return None
    cookie = tokens.new_token()
    session.add(
        CustomerSession(
            token_hash=tokens.digest(cookie),
            link_id=link.id,
            generation=link.generation,
            created_at=now,
            expires_at=now + COOKIE_LIFE,
        )
    )
    await session.flush()
    return cookie, link


_CUSTOMER = Direct(
    """
    SELECT l.id, l.person_id, l.stream_id, l.read_only
    FROM customer_session s JOIN customer_link l ON l.id = s.link_id AND l.generation = s.generation
    WHERE s.token_hash = :digest AND s.expires_at > :now AND l.expires_at > :now
    """
)


async def customer_scope(
    session: AsyncSession, settings: Settings, cookie_token: str, now: datetime
) -> CustomerSignedIn | None:
    """Who holds this cookie, or None: unknown, expired and revoked look the same. One statement."""
    row = await _CUSTOMER.row(session, {"digest": tokens.digest(cookie_token), "now": now})
    if row is None:
        return None
    return CustomerSignedIn(
        scope=scope_of_customer(row.person_id, row.stream_id, read_only=row.read_only),
        person_id=row.person_id,
        stream_id=row.stream_id,
        link_id=row.id,
        read_only=row.read_only,
        csrf_token=csrf.token(settings.signing_key, cookie_token),
    )


def _mac(key: bytes, link_id: UUID, generation: int, *, read_only: bool) -> bytes:
    message = _LABEL + link_id.bytes + generation.to_bytes(4) + (b"read" if read_only else b"full")
    return hmac.new(key, message, hashlib.sha256).digest()


def _decoded(given: str) -> bytes | None:
    if len(given) != _TOKEN_LENGTH:
        return None
    try:
        return base64.b64decode(given, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
