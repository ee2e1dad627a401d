"""Who decides for a household, what a cancelled case still allows, and a code that was lost at the door."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

from aftersales.auth import codes
from aftersales.auth.models import OneTimeCode
from aftersales.cases.models import MatterPerson
from aftersales.money import Money
from aftersales.ports.charges import ChargeLine
from billing.estimates.schemas import Send
from billing.estimates.service import draft, send
from tests.factories.world import API, Home, World, add_home, csrf_of, ok

LINES = [ChargeLine("parts", "Motor", 1, Money("INR", 550_000), Decimal(18), "8450")]


async def offered(company: World, home: Home) -> UUID:
    """An estimate on the household's case that waits for its answer."""
    async with company.work() as work:
        estimate = await draft(work, home.case_id, LINES)
        await send(work, estimate, Send())
    return estimate


async def test_whoever_called_reads_and_decides_nothing(company: World) -> None:
    home = await add_home(company, "Lalitha Devi", "+919849012377")
    caller = company.neighbours
    async with company.work() as work:
        work.session.add(MatterPerson(case_id=home.case_id, person_id=caller.person_id, role="caller"))
    estimate = await offered(company, home)
    neighbour = await company.customer(replace(caller, case_id=home.case_id))
    page = await neighbour.get("/track")
    assert page.status_code == 200
    assert "6,490" not in page.text
    assert "/track/returns" not in page.text
    for verb in ("approve", "decline"):
        refused = await neighbour.post(f"/track/estimates/{estimate}/{verb}", data={"csrf": csrf_of(page.text)})
        assert refused.status_code == 403
    owner = await company.customer(home)
    page = await owner.get("/track")
    assert "6,490" in page.text
    await owner.post("/track/reply", data={"csrf": csrf_of(page.text), "words": "The gate code is 4711."})
    assert "4711" in (await owner.get("/track")).text
    assert "4711" not in (await neighbour.get("/track")).text, "one person's words are not another's"


async def test_a_case_is_cancelled_once_nothing_of_it_goes_on(company: World) -> None:
    home = await add_home(company, "Kavitha Rao", "+919849012378")
    visit = await company.visit(home)
    desk = company.by("manager")
    case = f"{API}/cases/{home.case_id}"
    await ok(desk, f"{case}/request_cancel", note="They bought a new one.")
    refused = await desk.post(f"{case}/confirm_cancel", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "case.still_running")
    assert len(refused.json()["documents"]) == 1
    await ok(desk, f"{API}/visits/{visit}/cancel", note="The case is being cancelled.")
    estimate = await offered(company, home)
    await ok(desk, f"{case}/confirm_cancel")
    await company.settle()
    [(status,)] = await company.rows("SELECT status FROM document WHERE id = :id", id=estimate)
    assert status == "superseded", "nobody says yes to a price of a cancelled case"


async def test_a_code_that_was_lost_is_sent_again(company: World) -> None:
    visit = await company.visit()
    technician = company.by("technician")
    where = f"{API}/visits/{visit}"
    await ok(technician, f"{where}/accept")
    await ok(technician, f"{where}/depart")
    for _ in range(5):
        assert (await technician.post(f"{where}/arrive", json={"code": "000000"})).status_code == 422
    assert (await technician.post(f"{where}/arrive", json={"code": await digits(company, visit)})).status_code == 422
    await ok(technician, f"{where}/code_renewed")
    arrived = await ok(technician, f"{where}/arrive", code=await digits(company, visit))
    assert arrived["status"] == "arrived"
    gone = await technician.post(f"{where}/code_renewed", json={})
    assert (gone.status_code, gone.json()["code"]) == (409, "visit.no_code")


async def digits(company: World, visit: UUID) -> str:
    async with company.work() as work:
        [(key,)] = await company.rows("SELECT id FROM one_time_code WHERE subject_id = :id", id=visit)
        code = await work.session.get_one(OneTimeCode, key)
        return codes.value(company.settings, code)
