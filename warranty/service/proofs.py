"""What shows how old a unit is: proofs that staff record, and registrations."""

from datetime import date
from uuid import UUID

from aftersales import clock
from aftersales.errors import Invalid
from aftersales.files import service as files
from aftersales.i18n import N_
from aftersales.ids import new_id
from aftersales.products import repository as products
from aftersales.work import Work
from warranty import repository
from warranty.models import WarrantyProof
from warranty.permissions import RECORD_PROOF
from warranty.schemas import ProofIn
from warranty.service import claims

EARLIEST = date(1990, 1, 1)


async def record(
    work: Work, unit_id: UUID, body: ProofIn, *, filename: str = "", data: bytes | None = None
) -> WarrantyProof:
    """Record a proof of a unit, with its photo or scan, and answer anew for the unit's running cases.

    Raises Forbidden, NotFound, Invalid (`warranty.proof_date`, `warranty.invoice_number`, `files.…`).
    """
    work.scope.require(RECORD_PROOF)
    unit = await products.unit(work.session, work.scope, unit_id)
    if body.kind == "invoice" and not body.reference:
        raise wrong("warranty.invoice_number", "reference", N_("Write the invoice's number."))
    check_day(work, body.dated_on)
    file_id = None
    if data is not None:
        stored = await files.store(
            work, stream_id=unit.id, document_id=None, kind="invoice", filename=filename, data=data
        )
        file_id = stored.id
    proof = WarrantyProof(
        id=new_id(),
        unit_id=unit.id,
        kind=body.kind,
        dated_on=body.dated_on,
        reference=body.reference,
        file_id=file_id,
        recorded_by=work.scope.staff_id,
        recorded_at=work.now,
    )
    work.session.add(proof)
    await work.session.flush()
    await answer_anew(work, unit.id)
    return proof


async def answer_anew(work: Work, unit_id: UUID) -> None:
    """The running cases of the unit are answered anew: more has become known of it."""
    # Whoever holds the proof may not be the one who decides, nor see every case of the unit.
    system = work.as_system()
    for case_id in await repository.running_cases(system.session, system.scope, unit_id):
        await claims.reopen_question(system, case_id)


def check_day(work: Work, day: date) -> None:
    """Raise Invalid (`warranty.proof_date`) for a day that no proof can bear."""
    if not EARLIEST <= day <= clock.business_date(work.now, "Pacific/Kiritimati"):
        raise wrong("warranty.proof_date", "dated_on", N_("The date of a proof lies in the past, and not before 1990."))


def wrong(code: str, field: str, words: str) -> Invalid:
    """What is wrong with one field, to be raised."""
    return Invalid(code, words, errors=[{"field": field, "problem": N_("missing or wrong"), "help": words}])
