"""Claims on brands and suppliers through HTTP: from a part and from returned goods to the money, on API and desk."""

import csv
import io

from pypdf import PdfReader

from aftersales import clock
from tests.factories.world import API, World, add_home, ok


async def one_row(company: World, sql: str, **values: object) -> tuple[object, ...]:
    """The only row there is."""
    [row] = await company.rows(sql, **values)
    return tuple(row)


async def supplied(company: World) -> str:
    """A supplier and its cover, by the forms of the desk: the supplier's id."""
    finance = company.by("finance")
    form = {"csrf": finance.headers["X-CSRF-Token"]}
    supplier = form | {"code": "krishna", "name": "Krishna Motors"}
    assert (await finance.post("/desk/recovery/suppliers", data=supplier)).status_code == 303
    again = await finance.post("/desk/recovery/suppliers", data=supplier)
    assert (again.status_code, "There is a supplier of this code already" in again.text) == (409, True)
    [krishna] = (await finance.get(f"{API}/suppliers")).json()
    cover = form | {"supplier_id": krishna["id"], "part_code": "mo-75", "months": "36", "since": "2026-01-01"}
    assert (await finance.post("/desk/recovery/covers", data=cover | {"percent": "60"})).status_code == 303
    assert (await finance.post("/desk/recovery/covers", data=cover | {"percent": "160"})).status_code == 422
    assert "MO-75" in (await finance.get("/desk/recovery", params={"show": "suppliers"})).text
    found: str = krishna["id"]
    return found


async def answered(company: World, one: str, number: str) -> None:
    """They accept a part, pay it in two, and the rest is let go."""
    finance, manager = company.by("finance"), company.by("manager")
    short = await finance.post(f"{one}/accept_partly", json={"amount_minor": 150_001, "note": "All of it."})
    assert (short.status_code, short.json()["code"]) == (422, "recovery.amount")
    await ok(finance, f"{one}/accept_partly", amount_minor=100_000, note="The winding alone is theirs.")
    await ok(finance, f"{one}/credit", amount_minor=60_000, reference="CN-1")
    await ok(finance, f"{one}/credit", amount_minor=40_000, reference="CN-2")
    beyond = await finance.post(f"{one}/credit", json={"amount_minor": 50_002, "reference": "CN-3"})
    assert (beyond.status_code, beyond.json()["code"]) == (422, "recovery.amount")
    page = (await finance.get("/desk/recovery", params={"show": "short"})).text
    assert number in page
    assert "₹1,000.00" in page
    # To let the rest go takes somebody else.
    assert (await finance.post(f"{one}/close", json={"note": "We let it go."})).status_code == 403
    assert (await ok(manager, f"{one}/close", note="Agreed on the phone."))["status"] == "closed"
    assert "Agreed" not in (await company.rows("SELECT data::text FROM timeline_entry WHERE name = 'close'"))[0][0]
    for show in ("outstanding", "forgotten", "filed"):
        with company.statements() as asked:
            assert (await finance.get("/desk/recovery", params={"show": show})).status_code == 200
        assert len(asked) <= 5, asked
    assert (await company.by("technician").get("/desk/recovery")).status_code == 403


async def written_down(company: World, filing_id: str, number: str) -> None:
    """The filing says what was claimed, as a file and on paper."""
    finance = company.by("finance")
    filing = (await finance.get(f"{API}/recovery_filings/{filing_id}")).json()
    assert (filing["total_minor"], filing["count"], filing["party_name"]) == (150_001, 1, "Krishna Motors")
    listed = await finance.get(f"{API}/recoveries.csv", params={"filing_id": filing_id})
    [job] = list(csv.DictReader(io.StringIO(listed.content.decode("utf-8-sig"))))
    assert (job["party"], job["due"], job["currency"], job["removed_part"]) == (
        "Krishna Motors",
        "1500.01",
        "INR",
        "SN4471",
    )
    paper = await finance.get(f"{API}/recovery_filings/{filing_id}/claim.pdf")
    assert paper.headers["content-type"] == "application/pdf"
    said = " ".join(one.extract_text() for one in PdfReader(io.BytesIO(paper.content)).pages)
    for words in (filing["number"], number, "Krishna Motors", "SN4471", "1,500.01 INR"):
        assert words in said


async def unmatched(company: World, number: str) -> None:
    """A file of payments in which one row fits no job: the page says which and why, and nothing is recorded."""
    finance, path = company.by("finance"), "/desk/recovery/payments"
    form = {"csrf": finance.headers["X-CSRF-Token"]}
    assert "Record payments from a file" in (await finance.get("/desk/recovery")).text
    assert "What they paid for it" in (await finance.get(path)).text
    example = (await finance.get(f"{path}/example.csv")).content
    assert example.decode("utf-8-sig").startswith("job,ticket,amount,reference")
    sent = f"job,amount,reference\n{number},1000.00,CN-9\nNONE-1,5.00,CN-9\n".encode()
    answer = await finance.post(path, data=form, files={"file": ("paid.csv", sent, "text/csv")})
    assert (answer.status_code, "Nothing was recorded" in answer.text) == (422, True)
    assert "is no number under which anything was claimed" in answer.text
    assert (await finance.post(path, data=form)).status_code == 422
    assert (await company.by("coordinator").get(path)).status_code == 403
    [(received,)] = await company.rows(
        "SELECT r.received_minor FROM warranty_recovery r JOIN document d ON d.id = r.id WHERE d.number = :number",
        number=number,
    )
    assert received == 0


async def test_a_part_from_the_grant_to_the_money(company: World) -> None:
    finance, desk = company.by("finance"), company.by("coordinator")
    form = {"csrf": finance.headers["X-CSRF-Token"]}
    krishna = await supplied(company)
    home = await add_home(company, "Sarala Devi", "+919849012388")
    await company.settle()
    claim_id, *_ = await one_row(
        company, "SELECT id FROM document WHERE machine = 'warranty_claim' AND stream_id = :id", id=home.case_id
    )
    claim = f"{API}/warranty_claims/{claim_id}"
    await ok(desk, f"{claim}/line_added", description="Motor", amount_minor=250_001, part_code="MO-75")
    await ok(desk, f"{claim}/review")
    await ok(desk, f"{claim}/line_decided", line=1)
    await ok(desk, f"{claim}/approve")
    [owed] = (await finance.get(f"{API}/recoveries")).json()["items"]
    assert (owed["machine"], owed["status"], owed["due_minor"], owed["currency"]) == (
        "supplier_recovery",
        "eligible",
        150_001,
        "INR",
    )
    assert "-D-" in owed["number"], "nothing else is numbered with this letter: requests for returns have the Q"
    month = f"{clock.business_date(clock.now(), 'Asia/Kolkata'):%Y-%m}"
    what = {"party": "supplier", "party_id": krishna, "branch_id": str(company.here), "month": month}
    early = await finance.post(f"{API}/recovery_filings", json=what)
    assert (early.status_code, early.json()["code"]) == (409, "recovery.nothing_to_file")
    await ok(desk, f"{claim}/fulfil")
    await company.settle()
    # The technician who took the part out scans it in; without it nothing is claimed.
    assert (await finance.post(f"{claim}/part_returned", json={"line": 1, "label": "SN-1"})).status_code == 403
    assert (await finance.post(f"{API}/recovery_filings", json=what)).status_code == 409
    await ok(desk, f"{claim}/part_returned", line=1, label="SN-4471")
    page = (await finance.get("/desk/recovery", params={"show": "file"})).text
    assert "₹1,500.01" in page
    sent = await finance.post("/desk/recovery/file", data=form | what | {"currency": "INR"})
    assert sent.status_code == 303, sent.text
    filing_id = sent.headers["location"].rpartition("/")[2]
    await written_down(company, filing_id, owed["number"])
    one = f"{API}/supplier_recoverys/{owed['id']}"
    known = await finance.post(f"/desk/recovery/filings/{filing_id}/acknowledge", data=form | {"reference": "GRN 7"})
    assert known.status_code == 303
    page = (await finance.get(f"/desk/recovery/filings/{filing_id}")).text
    assert "Claim acknowledged" in page
    assert (await desk.get(f"/desk/recovery/{company.home.case_id}")).status_code == 404, "of something else"
    await unmatched(company, owed["number"])
    await answered(company, one, owed["number"])


async def test_goods_that_go_back_to_their_vendor_are_claimed_back(company: World) -> None:
    home = await add_home(company, "Gopal Rao", "+919849012389")
    await company.settle()
    desk = company.by("manager")
    asked = {"unit_id": str(home.unit_id), "reason_code": "defective", "words": "It stops."}
    made = await desk.post(f"{API}/cases/{home.case_id}/returns", json=asked)
    assert made.status_code == 201, made.text
    one = f"{API}/returns/{made.json()['id']}"
    await ok(desk, f"{one}/authorise", goodwill_code="other", goodwill="A friend of the house.")
    await ok(desk, f"{one}/receive")
    await ok(desk, f"{one}/inspect")
    await ok(desk, f"{one}/condition_found", grade="D")
    await ok(desk, f"{one}/paid_recorded", amount_minor=2_999_900, reference="GO/2611/1")
    await ok(desk, f"{one}/use_decided", disposition="return_to_vendor")
    machine, status, due, currency, unit = await one_row(
        company,
        "SELECT d.machine, d.status, r.due_minor, r.currency, r.unit_id FROM warranty_recovery r"
        " JOIN document d ON d.id = r.id WHERE r.unit_id = :id",
        id=home.unit_id,
    )
    assert (machine, status, due, currency, unit) == ("brand_claim", "eligible", 2_999_900, "INR", home.unit_id)
