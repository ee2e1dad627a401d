"""Permissions about promises, and the roles that hold them by default."""

from aftersales.i18n import N_
from aftersales.module import Permission, Role

VIEW = "promises.view"
MANAGE = "promises.manage"

PERMISSIONS = (
    Permission(VIEW, N_("See clocks, promises and what is about to break")),
    Permission(MANAGE, N_("Set working hours and targets")),
)

_VIEW = frozenset({VIEW})

ROLES = (
    Role("coordinator", N_("Service coordinator"), _VIEW),
    Role("manager", N_("Service manager"), frozenset({VIEW, MANAGE})),
    Role("service_engineer", N_("Service engineer"), _VIEW),
    Role("technician", N_("Technician"), _VIEW, assigned_only=True),
)
"""Whoever works on a case sees its clocks."""
