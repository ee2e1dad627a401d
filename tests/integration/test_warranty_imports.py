"""A1: sales from a file become registrations with the invoice as the proof; nobody is told, again changes nothing."""

from datetime import date

from sqlalchemy import select, text

from aftersales.auth.models import Branch
from aftersales.ids import new_id
from aftersales.imports.findings import Outcome
from aftersales.imports.service import Report
from aftersales.products.models import UnitIdentifier
from aftersales.updates.models import CustomerUpdate
from tests.factories.entitlement import Household
from tests.factories.files import csv_of, refused, take
from warranty import repository
from warranty.imports import SALES
from warranty.models import WarrantyProof

HEAD = ["serial", "sold_on", "centre", "invoice_number", "plan", "plan_from"]


async def numbered(home: Household) -> tuple[str, str, str]:
    """The numbers of the washing machine and the mixer, and the centre's code."""
    washer, mixer = f"W-{new_id().hex[-8:].upper()}", f"M-{new_id().hex[-8:].upper()}"
    async with home.work() as work:
        for unit_id, number in ((home.washer, washer), (home.mixer, mixer)):
            work.session.add(
                UnitIdentifier(
                    id=new_id(), unit_id=unit_id, kind="serial", value=number, normal=number.replace("-", "")
                )
            )
        branch = await work.session.get_one(Branch, home.branch_id)
        return washer, mixer, branch.code


async def taken(home: Household, *rows: list[str], write: bool = True) -> Report:
    async with home.work(origin="import") as work:
        return await take(work, SALES, csv_of(SALES, [dict(zip(HEAD, row, strict=True)) for row in rows]), write=write)


async def test_sales_are_registered_with_their_proof_once_and_nobody_is_told(home: Household) -> None:
    washer, mixer, centre = await numbered(home)
    await home.change_unit(home.mixer, purchased_on=None, delivered_on=None)
    rows = (
        [washer, "18-04-2026", centre, "GO/2604/00042", "", ""],
        [washer.lower(), "18-04-2026", centre, "", "comfort", "02-05-2026"],
        [mixer, "01-11-2019", centre.lower(), "", "", ""],
    )
    tried = await taken(home, *rows, write=False)
    assert (refused(tried), tried.counts[Outcome.NEW]) == (set(), 3)
    await taken(home, *rows)
    await home.settle()
    again = await taken(home, *rows)
    assert (again.counts[Outcome.UNCHANGED], again.counts[Outcome.NEW]) == (3, 0)
    async with home.work() as work:
        held = await repository.registrations_of(work.session, work.scope, [home.washer, home.mixer])
        assert set(held) == {home.washer}, "what was sold in 2019 has expired since"
        own, plan = (row for _, row in held[home.washer])
        assert (own.purchased_on, own.plan_from, plan.plan_from) == (date(2026, 4, 18), None, date(2026, 5, 2))
        proof = await work.session.get_one(WarrantyProof, own.proof_id)
        assert (proof.kind, proof.reference, proof.dated_on) == ("invoice", "GO/2604/00042", date(2026, 4, 18))
        kept = await work.session.execute(
            text("SELECT code FROM policy WHERE id IN (:own, :plan) ORDER BY code"),
            {"own": own.policy_id, "plan": plan.policy_id},
        )
        assert [row[0] for row in kept] == ["category:washing_machine", "plan:comfort"]
        told = await work.session.scalars(
            select(CustomerUpdate.state).where(
                CustomerUpdate.stream_id == home.washer, CustomerUpdate.text == "warranty.registered"
            )
        )
        assert set(told) <= {"withheld"}


async def test_what_cannot_be_is_refused_with_the_column_and_the_reason(home: Household) -> None:
    washer, mixer, centre = await numbered(home)
    await home.change_unit(home.mixer, manufactured_on=date(2026, 6, 1))
    report = await taken(
        home,
        ["NOBODY-1", "18-04-2026", centre, "", "", ""],
        [washer, "18-04-2026", "NOWHERE", "", "", ""],
        [washer, "18-04-2027", centre, "", "", ""],
        [mixer, "18-04-2026", centre, "", "", ""],
        [washer, "18-04-2026", centre, "", "golden", ""],
        [washer, "18-04-2026", centre, "", "", "18-04-2026"],
        [washer, "18-04-2026", centre, "", "", ""],
        [washer, "19-04-2026", centre, "", "", ""],
        [washer, "18-04-2026", centre, "", "comfort", "17-04-2026"],
        write=False,
    )
    assert refused(report) == {
        (2, "serial", "sales.unknown_unit"),
        (3, "centre", "sales.unknown_centre"),
        (4, "sold_on", "sales.day"),
        (5, "sold_on", "sales.before_made"),
        (6, "plan", "sales.unknown_plan"),
        (7, "plan_from", "sales.no_plan"),
        (9, "serial", "import.twice"),
        (10, "plan_from", "sales.plan_before_sale"),
    }
