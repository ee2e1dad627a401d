"""How customers reach their pages, and answers that were kept for repeated requests."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select

from aftersales.auth.models import CustomerLink, Idempotency, OneTimeCode
from aftersales.db.holding import gone, holds, told
from aftersales.i18n import N_
from aftersales.module import Holding
from aftersales.subject import Line, Subject, counted
from aftersales.work import Work


async def export(work: Work, subject: Subject) -> Any:
    """When links and codes were made and until when they hold; what would open anything is not stored."""
    links = select(CustomerLink.stream_id, CustomerLink.read_only, CustomerLink.created_at, CustomerLink.expires_at)
    codes = select(OneTimeCode.purpose, OneTimeCode.issued_at, OneTimeCode.expires_at, OneTimeCode.consumed_at)
    return {
        "links": await told(work.session, links.where(CustomerLink.person_id.in_(subject.people))),
        "codes": await told(work.session, codes.where(OneTimeCode.person_id.in_(subject.people))),
    }


async def erase(work: Work, subject: Subject) -> Sequence[Line]:
    """Links with their sessions, codes, and every kept answer that holds a name or an id of theirs."""
    session = work.session
    ids = {subject.customer_id, *subject.people, *subject.streams}
    answers = delete(Idempotency).where(holds("idempotency.body", [*subject.names, *(str(one) for one in ids)]))
    return counted(
        [
            await gone(session, N_("Links"), delete(CustomerLink).where(CustomerLink.person_id.in_(subject.people))),
            await gone(
                session, N_("One-time codes"), delete(OneTimeCode).where(OneTimeCode.person_id.in_(subject.people))
            ),
            await gone(session, N_("Kept answers"), answers),
        ]
    )


HOLDINGS = (
    Holding(
        "access",
        N_("Links and codes"),
        personal=frozenset({"idempotency.body", "idempotency.headers"}),
        plain=frozenset(
            {
                *(
                    f"branch.{name}"
                    for name in ("code", "name", "phone", "address", "postcode", "timezone", "currency")
                ),
                "branch.latitude",
                "branch.longitude",
                *(f"staff.{name}" for name in ("login", "name", "phone", "email", "language", "password_hash")),
                "staff_grant.role",
                *(f"api_client.{name}" for name in ("name", "permissions", "secret_hash")),
                "staff_session.token_hash",
                # Neither says whose it is; both go with their link.
                "customer_session.token_hash",
                "customer_link.short_hash",
                "one_time_code.purpose",
                "rate_limit.key",
                *(f"idempotency.{name}" for name in ("principal", "route", "key", "body_hash")),
            }
        ),
        export=export,
        erase=erase,
    ),
)
