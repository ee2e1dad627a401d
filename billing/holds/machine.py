"""Security: money that we hold, by a card or as a deposit, and that is released or captured, never both."""

from aftersales.i18n import N_
from aftersales.status.machine import Audience, By, Category, Edge, EventKind, Machine, State, WaitsOn

_SYSTEM = frozenset({By.SYSTEM})
_EITHER = frozenset({By.STAFF, By.SYSTEM})
_AMOUNT = frozenset({"amount_minor", "currency", "method"})
_CODE = frozenset({"code"})
_SEEN = Audience.CUSTOMER

ASKED = ("asked", "asked_anew")
"""Statuses in which the customer is waited for."""
RUNNING = frozenset({*ASKED, "held", "releasing", "capturing"})
"""Statuses from which it goes on."""

HOLD = Machine(
    name="hold",
    title="security",
    summary="An amount blocked on a card, or a deposit, for what the customer has before they have given something "
    "for it. One decision ends it; a gateway carries it out by itself, finance what the card's terminal has to do.",
    states=(
        State(
            "asked",
            Category.WAITING,
            N_("To be blocked by the customer"),
            N_("Please block it on your card"),
            waits_on=WaitsOn.CUSTOMER,
        ),
        State(
            "asked_anew",
            Category.WAITING,
            N_("To be blocked anew by the customer"),
            N_("Please block it on your card"),
            waits_on=WaitsOn.CUSTOMER,
        ),
        State("held", Category.WAITING, N_("Held"), N_("Held as security"), waits_on=WaitsOn.CUSTOMER),
        State("releasing", Category.OPEN, N_("To be released"), N_("We release it"), waits_on=WaitsOn.US),
        State("released", Category.DONE, N_("Released"), N_("It is released"), final=True),
        State("capturing", Category.OPEN, N_("To be captured"), N_("We keep it"), waits_on=WaitsOn.US),
        State("captured", Category.DONE, N_("Captured"), N_("We have kept it"), final=True),
        State(
            "not_held",
            Category.DONE,
            N_("Not blocked by the customer"),
            N_("Nothing was blocked"),
            final=True,
        ),
        State("lapsed", Category.DONE, N_("Lapsed: the bank no longer held it"), N_("It is released"), final=True),
    ),
    edges=(
        Edge("place", (None,), "held", N_("Hold it"), by=_SYSTEM, data=_AMOUNT, audience=_SEEN),
        Edge("ask", (None,), "asked", N_("Ask the customer to block it"), by=_SYSTEM, data=_AMOUNT, audience=_SEEN),
        Edge(
            "ask_anew",
            (None,),
            "asked_anew",
            N_("Asked to block it once more"),
            by=_SYSTEM,
            data=_AMOUNT,
            audience=_SEEN,
        ),
        Edge("block", ASKED, "held", N_("Blocked by the customer"), by=_SYSTEM, data=_AMOUNT, audience=_SEEN),
        Edge("give_up", ASKED, "not_held", N_("Not blocked in time"), by=_SYSTEM, data=_CODE, audience=_SEEN),
        Edge("freed", ("held", "capturing"), "lapsed", N_("The bank has freed it"), by=_SYSTEM, data=_AMOUNT),
        Edge("release", (*ASKED, "held"), "releasing", N_("Release it"), by=_SYSTEM, data=_AMOUNT),
        Edge(
            "let_go",
            ("releasing",),
            "released",
            N_("Released"),
            permission="refund.pay",
            by=_EITHER,
            data=_AMOUNT,
            audience=_SEEN,
            button=N_("Write down the release"),
        ),
        Edge("capture", ("held",), "capturing", N_("Capture it"), by=_SYSTEM, data=_AMOUNT),
        Edge(
            "take",
            ("capturing",),
            "captured",
            N_("Captured"),
            permission="payment.record",
            by=_EITHER,
            data=_AMOUNT,
            audience=_SEEN,
            button=N_("Write down the capture"),
        ),
        Edge(
            "lapse",
            ("capturing",),
            "lapsed",
            N_("The bank no longer holds it"),
            permission="payment.record",
            reason=True,
        ),
    ),
    events=(
        EventKind("card_refused", N_("The customer's card was refused"), states=frozenset(ASKED)),
        EventKind("ending", N_("The bank frees it soon"), data=frozenset({"until"}), states=frozenset({"held"})),
        EventKind("differs", N_("Captured at the gateway by hand: compare it there"), states=RUNNING),
    ),
)
