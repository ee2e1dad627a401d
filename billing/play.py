"""The share of billing in the play: estimates go out, customers say yes or no, money comes in."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from aftersales.auth.permissions import COORDINATOR, FINANCE
from aftersales.module import Cue
from aftersales.scene import Scene
from billing.invoices import repository as invoices

CUSTOMER = ""
YES = Fraction(3, 4)


async def yes(scene: Scene) -> Mapping[str, Any] | None:
    """Most say yes."""
    return {} if scene.chance("yes", YES) else None


async def no(_scene: Scene) -> Mapping[str, Any]:
    """The others say why not."""
    return {"note": "That is nearly the price of a new one. We would rather have it back."}


async def all_of_it(scene: Scene) -> Mapping[str, Any]:
    """The whole amount, by UPI; the twelve digits are those of no other payment."""
    due = (await invoices.invoice(scene.work.session, scene.work.scope, scene.about.id)).due
    return {"amount_minor": due.minor, "method": "upi", "reference": f"{scene.about.id.int % 10**12:012d}"}


async def paid_back(scene: Scene) -> Mapping[str, Any]:
    """By UPI, as it had come; the twelve digits are those of no other payment."""
    return {"reference": f"{scene.about.id.int % 10**12:012d}"}


CUES = (
    Cue("estimate", frozenset({"draft"}), COORDINATOR, "sent {name} the estimate", verb="send"),
    Cue("estimate", frozenset({"sent"}), CUSTOMER, "said yes to the estimate", verb="approve", body=yes),
    Cue("estimate", frozenset({"sent"}), CUSTOMER, "said no to the estimate", verb="decline", body=no),
    Cue(
        "invoice",
        frozenset({"issued"}),
        FINANCE,
        "recorded {name}'s payment",
        verb="payment_recorded",
        body=all_of_it,
    ),
    Cue("refund", frozenset({"requested"}), FINANCE, "paid {name} back", verb="pay", body=paid_back),
)
