"""Permissions about returns, and the roles that hold them by default."""

from aftersales.i18n import N_
from aftersales.module import Permission, Role

VIEW = "return.view"
REQUEST = "return.request"

PERMISSIONS = (
    Permission(VIEW, N_("See returns")),
    Permission(REQUEST, N_("Ask for a return in a customer's name")),
    Permission("return.authorise", N_("Authorise and reject returns")),
)

_ALL = frozenset(p.name for p in PERMISSIONS)

ROLES = (
    Role("coordinator", N_("Service coordinator"), _ALL),
    Role("manager", N_("Service manager"), _ALL),
    Role("service_engineer", N_("Service engineer"), frozenset({VIEW, REQUEST})),
    Role("finance", N_("Finance"), frozenset({VIEW})),
)
