"""Tables of customers. All of it is personal data and can be erased."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from aftersales.db.session import Base, Instant, UuidPk


class Customer(Base):
    """A household or an organisation. `version` covers its people, phones and addresses too.

    `own_number` is what another system knows them by, such as the one before this.
    """

    __tablename__ = "customer"

    id: Mapped[UuidPk]
    kind: Mapped[str] = mapped_column(server_default=text("'household'"))
    name: Mapped[str | None]
    timezone: Mapped[str]
    since: Mapped[date]
    notes: Mapped[str] = mapped_column(server_default=text("''"))
    own_number: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[Instant]

    __table_args__ = (
        CheckConstraint("kind IN ('household', 'organisation')", name="kind"),
        # A household is called by its first person; only an organisation has a name of its own.
        CheckConstraint("(kind = 'organisation') = (name IS NOT NULL)", name="organisation_has_name"),
        Index("uq_customer_own_number", "own_number", unique=True, postgresql_where=text("own_number IS NOT NULL")),
    )


class Person(Base):
    """Somebody in a household or organisation, as they want to be written to. The lowest position comes first."""

    __tablename__ = "person"

    id: Mapped[UuidPk]
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(server_default=text("0"))
    name: Mapped[str]
    name_local: Mapped[str | None]
    language: Mapped[str]
    courtesy: Mapped[str] = mapped_column(server_default=text("''"))
    prefers: Mapped[str] = mapped_column(server_default=text("'text'"))
    email: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("prefers IN ('voice', 'text')", name="prefers"),
        Index("ix_person_customer_id", "customer_id", "position"),
    )


class PersonPhone(Base):
    """A phone a person can be reached on, in E.164. Several people, even of several households, may share one."""

    __tablename__ = "person_phone"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    e164: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(server_default=text("0"))

    __table_args__ = (Index("ix_person_phone_e164", "e164"),)


class Address(Base):
    """Where a unit stands and how to get to it. The lowest position comes first."""

    __tablename__ = "address"

    id: Mapped[UuidPk]
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(server_default=text("0"))
    line1: Mapped[str]
    landmark: Mapped[str] = mapped_column(server_default=text("''"))
    floor: Mapped[str] = mapped_column(server_default=text("''"))
    gate: Mapped[str] = mapped_column(server_default=text("''"))
    has_lift: Mapped[bool | None]
    locality: Mapped[str]
    city: Mapped[str]
    postcode: Mapped[str]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]

    __table_args__ = (
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="whole_position"),
        CheckConstraint("latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name="on_earth"),
        Index("ix_address_customer_id", "customer_id", "position"),
    )
