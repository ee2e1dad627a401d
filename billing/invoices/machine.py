"""The invoice: issued once the work is done, paid in one or several payments."""

from aftersales.i18n import N_
from aftersales.status.machine import Audience, By, Category, Edge, EventKind, Machine, State, WaitsOn

_SYSTEM = frozenset({By.SYSTEM})
_AMOUNT = frozenset({"amount_minor", "currency"})
_CUSTOMER = Audience.CUSTOMER

INVOICE = Machine(
    name="invoice",
    title="invoice",
    summary="A tax invoice. Its number has no gaps and is given when it is issued.",
    states=(
        State("draft", Category.OPEN, N_("Being written"), waits_on=WaitsOn.US),
        State("issued", Category.WAITING, N_("Issued"), N_("Your invoice is ready"), waits_on=WaitsOn.CUSTOMER),
        State("partly_paid", Category.WAITING, N_("Paid in part"), N_("Paid in part"), waits_on=WaitsOn.CUSTOMER),
        State("paid", Category.DONE, N_("Paid"), N_("Paid. Thank you.")),
        State("credited", Category.DONE, N_("Credited"), N_("Your invoice has been credited"), final=True),
        State("void", Category.DONE, N_("Void"), final=True),
    ),
    edges=(
        Edge("draft", (None,), "draft", N_("Write an invoice"), by=_SYSTEM, data=frozenset({"estimate_id"})),
        Edge("issue", ("draft",), "issued", N_("Issue the invoice"), by=_SYSTEM, data=_AMOUNT, audience=_CUSTOMER),
        Edge(
            "receive_part",
            ("issued", "partly_paid"),
            "partly_paid",
            N_("Count a part payment"),
            by=_SYSTEM,
            data=_AMOUNT,
            audience=_CUSTOMER,
        ),
        Edge(
            "settle",
            ("issued", "partly_paid"),
            "paid",
            N_("Settle"),
            by=_SYSTEM,
            data=_AMOUNT,
            audience=_CUSTOMER,
        ),
        Edge("credit", ("issued", "partly_paid", "paid"), "credited", N_("Credit"), by=_SYSTEM, audience=_CUSTOMER),
        Edge(
            "void",
            ("draft", "issued"),
            "void",
            N_("Make the invoice void"),
            permission="invoice.void",
            reason=True,
        ),
    ),
    events=(
        EventKind(
            "payment_recorded",
            N_("Payment recorded"),
            button=N_("Record a payment"),
            permission="payment.record",
            data=_AMOUNT | {"payment_id", "method"},
            states=frozenset({"issued", "partly_paid"}),
        ),
    ),
)
