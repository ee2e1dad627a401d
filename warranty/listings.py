"""Lists of claims and registrations as files."""

from aftersales.cases.document_lists import document_list
from aftersales.i18n import N_
from aftersales.module import Column
from aftersales.policies.models import Policy
from aftersales.status.models import Document
from warranty.models import WarrantyClaim, WarrantyProof, WarrantyRegistration, WarrantyVerdict
from warranty.permissions import VIEW

LISTINGS = (
    document_list(
        "warranty_claim",
        "warranty_claims",
        N_("Warranty claims"),
        VIEW,
        (
            Column("fault_code", WarrantyClaim.fault_code),
            Column("cause_code", WarrantyClaim.cause_code),
            Column("policy", Policy.code),
            Column("policy_version", Policy.version),
            Column("answered_at", WarrantyVerdict.at),
        ),
        lambda query: (
            query.join(WarrantyClaim, WarrantyClaim.id == Document.id)
            .join(WarrantyVerdict, WarrantyVerdict.id == WarrantyClaim.verdict_id)
            .join(Policy, Policy.id == WarrantyVerdict.policy_id)
        ),
    ),
    document_list(
        "warranty_registration",
        "warranty_registrations",
        N_("Warranty registrations"),
        VIEW,
        (
            Column("purchased_on", WarrantyRegistration.purchased_on),
            Column("proof", WarrantyProof.kind),
            Column("proof_dated_on", WarrantyProof.dated_on),
        ),
        lambda query: query.join(WarrantyRegistration, WarrantyRegistration.id == Document.id).outerjoin(
            WarrantyProof, WarrantyProof.id == WarrantyRegistration.proof_id
        ),
    ),
)
