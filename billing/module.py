"""The manifest of billing."""

from aftersales.i18n import N_
from aftersales.module import Action, DemoPart, Job, Module, Panel, Subscriber, TimerHandler
from aftersales.status.machine import By
from billing import handlers, lives, lives_back, panels
from billing.aloud import NO, YES
from billing.charges import BillingCharges
from billing.demo import fill
from billing.estimates import schemas as estimate_schemas
from billing.estimates import service as estimates
from billing.estimates.machine import ESTIMATE
from billing.holdings import HOLDINGS
from billing.holds import hearing, tending
from billing.holds import schemas as hold_schemas
from billing.holds import service as holds
from billing.holds import tells as hold_tells
from billing.holds.hooks import hooks
from billing.holds.machine import HOLD
from billing.invoices import schemas as invoice_schemas
from billing.invoices import service as invoices
from billing.invoices.machine import INVOICE
from billing.listings import LISTINGS
from billing.payments import schemas as payment_schemas
from billing.payments import service as payments
from billing.payments import tells as payment_tells
from billing.payments.machine import PAYMENT
from billing.permissions import PERMISSIONS, ROLES, VIEW
from billing.play import CUES
from billing.refunds import schemas as refund_schemas
from billing.refunds import service as refunds
from billing.refunds import tells as refund_tells
from billing.refunds.machine import REFUND
from billing.routes import api
from billing.tells import TELLS

MODULE = Module(
    name="billing",
    title=N_("Billing"),
    package="billing",
    summary="Estimates that customers answer, invoices for finished work, payments, refunds and credit.",
    machines=(ESTIMATE, INVOICE, PAYMENT, REFUND, HOLD),
    permissions=PERMISSIONS,
    roles=ROLES,
    actions=(
        Action("estimate", "send", estimates.send, estimate_schemas.Send, primary=True),
        Action("estimate", "approve", estimates.record_approval, estimate_schemas.RecordAnswer, primary=True),
        Action("estimate", "decline", estimates.record_decline, estimate_schemas.RecordAnswer),
        Action(
            "estimate",
            "approve",
            estimates.approve,
            estimate_schemas.CustomerApproves,
            by=By.CUSTOMER,
            code="approval",
            primary=True,
            aloud=YES,
        ),
        Action("estimate", "decline", estimates.decline, estimate_schemas.CustomerDeclines, by=By.CUSTOMER, aloud=NO),
        Action("invoice", "payment_recorded", payments.record, payment_schemas.RecordPayment, primary=True),
        Action("invoice", "void", invoices.void, invoice_schemas.Void),
        Action("refund", "pay", refunds.pay, refund_schemas.Pay, primary=True),
        Action("refund", "fail", refunds.fail, refund_schemas.Fail),
        Action("refund", "retry", refunds.retry, refund_schemas.Nothing, primary=True),
        Action("hold", "let_go", holds.let_go, hold_schemas.Executed, primary=True, blocked=holds.why_not_let_go),
        Action("hold", "take", holds.take, hold_schemas.Executed, primary=True, blocked=holds.why_not_by_hand),
        Action("hold", "lapse", holds.lapse, hold_schemas.Lapse, blocked=holds.why_not_by_hand),
    ),
    api=(api,),
    pages=(hooks,),
    subscribers=(
        Subscriber("billing.cancelled", handlers.withdraw_estimates, machine="case", to=frozenset({"cancelled"})),
        Subscriber("billing.invoice", handlers.invoice_finished_work, machine="repair_order", to=frozenset({"ready"})),
        Subscriber("billing.released", holds.refunded, machine="refund", to=frozenset({"paid"})),
        Subscriber(
            "billing.void", handlers.void_undone_work, machine="repair_order", to=frozenset({"ready", "replaced"})
        ),
    ),
    timers=(TimerHandler(estimates.EXPIRE, estimates.expire), TimerHandler(hearing.FORGET, hearing.forget)),
    jobs=(Job(holds.TEND, tending.tend, max_attempts=tending.MAX_ATTEMPTS),),
    panels=(
        Panel("case.right", "money", N_("Money"), "billing/money.html", panels.money, permission="billing.view"),
        Panel("unit", "estimates", N_("Parts and prices"), "billing/life.html", lives.estimates_in, VIEW, 35),
        Panel("customer", "estimates", N_("Estimates"), "billing/life.html", lives.estimates_in, VIEW, 70),
        Panel("customer", "invoices", N_("Invoices"), "billing/life.html", lives.invoices_in, VIEW, 71),
        Panel("customer", "payments", N_("Payments"), "billing/life.html", lives.payments_in, VIEW, 72),
        Panel("customer", "refunds", N_("Refunds"), "billing/life.html", lives_back.refunds_in, VIEW, 73),
        Panel("customer", "credit", N_("Store credit"), "billing/life.html", lives_back.credit_in, VIEW, 74),
        Panel("track.turn", "estimate", N_("Your turn"), "billing/turn.html", panels.turn),
        Panel("track.turn", "hold", N_("Your turn"), "billing/hold.html", panels.to_block),
        Panel("track", "money", N_("Money"), "billing/money.html", panels.money, rank=40),
    ),
    tells=(*TELLS, *payment_tells.TELLS, *refund_tells.TELLS, *hold_tells.TELLS),
    listings=LISTINGS,
    holdings=HOLDINGS,
    provides={"charges": BillingCharges()},
    cues=CUES,
    demo=(DemoPart(70, fill),),
)
