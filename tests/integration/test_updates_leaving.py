"""What a message that waited says of times as it leaves, and what the ledger of promises has of it."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, update

from aftersales import clock
from aftersales.cases.models import MatterPerson
from aftersales.customers.models import Customer, Person, PersonPhone
from aftersales.i18n.brief import brief_instant
from aftersales.ids import new_id
from aftersales.outbox.models import Delivery
from aftersales.outbox.worker import drain
from aftersales.products import service as products
from aftersales.products.schemas import UnitDates
from aftersales.promises import records
from aftersales.promises.ledger import Kind, stated
from aftersales.promises.records import PromiseView
from aftersales.promises.service import keeping
from aftersales.scope import SYSTEM
from aftersales.status.changes import move
from aftersales.updates import service
from aftersales.updates.channels import Answer, Letter, Retry, Sent
from aftersales.updates.models import CustomerUpdate, Preference
from field_service.repairs.machine import REPAIR_ORDER
from tests.factories.channels import Wire, wired
from tests.factories.ways import stop
from tests.factories.world import API, Home, World, add_home, ok

Later = Callable[[timedelta], None]


@pytest.fixture(autouse=True)
async def alone(shop: World) -> AsyncIterator[None]:
    """What is left to deliver does not matter to the next test."""
    yield
    async with shop.work() as work:
        await work.session.execute(delete(Delivery))


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    """Has it be so much later, for everybody who asks what time it is."""
    real, gone = clock.now, [timedelta()]
    monkeypatch.setattr(clock, "now", lambda: real() + gone[0])

    def go_on(by: timedelta) -> None:
        gone[0] += by

    return go_on


def over(shop: World, *wires: Wire, merge: float = 0.0) -> World:
    settings = {"channels": ",".join(one.name for one in wires), "merge_seconds": merge, "quiet_hours": ""}
    return replace(shop, registry=wired(shop.registry, *wires), settings=shop.settings.model_copy(update=settings))


async def asleep(shop: World, home: Home, hours: float = 2.0, since: timedelta = -timedelta(hours=1)) -> None:
    """The owner, from an hour ago on."""
    now = clock.now().astimezone(UTC).replace(microsecond=0)
    start, end = (now + since).time(), (now + timedelta(hours=hours)).time()
    async with shop.work() as work:
        await work.session.execute(update(Customer).where(Customer.id == home.customer_id).values(timezone="UTC"))
        work.session.add(
            Preference(person_id=home.person_id, quiet_from=start, quiet_until=end, changed_at=clock.now())
        )


async def at_the_counter(shop: World, home: Home) -> UUID:
    return UUID((await ok(shop.by("manager"), f"{API}/repair_orders", case_id=str(home.case_id)))["id"])


async def go(shop: World, repair_id: UUID, *verbs: str) -> None:
    for verb in verbs:
        async with shop.work() as work:
            await work.post(move(REPAIR_ORDER, repair_id, verb))
        await shop.settle()


async def go_out(shop: World) -> None:
    """What waits to be sent is looked at now; the queue goes by the database's clock."""
    async with shop.work() as work:
        due = update(Delivery).where(Delivery.subscriber == service.SEND)
        await work.session.execute(due.values(due_at=clock.now() - timedelta(days=400)))
    await drain(shop.database, shop.registry, shop.settings, strict=False)


async def promised(shop: World, home: Home, kind: Kind) -> list[PromiseView]:
    async with shop.work() as work:
        found = await records.of_case(work.session, SYSTEM, home.case_id)
    return [one for one in reversed(found) if one.kind is kind]


async def kept(shop: World, home: Home, like: str = "%") -> list[CustomerUpdate]:
    query = "SELECT id FROM customer_update WHERE stream_id = :id AND text LIKE :like ORDER BY version, id"
    ids = [key for (key,) in await shop.rows(query, id=home.case_id, like=like)]
    async with shop.database.sessions() as session:
        return [await session.get_one(CustomerUpdate, key) for key in ids]


def says(letter: Letter, at: datetime, zone: str, language: str) -> bool:
    return stated(letter.words, brief_instant(at, zone, language, home="Asia/Kolkata"))


async def test_of_words_that_are_merged_only_those_that_leave_promise(shop: World, later: Later) -> None:
    sms = Wire("sms")
    shop = over(shop, sms, merge=120.0)
    home = await add_home(shop, "Aruna Devi", "+919849066001")
    await shop.settle()
    repair = await at_the_counter(shop, home)
    await shop.settle()
    await go(shop, repair, "triage", "diagnose", "estimate")
    first, second = await kept(shop, home, "repair_order.%ing")
    assert (first.state, second.state) == ("merged", "queued")
    assert [one.text for one in await promised(shop, home, Kind.NEXT_UPDATE)] == ["case.received"]
    later(timedelta(minutes=3))
    await go_out(shop)
    made = {one.text: one for one in await promised(shop, home, Kind.NEXT_UPDATE)}
    assert set(made) == {"case.received", "repair_order.estimating"}, "nobody was told what was merged"
    stands = made["repair_order.estimating"]
    assert (stands.end, stands.update_id) == (None, second.id)
    assert says(sms.letters[-1], stands.due_at, stands.zone, stands.language)


async def test_what_was_held_past_its_time_names_a_new_one(shop: World, later: Later) -> None:
    sms = Wire("sms")
    shop = over(shop, sms)
    home = await add_home(shop, "Bharati Devi", "+919849066002")
    await shop.settle()
    await asleep(shop, home)
    repair = await at_the_counter(shop, home)
    await go(shop, repair, "triage", "diagnose")
    [held] = await kept(shop, home, "repair_order.diagnosing")
    assert (held.state, held.reason) == ("queued", "quiet_hours")
    assert "repair_order.diagnosing" not in {one.text for one in await promised(shop, home, Kind.NEXT_UPDATE)}
    later(timedelta(days=20, hours=3))
    await go_out(shop)
    [sent] = await kept(shop, home, "repair_order.diagnosing")
    assert (sent.state, sent.words != held.words) == ("sent", True)
    open_ = [one for one in await promised(shop, home, Kind.NEXT_UPDATE) if one.end is None]
    assert [one.due_at > clock.now() for one in open_] == [True]
    assert says(sms.letters[-1], open_[0].due_at, "UTC", open_[0].language)


async def test_while_a_word_waits_nobody_says_that_there_is_none(shop: World, later: Later) -> None:
    sms = Wire("sms")
    shop = over(shop, sms)
    home = await add_home(shop, "Chitra Devi", "+919849066003")
    await shop.settle()
    await asleep(shop, home, hours=20)
    repair = await at_the_counter(shop, home)
    await go(shop, repair, "triage", "diagnose")
    # The clock says that they have waited too long for a word.
    for _ in range(3):
        async with shop.work() as work:
            await keeping.no_news(work, home.case_id)
        await shop.settle()
    [held] = await kept(shop, home, "repair_order.diagnosing")
    idle = await kept(shop, home, "case.no_news")
    assert [(one.state, one.merged_into) for one in idle] == [("merged", held.id)] * 3
    before = len(sms.letters)
    later(timedelta(hours=21))
    await go_out(shop)
    assert len(sms.letters) == before + 1
    made = [one for one in await promised(shop, home, Kind.NEXT_UPDATE) if one.text == "case.no_news"]
    assert made == []


async def test_a_visit_whose_window_is_over_is_not_announced(shop: World, later: Later) -> None:
    sms = Wire("sms")
    shop = over(shop, sms)
    home = await add_home(shop, "Devi Prasad", "+919849066004")
    await shop.settle()
    await asleep(shop, home)
    visit = await shop.visit(home, dispatched=False)
    await ok(shop.by("manager"), f"{API}/visits/{visit}/confirm")
    await shop.settle()
    found = await kept(shop, home, "visit.confirmed")
    assert [(one.state, one.reason) for one in found] == [("queued", "quiet_hours")]
    assert await promised(shop, home, Kind.VISIT_WINDOW) == []
    [(ends,)] = await shop.rows("SELECT window_end FROM visit WHERE id = :id", id=visit)
    gone = timedelta(days=3, hours=3)
    later(gone)
    assert ends < clock.now()
    before = len(sms.letters)
    await go_out(shop)
    [held] = await kept(shop, home, "visit.confirmed")
    assert (held.state, held.reason) == ("withheld", "time_over")
    assert all("visit" not in one.words for one in sms.letters[before:])
    assert await promised(shop, home, Kind.VISIT_WINDOW) == [], "nobody was told of it"
    later(-gone)
    page = (await shop.by("coordinator").get(f"/desk/cases/{home.case_id}")).text
    assert "The time that this message names is over" in page


async def test_an_end_of_the_work_that_is_over_gives_way_to_the_text_without_one(shop: World, later: Later) -> None:
    sms = Wire("sms")
    shop = over(shop, sms)
    home = await add_home(shop, "Eela Devi", "+919849066005")
    await shop.settle()
    repair = await at_the_counter(shop, home)
    await go(shop, repair, "triage", "diagnose")
    await asleep(shop, home)
    await go(shop, repair, "skip_estimate", "start")
    [held] = await kept(shop, home, "repair_order.in_repair%")
    assert (held.text, held.state) == ("repair_order.in_repair_by", "queued")
    later(timedelta(days=60, hours=3))
    await go_out(shop)
    [sent] = await kept(shop, home, "repair_order.in_repair%")
    assert (sent.text, sent.state) == ("repair_order.in_repair", "sent")
    assert await promised(shop, home, Kind.COMPLETION) == []


async def test_what_a_provider_put_off_past_its_time_promises_anew(shop: World, later: Later) -> None:
    busy = [True]

    def answer(letter: Letter) -> Answer:
        return Retry("busy") if busy[0] else Sent(f"ok-{letter.message_id}")

    sms = Wire("sms", answer)
    shop = over(shop, sms)
    home = await add_home(shop, "Falguni Devi", "+919849066006")
    await go_out(shop)
    [first] = await promised(shop, home, Kind.NEXT_UPDATE)
    [record] = await kept(shop, home)
    assert (record.state, first.end) == ("retrying", None)
    later(timedelta(minutes=5))
    await go_out(shop)
    assert len({one.words for one in sms.letters}) == 1, "a time that lies ahead is said in the same words"
    later(first.due_at - clock.now() + timedelta(hours=30))
    busy[0] = False
    await go_out(shop)
    await go_out(shop)
    [sent, *_] = await kept(shop, home)
    assert (sent.state, sent.words != record.words) == ("sent", True)
    found = await promised(shop, home, Kind.NEXT_UPDATE)
    assert len([one for one in found if one.end is None]) == 1
    assert found[-1].due_at > clock.now()
    assert found[0].end is not None


async def test_what_would_have_left_before_the_night_leaves_with_what_follows(shop: World, later: Later) -> None:
    sms = Wire("sms")
    shop = over(shop, sms, merge=120.0)
    home = await add_home(shop, "Gowri Devi", "+919849066007")
    await shop.settle()
    repair = await at_the_counter(shop, home)
    await asleep(shop, home, since=timedelta(minutes=3))
    await go(shop, repair, "triage", "diagnose")
    later(timedelta(seconds=90))
    # Alone it would leave when the night has begun.
    await go(shop, repair, "estimate")
    first, second = await kept(shop, home, "repair_order.%ing")
    assert (first.state, second.state, second.reason) == ("merged", "queued", None)
    assert second.not_before == first.not_before
    later(timedelta(seconds=40))
    await go_out(shop)
    assert [one.state for one in await kept(shop, home, "repair_order.%ing")] == ["merged", "sent"]


async def test_three_people_hear_the_time_that_stands_and_it_is_promised_once(shop: World, later: Later) -> None:
    sms = Wire("sms")
    shop = over(shop, sms)
    home = await add_home(shop, "Hymavathi", "+919849066008")
    await drain(shop.database, shop.registry, shop.settings)
    await asleep(shop, home)
    async with shop.work() as work:
        for number in (1, 2):
            person = Person(
                id=new_id(), customer_id=home.customer_id, position=number, name=f"Caller {number}", language="en"
            )
            work.session.add(person)
            await work.session.flush()
            work.session.add(PersonPhone(person_id=person.id, e164=f"+91984906610{number}"))
            work.session.add(MatterPerson(case_id=home.case_id, person_id=person.id, role="caller", may_approve=False))
            if number == 2:
                work.session.add(stop(person.id, "sms", clock.now()))
    async with shop.work() as work:
        await keeping.no_news(work, home.case_id)
    await shop.settle()
    told = await kept(shop, home, "case.no_news")
    assert sorted((one.state, one.reason) for one in told) == [
        ("queued", "quiet_hours"),
        ("sent", None),
        ("withheld", "no_consent"),
    ]
    [stands] = [one for one in await promised(shop, home, Kind.NEXT_UPDATE) if one.text == "case.no_news"]
    later(timedelta(hours=3))
    await go_out(shop)
    assert sorted(one.state for one in await kept(shop, home, "case.no_news")) == ["sent", "sent", "withheld"]
    assert [one for one in await promised(shop, home, Kind.NEXT_UPDATE) if one.text == "case.no_news"] == [stands]
    assert says(sms.letters[-1], stands.due_at, "UTC", "te")


async def test_after_a_stop_nothing_is_promised(shop: World, later: Later) -> None:
    sms = Wire("sms")
    shop = over(shop, sms)
    home = await add_home(shop, "Indumathi", "+919849066009")
    await shop.settle()
    await asleep(shop, home)
    repair = await at_the_counter(shop, home)
    await go(shop, repair, "triage", "diagnose")
    async with shop.work() as work:
        work.session.add(stop(home.person_id, "sms", clock.now()))
    later(timedelta(hours=3))
    await go_out(shop)
    [held] = await kept(shop, home, "repair_order.diagnosing")
    assert (held.state, held.reason) == ("withheld", "no_consent")
    assert {one.text for one in await promised(shop, home, Kind.NEXT_UPDATE)} == {"case.received"}


async def test_an_estimate_that_has_expired_meanwhile_is_not_handed_over(shop: World, later: Later) -> None:
    sms = Wire("sms")
    shop = over(shop, sms)
    home = await add_home(shop, "Jhansi Devi", "+919849066011")
    async with shop.work() as work:
        bought = (work.now - timedelta(days=2000)).date()
        await products.change_unit(work, home.unit_id, UnitDates(purchased_on=bought))
    repair = await at_the_counter(shop, home)
    await go(shop, repair, "triage")
    await asleep(shop, home)
    desk, order = shop.by("manager"), f"{API}/repair_orders/{repair}"
    await ok(desk, f"{order}/diagnose", engineer_id=str(shop.staff["service_engineer"].id))
    await ok(desk, f"{order}/diagnosed", fault_code="22-B", cause_code="WR", note="The brushes are worn.")
    await shop.settle()
    line = {"kind": "labour", "description": "Fitting", "unit_price_minor": 150_000, "tax_code": "998717"}
    await ok(desk, f"{order}/estimate", lines=[line])
    query = "SELECT id FROM document WHERE machine = 'estimate' AND stream_id = :id"
    [(estimate,)] = await shop.rows(query, id=home.case_id)
    await ok(desk, f"{API}/estimates/{estimate}/send")
    await shop.settle()
    assert [one.state for one in await kept(shop, home, "estimate.sent")] == ["queued"]
    before = len(sms.letters)
    later(timedelta(days=90, hours=3))
    await go_out(shop)
    [held] = await kept(shop, home, "estimate.sent")
    assert (held.state, held.reason) == ("withheld", "time_over")
    assert len([one for one in sms.letters[before:] if str(held.message_id) == one.message_id]) == 0
