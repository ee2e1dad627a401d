"""Permissions about calls, and the roles that hold them by default."""

from aftersales.i18n import N_
from aftersales.module import Permission, Role

VIEW = "voice.view"
CALL_BACK = "voice.call_back"

PERMISSIONS = (
    Permission(VIEW, N_("See calls, and who waits to be called back")),
    Permission(CALL_BACK, N_("Promise a call back, and note that it was made")),
)

_BOTH = frozenset({VIEW, CALL_BACK})

ROLES = (
    Role("coordinator", N_("Service coordinator"), _BOTH),
    Role("manager", N_("Service manager"), _BOTH),
    Role("service_engineer", N_("Service engineer"), frozenset({VIEW})),
)
