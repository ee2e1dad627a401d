"""STOP, START, the name of a language: what one word changes for whoever sends it."""

from collections.abc import Sequence
from dataclasses import replace

from aftersales.auth import repository as auth
from aftersales.customers import service as customers
from aftersales.customers.schemas import PersonPatch
from aftersales.i18n import OFFERED, language_or_default, translator
from aftersales.inbox import texts
from aftersales.inbox.repository import Sender
from aftersales.inbox.understanding import Intent, Understood
from aftersales.scope import Actor, ActorKind, Scope
from aftersales.updates import consent
from aftersales.updates.render import spoken_phone
from aftersales.work import Work


async def carry_out(work: Work, channel: str, read: Understood, senders: Sequence[Sender]) -> str:
    """Do it for everybody who is reached at the address; answers the one message that confirms it.

    Whose phone it is does not matter here: nothing is said of anybody, and a phone that is to be silent is.
    """
    usual = language_or_default(senders[0].language if senders else None)
    if read.intent is Intent.LANGUAGE:
        return await _write_in(work, read.chosen or usual, usual, senders)
    given = read.intent is Intent.START
    for one in senders:
        theirs = replace(work, scope=Scope(Actor(ActorKind.CUSTOMER, one.person_id), person_id=one.person_id))
        await consent.record(theirs, one.person_id, given=given, source="reply", channel=channel)
    # STOP is said in English by people of every language.
    language = read.language if read.language in OFFERED and read.language != "en" else usual
    return await with_person(work, translator(language).gettext(texts.STARTED if given else texts.STOPPED), language)


async def _write_in(work: Work, chosen: str, usual: str, senders: Sequence[Sender]) -> str:
    if chosen not in OFFERED:
        return translator(usual).gettext(texts.CANNOT_WRITE).format(phone=await main_phone(work))
    for one in senders:
        await customers.change_person(work, one.customer_id, one.person_id, PersonPatch(language=chosen))
    return await with_person(work, translator(chosen).gettext(texts.WRITES), chosen)


async def with_person(work: Work, words: str, language: str) -> str:
    """The words with how to reach a person, for somebody of whom we know no centre."""
    reach = translator(language).gettext(texts.PERSON).format(phone=await main_phone(work))
    return f"{words}\n\n{reach}"


async def main_phone(work: Work) -> str:
    """Where somebody of whom we know no centre may ring."""
    branches = await auth.branches(work.session, work.as_system().scope)
    return spoken_phone(branches[0].phone) if branches else ""
