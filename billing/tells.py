"""What customers are told about money."""

from collections.abc import Mapping
from datetime import datetime

from aftersales.auth import repository as auth
from aftersales.i18n import N_, format_instant
from aftersales.i18n.brief import brief_day, money_forms
from aftersales.module import Posted, Tell
from aftersales.money import Money
from aftersales.told import Stated
from aftersales.work import Work
from billing.estimates import repository as estimates

_PAYING = ("owner", "payer")
_NEXT_WORD = (Stated("next_update", "next_word"),)


async def estimate_words(work: Work, posted: Posted, language: str) -> Mapping[str, str]:
    """The total, and until when it is good."""
    found = await estimates.estimate(work.session, work.scope, posted.document_id)
    branch = await auth.branch(work.session, work.scope, found.branch_id)
    ends = found.valid_until
    return money_forms("amount", found.total, language) | {
        "until": format_instant(ends, work.zone or branch.timezone, language, home=branch.timezone) if ends else "",
        "until_short": brief_day(ends, work.zone or branch.timezone, language, home=branch.timezone) if ends else "",
    }


async def estimate_ends(work: Work, posted: Posted) -> datetime | None:
    """Until when the estimate is good, as the words say."""
    return (await estimates.estimate(work.session, work.scope, posted.document_id)).valid_until


async def amount_words(work: Work, posted: Posted, language: str) -> Mapping[str, str]:  # noqa: ARG001 - the shape
    """The amount that the entry carries."""
    return money_forms("amount", Money(posted.data["currency"], posted.data["amount_minor"]), language)


TELLS = (
    Tell(
        machine="estimate",
        to="sent",
        text="estimate.sent",
        subject=N_("{number}: your repair estimate is {amount}"),
        body=N_(
            "{name}, the estimate for the repair of your {product} is {amount}, tax included.\n\n"
            "It is good until {until}. Nothing is done before you say yes.\n\n"
            "See what it is for, and say yes or no, here: {link}\n\nOr call {owner}: {phone}."
        ),
        sms=N_(
            "our estimate for your repair is {amount}, good until {until}. Nothing is done before you say yes. "
            "Details: {link}"
        ),
        whatsapp=N_(
            "The estimate for the repair of your {product} is *{amount}*, tax included. It is good until {until}.\n\n"
            "Nothing is done before you say yes. See what it is for, and say yes or no, here: {link}"
        ),
        voice=N_(
            "The estimate for the repair of your {product} is {amount}, tax included. It is good until {until}. "
            "Nothing is done before you say yes."
        ),
        push=N_("Good until {until}. Nothing is done before you say yes."),
        roles=_PAYING,
        alone=True,
        good_until=estimate_ends,
        variables=estimate_words,
    ),
    Tell(
        machine="estimate",
        event="reminded",
        text="estimate.reminded",
        subject=N_("{number}: we wait for your answer to our estimate"),
        body=N_(
            "{name}, our estimate of {amount} for the repair of your {product} waits for your answer.\n\n"
            "It is good until {until}. Nothing is done before you say yes; if you say no, you owe nothing for the "
            "repair.\n\nSay yes or no here: {link}\n\nOr call {owner}: {phone}."
        ),
        sms=N_("our repair estimate of {amount} waits for your decision and is good until {until}. Details: {link}"),
        whatsapp=N_(
            "Our estimate of *{amount}* for the repair of your {product} waits for your answer. It is good until "
            "{until}.\n\nNothing is done before you say yes. Say yes or no here: {link}"
        ),
        voice=N_(
            "Our estimate of {amount} for the repair of your {product} waits for your answer. It is good until "
            "{until}. Nothing is done before you say yes."
        ),
        push=N_("{amount}, good until {until}. Nothing is done before you say yes."),
        roles=_PAYING,
        alone=True,
        good_until=estimate_ends,
        variables=estimate_words,
    ),
    Tell(
        machine="estimate",
        to="approved",
        text="estimate.approved_by",
        subject=N_("{number}: thank you, the repair begins and is ready by {ready_by}"),
        body=N_(
            "{name}, thank you. You have approved {amount} for the repair of your {product}, and the repair begins.\n\n"
            "It is ready by {ready_by} at the latest. If it should take longer, we tell you before then, and why. "
            "Follow it here: {link}"
        ),
        sms=N_("thank you. You have approved {amount}. It is ready by {ready_by} at the latest. Follow it: {link}"),
        whatsapp=N_(
            "Thank you. You have approved *{amount}* for the repair of your {product}, and the repair begins.\n\n"
            "It is ready by *{ready_by}* at the latest. If it should take longer, we tell you before then, and why."
        ),
        voice=N_(
            "Thank you. You have approved {amount} for the repair of your {product}, and the repair begins. "
            "It is ready by {ready_by} at the latest. If it should take longer, we tell you before then, and why."
        ),
        push=N_("You have approved {amount}. Your {product} is ready by {ready_by} at the latest."),
        roles=_PAYING,
        alone=True,
        states=(Stated("completion", "ready_by"),),
        variables=amount_words,
    ),
    Tell(
        machine="estimate",
        to="approved",
        text="estimate.approved",
        states=_NEXT_WORD,
        subject=N_("{number}: thank you, the repair begins"),
        body=N_(
            "{name}, thank you. You have approved {amount} for the repair of your {product}, and the repair begins.\n\n"
            "We will write as soon as it is ready. Follow it here: {link}\n\nYou hear from us again by {next_word}, "
            "also if nothing is new."
        ),
        sms=N_("thank you. You have approved {amount} for your {product}, and the repair begins. Follow it: {link}"),
        whatsapp=N_(
            "Thank you. You have approved *{amount}* for the repair of your {product}, and the repair begins.\n\nWe "
            "will tell you as soon as it is ready.\n\nYou hear from us again by {next_word}, also if nothing is new."
        ),
        voice=N_(
            "Thank you. You have approved {amount} for the repair of your {product}, and the repair begins. We will "
            "tell you as soon as it is ready. You hear from us again by {next_word}, also if nothing is new."
        ),
        push=N_(
            "You have approved {amount}. We tell you as soon as your {product} is ready. You hear from us again by "
            "{next_word}."
        ),
        roles=_PAYING,
        variables=amount_words,
    ),
    Tell(
        machine="estimate",
        to="partly_approved",
        text="estimate.partly_approved_by",
        subject=N_("{number}: thank you, we do the part that you chose"),
        body=N_(
            "{name}, thank you. You have approved {amount} for a part of the work on your {product}, and we begin with "
            "that.\n\nThe rest we leave as it is, and you do not pay for it.\n\nIt is ready by {ready_by} at the "
            "latest. If it should take longer, we tell you before then, and why. Follow it here: {link}"
        ),
        sms=N_("thank you. You have approved {amount}. It is ready by {ready_by} at the latest. Follow it: {link}"),
        whatsapp=N_(
            "Thank you. You have approved *{amount}* for a part of the work on your {product}, and we begin with "
            "that.\n\nThe rest we leave as it is, and you do not pay for it.\n\nIt is ready by *{ready_by}* at the "
            "latest. If it should take longer, we tell you before then, and why."
        ),
        voice=N_(
            "Thank you. You have approved {amount} for a part of the work on your {product}, and we begin with that. "
            "The rest we leave as it is, and you do not pay for it. It is ready by {ready_by} at the latest. If it "
            "should take longer, we tell you before then, and why."
        ),
        push=N_("You have approved {amount}. Your {product} is ready by {ready_by} at the latest."),
        roles=_PAYING,
        alone=True,
        states=(Stated("completion", "ready_by"),),
        variables=amount_words,
    ),
    Tell(
        machine="estimate",
        to="partly_approved",
        text="estimate.partly_approved",
        states=_NEXT_WORD,
        subject=N_("{number}: thank you, we do the part that you chose"),
        body=N_(
            "{name}, thank you. You have approved {amount} for a part of the work on your {product}, and we begin with "
            "that.\n\nThe rest we leave as it is, and you do not pay for it. We will write as soon as your {product} "
            "is ready. Follow it here: {link}\n\nYou hear from us again by {next_word}, also if nothing is new."
        ),
        sms=N_("thank you. We begin with the work of {amount} on your {product} that you chose. Follow it: {link}"),
        whatsapp=N_(
            "Thank you. You have approved *{amount}* for a part of the work on your {product}, and we begin with "
            "that.\n\nThe rest we leave as it is, and you do not pay for it.\n\nYou hear from us again by {next_word}, "
            "also if nothing is new."
        ),
        voice=N_(
            "Thank you. You have approved {amount} for a part of the work on your {product}, and we begin with that. "
            "The rest we leave as it is, and you do not pay for it. You hear from us again by {next_word}, also if "
            "nothing is new."
        ),
        push=N_(
            "We begin with the work of {amount} that you chose. The rest stays as it is. You hear from us again by "
            "{next_word}."
        ),
        roles=_PAYING,
        variables=amount_words,
    ),
    Tell(
        machine="estimate",
        to="declined",
        text="estimate.declined",
        states=_NEXT_WORD,
        subject=N_("{number}: you have declined the estimate"),
        body=N_(
            "{name}, you have declined the repair of your {product}, so we do not repair it and you owe nothing for "
            "it.\n\n{owner} will call you about your choices. Or call us: {phone}.\n\nYou hear from us again by "
            "{next_word}, also if nothing is new."
        ),
        sms=N_(
            "you have declined the repair of your {product}. We do not repair it. You hear from us again by "
            "{next_word}: {link}"
        ),
        whatsapp=N_(
            "You have declined the repair of your {product}, so we do not repair it and you owe nothing for it.\n\n"
            "{owner} will call you about your choices.\n\nYou hear from us again by {next_word}, also if nothing is "
            "new."
        ),
        voice=N_(
            "You have declined the repair of your {product}, so we do not repair it, and you owe nothing for it. "
            "{owner} will call you about your choices. You hear from us again by {next_word}, also if nothing is new."
        ),
        push=N_(
            "We do not repair it. {owner} will call you about your choices. You hear from us again by {next_word}."
        ),
        roles=_PAYING,
    ),
    Tell(
        machine="estimate",
        to="expired",
        text="estimate.expired",
        subject=N_("{number}: the estimate has expired"),
        body=N_(
            "{name}, our estimate for your {product} has expired, because we had no answer in time. Your {product} is "
            "safe with us, and nothing has been done that costs money.\n\n"
            "Call {owner} and we make a new one: {phone}."
        ),
        sms=N_("our estimate for your {product} has expired. It is safe with us. For a new estimate: {link}"),
        whatsapp=N_(
            "Our estimate for your {product} has expired, because we had no answer in time. Your {product} is safe "
            "with us, and nothing has been done that costs money.\n\nTell us here if you want a new estimate."
        ),
        voice=N_(
            "Our estimate for your {product} has expired, because we had no answer in time. It is safe with us, and "
            "nothing has been done that costs money. If you want a new estimate, call us."
        ),
        push=N_("Your {product} is safe with us. Tell us if you want a new estimate."),
        roles=_PAYING,
    ),
    Tell(
        machine="invoice",
        to="issued",
        text="invoice.issued",
        subject=N_("{number}: your invoice of {amount}"),
        body=N_(
            "{name}, the repair of your {product} is done. Your invoice is {amount}, tax included.\n\nYou can pay when "
            "we bring it, by UPI, card or cash. What it is for is shown here: {link}"
        ),
        sms=N_("the invoice for your {product} is {amount}. You can pay when we bring it. Details: {link}"),
        whatsapp=N_(
            "The repair of your {product} is done. Your invoice is *{amount}*, tax included.\n\nYou can pay when we "
            "bring it, by UPI, card or cash. What it is for is shown here: {link}"
        ),
        voice=N_(
            "The repair of your {product} is done. Your invoice is {amount}, tax included. "
            "You can pay when we bring it, by U P I, card or cash."
        ),
        push=N_("You can pay when we bring it, by UPI, card or cash."),
        roles=_PAYING,
        variables=amount_words,
    ),
    Tell(
        machine="invoice",
        to="partly_paid",
        text="invoice.partly_paid",
        subject=N_("{number}: we have received {amount}"),
        body=N_(
            "{name}, we have received {amount} for your {product}, thank you.\n\nIt is a part of your invoice. What is "
            "left to pay, and how, is shown here: {link}"
        ),
        sms=N_("we have received {amount}, a part of the invoice for your {product}. What is left to pay: {link}"),
        whatsapp=N_(
            "We have received *{amount}* for your {product}, thank you.\n\nIt is a part of your invoice. What is left "
            "to pay, and how, is shown here: {link}"
        ),
        voice=N_(
            "We have received {amount} for your {product}, thank you. It is a part of your invoice. "
            "Call us if you want to know what is left to pay."
        ),
        push=N_("It is a part of your invoice. Your page says what is left to pay."),
        roles=_PAYING,
        variables=amount_words,
    ),
    Tell(
        machine="invoice",
        to="paid",
        text="invoice.paid",
        subject=N_("{number}: your invoice is paid"),
        body=N_(
            "{name}, we have received {amount}. Your invoice is paid in full, thank you.\n\n"
            "Everything about this repair stays here: {link}"
        ),
        sms=N_("we have received {amount}. The invoice for your {product} is paid, thank you. Details: {link}"),
        whatsapp=N_("We have received *{amount}*. The invoice for your {product} is paid in full, thank you."),
        voice=N_("We have received {amount}. The invoice for your {product} is paid in full. Thank you."),
        push=N_("We have received {amount}. Thank you."),
        roles=_PAYING,
        variables=amount_words,
    ),
    Tell(
        machine="invoice",
        to="credited",
        text="invoice.credited",
        subject=N_("{number}: you need not pay this invoice"),
        body=N_(
            "{name}, we have taken back our invoice for your {product}. You need not pay it; what you have already "
            "paid on it, we pay back.\n\n{owner} can tell you why: {phone}. What happens now is shown here: {link}"
        ),
        sms=N_("we have taken back our invoice for your {product} ({number}). You need not pay it. Details: {link}"),
        whatsapp=N_(
            "We have taken back our invoice for your {product}. You need not pay it; what you have already paid on "
            "it, we pay back.\n\n{owner} can tell you why."
        ),
        voice=N_(
            "We have taken back our invoice for your {product}. You need not pay it. What you have already paid on it, "
            "we pay back. {owner} can tell you why."
        ),
        push=N_("We have taken our invoice back. What you have paid on it, we pay back."),
        roles=_PAYING,
    ),
)
