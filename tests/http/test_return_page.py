"""The page of one return at the desk: what was found and when, on the clock of the centre."""

import re
from datetime import UTC, datetime

from aftersales.ids import new_id
from rma.models import ReturnFinding
from rma.repository import lines
from tests.factories.places import furnish
from tests.factories.world import API, World, add_home, csrf_of

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


async def test_what_a_customer_typed_outlives_a_refusal(company: World) -> None:
    """Somebody at the desk was quicker: the answer is refused, and stands in its open form to be sent again."""
    home = await add_home(company, "Sudha Rani", "+919849012378")
    desk, page = company.by("manager"), await company.customer(home)
    asked = {"unit_id": str(home.unit_id), "reason_code": "defective", "words": "It stops."}
    made = await desk.post(f"{API}/cases/{home.case_id}/returns", json=asked)
    where = made.headers["location"]
    assert (await desk.post(f"{where}/request_info", json={"note": "Which lamp is on?"})).status_code == 200
    key = where.rpartition("/")[2]
    form = {"csrf": csrf_of((await page.get("/track")).text), "note": "The red one <left>", "version": "1"}
    again = await page.post(f"/track/returns/{key}/provide_info", data=form)
    assert again.status_code == 412
    form_of = rf'<details class="act" id="act-track-returns-{key}-provide_info" open>.*?</details>'
    opened = re.search(form_of, again.text, re.DOTALL)
    assert opened is not None
    assert "The red one &lt;left&gt;</textarea>" in opened[0]
    assert 'class="problem' in opened[0], "by which the page knows not to take it away when there is news"
    assert len(re.findall("The red one", again.text)) == 1
