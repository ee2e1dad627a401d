"""Who may take in files."""

from aftersales.i18n import N_
from aftersales.module import Permission, Role

RUN = "import.run"

PERMISSIONS = (Permission(RUN, N_("Take in files of customers, products, units and past repairs")),)
ROLES = (Role("manager", N_("Service manager"), frozenset({RUN})),)
