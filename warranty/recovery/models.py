"""Tables of what is claimed back, in minor units of `currency`. A recovery shares the id of its document."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from aftersales.db.session import Base, Instant, UuidPk

_PARTY = "num_nonnulls(brand_id, supplier_id) = 1"


class Supplier(Base):
    """Whoever delivers parts or products to us and stands for them."""

    __tablename__ = "warranty_supplier"

    id: Mapped[UuidPk]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    created_at: Mapped[Instant]


class SupplierCover(Base):
    """What a supplier covers: a part by its code, or a product by its model, for so many months of the unit's life.

    `percent` of what was granted is theirs. It holds for claims granted from `since` to `until`.
    """

    __tablename__ = "warranty_supplier_cover"

    id: Mapped[UuidPk]
    supplier_id: Mapped[UUID] = mapped_column(ForeignKey("warranty_supplier.id"))
    part_code: Mapped[str]
    months: Mapped[int]
    percent: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    since: Mapped[date]
    until: Mapped[date | None]

    __table_args__ = (
        UniqueConstraint("supplier_id", "part_code", "since", name="uq_warranty_supplier_cover_since"),
        CheckConstraint("months BETWEEN 1 AND 600", name="months"),
        CheckConstraint("percent > 0 AND percent <= 100", name="percent"),
        CheckConstraint("until >= since", name="span"),
        Index("ix_warranty_supplier_cover_part_code", "part_code"),
    )


class Filing(Base):
    """What was claimed at once: of one brand or supplier, at one centre, up to the end of one month."""

    __tablename__ = "warranty_filing"

    id: Mapped[UuidPk]
    number: Mapped[str] = mapped_column(unique=True)
    brand_id: Mapped[UUID | None] = mapped_column(ForeignKey("brand.id"))
    supplier_id: Mapped[UUID | None] = mapped_column(ForeignKey("warranty_supplier.id"))
    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branch.id"))
    month: Mapped[date]
    currency: Mapped[str]
    total_minor: Mapped[int] = mapped_column(BigInteger)
    count: Mapped[int]
    filed_at: Mapped[Instant]
    filed_by: Mapped[UUID | None] = mapped_column(ForeignKey("staff.id"))

    __table_args__ = (
        CheckConstraint(_PARTY, name="party"),
        CheckConstraint("count > 0 AND total_minor > 0", name="something"),
        Index("ix_warranty_filing_branch_id", "branch_id", "id"),
    )


class Recovery(Base):
    """What one brand or supplier owes for one line of a claim, or for goods that went back to them.

    `ripe_at` says since when it may be claimed: the line is closed, or the goods are with them. Only then can it be in
    a filing. A line has one recovery at a time; one that was `withdrawn_at` stands aside. `source` names what it is
    for, so that it arises once.
    """

    __tablename__ = "warranty_recovery"

    id: Mapped[UuidPk] = mapped_column(ForeignKey("document.id"))
    brand_id: Mapped[UUID | None] = mapped_column(ForeignKey("brand.id"))
    supplier_id: Mapped[UUID | None] = mapped_column(ForeignKey("warranty_supplier.id"))
    line_id: Mapped[UUID | None] = mapped_column(ForeignKey("warranty_claim_line.id"))
    source: Mapped[str]
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"))
    product_id: Mapped[UUID] = mapped_column(ForeignKey("product.id"))
    quantity: Mapped[int] = mapped_column(server_default=text("1"))
    currency: Mapped[str]
    due_minor: Mapped[int] = mapped_column(BigInteger)
    accepted_minor: Mapped[int | None] = mapped_column(BigInteger)
    received_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    reference: Mapped[str] = mapped_column(server_default=text("''"))
    ripe_at: Mapped[Instant | None]
    withdrawn_at: Mapped[Instant | None]
    filing_id: Mapped[UUID | None] = mapped_column(ForeignKey("warranty_filing.id"))

    __table_args__ = (
        CheckConstraint(_PARTY, name="party"),
        CheckConstraint("due_minor > 0 AND quantity > 0", name="due"),
        CheckConstraint("accepted_minor BETWEEN 0 AND due_minor", name="accepted"),
        CheckConstraint("received_minor BETWEEN 0 AND coalesce(accepted_minor, 0)", name="received"),
        CheckConstraint("filing_id IS NULL OR ripe_at IS NOT NULL", name="filed_when_ripe"),
        Index("uq_warranty_recovery_source", "source", unique=True, postgresql_where=text("withdrawn_at IS NULL")),
        Index("ix_warranty_recovery_line_id", "line_id", postgresql_where=text("line_id IS NOT NULL")),
        Index("ix_warranty_recovery_filing_id", "filing_id", postgresql_where=text("filing_id IS NOT NULL")),
    )
