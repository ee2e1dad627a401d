"""A warranty claim in every status, and what each of its verbs needs before it can be taken there."""

from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from aftersales import clock
from aftersales.files import service as files
from aftersales.ids import new_id
from aftersales.status import documents
from aftersales.status.changes import NewDocument, move, open_document
from tests.factories.places import Furnished, furnish
from tests.factories.world import World
from tests.http.gate_bodies import picture
from warranty.machine import CLAIM
from warranty.models import WarrantyClaim, WarrantyClaimLine, WarrantyConfirmation
from warranty.service.claims import GRANTED


@dataclass(frozen=True, slots=True)
class Claims:
    """A furnished case with a claim in each status."""

    world: World
    at: Furnished
    by_status: Mapping[str, UUID]


async def every_status(world: World) -> Claims:
    """The technician has a visit on the case; a photo is on its repair order."""
    at = await furnish(world, "Kamala Devi", "+919849012377", world.here, world.staff["technician"].id)
    ids = {state.name: new_id() for state in CLAIM.states}
    async with world.work() as work:
        changes = []
        for status, claim_id in ids.items():
            number = await work.numbers.next("TST-W", work.now.year)
            new = NewDocument(at.home.case_id, at.branch_id, number, at.home.unit_id, at.home.customer_id)
            changes.append(open_document(CLAIM, claim_id, "open", new))
            changes += [move(CLAIM, claim_id, verb, note="On the way.") for verb in way(status)]
        await work.post(*changes)
        # The answer of the founders' own claim: their invoice is known, and it is covered in full.
        [first] = await documents.of_machine(work.session, work.scope, world.home.case_id, CLAIM.name)
        own = await work.session.get_one(WarrantyClaim, first.id)
        granted = (*GRANTED, "fulfilled", "closed")
        for status, claim_id in ids.items():
            since = work.now if status in granted else None
            held = {"unit_id": own.unit_id, "verdict_id": own.verdict_id, "first_deciders": []}
            work.session.add(WarrantyClaim(id=claim_id, granted_at=since, **held))
        await work.session.flush()
        repair_id = at.documents["repair_order"]
        await files.store(
            work, stream_id=at.home.case_id, document_id=repair_id, kind="photo", filename="a.jpg", data=picture(7)
        )
    await world.settle()
    return Claims(world, at, ids)


def way(status: str) -> list[str]:
    """The shortest way to a status, from the machine's own edges."""
    ways: dict[str, list[str]] = {"draft": []}
    left = deque(ways)
    while left:
        here = left.popleft()
        for edge in CLAIM.legal(here):
            if edge.to not in ways:
                ways[edge.to] = [*ways[here], edge.verb]
                left.append(edge.to)
    return ways[status]


async def _line(world: World, claim_id: UUID, standing: str, granted: int | None) -> None:
    async with world.work() as work:
        decided = granted is not None
        work.session.add(
            WarrantyClaimLine(
                id=new_id(),
                claim_id=claim_id,
                position=1,
                cost_class="parts",
                description="Motor",
                asked_minor=100_000,
                granted_minor=granted,
                currency="INR",
                standing=standing,
                words="Half of it." if standing == "lowered" else "",
                payer="company",
                decided_at=work.now if decided else None,
            )
        )


async def _open_line(world: World, claim_id: UUID) -> None:
    await _line(world, claim_id, "open", None)


async def _lowered_line(world: World, claim_id: UUID) -> None:
    await _line(world, claim_id, "lowered", 50_000)


async def _proposal(world: World, claim_id: UUID) -> None:
    """By somebody at the other branch, so that whoever asks is the second person."""
    async with world.work() as work:
        claim = await work.session.get_one(WarrantyClaim, claim_id)
        claim.cause_code = "RD-2"
        work.session.add(
            WarrantyConfirmation(
                id=new_id(),
                claim_id=claim_id,
                cause_code="RD-2",
                clause="4.2",
                words="Rats have bitten through the wires.",
                photo_ids=[new_id()],
                proposed_by=world.staff["elsewhere"].id,
                proposed_at=clock.now(),
            )
        )


NEEDS: Mapping[str, Callable[[World, UUID], Awaitable[None]]] = {
    "approve_partly": _lowered_line,
    "deny": _proposal,
    "line_decided": _open_line,
    "part_returned": _lowered_line,
}
"""What must be there for a verb to be taken, beside the status."""
