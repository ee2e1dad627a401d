"""Permissions about promises, and the roles that hold them by default."""

from aftersales.i18n import N_
from aftersales.module import Permission, Role

VIEW = "promises.view"
MANAGE = "promises.manage"
DELAY = "promises.delay"

PERMISSIONS = (
    Permission(VIEW, N_("See clocks, promises and what is about to break")),
    Permission(DELAY, N_("Tell customers that work takes longer")),
    Permission(MANAGE, N_("Set working hours and targets")),
)

_VIEW = frozenset({VIEW})
_SAYS = frozenset({VIEW, DELAY})

ROLES = (
    Role("coordinator", N_("Service coordinator"), _SAYS),
    Role("manager", N_("Service manager"), _SAYS | {MANAGE}),
    Role("service_engineer", N_("Service engineer"), _SAYS),
    Role("technician", N_("Technician"), _VIEW, assigned_only=True),
)
"""Whoever works on a case sees its clocks."""
