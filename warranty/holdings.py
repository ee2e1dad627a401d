"""What shows how old a unit is, and the words in which claims were answered."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, String, Uuid, bindparam, exists, func, or_, select, text, update

from aftersales.db.holding import gone, told
from aftersales.files import service as files
from aftersales.files.models import File
from aftersales.i18n import N_
from aftersales.module import Holding
from aftersales.status.models import Document
from aftersales.subject import ERASED_WORDS, Line, Subject, counted, mentions
from aftersales.work import Work
from warranty import own_proofs
from warranty.models import (
    WarrantyApplication,
    WarrantyClaim,
    WarrantyClaimLine,
    WarrantyConfirmation,
    WarrantyConsent,
    WarrantyGoodwill,
    WarrantyProof,
    WarrantyRegistration,
    WarrantyService,
    WarrantyVerdict,
)

# Verdicts only grow: the application may rewrite none, and has these functions of the owner's, which take the
# references of proofs out of them and nothing else.
_FORGET_SOME = text("SELECT warranty_verdict_forget_some(:units, :references)").bindparams(
    bindparam("units", type_=ARRAY(Uuid())), bindparam("references", type_=ARRAY(String()))
)
_FORGET = text("SELECT warranty_verdict_forget(:units)").bindparams(bindparam("units", type_=ARRAY(Uuid())))
STANDS = N_("Verdicts stand with their rule, dates and outcome, without the numbers of proofs.")


async def export(work: Work, subject: Subject) -> Any:
    """Proofs, every answer with its facts and reasons, and what was proposed about claims."""
    session = work.session
    streams = subject.streams | subject.shared
    claims = select(WarrantyClaim.id).join(Document, Document.id == WarrantyClaim.id)
    confirmations = select(*WarrantyConfirmation.__table__.c).where(
        WarrantyConfirmation.claim_id.in_(claims.where(Document.stream_id.in_(streams)))
    )
    own = await own_proofs.of_subject(session, subject)
    mine = or_(WarrantyProof.unit_id.in_(streams), WarrantyProof.id.in_(own.ids))
    proofs = select(*WarrantyProof.__table__.c).where(mine)
    verdicts = select(*WarrantyVerdict.__table__.c).where(WarrantyVerdict.stream_id.in_(streams))
    services = select(*WarrantyService.__table__.c).where(WarrantyService.stream_id.in_(streams))
    applications = (
        select(*WarrantyApplication.__table__.c)
        .join(WarrantyRegistration, WarrantyRegistration.id == WarrantyApplication.id)
        .where(or_(_registered(subject), WarrantyApplication.phone.in_(subject.names)))
    )
    asked = select(*WarrantyClaimLine.__table__.c).where(
        WarrantyClaimLine.claim_id.in_(claims.where(Document.stream_id.in_(streams)))
    )
    kindly = select(*WarrantyGoodwill.__table__.c).where(
        WarrantyGoodwill.claim_id.in_(claims.where(Document.stream_id.in_(streams)))
    )
    consents = select(*WarrantyConsent.__table__.c).where(WarrantyConsent.person_id.in_(subject.people))
    return {
        "goodwill": await told(session, kindly.order_by(WarrantyGoodwill.id)),
        "consents": await told(session, consents.order_by(WarrantyConsent.id)),
        "lines": await told(session, asked.order_by(WarrantyClaimLine.id)),
        "registrations": await told(session, applications.order_by(WarrantyApplication.id)),
        "services": await told(session, services.order_by(WarrantyService.id)),
        "proofs": await told(session, proofs.order_by(WarrantyProof.id)),
        "verdicts": await told(session, verdicts.order_by(WarrantyVerdict.id)),
        "findings": await told(session, confirmations.order_by(WarrantyConfirmation.id)),
    }


async def erase(work: Work, subject: Subject) -> Sequence[Line]:
    """Numbers of proofs, their scans, and the words about claims; rules, dates and outcomes stand. Of a unit that was
    somebody else's too, theirs alone."""
    session = work.session
    own = await own_proofs.of_subject(session, subject)
    proofs = (
        update(WarrantyProof)
        .where(or_(WarrantyProof.unit_id.in_(subject.streams), WarrantyProof.id.in_(own.ids)))
        .where(or_(WarrantyProof.reference.not_in(["", ERASED_WORDS]), WarrantyProof.file_id.is_not(None)))
        .values(reference=ERASED_WORDS, file_id=None)
    )
    on_stream = exists().where(
        Document.id == WarrantyConfirmation.claim_id,
        or_(
            Document.stream_id.in_(subject.streams),
            Document.stream_id.in_(subject.shared) & mentions(WarrantyConfirmation.words, subject),
        ),
    )
    words = update(WarrantyConfirmation).where(on_stream, WarrantyConfirmation.words != ERASED_WORDS)
    theirs = exists().where(WarrantyRegistration.id == WarrantyApplication.id, _registered(subject))
    sent = (
        update(WarrantyApplication)
        .where(or_(theirs, WarrantyApplication.phone.in_(subject.names)), WarrantyApplication.name != ERASED_WORDS)
        .values(
            dict.fromkeys(("number", "normal", "model", "name", "phone", "invoice_number"), ERASED_WORDS)
            | {"file_id": None}
        )
    )
    asked = (
        update(WarrantyClaimLine)
        .where(
            exists().where(Document.id == WarrantyClaimLine.claim_id, Document.stream_id.in_(subject.streams)),
            WarrantyClaimLine.words.not_in(["", ERASED_WORDS]),
        )
        .values(words=ERASED_WORDS)
    )
    kindly = (
        update(WarrantyGoodwill)
        .where(
            exists().where(Document.id == WarrantyGoodwill.claim_id, Document.stream_id.in_(subject.streams)),
            WarrantyGoodwill.words != ERASED_WORDS,
        )
        .values(words=ERASED_WORDS)
    )
    lines = [
        await gone(session, N_("Words about goodwill"), kindly),
        await gone(session, N_("Words about lines of claims"), asked),
        await gone(session, N_("Registrations that customers sent"), sent),
        await gone(session, N_("Numbers of proofs"), proofs),
        await gone(session, N_("Words about claims"), words.values(words=ERASED_WORDS)),
    ]
    await files.forget(work, File.id.in_(own.files))
    cleaned = (await session.execute(_FORGET, {"units": sorted(subject.streams)})).scalar_one()
    some = {"units": sorted(subject.passed), "references": sorted(own.references)}
    cleaned += (await session.execute(_FORGET_SOME, some)).scalar_one() if own.references else 0
    kept = select(func.count()).where(WarrantyVerdict.unit_id.in_(subject.streams))
    count = (await session.execute(kept)).scalar_one()
    lines.append(Line(N_("Numbers of proofs in verdicts"), cleaned))
    return counted([*lines, Line(N_("Verdicts"), count, kept=True, why=STANDS)])


def _registered(subject: Subject) -> ColumnElement[bool]:
    """Registrations of units that concern them alone; of others, those in their name."""
    alone = WarrantyRegistration.unit_id.in_(subject.streams)
    if not subject.everybody:
        return alone
    named = exists().where(Document.id == WarrantyRegistration.id, Document.customer_id == subject.customer_id)
    return or_(alone, WarrantyRegistration.unit_id.in_(subject.passed) & named)


HOLDINGS = (
    Holding(
        "warranty",
        N_("Warranty"),
        personal=frozenset(
            {
                "warranty_proof.reference",
                "warranty_confirmation.words",
                "warranty_claim_line.description",
                "warranty_claim_line.words",
                "warranty_goodwill.words",
                "warranty_claim_line.ticket",
                "warranty_verdict.facts",
                "warranty_verdict.verdict",
                "warranty_application.number",
                "warranty_application.normal",
                "warranty_application.model",
                "warranty_application.name",
                "warranty_application.phone",
                "warranty_application.language",
                "warranty_application.invoice_number",
            }
        ),
        plain=frozenset(
            {
                "warranty_claim.fault_code",
                "warranty_claim.cause_code",
                "warranty_confirmation.cause_code",
                "warranty_confirmation.clause",
                "warranty_claim_line.cost_class",
                "warranty_claim_line.currency",
                "warranty_claim_line.standing",
                "warranty_claim_line.clause",
                "warranty_claim_line.payer",
                "warranty_claim_line.part_code",
                "warranty_claim_line.removed_part",
                "warranty_goodwill.classes",
                "warranty_goodwill.currency",
                "warranty_offer.choices",
                "warranty_registration.flags",
                "warranty_registration.reminded",
                "warranty_registration.checked",
                "warranty_service.fault_code",
                "warranty_service.cause_code",
                "warranty_service.lasted",
            }
        ),
        export=export,
        erase=erase,
    ),
)
