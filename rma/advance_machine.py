"""The machine of an exchange in advance: another one goes out first, against security, and the old one is due back."""

from aftersales.i18n import N_
from aftersales.status.machine import Audience, By, Category, Edge, EventKind, Machine, State, WaitsOn

_SYSTEM = frozenset({By.SYSTEM})
_SEEN = Audience.CUSTOMER
_EXCHANGE = "return.exchange"
_UNIT = frozenset({"new_unit_id"})
_AMOUNT = frozenset({"amount_minor", "currency"})
OUT = ("replacement_shipped", "return_due", "return_in_transit")
"""Statuses in which the customer has, or is about to get, both units."""

ADVANCE = Machine(
    name="advance_exchange",
    title="exchange in advance",
    summary="A replacement that goes out before the old unit is back. The security is released when that comes, or "
    "kept, after notice, when it does not.",
    states=(
        State(
            "hold_asked",
            Category.WAITING,
            N_("Waiting for security"),
            N_("Waiting for your security"),
            waits_on=WaitsOn.CUSTOMER,
        ),
        State("hold_placed", Category.OPEN, N_("To be sent"), N_("We send you another one"), waits_on=WaitsOn.US),
        State(
            "replacement_shipped",
            Category.WAITING,
            N_("Another one on its way"),
            N_("Another one is on its way to you"),
            waits_on=WaitsOn.COURIER,
        ),
        State(
            "return_due",
            Category.WAITING,
            N_("The old one is due"),
            N_("Please give us the old one"),
            waits_on=WaitsOn.CUSTOMER,
        ),
        State(
            "return_in_transit",
            Category.WAITING,
            N_("The old one on its way"),
            N_("The old one is on its way to us"),
            waits_on=WaitsOn.COURIER,
        ),
        State("hold_released", Category.DONE, N_("Security released"), N_("Your security is released"), final=True),
        State("hold_not_placed", Category.DONE, N_("No security was given"), N_("No security was given"), final=True),
        State("hold_captured", Category.DONE, N_("Security kept"), N_("We have kept your security"), final=True),
    ),
    edges=(
        Edge(
            "place_hold",
            (None,),
            "hold_placed",
            N_("Hold security"),
            permission=_EXCHANGE,
            route="return.advance_agreed",
            data=_AMOUNT,
            audience=_SEEN,
        ),
        Edge(
            "ask_hold",
            (None,),
            "hold_asked",
            N_("Ask for security"),
            permission=_EXCHANGE,
            route="return.advance_agreed",
            data=_AMOUNT,
            audience=_SEEN,
        ),
        Edge("security_held", ("hold_asked",), "hold_placed", N_("The security is held"), by=_SYSTEM, audience=_SEEN),
        Edge(
            "hold_missed", ("hold_asked",), "hold_not_placed", N_("No security was given"), by=_SYSTEM, audience=_SEEN
        ),
        Edge(
            "drop",
            ("hold_asked",),
            "hold_not_placed",
            N_("Call it off"),
            permission=_EXCHANGE,
            audience=_SEEN,
            reason=True,
        ),
        Edge(
            "ship",
            ("hold_placed",),
            "replacement_shipped",
            N_("Send another one"),
            permission=_EXCHANGE,
            data=_UNIT,
            audience=_SEEN,
        ),
        Edge(
            "hand_over",
            ("hold_placed",),
            "return_due",
            N_("Hand over another one"),
            permission=_EXCHANGE,
            data=_UNIT,
            audience=_SEEN,
        ),
        Edge("deliver", ("replacement_shipped",), "return_due", N_("Delivered"), permission=_EXCHANGE, audience=_SEEN),
        Edge("send_back", ("return_due",), "return_in_transit", N_("The old one is sent"), by=_SYSTEM, audience=_SEEN),
        Edge(
            "call_off",
            ("hold_placed",),
            "hold_released",
            N_("Call it off"),
            permission=_EXCHANGE,
            data=_AMOUNT,
            audience=_SEEN,
            reason=True,
        ),
        Edge(
            "release",
            ("hold_placed", *OUT),
            "hold_released",
            N_("Release the security"),
            by=_SYSTEM,
            data=_AMOUNT,
            audience=_SEEN,
        ),
        Edge(
            "let_off",
            OUT,
            "hold_released",
            N_("Release without the old one"),
            permission="return.settle",
            data=_AMOUNT,
            audience=_SEEN,
            reason=True,
        ),
        Edge(
            "keep",
            ("return_due",),
            "hold_captured",
            N_("Keep the security"),
            by=_SYSTEM,
            data=_AMOUNT,
            audience=_SEEN,
        ),
    ),
    events=(
        EventKind("reminded", N_("Please give us the old one"), audience=_SEEN, states=frozenset({"return_due"})),
        EventKind(
            "noticed",
            N_("Told that the security will be kept"),
            audience=_SEEN,
            states=frozenset({"return_due"}),
        ),
        EventKind(
            "asked_anew",
            N_("Security asked for anew"),
            permission=_EXCHANGE,
            states=frozenset({"hold_placed", *OUT}),
            button=N_("Ask the customer to block it anew"),
        ),
        EventKind("held_anew", N_("The security is held anew"), states=frozenset({"hold_placed", *OUT})),
        EventKind("unsecured", N_("The bank no longer holds the security"), states=frozenset({"hold_placed", *OUT})),
    ),
)
