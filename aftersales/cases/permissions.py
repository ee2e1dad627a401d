"""Permissions about cases, and the roles that hold them by default."""

from aftersales.i18n import N_
from aftersales.module import Permission, Role

PERMISSIONS = (
    Permission("case.view", N_("See cases")),
    Permission("case.open", N_("Open cases")),
    Permission("case.note", N_("Write notes and add files")),
    Permission("case.assign", N_("Change a case's owner")),
    Permission("case.prioritise", N_("Change a case's priority")),
    Permission("case.close", N_("Close and reopen cases")),
    Permission("case.cancel", N_("Cancel cases")),
    Permission("case.links", N_("End a customer's links to a case")),
)

_ALL = frozenset(p.name for p in PERMISSIONS)

ROLES = (
    Role("coordinator", N_("Service coordinator"), _ALL),
    Role("manager", N_("Service manager"), _ALL),
    Role("service_engineer", N_("Service engineer"), frozenset({"case.view", "case.note"})),
    Role("technician", N_("Technician"), frozenset({"case.view", "case.note"}), assigned_only=True),
    Role("finance", N_("Finance"), frozenset({"case.view", "case.note"})),
)
