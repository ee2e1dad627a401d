"""What claiming back adds to the manifest of warranty."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from aftersales.desk_ways import Home, Rail
from aftersales.i18n import N_
from aftersales.module import Action
from aftersales.work import Work
from warranty.recovery import desk_pages, payment_pages, schemas
from warranty.recovery.demo import fill
from warranty.recovery.desk_pages import show_recovery
from warranty.recovery.holdings import HOLDINGS
from warranty.recovery.listings import LISTINGS
from warranty.recovery.machine import MACHINES
from warranty.recovery.permissions import PERMISSIONS, ROLES, VIEW
from warranty.recovery.routes import api
from warranty.recovery.service import settling

__all__ = ["ACTIONS", "HOLDINGS", "HOMES", "LISTINGS", "PAGES", "PERMISSIONS", "RAIL", "ROLES", "api", "fill"]

_Run = Callable[[Work, UUID, Any], Awaitable[object]]
_VERBS: tuple[tuple[str, _Run, type[Any], bool], ...] = (
    ("acknowledge", settling.acknowledge, schemas.Acknowledged, False),
    ("accept", settling.accept, schemas.Nothing, True),
    ("accept_partly", settling.accept_partly, schemas.AcceptedPartly, False),
    ("reject", settling.reject, schemas.Why, False),
    ("refile", settling.refile, schemas.Why, True),
    ("credit", settling.credit, schemas.Credited, True),
    ("close", settling.close, schemas.Why, False),
    ("write_off", settling.write_off, schemas.Why, False),
)
ACTIONS = tuple(
    Action(machine, verb, run, schema, primary=usual) for machine in MACHINES for verb, run, schema, usual in _VERBS
)
PAGES = (payment_pages.router, desk_pages.router)
HOMES = {machine: Home("/desk/recovery/{id}", show_recovery) for machine in MACHINES}
RAIL = (Rail("recovery", N_("Claims back"), "/desk/recovery", VIEW),)
