"""Lists of estimates, invoices, payments and refunds as files."""

from typing import Any

from sqlalchemy import ColumnElement, func

from aftersales.cases.document_lists import document_list
from aftersales.i18n import N_
from aftersales.module import Column
from aftersales.status.models import Document
from billing.estimates.models import Estimate
from billing.invoices.models import Invoice
from billing.payments.models import DirectPayment, Payment
from billing.refunds.models import Refund

VIEW = "billing.view"
_OF_PAYMENT = Invoice.__table__.alias("paid_invoice")


def _either(name: str) -> ColumnElement[Any]:
    """A column of a payment, with an invoice or without one."""
    return func.coalesce(getattr(Payment, name), getattr(DirectPayment, name))


LISTINGS = (
    document_list(
        "estimate",
        "estimates",
        N_("Estimates"),
        VIEW,
        (
            Column("net", Estimate.net_minor, money=True),
            Column("total", Estimate.total_minor, money=True),
            Column("currency", Estimate.currency),
            Column("valid_until", Estimate.valid_until),
        ),
        lambda query: query.join(Estimate, Estimate.id == Document.id),
    ),
    document_list(
        "invoice",
        "invoices",
        N_("Invoices"),
        VIEW,
        (
            Column("serial", Invoice.serial),
            Column("issued_at", Invoice.issued_at),
            Column("total", Invoice.total_minor, money=True),
            Column("paid", Invoice.paid_minor, money=True),
            Column("due", Invoice.total_minor - Invoice.paid_minor, money=True),
            Column("currency", Invoice.currency),
        ),
        lambda query: query.join(Invoice, Invoice.id == Document.id),
    ),
    document_list(
        "payment",
        "payments",
        N_("Payments"),
        VIEW,
        (
            Column("invoice", _OF_PAYMENT.c.serial),
            Column("method", _either("method")),
            Column("reference", _either("reference")),
            Column("amount", _either("amount_minor"), money=True),
            Column("currency", _either("currency")),
            Column("received_at", _either("received_at")),
        ),
        lambda query: (
            query.outerjoin(Payment, Payment.id == Document.id)
            .outerjoin(DirectPayment, DirectPayment.id == Document.id)
            .outerjoin(_OF_PAYMENT, _OF_PAYMENT.c.id == Payment.invoice_id)
        ),
    ),
    document_list(
        "refund",
        "refunds",
        N_("Refunds"),
        VIEW,
        (
            Column("method", Refund.method),
            Column("source_reference", Refund.source_reference),
            Column("reference", Refund.reference),
            Column("amount", Refund.amount_minor, money=True),
            Column("tax", Refund.tax_minor, money=True),
            Column("currency", Refund.currency),
            Column("requested_at", Refund.requested_at),
            Column("paid_at", Refund.paid_at),
        ),
        lambda query: query.join(Refund, Refund.id == Document.id),
    ),
)
