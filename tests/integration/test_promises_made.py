"""The end of the work, calls and answers: promised in words that carry the time, and kept, broken or replaced."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from pydantic import SecretStr
from sqlalchemy import select
from sqlalchemy import update as update_

from aftersales import clock
from aftersales.cases.schemas import Nothing
from aftersales.errors import Conflict
from aftersales.i18n import format_instant
from aftersales.products import service as products
from aftersales.products.schemas import UnitDates
from aftersales.promises import records
from aftersales.promises.ledger import End, Kind, stated
from aftersales.promises.records import PromiseView
from aftersales.promises.service import outlook
from aftersales.scope import SYSTEM
from aftersales.status.changes import move
from aftersales.updates import matters, service
from aftersales.updates.models import CustomerUpdate
from field_service.repairs.machine import REPAIR_ORDER
from field_service.visits.service import overdue, planning
from tests.factories.promises import Back, closed
from tests.factories.world import API, Home, World, add_home, ok

LINES = [{"kind": "labour", "description": "Fitting", "unit_price_minor": 150_000, "tax_code": "998717"}]
TO_THE_BENCH = ("triage", "diagnose", "skip_estimate", "start")


async def of_kind(shop: World, case_id: UUID, kind: Kind) -> list[PromiseView]:
    async with shop.work() as work:
        found = await records.of_case(work.session, SYSTEM, case_id)
    return [one for one in reversed(found) if one.kind is kind]


async def words_of(shop: World, promise: PromiseView) -> str:
    [(words,)] = await shop.rows("SELECT words FROM customer_update WHERE id = :id", id=promise.update_id)
    return str(words)


async def texts(shop: World, case_id: UUID) -> list[str]:
    rows = await shop.rows("SELECT text FROM customer_update WHERE stream_id = :id ORDER BY version", id=case_id)
    return [text for (text,) in rows]


async def on_the_bench(shop: World, home: Home, *verbs: str) -> UUID:
    """The household's repair, at the counter and along these verbs."""
    made = await ok(shop.by("manager"), f"{API}/repair_orders", case_id=str(home.case_id))
    await go(shop, UUID(made["id"]), *verbs)
    return UUID(made["id"])


async def go(shop: World, repair_id: UUID, *verbs: str, note: str | None = None) -> None:
    for verb in verbs:
        async with shop.work() as work:
            await work.post(move(REPAIR_ORDER, repair_id, verb, note=note))
    await shop.settle()


async def test_the_repair_begins_and_its_end_is_promised_by_the_target(shop: World) -> None:
    home = await add_home(shop, "Anasuya Devi", "+919849077001")
    repair = await on_the_bench(shop, home, *TO_THE_BENCH)
    [promise] = await of_kind(shop, home.case_id, Kind.COMPLETION)
    assert (promise.end, promise.text, promise.basis) == (None, "repair_order.in_repair_by", "targets")
    assert promise.due_at > clock.now()
    assert promise.due_at.minute % 15 == 0
    assert "repair_order.in_repair" not in await texts(shop, home.case_id)
    await go(shop, repair, "check", "pass")
    [promise] = await of_kind(shop, home.case_id, Kind.COMPLETION)
    assert promise.end == End.KEPT


async def test_with_history_nine_in_ten_are_promised_never_the_early_end(shop: World) -> None:
    home = await add_home(shop, "Bhavani Devi", "+919849077002")
    await shop.settle()
    for number in range(40):
        await closed(shop, home.case_id, number, timedelta(days=1 + number % 10))
    async with shop.work() as work:
        await outlook.foresee(work, None)
    await on_the_bench(shop, home, *TO_THE_BENCH)
    [promise] = await of_kind(shop, home.case_id, Kind.COMPLETION)
    [(p90,)] = await shop.rows("SELECT p90_at FROM case_forecast WHERE case_id = :id", id=home.case_id)
    assert (promise.basis, promise.due_at) == ("history", p90)


async def test_work_that_waits_for_the_customer_is_owed_no_more(shop: World) -> None:
    home = await add_home(shop, "Chandra Devi", "+919849077003")
    repair = await on_the_bench(shop, home, *TO_THE_BENCH)
    await go(shop, repair, "estimate", "await_approval")
    assert [one.end for one in await of_kind(shop, home.case_id, Kind.COMPLETION)] == [End.WITHDRAWN]
    await go(shop, repair, "approve", "start")
    assert [one.end for one in await of_kind(shop, home.case_id, Kind.COMPLETION)] == [End.WITHDRAWN, None]


async def test_begun_again_it_says_the_same_time(shop: World) -> None:
    home = await add_home(shop, "Damayanti Devi", "+919849077004")
    repair = await on_the_bench(shop, home, *TO_THE_BENCH)
    [first] = await of_kind(shop, home.case_id, Kind.COMPLETION)
    await go(shop, repair, "await_parts", note="The board is ordered.")
    await go(shop, repair, "start")
    assert await of_kind(shop, home.case_id, Kind.COMPLETION) == [first]
    assert (await texts(shop, home.case_id)).count("repair_order.in_repair_by") == 2


async def test_a_later_end_is_told_with_both_times_the_reason_and_the_choices(shop: World) -> None:
    home = await add_home(shop, "Eswari Devi", "+919849077005")
    await on_the_bench(shop, home, *TO_THE_BENCH)
    [first] = await of_kind(shop, home.case_id, Kind.COMPLETION)
    engineer, where = shop.by("service_engineer"), f"{API}/cases/{home.case_id}/delayed"
    early = {"by": (first.due_at - timedelta(hours=1)).isoformat(), "reason": "part"}
    assert (await engineer.post(where, json=early)).json()["code"] == "promises.later"
    later = (first.due_at + timedelta(days=2)).replace(second=0, microsecond=0)
    await ok(engineer, where, by=later.isoformat(), reason="part")
    await shop.settle()
    first, second = await of_kind(shop, home.case_id, Kind.COMPLETION)
    assert (first.end, first.replaced_by, second.end, second.due_at) == (End.REPLACED, second.id, None, later)
    assert second.basis == "hand"
    said = await words_of(shop, second)
    assert "ఒక పార్ట్ ఇంకా రాలేదు" in said, "the reason"
    page = (await shop.by("coordinator").get(f"/desk/cases/{home.case_id}")).text
    assert "as a colleague decided" in page
    assert "Tell them that it takes longer" in page


async def test_nobody_said_so_and_it_is_said_by_itself_before_the_old_time(shop: World, back: Back) -> None:
    home = await add_home(shop, "Fatima Begum", "+919849077006")
    await on_the_bench(shop, home, *TO_THE_BENCH)
    [first] = await of_kind(shop, home.case_id, Kind.COMPLETION)
    await back.by(home.case_id, first.due_at - clock.now() - timedelta(minutes=90), Kind.COMPLETION)
    for _ in range(3):
        await shop.settle()
    first, second = await of_kind(shop, home.case_id, Kind.COMPLETION)
    assert (first.end, second.end, second.text) == (End.REPLACED, None, "case.delayed")
    assert second.due_at > clock.now() + timedelta(hours=20)
    assert (await texts(shop, home.case_id)).count("case.delayed") == 1


async def test_after_the_time_it_is_broken_and_said_late_once(shop: World, back: Back) -> None:
    home = await add_home(shop, "Girija Devi", "+919849077007")
    await on_the_bench(shop, home, *TO_THE_BENCH)
    [first] = await of_kind(shop, home.case_id, Kind.COMPLETION)
    await back.by(home.case_id, first.due_at - clock.now() + timedelta(minutes=30), Kind.COMPLETION)
    for _ in range(3):
        await shop.settle()
    first, second = await of_kind(shop, home.case_id, Kind.COMPLETION)
    assert (first.end, second.end) == (End.BROKEN, None)
    assert (await texts(shop, home.case_id)).count("case.delayed") == 1


async def test_a_call_is_promised_by_the_desk_told_and_kept(shop: World) -> None:
    home = await add_home(shop, "Hema Latha", "+919849077008")
    desk, where = shop.by("coordinator"), f"{API}/cases/{home.case_id}/call_asked"
    by = (clock.now() + timedelta(hours=3)).replace(second=0, microsecond=0)
    wrong = {"by": by.isoformat(), "phone": "+919849000000"}
    assert (await desk.post(where, json=wrong)).json()["code"] == "voice.whom"
    assert "Promise a call back" in (await desk.get(f"/desk/cases/{home.case_id}")).text
    await ok(desk, where, by=by.isoformat(), phone="+919849077008")
    again = await desk.post(where, json={"by": by.isoformat(), "phone": "+919849077008"})
    assert (again.status_code, again.json()["code"]) == (409, "voice.waits_already")
    await shop.settle()
    [promise] = await of_kind(shop, home.case_id, Kind.CALL_BACK)
    assert (promise.end, promise.due_at, promise.text) == (None, by, "case.call_promised")
    [(call,)] = await shop.rows("SELECT id FROM call_back WHERE stream_id = :id", id=home.case_id)
    done = await desk.post(f"/desk/calls/{call}/done")
    assert done.status_code == 303
    await shop.settle()
    assert [one.end for one in await of_kind(shop, home.case_id, Kind.CALL_BACK)] == [End.KEPT]


async def test_a_visit_that_nobody_is_sent_to_is_missed_before_its_time_and_told_once(shop: World) -> None:
    home = await add_home(shop, "Indira Devi", "+919849077009")
    visit = await shop.visit(home, dispatched=False)
    await ok(shop.by("manager"), f"{API}/visits/{visit}/confirm")
    await shop.settle()
    [window] = await of_kind(shop, home.case_id, Kind.VISIT_WINDOW)
    await at(shop, visit, window.due_at - timedelta(minutes=20))
    assert await status(shop, visit) == "confirmed"
    await at(shop, visit, window.due_at - timedelta(minutes=10))
    assert await status(shop, visit) == "missed"
    for _ in range(2):
        await shop.settle()
        await at(shop, visit, window.due_at + timedelta(minutes=5))
    assert (await texts(shop, home.case_id)).count("visit.missed") == 1
    [next_word] = [one for one in await of_kind(shop, home.case_id, Kind.NEXT_UPDATE) if one.end is None]
    assert next_word.text == "visit.missed"


@pytest.mark.parametrize(("before", "looked"), [(16, 15), (15, 0), (5, 0)], ids=lambda minutes: f"{minutes} min")
async def test_what_is_agreed_shortly_before_the_end_is_not_called_missed_at_once(
    shop: World, before: int, looked: int
) -> None:
    visit = await shop.visit(await add_home(shop, "Radha Bai", "+919849077013"), dispatched=False)
    [(ends,)] = await shop.rows("SELECT window_end FROM visit WHERE id = :id", id=visit)
    assert isinstance(ends, datetime)
    async with shop.work(now=ends - timedelta(minutes=before)) as work:
        await planning.confirm(work, visit, Nothing())
    [(due,)] = await shop.rows(
        "SELECT due_at FROM delivery WHERE subscriber = :name AND key = :key", name=overdue.WINDOW, key=str(visit)
    )
    assert due == ends - timedelta(minutes=looked)


async def test_one_who_has_not_set_out_is_waited_for_to_the_end_and_may_still_come(shop: World) -> None:
    home = await add_home(shop, "Jaya Prada", "+919849077010")
    visit = await shop.visit(home)
    technician = shop.by("technician")
    await ok(technician, f"{API}/visits/{visit}/accept")
    [window] = await window_of(shop, home)
    await at(shop, visit, window - timedelta(minutes=10))
    assert await status(shop, visit) == "accepted"
    await at(shop, visit, window + timedelta(minutes=1))
    assert await status(shop, visit) == "missed"
    await ok(technician, f"{API}/visits/{visit}/depart")
    await at(shop, visit, window + timedelta(minutes=9))
    await shop.settle()
    said = await texts(shop, home.case_id)
    assert (said.count("visit.missed"), said.count("visit.late"), said.count("visit.en_route")) == (1, 1, 1)


async def test_one_on_the_way_is_late_and_a_visit_that_was_called_off_is_not(shop: World) -> None:
    home = await add_home(shop, "Kalyani Devi", "+919849077011")
    visit = await shop.visit(home)
    technician = shop.by("technician")
    await ok(technician, f"{API}/visits/{visit}/accept")
    await ok(technician, f"{API}/visits/{visit}/depart")
    [window] = await window_of(shop, home)
    await at(shop, visit, window + timedelta(minutes=1))
    assert await status(shop, visit) == "en_route"
    await shop.settle()
    assert (await texts(shop, home.case_id)).count("visit.late") == 1
    other = await add_home(shop, "Lakshmi Bai", "+919849077012")
    gone = await shop.visit(other)
    [window] = await window_of(shop, other)
    await ok(shop.by("manager"), f"{API}/visits/{gone}/miss", note="The van broke down")
    await at(shop, gone, window + timedelta(minutes=1))
    await shop.settle()
    assert (await texts(shop, other.case_id)).count("visit.missed") == 1


async def window_of(shop: World, home: Home) -> list[datetime]:
    await shop.settle()
    return [one.due_at for one in await of_kind(shop, home.case_id, Kind.VISIT_WINDOW)]


async def at(shop: World, visit: UUID, when: datetime) -> None:
    """The watch over the visit's window, looked at then."""
    async with shop.work(now=when) as work:
        await overdue.look(work, visit)


async def status(shop: World, visit: UUID) -> str:
    [(found,)] = await shop.rows("SELECT status FROM document WHERE id = :id", id=visit)
    return str(found)


async def test_with_the_approval_the_end_is_promised_though_the_order_has_not_followed(shop: World) -> None:
    home = await add_home(shop, "Kamala Devi", "+919849077011")
    estimate, order = await estimated(shop, home)
    assert await of_kind(shop, home.case_id, Kind.COMPLETION) == []
    await ok(shop.by("manager"), f"{API}/estimates/{estimate}/approve", note="The owner, by phone.")
    [(version,)] = await shop.rows("SELECT version FROM stream WHERE id = :id", id=home.case_id)
    async with shop.work() as work:
        posted = await matters.posted(work.session, home.case_id, version)
        assert (posted.machine, posted.to_status) == ("estimate", "approved")
        assert await work.ports.promises.due(work, posted, Kind.COMPLETION) is not None, "whoever reads it first"
    await shop.settle()
    [promise] = await of_kind(shop, home.case_id, Kind.COMPLETION)
    assert (promise.end, promise.text, promise.basis) == (None, "estimate.approved_by", "targets")
    assert stated(await words_of(shop, promise), format_instant(promise.due_at, promise.zone, promise.language))
    assert "estimate.approved" not in await texts(shop, home.case_id)
    await go(shop, order, "start")
    assert await of_kind(shop, home.case_id, Kind.COMPLETION) == [promise], "the bench says the same time"
    page = (await shop.by("coordinator").get(f"/desk/cases/{home.case_id}")).text
    assert "from the targets" in page
    await go(shop, order, "check", "pass")
    assert [one.end for one in await of_kind(shop, home.case_id, Kind.COMPLETION)] == [End.KEPT]


async def test_what_is_sent_again_promises_what_it_says_and_only_once(shop: World, back: Back) -> None:
    home = await add_home(shop, "Lakshmi Bai", "+919849077012")
    # There was no way to go: the words wait to be read out, and nothing is promised.
    async with shop.work() as work:
        mailed = replace(work, settings=work.settings.model_copy(update={"smtp_url": SecretStr("smtp://127.0.0.1:9")}))
        await service.tell(mailed, await matters.posted(work.session, home.case_id, 1))
    [(update, state)] = await shop.rows("SELECT id, state FROM customer_update WHERE stream_id = :id", id=home.case_id)
    assert state == "withheld"
    assert await of_kind(shop, home.case_id, Kind.NEXT_UPDATE) == []
    async with shop.work() as work:
        await service.send_again(work, update)
    [promise] = await of_kind(shop, home.case_id, Kind.NEXT_UPDATE)
    assert (promise.end, promise.update_id) == (None, update)
    assert stated(await words_of(shop, promise), format_instant(promise.due_at, promise.zone, promise.language))
    # It came back long after, when that word had been kept: the same promise is said, and none is made anew.
    await back.by(home.case_id, promise.due_at - clock.now() - timedelta(minutes=10))
    await shop.settle()
    async with shop.work() as work:
        await work.session.execute(update_(CustomerUpdate).where(CustomerUpdate.id == update).values(state="failed"))
        await service.send_again(work, update)
    said = [one for one in await of_kind(shop, home.case_id, Kind.NEXT_UPDATE) if one.version == promise.version]
    assert [one.id for one in said] == [promise.id]


async def estimated(shop: World, home: Home) -> tuple[UUID, UUID]:
    """An estimate that was sent, and its repair; the unit is under no cover any more."""
    async with shop.work() as work:
        bought = (work.now - timedelta(days=2000)).date()
        await products.change_unit(work, home.unit_id, UnitDates(purchased_on=bought))
    desk, made = shop.by("manager"), await on_the_bench(shop, home, "triage")
    order = f"{API}/repair_orders/{made}"
    await ok(desk, f"{order}/diagnose", engineer_id=str(shop.staff["service_engineer"].id))
    await ok(desk, f"{order}/diagnosed", fault_code="22-B", cause_code="WR", note="The brushes are worn.")
    await shop.settle()
    await ok(desk, f"{order}/estimate", lines=LINES)
    query = "SELECT id FROM document WHERE machine = 'estimate' AND stream_id = :id"
    [(estimate,)] = await shop.rows(query, id=home.case_id)
    await ok(desk, f"{API}/estimates/{estimate}/send")
    await shop.settle()
    return estimate, made


async def test_every_step_that_is_ours_says_when_the_next_word_comes(shop: World, back: Back) -> None:
    home = await add_home(shop, "Nagamani Devi", "+919849077014")
    estimate, _ = await estimated(shop, home)
    await ok(shop.by("manager"), f"{API}/estimates/{estimate}/decline", note="The owner, by phone.")
    await shop.settle()
    made = {one.text: one for one in await of_kind(shop, home.case_id, Kind.NEXT_UPDATE)}
    steps = ("case.received", "repair_order.diagnosing", "repair_order.estimating", "estimate.declined")
    assert {made[text].end for text in steps[:-1]} == {End.KEPT}, "each by the word after it"
    # The order follows its estimate, and no message says so: the word is still owed, and goes by itself in time.
    owed = made[steps[-1]]
    assert owed.end is None
    for text in steps:
        promise = made[text]
        assert promise.due_at > clock.now()
        assert stated(await words_of(shop, promise), format_instant(promise.due_at, promise.zone, promise.language))
    await back.by(home.case_id, owed.due_at - clock.now() - timedelta(minutes=10))
    for _ in range(2):
        await shop.settle()
    made = {one.text: one for one in await of_kind(shop, home.case_id, Kind.NEXT_UPDATE)}
    assert (made["estimate.declined"].end, made["case.no_news"].end) == (End.KEPT, None)


async def test_a_time_that_is_over_is_not_said_for_the_first_time(shop: World) -> None:
    home = await add_home(shop, "Sarala Reddy", "+919849077013")
    estimate, _ = await estimated(shop, home)
    await ok(shop.by("manager"), f"{API}/estimates/{estimate}/approve", note="The owner, by phone.")
    [(version,)] = await shop.rows("SELECT version FROM stream WHERE id = :id", id=home.case_id)
    async with shop.work() as work:
        mailed = replace(work, settings=work.settings.model_copy(update={"smtp_url": SecretStr("smtp://127.0.0.1:9")}))
        await service.tell(mailed, await matters.posted(work.session, home.case_id, version))
    query = "SELECT id, state FROM customer_update WHERE stream_id = :id AND text = 'estimate.approved_by'"
    [(update, state)] = await shop.rows(query, id=home.case_id)
    assert state == "withheld"
    async with shop.work(now=clock.now() + timedelta(days=90)) as work:
        with pytest.raises(Conflict, match="nobody was told of it"):
            await service.send_again(work, update)
        # What somebody may have read in part says the same once more.
        [before] = (await work.session.execute(select(CustomerUpdate.words).where(CustomerUpdate.id == update))).one()
        await work.session.execute(update_(CustomerUpdate).where(CustomerUpdate.id == update).values(state="bounced"))
        await service.send_again(work, update)
        [after] = (await work.session.execute(select(CustomerUpdate.words).where(CustomerUpdate.id == update))).one()
    assert after == before
