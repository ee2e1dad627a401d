"""Permissions about updates, and the roles that hold them by default."""

from aftersales.i18n import N_
from aftersales.module import Permission, Role

VIEW = "updates.view"
RETRY = "updates.retry"
REGISTER = "updates.register"
WISHES = "updates.wishes"

PERMISSIONS = (
    Permission(VIEW, N_("See what customers were told")),
    Permission(RETRY, N_("Send a message to a customer again")),
    Permission(REGISTER, N_("Keep the templates that SMS and WhatsApp providers know")),
    Permission(WISHES, N_("Note how a customer wants to be reached")),
)

_BOTH = frozenset({VIEW, RETRY, WISHES})
_VIEW = frozenset({VIEW})

ROLES = (
    Role("coordinator", N_("Service coordinator"), _BOTH),
    Role("manager", N_("Service manager"), _BOTH | {REGISTER}),
    Role("service_engineer", N_("Service engineer"), _VIEW),
    Role("technician", N_("Technician"), _VIEW, assigned_only=True),
    Role("finance", N_("Finance"), _VIEW),
)
