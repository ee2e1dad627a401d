"""By e-mail: what arrives, in which order, how often, and what is noted when it does not."""

import asyncio
from datetime import timedelta
from email.message import EmailMessage
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy import delete, select, update

from aftersales import clock
from aftersales.auth.models import CustomerLink
from aftersales.customers.models import Person
from aftersales.outbox.deliver import DONE, LOST, deliver
from aftersales.outbox.models import Delivery, OutboxMessage
from aftersales.updates import handlers, service
from aftersales.updates.models import CustomerUpdate
from tests.factories.deliveries import claimed, means
from tests.factories.updates import World, opened
from tests.factories.ways import waiting
from tests.fixtures.mail import MailServer


@pytest.fixture
def mailing(world: World, mail: MailServer) -> World:
    """The household, with a mail server."""
    return world.by(smtp_url=SecretStr(mail.url), mail_from="care@example.org")


def text_of(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


async def only_padma(world: World) -> UUID:
    """A case of which only Padma is told."""
    await world.change(Person, world.ravi, email=None)
    return await world.case()


async def test_a_telugu_letter_decodes_right(mailing: World, mail: MailServer) -> None:
    case_id = await only_padma(mailing)
    await mailing.settle()
    [letter] = mail.received
    assert str(letter["Subject"]) == f"మీ రిక్వెస్ట్ అందింది: {mailing.number}"
    assert letter["To"].addresses[0].display_name == "పద్మ గారు"
    assert letter["To"].addresses[0].addr_spec == "padma@example.org"
    assert letter["From"].addresses[0].display_name == "Kukatpally service centre"
    assert letter["Reply-To"].addresses[0].addr_spec == "care@example.org"
    assert (letter["Content-Language"], letter["Auto-Submitted"]) == ("te", "auto-generated")
    assert mail.envelopes == [("care@example.org", ["padma@example.org"])]
    [update, _] = await mailing.updates(case_id)
    plain = text_of(letter, "plain")
    assert plain.startswith("పద్మ గారు, ")
    assert "వాషింగ్ మెషిన్" in plain
    assert (update.state, update.attempts, update.repeats) == ("sent", 1, 0)
    assert update.provider_id == "taken as 1"
    assert letter["Message-ID"] == update.message_id == f"<update.{update.id.hex}@example.org>"


async def test_the_letter_has_the_link_and_the_record_has_not(mailing: World, mail: MailServer) -> None:
    case_id = await only_padma(mailing)
    await mailing.settle()
    [letter] = mail.received
    plain, page = text_of(letter, "plain"), text_of(letter, "html")
    start = "http://localhost:8069/t/"
    token = plain.partition(start)[2].split()[0]
    assert len(token) == 64
    assert f'<a href="{start}{token}">{start}{token}</a>' in page
    assert 'lang="te" dir="ltr"' in page
    [update, _] = await mailing.updates(case_id)
    assert update.words is not None
    assert token not in update.words
    assert "[link]" in update.words
    async with mailing.database.sessions() as session:
        links = (await session.scalars(select(CustomerLink).where(CustomerLink.stream_id == case_id))).all()
    assert [(link.person_id, link.read_only) for link in links] == [(mailing.padma, False)]


async def test_everything_arrives_in_order_and_once(mailing: World, mail: MailServer) -> None:
    case_id = await only_padma(mailing)
    job_id = await mailing.job(case_id)
    await mailing.move(job_id, "noted", "start", "finish")
    await mailing.settle()
    updates = [u for u in await mailing.updates(case_id) if u.person_id == mailing.padma]
    assert [u.text for u in updates] == ["case.received", "job.noted", "job.started", "job.finished"]
    assert [letter["Message-ID"] for letter in mail.received] == [u.message_id for u in updates]


async def test_what_was_put_off_comes_first_when_it_goes_on(mailing: World, mail: MailServer) -> None:
    answers = iter(["451 the disk is full"])
    mail.on_data = lambda _: next(answers, None)
    case_id = await only_padma(mailing)
    await mailing.move(await mailing.job(case_id), "start")
    await mailing.settle(strict=False)
    first, second = [u for u in await mailing.updates(case_id) if u.person_id == mailing.padma]
    assert mail.received == []
    assert (first.state, first.attempts, first.detail) == ("retrying", 1, "451 the disk is full")
    assert second.state == "queued", "it waits for the one before"
    await mailing.due()
    await mailing.settle()
    first, second = [u for u in await mailing.updates(case_id) if u.person_id == mailing.padma]
    assert [(u.state, u.attempts, u.repeats) for u in (first, second)] == [("sent", 2, 0), ("sent", 1, 0)]
    assert first.detail is None
    assert [letter["Message-ID"] for letter in mail.received] == [first.message_id, second.message_id]


async def test_refused_for_good_is_failed_with_the_reason_and_holds_up_nobody(mailing: World, mail: MailServer) -> None:
    mail.on_recipient = lambda address: "550 no such user" if address.startswith("padma") else None
    case_id = await mailing.case()
    await mailing.settle()
    padma, ravi = await mailing.updates(case_id)
    assert (padma.state, padma.reason, padma.detail) == ("failed", "rejected", "550 no such user")
    assert padma.sent_at is None
    assert (ravi.state, ravi.sent_at is not None) == ("sent", True)
    assert len(mail.received) == 1


async def test_a_recipient_put_off_is_tried_again(mailing: World, mail: MailServer) -> None:
    mail.on_recipient = lambda _: "450 greylisted"
    case_id = await only_padma(mailing)
    await mailing.settle(strict=False)
    [update, _] = await mailing.updates(case_id)
    assert (update.state, update.detail) == ("retrying", "450 greylisted")


async def test_refused_words_are_failed(mailing: World, mail: MailServer) -> None:
    mail.on_data = lambda _: "554 looks like spam"
    case_id = await only_padma(mailing)
    await mailing.settle()
    [update, _] = await mailing.updates(case_id)
    assert (update.state, update.detail) == ("failed", "554 looks like spam")


async def test_a_wrong_password_is_our_trouble_and_not_the_recipients(mailing: World, mail: MailServer) -> None:
    wrong = mailing.by(smtp_url=SecretStr(mail.url.replace("pass%2Fword", "guess")))
    case_id = await only_padma(wrong)
    await wrong.settle(strict=False)
    [update, _] = await wrong.updates(case_id)
    assert update.state == "retrying"
    assert update.detail is not None
    assert update.detail.startswith("535 ")


async def test_nobody_at_home_is_tried_again_and_after_the_last_attempt_failed(
    mailing: World, mail: MailServer
) -> None:
    nowhere = mailing.by(smtp_url=SecretStr("smtp://127.0.0.1:1"))
    case_id = await only_padma(nowhere)
    await nowhere.settle(strict=False)
    [update_, *_] = await nowhere.updates(case_id)
    assert (update_.state, update_.repeats) == ("retrying", 0)
    async with nowhere.work() as work:
        last = {"attempts": handlers.MAX_ATTEMPTS - 1, "due_at": clock.now() - timedelta(seconds=1)}
        await work.session.execute(update(Delivery).where(Delivery.subscriber == service.SEND).values(**last))
    await nowhere.settle()
    [update_, *_] = await nowhere.updates(case_id)
    assert (update_.state, update_.reason) == ("failed", "gave_up")
    assert await waiting(nowhere, service.SEND) == 0
    assert mail.received == []


async def test_cut_off_after_it_was_taken_is_counted_as_a_possible_repeat(mailing: World, mail: MailServer) -> None:
    mail.cut = True
    case_id = await only_padma(mailing)
    await mailing.settle(strict=False)
    [update_, *_] = await mailing.updates(case_id)
    assert (update_.state, update_.repeats) == ("retrying", 1)
    mail.cut = False
    await mailing.due()
    await mailing.settle()
    [update_, *_] = await mailing.updates(case_id)
    assert (update_.state, update_.repeats) == ("sent", 1)
    assert [letter["Message-ID"] for letter in mail.received].count(update_.message_id) == 2


async def test_a_worker_stopped_in_the_middle_repeats_at_most_once_and_says_so(
    mailing: World, mail: MailServer
) -> None:
    mail.hold = asyncio.Event()
    case_id = await only_padma(mailing)
    sending = asyncio.create_task(mailing.settle())
    await asyncio.wait_for(mail.reached.wait(), 10)
    [update_, _] = await mailing.updates(case_id)
    assert update_.state == "sending"
    # The letter is with the server, the answer never reaches us.
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    mail.hold.set()
    async with mailing.work() as work:
        await work.session.execute(update(Delivery).values(leased_until=clock.now() - timedelta(seconds=1)))
    await mailing.settle()
    [update_, _] = await mailing.updates(case_id)
    assert (update_.state, update_.attempts, update_.repeats) == ("sent", 2, 1)
    assert len({letter["Message-ID"] for letter in mail.received}) == 1
    assert len(mail.received) <= 2


async def test_a_worker_whose_lease_is_over_takes_nothing_from_the_next(mailing: World, mail: MailServer) -> None:
    case_id = await only_padma(mailing)
    async with mailing.work() as work:
        await handlers.on_change(work, opened(case_id))
        await work.session.execute(delete(OutboxMessage))
    known = mailing.database, mailing.registry, mailing.settings
    [late] = await claimed(*known)
    async with mailing.work() as work:
        await work.session.execute(update(Delivery).values(leased_until=clock.now() - timedelta(seconds=1)))
    [current] = await claimed(*known)
    with_means = means(*known)
    mail.hold = asyncio.Event()
    sending = asyncio.create_task(deliver(with_means, current))
    await asyncio.wait_for(mail.reached.wait(), 10)
    # Between the letter of the one and its note, the other wakes up.
    assert (await deliver(with_means, late)).ended == LOST
    mail.hold.set()
    assert (await sending).ended == DONE
    [update_, _] = await mailing.updates(case_id)
    assert (update_.state, update_.attempts, update_.repeats) == ("sent", 1, 0)
    assert len(mail.received) == 1


async def test_an_address_that_cannot_be_is_failed_without_a_connection(mailing: World, mail: MailServer) -> None:
    await mailing.change(Person, mailing.padma, email="nobody at home")
    case_id = await only_padma(mailing)
    await mailing.settle()
    [update_, _] = await mailing.updates(case_id)
    assert (update_.state, update_.reason) == ("failed", "bad_address")
    assert mail.envelopes == []


async def test_an_address_the_server_cannot_write_to_is_failed(mailing: World, mail: MailServer) -> None:
    await mailing.change(Person, mailing.padma, email="పద్మ@example.org")
    case_id = await only_padma(mailing)
    await mailing.settle()
    [update_, _] = await mailing.updates(case_id)
    assert (update_.state, update_.reason) == ("failed", "bad_address")
    assert mail.received == []


async def test_an_address_lost_meanwhile_is_held_back_and_sent_once_it_is_known(
    mailing: World, mail: MailServer
) -> None:
    case_id = await only_padma(mailing)
    async with mailing.work() as work:
        await handlers.on_change(work, opened(case_id))
    await mailing.change(Person, mailing.padma, email=None)
    await mailing.settle()
    [update_, _] = await mailing.updates(case_id)
    assert (update_.state, update_.reason, mail.received) == ("withheld", "no_address", [])


async def test_who_has_been_erased_is_not_written_to(mailing: World, mail: MailServer) -> None:
    case_id = await only_padma(mailing)
    async with mailing.work() as work:
        await handlers.on_change(work, opened(case_id))
        await work.session.execute(delete(OutboxMessage))
        await work.session.execute(delete(CustomerUpdate).where(CustomerUpdate.person_id == mailing.padma))
    await mailing.settle()
    assert mail.received == []


async def test_without_a_server_what_was_queued_ends_in_the_mailbox(mailing: World, mail: MailServer) -> None:
    case_id = await only_padma(mailing)
    async with mailing.work() as work:
        await handlers.on_change(work, opened(case_id))
    await mailing.by(smtp_url=None).settle()
    [update_, _] = await mailing.updates(case_id)
    assert (update_.state, update_.channel, mail.received) == ("sent", "mailbox", [])
