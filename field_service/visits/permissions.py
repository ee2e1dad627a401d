"""Permissions about visits, and the roles that hold them by default."""

from aftersales.i18n import N_
from aftersales.module import Permission, Role

PERMISSIONS = (
    Permission("visit.view", N_("See visits")),
    Permission("visit.request", N_("Request and rebook visits")),
    Permission("visit.schedule", N_("Set, confirm and change the time of visits")),
    Permission("visit.dispatch", N_("Give visits to technicians")),
    Permission("visit.cancel", N_("Cancel visits")),
    Permission("visit.work", N_("Carry visits out")),
)

_PLAN = frozenset({"visit.view", "visit.request", "visit.schedule", "visit.dispatch", "visit.cancel"})
_SEE = frozenset({"visit.view"})

ROLES = (
    Role("coordinator", N_("Service coordinator"), _PLAN),
    Role("manager", N_("Service manager"), _PLAN | {"visit.work"}),
    Role("technician", N_("Technician"), frozenset({"visit.view", "visit.work"}), assigned_only=True),
    Role("service_engineer", N_("Service engineer"), _SEE),
    Role("finance", N_("Finance"), _SEE),
)
