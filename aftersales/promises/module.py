"""The manifest of promises."""

from aftersales.cases.machine import CASE
from aftersales.i18n import N_
from aftersales.module import Action, DemoPart, Module, Panel, Subscriber, TimerHandler
from aftersales.promises import demo, handlers, panels
from aftersales.promises.holdings import HOLDINGS
from aftersales.promises.permissions import PERMISSIONS, ROLES, VIEW
from aftersales.promises.report import LISTINGS
from aftersales.promises.routes import api
from aftersales.promises.schemas import Delayed
from aftersales.promises.service import completing
from aftersales.promises.service.clocks import WATCH
from aftersales.promises.service.hours import RECALCULATE
from aftersales.promises.service.keeping import DUE, Ledger
from aftersales.promises.service.outlook import FORESEE
from aftersales.promises.tells import TELLS, reasons
from aftersales.status.machine import Audience

# Of the case's own changes those that move a clock: notes and new owners move none.
_REACHED = frozenset({"received"}) | {state.name for state in CASE.states if state.milestones}
_SAID = frozenset({"priority_changed"}) | {
    kind.name
    for kind in CASE.events
    if kind.milestones or (kind.audience is Audience.CUSTOMER and kind.name != "customer_wrote")
}

MODULE = Module(
    name="promises",
    title="Promises",
    package="aftersales.web",
    summary="Working time, targets and clocks: what each case was promised, and whose turn it was.",
    permissions=PERMISSIONS,
    roles=ROLES,
    actions=(
        Action(
            "case",
            "delayed",
            completing.delayed,
            Delayed,
            options=reasons,
            blocked=completing.nothing_to_delay,
        ),
    ),
    api=(api,),
    tells=TELLS,
    subscribers=(
        Subscriber("promises", handlers.on_change, apart_from=frozenset({CASE.name})),
        Subscriber("promises.case", handlers.on_change, machine=CASE.name, to=_REACHED, events=_SAID),
    ),
    timers=(
        TimerHandler(WATCH, handlers.on_watch),
        TimerHandler(RECALCULATE, handlers.on_hours),
        TimerHandler(DUE, handlers.on_due),
        TimerHandler(FORESEE, handlers.on_foresee),
    ),
    panels=(
        Panel("case.right", "promises", N_("Promises"), "desk/ledger.html", panels.ledger, VIEW, rank=14),
        Panel("case.right", "clocks", N_("Clocks"), "desk/clocks.html", panels.card, VIEW, rank=15),
        Panel("track.next", "promised", N_("What we have promised"), "track/promised.html", panels.promised, rank=20),
    ),
    demo=(
        DemoPart(12, demo.fill_targets),
        DemoPart(92, demo.fill),
        DemoPart(94, demo.fill_words),
        DemoPart(97, demo.fill_ledger),
    ),
    listings=LISTINGS,
    holdings=HOLDINGS,
    provides={"promises": Ledger()},
)
