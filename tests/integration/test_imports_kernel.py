"""Files of products, customers and units: examined whole, written once, corrected and fed back."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.config import Settings
from aftersales.customers import repository as customers
from aftersales.customers import service as customer_service
from aftersales.customers.imports import CUSTOMERS
from aftersales.customers.models import Customer, Person
from aftersales.customers.schemas import AddressIn, PersonPatch
from aftersales.errors import Forbidden, Invalid, TooLarge
from aftersales.ids import new_id
from aftersales.imports.fields import Reading
from aftersales.imports.findings import Outcome
from aftersales.imports.service import Report
from aftersales.products.imports import PRODUCTS
from aftersales.products.models import Product, Unit, UnitIdentifier
from aftersales.products.rules import IdentifierKind
from aftersales.products.unit_imports import UNITS
from aftersales.scope import SYSTEM
from aftersales.search import query as search
from aftersales.search.models import SearchKey
from aftersales.work import Work
from tests.factories.customers import staff_scope, work_for
from tests.factories.files import csv_of, example, refused, take
from tests.factories.imports import shelves

NEW, CHANGED, UNCHANGED, REJECTED = Outcome


@pytest.fixture
async def work(session: AsyncSession, settings: Settings) -> Work:
    work = work_for(session, settings)
    await shelves(work)
    return work


def outcomes(report: Report) -> tuple[int, ...]:
    """New, changed, unchanged, rejected."""
    return tuple(report.counts.values())


async def count(work: Work, model: type[Customer | Product | Unit | Person]) -> int:
    return await work.session.scalar(select(func.count()).select_from(model)) or 0


async def test_the_examples_are_taken_in_and_again_change_nothing(work: Work) -> None:
    for kind in (PRODUCTS, CUSTOMERS, UNITS):
        tried = await take(work, kind, example(kind.name), write=False)
        assert refused(tried) == set()
        report = await take(work, kind, example(kind.name))
        assert (outcomes(report), report.written) == ((4, 0, 0, 0), True)
    for kind in (PRODUCTS, CUSTOMERS, UNITS):
        again = await take(work, kind, example(kind.name))
        assert outcomes(again) == (0, 0, 4, 0)
        assert all(not told.kept for told in again.findings.told.values())
    for typed in ("98490 12312", "padma", "పద్మ", "C-10482", "040-23114455"):
        [hit, *_] = await search.find(work.session, SYSTEM, typed)
        assert hit.entity == "customer", typed
        [person] = await customers.people(work.session, SYSTEM, hit.entity_id)
        assert (person.name, person.phones) == ("Padma Venkateswarlu", ("+919849012312", "+914023114455"))
    [unit] = await search.find(work.session, SYSTEM, "SAO-2204-55112")
    assert unit.entity == "unit"
    house = await work.session.scalar(select(Customer).where(Customer.own_number == "C-10484"))
    assert house is not None
    assert (house.kind, house.name, house.notes) == (
        "organisation",
        "Banjara Guest House",
        "Four rooms\nCall before ten",
    )


async def test_a_dry_run_writes_nothing(work: Work) -> None:
    report = await take(work, CUSTOMERS, example("customers"), write=False)
    assert (outcomes(report), report.written) == ((4, 0, 0, 0), False)
    assert await count(work, Customer) == 0


BAD = [
    {"number": "A-1", "name": "Sita Devi", "phone": "98490 11111", "since": "31-02-2020"},
    {"number": "A-2", "name": "Gopal Rao", "phone": "12", "email": "nowhere"},
    {"number": "A-3", "name": "", "phone": "98490 11113"},
    {"number": "", "name": "Nobody", "phone": ""},
    {"number": "A-5", "name": "Lata", "phone": "98490 11115"},
    {"number": "A-5", "name": "Lata", "phone": "98490 11115"},
    {"number": "A-7", "name": "Kiran", "phone": "9.18E+11", "line1": "Road 2"},
    {"number": "=A-8", "name": '=HYPERLINK(""x"")', "phone": "+91 98490 11118", "prefers": "letters"},
    {"number": "A-9", "name": "Usha", "phone": "98490 11119", "since": "01-01-2099"},
]


async def test_every_bad_row_is_named_and_nothing_written(work: Work) -> None:
    report = await take(work, CUSTOMERS, csv_of(CUSTOMERS, BAD))
    assert refused(report) == {
        (2, "since", "import.date"),
        (3, "phone", "import.phone"),
        (4, "name", "import.required"),
        (5, "phone", "customers.no_key"),
        (7, "number", "import.twice"),
        (8, "phone", "import.phone"),
        (9, "prefers", "import.choice"),
        (10, "since", "customers.since"),
    }
    assert (outcomes(report), report.written) == ((1, 0, 0, 8), False)
    assert await count(work, Customer) == 0


async def test_rejects_are_corrected_and_fed_back(work: Work) -> None:
    report = await take(work, CUSTOMERS, csv_of(CUSTOMERS, BAD), good_rows=True)
    assert (report.written, await count(work, Customer)) == (True, 1)
    rejects = report.findings.rejects()
    lines = rejects.decode("utf-8-sig").splitlines()
    assert (len(lines), lines[0].split(",")[-1]) == (9, "reason")
    assert "'=A-8" in rejects.decode()
    assert "'+91 98490 11118" in rejects.decode()
    as_it_was = await take(work, CUSTOMERS, rejects)
    # The second of two that were the same has the first on record by now.
    assert outcomes(as_it_was) == (0, 0, 1, 7)
    mended = rejects.decode("utf-8-sig")
    for wrong, right in (
        ("31-02-2020", "28-02-2020"),
        (",12,", ",98490 11112,"),
        ("nowhere", ""),
        ("A-3,,", "A-3,Prasad,"),
        (",Nobody,,", ",Nobody,98490 11114,"),
        ("9.18E+11", "98490 11117"),
        ("Road 2", ""),
        ("letters", "voice"),
        ("01-01-2099", "01-01-2019"),
    ):
        assert wrong in mended
        mended = mended.replace(wrong, right)
    final = await take(work, CUSTOMERS, mended.encode())
    assert refused(final) == set()
    assert outcomes(final) == (7, 0, 1, 0)
    assert await count(work, Customer) == 8
    odd = await work.session.scalar(select(Customer.own_number).where(Customer.own_number.like("=%")))
    assert odd == "=A-8"


async def test_what_people_changed_here_is_left_and_the_rest_follows_the_file(work: Work) -> None:
    await take(work, CUSTOMERS, example("customers"))
    padma, irfan = [
        (await work.session.scalars(select(Customer.id).where(Customer.own_number == number))).one()
        for number in ("C-10482", "C-10483")
    ]
    [person] = await customers.people(work.session, SYSTEM, padma)
    await customer_service.change_person(work, padma, person.id, PersonPatch(email="new@example.com"))
    rows = [
        {"number": "C-10482", "name": "Padma Venkateswarlu", "email": "old@example.com", "phone": "98490 99999"},
        {"number": "C-10483", "name": "Mohammed Irfan Khan", "email": "irfan@example.com", "language": "ur"},
    ]
    report = await take(work, CUSTOMERS, csv_of(CUSTOMERS, rows))
    assert outcomes(report) == (0, 2, 0, 0)
    first, second = report.findings.told[2], report.findings.told[3]
    assert (first.changed, first.kept) == (("phone",), ("email",))
    assert (second.changed, second.kept) == (("name", "language", "email"), ())
    [person] = await customers.people(work.session, SYSTEM, padma)
    assert (person.email, person.phones[-1]) == ("new@example.com", "+919849099999")
    [person] = await customers.people(work.session, SYSTEM, irfan)
    assert (person.name, person.language, person.email) == ("Mohammed Irfan Khan", "ur", "irfan@example.com")
    assert [hit.entity_id for hit in await search.find(work.session, SYSTEM, "khan")] == [irfan]
    keys = select(SearchKey.key).where(SearchKey.entity_id == irfan, SearchKey.kind == "name")
    assert (await work.session.scalars(keys)).all() == ["mohammed irfan khan"], "the former name finds nobody"
    assert outcomes(await take(work, CUSTOMERS, csv_of(CUSTOMERS, rows))) == (0, 0, 2, 0)


async def test_who_is_on_record_without_a_number_is_known_by_phone_and_name(work: Work) -> None:
    await take(work, CUSTOMERS, csv_of(CUSTOMERS, [{"name": "Ravi Teja", "phone": "98490 12315"}]))
    [known] = (await work.session.scalars(select(Customer))).all()
    await customer_service.add_address(work, known.id, AddressIn(line1="1", locality="Balanagar", postcode="500042"))
    rows = [
        {"number": "TN-1001", "name": "sri ravi  TEJA garu", "phone": "+919849012315"},
        {"number": "TN-1002", "name": "Latha", "phone": "98490 12315"},
    ]
    report = await take(work, CUSTOMERS, csv_of(CUSTOMERS, rows))
    assert outcomes(report) == (1, 1, 0, 0)
    assert report.findings.told[2].changed == ("number",)
    assert await count(work, Customer) == 2
    assert [hit.entity_id for hit in await search.find(work.session, SYSTEM, "TN-1001")] == [known.id]


async def test_a_price_list_is_followed_where_nobody_has_touched_the_price(work: Work) -> None:
    await take(work, PRODUCTS, example("products"))
    dearer = example("products").replace(b"31990.00", b"32490.50")
    report = await take(work, PRODUCTS, dearer)
    assert (outcomes(report), report.findings.told[2].changed) == ((0, 1, 3, 0), ("price",))
    price = select(Product.price_minor).where(Product.model == "FL-75")
    assert await work.session.scalar(price) == 32_490_50
    row = (await work.session.scalars(select(Product).where(Product.model == "FL-75"))).one()
    await work.session.refresh(row)
    row.price_minor, row.version = 1, row.version + 1
    await work.session.flush()
    report = await take(work, PRODUCTS, dearer)
    assert (outcomes(report), report.findings.told[2].kept) == ((0, 0, 4, 0), ("price",))
    bad = [
        {"brand": "Gadavari", "category": "kettle", "model": "K-1", "name": "Kettle", "price": "100"},
        {"brand": "Godavari", "category": "phone", "model": "fl-75", "name": "x", "price": "31990,50"},
        {"brand": "Godavari", "category": "phone", "model": "fl-75", "name": "x", "price": "10", "currency": "XXX"},
        {"brand": "Godavari", "category": "phone", "model": "fl-75", "name": "x", "price": "10.005"},
        {"brand": "Godavari", "category": "phone", "model": "fl-75", "name": "x", "price": "10"},
    ]
    assert refused(await take(work, PRODUCTS, csv_of(PRODUCTS, bad))) == {
        (2, "brand", "products.unknown_brand"),
        (2, "category", "products.unknown_category"),
        (3, "price", "import.amount"),
        (4, "currency", "products.currency"),
        (5, "price", "products.price"),
        (6, "category", "products.other_category"),
    }


async def test_units_are_known_by_their_numbers(work: Work) -> None:
    for kind in (PRODUCTS, CUSTOMERS, UNITS):
        await take(work, kind, example(kind.name))
    rows = [
        {"model": "FL-75", "customer_number": "C-10482", "serial": "gw75 2203 11937", "invoice_number": "NEW-1"},
        {"model": "S9", "customer_phone": "9849012315", "imei1": "004402451234565", "serial": "S9-0001"},
        {"model": "FL-75", "customer_number": "C-10483", "serial": "GW75-2203-11937"},
        {"model": "SP-15", "customer_number": "C-10484", "indoor_serial": "SAI-2204-11830", "outdoor_serial": "SAO-9"},
        {"model": "FL-75", "customer_number": "C-1", "serial": "A-99999"},
        {"model": "XX", "customer_number": "C-10482", "serial": "B-99999"},
        {"model": "FL-75", "serial": "C-99999", "purchased_on": "01-01-2099"},
        {"model": "S9", "customer_number": "C-10482", "imei1": "004402451234564"},
        {"model": "S9", "customer_number": "C-10482", "indoor_serial": "D-99999"},
        {"model": "FL-75", "customer_number": "C-10482"},
    ]
    report = await take(work, UNITS, csv_of(UNITS, rows), good_rows=True)
    assert refused(report) == {
        (4, "serial", "import.twice"),
        (5, "outdoor_serial", "units.identifier_differs"),
        (6, "customer_number", "units.unknown_owner"),
        (7, "model", "units.unknown_model"),
        (8, "customer_phone", "units.no_owner"),
        (8, "purchased_on", "units.date"),
        (9, "imei1", "units.identifier"),
        (10, "indoor_serial", "units.identifiers"),
        (11, "serial", "units.identifiers"),
    }
    assert outcomes(report) == (0, 2, 0, 8)
    assert report.findings.told[2].changed == ("invoice_number",)
    assert report.findings.told[3].changed == ("serial",)
    assert await count(work, Unit) == 4
    kinds = select(UnitIdentifier.kind).join(Unit).join(Product).where(Product.model == "S9")
    assert set(await work.session.scalars(kinds)) == {"imei1", "serial"}
    assert await search.find(work.session, SYSTEM, "S9-0001")
    moved = await take(work, UNITS, csv_of(UNITS, rows[2:3]))
    assert refused(moved) == {(2, "customer_number", "units.other_owner")}


async def test_one_phone_of_two_households_needs_the_name(work: Work) -> None:
    await take(work, PRODUCTS, example("products"))
    both = [
        {"name": "Latha", "phone": "98490 12315"},
        {"name": "Ravi Teja", "name_local": "రవి తేజ", "phone": "98490 12315"},
    ]
    await take(work, CUSTOMERS, csv_of(CUSTOMERS, both))
    unit = {"model": "FL-75", "customer_phone": "98490 12315", "serial": "A-10001"}
    assert refused(await take(work, UNITS, csv_of(UNITS, [unit]))) == {(2, "customer_phone", "units.ambiguous_owner")}
    named = await take(work, UNITS, csv_of(UNITS, [unit | {"customer_name": "రవి తేజ గారు"}]))
    assert outcomes(named) == (1, 0, 0, 0)


async def test_only_who_may_and_only_a_list_in_a_known_order(work: Work) -> None:
    staff = work_for(work.session, work.settings, staff_scope(new_id(), "customer.edit"))
    with pytest.raises(Forbidden):
        await take(staff, CUSTOMERS, example("customers"))
    with pytest.raises(Invalid) as refusal:
        await take(work, CUSTOMERS, example("customers"), reading=Reading())
    assert (refusal.value.code, refusal.value.extra["column"]) == ("import.date_order", "since")
    with pytest.raises(TooLarge):
        await take(work, CUSTOMERS, b"x" * (work.settings.upload_max_bytes + 1))


def test_kinds_of_identifiers_have_their_columns() -> None:
    assert {kind.value for kind in IdentifierKind} <= {field.name for field in UNITS.fields}


HOME = {"line1": "Flat 3", "locality": "KPHB", "postcode": "500085"}
HOUSEHOLD = [
    {"number": "H-1", "name": "Padma Rao", "phone": "98490 20001", **HOME},
    {"number": "H-1", "name": "Venkat Rao", "phone": "98490 20002", "language": "en", "locality": "KPHB"},
    {"number": "H-2", "name": "Sita", "phone": "98490 20003"},
    {"number": "H-1", "name": "Anjali", "phone": "98490 20001"},
]


async def household(work: Work, number: str) -> list[tuple[str, tuple[str, ...]]]:
    """Who belongs to it, with their phones."""
    customer = (await work.session.scalars(select(Customer.id).where(Customer.own_number == number))).one()
    return [(one.name, one.phones) for one in await customers.people(work.session, SYSTEM, customer)]


ALL = [
    ("Padma Rao", ("+919849020001",)),
    ("Venkat Rao", ("+919849020002",)),
    ("Anjali", ("+919849020001",)),
]


async def test_rows_of_one_number_are_one_household(work: Work) -> None:
    report = await take(work, CUSTOMERS, csv_of(CUSTOMERS, HOUSEHOLD))
    assert outcomes(report) == (4, 0, 0, 0)
    assert await count(work, Customer) == 2
    assert await household(work, "H-1") == ALL
    keys = select(SearchKey.key).where(SearchKey.kind == "name")
    assert set((await work.session.scalars(keys)).all()) == {"padma rao", "venkat rao", "anjali", "sita"}
    for typed in ("padma", "venkat", "anjali", "98490 20002"):
        assert len(await search.find(work.session, SYSTEM, typed)) == 1, typed
    assert outcomes(await take(work, CUSTOMERS, csv_of(CUSTOMERS, HOUSEHOLD))) == (0, 0, 4, 0)
    assert await household(work, "H-1") == ALL


async def test_more_of_a_household_come_later(work: Work) -> None:
    await take(work, CUSTOMERS, csv_of(CUSTOMERS, HOUSEHOLD[:1]))
    report = await take(work, CUSTOMERS, csv_of(CUSTOMERS, HOUSEHOLD))
    assert outcomes(report) == (1, 2, 1, 0)
    assert await household(work, "H-1") == ALL
    mother = {"number": "H-1", "name": "Kamala", "phone": "98490 20009"}
    assert outcomes(await take(work, CUSTOMERS, csv_of(CUSTOMERS, [mother]))) == (0, 1, 0, 0)
    assert await household(work, "H-1") == [*ALL, ("Kamala", ("+919849020009",))]
    [hit] = await search.find(work.session, SYSTEM, "kamala")
    assert [one.entity_id for one in await search.find(work.session, SYSTEM, "padma")] == [hit.entity_id]
    renamed = {"number": "H-1", "name": "Venkateswara Rao", "phone": "98490 20002", "email": "v@example.com"}
    report = await take(work, CUSTOMERS, csv_of(CUSTOMERS, [renamed]))
    assert report.findings.told[2].changed == ("name", "email"), "known by the phone"
    assert len(await household(work, "H-1")) == 4


async def test_what_is_wrong_with_a_household(work: Work) -> None:
    rows = [
        {"number": "H-1", "name": "Padma", "phone": "98490 20001", "notes": "A dog"},
        {"number": "H-1", "name": "padma garu", "phone": "98490 20002"},
        {"number": "H-1", "name": "Venkat", "phone": "98490 20003", "notes": "No dog"},
        {"number": "H-2", "name": "Sita", "phone": "12"},
        {"number": "H-2", "name": "Rama", "phone": "98490 20004"},
    ]
    report = await take(work, CUSTOMERS, csv_of(CUSTOMERS, rows), good_rows=True)
    assert refused(report) == {
        (3, "number", "import.twice"),
        (4, "notes", "customers.differs"),
        (5, "phone", "import.phone"),
        (6, "number", "customers.first_refused"),
    }
    assert await household(work, "H-1") == [("Padma", ("+919849020001",))]
    assert await count(work, Customer) == 1


async def test_a_household_without_a_number_here_gets_it_and_grows(work: Work) -> None:
    await take(work, CUSTOMERS, csv_of(CUSTOMERS, [{"name": "Padma Rao", "phone": "98490 20001"}]))
    report = await take(work, CUSTOMERS, csv_of(CUSTOMERS, HOUSEHOLD))
    assert outcomes(report) == (1, 3, 0, 0)
    assert await household(work, "H-1") == ALL
