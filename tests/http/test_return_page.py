"""The page of one return at the desk: what was found and when, on the clock of the centre."""

from datetime import UTC, datetime

from aftersales.ids import new_id
from rma.models import ReturnFinding
from rma.repository import lines
from tests.factories.places import furnish
from tests.factories.world import World

# Past midnight at the centre, and not yet in UTC.
NIGHT = datetime(2026, 11, 19, 20, 30, tzinfo=UTC)


async def test_what_was_found_in_the_night_stands_under_the_day_of_the_centre(company: World) -> None:
    at = await furnish(company, "Kamala Rani", "+919849012377", company.here, None)
    return_id = at.documents["return"]
    async with company.work() as work:
        [line] = await lines(work.session, work.scope, {return_id})
        seen = {"quantity": 1, "grade": "B", "no_fault": True, "wrong_item": False, "missing": ["remote"]}
        work.session.add(ReturnFinding(id=new_id(), line_id=line.id, found_at=NIGHT, **seen))
    page = await company.by("manager").get(f"/desk/returns/{return_id}")
    assert page.status_code == 200, page.text
    assert "No fault found" in page.text
    assert "remote control" in page.text
    assert "20 November 2026" in page.text
    assert "19 November 2026" not in page.text
