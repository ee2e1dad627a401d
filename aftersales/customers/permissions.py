"""Permissions about customers, and the roles that hold them by default. Technicians see those they work for."""

from aftersales.i18n import N_
from aftersales.module import Permission, Role

PERMISSIONS = (
    Permission("customer.view", N_("See every customer")),
    Permission("customer.edit", N_("Add customers, change people, phones and addresses")),
)

_ALL = frozenset(p.name for p in PERMISSIONS)

ROLES = (
    Role("coordinator", N_("Service coordinator"), _ALL),
    Role("manager", N_("Service manager"), _ALL),
    Role("finance", N_("Finance"), frozenset({"customer.view"})),
)
