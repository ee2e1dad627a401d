"""Security: money that we hold, by a card or as a deposit, and that is released or captured, never both."""

from aftersales.i18n import N_
from aftersales.status.machine import Audience, By, Category, Edge, Machine, State, WaitsOn

_SYSTEM = frozenset({By.SYSTEM})
_EITHER = frozenset({By.STAFF, By.SYSTEM})
_AMOUNT = frozenset({"amount_minor", "currency", "method"})
_SEEN = Audience.CUSTOMER

HOLD = Machine(
    name="hold",
    title="security",
    summary="An amount blocked on a card, or a deposit, for what the customer has before they have given something "
    "for it. One decision ends it; finance carries out what the card's terminal has to do.",
    states=(
        State("held", Category.WAITING, N_("Held"), N_("Held as security"), waits_on=WaitsOn.CUSTOMER),
        State("releasing", Category.OPEN, N_("To be released"), N_("We release it"), waits_on=WaitsOn.US),
        State("released", Category.DONE, N_("Released"), N_("It is released"), final=True),
        State("capturing", Category.OPEN, N_("To be captured"), N_("We keep it"), waits_on=WaitsOn.US),
        State("captured", Category.DONE, N_("Captured"), N_("We have kept it"), final=True),
        State("lapsed", Category.DONE, N_("Lapsed: the bank no longer held it"), N_("It is released"), final=True),
    ),
    edges=(
        Edge("place", (None,), "held", N_("Hold it"), by=_SYSTEM, data=_AMOUNT, audience=_SEEN),
        Edge("release", ("held",), "releasing", N_("Release it"), by=_SYSTEM, data=_AMOUNT),
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
)
