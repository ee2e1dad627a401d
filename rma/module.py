"""The manifest of returns."""

from aftersales.desk_ways import Desk, Home, Published
from aftersales.i18n import N_
from aftersales.module import Action, DemoPart, Module, Panel, Subscriber, TimerHandler
from aftersales.status.machine import By
from rma import advance_tells, demo, goods_tells, panels, public_pages, reports, return_pages, schemas, service
from rma.advance_machine import ADVANCE
from rma.desk_pages import router as returns_desk
from rma.enquiry import ENQUIRY
from rma.holdings import HOLDINGS
from rma.listings import LISTINGS
from rma.machine import RETURN
from rma.pages import desk, pages
from rma.permissions import PERMISSIONS, ROLES, VIEW
from rma.play import CUES
from rma.routes import api
from rma.service import (
    advancing,
    ahead,
    changing,
    closing,
    coming,
    enquiring,
    exchanging,
    handing_back,
    inspecting,
    lines,
    possible,
    receiving,
    securing,
    sending,
    settling,
    wishing,
)
from rma.tells import TELLS

EXPECTED = frozenset({"awaiting_return", "in_transit", "partially_received"})
TO_SETTLE = frozenset({"dispositioned", "resolution_pending"})

MODULE = Module(
    name="rma",
    title="Returns",
    package="rma",
    summary="Who may give back what, by which rule, and what becomes of it.",
    machines=(RETURN, ADVANCE, ENQUIRY),
    permissions=PERMISSIONS,
    roles=ROLES,
    actions=(
        Action("return", "review", service.review, schemas.Nothing),
        Action("return", "authorise", service.authorise, schemas.Authorise, primary=True),
        Action("return", "reject", service.reject, schemas.Reject, blocked=service.why_not_reject),
        Action("return", "request_info", service.request_info, schemas.Question),
        Action("return", "provide_info", service.provide_info, schemas.Reply),
        Action("return", "provide_info", service.provide_info, schemas.Reply, by=By.CUSTOMER),
        Action("return", "await_return", service.await_return, schemas.Nothing, primary=frozenset({"authorised"})),
        Action("return", "schedule_pickup", coming.fetch, schemas.Nothing),
        Action(
            "return",
            "wished",
            wishing.wish,
            schemas.Wish,
            options=wishing.choices,
            blocked=wishing.why_not,
            by=By.CUSTOMER,
        ),
        Action("return", "send", service.send, schemas.Nothing),
        Action(
            "return",
            "receive",
            receiving.receive,
            schemas.Nothing,
            primary=EXPECTED,
        ),
        Action("return", "receive_part", receiving.receive_part, schemas.ReceivePart),
        Action("return", "inspect", inspecting.inspect, schemas.Nothing, primary=True),
        Action(
            "return",
            "condition_found",
            inspecting.find,
            schemas.Found,
            primary=frozenset({"inspecting"}),
            blocked=possible.why_not_look,
        ),
        Action("return", "use_decided", inspecting.decide, schemas.UseDecided, blocked=possible.why_not_decide),
        Action("return", "paid_recorded", settling.record_paid, schemas.PaidRecorded, blocked=possible.why_not_pay),
        Action(
            "return",
            "resolution_chosen",
            settling.choose,
            schemas.ResolutionChosen,
            primary=TO_SETTLE,
            blocked=possible.why_not_choose,
        ),
        Action(
            "return",
            "resolution_changed",
            changing.change,
            schemas.ResolutionChanged,
            blocked=changing.why_not_change,
        ),
        Action(
            "return",
            "handed_over",
            exchanging.hand_over,
            schemas.HandOver,
            primary=TO_SETTLE,
            blocked=possible.why_not_hand_over,
        ),
        Action("return", "advance_agreed", advancing.agree, schemas.Advance, options=advancing.choices),
        Action("return", "brought_in", exchanging.brought_in, schemas.Nothing, primary=True),
        Action("return", "carried_out", settling.carry_out, schemas.CarriedOut, blocked=settling.why_not_carry_out),
        Action("return", "refuse", inspecting.refuse, schemas.Refuse),
        Action("return", "give_back", inspecting.give_back, schemas.Nothing, primary=True),
        Action(
            "return", "handed_back", handing_back.hand_back, schemas.Nothing, primary=True, blocked=handing_back.why_not
        ),
        Action("return", "wished", wishing.wish, schemas.Wish, options=wishing.choices, blocked=wishing.why_not),
        Action("return", "line_added", lines.add, schemas.AddLine),
        Action("return", "cancel", service.cancel, schemas.Nothing),
        Action("return", "cancel", service.cancel, schemas.Nothing, by=By.CUSTOMER),
        Action("advance_exchange", "ship", advancing.ship, schemas.NewOne, primary=True),
        Action("advance_exchange", "hand_over", advancing.hand_over, schemas.NewOne),
        Action("advance_exchange", "deliver", advancing.deliver, schemas.Nothing, primary=True),
        Action("advance_exchange", "asked_anew", securing.ask_anew, schemas.Nothing, blocked=securing.why_not_ask),
        Action("advance_exchange", "call_off", ahead.call_off, schemas.Why),
        Action("advance_exchange", "drop", ahead.drop, schemas.Why),
        Action("advance_exchange", "let_off", ahead.let_off, schemas.Why),
    ),
    api=(api,),
    pages=(pages, desk, returns_desk, return_pages.router, public_pages.pages),
    panels=(
        Panel("case.right", "returns", N_("Returns"), "rma/case.html", panels.on_case, VIEW, rank=60),
        Panel("unit", "returns", N_("Returns"), "rma/life.html", panels.in_life, VIEW, 60),
        Panel("customer", "returns", N_("Returns"), "rma/life.html", panels.in_life, VIEW, 60),
        Panel("track.later", "returns", N_("Return or exchange"), "rma/track.html", panels.on_track, rank=70),
    ),
    subscribers=(
        Subscriber("rma.refunded", settling.refunded, machine="refund", to=frozenset({"paid"})),
        Subscriber("rma.ahead", ahead.followed, machine="return", to=ahead.FOLLOWED),
        Subscriber("rma.secured", securing.secured, machine="hold", to=securing.MOVED, events=frozenset({"ending"})),
        Subscriber("rma.follow", settling.follow, machine="return", to=TO_SETTLE),
        Subscriber("rma.over", closing.over, machine="return", to=closing.ENDED, events=closing.OVER_BY),
        Subscriber("rma.taken_over", closing.taken_over, machine="return", to=closing.RECEIVED),
        Subscriber(
            "rma.visited", coming.visited, machine="visit", to=frozenset({"collected", "cancelled", "requested"})
        ),
    ),
    timers=(
        TimerHandler(receiving.INSPECT_BY, receiving.inspect_by),
        TimerHandler(sending.EXPIRE, sending.expire),
        TimerHandler(sending.REMIND, sending.remind),
        TimerHandler(advancing.REMIND, ahead.remind),
        TimerHandler(advancing.NOTICE, ahead.notice),
        TimerHandler(advancing.KEEP, ahead.keep),
        TimerHandler(closing.CLOSE, closing.close),
        TimerHandler(enquiring.LAPSE, enquiring.lapse),
    ),
    tells=(*TELLS, *goods_tells.TELLS, *advance_tells.TELLS),
    listings=(*LISTINGS, *reports.LISTINGS),
    desk=Desk(
        {"return": Home("/desk/returns/{id}", return_pages.show)},
        reports=reports.REPORTS,
        published={
            "returns": Published(N_("Return or exchange"), door=(N_("Give back or exchange a product"), "/give-back"))
        },
    ),
    holdings=HOLDINGS,
    cues=CUES,
    demo=(DemoPart(16, demo.fill_policies), DemoPart(50, demo.fill_cases), DemoPart(55, demo.fill)),
)
