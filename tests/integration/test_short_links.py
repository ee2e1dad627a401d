"""The short form of a customer link: twelve characters that lead to the full way in, and end with it."""

import math
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.auth import links, short_links
from aftersales.auth.models import CustomerLink
from aftersales.config import Settings, load_settings
from aftersales.i18n.brief import ROOM
from tests.factories.auth import NOW, add_person, add_stream
from tests.factories.world import World

SHORT = "https://gdv.in"


@pytest.fixture
async def link(session: AsyncSession) -> CustomerLink:
    """A link that writes."""
    person = await add_person(session)
    return await links.issue(session, stream_id=await add_stream(session), person_id=person.id, now=NOW)


async def test_it_fits_an_sms_and_leads_to_the_full_address(
    session: AsyncSession, settings: Settings, link: CustomerLink
) -> None:
    short = settings.model_copy(update={"short_url": SHORT})
    address = await short_links.url(session, short, link)
    assert address.startswith(f"{SHORT}/s/")
    assert len(address) == len(short_links.sample(short)) <= ROOM
    code = address.rpartition("/")[2]
    assert math.log2(64) * len(code) >= 70
    assert await short_links.full(session, short, code, NOW) == links.url(short, link)
    assert await short_links.url(session, short, link) == address
    assert (await short_links.url(session, settings, link)).startswith("http://localhost:8069/s/")


async def test_what_is_stored_opens_nothing(session: AsyncSession, settings: Settings, link: CustomerLink) -> None:
    code = (await short_links.url(session, settings, link)).rpartition("/")[2]
    stored = {str(getattr(link, column.key)) for column in CustomerLink.__table__.columns}
    assert not any(code in value for value in stored)
    assert link.short_hash is not None
    for given in (
        link.short_hash.hex()[:12],
        "",
        "x" * 12,
        "ü" * 12,
        "\ud800" * 12,
        code + "A",
        code[:-1],
        "\x00" * 12,
    ):
        assert await short_links.full(session, settings, given, NOW) is None
    other = settings.model_copy(update={"secret_key": SecretStr("z" * 43)})
    assert await short_links.full(session, other, code, NOW) is None


async def test_it_ends_with_its_generation_and_its_life(
    session: AsyncSession, settings: Settings, link: CustomerLink
) -> None:
    code = (await short_links.url(session, settings, link)).rpartition("/")[2]
    almost = link.expires_at - timedelta(seconds=1)
    assert await short_links.full(session, settings, code, almost) is not None
    assert await short_links.full(session, settings, code, link.expires_at) is None
    await links.revoke(session, stream_id=link.stream_id, person_id=link.person_id)
    assert await short_links.full(session, settings, code, NOW) is None
    again = await links.issue(session, stream_id=link.stream_id, person_id=link.person_id, now=NOW)
    fresh = (await short_links.url(session, settings, again)).rpartition("/")[2]
    assert fresh != code
    assert await short_links.full(session, settings, fresh, NOW) == links.url(settings, again)


def test_the_setting_is_a_bare_host() -> None:
    assert load_settings(short_url=SHORT, sms_links="gdv.in, Godavari.example").sms_hosts == (
        "gdv.in",
        "godavari.example",
    )
    with pytest.raises(ValueError, match="short_url"):
        load_settings(short_url=f"{SHORT}/s")


async def test_it_is_opened_and_guessing_is_slowed_down(company: World) -> None:
    async with company.work() as work:
        link = await links.issue(
            work.session, stream_id=company.home.case_id, person_id=company.home.person_id, now=work.now
        )
        address = await short_links.url(work.session, company.settings, link)
    nobody = company.client()
    answer = await nobody.get(urlsplit(address).path)
    assert answer.status_code == 303
    assert answer.headers["location"] == links.url(company.settings, link)
    assert (answer.headers["referrer-policy"], answer.headers["cache-control"]) == ("no-referrer", "no-store")
    assert (await nobody.get(urlsplit(answer.headers["location"]).path)).status_code == 303
    statuses = [(await nobody.get("/s/aaaaaaaaaaaa")).status_code for _ in range(short_links.OPENED.burst + 10)]
    assert statuses[0] == 404
    assert statuses[-1] == 429
