"""Where a matter stands, in the words that its customer was told, from what is true now."""

from uuid import UUID

from aftersales.i18n import N_, translator
from aftersales.status import documents, timeline
from aftersales.status.machine import Audience
from aftersales.updates import matters, stating
from aftersales.updates.letters import brand, fits, variables
from aftersales.updates.policy import VOICE
from aftersales.updates.render import fitting, spoken
from aftersales.updates.standing import as_posted, holds
from aftersales.voice.rules import without_link
from aftersales.work import Work

_NOTHING_YET = N_("Your request {number}: we have it, and {owner} looks after it.")
_LOOKED_AT = 50


async def words(work: Work, case_id: UUID, person_id: UUID, language: str) -> str:
    """The newest text that customers were told of what still holds, with its values as they are now."""
    matter = await matters.matter(work.session, work.scope, case_id)
    person = await matters.person(work.session, person_id)
    found = await documents.on_stream(work.session, work.scope, case_id)
    entries = await timeline.latest(work.session, work.scope, case_id, Audience.CUSTOMER, limit=_LOOKED_AT)
    values = variables(matter, person, language, brand(work, matter))
    for entry in entries:
        posted = as_posted(entry)
        if not holds(entry, found):
            continue
        for tell in (one for one in work.registry.tells if fits(one, posted)):
            asked = await stating.asked(work, posted, tell, person.zone, language, matter.zone)
            if asked is not None:
                return without_link(spoken(tell, VOICE, language, {**values, **asked}).words)
    return translator(language).gettext(_NOTHING_YET).format_map(fitting(VOICE, values))
