"""The name of a language: what one word changes for whoever sends it."""

from collections.abc import Sequence

from aftersales.auth import repository as auth
from aftersales.customers import service as customers
from aftersales.customers.schemas import PersonPatch
from aftersales.i18n import OFFERED, language_or_default, translator
from aftersales.inbox import texts
from aftersales.inbox.repository import Sender
from aftersales.inbox.understanding import Understood
from aftersales.updates.render import spoken_phone
from aftersales.work import Work


async def write_in(work: Work, read: Understood, senders: Sequence[Sender]) -> str:
    """Everybody who is reached at the address is written to in the language they chose; answers what confirms it.

    Whose phone it is does not matter here: nothing is said of anybody.
    """
    chosen = read.chosen or read.language
    if chosen not in OFFERED:
        language = language_or_default(senders[0].language if senders else None)
        return translator(language).gettext(texts.CANNOT_WRITE).format(phone=await main_phone(work))
    for one in senders:
        await customers.change_person(work, one.customer_id, one.person_id, PersonPatch(language=chosen))
    return translator(chosen).gettext(texts.WRITES)


async def main_phone(work: Work) -> str:
    """Where somebody of whom we know no centre may ring."""
    branches = await auth.branches(work.session, work.as_system().scope)
    return spoken_phone(branches[0].phone) if branches else ""
