"""Permissions about what people write to us, and the roles that hold them by default."""

from aftersales.i18n import N_
from aftersales.module import Permission, Role

ANSWER = "inbox.answer"
DECIDE = "inbox.decide"

PERMISSIONS = (
    Permission(ANSWER, N_("Answer what customers write")),
    Permission(DECIDE, N_("Make cases of what comes in, or decline it")),
)

_ALL = frozenset(one.name for one in PERMISSIONS)

ROLES = (
    Role("coordinator", N_("Service coordinator"), _ALL),
    Role("manager", N_("Service manager"), _ALL),
    Role("service_engineer", N_("Service engineer"), frozenset({ANSWER})),
)
