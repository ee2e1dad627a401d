"""Books: what the law wants kept, and for how long."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, exists, func, select, update

from aftersales import clock
from aftersales.auth.models import Branch
from aftersales.db.holding import gone, told
from aftersales.i18n import N_
from aftersales.module import Holding
from aftersales.status.models import Document
from aftersales.subject import ERASED_WORDS, Line, Subject, counted
from aftersales.work import Work
from billing.credit.models import CreditEntry
from billing.estimates.models import Estimate, EstimateLine
from billing.holds.models import CardHold, Hold
from billing.invoices.models import Invoice
from billing.payments.models import CountedReference, DirectPayment, Payment
from billing.refunds.models import Refund
from billing.retention import LAW, kept_until


def _streams(subject: Subject) -> frozenset[Any]:
    return subject.streams | subject.shared


async def export(work: Work, subject: Subject) -> Any:
    """Estimates with their lines, invoices, payments, refunds, credit, security."""
    session = work.session
    here = Document.stream_id.in_(_streams(subject))
    estimates = select(Document.number, Document.status, *Estimate.__table__.c)
    lines = select(*EstimateLine.__table__.c).join(Document, Document.id == EstimateLine.estimate_id)
    invoices = select(Document.number, Document.status, *Invoice.__table__.c)
    payments = select(Document.number, Document.status, *Payment.__table__.c)
    direct = select(Document.number, Document.status, *DirectPayment.__table__.c)
    refunds = select(Document.number, Document.status, *Refund.__table__.c)
    holds = select(Document.number, Document.status, *Hold.__table__.c)
    online = select(*CardHold.__table__.c).join(Document, Document.id == CardHold.hold_id)
    credit = select(CreditEntry.__table__).join(Document, Document.id == CreditEntry.document_id)
    return {
        "estimates": await told(session, estimates.join(Estimate, Estimate.id == Document.id).where(here)),
        "estimate_lines": await told(session, lines.where(here)),
        "invoices": await told(session, invoices.join(Invoice, Invoice.id == Document.id).where(here)),
        "payments": await told(session, payments.join(Payment, Payment.id == Document.id).where(here)),
        "direct_payments": await told(session, direct.join(DirectPayment, DirectPayment.id == Document.id).where(here)),
        "refunds": await told(session, refunds.join(Refund, Refund.id == Document.id).where(here)),
        "securities": await told(session, holds.join(Hold, Hold.id == Document.id).where(here)),
        "securities_online": await told(session, online.where(here).order_by(CardHold.hold_id)),
        "credit": await told(session, credit.where(here).order_by(CreditEntry.currency, CreditEntry.step)),
    }


async def erase(work: Work, subject: Subject) -> Sequence[Line]:
    """Words of estimates that never were invoiced go. Invoices and payments stand as long as the law says; after that
    the bank's reference and the words of the lines go too."""
    session = work.session
    rows = await session.execute(
        select(Invoice.id, Invoice.estimate_id, Invoice.issued_at, Branch.timezone)
        .join(Document, Document.id == Invoice.id)
        .join(Branch, Branch.id == Document.branch_id)
        .where(Document.stream_id.in_(_streams(subject)))
    )
    until = {
        row.id: (row.estimate_id, kept_until(row.issued_at.astimezone(ZoneInfo(row.timezone)).date())) for row in rows
    }
    today = clock.business_date(work.now, "UTC")
    books = {key: value for key, value in until.items() if value[1] >= today}
    mine = exists().where(Document.id == EstimateLine.estimate_id, Document.stream_id.in_(subject.streams))
    kept_lines = {estimate_id for estimate_id, _ in books.values()}
    words = update(EstimateLine).where(
        mine, EstimateLine.estimate_id.not_in(kept_lines), EstimateLine.description != ERASED_WORDS
    )
    old = update(Payment).where(Payment.invoice_id.in_(until.keys() - books.keys()), Payment.reference.is_not(None))
    forgotten = delete(CountedReference).where(
        CountedReference.payment_id.in_(select(Payment.id).where(Payment.invoice_id.in_(until.keys() - books.keys())))
    )
    await session.execute(forgotten)
    payments = select(func.count()).where(Payment.invoice_id.in_(books.keys()))
    paid = (await session.execute(payments)).scalar_one()
    last = max((day for _, day in books.values()), default=None)
    return counted(
        [
            await gone(session, N_("Lines of estimates"), words.values(description=ERASED_WORDS)),
            await gone(session, N_("References of old payments"), old.values(reference=None)),
            Line(N_("Invoices with their lines"), len(books), kept=True, why=LAW, until=last),
            Line(N_("Payments with their references"), paid, kept=True, why=LAW, until=last),
        ]
    )


async def blocked(work: Work, subject: Subject) -> Sequence[str]:
    """Invoices that are not paid, refunds that are not, security that is held: who owes whom must be known."""
    owed = (
        select(Invoice.serial)
        .join(Document, Document.id == Invoice.id)
        .where(Document.stream_id.in_(_streams(subject)), Document.category != "done")
        .order_by(Document.id)
        .limit(20)
    )
    due = (
        select(Document.number)
        .join(Refund, Refund.id == Document.id)
        .where(Document.stream_id.in_(_streams(subject)), Document.category != "done")
        .order_by(Document.id)
        .limit(20)
    )
    held = (
        select(Document.number)
        .join(Hold, Hold.id == Document.id)
        .where(Document.stream_id.in_(_streams(subject)), Document.category != "done")
        .order_by(Document.id)
        .limit(20)
    )
    found = (await work.session.scalars(owed)).all()
    waiting = (await work.session.scalars(due)).all()
    kept = (await work.session.scalars(held)).all()
    unpaid = N_("Not paid: {names}. Record the payment or make the invoice void first.")
    unreturned = N_("Not paid back: {names}. Pay these refunds first.")
    secured = N_("Held as security: {names}. It has to be released or captured first.")
    said = ((unpaid, found), (unreturned, waiting), (secured, kept))
    return [words.format(names=", ".join(names)) for words, names in said if names]


HOLDINGS = (
    Holding(
        "books",
        N_("Estimates, invoices, payments, refunds and credit"),
        personal=frozenset({"estimate_line.description"}),
        kept={
            "payment.reference": LAW,
            "invoice.serial": LAW,
            "direct_payment.reference": LAW,
            "counted_reference.reference": LAW,
            "refund.reference": LAW,
            "refund.source_reference": LAW,
            "hold.reference": LAW,
            "hold_outcome.reference": LAW,
            "card_hold.session": LAW,
            "card_hold.reference": LAW,
        },
        plain=frozenset(
            {
                "estimate.currency",
                "estimate_line.tax_code",
                "invoice.currency",
                "invoice_series.series",
                "payment.method",
                "payment.currency",
                "direct_payment.method",
                "counted_reference.method",
                "direct_payment.currency",
                "refund.method",
                "refund.currency",
                "credit_entry.currency",
                *(f"hold.{name}" for name in ("way", "currency", "method")),
                "hold_outcome.outcome",
                "card_hold.gateway",
                "card_hold.page",
                "gateway_notice.id",
            }
        ),
        export=export,
        erase=erase,
        blocked=blocked,
    ),
)
