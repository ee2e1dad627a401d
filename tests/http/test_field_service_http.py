"""Field service as clients, the desk, the phone and the customer's page meet it."""

import re
from collections.abc import AsyncIterator
from io import BytesIO
from uuid import UUID

import httpx
import pytest
from PIL import Image
from pypdf import PdfReader

from aftersales import clock
from aftersales.app import create_app
from aftersales.auth import codes, sessions
from aftersales.auth.models import Staff
from aftersales.config import Settings
from aftersales.db.session import Database
from aftersales.http import STAFF_COOKIE
from aftersales.scope import SYSTEM
from field_service.visits import repository as visits
from tests.factories.field_service import Centre, centre
from tests.factories.site import Site
from tests.factories.world import World
from tests.fixtures.database import TestDatabase

VISITS, REPAIRS = "/api/v1/visits", "/api/v1/repair_orders"


class Counter:
    """The centre behind its application."""

    def __init__(self, place: Centre, site: Site) -> None:
        self.place, self.site = place, site

    async def signed_in(self, staff: Staff) -> httpx.AsyncClient:
        """Somebody of the centre."""
        async with self.site.database.unit_of_work() as session:
            token = sessions.start(session, staff.id, clock.now())
        return self.site.client(STAFF_COOKIE, token)

    async def digits(self, visit_id: str, purpose: str) -> str:
        """The code that the customer was sent."""
        async with self.site.database.unit_of_work() as session:
            live = await visits.live_codes(session, SYSTEM, UUID(visit_id), clock.now())
        return codes.value(self.site.settings, live[purpose])

    def booking(self, **fields: object) -> dict[str, object]:
        """A pickup tomorrow."""
        start, end = self.place.window()
        body = {
            "case_id": str(self.place.case_id),
            "kind": "pickup",
            "address_id": str(self.place.address_id),
            "window_start": start.isoformat(),
            "window_end": end.isoformat(),
        }
        return body | fields


@pytest.fixture
async def counter(fresh_database: TestDatabase, settings: Settings) -> AsyncIterator[Counter]:
    settings = settings.model_copy(update={"database_url": fresh_database.app_url})
    database = Database(fresh_database.app_url)
    place = await centre(database, settings)
    place.now = clock.now()
    site = Site(create_app(settings, registry=place.registry), database, settings, place.branch_id)
    yield Counter(place, site)
    await site.app.state.services.database.dispose()
    await database.dispose()


def picture() -> bytes:
    held = BytesIO()
    Image.new("RGB", (40, 30), (90, 60, 30)).save(held, "JPEG")
    return held.getvalue()


async def go(client: httpx.AsyncClient, where: str, verb: str, **body: object) -> httpx.Response:
    answer = await client.post(f"{where}/{verb}", json=body)
    assert answer.status_code == 200, answer.text
    return answer


async def test_from_the_api_to_the_job_sheet(counter: Counter) -> None:
    place = counter.place
    desk, phone = await counter.signed_in(place.coordinator), await counter.signed_in(place.technician)
    made = await desk.post(VISITS, json=counter.booking())
    assert (made.status_code, made.json()["status"], made.headers["etag"]) == (201, "scheduled", '"v2"')
    where, visit_id = made.headers["location"], made.json()["id"]
    assert (await desk.get(where)).json() == made.json()
    stale = await desk.post(f"{where}/confirm", json={}, headers={"If-Match": '"v1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "status.stale")
    await go(desk, where, "confirm")
    await go(desk, where, "dispatch", technician_id=str(place.technician.id))
    forbidden = await phone.post(f"{where}/cancel", json={"note": "No wish to go."})
    assert forbidden.status_code == 403
    await go(phone, where, "accept")
    await go(phone, where, "depart")
    wrong = await phone.post(f"{where}/arrive", json={"code": "000000"})
    right = await counter.digits(visit_id, codes.ARRIVAL)
    assert right == "000000" or (wrong.status_code, wrong.json()["code"]) == (422, "auth.code_wrong")
    await go(phone, where, "arrive", code=right)
    early = await phone.post(f"{where}/check", json={"condition": "good"})
    assert (early.status_code, early.json()["code"]) == (409, "visit.check_photo_missing")
    shown = await phone.get(f"/phone/visits/{visit_id}")
    assert shown.status_code == 200
    assert "tel:+91" in shown.text
    assert "Hand the unit over" not in shown.text
    sent = await phone.post(
        f"/desk/visits/{visit_id}/check",
        data={"condition": "scratched", "accessories": "hose", "csrf": phone.headers["X-CSRF-Token"]},
        files={"photos": ("a.jpg", picture(), "image/jpeg")},
    )
    assert sent.status_code == 303, sent.text
    await go(phone, where, "collect", seal_number="s-1234")
    await go(phone, where, "complete")
    await place.settle()
    [order] = (await desk.get(REPAIRS)).json()["items"]
    assert (order["status"], order["visit_id"]) == ("intake", visit_id)
    pdf = await desk.get(f"{REPAIRS}/{order['id']}/job-sheet.pdf")
    assert (pdf.status_code, pdf.headers["content-type"]) == (200, "application/pdf")
    assert order["number"] in PdfReader(BytesIO(pdf.content)).pages[0].extract_text()
    assert (await desk.get(f"{REPAIRS}/{order['id']}")).headers["etag"] == '"v1"'


async def test_the_desk_books_and_takes_in(counter: Counter) -> None:
    place = counter.place
    desk = await counter.signed_in(place.coordinator)
    page = await desk.get(f"/desk/cases/{place.case_id}")
    assert page.status_code == 200
    for words in ("Now with", "The customer", "Book a visit", "Take the unit in at the counter"):
        assert words in page.text
    token = re.findall(r'name="csrf" value="([^"]+)"', page.text)[0]
    form = {"kind": "pickup", "address_id": str(place.address_id), "csrf": token, "window_start": "", "window_end": ""}
    booked = await desk.post(f"/desk/cases/{place.case_id}/visits", data=form)
    assert booked.status_code == 303
    taken = await desk.post(f"/desk/cases/{place.case_id}/repair_orders", data={"csrf": token, "note": "Her son."})
    assert taken.status_code == 303
    page = await desk.get(f"/desk/cases/{place.case_id}")
    assert "Job sheet (PDF)" in page.text
    assert "Time not fixed yet" in page.text
    [line] = (await desk.get(VISITS, params={"status": "requested", "kind": "pickup"})).json()["items"]
    assert line["case_id"] == str(place.case_id)


async def test_the_customer_reads_the_code_and_the_steps(counter: Counter) -> None:
    place = counter.place
    desk, phone = await counter.signed_in(place.coordinator), await counter.signed_in(place.technician)
    made = (await desk.post(VISITS, json=counter.booking())).json()
    where = f"{VISITS}/{made['id']}"
    await go(desk, where, "confirm")
    await go(desk, where, "dispatch", technician_id=str(place.technician.id))
    await go(phone, where, "accept")
    await go(phone, where, "depart")
    await place.settle()
    customer = await counter.site.customer(place.case_id, place.person_id)
    await customer.get("/track/language/en")
    page = await customer.get("/track")
    assert page.status_code == 200, page.text
    assert "<h1>Our technician is on the way</h1>" in page.text
    assert await counter.digits(made["id"], codes.ARRIVAL) in page.text
    assert "We collect it from your home" in page.text
    day = place.window()[0].date().isoformat()
    lines = (await phone.get(f"{VISITS}/day/{place.technician.id}/{day}")).json()
    assert [one["id"] for one in lines] == [made["id"]]


async def test_bad_input_is_answered(counter: Counter) -> None:
    place = counter.place
    desk, phone = await counter.signed_in(place.coordinator), await counter.signed_in(place.technician)
    far = await desk.post(
        VISITS, json=counter.booking(window_start="10000-01-01T09:00", window_end="10000-01-01T11:00")
    )
    assert far.status_code == 422
    year = await desk.post(VISITS, json=counter.booking(window_start="9999-12-31T09:00", window_end="9999-12-31T23:59"))
    assert (year.status_code, year.json()["code"]) == (422, "visit.window")
    assert (await desk.post(VISITS, json=counter.booking(kind="party"))).status_code == 422
    assert (await desk.post(VISITS, json=counter.booking(case_id=str(place.unit_id)))).status_code == 404
    assert (await phone.post(VISITS, json=counter.booking())).status_code in (403, 404)
    assert (await desk.get(f"{VISITS}/{place.unit_id}")).status_code == 404
    opened = await desk.post(REPAIRS, json={"case_id": str(place.case_id)})
    assert opened.status_code == 201
    again = await desk.post(REPAIRS, json={"case_id": str(place.case_id)})
    assert (again.status_code, again.json()["code"]) == (409, "status.already_open")
    assert (await desk.get(VISITS)).json() == {"items": [], "next": None}


async def test_a_technician_sees_the_days_to_come(company: World) -> None:
    """What is not for today stands apart, and is there as soon as it is given."""
    visits = [await company.visit() for _ in range(2)]
    shown = (await company.by("technician").get("/phone")).text
    places = [shown.index(f"/phone/visits/{visit}") for visit in visits]
    today = clock.business_date(clock.now(), "Asia/Kolkata")
    [(first,)] = await company.rows(
        "SELECT min(date(window_start AT TIME ZONE 'Asia/Kolkata')) FROM visit WHERE id = ANY (:ids)", ids=visits
    )
    assert places == sorted(places)
    assert ("The next days" in shown) is (first > today)
