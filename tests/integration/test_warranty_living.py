"""Point 7: reminders, a renewal by consent, the end, and the visits of a plan, by timers and once each."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select, text

from aftersales.status import documents
from aftersales.updates import consent
from aftersales.updates.models import CustomerUpdate
from tests.factories.claims import CHECKED, NOTHING
from tests.factories.entitlement import Household
from tests.integration.test_warranty_transfers import asked, link, neighbour
from warranty import passings, repository, upkeeps
from warranty.schemas import RegisterUnit
from warranty.service import carrying, living, registrations, transferring

PLAN = date(2026, 11, 20)
ENDS = date(2027, 11, 19)


async def bought(home: Household, **body: object) -> UUID:
    """An active registration, made on a case that has ended."""
    case_id = await home.case()
    async with home.work(home.staff(home.anil)) as work:
        made = await registrations.register(work, case_id, RegisterUnit.model_validate(body))
        await registrations.activate(work, made, CHECKED)
    await home.settle()
    async with home.work() as work:
        await work.session.execute(
            text("UPDATE document SET status = 'closed', category = 'done' WHERE id = :id"), {"id": case_id}
        )
    return made


async def at(home: Household, registration_id: UUID, day: date, times: int = 2) -> None:
    """The timer rings on a day; more often than it would."""
    for _ in range(times):
        async with home.work(now=datetime(day.year, day.month, day.day, 6, 30, tzinfo=UTC)) as work:
            await living.look(work, {"registration_id": str(registration_id)})


async def names(home: Household, registration_id: UUID) -> list[str]:
    """What became of the registration, in order."""
    async with home.work() as work:
        rows = await work.session.execute(
            text("SELECT name FROM timeline_entry WHERE document_id = :id ORDER BY version"), {"id": registration_id}
        )
        return [row[0] for row in rows][2:]


async def due(home: Household, subscriber: str, key: str) -> list[datetime]:
    async with home.work() as work:
        rows = await work.session.execute(
            text("SELECT due_at FROM delivery WHERE subscriber = :name AND key = :key"),
            {"name": subscriber, "key": key},
        )
        return [row[0] for row in rows]


async def told(home: Household, named: str) -> list[tuple[str, str | None]]:
    async with home.work() as work:
        query = select(CustomerUpdate.state, CustomerUpdate.reason).where(
            CustomerUpdate.stream_id == home.washer, CustomerUpdate.text == named
        )
        return [(state, reason) for state, reason in await work.session.execute(query.order_by(CustomerUpdate.id))]


async def test_a_plan_is_reminded_offered_anew_by_consent_and_ends(home: Household) -> None:
    made = await bought(home, purchased_on=date(2026, 5, 5), plan="comfort", plan_from=PLAN)
    assert await due(home, living.LOOK, str(made)), "it waits for its thirtieth day before the end"
    await at(home, made, ENDS - timedelta(days=31))
    assert await names(home, made) == []
    await at(home, made, ENDS - timedelta(days=30))
    assert await names(home, made) == ["expires_soon", "renewal_offered"]
    await home.settle()
    assert await told(home, "warranty.renewal_offered") == [("withheld", "not_agreed")]
    assert [state for state, _ in await told(home, "warranty.expires_soon")] != ["withheld"]
    await at(home, made, ENDS - timedelta(days=7))
    await at(home, made, ENDS)
    assert await names(home, made) == ["expires_soon", "renewal_offered", "expires_soon"]
    await at(home, made, ENDS + timedelta(days=1), times=3)
    assert (await names(home, made))[-1:] == ["expire"]
    async with home.work() as work:
        held = await repository.registrations_of(
            work.session, work.scope, [home.washer], statuses=("active", "expired")
        )
        assert [row.id for _, row in held[home.washer]] == [made], "it still shows how old the unit is"


async def test_no_offer_reaches_whoever_has_an_open_case(home: Household) -> None:
    made = await bought(home, purchased_on=date(2026, 5, 5), plan="comfort", plan_from=PLAN)
    async with home.work() as work:
        await consent.record(work, home.padma, given=True, source="desk", purpose="promotional")
    case_id = await home.case(home.mixer)
    await at(home, made, ENDS - timedelta(days=20))
    assert await names(home, made) == ["expires_soon"]
    async with home.work() as work:
        await work.session.execute(
            text("UPDATE document SET status = 'closed', category = 'done' WHERE id = :id"), {"id": case_id}
        )
    await at(home, made, ENDS - timedelta(days=19))
    assert await names(home, made) == ["expires_soon", "renewal_offered"]
    await home.settle()
    [(state, reason)] = await told(home, "warranty.renewal_offered")
    assert (state in ("queued", "sent"), reason in (None, "quiet_hours")) == (True, True)


async def test_a_plans_visits_are_asked_for_ahead_and_once(home: Household) -> None:
    made = await bought(home, purchased_on=date(2026, 5, 5), plan="comfort", plan_from=PLAN)
    [first] = await due(home, living.UPKEEP, f"{made}.1")
    assert await due(home, living.UPKEEP, f"{made}.2")
    data = {"registration_id": str(made), "position": 1, "day": "2027-03-21"}
    assert first == datetime(2027, 3, 7, 4, 30, tzinfo=UTC)
    case_id = await home.case(home.mixer)
    async with home.work(now=first) as work:
        await living.upkeep(work, data)
        assert await upkeeps.of_registration(work.session, work.scope, made) == []
        await work.session.execute(
            text("UPDATE document SET status = 'closed', category = 'done' WHERE id = :id"), {"id": case_id}
        )
    for _ in range(2):
        async with home.work(now=first + timedelta(days=7)) as work:
            await living.upkeep(work, data)
    async with home.work() as work:
        [visit] = await upkeeps.of_registration(work.session, work.scope, made)
        opened = await documents.get(work.session, work.scope, visit.case_id, "case")
    assert (opened.unit_id, visit.position, visit.visit_id) == (home.washer, 1, None)
    assert await names(home, made) == ["upkeep_begun"]


async def test_a_visit_that_was_asked_for_is_not_asked_for_again_by_the_next_owner(home: Household) -> None:
    made = await bought(home, purchased_on=date(2026, 5, 5), plan="comfort", plan_from=PLAN)
    days = {1: "2027-03-21", 2: "2027-07-20"}
    first = datetime(2027, 3, 7, 4, 30, tzinfo=UTC)

    async def asks(registration_id: UUID, position: int) -> list[int]:
        async with home.work(now=first) as work:
            data = {"registration_id": str(registration_id), "position": position, "day": days[position]}
            await living.upkeep(work, data)
            # Its visit is over at once: nothing else is open that it would wait for.
            over = "UPDATE document SET status = 'closed', category = 'done' WHERE machine = 'case'"
            await work.session.execute(text(over))
            return [one.position for one in await upkeeps.of_registration(work.session, work.scope, registration_id)]

    assert await asks(made, 1) == [1]
    lalitha = await neighbour(home, "+919848033044")
    transfer = await asked(home, made, "+919848033044")
    for person in (home.padma, lalitha.id):
        async with home.work(link(home, person)) as work:
            await transferring.agree(work, transfer, NOTHING)
    await home.settle()
    async with home.work() as work:
        [(_, _, status, row)] = await passings.of_customer(work.session, work.scope, home.washer, lalitha.customer_id)
    assert (status, row.plan_from) == ("active", PLAN)
    assert await asks(row.id, 1) == []
    assert await asks(row.id, 2) == [2], "the next one is the new owner's"


async def test_a_visit_that_was_asked_for_is_not_asked_for_again_by_what_takes_the_products_place(
    home: Household,
) -> None:
    made = await bought(home, purchased_on=date(2026, 5, 5), plan="comfort", plan_from=PLAN)
    days = {1: "2027-03-21", 2: "2027-07-20"}
    ahead = datetime(2027, 3, 7, 4, 30, tzinfo=UTC)

    async def asks(registration_id: UUID, position: int) -> list[tuple[int, UUID]]:
        async with home.work(now=ahead) as work:
            data = {"registration_id": str(registration_id), "position": position, "day": days[position]}
            await living.upkeep(work, data)
            found = await upkeeps.of_registration(work.session, work.scope, registration_id)
            return [(one.position, one.case_id) for one in found]

    [booked] = await asks(made, 1)
    now_id = made
    case_id = await home.case(home.mixer)
    for new in (home.mixer, home.washer):
        # Replaced, and what replaced it once more: the plan goes on each time, and so does its visit.
        old = home.washer if new == home.mixer else home.mixer
        async with home.work() as work:
            await carrying.over(work, case_id, old, new, ahead.date())
        await home.settle()
        async with home.work() as work:
            on_it = await repository.registrations_of(work.session, work.scope, [new])
        [now] = [row for _, row in on_it[new] if row.plan_from == PLAN]
        now_id, before = now.id, now_id
        assert now_id != before
        assert await asks(now_id, 1) == [booked], "it comes once"
    async with home.work() as work:
        notes = await work.session.execute(
            text("SELECT text FROM status_note WHERE stream_id = :id ORDER BY version"), {"id": booked[1]}
        )
        assert [note for (note,) in notes] == [carrying.VISIT] * 2, "whoever comes reads which product it is for"
        over = "UPDATE document SET status = 'closed', category = 'done' WHERE machine = 'case'"
        await work.session.execute(text(over))
    [first, second] = await asks(now_id, 2)
    assert (first, second[0], second[1] != booked[1]) == (booked, 2, True), "the next one is for the new product"
