"""What customers are told of the things of a return: on their way, with us, settled, back with them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from aftersales.auth import repository as auth
from aftersales.i18n import N_
from aftersales.module import Posted, Tell
from aftersales.told import Paper, Stated
from aftersales.work import Work
from rma import repository
from rma.said import day, promised, settlement
from rma.service import sending
from rma.tells import NEXT_WORD, answer


async def settled_words(work: Work, posted: Posted, language: str) -> Mapping[str, str]:
    """What `answer` answers, and what the customer gets, by when."""
    return {**await answer(work, posted, language), **await settlement(work, posted, language)}


async def last_day(work: Work, posted: Posted, language: str) -> Mapping[str, str]:
    """What `answer` answers, and `{return_by}`: the last day on which it may come."""
    system = work.as_system()
    held = await repository.one(system.session, system.scope, posted.document_id)
    home = (await auth.branch(system.session, system.scope, held.branch_id)).timezone
    ends = held.return_by or work.now + timedelta(days=sending.terms_of(held).send_days)
    return {**await answer(work, posted, language), **day("return_by", ends, (work.zone or home, home), language)}


_STEPS = (
    Tell(
        machine="return",
        text="return.awaiting_return",
        to="awaiting_return",
        variables=last_day,
        alone=True,
        subject=N_("Please bring or send us the {item}"),
        body=N_(
            "{name}, please bring or send us the {item} ({return_number}) with everything that came with it by "
            "{return_by}.\n\n{conditions}\n\nAs soon as it is here we look at it, and {owner} writes to you. How it "
            "can come to us is explained here: {link}"
        ),
        sms=N_("please bring or send us the {item} with all that came with it by {return_by}. How: {link}"),
        whatsapp=N_(
            "Please bring or send us the {item} ({return_number}) with everything that came with it by {return_by}.\n\n"
            "{conditions}\n\nAs soon as it is here we look at it and tell you. How it can come to us is explained "
            "here: {link}"
        ),
        voice=N_(
            "Please bring or send us the {item} with everything that came with it by {return_by}. {conditions} As soon "
            "as it is here we look at it and tell you."
        ),
        push=N_("Please send everything that came with it by {return_by}. Your page says how."),
        paper=Paper("return", sending.label),
    ),
    Tell(
        machine="return",
        text="return.partially_received",
        to="partially_received",
        variables=answer,
        states=NEXT_WORD,
        subject=N_("A part of your return has reached us"),
        body=N_(
            "{name}, a part of what belongs to the {item} ({return_number}) has reached us.\n\nSomething is still "
            "missing; {owner} writes to you what it is. What we have is shown here: {link}\n\nYou hear from us again "
            "by {next_word}, also if nothing is new."
        ),
        sms=N_(
            "a part of what belongs to the {item} has reached us, the rest is still missing. You hear from us again by "
            "{next_word}: {link}"
        ),
        whatsapp=N_(
            "A part of what belongs to the {item} ({return_number}) has reached us.\n\nSomething is still missing; "
            "{owner} tells you what it is.\n\nYou hear from us again by {next_word}, also if nothing is new."
        ),
        voice=N_(
            "A part of what belongs to the {item} has reached us. Something is still missing. {owner} tells you what "
            "it is. You hear from us again by {next_word}, also if nothing is new."
        ),
        push=N_("Something is still missing. {owner} tells you what it is. You hear from us again by {next_word}."),
    ),
    Tell(
        machine="return",
        text="return.received",
        to="received",
        variables=answer,
        states=NEXT_WORD,
        subject=N_("The {item} has reached us"),
        body=N_(
            "{name}, the {item} ({return_number}) has reached us, thank you.\n\nWe look at it now, and {owner} writes "
            "to you how it is settled.\n\nYou hear from us again by {next_word}, also if nothing is new."
        ),
        sms=N_("the {item} has reached us. We look at it now. You hear from us again by {next_word}: {link}"),
        whatsapp=N_(
            "The {item} ({return_number}) has reached us, thank you.\n\nWe look at it now, and {owner} tells you how "
            "it is settled.\n\nYou hear from us again by {next_word}, also if nothing is new."
        ),
        voice=N_(
            "The {item} has reached us, thank you. We look at it now, and {owner} tells you how it is settled. You "
            "hear from us again by {next_word}, also if nothing is new."
        ),
        push=N_("We look at it now and tell you how it is settled. You hear from us again by {next_word}."),
    ),
    Tell(
        machine="return",
        text="return.resolution_pending",
        to="resolution_pending",
        variables=settled_words,
        states=(Stated("refund", "settled_by", promised),),
        alone=True,
        subject=N_("Your return of the {item}: settled by {settled_by}"),
        body=N_(
            "{name}, we settle your return of the {item} ({return_number}) by {settled_by}.\n\n{settlement}\n\nIf it "
            "is not what we agreed, call {owner}: {phone}. How far it is is shown here: {link}"
        ),
        sms=N_("we settle your return of the {item} by {settled_by}. What you get: {link}"),
        whatsapp=N_(
            "We settle your return of the {item} ({return_number}) by *{settled_by}*.\n\n{settlement}\n\nIf it is not "
            "what we agreed, tell us. What you get for it is shown here: {link}"
        ),
        voice=N_(
            "We settle your return of the {item} by {settled_by}. {settlement} If it is not what we agreed, call us."
        ),
        push=N_("We settle it by {settled_by}. Your page says what you get."),
    ),
    Tell(
        machine="return",
        text="return.returning",
        to="returning",
        variables=answer,
        alone=True,
        states=NEXT_WORD,
        subject=N_("The {item} comes back to you"),
        body=N_(
            "{name}, we have looked at the {item} ({return_number}) and are sorry: we cannot accept it. It comes back "
            "to you at our cost.\n\nYou hear from us again by {next_word}, also if nothing is new.\n\nWhy, and when it "
            "comes, is shown here: {link}\n\nIf you do not agree, call {owner}: {phone}."
        ),
        sms=N_(
            "sorry: we cannot accept the {item}. It comes back to you. You hear from us again by {next_word}. The "
            "reason: {link}"
        ),
        whatsapp=N_(
            "We have looked at the {item} ({return_number}) and are sorry: we cannot accept it. It comes back to you "
            "at our cost.\n\nYou hear from us again by {next_word}, also if nothing is new.\n\nIf you do not agree, "
            "tell us. Why, and when it comes, is shown here: {link}"
        ),
        voice=N_(
            "We have looked at the {item} and are sorry: we cannot accept it. It comes back to you at our cost. If you "
            "do not agree, call us. You hear from us again by {next_word}, also if nothing is new."
        ),
        push=N_("We are sorry: we cannot accept it. Your page says why. You hear from us again by {next_word}."),
    ),
    Tell(
        machine="return",
        text="return.returned",
        to="returned",
        variables=answer,
        subject=N_("The {item} is back with you"),
        body=N_(
            "{name}, the {item} ({return_number}) is back with you.\n\nIf something is missing or damaged, "
            "tell us within a few days, and we put it right."
        ),
        sms=N_("the {item} ({return_number}) is back with you. Something missing or damaged? See {link}"),
        whatsapp=N_(
            "The {item} ({return_number}) is back with you.\n\nIf something is missing or damaged, tell us "
            "within a few days, and we put it right."
        ),
        voice=N_(
            "The {item} is back with you. If something is missing or damaged, tell us within a few days, and "
            "we put it right."
        ),
        push=N_("If something is missing or damaged, tell us within a few days."),
    ),
    Tell(
        machine="return",
        text="return.exchanged_at_door",
        to="exchanged_at_door",
        variables=answer,
        subject=N_("We have exchanged the {item} at your door"),
        body=N_(
            "{name}, we have taken the {item} ({return_number}) with us and left you another one.\n\nPlease "
            "try it out over the next days. If anything is not as it should be, tell us."
        ),
        sms=N_(
            "we have taken the {item} ({return_number}) and left you another one. Please try it out. Details: {link}"
        ),
        whatsapp=N_(
            "We have taken the {item} ({return_number}) with us and left you another one.\n\nPlease try it out "
            "over the next days. If anything is not as it should be, tell us."
        ),
        voice=N_(
            "We have taken the {item} with us and left you another one. Please try it out over the next days. "
            "If anything is not as it should be, call us."
        ),
        push=N_("Please try the new one out. If anything is not as it should be, tell us."),
    ),
    Tell(
        machine="return",
        text="return.resolved",
        to="resolved",
        variables=answer,
        subject=N_("Your return of the {item} is settled"),
        body=N_(
            "{name}, your return of the {item} ({return_number}) is settled.\n\nHow, and what you get for it, is shown "
            "here: {link}\n\nIf it is not what we agreed, call {owner}: {phone}."
        ),
        sms=N_("your return of the {item} ({return_number}) is settled. What you get for it: {link}"),
        whatsapp=N_(
            "Your return of the {item} ({return_number}) is settled.\n\nIf it is not what we agreed, tell us. What you "
            "get for it is shown here: {link}"
        ),
        voice=N_("Your return of the {item} is settled. If it is not what we agreed, call us."),
        push=N_("Your page says what you get for it."),
    ),
    Tell(
        machine="return",
        text="return.expired",
        to="expired",
        variables=answer,
        subject=N_("The time to return the {item} is over"),
        body=N_(
            "{name}, the {item} ({return_number}) did not reach us in the time we agreed for its return, and so the "
            "return is over. It stays with you.\n\nIf it is on its way, or something got in the way, call {owner}: "
            "{phone}."
        ),
        sms=N_(
            "the time to return the {item} ({return_number}) is over. It stays with you. Is it on its way? See {link}"
        ),
        whatsapp=N_(
            "The {item} ({return_number}) did not reach us in the time we agreed for its return, and so the return is "
            "over. It stays with you.\n\nIf it is on its way, or something got in the way, tell us."
        ),
        voice=N_(
            "The {item} did not reach us in the time we agreed for its return, and so the return is over. It stays "
            "with you. If it is on its way, or something got in the way, call us."
        ),
        push=N_("It stays with you. If it is on its way, tell us."),
    ),
    Tell(
        machine="return",
        text="return.came_anyway",
        event="came_anyway",
        variables=answer,
        alone=True,
        states=NEXT_WORD,
        subject=N_("The {item} is with us, though its return is over"),
        body=N_(
            "{name}, the {item} ({return_number}) has reached us, but its return is over, and so we cannot settle it. "
            "We keep it safe for you.\n\n{owner} tells you how you get it back. If you still want to return it, call "
            "{owner}: {phone}.\n\nYou hear from us again by {next_word}, also if nothing is new."
        ),
        sms=N_(
            "the {item} is with us, but its return is over. We keep it safe for you. You hear from us again by "
            "{next_word}: {link}"
        ),
        whatsapp=N_(
            "The {item} ({return_number}) has reached us, but its return is over, and so we cannot settle it. We keep "
            "it safe for you.\n\n{owner} tells you how you get it back. If you still want to return it, tell us.\n\n"
            "You hear from us again by {next_word}, also if nothing is new."
        ),
        voice=N_(
            "The {item} has reached us, but its return is over, and so we cannot settle it. We keep it safe for you. "
            "{owner} tells you how you get it back. If you still want to return it, call us. You hear from us again by "
            "{next_word}, also if nothing is new."
        ),
        push=N_(
            "Its return is over. We keep it safe for you and tell you how you get it back. You hear from us again by "
            "{next_word}."
        ),
    ),
)

_BY_STATUS = {tell.to: tell for tell in _STEPS}
TELLS = (
    *_STEPS,
    # Before an authorisation ends the customer hears once more what they heard when it began.
    replace(_BY_STATUS["awaiting_return"], text="return.reminded", to=None, event="reminded"),
    replace(_BY_STATUS["returned"], text="return.handed_back", to=None, event="handed_back"),
)
