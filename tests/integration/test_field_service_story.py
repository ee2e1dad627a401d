"""From the booked pickup to the hand-over, through the services and the worker, on a real database."""

from datetime import timedelta
from typing import Any, cast

import pytest

from aftersales.auth import codes
from aftersales.cases.schemas import Nothing
from aftersales.clock import business_date
from aftersales.config import Settings
from aftersales.db.session import Database
from aftersales.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from aftersales.module import Posted
from aftersales.scope import SYSTEM, Actor, ActorKind, Scope
from aftersales.status import timeline
from aftersales.status.machine import Audience
from aftersales.work import Work
from field_service import panels
from field_service.repairs.handlers import after_visit
from field_service.repairs.schemas import Diagnose, Remark
from field_service.repairs.service import bench, intake, money
from field_service.visits import repository as visits
from field_service.visits.schemas import (
    CannotComplete,
    Check,
    Collect,
    Deliver,
    Dispatch,
    Rebook,
    RequestVisit,
    Reschedule,
    Window,
)
from field_service.visits.schemas import Remark as VisitRemark
from field_service.visits.service import planning, road
from tests.factories.field_service import Centre, centre
from tests.factories.field_ways import (
    CODE,
    LINES,
    WHY,
    at_the_door,
    booked,
    cause,
    diagnosing,
    holder,
    on_the_way,
    photo,
    taken_in,
)


@pytest.fixture
async def place(shared_database: Database, settings: Settings) -> Centre:
    return await centre(shared_database, settings)


async def test_the_whole_way(place: Centre) -> None:  # noqa: PLR0915 - the way is as long as that
    assert await holder(place) == "The customer: "
    visit_id = await booked(place)
    assert await place.status(visit_id) == "scheduled"
    await place.do(planning.confirm, visit_id, Nothing())
    await place.do(planning.dispatch, visit_id, Dispatch(technician_id=place.technician.id))
    await place.do(road.accept, visit_id, Nothing(), by="technician")
    await place.do(road.depart, visit_id, Nothing(), by="technician")
    await place.settle()
    await place.do(road.arrive, visit_id, CODE, by="technician")
    with pytest.raises(Conflict, match="photo"):
        await place.do(road.check, visit_id, Check(condition="good"), by="technician")
    await photo(place, visit_id, "check")
    await place.do(road.check, visit_id, Check(condition="scratched", accessories="hose, cord, hose"), by="technician")
    await place.do(road.collect, visit_id, Collect(seal_number="s-88213"), by="technician")
    assert await holder(place) == "Our technician: Suresh Yadav"
    await place.settle()
    await place.do(road.complete, visit_id, VisitRemark(), by="technician")
    await place.settle()
    [order] = await place.of("repair_order")
    assert order.status == "intake"
    assert (await holder(place)).startswith("Service centre")

    await place.do(intake.triage, order.id, Nothing())
    await place.do(intake.diagnose, order.id, Diagnose(engineer_id=place.engineer.id))
    with pytest.raises(Conflict, match="photo"):
        await cause(place, order.id, "RD-2")
    await photo(place, order.id, "photo")
    await cause(place, order.id, "RD-2")
    estimate_id = await place.do(money.estimate, order.id, LINES, by="engineer")
    assert [(line.unit_price.minor, line.unit_price.currency) for line in place.told.lines] == [
        (400_000, "INR"),
        (150_000, "INR"),
    ]
    await place.estimate_moves(estimate_id, "send")
    await place.settle()
    assert await place.status(order.id) == "awaiting_approval"
    await place.estimate_moves(estimate_id, "approve")
    await place.settle()
    assert await place.status(order.id) == "approved"
    for verb, body in ((bench.start, Nothing()), (bench.check, Remark())):
        await place.do(verb, order.id, body, by="engineer")
    await place.do(bench.rework, order.id, WHY, by="engineer")
    await place.do(bench.check, order.id, Remark(), by="engineer")
    await place.do(bench.pass_check, order.id, Remark(), by="engineer")

    drop_id = await at_the_door(place, "drop")
    assert await holder(place) == "Our technician: Suresh Yadav"
    await place.do(road.deliver, drop_id, Deliver(code="000000"), by="technician")
    await place.settle()
    assert await place.status(order.id) == "handed_over"
    assert await holder(place) == "The customer: "
    await place.do(road.complete, drop_id, VisitRemark(), by="technician")
    await place.settle()
    assert await place.status(order.id) == "closed"
    assert await place.status(place.case_id) == "follow_up"


async def test_customers_read_what_concerns_them(place: Centre) -> None:
    repair_id = await diagnosing(place)
    await cause(place, repair_id)
    customer = Scope(Actor(ActorKind.CUSTOMER, place.person_id), stream_id=place.case_id, person_id=place.person_id)
    async with place.database.unit_of_work() as session:
        entries = await timeline.read(session, customer, place.case_id, Audience.CUSTOMER)
    seen = [(e.machine, e.name) for e in entries]
    assert ("visit", "confirm") in seen
    assert ("visit", "collect") in seen
    assert ("repair_order", "diagnose") in seen
    assert not {("visit", "dispatch"), ("visit", "accept"), ("repair_order", "diagnosed")} & set(seen)


async def test_a_pickup_opens_one_order_however_often_it_is_told(place: Centre) -> None:
    repair_id = await taken_in(place)
    async with place.database.unit_of_work() as session:
        entries = await timeline.read(session, SYSTEM, place.case_id, Audience.STAFF)
    collected = next(e for e in entries if e.to_status == "collected")

    async def again(work: Work) -> None:
        await after_visit(work, cast(Posted, collected))  # it has what the handler reads

    await place.do(again, by="system")
    assert [o.id for o in await place.of("repair_order")] == [repair_id]


async def test_the_codes_are_sent_to_whoever_opens_the_door(place: Centre) -> None:
    visit_id = await at_the_door(place, "drop")
    async with place.database.unit_of_work() as session:
        live = await visits.live_codes(session, SYSTEM, visit_id, place.now)
        assert set(live) == {codes.HAND_OVER}
        assert live[codes.HAND_OVER].person_id == place.person_id
    shown = await tracked(place)
    assert [c["title"] for c in shown["codes"]] == ["Hand-over code"]
    assert len(shown["codes"][0]["digits"]) == 6
    assert (await tracked(place, read_only=True))["codes"] == []
    await place.do(road.deliver, visit_id, Deliver(code="000000"), by="technician")
    async with place.database.unit_of_work() as session:
        assert await visits.live_codes(session, SYSTEM, visit_id, place.now) == {}


async def tracked(place: Centre, *, read_only: bool = False) -> dict[str, Any]:
    scope = Scope(
        Actor(ActorKind.CUSTOMER, place.person_id),
        stream_id=place.case_id,
        person_id=place.person_id,
        read_only=read_only,
    )
    async with place.database.unit_of_work() as session:
        shown = await panels.coming(place.work(session, scope), place.case_id)
    assert shown is not None
    return dict(shown)


async def test_an_arrival_code_is_on_the_page_until_it_is_used(place: Centre) -> None:
    visit_id = await on_the_way(place, "pickup")
    assert [c["title"] for c in (await tracked(place))["codes"]] == ["Arrival code"]
    await place.do(road.arrive, visit_id, CODE, by="technician")
    assert (await tracked(place))["codes"] == []


async def test_only_ones_own_visits_are_carried_out(place: Centre) -> None:
    first = await booked(place)
    await place.do(planning.confirm, first, Nothing())
    await place.do(planning.dispatch, first, Dispatch(technician_id=place.technician.id))
    with pytest.raises(NotFound):
        await place.do(road.accept, first, Nothing(), by="colleague")
    other = await booked(place, "inspection")
    await place.do(planning.confirm, other, Nothing())
    await place.do(planning.dispatch, other, Dispatch(technician_id=place.colleague.id))
    with pytest.raises(Forbidden, match="somebody else"):
        await place.do(road.accept, first, Nothing(), by="colleague")


async def test_a_visit_knows_only_the_verbs_of_its_kind(place: Centre) -> None:
    visit_id = await at_the_door(place, "drop")
    assert await place.do(road.blocked, visit_id, "check", by="technician") == ""
    assert await place.do(road.blocked, visit_id, "deliver", by="technician") is None
    with pytest.raises(Conflict, match="drop"):
        await place.do(road.begin, visit_id, Nothing(), by="technician")


async def test_work_at_home_ends_with_the_visit(place: Centre) -> None:
    visit_id = await at_the_door(place, "repair")
    await place.do(road.begin, visit_id, Nothing(), by="technician")
    await place.do(road.complete, visit_id, VisitRemark(note="Runs."), by="technician")
    await place.settle()
    assert await place.status(visit_id) == "closed"
    assert await place.status(place.case_id) == "follow_up"
    assert await place.of("repair_order") == []


async def test_a_failed_drop_is_rebooked_and_the_unit_is_back_at_the_centre(place: Centre) -> None:
    visit_id = await on_the_way(place, "drop")
    await place.do(road.no_show, visit_id, VisitRemark(), by="technician")
    assert await holder(place) == "Our technician: Suresh Yadav"
    again = await place.do(planning.rebook, visit_id, Rebook())
    assert await place.status(visit_id) == "rebooked"
    assert await place.status(again) == "requested"
    assert (await holder(place)).startswith("Service centre")
    start, end = place.window(days=2)
    await place.do(planning.schedule, again, Window(window_start=start, window_end=end))
    async with place.database.unit_of_work() as session:
        view = await visits.visit(session, SYSTEM, again)
    assert (view.follows_id, view.window_start, view.kind) == (visit_id, start, "drop")


async def test_what_a_technician_declines_finds_another(place: Centre) -> None:
    visit_id = await booked(place)
    await place.do(planning.confirm, visit_id, Nothing())
    await place.do(planning.dispatch, visit_id, Dispatch(technician_id=place.technician.id))
    await place.do(road.decline, visit_id, WHY, by="technician")
    assert await place.status(visit_id) == "declined"
    await place.do(planning.dispatch, visit_id, Dispatch(technician_id=place.colleague.id))
    await place.do(planning.recall, visit_id, WHY)
    start, end = place.window(days=3)
    await place.do(planning.schedule, visit_id, Window(window_start=start, window_end=end))
    assert await place.status(visit_id) == "scheduled"
    await place.do(planning.confirm, visit_id, Nothing())
    with pytest.raises(Invalid, match="technician"):
        await place.do(planning.dispatch, visit_id, Dispatch(technician_id=place.engineer.id))


async def test_a_new_time_keeps_the_status_and_its_reason(place: Centre) -> None:
    visit_id = await booked(place)
    start, end = place.window(days=4)
    body = Reschedule(window_start=start, window_end=end, reason="customer_asked", note="A wedding that day.")
    await place.do(planning.reschedule, visit_id, body)
    async with place.database.unit_of_work() as session:
        entries = await timeline.read(session, SYSTEM, place.case_id, Audience.CUSTOMER)
        view = await visits.visit(session, SYSTEM, visit_id)
    assert (entries[-1].name, entries[-1].data["reason"]) == ("rescheduled", "customer_asked")
    assert entries[-1].note == "A wedding that day."
    assert (view.status, view.window_start) == ("scheduled", start)


async def test_other_ends_of_a_visit(place: Centre) -> None:
    first = await booked(place)
    await place.do(planning.miss, first, WHY)
    await place.do(planning.cancel, first, WHY)
    second = await at_the_door(place, "pickup")
    await place.do(road.cannot_complete, second, CannotComplete(reason="site_not_ready"), by="technician")
    assert [await place.status(one) for one in (first, second)] == ["cancelled", "cannot_complete"]


async def test_bad_bookings_change_nothing(place: Centre) -> None:
    with pytest.raises(Invalid, match="address"):
        await booked(place, address_id=place.case_id)
    with pytest.raises(Invalid, match="Give both"):
        await booked(place, window_end=None)
    start, end = place.window(days=-2)
    with pytest.raises(Invalid, match="over"):
        await booked(place, window_start=start, window_end=end)
    with pytest.raises(NotFound):
        await place.do(planning.request, place.unit_id, RequestVisit(kind="pickup", address_id=place.address_id))
    body = RequestVisit(kind="pickup", address_id=place.address_id)
    with pytest.raises(Forbidden):
        await place.do(planning.request, place.case_id, body, by="engineer")
    visit_id = await booked(place)
    with pytest.raises(Conflict) as second:
        await booked(place)
    assert second.value.code == "status.already_open"
    with pytest.raises(Stale):
        await place.do(planning.confirm, visit_id, Nothing(), if_version=1)
    assert len(await place.of("visit")) == 1


async def test_a_day_in_its_order(place: Centre) -> None:
    await on_the_way(place, "inspection")
    day = business_date(place.window()[0], "Asia/Kolkata")
    async with place.database.unit_of_work() as session:
        scope = place.scope(place.technician, "technician")
        [line] = await visits.today(session, scope, place.technician.id, day)
        assert await visits.today(session, scope, place.technician.id, day + timedelta(days=1)) == []
    assert (line.kind, line.status, line.name_local, line.phone) == (
        "inspection",
        "en_route",
        "పద్మ వెంకటేశ్వర్లు",
        "+919849012312",
    )
    assert not line.ended
    details = await place.do(panels.visit_details, line.id, by="technician")
    assert details["bring"] == ["meter"]
