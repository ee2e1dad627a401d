"""A line is closed when its claim is fulfilled and, for a part, when the removed one has come back to us."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from aftersales.errors import Conflict, Invalid
from aftersales.i18n import N_
from aftersales.search.rules import normal_identifier
from aftersales.status import engine
from aftersales.status.changes import event
from aftersales.work import Work
from warranty import records, repository
from warranty.machine import CLAIM
from warranty.models import WarrantyClaimLine
from warranty.recovery import owing
from warranty.schemas import PartReturned


async def fulfilled(work: Work, claim_id: UUID) -> None:
    """Close what waits for nothing more. Idempotent."""
    claim = await repository.claim(work.session, work.scope, claim_id)
    await engine.lock(work.session, [claim.case_id])
    await owing.close_lines(work.session, work.scope, claim_id, work.now)


async def part_returned(work: Work, claim_id: UUID, body: PartReturned) -> None:
    """The part that was taken out is with us: its label was scanned, and its line can be closed.

    Raises Invalid (`warranty.no_such_line`, `warranty.no_label`), Conflict (`warranty.part_scanned_before`).
    """
    claim = await repository.claim(work.session, work.scope, claim_id)
    await engine.lock(work.session, [claim.case_id])
    claim = await repository.claim(work.session, work.scope, claim_id)
    if claim.status not in CLAIM.by_event["part_returned"].states or work.if_version not in (None, claim.version):
        # Refused as posting would, before anything else is found wrong.
        await work.post(event(CLAIM, claim_id, "part_returned", if_version=work.if_version))
    line = next((one for one in await _to_come(work, claim_id) if one.position == body.line), None)
    if line is None:
        words = N_("There is no such line, or no part is to come back for it any more.")
        raise Invalid("warranty.no_such_line", words, errors=[{"field": "line", "problem": words}])
    label = normal_identifier(body.label)
    if not label:
        words = N_("A label has letters or digits.")
        raise Invalid("warranty.no_label", words, errors=[{"field": "label", "problem": words}])
    await work.post(event(CLAIM, claim_id, "part_returned", if_version=work.if_version, data={"line": line.position}))
    try:
        async with work.session.begin_nested():
            line.removed_part, line.part_back_at = label, work.now
            line.part_back_by = work.scope.staff_id
            await work.session.flush()
    except IntegrityError as error:
        raise Conflict(
            "warranty.part_scanned_before",
            N_("This part has been scanned for another line already. Compare its label with the part in your hand."),
        ) from error
    await owing.close_lines(work.session, work.scope, claim_id, work.now)


async def nothing_to_come(work: Work, claim_id: UUID) -> str | None:
    """Nothing is said where no part is to come back."""
    return None if await _to_come(work, claim_id) else ""


async def _to_come(work: Work, claim_id: UUID) -> Sequence[WarrantyClaimLine]:
    """The lines whose removed part is to come back; a claim that ended without a grant has none."""
    row = await repository.claim_row(work.session, work.scope, claim_id)
    held = await records.lines(work.session, work.scope, claim_id) if row.granted_at is not None else ()
    return [one for one in held if one.cost_class == "parts" and one.granted_minor and one.part_back_at is None]
