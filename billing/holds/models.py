"""The rows of a security."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import TIMESTAMP, BigInteger, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from aftersales.db.session import Base, Instant, UuidPk


class Hold(Base):
    """How much is held for what (`key`, once and for all). A card's amount is blocked under `reference`; a deposit has
    been paid by `method` and counted as a payment; what is blocked `online` is a `CardHold` too."""

    __tablename__ = "hold"

    id: Mapped[UuidPk] = mapped_column(ForeignKey("document.id"))
    about_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"))
    key: Mapped[UUID]
    way: Mapped[str]
    currency: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    method: Mapped[str]
    reference: Mapped[str | None]
    placed_at: Mapped[Instant]

    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("way IN ('card', 'deposit', 'online')", name="way"),
        CheckConstraint("way <> 'card' OR (method = 'card' AND reference IS NOT NULL)", name="card"),
        Index("uq_hold_key", "key", unique=True),
        Index("uq_hold_reference", "reference", unique=True, postgresql_where=text("way = 'card'")),
        Index("ix_hold_about_id", "about_id"),
    )


class HoldOutcome(Base):
    """What was decided on a security. Its key is the security's own: there is one decision, and it is never changed.
    `reference` is what the card's terminal or the bank calls its execution."""

    __tablename__ = "hold_outcome"

    hold_id: Mapped[UUID] = mapped_column(ForeignKey("hold.id"), primary_key=True)
    outcome: Mapped[str]
    decided_at: Mapped[Instant]
    reference: Mapped[str | None]
    done_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))

    __table_args__ = (CheckConstraint("outcome IN ('released', 'captured')", name="outcome"),)


class CardHold(Base):
    """A security at a gateway. `turn` counts the pages that were opened for it, one after the other, and `faults` the
    failures of the gateway after which another key is needed. `session` and `page` are of the page that is open until
    `page_ends_at`; `reference` is the payment, which the bank holds until `held_until`. `differs_at`: the gateway said
    what nobody here had decided."""

    __tablename__ = "card_hold"

    hold_id: Mapped[UUID] = mapped_column(ForeignKey("hold.id"), primary_key=True)
    gateway: Mapped[str]
    asked_at: Mapped[Instant]
    asked_until: Mapped[Instant]
    turn: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    faults: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    session: Mapped[str | None]
    page: Mapped[str | None]
    page_ends_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    refused: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    reference: Mapped[str | None]
    held_until: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    warned_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))
    differs_at: Mapped[datetime | None] = mapped_column(TIMESTAMP(timezone=True))

    __table_args__ = (
        Index("uq_card_hold_session", "session", unique=True),
        Index("uq_card_hold_reference", "reference", unique=True),
    )


class GatewayNotice(Base):
    """What a gateway has told us, by its own name of it, so that it is heard once. Kept for a month."""

    __tablename__ = "gateway_notice"

    id: Mapped[str] = mapped_column(primary_key=True)
    heard_at: Mapped[Instant]

    __table_args__ = (Index("ix_gateway_notice_heard_at", "heard_at"),)
