"""The manifest of warranty."""

from aftersales.desk_ways import Desk, Home, Published, Rail
from aftersales.i18n import N_
from aftersales.module import Action, DemoPart, Module, Panel, Subscriber
from aftersales.status.machine import By
from warranty import (
    cost_words,
    demo,
    demo_offers,
    demo_registrations,
    handlers,
    life,
    line_cards,
    lives,
    panels,
    reports,
    schemas,
)
from warranty.coverage import WarrantyCarrying, WarrantyCoverage
from warranty.desk_pages import router as warranty_desk
from warranty.desk_pages import show_registration
from warranty.desk_transfers import router as transfers_desk
from warranty.desk_transfers import show_transfer
from warranty.holdings import HOLDINGS
from warranty.imports import SALES
from warranty.listings import LISTINGS
from warranty.machine import CLAIM, REGISTRATION
from warranty.pages import pages
from warranty.permissions import PERMISSIONS, ROLES, VIEW
from warranty.play import CUES
from warranty.public_pages import pages as public_pages
from warranty.recovery import module as recovery
from warranty.recovery.machine import MACHINES
from warranty.recovery.service import closing
from warranty.recovery.vendors import WarrantyVendors
from warranty.routes import api
from warranty.service import claims, denials, lines, registrations
from warranty.tells import TELLS
from warranty.track_pages import pages as own_pages

MODULE = Module(
    name="warranty",
    title="Warranty",
    package="warranty",
    summary="What a unit is entitled to, why, and how a claim is decided.",
    machines=(CLAIM, REGISTRATION, *life.MACHINES, *MACHINES.values()),
    permissions=(*PERMISSIONS, *recovery.PERMISSIONS),
    roles=(*ROLES, *recovery.ROLES),
    actions=(
        Action("warranty_claim", "review", claims.review, schemas.Nothing),
        Action("warranty_claim", "request_info", claims.request_info, schemas.Question),
        Action("warranty_claim", "provide_info", claims.provide_info, schemas.Reason),
        Action("warranty_claim", "provide_info", claims.provide_info, schemas.Reply, by=By.CUSTOMER),
        Action("warranty_claim", "pre_authorise", claims.pre_authorise, schemas.Nothing),
        Action("warranty_claim", "deny", denials.deny, schemas.Nothing, primary=True, blocked=denials.why_not_deny),
        Action("warranty_claim", "approve", claims.approve, schemas.Nothing, primary=True),
        Action("warranty_claim", "approve_partly", denials.approve_partly, schemas.Nothing),
        Action(
            "warranty_claim", "denial_proposed", denials.propose, schemas.ProposeDenial, options=panels.clause_options
        ),
        Action("warranty_claim", "line_added", lines.add, schemas.AddLine),
        Action(
            "warranty_claim",
            "line_decided",
            lines.decide,
            schemas.DecideLine,
            options=line_cards.line_options,
            blocked=lines.nothing_to_decide,
        ),
        Action(
            "warranty_claim",
            "part_returned",
            closing.part_returned,
            schemas.PartReturned,
            options=line_cards.part_options,
            blocked=closing.nothing_to_come,
        ),
        Action("warranty_claim", "appeal", claims.appeal, schemas.Appeal),
        Action("warranty_claim", "appeal", claims.appeal, schemas.Appeal, by=By.CUSTOMER),
        Action("warranty_claim", "fulfil", claims.fulfil, schemas.Nothing),
        Action("warranty_claim", "withdraw", claims.withdraw, schemas.Reason),
        Action(
            "warranty_registration",
            "identified",
            registrations.identify,
            schemas.Identified,
            blocked=registrations.why_not_identify,
        ),
        Action("warranty_registration", "activate", registrations.activate, schemas.Checked, primary=True),
        Action("warranty_registration", "declare_void", registrations.declare_void, schemas.Refusal),
        Action("warranty_registration", "cancel", registrations.cancel, schemas.Reason),
        *life.ACTIONS,
        *recovery.ACTIONS,
    ),
    api=(api, recovery.api),
    pages=(pages, public_pages, warranty_desk, transfers_desk, own_pages, *recovery.PAGES),
    desk=Desk(
        {
            "warranty_registration": Home("/desk/warranty/registrations/{id}", show_registration),
            "warranty_transfer": Home("/desk/warranty/transfers/{id}", show_transfer),
            **recovery.HOMES,
        },
        (Rail("warranty", N_("Warranty"), "/desk/warranty", VIEW), *recovery.RAIL),
        reports.REPORTS,
        {
            "warranty": Published(
                N_("Your warranty"), cost_words.months, (N_("Register your product"), "/register-product")
            )
        },
    ),
    subscribers=(
        Subscriber("warranty.open", handlers.case_opened, machine="case", to=frozenset({"received"})),
        Subscriber("warranty.diagnosed", handlers.diagnosed, machine="repair_order", events=frozenset({"diagnosed"})),
        Subscriber("warranty.repaired", handlers.repaired, machine="repair_order", to=frozenset({"ready"})),
        Subscriber("warranty.handed_over", handlers.handed_over, machine="repair_order", to=frozenset({"handed_over"})),
        Subscriber(
            "warranty.fulfilled", handlers.claim_fulfilled, machine="warranty_claim", to=frozenset({"fulfilled"})
        ),
        Subscriber("warranty.case_ended", handlers.case_ended, machine="case", to=frozenset({"closed", "cancelled"})),
        *life.SUBSCRIBERS,
    ),
    panels=(
        Panel("case.left", "coverage", N_("Coverage"), "warranty/coverage.html", panels.coverage, VIEW, rank=30),
        Panel("unit", "registrations", N_("Registrations"), "warranty/life.html", lives.registrations, VIEW, 25),
        Panel("unit", "answers", N_("Coverage, answer by answer"), "warranty/life.html", lives.answers, VIEW, 20),
        Panel("unit", "claims", N_("Warranty claims"), "warranty/life.html", lives.claims, VIEW, 50),
        Panel("customer", "claims", N_("Warranty claims"), "warranty/life.html", lives.claims, VIEW, 50),
        Panel("track", "warranty", N_("Your warranty"), "warranty/track.html", panels.track, rank=30),
        *life.PANELS,
    ),
    timers=life.TIMERS,
    tells=(*TELLS, *life.TELLS),
    imports=(SALES,),
    listings=(*LISTINGS, *reports.LISTINGS, *recovery.LISTINGS),
    holdings=(*HOLDINGS, *recovery.HOLDINGS),
    provides={"coverage": WarrantyCoverage(), "carrying": WarrantyCarrying(), "vendors": WarrantyVendors()},
    cues=CUES,
    demo=(
        DemoPart(15, demo.fill_policies),
        DemoPart(50, demo_registrations.fill),
        DemoPart(51, demo.fill),
        DemoPart(52, recovery.fill),
        DemoPart(89, demo_offers.fill),
    ),
)
