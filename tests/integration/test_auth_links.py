"""Customer links: derived, exchanged for a cookie, revoked, and silent about what is wrong."""

import base64
from datetime import timedelta
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.auth import links
from aftersales.auth.models import CustomerLink, CustomerSession
from aftersales.config import Settings
from aftersales.scope import ActorKind
from tests.factories.auth import NOW, add_person, add_stream

LATER = NOW + timedelta(days=1)


@pytest.fixture
async def link(session: AsyncSession) -> CustomerLink:
    """A link that writes."""
    person = await add_person(session)
    return await links.issue(session, stream_id=await add_stream(session), person_id=person.id, now=NOW)


async def opened(session: AsyncSession, settings: Settings, link: CustomerLink) -> str:
    found = await links.exchange(session, settings, links.token(settings, link), NOW)
    assert found is not None
    return found[0]


async def test_a_link_is_exchanged_for_a_cookie_of_one_stream(
    session: AsyncSession, settings: Settings, link: CustomerLink
) -> None:
    assert links.url(settings, link) == f"http://localhost:8069/t/{links.token(settings, link)}"
    cookie = await opened(session, settings, link)
    statements: list[str] = []
    connection = await session.connection()
    event.listen(
        connection.sync_connection, "before_cursor_execute", lambda _c, _cur, sql, *_rest: statements.append(sql)
    )
    who = await links.customer_scope(session, settings, cookie, LATER)
    assert len(statements) == 1
    assert who is not None
    assert (who.person_id, who.stream_id, who.link_id) == (link.person_id, link.stream_id, link.id)
    assert (who.scope.actor.kind, who.scope.actor.id) == (ActorKind.CUSTOMER, link.person_id)
    assert (who.scope.stream_id, who.scope.person_id) == (link.stream_id, link.person_id)
    assert (who.read_only, who.scope.read_only) == (False, False)
    other = await links.customer_scope(session, settings, await opened(session, settings, link), LATER)
    assert other is not None
    assert other.csrf_token != who.csrf_token


async def test_nothing_stored_opens_anything(session: AsyncSession, settings: Settings, link: CustomerLink) -> None:
    cookie = await opened(session, settings, link)
    token = links.token(settings, link)
    row = (await session.scalars(select(CustomerSession))).one()
    assert cookie.encode() not in row.token_hash
    stored = {str(getattr(link, column.key)) for column in CustomerLink.__table__.columns}
    assert not any(token in value for value in stored)
    assert await links.customer_scope(session, settings, row.token_hash.hex(), LATER) is None


async def test_issuing_again_is_the_same_link_for_longer(
    session: AsyncSession, settings: Settings, link: CustomerLink
) -> None:
    token = links.token(settings, link)
    again = await links.issue(session, stream_id=link.stream_id, person_id=link.person_id, now=LATER)
    assert (again.id, links.token(settings, again)) == (link.id, token)
    assert again.expires_at == LATER + links.LIFE
    earlier = await links.issue(session, stream_id=link.stream_id, person_id=link.person_id, now=NOW)
    assert earlier.expires_at == LATER + links.LIFE


async def test_a_printed_link_is_another_one_and_only_reads(
    session: AsyncSession, settings: Settings, link: CustomerLink
) -> None:
    paper = await links.issue(session, stream_id=link.stream_id, person_id=link.person_id, read_only=True, now=NOW)
    assert paper.id != link.id
    who = await links.customer_scope(session, settings, await opened(session, settings, paper), LATER)
    assert who is not None
    assert who.read_only
    assert who.scope.read_only
    # Its token cannot be promoted: the kind is part of what is signed.
    forged = links.token(settings, CustomerLink(id=paper.id, generation=paper.generation, read_only=False))
    assert await links.exchange(session, settings, forged, NOW) is None


async def test_revoking_ends_tokens_and_cookies_and_the_next_token_works(
    session: AsyncSession, settings: Settings, link: CustomerLink
) -> None:
    token, cookie = links.token(settings, link), await opened(session, settings, link)
    await links.revoke(session, stream_id=link.stream_id, person_id=link.person_id)
    assert await links.exchange(session, settings, token, NOW) is None
    assert await links.customer_scope(session, settings, cookie, LATER) is None
    again = await links.issue(session, stream_id=link.stream_id, person_id=link.person_id, now=LATER)
    assert links.token(settings, again) != token
    assert await links.customer_scope(session, settings, await opened(session, settings, again), LATER) is not None


async def test_a_cookie_of_an_older_generation_is_refused_even_if_its_row_is_left(
    session: AsyncSession, settings: Settings, link: CustomerLink
) -> None:
    cookie = await opened(session, settings, link)
    link.generation += 1
    await session.flush()
    assert await links.customer_scope(session, settings, cookie, LATER) is None


async def test_everything_ends(session: AsyncSession, settings: Settings, link: CustomerLink) -> None:
    cookie = await opened(session, settings, link)
    assert await links.customer_scope(session, settings, cookie, NOW + links.COOKIE_LIFE) is None
    token = links.token(settings, link)
    almost = link.expires_at - timedelta(seconds=1)
    found = await links.exchange(session, settings, token, almost)
    assert found is not None
    assert await links.customer_scope(session, settings, found[0], almost) is not None
    assert await links.customer_scope(session, settings, found[0], link.expires_at) is None
    assert await links.exchange(session, settings, token, link.expires_at) is None


async def test_what_is_no_token_opens_nothing(session: AsyncSession, settings: Settings, link: CustomerLink) -> None:
    token = links.token(settings, link)
    unknown = links.token(settings, CustomerLink(id=UUID(int=7), generation=1, read_only=False))
    decoy = links.token(settings, CustomerLink(id=UUID(int=0), generation=0, read_only=False))
    bad = ["", "x", token[:-1], token + "A", "ü" * 64, "\ud800" * 64, "=" * 64, " " * 64, unknown, decoy]
    for given in bad:
        assert await links.exchange(session, settings, given, NOW) is None
    for given in ("", "\x00", "\ud800", token):
        assert await links.customer_scope(session, settings, given, NOW) is None
    other_key = settings.model_copy(update={"secret_key": SecretStr("z" * 43)})
    assert await links.exchange(session, other_key, token, NOW) is None


async def test_a_change_of_any_bit_opens_nothing(session: AsyncSession, settings: Settings, link: CustomerLink) -> None:
    raw = base64.urlsafe_b64decode(links.token(settings, link))
    for bit in range(0, len(raw) * 8, 5):
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << bit % 8
        assert await links.exchange(session, settings, base64.urlsafe_b64encode(changed).decode(), NOW) is None
