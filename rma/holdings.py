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
from rma.models import (
    Return,
    ReturnAdvance,
    ReturnLine,
    ReturnMovement,
    ReturnPaid,
    ReturnResolution,
    ReturnWish,
    ReturnWords,
)


async def export(work: Work, subject: Subject) -> Any:
    """Every return with its verdict, its words, its lines, how they were settled and where they went."""
    words = (ReturnWords.asked, ReturnWords.answered, ReturnWords.goodwill)
    theirs = Document.stream_id.in_(subject.streams | subject.shared)
    returns = (
        select(Document.number, Document.status, *Return.__table__.c, *words, ReturnWish.wish, ReturnWish.coming)
        .join(Return, Return.id == Document.id)
        .outerjoin(ReturnWish, ReturnWish.return_id == Return.id)
        .outerjoin(ReturnWords, ReturnWords.return_id == Return.id)
        .where(theirs)
    )
    lines = select(ReturnLine.__table__).join(Document, Document.id == ReturnLine.return_id).where(theirs)
    steps = select(ReturnMovement.__table__).join(Document, Document.id == ReturnMovement.return_id).where(theirs)
    paid = (
        select(ReturnPaid.__table__)
        .join(ReturnLine, ReturnLine.id == ReturnPaid.line_id)
        .join(Document, Document.id == ReturnLine.return_id)
        .where(theirs)
    )
    ahead = select(ReturnAdvance.__table__).join(Document, Document.id == ReturnAdvance.id).where(theirs)
    settled = select(ReturnResolution.__table__).join(Document, Document.id == ReturnResolution.return_id)
    return {
        "returns": await told(work.session, returns.order_by(Document.id)),
        "lines": await told(work.session, lines.order_by(ReturnLine.id)),
        "paid": await told(work.session, paid.order_by(ReturnPaid.line_id)),
        "resolutions": await told(work.session, settled.where(theirs).order_by(ReturnResolution.id)),
        "advances": await told(work.session, ahead.order_by(ReturnAdvance.id)),
        "movements": await told(work.session, steps.order_by(ReturnMovement.item, ReturnMovement.step)),
    }


async def erase(work: Work, subject: Subject) -> Sequence[Line]:
    """The words; reasons by code, the rule's verdict and the outcome stand."""
    named = or_(*(mentions(one, subject) for one in (ReturnWords.asked, ReturnWords.answered, ReturnWords.goodwill)))
    alone = select(Document.id).where(Document.stream_id.in_(subject.streams))
    shared = select(Document.id).where(Document.stream_id.in_(subject.shared))
    theirs = or_(ReturnWords.return_id.in_(alone), ReturnWords.return_id.in_(shared) & named)
    return counted([await gone(work.session, N_("Words about returns"), delete(ReturnWords).where(theirs))])


WHY_KEPT = N_("It proves what was paid back, and why so much.")
HOLDINGS = (
    Holding(
        "returns",
        N_("Returns"),
        personal=frozenset(
            {"product_return_words.asked", "product_return_words.answered", "product_return_words.goodwill"}
        ),
        kept={"product_return_paid.reference": WHY_KEPT},
        # Facts and verdicts are dates, codes and ids of messages.
        # So are a line's reason, what an inspection found, and where each piece went.
        plain=frozenset(
            {
                *(f"product_return.{name}" for name in ("reason_code", "facts", "verdict", "goodwill_code")),
                "product_return_line.reason_code",
                *(f"product_return_wish.{name}" for name in ("wish", "coming")),
                *(f"product_return_finding.{name}" for name in ("grade", "missing")),
                "product_return_paid.currency",
                "product_return_resolution.currency",
                "product_return_exchange.currency",
                "product_return_advance.currency",
                "product_return_advance.way",
                *(f"product_return_movement.{name}" for name in ("item", "from_place", "place", "disposition")),
            }
        ),
        export=export,
        erase=erase,
    ),
)
