"""The payment: money on its way to us, by whichever means."""

from aftersales.i18n import N_
from aftersales.status.machine import Audience, By, Category, Edge, Machine, State, WaitsOn

_SYSTEM = frozenset({By.SYSTEM})
_AMOUNT = frozenset({"amount_minor", "currency", "method", "invoice_id"})

PAYMENT = Machine(
    name="payment",
    title="payment",
    summary="Recorded by finance or reported by a payment provider; cash is collected, deposited and matched.",
    states=(
        State("initiated", Category.OPEN, N_("Begun")),
        State(
            "requires_action",
            Category.WAITING,
            N_("Waiting for the customer"),
            N_("Please finish the payment"),
            waits_on=WaitsOn.CUSTOMER,
        ),
        State("succeeded", Category.DONE, N_("Received"), N_("We have received your payment")),
        State("failed", Category.DONE, N_("Failed"), N_("The payment did not go through"), final=True),
        State("collected", Category.OPEN, N_("Cash collected"), N_("We have received your payment")),
        State("deposited", Category.OPEN, N_("Cash deposited")),
        State("matched", Category.DONE, N_("Cash matched")),
        State("partly_refunded", Category.DONE, N_("Refunded in part"), N_("A part has been paid back to you")),
        State("refunded", Category.DONE, N_("Refunded"), N_("Your money has been paid back"), final=True),
        State("disputed", Category.TROUBLE, N_("Disputed")),
    ),
    edges=(
        Edge(
            "initiate",
            (None,),
            "initiated",
            N_("Begin a payment"),
            permission="payment.record",
            by=frozenset({By.STAFF, By.SYSTEM}),
            route="invoice.payment_recorded",
            data=_AMOUNT,
        ),
        Edge("challenge", ("initiated",), "requires_action", N_("Ask the customer to confirm"), by=_SYSTEM),
        Edge(
            "succeed",
            ("initiated", "requires_action", "disputed"),
            "succeeded",
            N_("Count it as received"),
            by=_SYSTEM,
            audience=Audience.CUSTOMER,
            data=_AMOUNT,
        ),
        Edge(
            "fail", ("initiated", "requires_action"), "failed", N_("Give it up"), by=_SYSTEM, audience=Audience.CUSTOMER
        ),
        Edge("collect", (None,), "collected", N_("Collect cash"), by=_SYSTEM, audience=Audience.CUSTOMER, data=_AMOUNT),
        Edge("deposit", ("collected",), "deposited", N_("Deposit the cash"), by=_SYSTEM),
        Edge("match", ("deposited",), "matched", N_("Match the deposit"), by=_SYSTEM),
        Edge(
            "refund_part",
            ("succeeded", "matched", "partly_refunded"),
            "partly_refunded",
            N_("Pay a part back"),
            by=_SYSTEM,
            audience=Audience.CUSTOMER,
            data=_AMOUNT,
        ),
        Edge(
            "refund",
            ("succeeded", "matched", "partly_refunded", "disputed"),
            "refunded",
            N_("Pay it back"),
            by=_SYSTEM,
            audience=Audience.CUSTOMER,
            data=_AMOUNT,
        ),
        Edge("dispute", ("succeeded", "matched", "partly_refunded"), "disputed", N_("Dispute it"), by=_SYSTEM),
    ),
)
