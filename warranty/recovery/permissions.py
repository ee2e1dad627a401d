"""Permissions about what is claimed back, and the roles that hold them by default."""

from aftersales.i18n import N_
from aftersales.module import Permission, Role

VIEW = "recovery.view"
FILE = "recovery.file"
SETTLE = "recovery.settle"
WRITE_OFF = "recovery.write_off"
SUPPLIERS = "recovery.suppliers"

PERMISSIONS = (
    Permission(VIEW, N_("See what is claimed back from brands and suppliers")),
    Permission(FILE, N_("Claim back from brands and suppliers")),
    Permission(SETTLE, N_("Record what brands and suppliers answered and paid")),
    Permission(WRITE_OFF, N_("Accept short payments and write off claims on brands and suppliers")),
    Permission(SUPPLIERS, N_("Keep suppliers and what they cover")),
)

_ALL = frozenset(p.name for p in PERMISSIONS)

ROLES = (
    Role("finance", N_("Finance"), _ALL - {WRITE_OFF}),
    Role("manager", N_("Service manager"), _ALL),
    Role("coordinator", N_("Service coordinator"), frozenset({VIEW})),
)
