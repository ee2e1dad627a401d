"""The machine of a unit's passing to a new owner, with its warranty."""

from aftersales.i18n import N_
from aftersales.status.machine import Audience, By, Category, Edge, EventKind, Machine, State, WaitsOn

_SYSTEM = frozenset({By.SYSTEM})
_EITHER = frozenset({By.STAFF, By.CUSTOMER})
_SEEN = Audience.CUSTOMER
_HAND_ON = "warranty_registration.transfer"

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
