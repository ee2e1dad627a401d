"""The estimate: a price the customer says yes or no to."""

from aftersales.i18n import N_
from aftersales.status.machine import Audience, By, Category, Edge, EventKind, Machine, State, WaitsOn

_SYSTEM = frozenset({By.SYSTEM})
_ANYONE = frozenset({By.STAFF, By.CUSTOMER})
_AMOUNT = frozenset({"amount_minor", "currency"})
_CUSTOMER = Audience.CUSTOMER

ESTIMATE = Machine(
    name="estimate",
    title="estimate",
    summary="A price for work not covered, good until a date, that the customer accepts or declines.",
    states=(
        State("draft", Category.OPEN, N_("Being written"), waits_on=WaitsOn.US),
        State(
            "sent",
            Category.WAITING,
            N_("Sent"),
            N_("The repair estimate is ready. We are waiting for your answer."),
            waits_on=WaitsOn.CUSTOMER,
        ),
        State("approved", Category.DONE, N_("Approved"), N_("You have approved the estimate")),
        State("partly_approved", Category.DONE, N_("Approved in part"), N_("You have approved a part of the estimate")),
        State("declined", Category.DONE, N_("Declined"), N_("You have declined the estimate")),
        State("expired", Category.TROUBLE, N_("Expired"), N_("The estimate has expired"), waits_on=WaitsOn.US),
        State("superseded", Category.DONE, N_("Replaced by a newer one"), final=True),
        State("void", Category.DONE, N_("Void: the work was not done"), final=True),
    ),
    edges=(
        Edge(
            "draft",
            (None,),
            "draft",
            N_("Write an estimate"),
            permission="estimate.write",
            by=frozenset({By.STAFF, By.SYSTEM}),
            route="repair_order.estimate",
            data=_AMOUNT,
        ),
        Edge(
            "send",
            ("draft", "expired"),
            "sent",
            N_("Send the estimate"),
            permission="estimate.send",
            data=_AMOUNT | {"valid_until"},
            audience=_CUSTOMER,
        ),
        Edge(
            "approve",
            ("sent",),
            "approved",
            N_("Approve the estimate"),
            button=N_("Record a yes given to us"),
            permission="estimate.answer",
            by=_ANYONE,
            data=_AMOUNT,
            audience=_CUSTOMER,
        ),
        Edge(
            "approve_part",
            ("sent",),
            "partly_approved",
            N_("Approve a part"),
            by=_SYSTEM,
            data=_AMOUNT,
            audience=_CUSTOMER,
        ),
        Edge(
            "decline",
            ("sent",),
            "declined",
            N_("Decline the estimate"),
            button=N_("Record a no given to us"),
            permission="estimate.answer",
            by=_ANYONE,
            audience=_CUSTOMER,
        ),
        Edge("expire", ("sent",), "expired", N_("Let it expire"), by=_SYSTEM, audience=_CUSTOMER),
        Edge(
            "supersede",
            ("draft", "sent", "approved", "partly_approved", "declined", "expired"),
            "superseded",
            N_("Replace it by a newer one"),
            by=_SYSTEM,
            data=frozenset({"estimate_id"}),
        ),
        Edge(
            "void",
            ("draft", "sent", "approved", "partly_approved", "expired"),
            "void",
            N_("Its work is not done"),
            by=_SYSTEM,
        ),
    ),
    events=(EventKind("reminded", N_("Reminded the customer"), audience=_CUSTOMER),),
)
