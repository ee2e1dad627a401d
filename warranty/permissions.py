"""Permissions about warranty, and the roles that hold them by default."""

from aftersales.i18n import N_
from aftersales.module import Permission, Role

VIEW = "warranty_claim.view"
OPEN = "warranty_claim.open"
RECORD_PROOF = "warranty_claim.record_proof"
REGISTER = "warranty_registration.register"
TRANSFER = "warranty_registration.transfer"

PERMISSIONS = (
    Permission(VIEW, N_("See coverage and claims")),
    Permission(OPEN, N_("Open warranty claims")),
    Permission("warranty_claim.review", N_("Review warranty claims")),
    Permission("warranty_claim.approve", N_("Approve warranty claims")),
    Permission("warranty_claim.pre_authorise", N_("Pre-authorise claims above the limit")),
    Permission("warranty_claim.propose", N_("Propose to deny a claim")),
    Permission("warranty_claim.deny", N_("Confirm a denial as the second person")),
    Permission("warranty_claim.scan_part", N_("Scan removed parts back in")),
    Permission("warranty_claim.goodwill", N_("Give goodwill inside an everyday allowance")),
    Permission("warranty_claim.goodwill_large", N_("Give goodwill inside a large allowance")),
    Permission("replacement_offer.answer", N_("Answer offers of a replacement for customers")),
    Permission(RECORD_PROOF, N_("Record a proof of purchase")),
    Permission(REGISTER, N_("Register units")),
    Permission("warranty_registration.verify", N_("Check registrations")),
    Permission(TRANSFER, N_("Pass warranties to new owners")),
)

_ALL = frozenset(p.name for p in PERMISSIONS)
_EVERYDAY = _ALL - {"warranty_claim.pre_authorise", "warranty_claim.goodwill_large"}
_READ = frozenset({VIEW})

ROLES = (
    Role("coordinator", N_("Service coordinator"), _EVERYDAY),
    Role("service_engineer", N_("Service engineer"), _EVERYDAY),
    Role("manager", N_("Service manager"), _ALL),
    Role("technician", N_("Technician"), _READ | {RECORD_PROOF, "warranty_claim.scan_part"}, assigned_only=True),
    Role("finance", N_("Finance"), _READ),
)
