"""Where a matter stands, in the words that its customer was told, from what is true now."""

from collections.abc import Sequence
from uuid import UUID

from aftersales.i18n import N_, translator
from aftersales.module import Posted
from aftersales.status import documents, timeline
from aftersales.status.documents import DocumentView
from aftersales.status.machine import Audience
from aftersales.status.timeline import EntryView
from aftersales.updates import matters
from aftersales.updates.policy import VOICE
from aftersales.updates.render import fitting, spoken
from aftersales.updates.service import brand, fits, variables
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
        posted = _posted(entry)
        tell = next((one for one in work.registry.tells if fits(one, posted)), None)
        if tell is None or not _holds(entry, found):
            continue
        asked = await tell.variables(work, posted, language) if tell.variables else {}
        return without_link(spoken(tell, VOICE, language, {**values, **asked}).words)
    return translator(language).gettext(_NOTHING_YET).format_map(fitting(VOICE, values))


def _holds(entry: EntryView, found: Sequence[DocumentView]) -> bool:
    """Whether the document still stands where the entry brought it; what merely happened goes on holding."""
    document = next((one for one in found if one.id == entry.document_id), None)
    return document is not None and (entry.to_status is None or document.status == entry.to_status)


def _posted(entry: EntryView) -> Posted:
    return Posted(
        stream_id=entry.stream_id,
        version=entry.version,
        document_id=entry.document_id,
        document_version=entry.document_version,
        machine=entry.machine,
        kind=entry.kind,
        name=entry.name,
        from_status=entry.from_status,
        to_status=entry.to_status,
        at=entry.at,
        actor=entry.actor,
        origin=entry.origin,
        audience=entry.audience,
        data=entry.data,
    )
