"""What was asked about returns, and what was answered."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, or_, select

from aftersales.db.holding import gone, told
from aftersales.i18n import N_
from aftersales.module import Holding
from aftersales.status.models import Document
from aftersales.subject import Line, Subject, counted, mentions
from aftersales.work import Work
from rma.models import Return, ReturnWords


async def export(work: Work, subject: Subject) -> Any:
    """Every return with its verdict and its words."""
    words = (ReturnWords.asked, ReturnWords.answered, ReturnWords.goodwill)
    returns = (
        select(Document.number, Document.status, *Return.__table__.c, *words)
        .join(Return, Return.id == Document.id)
        .outerjoin(ReturnWords, ReturnWords.return_id == Return.id)
        .where(Document.stream_id.in_(subject.streams | subject.shared))
    )
    return await told(work.session, returns.order_by(Document.id))


async def erase(work: Work, subject: Subject) -> Sequence[Line]:
    """The words; reasons by code, the rule's verdict and the outcome stand."""
    named = or_(*(mentions(one, subject) for one in (ReturnWords.asked, ReturnWords.answered, ReturnWords.goodwill)))
    alone = select(Document.id).where(Document.stream_id.in_(subject.streams))
    shared = select(Document.id).where(Document.stream_id.in_(subject.shared))
    theirs = or_(ReturnWords.return_id.in_(alone), ReturnWords.return_id.in_(shared) & named)
    return counted([await gone(work.session, N_("Words about returns"), delete(ReturnWords).where(theirs))])


HOLDINGS = (
    Holding(
        "returns",
        N_("Returns"),
        personal=frozenset(
            {"product_return_words.asked", "product_return_words.answered", "product_return_words.goodwill"}
        ),
        # Facts and verdicts are dates, codes and ids of messages.
        plain=frozenset({f"product_return.{name}" for name in ("reason_code", "facts", "verdict", "goodwill_code")}),
        export=export,
        erase=erase,
    ),
)
