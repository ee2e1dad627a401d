"""Tables of returns. A row shares its document's id and holds no status; free words stand apart and can be erased."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    TIMESTAMP,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Numeric,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from aftersales.db.session import Base, Instant, UuidPk


class Return(Base):
    """What is to be given back, and what the rule said of it: the verdict with all it rests on, so that it can be
    replayed. Without published terms there is no verdict."""

    __tablename__ = "product_return"

    id: Mapped[UuidPk] = mapped_column(ForeignKey("document.id"))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    reason_code: Mapped[str]
    policy_id: Mapped[UUID | None] = mapped_column(ForeignKey("policy.id"))
    evaluator_version: Mapped[int]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    verdict: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    goodwill_code: Mapped[str | None]
    asked_at: Mapped[Instant]
    return_by: Mapped[Instant | None]
    settle_by: Mapped[Instant | None]

    __table_args__ = (
        CheckConstraint("(policy_id IS NULL) = (verdict IS NULL)", name="verdict_has_policy"),
        Index("ix_product_return_unit_id", "unit_id"),
    )


class ReturnWords(Base):
    """What the customer wrote, and what we answered. Personal data: it goes with the person."""

    __tablename__ = "product_return_words"

    return_id: Mapped[UUID] = mapped_column(ForeignKey("product_return.id"), primary_key=True)
    asked: Mapped[str]
    answered: Mapped[str | None]
    goodwill: Mapped[str | None]


class ReturnWish(Base):
    """What the customer would like to get, how they chose to have it come to us, and the visit that fetches it."""

    __tablename__ = "product_return_wish"

    return_id: Mapped[UUID] = mapped_column(ForeignKey("product_return.id"), primary_key=True)
    wish: Mapped[str | None]
    coming: Mapped[str | None]
    pickup_id: Mapped[UUID | None] = mapped_column(ForeignKey("document.id"))

    __table_args__ = (
        CheckConstraint("wish IN ('refund', 'store_credit', 'exchange', 'repair')", name="wish"),
        CheckConstraint("coming IN ('pickup', 'drop_off')", name="coming"),
        Index("uq_product_return_wish_pickup_id", "pickup_id", unique=True),
    )


class ReturnLine(Base):
    """One product of a return, so many pieces of it, and how many have reached us. The first line is the return's own
    unit; staff add further ones. A line that names a unit is one piece."""

    __tablename__ = "product_return_line"

    id: Mapped[UuidPk]
    return_id: Mapped[UUID] = mapped_column(ForeignKey("product_return.id"))
    position: Mapped[int]
    product_id: Mapped[UUID] = mapped_column(ForeignKey("product.id"))
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"))
    quantity: Mapped[int]
    received: Mapped[int]
    reason_code: Mapped[str]

    __table_args__ = (
        UniqueConstraint("return_id", "position"),
        CheckConstraint("quantity BETWEEN 1 AND 500", name="quantity"),
        CheckConstraint("received BETWEEN 0 AND quantity", name="received"),
        CheckConstraint("unit_id IS NULL OR quantity = 1", name="unit_is_one"),
        Index("ix_product_return_line_unit_id", "unit_id"),
    )


class ReturnFinding(Base):
    """What an inspection found on so many pieces of a line. Never changed: another look stands beside it."""

    __tablename__ = "product_return_finding"

    id: Mapped[UuidPk]
    line_id: Mapped[UUID] = mapped_column(ForeignKey("product_return_line.id"))
    quantity: Mapped[int]
    grade: Mapped[str]
    no_fault: Mapped[bool]
    wrong_item: Mapped[bool]
    missing: Mapped[list[str]] = mapped_column(ARRAY(String))
    found_at: Mapped[Instant]
    found_by: Mapped[UUID | None]

    __table_args__ = (
        CheckConstraint("quantity >= 1", name="quantity"),
        CheckConstraint("grade IN ('A', 'B', 'C', 'D')", name="grade"),
        Index("ix_product_return_finding_line_id", "line_id"),
    )


class ReturnMovement(Base):
    """One step of a piece from place to place, never changed.

    The steps of an `item` form one chain: each begins where the one before it ended, and no two follow the same one. So
    a piece is in one place at any time, whatever is tried at once.
    """

    __tablename__ = "product_return_movement"

    item: Mapped[str] = mapped_column(primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True)
    prior_step: Mapped[int | None]
    from_place: Mapped[str | None]
    place: Mapped[str]
    return_id: Mapped[UUID] = mapped_column(ForeignKey("product_return.id"))
    line_id: Mapped[UUID] = mapped_column(ForeignKey("product_return_line.id"))
    disposition: Mapped[str | None]
    moved_at: Mapped[Instant]
    moved_by: Mapped[UUID | None]

    __table_args__ = (
        UniqueConstraint("item", "step", "place"),
        ForeignKeyConstraint(
            ["item", "prior_step", "from_place"],
            ["product_return_movement.item", "product_return_movement.step", "product_return_movement.place"],
            name="fk_product_return_movement_prior",
        ),
        CheckConstraint(
            "(step = 1 AND prior_step IS NULL AND from_place IS NULL)"
            " OR (prior_step IS NOT NULL AND from_place IS NOT NULL AND step = prior_step + 1 AND step > 1)",
            name="chain",
        ),
        CheckConstraint("place IN ('customer', 'courier', 'hub', 'bench', 'vendor', 'stock', 'scrap')", name="place"),
        Index("ix_product_return_movement_return_id", "return_id", "line_id"),
        # The few that came though their return is over.
        Index(
            "ix_product_return_movement_kept",
            "return_id",
            postgresql_where=text("place = 'hub' AND disposition = 'hand_back'"),
        ),
    )


class ReturnPaid(Base):
    """What was paid for each piece of a line, tax included, how, and what proves it."""

    __tablename__ = "product_return_paid"

    line_id: Mapped[UUID] = mapped_column(ForeignKey("product_return_line.id"), primary_key=True)
    currency: Mapped[str]
    piece_minor: Mapped[int] = mapped_column(BigInteger)
    tax_rate: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    method: Mapped[str]
    proof: Mapped[str]
    reference: Mapped[str]
    recorded_at: Mapped[Instant]
    recorded_by: Mapped[UUID | None]

    __table_args__ = (
        CheckConstraint("piece_minor > 0", name="piece"),
        CheckConstraint("tax_rate BETWEEN 0 AND 100", name="tax_rate"),
        CheckConstraint("method IN ('upi', 'card', 'bank_transfer', 'cash', 'cheque')", name="method"),
        CheckConstraint("proof IN ('invoice', 'order', 'statement', 'dealer')", name="proof"),
    )


class ReturnExchange(Base):
    """Another unit that was handed over for a piece: which one for which, where, and the difference in price.

    Above zero the customer has paid it (`order_id` is the payment), below zero it is paid back (a refund). A unit is
    exchanged once, and no unit is given twice.
    """

    __tablename__ = "product_return_exchange"

    id: Mapped[UuidPk]
    resolution_id: Mapped[UUID] = mapped_column(ForeignKey("product_return_resolution.id"))
    piece: Mapped[int]
    old_unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"))
    new_unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    way: Mapped[str]
    currency: Mapped[str]
    difference_minor: Mapped[int] = mapped_column(BigInteger)
    order_id: Mapped[UUID | None]
    made_at: Mapped[Instant]
    made_by: Mapped[UUID | None]
    done_at: Mapped[Instant | None]

    __table_args__ = (
        UniqueConstraint("resolution_id", "piece"),
        CheckConstraint("way IN ('counter', 'courier', 'door')", name="way"),
        Index("uq_product_return_exchange_old_unit_id", "old_unit_id", unique=True),
        Index("uq_product_return_exchange_new_unit_id", "new_unit_id", unique=True),
        Index("uq_product_return_exchange_order_id", "order_id", unique=True),
    )


class ReturnResolution(Base):
    """How the pieces `first` … `first + quantity - 1` of a line are settled. A piece is in one of them alone.

    `amount_minor` is what the customer gets, tax included, after the fee; `order_id` what was asked of others for it.
    """

    __tablename__ = "product_return_resolution"

    id: Mapped[UuidPk]
    return_id: Mapped[UUID] = mapped_column(ForeignKey("product_return.id"))
    line_id: Mapped[UUID] = mapped_column(ForeignKey("product_return_line.id"))
    first: Mapped[int]
    quantity: Mapped[int]
    resolution: Mapped[str]
    currency: Mapped[str | None]
    amount_minor: Mapped[int | None] = mapped_column(BigInteger)
    fee_minor: Mapped[int | None] = mapped_column(BigInteger)
    tax_minor: Mapped[int | None] = mapped_column(BigInteger)
    order_id: Mapped[UUID | None]
    chosen_at: Mapped[Instant]
    chosen_by: Mapped[UUID | None]
    done_at: Mapped[Instant | None]

    __table_args__ = (
        CheckConstraint("first >= 1 AND quantity BETWEEN 1 AND 500", name="pieces"),
        CheckConstraint(
            "resolution IN ('refund', 'store_credit', 'exchange', 'replacement', 'repair', 'keep_item',"
            " 'return_as_is')",
            name="resolution",
        ),
        CheckConstraint(
            "(currency IS NULL) = (amount_minor IS NULL)"
            " AND (amount_minor IS NULL"
            " OR amount_minor >= 0 AND fee_minor >= 0 AND tax_minor BETWEEN 0 AND amount_minor)",
            name="amount",
        ),
        CheckConstraint("resolution NOT IN ('refund', 'store_credit') OR amount_minor IS NOT NULL", name="money"),
        ExcludeConstraint(
            ("line_id", "="),
            (text("int4range(first, first + quantity)"), "&&"),
            name="ex_product_return_resolution_pieces",
            using="gist",
        ),
        Index("ix_product_return_resolution_return_id", "return_id"),
        Index("uq_product_return_resolution_order_id", "order_id", unique=True),
    )


class ReturnAdvance(Base):
    """Another unit that goes out before the old one is back, against security: the line it is for, what is held, and
    until when the old one is due. `keep_at` is from when the security may be kept; it is set when the customer is told.
    `next_hold_id` takes the place of `hold_id` once it is held: the bank soon frees the one that there is.
    """

    __tablename__ = "product_return_advance"

    id: Mapped[UuidPk] = mapped_column(ForeignKey("document.id"))
    return_id: Mapped[UUID] = mapped_column(ForeignKey("product_return.id"))
    line_id: Mapped[UUID] = mapped_column(ForeignKey("product_return_line.id"))
    hold_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"))
    currency: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    way: Mapped[str | None]
    new_unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"))
    due_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    keep_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    next_hold_id: Mapped[UUID | None] = mapped_column(ForeignKey("document.id"))

    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("(way IS NULL) = (new_unit_id IS NULL) AND way IN ('counter', 'courier')", name="way"),
        Index("ix_product_return_advance_return_id", "return_id"),
        Index("ix_product_return_advance_line_id", "line_id"),
        Index("uq_product_return_advance_hold_id", "hold_id", unique=True),
        Index("uq_product_return_advance_next_hold_id", "next_hold_id", unique=True),
        Index("uq_product_return_advance_new_unit_id", "new_unit_id", unique=True),
    )
