"""A change read from the timeline, as subscribers received it, and whether it holds still. Pure."""

from collections.abc import Sequence

from aftersales.module import Posted
from aftersales.scope import Actor, ActorKind
from aftersales.status.documents import DocumentView
from aftersales.status.machine import Audience
from aftersales.status.models import TimelineEntry
from aftersales.status.timeline import EntryView


def as_posted(entry: EntryView | TimelineEntry) -> Posted:
    """The entry as subscribers received it."""
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
        actor=entry.actor if isinstance(entry, EntryView) else Actor(ActorKind(entry.actor_kind), entry.actor_id),
        origin=entry.origin,
        audience=Audience(entry.audience),
        data=entry.data,
    )


def holds(entry: EntryView, found: Sequence[DocumentView]) -> bool:
    """Whether the document still stands where the entry brought it; what merely happened goes on holding."""
    document = next((one for one in found if one.id == entry.document_id), None)
    return document is not None and (entry.to_status is None or document.status == entry.to_status)
