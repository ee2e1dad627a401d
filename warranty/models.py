"""Tables of warranty. A row shares its document's id and holds no status.

`warranty_verdict` only grows, so that every answer can be replayed: its migration takes the application's right to
rewrite it (``REVOKE UPDATE, DELETE, TRUNCATE ON warranty_verdict FROM aftersales_app``).
"""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from aftersales.db.session import Base, Instant, UuidPk


class WarrantyProof(Base):
    """Evidence of when a unit was sold or came into use. `file_id` is the photo or scan of it."""

    __tablename__ = "warranty_proof"

    id: Mapped[UuidPk]
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    kind: Mapped[str]
    dated_on: Mapped[date]
    reference: Mapped[str] = mapped_column(server_default=text("''"))
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("file.id"))
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    recorded_at: Mapped[Instant]

    __table_args__ = (
        CheckConstraint(
            "kind IN ('invoice', 'registration', 'installation_job', 'dealer_record', 'manufacture')", name="kind"
        ),
        CheckConstraint("kind <> 'invoice' OR reference <> ''", name="invoice_has_number"),
        Index("ix_warranty_proof_unit_id", "unit_id"),
    )


class WarrantyVerdict(Base):
    """One answer, with all it rests on: replaying `facts` under the policy by that evaluator gives `verdict` again."""

    __tablename__ = "warranty_verdict"

    id: Mapped[UuidPk]
    stream_id: Mapped[UUID] = mapped_column(ForeignKey("stream.id"))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    policy_id: Mapped[UUID] = mapped_column(ForeignKey("policy.id"))
    evaluator_version: Mapped[int]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    verdict: Mapped[dict[str, Any]] = mapped_column(JSONB)
    at: Mapped[Instant]

    __table_args__ = (
        Index("ix_warranty_verdict_stream_id", "stream_id", "at"),
        Index("ix_warranty_verdict_unit_id", "unit_id"),
    )


class WarrantyClaim(Base):
    """What is claimed for one fault of one unit. `verdict_id` is the answer that holds now.

    While it is granted, `granted_at` says since when. After an appeal `first_deciders` may not decide on it again.
    """

    __tablename__ = "warranty_claim"

    id: Mapped[UuidPk] = mapped_column(ForeignKey("document.id"))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    fault_code: Mapped[str | None]
    cause_code: Mapped[str | None]
    verdict_id: Mapped[UUID] = mapped_column(ForeignKey("warranty_verdict.id"))
    granted_at: Mapped[Instant | None]
    first_deciders: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()), server_default=text("'{}'"))

    __table_args__ = (
        Index("ix_warranty_claim_verdict_id", "verdict_id"),
        Index("ix_warranty_claim_unit_id", "unit_id"),
    )


class WarrantyClaimLine(Base):
    """What a claim asks for, item by item, in minor units, and what was decided on each.

    `payer` bears it in the end: the company, the brand (with its ticket's number), a supplier, or the customer where it
    was denied. A part is known by its `part_code`; one taken out of another unit names that donor. It is closed once
    the claim is fulfilled, that of a part only when the removed one is back (`removed_part` is what was scanned).
    """

    __tablename__ = "warranty_claim_line"

    id: Mapped[UuidPk]
    claim_id: Mapped[UUID] = mapped_column(ForeignKey("warranty_claim.id"))
    position: Mapped[int]
    cost_class: Mapped[str]
    description: Mapped[str]
    asked_minor: Mapped[int] = mapped_column(BigInteger)
    granted_minor: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str]
    standing: Mapped[str]
    clause: Mapped[str] = mapped_column(server_default=text("''"))
    words: Mapped[str] = mapped_column(server_default=text("''"))
    payer: Mapped[str]
    ticket: Mapped[str] = mapped_column(server_default=text("''"))
    added_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[Instant | None]
    part_code: Mapped[str] = mapped_column(server_default=text("''"))
    donor_unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"))
    removed_part: Mapped[str | None]
    part_back_at: Mapped[Instant | None]
    part_back_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    closed_at: Mapped[Instant | None]

    __table_args__ = (
        UniqueConstraint("claim_id", "position"),
        CheckConstraint("cost_class IN ('parts', 'labour', 'visit', 'consumables')", name="cost_class"),
        CheckConstraint(
            "standing IN ('open', 'approved', 'lowered', 'denied', 'sent_back', 'replaced')", name="standing"
        ),
        CheckConstraint("payer IN ('company', 'brand', 'supplier', 'customer')", name="payer"),
        CheckConstraint("(removed_part IS NULL) = (part_back_at IS NULL)", name="part_back"),
        CheckConstraint(
            "closed_at IS NULL OR standing IN ('approved', 'lowered')"
            " AND (cost_class <> 'parts' OR part_back_at IS NOT NULL)",
            name="closed",
        ),
        Index("uq_warranty_claim_line_removed_part", "removed_part", unique=True),
        Index("ix_warranty_claim_line_part_code", "part_code", postgresql_where=text("part_code <> ''")),
        CheckConstraint("asked_minor > 0 AND granted_minor BETWEEN 0 AND asked_minor", name="amounts"),
        CheckConstraint("standing <> 'denied' OR (clause <> '' AND words <> '')", name="denied_with_reason"),
        CheckConstraint("standing NOT IN ('lowered', 'sent_back') OR words <> ''", name="reason"),
        CheckConstraint("(standing IN ('approved', 'lowered')) = (granted_minor > 0)", name="granted"),
    )


class WarrantyConfirmation(Base):
    """Who proposed to deny a claim, on which cause, clause and photos, and which second person confirmed it.

    `words` are what the customer reads, in the proposer's words. Nothing can be stored that lacks a part of it.
    """

    __tablename__ = "warranty_confirmation"

    id: Mapped[UuidPk]
    claim_id: Mapped[UUID] = mapped_column(ForeignKey("warranty_claim.id"))
    cause_code: Mapped[str]
    clause: Mapped[str]
    words: Mapped[str]
    photo_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    proposed_by: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    proposed_at: Mapped[Instant]
    confirmed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))
    confirmed_at: Mapped[Instant | None]
    withdrawn_at: Mapped[Instant | None]

    __table_args__ = (
        CheckConstraint("cause_code <> '' AND clause <> '' AND words <> ''", name="complete"),
        CheckConstraint("cardinality(photo_ids) > 0", name="photos"),
        CheckConstraint("confirmed_by <> proposed_by", name="two_people"),
        CheckConstraint("(confirmed_by IS NULL) = (confirmed_at IS NULL)", name="confirmed"),
        Index("ix_warranty_confirmation_claim_id", "claim_id"),
        Index(
            "uq_warranty_confirmation_open",
            "claim_id",
            unique=True,
            postgresql_where=text("confirmed_by IS NULL AND withdrawn_at IS NULL"),
        ),
    )


class WarrantyService(Base):
    """A repair or a replacement that a unit has had, with what it leaves behind.

    `lasted` are ends of cover per cost class that hold whatever the terms say: what the unit before this one had.
    """

    __tablename__ = "warranty_service"

    id: Mapped[UuidPk]
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    stream_id: Mapped[UUID] = mapped_column(ForeignKey("stream.id"))
    what: Mapped[str]
    done_on: Mapped[date]
    fault_code: Mapped[str | None]
    cause_code: Mapped[str | None]
    lasted: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'::jsonb"))

    __table_args__ = (
        CheckConstraint("what IN ('repair', 'replacement')", name="what"),
        UniqueConstraint("stream_id", "unit_id", "what", name="uq_warranty_service_stream_id_unit_id_what"),
        Index("ix_warranty_service_unit_id", "unit_id"),
    )


class WarrantyRegistration(Base):
    """A unit that its owner has made known to us, with the proof that came with it.

    `policy_id` is the version of the terms that it was made under, and keeps. `plan_from` is the day on which an
    extended plan was bought; without one the registration is about the product's own warranty. There is no unit yet
    where a customer registered a number that is not known here. `flags` are what to look at (`rules.checks`), `checked`
    what was compared before it became active. `reminded` is what was sent before the end of cover on `reminded_until`.
    """

    __tablename__ = "warranty_registration"

    id: Mapped[UuidPk] = mapped_column(ForeignKey("document.id"))
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"))
    proof_id: Mapped[UUID | None] = mapped_column(ForeignKey("warranty_proof.id"))
    purchased_on: Mapped[date]
    flags: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=text("'{}'"))
    checked: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=text("'{}'"))
    policy_id: Mapped[UUID | None] = mapped_column(ForeignKey("policy.id"))
    plan_from: Mapped[date | None]
    reminded: Mapped[list[str]] = mapped_column(ARRAY(String), server_default=text("'{}'"))
    reminded_until: Mapped[date | None]

    __table_args__ = (
        Index("ix_warranty_registration_unit_id", "unit_id"),
        Index("ix_warranty_registration_policy_id", "policy_id"),
        Index("ix_warranty_registration_proof_id", "proof_id", postgresql_where=text("proof_id IS NOT NULL")),
    )


class WarrantyApplication(Base):
    """What a customer told on the public page when they registered a product: theirs, and erased with them."""

    __tablename__ = "warranty_application"

    id: Mapped[UuidPk] = mapped_column(ForeignKey("warranty_registration.id"))
    number: Mapped[str]
    normal: Mapped[str]
    model: Mapped[str]
    name: Mapped[str]
    phone: Mapped[str]
    language: Mapped[str]
    invoice_number: Mapped[str]
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey("file.id"))
    sent_at: Mapped[Instant]

    __table_args__ = (
        Index("ix_warranty_application_phone", "phone", "sent_at"),
        Index("ix_warranty_application_normal", "normal"),
        Index("ix_warranty_application_file_id", "file_id", postgresql_where=text("file_id IS NOT NULL")),
    )


class WarrantyTransfer(Base):
    """A unit that is to pass from one household to another with its registrations."""

    __tablename__ = "warranty_transfer"

    id: Mapped[UuidPk] = mapped_column(ForeignKey("document.id"))
    registration_id: Mapped[UUID] = mapped_column(ForeignKey("warranty_registration.id"))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    from_customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))
    to_customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))
    until: Mapped[Instant]

    __table_args__ = (
        CheckConstraint("from_customer_id <> to_customer_id", name="two_households"),
        Index("ix_warranty_transfer_registration_id", "registration_id"),
        Index("ix_warranty_transfer_unit_id", "unit_id"),
        Index("ix_warranty_transfer_from_customer_id", "from_customer_id"),
        Index("ix_warranty_transfer_to_customer_id", "to_customer_id"),
    )


class WarrantyConsent(Base):
    """That one of the two owners has agreed, how it reached us and when: by themselves, or as a colleague noted it."""

    __tablename__ = "warranty_consent"

    id: Mapped[UuidPk]
    transfer_id: Mapped[UUID] = mapped_column(ForeignKey("warranty_transfer.id"))
    party: Mapped[str]
    source: Mapped[str]
    given_at: Mapped[Instant]
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))

    __table_args__ = (
        UniqueConstraint("transfer_id", "party"),
        CheckConstraint("party IN ('owner', 'new_owner')", name="party"),
        CheckConstraint("source IN ('page', 'counter', 'phone', 'letter')", name="source"),
        CheckConstraint("(source = 'page') = (person_id IS NOT NULL)", name="who"),
    )


class WarrantyGoodwill(Base):
    """What somebody gave on a claim beyond its terms, in minor units, against the answer that held then."""

    __tablename__ = "warranty_goodwill"

    id: Mapped[UuidPk]
    claim_id: Mapped[UUID] = mapped_column(ForeignKey("warranty_claim.id"))
    verdict_id: Mapped[UUID] = mapped_column(ForeignKey("warranty_verdict.id"))
    policy_id: Mapped[UUID] = mapped_column(ForeignKey("policy.id"))
    classes: Mapped[list[str]] = mapped_column(ARRAY(String))
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    words: Mapped[str]
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    given_at: Mapped[Instant]

    __table_args__ = (
        CheckConstraint("cardinality(classes) > 0 AND amount_minor > 0 AND words <> ''", name="complete"),
        Index("ix_warranty_goodwill_claim_id", "claim_id"),
        Index("ix_warranty_goodwill_verdict_id", "verdict_id"),
        Index("ix_warranty_goodwill_policy_id", "policy_id"),
        Index("ix_warranty_goodwill_staff_id", "staff_id", "given_at"),
    )


class WarrantyOffer(Base):
    """Another product, or what is left of the price, offered on a case. `choices` are `rules.replacing.Choice`, best
    first; `chosen` is the place of the one that was taken up. Of one trigger there is one on a case."""

    __tablename__ = "warranty_offer"

    id: Mapped[UuidPk] = mapped_column(ForeignKey("document.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("stream.id"))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    policy_id: Mapped[UUID] = mapped_column(ForeignKey("policy.id"))
    trigger: Mapped[str]
    choices: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    chosen: Mapped[int | None]

    __table_args__ = (
        UniqueConstraint("case_id", "trigger"),
        CheckConstraint("trigger IN ('dead_on_arrival', 'third_failure', 'part_unavailable')", name="trigger"),
        Index("ix_warranty_offer_unit_id", "unit_id"),
        Index("ix_warranty_offer_policy_id", "policy_id"),
    )


class WarrantyUpkeep(Base):
    """A maintenance visit of a plan that was asked for: which of the plan's, and on which case."""

    __tablename__ = "warranty_upkeep"

    id: Mapped[UuidPk]
    registration_id: Mapped[UUID] = mapped_column(ForeignKey("warranty_registration.id"))
    position: Mapped[int]
    case_id: Mapped[UUID] = mapped_column(ForeignKey("stream.id"))
    visit_id: Mapped[UUID | None]

    __table_args__ = (
        UniqueConstraint("registration_id", "position"),
        Index("ix_warranty_upkeep_case_id", "case_id"),
    )
