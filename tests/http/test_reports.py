"""The reports that modules contribute: figures against a count by hand, in scope, for whoever may see them."""

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import text

from aftersales.ids import new_id
from rma.models import ReturnFinding
from rma.repository import lines as return_lines
from tests.factories.places import furnish
from tests.factories.world import API, World
from tests.http.test_gates import rolled_back
from warranty.models import WarrantyService

REPORTS = (
    "claims_by_verdict",
    "bounces",
    "recovery_outstanding",
    "return_reasons",
    "returns_without_fault",
    "repairs_without_fault",
)


@pytest.fixture(scope="module")
async def shop(company: World) -> World:
    """Two furnished households here and one there, a repair that came back and one that did not, two inspections."""
    here = [await furnish(company, f"Sita {n}", f"+9198490124{n:02d}", company.here, None) for n in range(2)]
    await furnish(company, "Gita", "+919849012450", company.there, None)
    await company.open_case(here[0].home)
    async with company.work() as work:
        for one in here:
            home = one.home
            work.session.add(
                WarrantyService(
                    id=new_id(),
                    unit_id=home.unit_id,
                    stream_id=home.case_id,
                    what="repair",
                    done_on=(work.now - timedelta(days=1)).date(),
                    lasted={},
                )
            )
            [line] = await return_lines(work.session, work.scope, {one.documents["return"]})
            for quantity, no_fault in ((3, one is here[0]), (1, True)):
                work.session.add(
                    ReturnFinding(
                        id=new_id(),
                        line_id=line.id,
                        quantity=quantity,
                        grade="B",
                        no_fault=no_fault,
                        wrong_item=False,
                        missing=[],
                        found_at=work.now,
                    )
                )
    return company


async def table(shop: World, name: str, by: str = "manager", **asked: str) -> list[dict[str, str]]:
    """The report's file, row by row."""
    answer = await shop.by(by).get(f"{API}/{name}.csv", params=asked)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


async def test_what_they_say_is_what_there_is(shop: World) -> None:
    [reasons] = await table(shop, "return_reasons")
    assert (reasons["product"], reasons["reason"]) == ("Godavari FL-75", "defective")
    # Of the branch here alone: a manager here does not see what is there.
    assert (reasons["pieces"], reasons["share_percent"]) == ("2", "100")
    [sound] = await table(shop, "returns_without_fault")
    assert (sound["inspected"], sound["no_fault"], sound["no_fault_percent"]) == ("8", "5", "63")
    [bounced] = await table(shop, "bounces")
    got = [bounced[name] for name in ("repairs", "came_again", "bounce_percent", "days_not_over")]
    assert got == ["2", "1", "50", "2"]
    [jobs] = await table(shop, "repairs_without_fault")
    assert (jobs["repairs"], jobs["no_fault"], jobs["no_fault_percent"]) == ("2", "0", "0")
    by_verdict = await table(shop, "claims_by_verdict")
    [(claims,)] = await shop.rows(
        "SELECT count(*) FROM document WHERE machine = 'warranty_claim' AND branch_id = :id", id=shop.here
    )
    assert sum(int(row["claims"]) for row in by_verdict) == claims > 2
    assert {row["verdict"] for row in by_verdict} >= {"covered"}
    assert {row["currency"] for row in by_verdict} == {"INR"}
    # Of each furnished household the goods that a supplier has; the brand's were claimed at once.
    owed = {row["kind"]: row for row in await table(shop, "recovery_outstanding")}
    assert owed["brand"]["outstanding"] == owed["brand"]["days_0_30"] == "20.00"
    assert owed["supplier"]["not_claimed"] == owed["supplier"]["outstanding"] == "10.00"


async def test_days_outside_hold_nothing(shop: World) -> None:
    long_ago = {"since": "2020-01-01", "until": "2020-01-31"}
    for name in set(REPORTS) - {"recovery_outstanding"}:
        assert await table(shop, name, **long_ago) == []
        page = await shop.by("manager").get(f"/desk/reports/{name}", params=long_ago)
        assert "Nothing to count" in page.text
        wrong = await shop.by("manager").get(
            f"/desk/reports/{name}", params={"since": "2021-01-01", "until": "2020-01-01"}
        )
        assert wrong.status_code == 422
        assert "take a day up to" in wrong.text


async def test_the_pages_and_who_sees_them(shop: World) -> None:
    manager = shop.by("manager")
    index = (await manager.get("/desk/reports")).text
    for name in REPORTS:
        assert f'"/desk/reports/{name}"' in index
        with shop.statements() as sent:
            page = await manager.get(f"/desk/reports/{name}")
        assert page.status_code == 200, page.text
        # Who asks, the counts of the rail, the centres and the figures; whatever the rows.
        assert len(sent) <= 6, sent
        assert f"/desk/{name}.csv" in page.text
        assert "Nothing to count" not in page.text
    assert (await manager.get("/desk/reports/gossip")).status_code == 404
    technician = shop.by("technician")
    assert (await technician.get("/desk/reports/recovery_outstanding")).status_code == 403
    assert "recovery_outstanding" not in (await technician.get("/desk/reports")).text
    elsewhere = await table(shop, "return_reasons", by="elsewhere")
    assert [row["pieces"] for row in elsewhere] == ["1"]


async def test_what_does_not_fit_on_the_page_is_in_the_file_and_the_page_says_so(shop: World) -> None:
    product = (
        "INSERT INTO product (id, brand_id, category_id, name, model, price_minor, currency, active)"
        " SELECT gen_random_uuid(), brand_id, category_id, 'Many ' || n, 'MANY-' || n, price_minor, currency, true"
        " FROM product, generate_series(1, 500) n WHERE id = :product"
    )
    line = (
        "INSERT INTO product_return_line (id, return_id, position, product_id, quantity, received, reason_code)"
        " SELECT gen_random_uuid(), l.return_id, 100 + row_number() OVER (ORDER BY p.model), p.id, 1, 0, 'defective'"
        " FROM product p, (SELECT return_id FROM product_return_line l JOIN document d ON d.id = l.return_id"
        " WHERE d.branch_id = :here LIMIT 1) l WHERE p.model LIKE 'MANY-%'"
    )
    async with rolled_back(shop.database):
        async with shop.work() as work:
            await work.session.execute(text(product), {"product": shop.shelf.product.id})
            await work.session.execute(text(line), {"here": shop.here})
        page = (await shop.by("manager").get("/desk/reports/return_reasons")).text
        assert page.count('<th scope="row">') == 500
        assert "These are the first 500." in page
        assert len(await table(shop, "return_reasons")) == 501
