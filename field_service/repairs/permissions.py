"""Permissions about repair orders, and the roles that hold them by default."""

from aftersales.i18n import N_
from aftersales.module import Permission, Role

PERMISSIONS = (
    Permission("repair_order.view", N_("See repair orders and print job sheets")),
    Permission("repair_order.open", N_("Open and cancel repair orders")),
    Permission("repair_order.diagnose", N_("Find faults and say what a repair costs")),
    Permission("repair_order.repair", N_("Repair and check")),
    Permission("repair_order.decide", N_("Decide what follows when a repair is not possible or not wanted")),
    Permission("repair_order.hand_over", N_("Hand units over at the counter")),
    Permission("repair_order.dispose", N_("Dispose of units that nobody fetched")),
)

_ALL = frozenset(p.name for p in PERMISSIONS)
_BENCH = frozenset({"repair_order.view", "repair_order.diagnose", "repair_order.repair"})

ROLES = (
    Role("coordinator", N_("Service coordinator"), _ALL - {"repair_order.repair", "repair_order.dispose"}),
    Role("manager", N_("Service manager"), _ALL),
    Role("technician", N_("Technician"), _BENCH, assigned_only=True),
    Role("service_engineer", N_("Service engineer"), _BENCH | {"repair_order.decide"}),
    Role("finance", N_("Finance"), frozenset({"repair_order.view"})),
)
