"""Tables of who is who: branches, staff and what they are granted, sessions, links, codes, limits, kept answers.

No secret is stored that would open anything: sessions by the SHA-256 of their token, links and codes as what their
token or digits are derived from, passwords as argon2id.
"""

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Numeric, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from aftersales.db.session import Base, Instant, UuidPk


class Branch(Base):
    """A service centre. `code` begins the numbers it gives; `timezone` and `currency` are its customers' defaults."""

    __tablename__ = "branch"

    id: Mapped[UuidPk]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    phone: Mapped[str]
    address: Mapped[str]
    postcode: Mapped[str]
    timezone: Mapped[str]
    currency: Mapped[str]
    latitude: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))
    longitude: Mapped[Decimal | None] = mapped_column(Numeric(9, 6))

    __table_args__ = (CheckConstraint("code ~ '^[A-Z]{2,5}$'", name="code"),)


class Staff(Base):
    """A person who works here. `branch_id` is where they are at home; `login` is kept in lower case.

    With `must_change` the password was made for them: it opens nothing but the page where they choose their own.
    """

    __tablename__ = "staff"

    id: Mapped[UuidPk]
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    language: Mapped[str] = mapped_column(server_default=text("'en'"))
    branch_id: Mapped[UUID] = mapped_column(ForeignKey("branch.id"))
    password_hash: Mapped[str]
    must_change: Mapped[bool] = mapped_column(server_default=text("false"))
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[Instant] = mapped_column(server_default=text("now()"))

    __table_args__ = (
        CheckConstraint("login = lower(login) AND login <> ''", name="login"),
        Index("ix_staff_branch_id", "branch_id"),
    )


class Grant(Base):
    """One role held by one person, in one branch or (null) in all."""

    __tablename__ = "staff_grant"

    id: Mapped[UuidPk]
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"))
    role: Mapped[str]
    branch_id: Mapped[UUID | None] = mapped_column(ForeignKey("branch.id"))

    __table_args__ = (
        Index("uq_staff_grant_held", "staff_id", "role", "branch_id", unique=True, postgresql_nulls_not_distinct=True),
        Index("ix_staff_grant_role", "role", "branch_id"),
        Index("ix_staff_grant_branch_id", "branch_id", postgresql_where=text("branch_id IS NOT NULL")),
    )


class StaffSession(Base):
    """A sign-in. It ends at `expires_at`, which use moves forward, but never beyond `ends_at`."""

    __tablename__ = "staff_session"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"))
    created_at: Mapped[Instant]
    seen_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    ends_at: Mapped[Instant]

    __table_args__ = (
        Index("ix_staff_session_staff_id", "staff_id"),
        Index("ix_staff_session_expires_at", "expires_at"),
    )


class ApiClient(Base):
    """A program that works for us by the API: what it may do of what its maker may, until when, and when it last did.

    `due_at` is when its allowance of requests will be full again (`limits`), in its own row, so that one statement
    both recognises it and counts. It has no index on purpose: a request then writes nothing but the row (HOT).
    """

    __tablename__ = "api_client"

    id: Mapped[UuidPk]
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"))
    name: Mapped[str]
    permissions: Mapped[list[str]] = mapped_column(ARRAY(String))
    branch_id: Mapped[UUID | None] = mapped_column(ForeignKey("branch.id"))
    secret_hash: Mapped[bytes]
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    revoked_at: Mapped[Instant | None]
    last_used_at: Mapped[Instant | None]
    due_at: Mapped[Instant]

    __table_args__ = (
        Index("ix_api_client_staff_id", "staff_id"),
        Index("ix_api_client_branch_id", "branch_id", postgresql_where=text("branch_id IS NOT NULL")),
    )


class CustomerLink(Base):
    """The right of one person to one stream. Its token is derived from id, kind and `generation`; raising the
    generation ends every token and cookie that was made before. `short_hash` finds the short form, if there is one."""

    __tablename__ = "customer_link"

    id: Mapped[UuidPk]
    stream_id: Mapped[UUID] = mapped_column(ForeignKey("stream.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    read_only: Mapped[bool]
    generation: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    short_hash: Mapped[bytes | None]

    __table_args__ = (
        UniqueConstraint("stream_id", "person_id", "read_only"),
        Index("uq_customer_link_short_hash", "short_hash", unique=True),
        Index("ix_customer_link_person_id", "person_id"),
    )


class CustomerSession(Base):
    """The cookie that a customer link was exchanged for."""

    __tablename__ = "customer_session"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    link_id: Mapped[UUID] = mapped_column(ForeignKey("customer_link.id", ondelete="CASCADE"))
    generation: Mapped[int]
    created_at: Mapped[Instant]
    expires_at: Mapped[Instant]

    __table_args__ = (
        Index("ix_customer_session_link_id", "link_id"),
        Index("ix_customer_session_expires_at", "expires_at"),
    )


class OneTimeCode(Base):
    """What one person may be asked for once: one row per purpose, subject and person, its digits derived.

    A new `generation` is a new code; `attempts` counts wrong answers to the present one. `issued` codes since
    `window_at` are limited per hour.
    """

    __tablename__ = "one_time_code"

    id: Mapped[UuidPk]
    purpose: Mapped[str]
    subject_id: Mapped[UUID]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    stream_id: Mapped[UUID | None] = mapped_column(ForeignKey("stream.id"))
    generation: Mapped[int] = mapped_column(server_default=text("1"))
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    sends: Mapped[int] = mapped_column(server_default=text("0"))
    issued: Mapped[int] = mapped_column(server_default=text("1"))
    window_at: Mapped[Instant]
    issued_at: Mapped[Instant]
    expires_at: Mapped[Instant]
    consumed_at: Mapped[Instant | None]

    __table_args__ = (
        UniqueConstraint("subject_id", "purpose", "person_id"),
        Index("ix_one_time_code_person_id", "person_id"),
        Index("ix_one_time_code_expires_at", "expires_at"),
    )


class RateLimit(Base):
    """When the next attempt of a kind by a subject is due at its steady rate. `key` holds no address or name."""

    __tablename__ = "rate_limit"

    key: Mapped[str] = mapped_column(primary_key=True)
    due_at: Mapped[Instant]

    __table_args__ = (Index("ix_rate_limit_due_at", "due_at"),)


class Idempotency(Base):
    """The first answer to a request that carried a key, kept to be given again."""

    __tablename__ = "idempotency"

    principal: Mapped[str] = mapped_column(primary_key=True)
    route: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    body_hash: Mapped[str]
    status: Mapped[int]
    headers: Mapped[dict[str, Any]] = mapped_column(JSONB)
    body: Mapped[bytes]
    created_at: Mapped[Instant] = mapped_column(server_default=text("now()"))

    __table_args__ = (Index("ix_idempotency_created_at", "created_at"),)
