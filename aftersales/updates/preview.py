"""Any cell of the matrix as somebody would get it: with the values of a real case where it happened there, else with
examples. Nothing is kept and nothing is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import select

from aftersales.errors import NotFound
from aftersales.i18n import LANGUAGES
from aftersales.module import Tell
from aftersales.status.documents import visible
from aftersales.status.models import Document, TimelineEntry
from aftersales.updates import letters, matrix, matters, render, stating
from aftersales.updates.matrix import Spoken
from aftersales.updates.permissions import VIEW
from aftersales.updates.policy import LIVE, SMS
from aftersales.updates.render import BRAND, Words
from aftersales.updates.samples import examples
from aftersales.updates.segments import Counted, counted
from aftersales.updates.standing import as_posted
from aftersales.work import Work


@dataclass(frozen=True, slots=True)
class Shown:
    """A rendered cell. `real` says that its values are the case's; `template` and `values` are what a provider gets,
    empty where a channel needs none; `count` is an SMS's length."""

    words: Words
    real: bool
    brand: str
    template: str = ""
    values: tuple[tuple[str, str], ...] = ()
    count: Counted | None = None


def found(work: Work, name: str) -> Spoken:
    """The text of that name. Raises NotFound (`updates.unknown_text`)."""
    for one in matrix.spoken_texts(work.registry.tells):
        if one.text.text == name:
            return one
    raise NotFound("updates.unknown_text", "There is no such text.")


async def preview(work: Work, name: str, channel: str, language: str, case_id: UUID | None = None) -> Shown:
    """The text as the channel says it. Raises NotFound for an unknown text, language, or a case out of sight."""
    work.scope.require(VIEW)
    text = found(work, name).text
    if language not in LANGUAGES or channel not in matrix.CHANNELS:
        raise NotFound("updates.unknown_text", "There is no such text.")
    values = examples(language) | {BRAND: work.settings.brand_name}
    real = False
    if case_id is not None:
        own, real = await _of_case(work, text, language, case_id)
        values |= own
    words = render.spoken(text, channel, language, values)
    if channel not in matrix.REGISTERED:
        return Shown(words, real, values[BRAND])
    wording = render.wording(text, channel, language)
    given = tuple(zip(render.variables_of(wording), render.arguments(text, channel, language, values), strict=True))
    count = counted(words.words) if channel == SMS else None
    return Shown(words, real, values[BRAND], matrix.notation(wording, channel, values[BRAND]), given, count)


async def _of_case(work: Work, text: object, language: str, case_id: UUID) -> tuple[Mapping[str, str], bool]:
    matter = await matters.matter(work.session, work.scope, case_id)
    [person, *_] = await matters.people(work.session, work.scope, case_id, matter.customer_id)
    values = letters.variables(matter, person, language, letters.brand(work, matter))
    if not isinstance(text, Tell):
        return values, False
    entry = await _newest(work, text, [case_id])
    if entry is None:
        return values, text.variables is None
    # As the worker would hand it over, had it happened just now.
    system, posted = replace(work, scope=work.as_system().scope), replace(as_posted(entry), origin=LIVE)
    values |= stating.values(await stating.times(system, posted, text), person.zone, language, matter.zone)
    if text.variables is not None:
        values |= await text.variables(replace(system, zone=person.zone), posted, language)
    return values, True


async def happened_on(work: Work, name: str, case_ids: Sequence[UUID]) -> UUID | None:
    """Of these cases the one on which it happened last that the text is said; None where it did on none of them. Raises
    NotFound (`updates.unknown_text`)."""
    text = found(work, name).text
    entry = await _newest(work, text, case_ids) if isinstance(text, Tell) and case_ids else None
    return entry.stream_id if entry is not None else None


async def _newest(work: Work, text: Tell, case_ids: Sequence[UUID]) -> TimelineEntry | None:
    reached = TimelineEntry.to_status == text.to if text.to else TimelineEntry.name == text.event
    query = (
        select(TimelineEntry)
        .join(Document, Document.id == TimelineEntry.document_id)
        .where(TimelineEntry.stream_id.in_(case_ids), TimelineEntry.machine == text.machine, reached)
        .where(visible(work.scope))
        .order_by(TimelineEntry.at.desc(), TimelineEntry.version.desc())
        .limit(1)
    )
    return (await work.session.scalars(query)).one_or_none()
