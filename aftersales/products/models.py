"""Tables of the catalogue and of units."""

from datetime import date
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from aftersales.db.session import Base, Instant, UuidPk


class Brand(Base):
    """A brand we serve: what messages and pages in its name look like."""

    __tablename__ = "brand"

    id: Mapped[UuidPk]
    name: Mapped[str] = mapped_column(unique=True)
    accent: Mapped[str]
    support_phone: Mapped[str]


class Category(Base):
    """A kind of product. `identifier_kinds` are those a unit may bear; a heavy unit needs two people."""

    __tablename__ = "category"

    id: Mapped[UuidPk]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    heavy: Mapped[bool] = mapped_column(server_default=text("false"))
    identifier_kinds: Mapped[list[str]] = mapped_column(ARRAY(String))


class Product(Base):
    """A model of a brand. Inactive ones are still serviced, only no longer sold."""

    __tablename__ = "product"

    id: Mapped[UuidPk]
    brand_id: Mapped[UUID] = mapped_column(ForeignKey("brand.id"))
    category_id: Mapped[UUID] = mapped_column(ForeignKey("category.id"))
    model: Mapped[str]
    name: Mapped[str]
    price_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str]
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    version: Mapped[int] = mapped_column(server_default=text("1"))

    __table_args__ = (
        UniqueConstraint("brand_id", "model"),
        CheckConstraint("price_minor >= 0", name="price"),
    )


class Unit(Base):
    """One thing somebody owns, or owned until they gave it up, as for another one. Its id is that of its stream."""

    __tablename__ = "unit"

    id: Mapped[UUID] = mapped_column(ForeignKey("stream.id"), primary_key=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("product.id"))
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customer.id"))
    purchased_on: Mapped[date | None]
    delivered_on: Mapped[date | None]
    installed_on: Mapped[date | None]
    manufactured_on: Mapped[date | None]
    invoice_number: Mapped[str | None]
    given_up_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[Instant]

    __table_args__ = (Index("ix_unit_customer_id", "customer_id"), Index("ix_unit_product_id", "product_id"))


class UnitIdentifier(Base):
    """A number that is or was on a unit, as printed and normalised. After a board swap the old one still finds it."""

    __tablename__ = "unit_identifier"

    id: Mapped[UuidPk]
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.id"))
    kind: Mapped[str]
    value: Mapped[str]
    normal: Mapped[str]
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]

    __table_args__ = (
        CheckConstraint("kind IN ('serial', 'imei1', 'imei2', 'indoor_serial', 'outdoor_serial')", name="kind"),
        CheckConstraint("valid_from <= valid_until", name="dates"),
        Index("ix_unit_identifier_unit_id", "unit_id"),
        Index("ix_unit_identifier_normal", "normal"),
        Index(
            "uq_unit_identifier_current",
            "kind",
            "normal",
            unique=True,
            postgresql_where=text("valid_until IS NULL"),
        ),
        Index(
            "uq_unit_identifier_one_of_a_kind",
            "unit_id",
            "kind",
            unique=True,
            postgresql_where=text("valid_until IS NULL"),
        ),
    )
