"""What customers are told of what we give beyond the terms or offer instead of a repair, of the visits of their plan,
and of the end of their cover."""

from collections.abc import Mapping
from datetime import date

from aftersales.i18n import N_, format_calendar, said
from aftersales.i18n.brief import money_forms
from aftersales.module import Posted, Tell
from aftersales.money import Money
from aftersales.work import Work
from warranty import offer_cards, offerings
from warranty.cost_words import COSTS
from warranty.rules import CostClass
from warranty.tells import NEXT_WORD


async def offered(work: Work, posted: Posted, language: str) -> Mapping[str, str]:
    """`{why}` and `{offer}`: what opened the offer, and the best of what is offered."""
    system = work.as_system()
    held = await offerings.offer(system.session, system.scope, posted.document_id)
    best = (await offer_cards.told(system, held))[0]
    why = N_(offer_cards.REASONS[held.trigger])
    return {"why": str(said(why, language)), "offer": str(said(best, language))}


async def given(_work: Work, posted: Posted, language: str) -> Mapping[str, str]:
    """`{covered}` and `{amount}`: what is paid beyond the terms, and up to how much."""
    classes = [COSTS[CostClass(cost)] for cost in posted.data["classes"]]
    covered = {"covered": ", ".join(str(said(one, language)) for one in classes)}
    return covered | money_forms("amount", Money(posted.data["currency"], posted.data["amount_minor"]), language)


async def ending(_work: Work, posted: Posted, language: str) -> Mapping[str, str]:
    """`{end}`: the last day of the cover."""
    return {"end": format_calendar(date.fromisoformat(str(posted.data["until"])), language)}


_OFFER = N_(
    "We are sorry about your {product}. {why} Instead of a further repair we offer you this: {offer}. On your "
    "page you can take it, choose something else, or keep your product and have it repaired. Nothing happens before "
    "you choose."
)
_GIVEN = N_(
    "Good news about your {product}: beyond what its warranty covers we pay for you {covered}, up to {amount}. There "
    "is nothing you need to do for it. Should anything cost more than that, we tell you before we do it, and you "
    "decide."
)
_UPKEEP = N_(
    "The next maintenance visit of the plan for your {product} is due, and we have planned it. You get the day and the "
    "time before we come, and can choose another if they do not suit you. The visit is part of your plan. You hear "
    "from us again by {next_word}, also if nothing is new."
)
_ENDS = N_(
    "The cover of your {product} ends on {end}. If something does not work as it should, please report it "
    "before then; what you report in time is still covered. There is nothing else you need to do."
)
_RENEW = N_(
    "The plan for your {product} ends on {end}. If you would like to go on with it, please call us before then: "
    "{phone}. Without a word from you it simply ends. You get no more reminders of this offer."
)

TELLS = (
    Tell(
        machine="replacement_offer",
        text="warranty.replacement_offered",
        to="offered",
        variables=offered,
        alone=True,
        subject=N_("We offer you a replacement for your {product}"),
        body=N_(
            "{name}, we are sorry about your {product}. {why}\n\nInstead of a further repair we offer you this: "
            "{offer}. On your page you can take it, choose something else, or keep your product and have it repaired. "
            "Nothing happens before you choose."
        ),
        sms=N_("we offer you a replacement for your {product} ({number}). See it and choose: {link}"),
        whatsapp=_OFFER,
        voice=_OFFER,
        push=N_("Look at it on your page and choose. Nothing happens before you do."),
    ),
    Tell(
        machine="warranty_claim",
        text="warranty.goodwill_given",
        event="goodwill_given",
        variables=given,
        alone=True,
        subject=N_("We pay more for your {product} than its warranty covers"),
        body=N_(
            "{name}, good news about your {product}: beyond what its warranty covers we pay for you {covered}, up to "
            "{amount}.\n\nThere is nothing you need to do for it. Should anything cost more than that, we tell you "
            "before we do it, and you decide."
        ),
        sms=N_("for your {product} we pay up to {amount} beyond its warranty. Details: {link}"),
        whatsapp=_GIVEN,
        voice=_GIVEN,
        push=N_("Beyond the warranty we pay for you {covered}, up to {amount}."),
    ),
    Tell(
        machine="case",
        text="warranty.upkeep_planned",
        event="visit_planned",
        alone=True,
        states=NEXT_WORD,
        subject=N_("The maintenance visit for your {product} is planned"),
        body=N_(
            "{name}, the next maintenance visit of the plan for your {product} is due, and we have planned it.\n\nYou "
            "get the day and the time before we come, and can choose another if they do not suit you. The visit is "
            "part of your plan.\n\nYou hear from us again by {next_word}, also if nothing is new."
        ),
        sms=N_(
            "the maintenance visit for your {product} is planned. You get day and time before we come. You hear from "
            "us again by {next_word}: {link}"
        ),
        whatsapp=_UPKEEP,
        voice=_UPKEEP,
        push=N_(
            "You get the day and the time before we come. It is part of your plan. You hear from us again by "
            "{next_word}."
        ),
    ),
    Tell(
        machine="warranty_registration",
        text="warranty.expires_soon",
        event="expires_soon",
        variables=ending,
        subject=N_("The cover of your {product} ends on {end}"),
        body=N_(
            "{name}, the cover of your {product} ends on {end}.\n\nIf something does not work as it should, please "
            "report it before then; what you report in time is still covered. There is nothing else you need to do."
        ),
        sms=N_("the cover of your {product} ends on {end}. Please report faults before then: {link}"),
        whatsapp=_ENDS,
        voice=_ENDS,
        push=N_("Please report faults before then. What you report in time is still covered."),
    ),
    Tell(
        machine="warranty_registration",
        text="warranty.renewal_offered",
        event="renewal_offered",
        purpose="promotional",
        variables=ending,
        subject=N_("Would you like to go on with the plan for your {product}?"),
        body=N_(
            "{name}, the plan for your {product} ends on {end}.\n\nIf you would like to go on with it, please call us "
            "before then: {phone}. Without a word from you it simply ends. You get no more reminders of this offer."
        ),
        sms=N_("the plan for your {product} ends on {end}. To go on with it, call us before then: {phone}"),
        whatsapp=_RENEW,
        voice=_RENEW,
        push=N_("If you would like to, please call {phone} before it ends."),
    ),
)
