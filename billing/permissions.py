"""Permissions about money, and the roles that hold them by default."""

from aftersales.i18n import N_
from aftersales.module import Permission, Role

VIEW = "billing.view"

PERMISSIONS = (
    Permission("estimate.write", N_("Write estimates")),
    Permission("estimate.send", N_("Send estimates")),
    Permission("estimate.answer", N_("Record the customer's answer")),
    Permission("invoice.void", N_("Make invoices void")),
    Permission("payment.record", N_("Record payments")),
    Permission("refund.pay", N_("Pay refunds")),
    Permission(VIEW, N_("See estimates, invoices and payments")),
)

_DESK = frozenset({"billing.view", "estimate.write", "estimate.send", "estimate.answer"})

ROLES = (
    Role("coordinator", N_("Service coordinator"), _DESK),
    Role("service_engineer", N_("Service engineer"), frozenset({"billing.view", "estimate.write"})),
    Role("finance", N_("Finance"), frozenset({"billing.view", "payment.record", "invoice.void", "refund.pay"})),
    Role("manager", N_("Service manager"), frozenset(p.name for p in PERMISSIONS)),
)
