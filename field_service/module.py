"""The manifest of field service."""

from aftersales.desk_ways import Desk
from aftersales.i18n import N_
from aftersales.module import DemoPart, Module, Panel
from field_service import demo_past, lives, panels, reports
from field_service.demo import fill_today, fill_work
from field_service.holdings import HOLDINGS
from field_service.listings import LISTINGS
from field_service.pages import router
from field_service.play import CUES
from field_service.repairs import ending_tells
from field_service.repairs import module as repairs
from field_service.repairs import permissions as repair_permissions
from field_service.repairs import routes as repair_routes
from field_service.repairs import tells as repair_tells
from field_service.repairs.imports import JOBS
from field_service.repairs.machine import REPAIR_ORDER
from field_service.visits import late_tells
from field_service.visits import module as visits
from field_service.visits import permissions as visit_permissions
from field_service.visits import routes as visit_routes
from field_service.visits import tells as visit_tells
from field_service.visits.logistics import FieldLogistics
from field_service.visits.machine import VISIT
from field_service.visits.pages import router as phone
from field_service.visits.pages import show_visit

LIFE = "field_service/life.html"

MODULE = Module(
    name="field_service",
    title="Field service",
    package="field_service",
    summary="Visits to the customer and repairs on the bench.",
    machines=(VISIT, REPAIR_ORDER),
    permissions=(*visit_permissions.PERMISSIONS, *repair_permissions.PERMISSIONS),
    roles=(*visit_permissions.ROLES, *repair_permissions.ROLES),
    actions=(*visits.ACTIONS, *repairs.ACTIONS),
    api=(visit_routes.api, repair_routes.api),
    pages=(router, phone),
    screens={"phone": show_visit},
    subscribers=(*visits.SUBSCRIBERS, *repairs.SUBSCRIBERS),
    timers=visits.TIMERS,
    panels=(
        Panel("case.left", "now_with", N_("Now with"), "field_service/now_with.html", panels.now_with, "case.view", 30),
        Panel(
            "case.right",
            "visits_and_repairs",
            N_("Visits and repairs"),
            "field_service/summary.html",
            panels.summary,
            "visit.view",
            20,
        ),
        Panel(
            "phone.visit",
            "visit_details",
            N_("The visit"),
            "field_service/visit_details.html",
            panels.visit_details,
            "visit.view",
            10,
        ),
        Panel("unit", "repairs", N_("Repairs"), LIFE, lives.repairs_in, "repair_order.view", 30),
        Panel("unit", "visits", N_("Visits"), LIFE, lives.visits_in, "visit.view", 40),
        Panel("customer", "repairs", N_("Repairs"), LIFE, lives.repairs_in, "repair_order.view", 30),
        Panel("customer", "visits", N_("Visits"), LIFE, lives.visits_in, "visit.view", 40),
        Panel("track.next", "coming", N_("What comes next"), "field_service/coming.html", panels.coming, "", 10),
        Panel("track", "way", N_("Step by step"), "field_service/steps.html", panels.steps, "", 10),
    ),
    tells=(*visit_tells.TELLS, *late_tells.TELLS, *repair_tells.TELLS, *ending_tells.TELLS),
    listings=(*LISTINGS, *reports.LISTINGS),
    desk=Desk(reports=reports.REPORTS),
    holdings=HOLDINGS,
    provides={"logistics": FieldLogistics()},
    imports=(JOBS,),
    cues=CUES,
    demo=(DemoPart(48, demo_past.fill), DemoPart(49, fill_work), DemoPart(55, fill_today)),
)
