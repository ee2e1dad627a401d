"""The manifest of returns."""

from aftersales.i18n import N_
from aftersales.module import Action, DemoPart, Module, Panel
from aftersales.status.machine import By
from rma import demo, panels, schemas, service
from rma.holdings import HOLDINGS
from rma.listings import LISTINGS
from rma.machine import RETURN
from rma.pages import desk, pages
from rma.permissions import PERMISSIONS, ROLES, VIEW
from rma.play import CUES
from rma.routes import api
from rma.tells import TELLS

MODULE = Module(
    name="rma",
    title="Returns",
    package="rma",
    summary="Who may give back what, by which rule, and what becomes of it.",
    machines=(RETURN,),
    permissions=PERMISSIONS,
    roles=ROLES,
    actions=(
        Action("return", "review", service.review, schemas.Nothing),
        Action("return", "authorise", service.authorise, schemas.Authorise, primary=True),
        Action("return", "reject", service.reject, schemas.Reject, blocked=service.why_not_reject),
        Action("return", "request_info", service.request_info, schemas.Question),
        Action("return", "provide_info", service.provide_info, schemas.Reply),
        Action("return", "provide_info", service.provide_info, schemas.Reply, by=By.CUSTOMER),
        Action("return", "cancel", service.cancel, schemas.Nothing),
        Action("return", "cancel", service.cancel, schemas.Nothing, by=By.CUSTOMER),
    ),
    api=(api,),
    pages=(pages, desk),
    panels=(
        Panel("case.right", "returns", N_("Returns"), "rma/case.html", panels.on_case, VIEW, rank=60),
        Panel("unit", "returns", N_("Returns"), "rma/life.html", panels.in_life, VIEW, 60),
        Panel("customer", "returns", N_("Returns"), "rma/life.html", panels.in_life, VIEW, 60),
        Panel("track.later", "returns", N_("Return or exchange"), "rma/track.html", panels.on_track, rank=70),
    ),
    tells=TELLS,
    listings=LISTINGS,
    holdings=HOLDINGS,
    cues=CUES,
    demo=(DemoPart(16, demo.fill_policies), DemoPart(55, demo.fill)),
)
