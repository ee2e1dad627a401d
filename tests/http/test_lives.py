"""One view of a household and the passport of a unit: all of it, page by page, and nothing of another branch."""

import re
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from aftersales.app import create_app
from aftersales.http import STAFF_COOKIE
from aftersales.products import service as products
from aftersales.products.rules import IdentifierKind
from aftersales.products.schemas import SwapIn, UnitDates
from aftersales.registry import load_registry
from aftersales.web.desk import lives
from tests.factories.site import Site
from tests.factories.world import API, Home, World, add_home, ok
from tests.fixtures.images import picture
from warranty.schemas import RegisterUnit
from warranty.service import registrations

SECTION = re.compile(r'<section class="card" id="([a-z]+)">')
FROM = {
    "warranty": {"claims", "answers", "registrations"},
    "rma": {"returns"},
    "field_service": {"visits", "repairs"},
    "billing": {"estimates", "invoices", "payments"},
}
LINES = [{"kind": "parts", "description": "Motor wiring harness", "unit_price_minor": 430_000, "tax_code": "84509090"}]


@pytest.fixture(scope="module")
async def lived(company: World) -> Home:
    """A unit whose board was swapped, which was registered, fetched, repaired, paid for and asked back."""
    home = await add_home(company, "Sarojini Naidu", "+919849015501")
    desk = company.by("manager")
    async with company.work() as work:
        bought = (work.now - timedelta(days=2000)).date()
        await products.change_unit(work, home.unit_id, UnitDates(purchased_on=bought))
        on = (work.now - timedelta(days=3)).date()
        swapped = SwapIn(kind=IdentifierKind.SERIAL, value="GW75-88-20002", on=on)
        await products.swap_identifier(work, home.unit_id, swapped)
        await registrations.register(work, home.case_id, RegisterUnit(purchased_on=bought))
    await company.visit(home)
    sent = {"file": ("a.jpg", picture(), "image/jpeg")}
    kept = await desk.post(f"{API}/documents/{home.case_id}/files", files=sent, data={"kind": "photo"})
    assert kept.status_code == 201, kept.text
    await repaired_and_paid(company, home)
    await ok(desk, f"{API}/cases/{home.case_id}/warranty_claims")
    ask = {"unit_id": str(home.unit_id), "reason_code": "defective", "words": "It stops after a minute."}
    await ok(desk, f"{API}/cases/{home.case_id}/returns", **ask)
    await company.settle()
    return home


async def repaired_and_paid(company: World, home: Home) -> None:
    desk = company.by("manager")
    order = f"{API}/repair_orders/{(await ok(desk, f'{API}/repair_orders', case_id=str(home.case_id)))['id']}"
    await ok(desk, f"{order}/triage")
    await ok(desk, f"{order}/diagnose", engineer_id=str(company.staff["service_engineer"].id))
    await ok(desk, f"{order}/diagnosed", fault_code="22-B", cause_code="WR", note="The brushes are worn.")
    await company.settle()
    await ok(desk, f"{order}/estimate", lines=LINES)
    [(estimate,)] = await company.rows(
        "SELECT id FROM document WHERE machine = 'estimate' AND stream_id = :id", id=home.case_id
    )
    await ok(desk, f"{API}/estimates/{estimate}/send")
    await ok(desk, f"{API}/estimates/{estimate}/approve", note="The owner, by phone.")
    await company.settle()
    for verb in ("start", "check", "pass"):
        await ok(desk, f"{order}/{verb}")
    await company.settle()
    [(invoice,)] = await company.rows(
        "SELECT id FROM document WHERE machine = 'invoice' AND stream_id = :id", id=home.case_id
    )
    await ok(desk, f"{API}/invoices/{invoice}/payment_recorded", amount_minor=507_400, reference="431234567890")


async def shown(client: httpx.AsyncClient, path: str) -> str:
    answer = await client.get(path)
    assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:600]}"
    return answer.text


async def test_a_passport_holds_the_units_life(company: World, lived: Home) -> None:
    html = await shown(company.by("coordinator"), f"/desk/units/{lived.unit_id}")
    wanted = ["cases", "answers", "registrations", "repairs", "estimates", "visits", "claims", "returns", "files"]
    assert SECTION.findall(html) == [*wanted, "events"]
    assert re.search(rf"<s class=\"num\">{lived.serial}</s>.*?until", html, re.DOTALL), "the number it bore before"
    assert "GW75-88-20002" in html
    assert "Owns it now" in html
    for words in ("22-B Does not spin", "WR Wear in use", "Motor wiring harness", "₹5,074.00", "It stops after a"):
        assert words in html
    assert f"/desk/new-case?customer={lived.customer_id}&amp;unit={lived.unit_id}" in html


async def test_a_household_is_seen_whole(company: World, lived: Home) -> None:
    html = await shown(company.by("manager"), f"/desk/customers/{lived.customer_id}")
    wanted = ["cases", "units", "repairs", "visits", "claims", "returns", "estimates", "invoices", "payments"]
    assert SECTION.findall(html) == [*wanted, "messages", "wishes", "files"]
    assert f"/desk/units/{lived.unit_id}" in html
    assert "431234567890" in html


async def test_a_long_list_goes_on_elsewhere(company: World, lived: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        await company.open_case(lived)
    monkeypatch.setattr(lives, "FEW", 2)
    monkeypatch.setattr(lives, "MANY", 3)
    desk = company.by("coordinator")
    seen: list[str] = []
    path = f"/desk/units/{lived.unit_id}"
    while path:
        html = await shown(desk, path)
        part = re.search(r'<section class="card" id="cases">.*?</section>', html, re.DOTALL)
        html = part[0] if part else html
        seen += re.findall(r'class="row-link" href="/desk/cases/([0-9a-f-]+)"', html)
        more = re.search(r'rel="next" href="([^"]+)"', html)
        path = more[1] if more else ""
    every = await company.rows(
        "SELECT id FROM document WHERE machine = 'case' AND unit_id = :id ORDER BY id DESC", id=lived.unit_id
    )
    assert [UUID(one) for one in seen] == [row[0] for row in every]


async def test_documents_of_another_branch_stay_there(company: World, lived: Home) -> None:
    elsewhere = company.by("elsewhere")
    html = await shown(elsewhere, f"/desk/units/{lived.unit_id}")
    assert SECTION.findall(html) == [], "the unit is the company's, its documents are the branch's"
    assert lived.serial in html
    html = await shown(elsewhere, f"/desk/customers/{lived.customer_id}")
    assert SECTION.findall(html) == ["units", "wishes"]
    assert (await elsewhere.get(f"/desk/units/{lived.unit_id}/lists/repairs")).status_code == 404


async def test_who_may_look(company: World, lived: Home) -> None:
    stranger = await add_home(company, "Kamala Das", "+919849015502")
    technician = company.by("technician")
    assert (await technician.get(f"/desk/units/{stranger.unit_id}")).status_code == 404
    assert (await technician.get(f"/desk/customers/{lived.customer_id}")).status_code == 403
    html = await shown(technician, f"/desk/units/{lived.unit_id}")
    assert "visits" in SECTION.findall(html), "his visit leads to the unit"
    assert "₹" not in html, "money is not for technicians"
    customer = await company.customer(lived)
    assert (await customer.get(f"/desk/units/{lived.unit_id}")).status_code in (401, 303)


async def test_a_serial_leads_to_the_passport(company: World, lived: Home) -> None:
    for typed in (lived.serial, "gw75 88 20002"):
        answer = await company.by("coordinator").get("/desk/search", params={"q": typed})
        assert (answer.status_code, answer.headers.get("location")) == (303, f"/desk/units/{lived.unit_id}")
    html = await shown(company.by("coordinator"), f"/desk/cases/{lived.case_id}")
    assert f'href="/desk/units/{lived.unit_id}"' in html


@pytest.mark.parametrize("absent", FROM)
async def test_without_a_module_its_lists_are_absent(company: World, lived: Home, absent: str) -> None:
    app = create_app(company.settings, registry=load_registry([name for name in FROM if name != absent]))
    site = Site(app, company.database, company.settings, company.here)
    async with site.client(STAFF_COOKIE, company.tokens["manager"]) as desk:
        for page in (f"/desk/units/{lived.unit_id}", f"/desk/customers/{lived.customer_id}"):
            found = set(SECTION.findall(await shown(desk, page)))
            assert not found & FROM[absent]
            assert found > {"cases", "files"}
    await app.state.services.database.dispose()
