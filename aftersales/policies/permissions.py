"""Who may publish."""

from aftersales.i18n import N_
from aftersales.module import Permission, Role

PUBLISH = "policy.publish"

PERMISSIONS = (Permission(PUBLISH, N_("Publish a version of a policy")),)

ROLES = (Role("manager", N_("Service manager"), frozenset({PUBLISH})),)
