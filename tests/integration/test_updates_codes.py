"""Messages with one-time codes: sent at once, to one person, without keeping a secret."""

from datetime import timedelta
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from aftersales.auth import codes
from aftersales.auth.models import OneTimeCode
from aftersales.customers.models import Person
from aftersales.ids import new_id
from aftersales.updates import repository, service
from aftersales.updates.models import CustomerUpdate, Preference, PushSubscription
from tests.factories.settings import KEYS, settings_with
from tests.factories.updates import World
from tests.fixtures.mail import MailServer


async def asked(world: World, purpose: str = codes.ARRIVAL) -> tuple[UUID, UUID]:
    """Padma is sent a code about a job on her case; the case and the job."""
    case_id = await world.case()
    job_id = await world.job(case_id)
    async with world.work() as work:
        await codes.request(work, purpose, job_id, case_id, world.padma)
    return case_id, job_id


async def code_of(world: World, job_id: UUID) -> str:
    async with world.database.sessions() as session:
        code = (await session.scalars(select(OneTimeCode).where(OneTimeCode.subject_id == job_id))).one()
    return codes.value(world.settings, code)


async def letters(world: World, case_id: UUID) -> list[CustomerUpdate]:
    return [update for update in await world.updates(case_id) if update.code_id is not None]


@pytest.mark.parametrize("purpose", [codes.ARRIVAL, codes.HAND_OVER, codes.APPROVAL])
async def test_the_record_never_holds_the_digits(world: World, purpose: str) -> None:
    case_id, job_id = await asked(world, purpose)
    await world.settle()
    [letter] = await letters(world, case_id)
    digits = await code_of(world, job_id)
    assert (letter.state, letter.purpose, letter.language, letter.version) == ("sent", purpose, "te", None)
    assert letter.words is not None
    assert letter.subject is not None
    assert digits not in letter.words + letter.subject
    assert "••••••" in letter.words


async def test_in_a_demonstration_and_only_there_the_mailbox_shows_them(world: World) -> None:
    case_id, job_id = await asked(world)
    await world.settle()
    digits = await code_of(world, job_id)
    async with world.work() as work:
        [letter] = [u for u in await repository.for_stream(work.session, work.scope, case_id) if u.code_id]
        assert letter.words is not None
        assert await service.shown(work, letter) == letter.words.replace("••••••", digits)
        [other, *_] = [u for u in await repository.for_stream(work.session, work.scope, case_id) if not u.code_id]
        assert await service.shown(work, other) == other.words
    async with world.by(demo=False).work() as work:
        assert await service.shown(work, letter) == letter.words
    async with world.work() as work:
        await work.session.delete(await work.session.get_one(OneTimeCode, letter.code_id))
        await work.session.flush()
        assert await service.shown(work, letter) == letter.words


async def test_by_mail_the_digits_arrive(world: World, mail: MailServer) -> None:
    world = world.by(smtp_url=SecretStr(mail.url))
    case_id, job_id = await asked(world)
    await world.settle()
    digits = await code_of(world, job_id)
    bodies = [body.get_content() for m in mail.received if (body := m.get_body(("plain",))) is not None]
    [body] = [body for body in bodies if digits in body]
    assert "http" not in body, "a code is entered where it was asked for"
    [update] = await letters(world, case_id)
    assert update.state == "sent"


async def test_a_browser_is_never_sent_one(world: World, mail: MailServer) -> None:
    keys = settings_with("push")
    push = {name: getattr(keys, name) for name in KEYS["push"]}
    first = ("push", "email")
    async with world.work() as work:
        told = PushSubscription(endpoint=f"https://fcm.googleapis.com/{new_id()}", person_id=world.padma)
        told.p256dh, told.auth, told.created_at = "x", "x", work.now
        work.session.add(told)
        work.session.add(Preference(person_id=world.padma, channels=list(first), changed_at=work.now))
    world = world.by(smtp_url=SecretStr(mail.url), **push)
    case_id, job_id = await asked(world)
    async with world.work() as work:
        [code] = await work.session.scalars(select(OneTimeCode).where(OneTimeCode.subject_id == job_id))
        await service.tell_code(work, code.id)
    [letter] = await letters(world, case_id)
    assert letter.channel == "email"
    assert "push" not in letter.route


async def test_asked_again_is_another_letter_and_a_repeated_delivery_is_not(world: World) -> None:
    case_id, job_id = await asked(world)
    await world.settle()
    [first] = await letters(world, case_id)
    assert first.code_id is not None
    async with world.work() as work:
        await service.tell_code(work, first.code_id)
    assert len(await letters(world, case_id)) == 1
    async with world.work() as work:
        await codes.request(work, codes.ARRIVAL, job_id, case_id, world.padma)
    await world.settle()
    assert len(await letters(world, case_id)) == 2


async def test_a_code_that_has_ended_is_not_sent(world: World, mail: MailServer) -> None:
    world = world.by(smtp_url=SecretStr(mail.url))
    case_id, _ = await asked(world)
    async with world.work() as work:
        for code in await work.session.scalars(select(OneTimeCode)):
            code.expires_at = work.now - timedelta(seconds=1)
    await world.settle()
    [letter] = await letters(world, case_id)
    assert (letter.state, letter.reason) == ("withheld", "code_expired")


async def test_a_code_that_ends_before_its_turn_is_not_sent(world: World) -> None:
    world = world.by(smtp_url=SecretStr("smtp://127.0.0.1:1"))
    case_id, _ = await asked(world)
    await world.settle(strict=False)
    [letter] = await letters(world, case_id)
    assert letter.state == "retrying"
    async with world.work() as work:
        for code in await work.session.scalars(select(OneTimeCode)):
            code.expires_at = work.now - timedelta(seconds=1)
    await world.due()
    await world.settle(strict=False)
    [letter] = await letters(world, case_id)
    assert (letter.state, letter.reason) == ("withheld", "code_expired")


async def test_without_an_address_the_code_is_held_back(world: World, mail: MailServer) -> None:
    world = world.by(smtp_url=SecretStr(mail.url))
    await world.change(Person, world.padma, email=None)
    case_id, _ = await asked(world)
    await world.settle()
    [letter] = await letters(world, case_id)
    assert (letter.state, letter.reason) == ("withheld", "no_address")


async def test_a_code_that_is_gone_tells_nobody(world: World) -> None:
    async with world.work() as work:
        await service.tell_code(work, new_id())
