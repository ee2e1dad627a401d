"""What customers are told about money."""

from collections.abc import Mapping

from aftersales.auth import repository as auth
from aftersales.i18n import N_, format_instant, format_money
from aftersales.module import Posted, Tell
from aftersales.money import Money
from aftersales.work import Work
from billing.estimates import repository as estimates


async def estimate_words(work: Work, posted: Posted, language: str) -> Mapping[str, str]:
    """The total, and until when it is good."""
    found = await estimates.estimate(work.session, work.scope, posted.document_id)
    branch = await auth.branch(work.session, work.scope, found.branch_id)
    until = format_instant(found.valid_until, branch.timezone, language) if found.valid_until else ""
    return {"amount": format_money(found.total, language), "until": until}


async def amount_words(work: Work, posted: Posted, language: str) -> Mapping[str, str]:  # noqa: ARG001 - the shape
    """The amount that the entry carries."""
    return {"amount": format_money(Money(posted.data["currency"], posted.data["amount_minor"]), language)}


TELLS = (
    Tell(
        machine="estimate",
        to="sent",
        text="estimate.sent",
        subject=N_("{number}: your repair estimate is {amount}"),
        body=N_(
            "{name}, the estimate for the repair of your {product} is {amount}, tax included. "
            "It is good until {until}. Nothing is done before you say yes. "
            "See what it is for, and say yes or no, here: {link} Or call {owner}: {phone}."
        ),
        roles=("owner", "payer"),
        variables=estimate_words,
    ),
    Tell(
        machine="estimate",
        to="approved",
        text="estimate.approved",
        subject=N_("{number}: thank you, the repair begins"),
        body=N_(
            "{name}, thank you. You have approved {amount} for the repair of your {product}, and the repair begins. "
            "We will write as soon as it is ready. Follow it here: {link}"
        ),
        roles=("owner", "payer"),
        variables=amount_words,
    ),
    Tell(
        machine="estimate",
        to="declined",
        text="estimate.declined",
        subject=N_("{number}: you have declined the estimate"),
        body=N_(
            "{name}, you have declined the repair of your {product}, so we do not repair it and you owe nothing. "
            "{owner} will call you about your choices. Or call us: {phone}."
        ),
        roles=("owner", "payer"),
    ),
    Tell(
        machine="estimate",
        to="expired",
        text="estimate.expired",
        subject=N_("{number}: the estimate has expired"),
        body=N_(
            "{name}, the estimate for your {product} was not answered in time and has expired. Your {product} is safe "
            "with us. Call {owner} and we will make a new one: {phone}."
        ),
        roles=("owner", "payer"),
    ),
    Tell(
        machine="invoice",
        to="issued",
        text="invoice.issued",
        subject=N_("{number}: your invoice of {amount}"),
        body=N_(
            "{name}, the repair of your {product} is done. Your invoice is {amount}. You can pay when we bring it, "
            "by UPI, card or cash. Details: {link}"
        ),
        roles=("owner", "payer"),
        variables=amount_words,
    ),
    Tell(
        machine="invoice",
        to="paid",
        text="invoice.paid",
        subject=N_("{number}: we have received {amount}"),
        body=N_(
            "{name}, we have received {amount}. Your invoice is paid, thank you. Everything about this repair stays "
            "here: {link}"
        ),
        roles=("owner", "payer"),
        variables=amount_words,
    ),
)
