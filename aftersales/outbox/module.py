"""The outbox as a part of the kernel: its permissions."""

from aftersales.i18n import N_
from aftersales.module import Module
from aftersales.outbox.holdings import HOLDINGS
from aftersales.outbox.listings import LISTINGS
from aftersales.outbox.permissions import PERMISSIONS, ROLES

MODULE = Module(
    name="outbox",
    title=N_("Deliveries"),
    package="aftersales.outbox",
    summary="What follows from a posted change: fan-out, order, retries, dead letters, timers, live pages.",
    permissions=PERMISSIONS,
    roles=ROLES,
    listings=LISTINGS,
    holdings=HOLDINGS,
)
