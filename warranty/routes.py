"""The API of warranty. Verbs on claims and registrations are actions of the manifest."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, File, Form, Query, Response, UploadFile

from aftersales.fields import Day, OptionalLine
from aftersales.files import service as files
from aftersales.http import Page, PageDep, WorkDep, etag, staff_router
from aftersales.i18n import DEFAULT
from aftersales.policies.schemas import PolicyOut
from aftersales.status import documents
from aftersales.uploads import Upload, chunks
from warranty import records, repository
from warranty.permissions import REGISTER, VIEW
from warranty.repository import ClaimView
from warranty.schemas import (
    ClaimOut,
    CoverOut,
    Kind,
    LineOut,
    ProofIn,
    ProofOut,
    PublishGoodwill,
    PublishTerms,
    RegisterUnit,
    RegistrationOut,
)
from warranty.service import advice, certificates, claims, goodwill, proofs, publishing, registrations

api = staff_router(tags=["warranty"])


def proof_form(
    dated_on: Annotated[Day, Form(description="The day it was made out")],
    kind: Annotated[Kind, Form(description="What it is")] = "invoice",
    reference: Annotated[OptionalLine, Form(description="Its number; an invoice has one")] = "",
) -> ProofIn:
    """A proof as a form carries it, so that its photo or scan may come along."""
    return ProofIn(kind=kind, dated_on=dated_on, reference=reference)


ProofForm = Annotated[ProofIn, Depends(proof_form)]
Scan = Annotated[Upload | None, File(description="A photo or PDF of it")]


async def scanned(work: WorkDep, file: UploadFile | None) -> bytes | None:
    """What was sent, None if nothing. Raises TooLarge as soon as it is over the limit."""
    if file is None:
        return None
    return await files.read_capped(chunks(file), work.settings.upload_max_bytes) or None


@api.post("/units/{unit_id}/proofs", status_code=201, name="record_proof")
async def record_proof(work: WorkDep, unit_id: UUID, body: ProofForm, file: Scan = None) -> ProofOut:
    """Record a proof of when a unit was sold or came into use; its running cases are answered anew."""
    data = await scanned(work, file)
    made = await proofs.record(work, unit_id, body, filename=file.filename or "" if file else "", data=data)
    return ProofOut.model_validate(made)


@api.get("/units/{unit_id}/cover", name="unit_cover")
async def get_cover(
    work: WorkDep,
    unit_id: UUID,
    on: Annotated[Day | None, Query(description="The day; today without one")] = None,
    fault: Annotated[str | None, Query(max_length=16, description="The code of the fault")] = None,
) -> CoverOut:
    """What the unit is covered for, per cost class, with the reasoning. Nothing is kept or opened for it."""
    work.scope.require(VIEW)
    return CoverOut.model_validate(await advice.cover(work, unit_id, on, fault), from_attributes=True)


@api.post(
    "/cases/{case_id}/warranty_claims",
    status_code=201,
    name="open_warranty_claim",
)
async def open_claim(work: WorkDep, case_id: UUID, response: Response) -> ClaimOut:
    """Open a claim for a case whose cover had seemed to be over; other cases have theirs by themselves."""
    claim_id = await claims.open_claim(work, case_id)
    found = await repository.claim(work.session, work.as_system().scope, claim_id)
    response.headers["Location"] = f"/api/v1/warranty_claims/{claim_id}"
    response.headers["ETag"] = etag(found.version)
    return _out(found)


@api.post(
    "/cases/{case_id}/warranty_registrations",
    status_code=201,
    name="register_unit",
)
async def register_unit(work: WorkDep, case_id: UUID, body: RegisterUnit) -> RegistrationOut:
    """Register the unit of a case; a colleague checks it."""
    registration_id = await registrations.register(work, case_id, body)
    found = await documents.get(work.session, work.as_system().scope, registration_id)
    return RegistrationOut.model_validate(found)


@api.get("/warranty_claims", name="list_warranty_claims")
async def list_claims(
    work: WorkDep, page: PageDep, status: Annotated[list[str] | None, Query(max_length=20)] = None
) -> Page[ClaimOut]:
    """Claims you may see, the last opened first."""
    work.scope.require(VIEW)
    rows = await repository.listed(work.session, work.scope, statuses=status or (), limit=page.limit, before=page.after)
    more = str(rows[-1].id) if len(rows) == page.limit else None
    return Page(items=[_out(row) for row in rows], next=more)


@api.get("/warranty_claims/{claim_id}", name="get_warranty_claim")
async def get_claim(work: WorkDep, claim_id: UUID, response: Response) -> ClaimOut:
    """One claim: the answer that holds now, its facts and the way to it."""
    work.scope.require(VIEW)
    found = await repository.claim(work.session, work.scope, claim_id)
    response.headers["ETag"] = etag(found.version)
    return _out(found)


@api.get("/warranty_claims/{claim_id}/lines", name="list_warranty_claim_lines")
async def list_lines(work: WorkDep, claim_id: UUID) -> list[LineOut]:
    """What a claim asks for, item by item, and what was decided on each; at most 50."""
    work.scope.require(VIEW)
    found = await repository.claim(work.session, work.scope, claim_id)
    return [LineOut.model_validate(one) for one in await records.lines(work.session, work.scope, found.id)]


@api.post("/warranty_terms", status_code=201, name="publish_warranty_terms")
async def publish_terms(work: WorkDep, body: PublishTerms) -> PolicyOut:
    """Publish the next version of the terms of a product, a category or of everything else."""
    return PolicyOut.model_validate(await publishing.publish(work, body))


@api.post("/goodwill_allowances", status_code=201, name="publish_goodwill_allowances")
async def publish_allowances(work: WorkDep, body: PublishGoodwill) -> PolicyOut:
    """Publish the next version of what staff may give beyond the terms, by permission."""
    return PolicyOut.model_validate(await goodwill.publish(work, body))


@api.get("/warranty_registrations/{registration_id}/certificate.pdf", name="warranty_certificate")
async def get_certificate(
    work: WorkDep, registration_id: UUID, lang: Annotated[str, Query(max_length=20)] = DEFAULT
) -> Response:
    """The certificate of an active registration, in the language asked for."""
    work.scope.require(REGISTER)
    return as_pdf(*await certificates.certificate(work, registration_id, lang))


def as_pdf(number: str, pdf: bytes) -> Response:
    """A certificate as it is handed out."""
    headers = {
        "Content-Disposition": f'inline; filename="warranty-{number}.pdf"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(pdf, media_type="application/pdf", headers=headers)


def _out(claim: ClaimView) -> ClaimOut:
    held = claim.verdict
    return ClaimOut(
        id=claim.id,
        number=claim.number,
        status=claim.status,
        version=claim.version,
        case_id=claim.case_id,
        unit_id=claim.unit_id,
        fault_code=claim.fault_code,
        cause_code=claim.cause_code,
        policy_code=held.policy_code,
        policy_version=held.policy_version,
        evaluator_version=held.evaluator_version,
        at=held.at,
        facts=held.facts,
        verdict=held.verdict,
    )
