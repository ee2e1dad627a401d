"""A unit that two households have had: an erasure takes what is that household's own, and nothing of the other's."""

from datetime import timedelta
from uuid import UUID

import pytest

from aftersales import clock
from aftersales.privacy import service
from aftersales.products import repository as products
from aftersales.scope import SYSTEM
from aftersales.subject import number_of
from tests.factories.erasing import finish
from tests.factories.world import API, Home, World, add_home, ok
from tests.fixtures.images import picture
from warranty.service import entitlement

FIRST, SECOND, SHOP = "FIRSTPROOF-81", "SECONDPROOF-82", "SHOPBILL-80"


async def proven(company: World, unit_id: UUID, reference: str, shade: int) -> None:
    """A proof with its scan, and the verdict of a case names it."""
    answer = await company.by("manager").post(
        f"{API}/units/{unit_id}/proofs",
        data={"dated_on": "2026-08-01", "kind": "invoice", "reference": reference},
        files={"file": (f"{reference}.jpg", picture(shade), "image/jpeg")},
    )
    assert answer.status_code == 201, answer.text
    await company.settle()


async def passed(company: World, home: Home, phone: str, new: Home) -> UUID:
    """Registered by the first, passed on with both's consent, and a case of the second about it."""
    desk = company.by("manager")
    made = await ok(desk, f"{API}/cases/{home.case_id}/warranty_registrations", purchased_on="2026-08-01")
    one = f"{API}/warranty_registrations/{made['id']}"
    await ok(desk, f"{one}/activate", number_fits=True, proof_seen=True, day_fits=True)
    await company.settle()
    await finish(company, home)
    await ok(desk, f"{one}/transfer_asked", phone=phone)
    [(transfer,)] = await company.rows("SELECT id FROM warranty_transfer WHERE unit_id = :id", id=home.unit_id)
    for party in ("owner", "new_owner"):
        await ok(desk, f"{API}/warranty_transfers/{transfer}/consent_given", party=party, source="phone")
    await company.settle()
    case = await ok(
        desk,
        f"{API}/cases",
        customer_id=str(new.customer_id),
        unit_id=str(home.unit_id),
        branch_id=str(company.here),
        complaint="Does not spin",
        fault_code="22-B",
        people=[{"person_id": str(new.person_id), "role": "owner", "may_approve": True}],
    )
    await company.settle()
    return UUID(case["id"])


async def kept(company: World, unit_id: UUID) -> tuple[set[str], set[str], int, str | None]:
    """The numbers of the unit's proofs, those that its verdicts name, how many scans there are, and the shop's bill."""
    proofs = await company.rows("SELECT reference, file_id FROM warranty_proof WHERE unit_id = :id", id=unit_id)
    said = await company.rows(
        "SELECT facts::text || verdict::text FROM warranty_verdict WHERE unit_id = :id", id=unit_id
    )
    files = await company.rows("SELECT filename FROM file WHERE stream_id = :id", id=unit_id)
    assert len(files) == sum(row.file_id is not None for row in proofs)
    async with company.work() as work:
        bill = (await products.unit(work.session, SYSTEM, unit_id)).invoice_number
        assert await entitlement.replay_all(work.session, SYSTEM) == []
    named = {one for one in (FIRST, SECOND, SHOP) for (words,) in said if f'"{one}"' in words}
    return {row.reference for row in proofs}, named, len(files), bill


@pytest.mark.parametrize("who", ["earlier", "later"])
async def test_an_erasure_takes_a_households_own_proofs_and_no_others(company: World, who: str) -> None:
    last = {"earlier": "1", "later": "3"}[who]
    home = await add_home(company, "Satyavathi Kolluru", f"+91970005552{last}")
    new = await add_home(company, "Umadevi Nallamothu", f"+91970005553{last}")
    bought = {"purchased_on": str((clock.now() - timedelta(days=100)).date()), "invoice_number": SHOP}
    assert (await company.by("manager").patch(f"{API}/units/{home.unit_id}", json=bought)).status_code == 200
    await proven(company, home.unit_id, FIRST, 81)
    await passed(company, home, f"+91970005553{last}", new)
    await proven(company, home.unit_id, SECOND, 82)
    assert await kept(company, home.unit_id) == ({FIRST, SECOND}, {FIRST, SECOND, SHOP}, 2, SHOP)
    gone, own = (home, FIRST) if who == "earlier" else (new, SECOND)
    await finish(company, gone)
    async with company.work() as work:
        told = await service.told(work, gone.customer_id)
        assert [one["reference"] for one in told["warranty"]["proofs"]] == [own], "what is handed out is theirs alone"
        await service.erase(work, gone.customer_id, confirmed=number_of(gone.customer_id))
    await company.settle()
    left, bill = (SECOND, None) if who == "earlier" else (FIRST, SHOP)
    expected = {SECOND} if who == "earlier" else {FIRST, SHOP}
    assert await kept(company, home.unit_id) == ({"(erased)", left}, expected, 1, bill)
