"""Permissions about the catalogue and units, and the roles that hold them by default."""

from aftersales.i18n import N_
from aftersales.module import Permission, Role

PERMISSIONS = (
    Permission("product.view", N_("See the catalogue")),
    Permission("product.edit", N_("Change the catalogue")),
    Permission("unit.view", N_("See every unit")),
    Permission("unit.edit", N_("Add units, change their dates and serial numbers")),
)

ROLES = (
    Role("coordinator", N_("Service coordinator"), frozenset({"product.view", "unit.view", "unit.edit"})),
    Role("manager", N_("Service manager"), frozenset(p.name for p in PERMISSIONS)),
    Role("finance", N_("Finance"), frozenset({"product.view", "unit.view"})),
    Role("service_engineer", N_("Service engineer"), frozenset({"product.view", "unit.view", "unit.edit"})),
    Role("technician", N_("Technician"), frozenset({"product.view"}), assigned_only=True),
)
