"""Who may see what was not delivered, and try it again."""

from aftersales.i18n import N_
from aftersales.module import Permission, Role

VIEW, RETRY = "outbox.view", "outbox.retry"

PERMISSIONS = (
    Permission(VIEW, N_("See what was not delivered")),
    Permission(RETRY, N_("Deliver again what was given up")),
)
ROLES = (Role("manager", N_("Service manager"), frozenset({VIEW, RETRY})),)
