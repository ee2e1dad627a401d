"""By which ways people are told: in their order, what when one fails, when it waits, when it is merged."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select

from aftersales import clock
from aftersales.auth import codes
from aftersales.customers.models import Person
from aftersales.outbox.models import Delivery
from aftersales.registry import Registry
from aftersales.scope import Actor, ActorKind, Scope
from aftersales.status.changes import move
from aftersales.updates import attempts, inbound, receipts, sending, service
from aftersales.updates.channels import Answer, Inbound, Letter, Receipt, Received, Retry, Sent
from aftersales.updates.models import CustomerUpdate, Preference, PushSubscription
from tests.factories.channels import Wire
from tests.factories.updates import JOB, World
from tests.factories.ways import PADMA, RAVI, fresh, heard, over, receipt, refused, stop, told, waiting


async def test_each_channel_says_its_own_form_to_its_own_address(town: World) -> None:
    sms, email = Wire("sms"), Wire("email")
    [update] = await told(over(town, sms, email), "start")
    assert (update.channel, update.state, update.route, update.urgent) == ("sms", "sent", ["email"], True)
    letter = sms.letters[-1]
    words = [one.words for one in sms.letters if one.message_id == update.message_id]
    assert len(words) == 1
    assert " sms http://localhost:8069/s/" in words[0]
    assert update.words is not None
    assert "[link]" in update.words
    assert {one.to_address for one in sms.letters} == {PADMA, RAVI}
    assert (letter.urgent, letter.link.startswith("http://localhost:8069/s/")) == (True, True)
    assert email.letters == []


async def test_after_a_definite_failure_the_next_channel_says_it(town: World) -> None:
    sms, email = Wire("sms", refused), Wire("email")
    town = over(town, sms, email)
    [update] = await told(town, "noted")
    assert (update.channel, update.state, update.turn, update.route) == ("email", "sent", 1, [])
    assert update.words is not None
    assert "WashPro 7 kg." in update.words
    assert "[link]" in update.words
    async with town.database.sessions() as session:
        [former] = (await attempts.before(session, [update.id]))[update.id]
    assert (former.channel, former.state, former.reason, former.detail) == (
        "sms",
        "failed",
        "rejected",
        "not with us",
    )
    assert former.words is not None
    assert "sms" in former.words
    assert update.message_id in [one.message_id for one in email.letters]
    assert ".1@" in str(update.message_id)
    assert update.doubled == 0


async def test_where_every_channel_fails_the_last_reason_stands(town: World) -> None:
    town = over(town, Wire("sms", refused), Wire("email", refused))
    [update] = await told(town, "noted")
    assert (update.channel, update.state, update.reason, update.turn) == ("email", "failed", "rejected", 1)


async def test_what_comes_back_goes_another_way_and_late_news_of_the_first_counts_as_twice(town: World) -> None:
    sms, email = Wire("sms"), Wire("email")
    town = over(town, sms, email)
    [first] = await told(town, "noted")
    await heard(town, receipt(first, "delivered"), receipt(first, "bounced", "no such phone"))
    await town.settle()
    second = await fresh(town, first)
    assert (second.channel, second.state, second.turn, second.doubled) == ("email", "sent", 1, 0)
    async with town.database.sessions() as session:
        [former] = (await attempts.before(session, [second.id]))[second.id]
    assert (former.channel, former.state, former.reason, former.detail) == (
        "sms",
        "bounced",
        "came_back",
        "no such phone",
    )
    for _ in range(3):
        await heard(town, receipt(first, "read"))
    assert (await fresh(town, first)).doubled == 1


async def test_receipts_in_any_order_come_to_the_same(town: World) -> None:
    town = over(town, Wire("sms"))
    [update] = await told(town, "noted")
    await heard(town, receipt(update, "read"), receipt(update, "delivered"), receipt(update, "bounced"))
    read = await fresh(town, update)
    assert (read.state, read.turn) == ("read", 0)
    assert read.read_at is not None
    assert read.delivered_at is not None


async def test_a_receipt_said_a_thousand_times_costs_what_it_costs_once(town: World) -> None:
    town = over(town, Wire("sms"))
    first, second = [(await told(town, "noted"))[0] for _ in range(2)]
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    counts = []
    engine = town.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    for update, times in ((first, 1), (second, 1000)):
        seen.clear()
        await heard(town, *[receipt(update, "read")] * times)
        counts.append(len(seen))
    event.remove(engine, "before_cursor_execute", note)
    assert counts[1] == counts[0]
    assert (await fresh(town, second)).state == "read"


async def test_a_receipt_is_known_by_our_own_id_too(town: World) -> None:
    town = over(town, Wire("sms", lambda _: Sent()))
    [update] = await told(town, "noted")
    assert update.provider_id is None
    tag = str(update.message_id).strip("<>").partition("@")[0]
    await heard(town, Receipt("", Received.DELIVERED, clock.now(), message_id=tag))
    assert (await fresh(town, update)).state == "delivered"


async def test_late_news_of_the_first_way_is_known_by_our_own_id_too(town: World) -> None:
    town = over(town, Wire("sms", lambda _: Sent()), Wire("email"))
    [update] = await told(town, "noted")
    first = str(update.message_id).strip("<>").partition("@")[0]
    await heard(town, Receipt("", Received.BOUNCED, clock.now(), "no such phone", first))
    await town.settle()
    await heard(town, Receipt("", Received.READ, clock.now(), message_id=f"{first}.7"))
    second = await fresh(town, update)
    assert (second.channel, second.state, second.turn, second.doubled) == ("email", "sent", 1, 0), "there is no turn 7"
    await heard(town, Receipt("", Received.READ, clock.now(), message_id=first))
    second = await fresh(town, update)
    assert (second.state, second.doubled) == ("sent", 1)
    async with town.database.sessions() as session:
        [former] = (await attempts.before(session, [update.id]))[update.id]
    assert former.state == "read"


async def test_a_receipt_that_names_no_letter_is_about_none(town: World) -> None:
    town = over(town, Wire("sms", lambda _: Sent("")))
    [update] = await told(town, "noted")
    await heard(town, Receipt("", Received.DELIVERED, clock.now()))
    assert (await fresh(town, update)).state == "sent"


async def test_a_receipt_that_is_quicker_than_our_note_is_looked_at_again(town: World) -> None:
    town = over(town, Wire("sms"))
    [update] = await told(town, "noted")
    early = Receipt("not-yet-noted", Received.READ, clock.now())
    for _ in range(3):
        await heard(town, early)
    await town.change(CustomerUpdate, update.id, provider_id="not-yet-noted")
    await town.due()
    assert await waiting(town, receipts.EARLY) == 1
    await town.settle()
    assert (await fresh(town, update)).state == "read"
    # One that nobody knows a lease later either is dropped.
    await heard(town, Receipt("of nobody", Received.READ, clock.now()))
    for left in (1, 0):
        await town.due()
        await town.settle()
        assert await waiting(town, receipts.EARLY) == left


async def test_a_receipt_outlasts_a_killed_worker(town: World) -> None:
    town = over(town, Wire("sms"))
    [update] = await told(town, "noted")
    # Taken by the provider, and its worker killed before that was written down.
    await town.change(CustomerUpdate, update.id, state="sending", provider_id=None, sent_at=None)
    await heard(town, Receipt("", Received.DELIVERED, clock.now(), message_id=str(update.message_id).strip("<>")))
    for look in range(4):
        async with town.database.sessions() as session:
            [due] = await session.scalars(select(Delivery.due_at).where(Delivery.subscriber == receipts.EARLY))
        assert look == 0 or due - clock.now() > sending.LEASE * 0.9, "no sooner than somebody else may take it up"
        await town.due()
        await town.settle()
        assert await waiting(town, receipts.EARLY) == 1, "it is kept"
    await town.change(CustomerUpdate, update.id, state="sent", provider_id="later")
    await town.due()
    await town.settle()
    assert (await fresh(town, update)).state == "delivered"
    assert await waiting(town, receipts.EARLY) == 0


async def test_what_came_back_after_all_was_not_read_twice(town: World) -> None:
    town = over(town, Wire("sms"), Wire("email"))
    [update] = await told(town, "start")
    await town.due()
    await town.settle()
    assert (await fresh(town, update)).doubled == 1, "no receipt came in time"
    for _ in range(2):
        await heard(town, receipt(update, "bounced", "switched off for days"))
        assert (await fresh(town, update)).doubled == 0
    await heard(town, receipt(update, "read"))
    assert (await fresh(town, update)).doubled == 1


async def test_whatsapp_takes_our_own_words_for_a_day_and_then_a_template_alone(town: World) -> None:
    whatsapp, email = Wire("whatsapp"), Wire("email")
    town = over(town, whatsapp, email)
    [update] = await told(town, "noted")
    assert (update.channel, whatsapp.letters) == ("email", []), "they never wrote, and no template is approved"
    async with town.database.sessions() as session:
        [former] = (await attempts.before(session, [update.id]))[update.id]
    assert former.reason == "window_closed"
    hello = Inbound("whatsapp", "wamid.1", PADMA, clock.now() - timedelta(hours=23), "hello")
    async with town.work() as work:
        await inbound.keep(work, [hello])
    [update] = await told(town, "noted")
    assert update.channel == "whatsapp"
    assert [one.registered for one in whatsapp.letters if one.message_id == update.message_id] == [None]


async def test_an_urgent_text_without_a_receipt_goes_another_way_too(town: World) -> None:
    sms, email = Wire("sms"), Wire("email")
    town = over(town, sms, email)
    [update] = await told(town, "start")
    assert await waiting(town, "updates.no_receipt") == 2
    await town.due()
    await town.settle()
    again = await fresh(town, update)
    assert (again.channel, again.state, again.turn, again.doubled) == ("email", "sent", 1, 1)
    async with town.database.sessions() as session:
        [former] = (await attempts.before(session, [update.id]))[update.id]
    assert (former.state, former.reason) == ("sent", "no_receipt")
    # E-mail knows no receipts: there the chain ends.
    assert await waiting(town, "updates.no_receipt") == 0
    await heard(town, receipt(update, "delivered"))
    assert (await fresh(town, update)).doubled == 1


async def test_a_receipt_in_time_ends_it(town: World) -> None:
    email = Wire("email")
    town = over(town, Wire("sms"), email)
    [update] = await told(town, "start")
    await heard(town, receipt(update, "delivered"))
    await town.due()
    await town.settle()
    assert [one for one in email.letters if one.message_id == update.message_id] == []
    assert ((await fresh(town, update)).channel, (await fresh(town, update)).doubled) == ("sms", 0)


async def test_what_is_not_urgent_waits_for_no_receipt(town: World) -> None:
    await told(over(town, Wire("sms"), Wire("email")), "noted")
    assert await waiting(town, "updates.no_receipt") == 0


async def test_a_provider_that_says_when_is_asked_then(town: World) -> None:
    answers = iter([Retry("busy", after=timedelta(minutes=7))])
    town = over(town, Wire("sms", lambda _: next(answers, Sent("taken"))))
    before = clock.now()
    [update] = await told(town, "noted")
    assert update.state in ("retrying", "queued")
    async with town.database.sessions() as session:
        due = (await session.scalars(select(Delivery.due_at).where(Delivery.subscriber == service.SEND))).all()
    assert any(timedelta(minutes=6) < at - before < timedelta(minutes=9) for at in due)


async def test_the_order_that_a_person_chose_and_what_they_refused(town: World) -> None:
    town = over(town, Wire("sms"), Wire("email"), Wire("voice"))
    async with town.work() as work:
        work.session.add(Preference(person_id=town.padma, channels=["voice", "email"], changed_at=clock.now()))
        await work.session.flush()
    [update] = await told(town, "noted")
    assert (update.channel, update.route) == ("voice", ["email"])
    async with town.work() as work:
        work.session.add(stop(town.padma, "voice", clock.now()))
    [update] = await told(town, "noted")
    assert (update.channel, update.route) == ("email", [])
    async with town.work() as work:
        work.session.add(stop(town.padma, "", clock.now()))
    [update] = await told(town, "noted")
    assert (update.state, update.reason, update.words) == ("withheld", "no_consent", None)


async def test_who_cannot_read_is_called(town: World) -> None:
    await town.change(Person, town.padma, prefers="voice")
    voice = Wire("voice")
    [update] = await told(over(town, Wire("sms"), voice), "noted")
    assert (update.channel, update.route) == ("voice", ["sms"])
    assert voice.letters[-1].words.endswith("voice")


async def test_a_browser_that_forgot_us_is_let_go(town: World) -> None:
    endpoint = f"https://push.example/{town.padma.hex}"
    async with town.work() as work:
        work.session.add(
            PushSubscription(endpoint=endpoint, person_id=town.padma, p256dh="k", auth="a", created_at=clock.now())
        )
    push = Wire("push", lambda _: Sent("1", gone=(endpoint,)))
    await told(over(town, push, Wire("sms")), "noted")
    assert push.letters[0].to_address == f'[["{endpoint}", "k", "a"]]'
    [update] = await told(over(town, push, Wire("sms")), "noted")
    assert update.channel == "sms"


async def test_what_they_did_themselves_is_not_told_to_them(town: World) -> None:
    town = over(town, Wire("sms"))
    case_id = await town.case()
    job = await town.job(case_id)
    await town.settle()
    padma = Scope(Actor(ActorKind.CUSTOMER, town.padma))
    async with town.work(padma) as work:
        await work.post(move(JOB, job, "start"))
    await town.settle()
    records = {u.person_id: u for u in await town.updates(case_id) if u.text == "job.started"}
    assert (records[town.padma].state, records[town.padma].reason) == ("withheld", "own_act")
    assert records[town.ravi].state == "sent"


async def test_a_channel_that_was_switched_off_meanwhile(town: World) -> None:
    [update] = await told(over(town, Wire("sms", lambda _: Retry("busy")), Wire("email")), "noted")
    assert update.state in ("queued", "retrying")
    after = over(town, Wire("email"))
    for _ in range(2):
        await after.due()
        await after.settle()
    moved = await fresh(town, update)
    assert (moved.channel, moved.state) == ("email", "sent")


async def test_a_text_that_is_declared_no_more_goes_another_way_as_it_was(town: World) -> None:
    [update] = await told(over(town, Wire("sms", lambda _: Retry("busy")), Wire("email")), "noted")
    modules = [replace(one, tells=()) if one.name == "telling" else one for one in town.registry.modules]
    email = Wire("email")
    later = over(replace(town, registry=Registry(modules)), Wire("sms", refused), email)
    await later.due()
    await later.settle()
    moved = await fresh(town, update)
    assert (moved.channel, moved.state, moved.words) == ("email", "sent", update.words)
    [letter] = [one for one in email.letters if one.message_id == moved.message_id]
    assert " sms http" in letter.words


async def test_a_code_takes_another_way_when_the_first_fails(town: World) -> None:
    email = Wire("email")
    town = over(town, Wire("sms", refused), email)
    case_id = await town.case()
    async with town.work() as work:
        await codes.request(work, codes.ARRIVAL, case_id, case_id, town.padma)
    await town.settle()
    [letter] = [one for one in email.letters if one.to_address == "padma@example.org" and one.urgent]
    [record] = [u for u in await town.updates(case_id) if u.code_id is not None]
    assert (record.channel, record.turn, record.state) == ("email", 1, "sent")
    assert record.words is not None
    assert "••••••" in record.words
    assert "••••••" not in letter.words


@pytest.mark.parametrize("name", ["Padma\r\nBcc: all@example.org", "\u202eamdaP\u202c", "P\x07adma", "న" * 5000])
async def test_hostile_names_reach_no_head(town: World, name: str) -> None:
    """What a name holds may be read in the words; a subject stays one line, whoever is called what."""
    await town.change(Person, town.padma, name=name, name_local=None)
    sms = Wire("sms")
    [update] = await told(over(town, sms), "noted")
    assert update.state == "sent"
    assert "\n" not in str(update.subject)
    assert all("\n" not in one.subject and "\r" not in one.subject for one in sms.letters)


@dataclass(eq=False)
class Slow(Wire):
    """Takes a while over each letter, and counts how many it had at a time."""

    under_way: int = 0
    most: int = 0

    async def send(self, letter: Letter) -> Answer:
        """Slowly."""
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        await asyncio.sleep(0.02)
        self.under_way -= 1
        return await super().send(letter)


@pytest.mark.parametrize("repeatable", [True, False])
async def test_only_what_may_be_said_twice_is_under_way_together(town: World, *, repeatable: bool) -> None:
    sms = Slow("sms", repeatable=repeatable)
    town = replace(over(town, sms), settings=town.settings.model_copy(update={"worker_concurrency": 1}))
    for place in range(5):
        await replace(town, number=f"{town.number[:-6]}{place}").case()
    await town.settle()
    assert len(sms.letters) == len({letter.message_id for letter in sms.letters}) == 10
    assert sms.most > 1 if repeatable else sms.most == 1
