"""Lists of estimates, invoices and payments as files."""

from aftersales.cases.document_lists import document_list
from aftersales.i18n import N_
from aftersales.module import Column
from aftersales.status.models import Document
from billing.estimates.models import Estimate
from billing.invoices.models import Invoice
from billing.payments.models import Payment

VIEW = "billing.view"
_OF_PAYMENT = Invoice.__table__.alias("paid_invoice")

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
            Column("method", Payment.method),
            Column("reference", Payment.reference),
            Column("amount", Payment.amount_minor, money=True),
            Column("currency", Payment.currency),
            Column("received_at", Payment.received_at),
        ),
        lambda query: query.join(Payment, Payment.id == Document.id).join(
            _OF_PAYMENT, _OF_PAYMENT.c.id == Payment.invoice_id
        ),
    ),
)
