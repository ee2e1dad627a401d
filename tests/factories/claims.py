"""Claims on the way to a denial, and what the others and the customer are answered."""

from uuid import UUID

from aftersales.ports.coverage import Answer
from tests.factories.entitlement import Household
from warranty import panels
from warranty.coverage import WarrantyCoverage
from warranty.schemas import Checked, Nothing, ProposeDenial
from warranty.service import denials

RATS = "Rats gnawed through the wires to the motor."
NOTHING = Nothing()
CHECKED = Checked(number_fits=True, proof_seen=True, day_fits=True)


async def answer(home: Household, case_id: UUID) -> Answer:
    """What other modules hear of the cover."""
    async with home.work() as work:
        return await WarrantyCoverage().current(work, case_id)


async def shown(home: Household, case_id: UUID) -> dict[str, object]:
    """What the owner reads of it."""
    async with home.work(home.customer(case_id, home.padma)) as work:
        card = await panels.track(work, case_id)
    assert card is not None
    found: dict[str, object] = card["answer"]
    return found


async def gnawed(home: Household) -> tuple[UUID, UUID, UUID]:
    """Case, claim and repair order where rodents are the cause."""
    case_id = await home.case()
    repair_id = await home.workshop(case_id)
    await home.diagnosed(repair_id, "RD-2")
    return case_id, (await home.claim(case_id)).id, repair_id


def proposal(**changes: str | None) -> ProposeDenial:
    """A proposal that has everything, but for the changes."""
    return ProposeDenial.model_validate({"cause_code": "RD-2", "clause": "4.2", "words": RATS, **changes})


async def denied(home: Household) -> tuple[UUID, UUID]:
    """Case and claim that Anil proposed to deny and Srinivas denied."""
    case_id, claim_id, repair_id = await gnawed(home)
    await home.photo(case_id, repair_id)
    async with home.work(home.staff(home.anil)) as work:
        await denials.propose(work, claim_id, proposal())
    async with home.work(home.staff(home.srinivas)) as work:
        await denials.deny(work, claim_id, NOTHING)
    await home.settle()
    return case_id, claim_id
