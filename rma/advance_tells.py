"""What customers are told about an exchange in advance."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from aftersales.auth import repository as auth
from aftersales.i18n import N_
from aftersales.i18n.brief import money_forms
from aftersales.module import Posted, Tell
from aftersales.products import repository as products
from aftersales.told import Paper
from aftersales.work import Work
from rma import advances, repository
from rma.said import day
from rma.service import sending
from rma.tells import NEXT_WORD


async def words(work: Work, posted: Posted, language: str) -> Mapping[str, str]:
    """`{item}`, `{return_number}`, `{amount}` (what is held), `{due}` (when the old one is) and `{keep_on}`."""
    system = work.as_system()
    one = await advances.one(system.session, system.scope, posted.document_id)
    about = await repository.one(system.session, system.scope, one.return_id)
    unit = await products.unit(system.session, system.scope, about.unit_id)
    home = (await auth.branch(system.session, system.scope, about.branch_id)).timezone
    zones = work.zone or home, home
    return (
        {"item": unit.product_name, "return_number": about.number}
        | money_forms("amount", one.amount, language)
        | day("due", one.due_at, zones, language)
        | day("keep_on", one.keep_at, zones, language)
    )


async def label(work: Work, advance_id: UUID, language: str) -> tuple[str, bytes]:
    """The label of the old one, as `sending.label` answers it. Raises NotFound and Conflict (`return.no_label`)."""
    one = await advances.one(work.session, work.scope, advance_id)
    return await sending.label(work, one.return_id, language)


_LABEL = Paper("return", label)
_OURS = Tell(machine="advance_exchange", text="", subject="", body="", variables=words)

_DUE = replace(
    _OURS,
    text="advance.due",
    to="return_due",
    alone=True,
    subject=N_("Please give us the old {item} by {due}"),
    body=N_(
        "{name}, you have the new {item}. Please give us the old one by {due} ({return_number}).\n\nAs soon as it is "
        "here we release the {amount} that we hold as security. Your label, and how it comes to us: {link}\n\nIf you "
        "need more time, call {owner}: {phone}."
    ),
    sms=N_("please give us the old {item} by {due}. Then your security is released. How it comes to us: {link}"),
    whatsapp=N_(
        "You have the new {item}. Please give us the old one by *{due}* ({return_number}).\n\nAs soon as it is here we "
        "release the {amount} that we hold as security. If you need more time, tell us."
    ),
    voice=N_(
        "You have the new {item}. Please give us the old one by {due}. As soon as it is here we release the {amount} "
        "that we hold as security. If you need more time, call us."
    ),
    push=N_("By {due}, please. Then your {amount} is released."),
    paper=_LABEL,
)

TELLS = (
    replace(
        _OURS,
        text="advance.placed",
        to="hold_placed",
        states=NEXT_WORD,
        subject=N_("We send you another {item} first"),
        body=N_(
            "{name}, you get another {item} before the old one is back with us ({return_number}). Until then we hold "
            "{amount} as security.\n\nWe tell you when it is on its way. The security is released as soon as the old "
            "one is here. Follow it here: {link}\n\nYou hear from us again by {next_word}, also if nothing is new."
        ),
        sms=N_("you get another {item} first; until the old one is back we hold {amount}. Follow it: {link}"),
        whatsapp=N_(
            "You get another {item} before the old one is back with us ({return_number}). Until then we hold "
            "*{amount}* as security.\n\nWe tell you when it is on its way.\n\nYou hear from us again by {next_word}, "
            "also if nothing is new."
        ),
        voice=N_(
            "You get another {item} before the old one is back with us. Until then we hold {amount} as security. We "
            "tell you when it is on its way. You hear from us again by {next_word}, also if nothing is new."
        ),
        push=N_(
            "Until the old one is back we hold {amount}. We tell you when the new one is on its way. You hear from us "
            "again by {next_word}."
        ),
    ),
    replace(
        _OURS,
        text="advance.not_placed",
        to="hold_not_placed",
        subject=N_("No other {item} has gone out first"),
        body=N_(
            "{name}, {amount} was not blocked on your card, and so no other {item} has gone out first "
            "({return_number}).\n\nNothing was charged, and nothing is held. Your return goes on as before. If you "
            "would still like another one first, call {owner}: {phone}. How far it is is shown here: {link}"
        ),
        sms=N_("{amount} was not blocked on your card, so no other {item} went out first. Your return goes on: {link}"),
        whatsapp=N_(
            "The amount of {amount} was not blocked on your card, and so no other {item} has gone out first "
            "({return_number}).\n\nNothing was charged, and nothing is held. Your return goes on as before. If you "
            "would still like another one first, tell us."
        ),
        voice=N_(
            "The amount of {amount} was not blocked on your card, and so no other {item} has gone out first. Nothing "
            "was charged, and nothing is held. Your return goes on as before. If you would still like another one "
            "first, call us."
        ),
        push=N_("Nothing was charged, and nothing is held. Your return goes on as before."),
    ),
    replace(
        _OURS,
        text="advance.shipped",
        to="replacement_shipped",
        subject=N_("Another {item} is on its way to you"),
        body=N_(
            "{name}, another {item} is on its way to you ({return_number}).\n\nPlease keep the old one with everything "
            "that came with it. When the new one is with you, we tell you by when the old one has to be here. Follow "
            "it here: {link}"
        ),
        sms=N_("another {item} is on its way to you. Please keep the old one ready for us. Follow it: {link}"),
        whatsapp=N_(
            "Another {item} is on its way to you ({return_number}).\n\nPlease keep the old one with everything that "
            "came with it. When the new one is with you, we tell you by when the old one has to be here."
        ),
        voice=N_(
            "Another {item} is on its way to you. Please keep the old one with everything that came with it. When the "
            "new one is with you, we tell you by when the old one has to be here."
        ),
        push=N_("Please keep the old one ready for us, with everything that came with it."),
    ),
    _DUE,
    # Before its time is over the customer hears once more what they heard when it began.
    replace(_DUE, text="advance.reminded", to=None, event="reminded"),
    replace(
        _OURS,
        text="advance.noticed",
        paper=_LABEL,
        event="noticed",
        alone=True,
        subject=N_("The old {item} has not reached us: please act by {keep_on}"),
        body=N_(
            "{name}, the old {item} ({return_number}) was to be here by {due} and has not reached us.\n\nIf it is not "
            "on its way by {keep_on}, we keep the {amount} that we hold as security. The old one then stays yours.\n\n"
            "If you have sent it, or something got in the way, call {owner}: {phone}. Your label is shown here: {link}"
        ),
        sms=N_("the old one has not come. If it is not on its way by {keep_on}, we keep {amount}. See {link}"),
        whatsapp=N_(
            "The old {item} ({return_number}) was to be here by {due} and has not reached us.\n\nIf it is not on its "
            "way by *{keep_on}*, we keep the {amount} that we hold as security. The old one then stays yours.\n\nIf "
            "you have sent it, or something got in the way, tell us."
        ),
        voice=N_(
            "The old {item} was to be here by {due} and has not reached us. If it is not on its way by {keep_on}, we "
            "keep the {amount} that we hold as security. If you have sent it, or something got in the way, call us."
        ),
        push=N_("If it is not on its way by {keep_on}, we keep {amount}. If something got in the way, tell us."),
    ),
    replace(
        _OURS,
        text="advance.released",
        to="hold_released",
        subject=N_("We release your security of {amount}"),
        body=N_(
            "{name}, we no longer hold {amount} as security for the {item} ({return_number}).\n\nWhat was blocked on "
            "your card is free again, and a deposit goes back the way you paid. Your bank may need a few days. If it "
            "does not come, call {owner}: {phone}. How far it is is shown here: {link}"
        ),
        sms=N_("we release the {amount} that we held for the {item}. It goes back the way it came. Details: {link}"),
        whatsapp=N_(
            "We no longer hold *{amount}* as security for the {item} ({return_number}).\n\nWhat was blocked on your "
            "card is free again, and a deposit goes back the way you paid. Your bank may need a few days."
        ),
        voice=N_(
            "We no longer hold {amount} as security for the {item}. What was blocked on your card is free again, and a "
            "deposit goes back the way you paid. Your bank may need a few days."
        ),
        push=N_("It goes back the way it came. Your bank may need a few days."),
    ),
    replace(
        _OURS,
        text="advance.kept",
        to="hold_captured",
        alone=True,
        subject=N_("We have kept your security of {amount}"),
        body=N_(
            "{name}, the old {item} ({return_number}) did not reach us by {keep_on}, and so we have kept the {amount} "
            "that we held as security. Both products are yours now.\n\nIf the old one is on its way, or you do not "
            "agree, call {owner}: {phone}. All of it is shown here: {link}"
        ),
        sms=N_("the old {item} did not reach us, so we have kept {amount}. If you do not agree: {link}"),
        whatsapp=N_(
            "The old {item} ({return_number}) did not reach us by {keep_on}, and so we have kept the *{amount}* that "
            "we held as security. Both products are yours now.\n\nIf the old one is on its way, or you do not agree, "
            "tell us."
        ),
        voice=N_(
            "The old {item} did not reach us by {keep_on}, and so we have kept the {amount} that we held as security. "
            "Both products are yours now. If the old one is on its way, or you do not agree, call us."
        ),
        push=N_("Both products are yours now. If you do not agree, tell us."),
    ),
)
