"""What belongs to a case is found and seen by whoever may see the case, and by nobody else."""

from tests.factories.world import API, World, ok
from tests.fixtures.images import picture


async def test_every_number_on_a_case_leads_to_it(company: World) -> None:
    home = company.home
    await company.settle()
    desk = company.by("manager")
    wish = {"unit_id": str(home.unit_id), "reason_code": "defective", "words": "Does not spin"}
    await ok(desk, f"{API}/cases/{home.case_id}/returns", **wish)
    rows = await company.rows("SELECT machine, number FROM document WHERE stream_id = :id", id=home.case_id)
    assert {row.machine for row in rows} >= {"case", "warranty_claim", "return"}
    for row in rows:
        found = await desk.get("/desk/search", params={"q": row.number})
        assert found.headers.get("location") == f"/desk/cases/{home.case_id}", row.machine


async def test_the_scan_of_an_invoice_is_for_whoever_sees_a_case_of_the_unit(company: World) -> None:
    made = await company.by("coordinator").post(
        f"{API}/units/{company.home.unit_id}/proofs",
        data={"dated_on": "2026-01-02", "reference": "GO/77"},
        files={"file": ("invoice.jpg", picture(), "image/jpeg")},
    )
    where = f"{API}/files/{made.json()['file_id']}"
    for role, status in (("coordinator", 200), ("manager", 200), ("finance", 200), ("elsewhere", 404), ("second", 404)):
        assert (await company.by(role).get(where)).status_code == status, role
    assert (await company.by("manager").get(where)).headers["content-type"] == "image/jpeg"
