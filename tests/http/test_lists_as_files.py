"""Every list as a CSV file: who may have it, what is in it, what it costs."""

import csv
import io
import re
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from aftersales import csvfile
from aftersales.listing import chunks, statement
from tests.factories.world import API, ROLES, World, bare_documents

# The permission that each role lacks, so that a list it may not have is refused.
EVERYBODY = {"branches", "policies"}


def rows(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(csvfile.BOM)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize("role", ROLES)
async def test_whoever_may_see_a_list_may_have_it_and_nobody_else(company: World, role: str) -> None:
    await bare_documents(company)
    client = company.by(role)
    held = set((await client.get(f"{API}/me")).json()["permissions"])
    page = (await client.get("/desk/downloads")).text
    seen = set()
    for listing in company.registry.listings.values():
        for where in (f"{API}/{listing.name}.csv", f"/desk/{listing.name}.csv"):
            answer = await client.get(where)
            if not listing.permission or listing.permission in held:
                found = rows(answer)
                assert not found or list(found[0]) == [column.name for column in listing.columns]
                pattern = rf'attachment; filename="{listing.name.replace("_", "-")}-\d{{4}}-\d\d-\d\d\.csv"'
                assert re.fullmatch(pattern, answer.headers["content-disposition"])
                seen.add(listing.name)
            else:
                assert answer.status_code == 403, (role, where)
        assert (f'href="/desk/{listing.name}.csv"' in page) == (listing.name in seen), (role, listing.name)
    assert seen >= EVERYBODY


async def test_nobody_without_a_session_and_no_customer_has_a_list(company: World) -> None:
    customer = await company.customer(company.home)
    for client in (company.client(), customer):
        for name in company.registry.listings:
            assert (await client.get(f"{API}/{name}.csv")).status_code == 401


async def test_a_file_keeps_to_the_branch_and_to_ones_own_work(company: World) -> None:
    there = await company.open_case_there()
    here = {row["id"] for row in rows(await company.by("manager").get(f"{API}/cases.csv"))}
    elsewhere = {row["id"] for row in rows(await company.by("elsewhere").get(f"{API}/cases.csv"))}
    assert str(company.home.case_id) in here
    assert str(there) not in here
    assert str(there) in elsewhere
    assert not here & elsewhere
    visit = await company.visit()
    own = {row["id"] for row in rows(await company.by("technician").get(f"{API}/visits.csv"))}
    other = {row["id"] for row in rows(await company.by("second").get(f"{API}/visits.csv"))}
    assert str(visit) in own
    assert str(visit) not in other


async def test_the_file_of_a_page_holds_what_the_page_was_narrowed_to(company: World) -> None:
    desk = company.by("manager")
    for page in (
        "/desk/cases",
        "/desk/cases?show=done",
        "/desk/cases?show=all&status=received",
        f"/desk/cases?show=all&branch={company.here}",
        "/desk/cases?show=mine",
        "/desk/customers?q=Ravi",
        "/desk/outgoing?show=withheld",
        "/desk/deliveries",
    ):
        html = (await desk.get(page)).text
        link = re.search(r'href="(/desk/[a-z]+\.csv[^"]*)"[^>]*>Download as CSV', html)
        assert link, page
        found = rows(await desk.get(link[1].replace("&amp;", "&")))
        pattern = r'href="/desk/(?:cases|customers)/([0-9a-f-]{36})"'
        if "/cases" in page or "/customers" in page:
            assert {row["id"] for row in found} == set(re.findall(pattern, html)), page
    neighbours = rows(await desk.get("/desk/customers.csv?q=Ravi"))
    assert [row["id"] for row in neighbours] == [str(company.neighbours.customer_id)]


@pytest.mark.parametrize("query", ["q=" + "x" * 101, "phone=abc"])
async def test_a_filter_that_cannot_be_is_refused(company: World, query: str) -> None:
    assert (await company.by("manager").get(f"{API}/customers.csv?{query}")).status_code == 422


async def test_telugu_phones_and_words_like_formulas_arrive(company: World) -> None:
    desk = company.by("manager")
    person = f"{API}/customers/{company.neighbours.customer_id}/people/{company.neighbours.person_id}"
    changed = await desk.patch(person, json={"name": "=cmd|' /C calc'!A0", "name_local": "రవి తేజ"})
    assert changed.status_code == 200, changed.text
    [found] = rows(await desk.get(f"{API}/customers.csv?phone=98490 12313"))
    assert found["name"] == "'=cmd|' /C calc'!A0"
    assert found["name_in_own_script"] == "రవి తేజ"
    assert found["phones"] == "'+919849012313"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+05:30", found["created_at"])
    await desk.patch(person, json={"name": "Ravi Teja"})


async def test_money_is_in_major_units_beside_its_currency(company: World) -> None:
    [product, *_] = rows(await company.by("manager").get(f"{API}/products.csv"))
    assert (product["price"], product["currency"]) == ("31990.00", "INR")
    for listing in company.registry.listings.values():
        names = [column.name for column in listing.columns]
        assert "currency" in names or not any(column.money for column in listing.columns), listing.name


async def test_a_long_list_is_read_page_by_page(company: World) -> None:
    listing = company.registry.listings["customers"]
    async with company.work() as work:
        query = await statement(work, listing, listing.filters())
        expected = list((await work.session.execute(text("SELECT id FROM customer ORDER BY id"))).scalars())
    with company.statements() as seen:
        parts = [part async for part in chunks(company.database, listing, query, page=2)]
    # One statement for each page, and one that finds no more.
    assert len(seen) == len(expected) // 2 + 1
    assert all(part.count(b"\r\n") <= 2 for part in parts[1:])
    found = list(csv.DictReader(io.StringIO(b"".join(parts).decode("utf-8-sig"), newline="")))
    assert [UUID(row["id"]) for row in found] == expected


async def test_the_files_are_in_the_description_of_the_api(company: World) -> None:
    paths = (await company.client().get(f"{API}/openapi.json")).json()["paths"]
    for name in company.registry.listings:
        assert "text/csv" in paths[f"{API}/{name}.csv"]["get"]["responses"]["200"]["content"]
