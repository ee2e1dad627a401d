"""What customers are told about their returns."""

from collections.abc import Mapping
from dataclasses import replace

from aftersales.i18n import N_, format_date, translator
from aftersales.module import Posted, Stated, Tell
from aftersales.products import repository as products
from aftersales.status.models import StatusNote
from aftersales.work import Work
from rma import repository, service
from rma.said import promised, settlement


async def answer(work: Work, posted: Posted, language: str) -> Mapping[str, str]:
    """`{item}` (the thing to be returned, not the case's), `{reason}`, `{rule}`, `{until}` and `{question}`."""
    system = work.as_system()
    held = await repository.one(system.session, system.scope, posted.document_id)
    unit = await products.unit(system.session, system.scope, held.unit_id)
    verdict = service.verdict_of(held)
    clauses = held.clauses or {}
    translate = translator(language).gettext
    note = await work.session.get(StatusNote, (posted.stream_id, posted.version))
    words = [translate(clauses[c]) for c in (verdict.conditions if verdict else ()) if c in clauses]
    clause = clauses.get(verdict.clause, "") if verdict is not None else ""
    return {
        "item": unit.product_name,
        "return_number": held.number,
        "reason": held.answered or "",
        "rule": translate(clause) if clause else "",
        "until": format_date(verdict.until, language) if verdict is not None and verdict.until else "",
        "conditions": " ".join(words),
        "question": note.text if note is not None else "",
    }


async def settled_words(work: Work, posted: Posted, language: str) -> Mapping[str, str]:
    """What `answer` answers, and what the customer gets, by when."""
    return {**await answer(work, posted, language), **await settlement(work, posted, language)}


_STEPS = (
    Tell(
        machine="return",
        text="return.requested",
        to="requested",
        variables=answer,
        subject=N_("We have your request to return the {item}"),
        body=N_(
            "{name}, we have your request to return the {item}. Its number is {return_number}.\n\n{owner} "
            "looks at it by our policy on returns and writes to you what is possible. Until then please keep "
            "the {item} with everything that came with it."
        ),
        sms=N_(
            "we have your request {return_number} to return the {item}. Please keep all that came with it. "
            "Follow it: {link}"
        ),
        whatsapp=N_(
            "We have your request to return the {item}. Its number is *{return_number}*.\n\n{owner} looks at "
            "it by our policy on returns and tells you what is possible. Until then please keep the {item} "
            "with everything that came with it."
        ),
        voice=N_(
            "We have your request to return the {item}. {owner} looks at it by our policy on returns and tells "
            "you what is possible. Until then please keep it with everything that came with it."
        ),
        push=N_("Please keep the {item} with everything that came with it. You hear from us."),
    ),
    Tell(
        machine="return",
        text="return.authorised",
        to="authorised",
        variables=answer,
        subject=N_("You may return the {item}"),
        body=N_(
            "{name}, you may return the {item} ({return_number}).\n\n{conditions}\n\n{owner} writes to you how "
            "it comes to us. You need do nothing before that."
        ),
        sms=N_("you may return the {item} ({return_number}). We tell you how it comes to us. Details: {link}"),
        whatsapp=N_(
            "You may return the {item} ({return_number}).\n\n{conditions}\n\n{owner} tells you how it comes to "
            "us. You need do nothing before that."
        ),
        voice=N_(
            "You may return the {item}. {conditions} {owner} tells you how it comes to us. You need do nothing "
            "before that."
        ),
        push=N_("We tell you how it comes to us. You need do nothing before that."),
    ),
    Tell(
        machine="return",
        text="return.rejected",
        to="rejected",
        variables=answer,
        alone=True,
        subject=N_("We cannot take back the {item}"),
        body=N_(
            "{name}, we are sorry: we cannot take back the {item} ({return_number}).\n\n{reason}\n\n{rule}\n\nHow this "
            "follows from our policy, step by step, is shown here: {link}"
        ),
        sms=N_("sorry: we cannot take back the {item} ({return_number}). The reason, step by step: {link}"),
        whatsapp=N_(
            "We are sorry: we cannot take back the {item} ({return_number}).\n\n{reason}\n\n{rule}\n\nHow this follows "
            "from our policy, step by step, is shown here: {link}"
        ),
        voice=N_("We are sorry: we cannot take back the {item}. {reason} {rule} If you see it differently, call us."),
        push=N_("We are sorry. Your page shows the reason, step by step."),
    ),
    Tell(
        machine="return",
        text="return.info_requested",
        to="info_requested",
        variables=answer,
        alone=True,
        subject=N_("We need something from you for the return of the {item}"),
        body=N_(
            "{name}, to decide on the return of the {item} we need something from you:\n\n{question}\n\nYou "
            "can answer here, or call us: {link}"
        ),
        sms=N_(
            "to decide on the return of the {item} ({return_number}) we need a detail from you. See what it is: {link}"
        ),
        whatsapp=N_(
            "To decide on the return of the {item} we need something from you:\n\n{question}\n\nYou can answer "
            "right here, or on your page: {link}"
        ),
        voice=N_(
            "To decide on the return of the {item} we need something from you. {question} Please call us with "
            "your answer."
        ),
        push=N_("We have a question for you. Please answer it on your page."),
    ),
    Tell(
        machine="return",
        text="return.cancelled",
        to="cancelled",
        variables=answer,
        subject=N_("The return of the {item} is cancelled"),
        body=N_(
            "{name}, the return of the {item} ({return_number}) is cancelled; it stays with you.\n\nIf you "
            "change your mind, ask again while our policy allows it."
        ),
        sms=N_("the return of the {item} ({return_number}) is cancelled. It stays with you. Details: {link}"),
        whatsapp=N_(
            "The return of the {item} ({return_number}) is cancelled; it stays with you.\n\nIf you change your "
            "mind, ask again while our policy allows it."
        ),
        voice=N_(
            "The return of the {item} is cancelled. It stays with you. If you change your mind, ask again "
            "while our policy allows it."
        ),
        push=N_("It stays with you. If you change your mind, ask again."),
    ),
    Tell(
        machine="return",
        text="return.awaiting_return",
        to="awaiting_return",
        variables=answer,
        alone=True,
        subject=N_("Please bring or send us the {item}"),
        body=N_(
            "{name}, please bring or send us the {item} ({return_number}) with everything that came with it.\n\n"
            "{conditions}\n\nAs soon as it is here we look at it, and {owner} writes to you. How it can come to us is "
            "explained here: {link}"
        ),
        sms=N_("please bring or send us the {item} ({return_number}) with all that came with it. How: {link}"),
        whatsapp=N_(
            "Please bring or send us the {item} ({return_number}) with everything that came with it.\n\n"
            "{conditions}\n\nAs soon as it is here we look at it and tell you. How it can come to us is explained "
            "here: {link}"
        ),
        voice=N_(
            "Please bring or send us the {item} with everything that came with it. {conditions} As soon as it "
            "is here we look at it and tell you."
        ),
        push=N_("Please send everything that came with it. Your page says how."),
    ),
    Tell(
        machine="return",
        text="return.partially_received",
        to="partially_received",
        variables=answer,
        subject=N_("A part of your return has reached us"),
        body=N_(
            "{name}, a part of what belongs to the {item} ({return_number}) has reached us.\n\nSomething is still "
            "missing; {owner} writes to you what it is. What we have is shown here: {link}"
        ),
        sms=N_(
            "a part of your return {return_number} ({item}) has reached us, the rest is still missing. Details: {link}"
        ),
        whatsapp=N_(
            "A part of what belongs to the {item} ({return_number}) has reached us.\n\nSomething is still "
            "missing; {owner} tells you what it is."
        ),
        voice=N_(
            "A part of what belongs to the {item} has reached us. Something is still missing. {owner} tells "
            "you what it is."
        ),
        push=N_("Something is still missing. {owner} tells you what it is."),
    ),
    Tell(
        machine="return",
        text="return.received",
        to="received",
        variables=answer,
        subject=N_("The {item} has reached us"),
        body=N_(
            "{name}, the {item} ({return_number}) has reached us, thank you.\n\nWe look at it now, and {owner} "
            "writes to you how it is settled."
        ),
        sms=N_(
            "the {item} ({return_number}) has reached us. We look at it now and tell you how it is settled. "
            "Follow it: {link}"
        ),
        whatsapp=N_(
            "The {item} ({return_number}) has reached us, thank you.\n\nWe look at it now, and {owner} tells "
            "you how it is settled."
        ),
        voice=N_("The {item} has reached us, thank you. We look at it now, and {owner} tells you how it is settled."),
        push=N_("We look at it now and tell you how it is settled."),
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
        subject=N_("The {item} comes back to you"),
        body=N_(
            "{name}, we have looked at the {item} ({return_number}) and are sorry: we cannot accept it. It comes back "
            "to you at our cost.\n\nWhy, and when it comes, is shown here: {link}\n\nIf you see it differently, call "
            "{owner}: {phone}."
        ),
        sms=N_("sorry: we cannot accept the {item} ({return_number}). It comes back to you. The reason: {link}"),
        whatsapp=N_(
            "We have looked at the {item} ({return_number}) and are sorry: we cannot accept it. It comes back to you "
            "at our cost.\n\nIf you see it differently, tell us. Why, and when it comes, is shown here: {link}"
        ),
        voice=N_(
            "We have looked at the {item} and are sorry: we cannot accept it. It comes back to you at our "
            "cost. If you see it differently, call us."
        ),
        push=N_("We are sorry: we cannot accept it. Your page says why."),
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
            "{name}, the {item} ({return_number}) did not reach us in the time we agreed for its return, and "
            "so the return is over. It stays with you.\n\nIf it is on its way, or something came between, call "
            "{owner}: {phone}."
        ),
        sms=N_(
            "the time to return the {item} ({return_number}) is over. It stays with you. Is it on its way? See {link}"
        ),
        whatsapp=N_(
            "The {item} ({return_number}) did not reach us in the time we agreed for its return, and so the "
            "return is over. It stays with you.\n\nIf it is on its way, or something came between, tell us."
        ),
        voice=N_(
            "The {item} did not reach us in the time we agreed for its return, and so the return is over. It "
            "stays with you. If it is on its way, or something came between, call us."
        ),
        push=N_("It stays with you. If it is on its way, tell us."),
    ),
    Tell(
        machine="return",
        text="return.came_anyway",
        event="came_anyway",
        variables=answer,
        alone=True,
        subject=N_("The {item} is with us, though its return is over"),
        body=N_(
            "{name}, the {item} ({return_number}) has reached us, but its return is over, and so we cannot settle it. "
            "We keep it safe for you.\n\n{owner} tells you how you get it back. If you still want to return it, call "
            "{owner}: {phone}."
        ),
        sms=N_(
            "the {item} ({return_number}) is with us, but its return is over. We keep it safe for you. Next: {link}"
        ),
        whatsapp=N_(
            "The {item} ({return_number}) has reached us, but its return is over, and so we cannot settle it. We keep "
            "it safe for you.\n\n{owner} tells you how you get it back. If you still want to return it, tell us."
        ),
        voice=N_(
            "The {item} has reached us, but its return is over, and so we cannot settle it. We keep it safe for you. "
            "{owner} tells you how you get it back. If you still want to return it, call us."
        ),
        push=N_("Its return is over. We keep it safe for you and tell you how you get it back."),
    ),
)

_BY_STATUS = {tell.to: tell for tell in _STEPS}
TELLS = (
    *_STEPS,
    # Before an authorisation ends the customer hears once more what they heard when it began.
    replace(_BY_STATUS["awaiting_return"], text="return.reminded", to=None, event="reminded"),
    replace(_BY_STATUS["returned"], text="return.handed_back", to=None, event="handed_back"),
)
