"""The manifest of imports: what they are of is said by the packages that own it."""

from aftersales.imports import handlers, service
from aftersales.imports.holdings import HOLDINGS
from aftersales.imports.permissions import PERMISSIONS, ROLES
from aftersales.module import Job, Module, TimerHandler

MODULE = Module(
    name="imports",
    title="Imports",
    package="aftersales",
    summary="Files of other systems: read as they are, examined whole, written in one transaction.",
    permissions=PERMISSIONS,
    roles=ROLES,
    jobs=(Job(service.JOB, handlers.on_turn, lease=handlers.LEASE, max_attempts=handlers.MAX_ATTEMPTS),),
    timers=(TimerHandler(service.CLEAN, handlers.on_clean),),
    holdings=HOLDINGS,
)
