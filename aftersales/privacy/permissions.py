"""Who may hand out everything about a customer, and who may let it go."""

from aftersales.i18n import N_
from aftersales.module import Permission, Role

EXPORT = "customer.export"
ERASE = "customer.erase"

PERMISSIONS = (
    Permission(EXPORT, N_("Hand a customer everything that is stored about them")),
    Permission(ERASE, N_("Erase a customer's personal data")),
)

ROLES = (Role("manager", N_("Service manager"), frozenset({EXPORT, ERASE})),)
