"""The manifest of people and access."""

from aftersales.auth import cleaning, demo
from aftersales.auth.holdings import HOLDINGS
from aftersales.auth.listings import LISTINGS
from aftersales.auth.permissions import (
    CLIENTS,
    COORDINATOR,
    FINANCE,
    MANAGER,
    PERMISSIONS,
    SERVICE_ENGINEER,
    STAFF,
    TECHNICIAN,
)
from aftersales.i18n import N_
from aftersales.module import DemoPart, Module, Role, TimerHandler

_NONE: frozenset[str] = frozenset()

MODULE = Module(
    name="auth",
    title="People and access",
    package="aftersales.auth",
    summary="Branches, staff and their roles, sign-in, customers' links and one-time codes.",
    permissions=PERMISSIONS,
    # What each role may do is declared by the modules, which add their permissions to these names.
    roles=(
        Role(COORDINATOR, N_("Service coordinator"), _NONE),
        Role(TECHNICIAN, N_("Technician"), _NONE, assigned_only=True),
        Role(SERVICE_ENGINEER, N_("Service engineer"), _NONE),
        Role(FINANCE, N_("Finance"), _NONE),
        Role(MANAGER, N_("Service manager"), frozenset({CLIENTS, STAFF})),
    ),
    listings=LISTINGS,
    timers=(TimerHandler(cleaning.TIMER, cleaning.on_timer),),
    demo=(DemoPart(10, demo.fill),),
    holdings=HOLDINGS,
)
