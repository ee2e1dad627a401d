"""The machines of a unit's passing to a new owner, with its warranty, and of the offer of another in its place."""

from aftersales.i18n import N_
from aftersales.status.machine import Audience, By, Category, Edge, EventKind, Machine, State, WaitsOn

_SYSTEM = frozenset({By.SYSTEM})
_EITHER = frozenset({By.STAFF, By.CUSTOMER})
_SEEN = Audience.CUSTOMER
_HAND_ON = "warranty_registration.transfer"
_REPLACE = "replacement_offer.answer"
_TAKEN = frozenset({"rung", "product_id", "amount_minor", "currency"})

TRANSFER = Machine(
    name="warranty_transfer",
    title="transfer of a warranty",
    summary="A unit passes to a new owner with its warranty, once both have agreed.",
    states=(
        State(
            "asked",
            Category.WAITING,
            N_("Both are to agree"),
            N_("Waiting until both owners have agreed"),
            waits_on=WaitsOn.CUSTOMER,
        ),
        State("completed", Category.DONE, N_("Passed on"), N_("The warranty has passed on"), final=True),
        State("declined", Category.DONE, N_("One did not agree"), N_("The warranty has not passed on"), final=True),
        State("withdrawn", Category.DONE, N_("Taken back"), N_("The warranty has not passed on"), final=True),
        State("lapsed", Category.DONE, N_("Not agreed in time"), N_("The warranty has not passed on"), final=True),
    ),
    edges=(
        Edge("ask", (None,), "asked", N_("Ask both owners"), by=_SYSTEM, audience=_SEEN),
        Edge("complete", ("asked",), "completed", N_("Both have agreed"), by=_SYSTEM, audience=_SEEN),
        Edge(
            "decline",
            ("asked",),
            "declined",
            N_("Does not agree"),
            permission=_HAND_ON,
            by=_EITHER,
            audience=_SEEN,
            data=frozenset({"party"}),
        ),
        Edge(
            "withdraw",
            ("asked",),
            "withdrawn",
            N_("Take the transfer back"),
            permission=_HAND_ON,
            audience=_SEEN,
            reason=True,
        ),
        Edge("lapse", ("asked",), "lapsed", N_("Not agreed in time"), by=_SYSTEM, audience=_SEEN),
    ),
    events=(
        EventKind(
            "consent_given",
            N_("Agreed"),
            button=N_("Write down who has agreed"),
            permission=_HAND_ON,
            data=frozenset({"party", "source"}),
            audience=_SEEN,
            states=frozenset({"asked"}),
        ),
    ),
)

OFFER = Machine(
    name="replacement_offer",
    title="offer of a replacement",
    summary="Another product, or what is left of the price, offered unasked where a repair is no help any more.",
    states=(
        State(
            "offered",
            Category.WAITING,
            N_("Replacement offered"),
            N_("We offer you another product or your money"),
            waits_on=WaitsOn.CUSTOMER,
        ),
        State("taken", Category.OPEN, N_("Offer taken up"), N_("You have chosen; we see to it"), waits_on=WaitsOn.US),
        State("fulfilled", Category.DONE, N_("Replacement done"), N_("What you chose is done"), final=True),
        State(
            "declined", Category.DONE, N_("Offer declined"), N_("You keep your product; the repair goes on"), final=True
        ),
        State("withdrawn", Category.DONE, N_("Offer taken back"), N_("Our offer has ended"), final=True),
    ),
    edges=(
        Edge(
            "offer",
            (None,),
            "offered",
            N_("Offer a replacement"),
            by=_SYSTEM,
            audience=_SEEN,
            data=frozenset({"trigger", "rung", "product_id", "amount_minor", "currency"}),
        ),
        Edge(
            "take_up",
            ("offered",),
            "taken",
            N_("Take the offer up"),
            permission=_REPLACE,
            by=_EITHER,
            audience=_SEEN,
            data=_TAKEN,
        ),
        Edge(
            "decline",
            ("offered",),
            "declined",
            N_("Keep the product"),
            permission=_REPLACE,
            by=_EITHER,
            audience=_SEEN,
        ),
        Edge(
            "withdraw",
            ("offered", "taken"),
            "withdrawn",
            N_("Take the offer back"),
            permission=_REPLACE,
            audience=_SEEN,
            reason=True,
        ),
        Edge(
            "fulfil",
            ("taken",),
            "fulfilled",
            N_("The new product is handed over"),
            permission=_REPLACE,
            audience=_SEEN,
            data=frozenset({"unit_id"}),
        ),
        Edge(
            "give_money",
            ("taken",),
            "fulfilled",
            N_("Give the money"),
            permission=_REPLACE,
            audience=_SEEN,
            data=frozenset({"refund_id"}),
        ),
    ),
)
