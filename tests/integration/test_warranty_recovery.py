"""What brands and suppliers are to pay: it arises with the grant, is claimed by month, and nothing is forgotten."""

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from pypdf import PdfReader
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from aftersales.errors import Conflict, Invalid
from aftersales.ids import new_id
from aftersales.listing import rows
from aftersales.money import Money
from aftersales.ports.vendors import SentBack
from aftersales.products.models import Unit, UnitIdentifier
from aftersales.scope import Actor, ActorKind, Scope
from tests.factories.claims import NOTHING
from tests.factories.entitlement import NOW, Household
from warranty.recovery import listings, repository
from warranty.recovery import schemas as given
from warranty.recovery.listings import CentreFilters
from warranty.recovery.repository import FilingView, RecoveryView
from warranty.recovery.rules import Party
from warranty.recovery.service import arising, closing, filing, papers, settling, suppliers
from warranty.schemas import AddLine, DecideLine, PartReturned, Reason
from warranty.service import claims, lines

MONTH = "2026-11"


async def supplier(home: Household, part: str, percent: str = "60", months: int = 36) -> UUID:
    """A supplier of its own that covers the part."""
    async with home.work() as work:
        code = f"S{new_id().hex[-8:]}".upper()
        made = await suppliers.add(work, given.SupplierIn(code=code, name=f"Krishna Motors {code}"))
        body = given.CoverIn(part_code=part, months=months, percent=Decimal(percent), since=date(2026, 1, 1))
        await suppliers.cover(work, made.id, body)
    return made.id


def part(code: str, amount: int = 250_001, **more: Any) -> AddLine:
    return AddLine.model_validate({"description": "Motor", "amount_minor": amount, "part_code": code, **more})


async def granted(home: Household, *asked: AddLine, fault: str) -> tuple[UUID, UUID]:
    """Case and claim whose lines were all approved, and the claim with them."""
    case_id = await home.case(fault=fault)
    claim_id = (await home.claim(case_id)).id
    async with home.work(home.staff(home.anil)) as work:
        for one in asked:
            await lines.add(work, claim_id, one)
        await claims.review(work, claim_id, NOTHING)
        for position in range(1, len(asked) + 1):
            await lines.decide(work, claim_id, DecideLine(line=position))
        await claims.approve(work, claim_id, NOTHING)
    return case_id, claim_id


async def done(home: Household, claim_id: UUID, *labels: str) -> None:
    """The work is done, and the removed parts of the first lines come back."""
    async with home.work(home.staff(home.anil)) as work:
        await claims.fulfil(work, claim_id, NOTHING)
    await home.settle()
    for position, label in enumerate(labels, 1):
        async with home.work(home.staff(home.anil)) as work:
            await closing.part_returned(work, claim_id, PartReturned(line=position, label=label))


async def recoveries(home: Household, claim_id: UUID) -> list[RecoveryView]:
    """What is claimed back for the claim, in the order of its lines."""
    async with home.work() as work:
        held = await repository.of_claim(work.session, work.scope, claim_id)
        found = await repository.views(work.session, work.scope, ids=[row.id for row, _ in held]) if held else []
    return sorted(found, key=lambda one: one.line or 0)


async def forgotten(home: Household) -> list[tuple[str, str]]:
    """Number and reason of all that was forgotten at the branch."""
    async with home.work() as work:
        found = await rows(work, listings.FORGOTTEN_LIST, CentreFilters(branch_id=home.branch_id), limit=100)
    return [(row["number"], row["why"]) for row in found]


async def brand_of(home: Household) -> UUID:
    async with home.work() as work:
        query = text("SELECT p.brand_id FROM unit u JOIN product p ON p.id = u.product_id WHERE u.id = :id")
        found: UUID = (await work.session.execute(query, {"id": home.washer})).scalar_one()
    return found


async def file(home: Household, party: Party, party_id: UUID) -> FilingView:
    body = given.FileRecoveries(party=party, party_id=party_id, branch_id=home.branch_id, month=MONTH)
    async with home.work(home.staff(home.srinivas)) as work:
        filing_id = await filing.file(work, body)
        return await repository.filing(work.session, work.scope, filing_id)


async def test_a_part_that_a_supplier_covers_is_claimed_back_with_the_grant(home: Household) -> None:
    theirs = await supplier(home, "MO-75")
    ours = part("XX-1")
    _, claim_id = await granted(
        home, part("MO-75"), ours, part("BR-1", 40_000, payer="brand", ticket="GO-9"), fault="A"
    )
    motor, brand = await recoveries(home, claim_id)
    # 60 % of ₹2,500.01, rounded once, half up; the brand owes all of its line.
    assert (motor.machine, motor.status, motor.due_minor, motor.currency) == (
        "supplier_recovery",
        "eligible",
        150_001,
        "INR",
    )
    assert (brand.machine, brand.due_minor, brand.ticket) == ("brand_claim", 40_000, "GO-9")
    async with home.work() as work:
        held = await work.session.execute(
            text("SELECT payer FROM warranty_claim_line WHERE claim_id = :id ORDER BY position"), {"id": claim_id}
        )
        assert [row.payer for row in held] == ["supplier", "company", "brand"]
    assert await forgotten(home) == []
    # Decided anew: nothing is claimed for now, and with the second grant it is claimed once more, once.
    async with home.work(home.staff(home.anil)) as work:
        await claims.review(work, claim_id, NOTHING)
    assert await recoveries(home, claim_id) == []
    async with home.work(home.staff(home.anil)) as work:
        await claims.approve(work, claim_id, NOTHING)
    assert [one.due_minor for one in await recoveries(home, claim_id)] == [150_001, 40_000]
    with pytest.raises(Conflict, match="nothing_to_file"):
        await file(home, Party.SUPPLIER, theirs)


async def test_a_grant_that_is_rolled_back_claims_nothing_back(home: Household) -> None:
    await supplier(home, "RB-1")
    case_id = await home.case(fault="RB")
    claim_id = (await home.claim(case_id)).id
    async with home.work(home.staff(home.anil)) as work:
        await lines.add(work, claim_id, part("RB-1"))
        await claims.review(work, claim_id, NOTHING)
        await lines.decide(work, claim_id, DecideLine(line=1))

    async def break_off() -> None:
        async with home.work(home.staff(home.anil)) as work:
            await claims.approve(work, claim_id, NOTHING)
            assert len(await repository.of_claim(work.session, home.staff(home.srinivas), claim_id)) == 1
            raise TimeoutError

    with pytest.raises(TimeoutError):
        await break_off()
    assert await recoveries(home, claim_id) == []
    assert (await home.claim(case_id)).status == "in_review"


async def test_a_line_closes_when_the_removed_part_is_scanned_back(home: Household) -> None:
    await supplier(home, "MO-1")
    _, first = await granted(home, part("MO-1"), fault="P1")
    _, second = await granted(home, part("MO-1"), fault="P2")
    await done(home, first)
    [waits] = await recoveries(home, first)
    assert waits.ripe_at is None
    with pytest.raises(IntegrityError, match="ck_warranty_claim_line_closed"):
        async with home.work() as work:
            await work.session.execute(
                text(
                    "UPDATE warranty_claim_line SET closed_at = now()"
                    " WHERE id IN (SELECT line_id FROM warranty_recovery WHERE id = :id)"
                ),
                {"id": waits.id},
            )
    async with home.work(home.staff(home.anil)) as work:
        await closing.part_returned(work, first, PartReturned(line=1, label="sn 44-71 a"))
    [ripe] = await recoveries(home, first)
    assert (ripe.ripe_at, ripe.removed_part) == (NOW, "SN4471A")
    # One part is one part, and a line has one.
    with pytest.raises(Conflict, match="part_scanned_before"):
        await done(home, second, "SN-4471-A")
    with pytest.raises(Invalid, match="no_such_line"):
        async with home.work(home.staff(home.anil)) as work:
            await closing.part_returned(work, first, PartReturned(line=1, label="OTHER-1"))
    assert [one.ripe_at for one in await recoveries(home, second)] == [None]


async def test_the_monthly_claim_is_the_sum_of_its_closed_lines(home: Household) -> None:
    brand_id = await brand_of(home)
    asked = [(part("", 10_000 + 7 * n, payer="brand", ticket=f"T-{n}"), n) for n in range(5)]
    for line, n in asked:
        labour = AddLine(cost="labour", description="Fitting", amount_minor=999, payer="brand")
        _, claim_id = await granted(home, line, labour, fault=f"M{n}")
        # The part of the last is not back: its labour is closed, its part is not.
        await done(home, claim_id, *([f"OLD-{home.washer.hex[-6:]}-{n}"] if n < 4 else []))
    filed = await file(home, Party.BRAND, brand_id)
    async with home.work() as work:
        closed = await work.session.execute(
            text(
                "SELECT sum(l.granted_minor) AS total, count(*) AS jobs FROM warranty_claim_line l"
                " JOIN document d ON d.id = l.claim_id"
                " WHERE d.branch_id = :branch AND l.payer = 'brand' AND l.closed_at IS NOT NULL"
            ),
            {"branch": home.branch_id},
        )
        total, jobs = closed.one()
    assert (filed.total_minor, filed.count) == (total, jobs) == (4 * 10_000 + 7 * (0 + 1 + 2 + 3) + 5 * 999, 9)
    with pytest.raises(Conflict, match="nothing_to_file"):
        await file(home, Party.BRAND, brand_id)
    async with home.work(home.staff(home.srinivas)) as work:
        # At half past one at night in Hyderabad.
        at = text("UPDATE warranty_filing SET filed_at = '2026-11-20 20:00Z' WHERE id = :id")
        await work.session.execute(at, {"id": filed.id})
        _, paper = await papers.paper(work, filed.id)
        assert "2026-11-21" in PdfReader(BytesIO(paper)).pages[0].extract_text()
        await filing.acknowledge(work, filed.id, given.Acknowledged(reference="GRN 7/26"))
        held = await repository.views(work.session, work.scope, filing_id=filed.id)
        assert {one.status for one in held} == {"acknowledged"}
        # In full, short, rejected and claimed again: what came short is on the list, job by job.
        full, short, refused = held[0], held[1], held[2]
        await settling.accept(work, full.id, given.Nothing())
        await settling.credit(work, full.id, given.Credited(amount_minor=full.due_minor, reference="CN-1"))
        less = given.AcceptedPartly(amount_minor=500, note="Half of the labour only.")
        await settling.accept_partly(work, short.id, less)
        with pytest.raises(Invalid, match="amount"):
            await settling.credit(work, short.id, given.Credited(amount_minor=501, reference="CN-2"))
        await settling.credit(work, short.id, given.Credited(amount_minor=500, reference="CN-2"))
        await settling.reject(work, refused.id, given.Why(note="The ticket is not theirs."))
        now = {one.id: one.status for one in await repository.views(work.session, work.scope, filing_id=filed.id)}
        assert [now[one.id] for one in (full, short, refused)] == ["closed", "credited", "rejected"]
        listed = await rows(work, listings.SHORT, CentreFilters(branch_id=home.branch_id), limit=10)
        assert {row["number"]: row["due"] - row["received"] for row in listed} == {
            short.number: Money("INR", short.due_minor - 500),
            refused.number: Money("INR", refused.due_minor),
        }
        [owed] = await rows(work, listings.OUTSTANDING, CentreFilters(branch_id=home.branch_id), limit=10)
        left = total - full.due_minor - 500
        # The part that is not back is owed too, and not claimed yet.
        assert (owed["outstanding"], owed["not_claimed"]) == (Money("INR", left + 10_028), Money("INR", 10_028))
        await settling.refile(work, refused.id, given.Why(note="The ticket was opened by their own call centre."))
        await settling.close(work, short.id, given.Why(note="Agreed with them on the phone."))
        # What is accepted as short stays on the list, as closed; what was claimed again is not short yet.
        [accepted] = await rows(work, listings.SHORT, CentreFilters(branch_id=home.branch_id), limit=10)
        assert (accepted["number"], accepted["status"]) == (short.number, "closed")


async def test_what_was_forgotten_is_found_and_caught_up_with(home: Household) -> None:
    _, claim_id = await granted(home, part("LATE-1"), fault="F1")
    assert await forgotten(home) == []
    # The supplier's cover is written down after the grant, from before it.
    await supplier(home, "LATE-1", "100")
    [(_, why)] = await forgotten(home)
    assert why == "not_claimed_back"
    # Who may see it here, and claim elsewhere alone, does not claim it.
    elsewhere = {"recovery.view": None, "recovery.file": frozenset({new_id()})}
    async with home.work(Scope(Actor(ActorKind.STAFF, home.anil), elsewhere)) as work:
        assert await arising.catch_up(work) == 0
    async with home.work(home.staff(home.srinivas)) as work:
        assert await arising.catch_up(work) == 1
        assert await arising.catch_up(work) == 0
    assert await forgotten(home) == []
    await done(home, claim_id, f"L-{home.washer.hex[-6:]}")
    # Ripe three months ago, and nobody has claimed it.
    async with home.work() as work:
        await work.session.execute(
            text(
                "UPDATE warranty_recovery SET ripe_at = now() - interval '95 days' WHERE source = ("
                "SELECT 'line:' || id FROM warranty_claim_line WHERE claim_id = :id)"
            ),
            {"id": claim_id},
        )
    [(_, why)] = await forgotten(home)
    assert why == "not_filed_in_time"


async def test_lines_that_nobody_covers_keep_no_other_from_being_claimed_back(home: Household) -> None:
    _, claim_id = await granted(home, part("MANY-1"), fault="M1")
    copied = (
        "claim_id, 1 + n, cost_class, 'One of many', asked_minor, granted_minor, currency, standing, 'supplier',"
        " 'NOBODY-1' FROM warranty_claim_line, generate_series(1, 500) n WHERE claim_id = :id AND position = 1"
    )
    columns = "(id, claim_id, position, cost_class, description, asked_minor, granted_minor, currency, standing, payer,"
    async with home.work() as work:
        many = f"INSERT INTO warranty_claim_line {columns} part_code) SELECT gen_random_uuid(), {copied}"
        await work.session.execute(text(many), {"id": claim_id})
        # What the brand pays is looked at after all of these.
        last = "UPDATE warranty_claim_line SET payer = 'brand', id = :last WHERE claim_id = :id AND position = 1"
        await work.session.execute(text(last), {"id": claim_id, "last": UUID(int=2**128 - 1 - home.washer.int % 2**64)})
    async with home.work(home.staff(home.srinivas)) as work:
        assert await arising.catch_up(work) == 1
    assert {why for _, why in await forgotten(home)} == {"no_supplier_known"}


async def test_a_cover_has_its_months_and_its_days(home: Household) -> None:
    # The washing machine is eight months old.
    await supplier(home, "OLD-1", months=6)
    _, claim_id = await granted(home, part("OLD-1"), fault="C1")
    assert await recoveries(home, claim_id) == []
    assert await forgotten(home) == []


async def test_parts_come_out_of_our_own_products_alone(home: Household) -> None:
    serial = f"DN-{home.mixer.hex[-6:]}"
    async with home.work() as work:
        work.session.add(
            UnitIdentifier(
                id=new_id(), unit_id=home.mixer, kind="serial", value=serial, normal=serial.replace("-", "").upper()
            )
        )
    case_id = await home.case(fault="D1")
    claim_id = (await home.claim(case_id)).id

    async def attempt(**more: Any) -> None:
        async with home.work(home.staff(home.anil)) as work:
            await lines.add(work, claim_id, part("", **more))

    with pytest.raises(Invalid, match="donor_not_ours"):
        await attempt(donor=serial)
    with pytest.raises(Invalid, match="no_donor"):
        await attempt(donor="NOBODY-1")
    with pytest.raises(Invalid, match="no_supplier"):
        await attempt(payer="supplier")
    with pytest.raises(Invalid, match="no_part"):
        await attempt(cost="labour", donor=serial)
    await home.change_unit(home.mixer, given_up_on=NOW.date() - timedelta(days=3))
    await attempt(donor=serial)
    async with home.work() as work:
        row = await work.session.execute(
            text("SELECT donor_unit_id FROM warranty_claim_line WHERE claim_id = :id"), {"id": claim_id}
        )
        assert row.scalar_one() == home.mixer
        assert (await work.session.get_one(Unit, home.mixer)).given_up_on


async def test_what_went_back_to_its_vendor_is_claimed_back_once(home: Household) -> None:
    async with home.work() as work:
        product_id = (await work.session.get_one(Unit, home.mixer)).product_id
        goods = SentBack(f"line:{new_id()}:1", home.branch_id, product_id, None, 2, Money("INR", 500_000))
        made = await work.ports.vendors.sent_back(work, goods)
        assert made is not None
        assert await work.ports.vendors.sent_back(work, goods) == made
        [found] = await repository.views(work.session, work.scope, ids=[made])
    assert (found.machine, found.due_minor, found.quantity, found.status) == ("brand_claim", 500_000, 2, "eligible")
    await supplier(home, "MX-500", "50")
    async with home.work() as work:
        unpriced = SentBack(f"line:{new_id()}:1", home.branch_id, product_id, None, 1, None)
        second = await work.ports.vendors.sent_back(work, unpriced)
        assert second is not None
        [found] = await repository.views(work.session, work.scope, ids=[second])
    # Half of its price.
    assert (found.machine, found.due_minor) == ("supplier_recovery", 3_199_000 // 2)


async def test_a_share_that_rounds_to_nothing_is_not_claimed_back(home: Household) -> None:
    await supplier(home, "TINY-1", percent="10")
    _, claim_id = await granted(
        home, part("TINY-1", 4, payer="supplier"), part("TINY-1", 5, payer="supplier"), fault="91-A"
    )
    async with home.work() as work:
        held = await repository.of_claim(work.session, work.scope, claim_id)
    assert [one.due_minor for one, _ in held] == [1]


async def test_no_part_comes_back_for_a_claim_that_gave_nothing(home: Household) -> None:
    claim_id = (await home.claim(await home.case(fault="91-B"))).id
    async with home.work(home.staff(home.anil)) as work:
        await lines.add(work, claim_id, part("MO-91"))
        await claims.review(work, claim_id, NOTHING)
        await lines.decide(work, claim_id, DecideLine(line=1))
        await claims.withdraw(work, claim_id, Reason(note="The customer paid."))
        assert await closing.nothing_to_come(work, claim_id) == ""
        with pytest.raises(Invalid, match=r"warranty\.no_such_line"):
            await closing.part_returned(work, claim_id, PartReturned(line=1, label="SN-1"))


async def test_what_was_accepted_in_full_and_paid_short_stays_on_the_list(home: Household) -> None:
    brand_id = await brand_of(home)
    _, claim_id = await granted(home, part("", 10_000, payer="brand"), fault="92-A")
    await done(home, claim_id, "SN-92")
    filed = await file(home, Party.BRAND, brand_id)
    async with home.work() as work:
        [one] = await repository.views(work.session, work.scope, filing_id=filed.id)
        await settling.accept(work, one.id, given.Nothing())
        await settling.credit(work, one.id, given.Credited(amount_minor=9_999, reference="CN-92"))
        await settling.close(work, one.id, given.Why(note="They are bankrupt."))
        listed = await rows(work, listings.SHORT, CentreFilters(branch_id=home.branch_id), limit=10)
    assert [(row["number"], row["status"]) for row in listed] == [(one.number, "closed")]
