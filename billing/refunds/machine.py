"""The refund: asked for once, paid by finance to where the money came from."""

from aftersales.i18n import N_
from aftersales.status.machine import Audience, By, Category, Edge, Machine, State, WaitsOn

_SYSTEM = frozenset({By.SYSTEM})
_AMOUNT = frozenset({"amount_minor", "currency", "method"})

REFUND = Machine(
    name="refund",
    title="refund",
    summary="Money that goes back the way it came; finance writes down the reference of the bank or of UPI.",
    states=(
        State("requested", Category.OPEN, N_("To be paid back"), N_("We are paying it back"), waits_on=WaitsOn.US),
        State("failed", Category.TROUBLE, N_("Not paid: it failed"), waits_on=WaitsOn.US),
        State("paid", Category.DONE, N_("Paid back"), N_("Your money has been paid back"), final=True),
        State("withdrawn", Category.DONE, N_("No longer asked for"), final=True),
    ),
    edges=(
        Edge("request", (None,), "requested", N_("Ask for a refund"), by=_SYSTEM, data=_AMOUNT),
        Edge(
            "pay",
            ("requested",),
            "paid",
            N_("Paid back"),
            permission="refund.pay",
            data=_AMOUNT,
            audience=Audience.CUSTOMER,
            button=N_("Write down the payment"),
        ),
        Edge("fail", ("requested",), "failed", N_("It failed"), permission="refund.pay", reason=True),
        Edge("withdraw", ("requested", "failed"), "withdrawn", N_("Call it back"), by=_SYSTEM),
        Edge("retry", ("failed",), "requested", N_("Try again"), permission="refund.pay"),
    ),
)
