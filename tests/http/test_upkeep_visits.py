"""Point 7 with technicians of our own: the visit of a plan is booked ahead, on a day on which somebody works."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text

from aftersales import clock
from aftersales.cases.rules import PLANNED_VISIT
from aftersales.i18n import translator
from aftersales.promises.calendar import WEEKDAYS
from aftersales.promises.service import hours
from aftersales.web.refusals import LANGUAGE_COOKIE
from tests.factories.world import API, Home, World, add_home, ok
from warranty.service import living

INDIA = "Asia/Kolkata"
VISITS = (
    "SELECT d.status, d.stream_id = u.case_id AS here, d.unit_id, v.kind, v.address_id, v.window_start, v.window_end"
    " FROM warranty_upkeep u LEFT JOIN document d ON d.id = u.visit_id LEFT JOIN visit v ON v.id = d.id"
    " WHERE u.registration_id = :id ORDER BY u.position"
)


async def planned(company: World, home: Home) -> tuple[dict[str, Any], dict[str, Any]]:
    """The household has a plan since today, and no case any more: what the timers of its two visits say."""
    desk, today = company.by("manager"), clock.business_date(clock.now(), INDIA)
    body = {"purchased_on": str(today - timedelta(days=200)), "plan": "comfort", "plan_from": str(today)}
    made = await ok(desk, f"{API}/cases/{home.case_id}/warranty_registrations", **body)
    where = f"{API}/warranty_registrations/{made['id']}/activate"
    await ok(desk, where, number_fits=True, proof_seen=True, day_fits=True)
    await company.settle()
    await closed(company, home)
    kept = "SELECT data FROM delivery WHERE subscriber = :name AND key LIKE :key ORDER BY key"
    [(first,), (second,)] = await company.rows(kept, name=living.UPKEEP, key=f"{made['id']}.%")
    return first, second


async def closed(company: World, home: Home) -> None:
    """The household's cases have ended."""
    async with company.work() as work:
        end = text("UPDATE document SET status = 'closed', category = 'done' WHERE machine = 'case' AND unit_id = :id")
        await work.session.execute(end, {"id": home.unit_id})


async def rings(company: World, data: dict[str, Any], now: datetime) -> None:
    async with company.work(now=now) as work:
        await living.upkeep(work, data)


async def only_planned(company: World, home: Home) -> None:
    """Nobody claims for a visit of a plan, nor hears that a request came: they hear that we have planned to come."""
    [(case_id, number)] = await company.rows(
        "SELECT d.id, d.number FROM warranty_upkeep u JOIN document d ON d.id = u.case_id WHERE d.unit_id = :id",
        id=home.unit_id,
    )
    claims = "SELECT 1 FROM document WHERE stream_id = :id AND machine = 'warranty_claim'"
    assert await company.rows(claims, id=case_id) == []
    told = "SELECT text, words FROM customer_update WHERE stream_id = :id"
    [(text_name, words)] = await company.rows(told, id=case_id)
    assert (text_name, "ప్లాన్" in words) == ("warranty.upkeep_planned", True)
    desk = company.by("manager")
    for language in ("en", "te"):
        async with company.work() as work:
            read_in = text("UPDATE staff SET language = :language WHERE id = :id")
            await work.session.execute(read_in, {"language": language, "id": company.staff["manager"].id})
        why = translator(language).gettext(PLANNED_VISIT)
        for page in (f"/desk/cases/{case_id}", "/desk/cases"):
            assert why in (await desk.get(page)).text, (page, language)
    owner = await company.customer(replace(home, case_id=case_id))
    owner.cookies.set(LANGUAGE_COOKIE, "en")
    page = (await owner.get("/track")).text
    assert (str(number) in page, "We are arranging your service" in page) == (True, True)
    assert "We have received your request" not in page


def on(day: date, hour: int = 10, minute: int = 0) -> datetime:
    """The time on the clock of the service centre."""
    return datetime.combine(day, time(hour, minute), ZoneInfo(INDIA)).astimezone(UTC)


async def test_the_visits_of_a_plan_are_booked_two_weeks_ahead_once_and_when_somebody_works(company: World) -> None:
    home = await add_home(company, "Begum Akhtar", "+919849056001")
    first, second = await planned(company, home)
    day, last = date.fromisoformat(first["day"]), date.fromisoformat(second["day"])
    weekly = {key: [["10:00", "19:00"]] for key in WEEKDAYS}
    async with company.work() as work:
        await hours.set_hours(work, company.here, {"tz": INDIA, "weekly": weekly, "holidays": [str(day)]})

    await asyncio.gather(*(rings(company, first, on(day) - living.AHEAD) for _ in range(3)))
    next_day = day + timedelta(days=1)
    booked = ("scheduled", True, home.unit_id, "inspection", home.address_id)
    here = {"id": first["registration_id"]}
    assert [tuple(row) for row in await company.rows(VISITS, **here)] == [(*booked, on(next_day), on(next_day, 12))]
    await company.settle()
    await only_planned(company, home)

    # Long after the day, late in the evening: not in the night, and not today.
    await closed(company, home)
    await rings(company, second, on(last + timedelta(days=3), 22, 30))
    after = last + timedelta(days=4)
    [_, late] = await company.rows(VISITS, **here)
    assert tuple(late) == (*booked, on(after), on(after, 12))
