"""Deciding a claim line by line through HTTP, the word beforehand above the limit, and an appeal to somebody else."""

from typing import Any
from uuid import UUID

import httpx

from aftersales.auth.models import Branch
from aftersales.files import service as files
from field_service.repairs.schemas import TakeIn
from field_service.repairs.service import intake
from tests.factories.auth import add_staff
from tests.factories.world import API, World, add_home, ok
from tests.http.gate_bodies import picture

DENIAL = {"cause_code": "RD-2", "clause": "4.2", "words": "Rats have bitten through the wires to the motor."}


async def colleague(company: World, name: str, role: str) -> httpx.AsyncClient:
    """One more at the branch, who has signed in."""
    async with company.database.unit_of_work() as session:
        branch = await session.get_one(Branch, company.here)
        company.staff[name] = await add_staff(session, branch, (role, company.here), login=name, name=name.title())
    company.tokens[name] = await company.sign_in_again(name)
    return company.by(name)


async def photographed(company: World, case_id: UUID) -> None:
    """The unit is in the workshop, and a photo is on its repair order."""
    async with company.work() as work:
        repair_id = await intake.take_in(work, case_id, TakeIn())
        await files.store(
            work, stream_id=case_id, document_id=repair_id, kind="photo", filename="a.jpg", data=picture(11)
        )
    await company.settle()


async def claim_of(company: World, case_id: object) -> str:
    [(claim_id,)] = await company.rows(
        "SELECT id FROM document WHERE machine = 'warranty_claim' AND stream_id = :id", id=case_id
    )
    return f"{API}/warranty_claims/{claim_id}"


async def lines_of(company: World, claim: str) -> list[tuple[Any, ...]]:
    rows = await company.rows(
        "SELECT standing, granted_minor, payer, clause, words FROM warranty_claim_line"
        " WHERE claim_id = :id ORDER BY position",
        id=claim.rpartition("/")[2],
    )
    return [tuple(row) for row in rows]


async def test_line_by_line(company: World) -> None:
    home = await add_home(company, "Anjali Devi", "+919849012371")
    await company.settle()
    claim = await claim_of(company, home.case_id)
    desk = company.by("coordinator")
    add, decide = f"{claim}/line_added", f"{claim}/line_decided"
    for body in (
        {"description": "Motor", "amount_minor": 300_000, "payer": "brand", "ticket": "GO-7"},
        {"description": "Belt", "amount_minor": 40_000},
        {"cost": "consumables", "description": "Filter", "amount_minor": 9_000},
        {"cost": "visit", "description": "Two visits", "amount_minor": 60_000},
    ):
        await ok(desk, add, **body)
    await ok(desk, f"{claim}/review")

    async def refused(status: int, code: str, **body: object) -> None:
        answer = await desk.post(decide, json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text

    await refused(422, "warranty.no_such_line", line=9)
    await refused(422, "warranty.line_amount", line=1, outcome="lowered", amount_minor=300_000, words="As quoted.")
    await refused(422, "warranty.line_needs_two", line=1, outcome="denied", clause="4.1", words="It fell.")
    await refused(422, "warranty.no_words", line=4, outcome="sent_back")
    await ok(desk, decide, line=1, outcome="approved")
    await ok(desk, decide, line=2, outcome="lowered", amount_minor=25_000, words="The price of the list.")
    # Seven months after the purchase its three months of consumables are over.
    await refused(422, "warranty.no_clause", line=3, outcome="denied", words="Filters are covered for three months.")
    await ok(desk, decide, line=3, outcome="denied", clause="1.1", words="Filters are covered for three months.")
    await ok(desk, decide, line=4, outcome="sent_back", words="Which of the two visits is it for?")
    answer = await desk.post(f"{claim}/approve_partly", json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "warranty.lines_open")
    await ok(desk, add, cost="visit", description="The first visit", amount_minor=30_000, instead_of=4)
    await ok(desk, decide, line=5)
    await refused(422, "warranty.no_such_line", line=5)
    assert (await desk.post(f"{claim}/approve", json={})).json()["code"] == "warranty.not_in_full"
    assert (await ok(desk, f"{claim}/approve_partly"))["status"] == "partially_approved"
    words = "Filters are covered for three months."
    assert await lines_of(company, claim) == [
        ("approved", 300_000, "brand", "", ""),
        ("lowered", 25_000, "company", "", "The price of the list."),
        ("denied", 0, "customer", "1.1", words),
        ("replaced", 0, "company", "", "Which of the two visits is it for?"),
        ("approved", 30_000, "company", "", ""),
    ]
    page = (await desk.get(f"/desk/warranty/claims/{claim.rpartition('/')[2]}")).text
    for shown in ("the brand GO-7", "the customer", "The price of the list.", words):
        assert shown in page
    assert (await desk.post(add, json={"description": "More", "amount_minor": 1})).status_code == 409
    first, *_, last = (await desk.get(f"{claim}/lines")).json()
    assert (first["position"], first["ticket"], first["granted_minor"], first["currency"]) == (
        1,
        "GO-7",
        300_000,
        "INR",
    )
    assert (last["description"], last["standing"]) == ("The first visit", "approved")
    assert (await company.by("elsewhere").get(f"{claim}/lines")).status_code == 404


async def test_the_word_beforehand_and_the_appeal(company: World) -> None:
    home = await add_home(company, "Bhaskar Rao", "+919849012372")
    await company.settle()
    claim = await claim_of(company, home.case_id)
    desk, manager = company.by("coordinator"), company.by("manager")
    await ok(desk, f"{claim}/line_added", description="Drum and motor", amount_minor=1_500_001)
    await ok(desk, f"{claim}/review")
    await ok(desk, f"{claim}/line_decided", line=1)
    first = await desk.post(f"{claim}/approve", json={})
    assert (first.status_code, first.json()["code"]) == (409, "warranty.ask_first")
    assert (await desk.post(f"{claim}/pre_authorise", json={})).status_code == 403
    assert (await ok(manager, f"{claim}/pre_authorise"))["status"] == "pre_authorised"
    assert (await ok(desk, f"{claim}/approve"))["status"] == "approved"

    # Taken up again, denied by two; the customer appeals, and neither of the two may touch it.
    await ok(desk, f"{claim}/review")
    await photographed(company, home.case_id)
    engineer = company.by("service_engineer")
    await ok(engineer, f"{claim}/denial_proposed", **DENIAL)
    assert (await engineer.post(f"{claim}/deny", json={})).json()["code"] == "warranty.same_person"
    assert (await ok(manager, f"{claim}/deny"))["status"] == "denied"
    customer = await company.customer(home)
    form = {"csrf": customer.headers["X-CSRF-Token"], "note": "The house was treated against rats."}
    assert (await customer.post(f"/track{claim.removeprefix(API)}/appeal", data=form)).status_code == 303
    for decided in (engineer, manager):
        answer = await decided.post(f"{claim}/review", json={})
        assert (answer.status_code, answer.json()["code"]) == (409, "warranty.decided_before")
    other = await colleague(company, "vani", "manager")
    await ok(other, f"{claim}/review")
    # Nor at any later step.
    for verb, body in (("approve", {}), ("denial_proposed", DENIAL), ("line_decided", {"line": 1})):
        answer = await manager.post(f"{claim}/{verb}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "warranty.decided_before"), verb
    await ok(other, f"{claim}/pre_authorise")
    assert (await ok(other, f"{claim}/approve"))["status"] == "approved"


async def test_a_decision_on_a_line_is_taken_back_at_the_desk(company: World) -> None:
    home = await add_home(company, "Chandra Sekhar", "+919849012373")
    await company.settle()
    claim = await claim_of(company, home.case_id)
    desk, owner = company.by("coordinator"), await company.customer(home)
    path = f"/desk{claim.removeprefix(API)}/line_decided"
    await ok(desk, f"{claim}/line_added", description="Motor", amount_minor=300_001)
    await ok(desk, f"{claim}/review")

    async def page() -> str:
        return (await desk.get(f"/desk/warranty/claims/{claim.rpartition('/')[2]}")).text

    async def sent(**form: str) -> httpx.Response:
        return await desk.post(path, data={"csrf": desk.headers["X-CSRF-Token"], "line": "1"} | form)

    assert ">1 Motor<" in await page()
    assert (await sent(outcome="approved")).status_code == 303
    assert ">1 Motor: Approved<" in await page(), "it can be sent back"
    again = await sent(outcome="lowered", amount_minor="1.00", words="As quoted.")
    assert (again.status_code, "decided already" in again.text) == (422, True)
    assert "3,000.01" not in (await owner.get("/track")).text, "nothing is promised that may be taken back"
    assert (await sent(outcome="sent_back", words="Which motor?")).status_code == 303
    assert path not in await page(), "nothing is left to decide"
    assert [one[:2] for one in await lines_of(company, claim)] == [("sent_back", 0)]
    await ok(desk, f"{claim}/line_added", description="Drum motor", amount_minor=250_000, instead_of=1)
    assert (await sent(line="2", outcome="approved")).status_code == 303
    await ok(desk, f"{claim}/approve")
    shown = (await owner.get("/track")).text
    assert ("2,500.00" in shown, "Which motor?" in shown) == (True, False)
