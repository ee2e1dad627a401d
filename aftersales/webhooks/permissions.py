"""Who may have what happens here sent to other systems."""

from aftersales.i18n import N_
from aftersales.module import Permission, Role

MANAGE = "webhook.manage"

PERMISSIONS = (Permission(MANAGE, N_("Send what happens to other systems")),)
ROLES = (Role("manager", N_("Service manager"), frozenset({MANAGE})),)
