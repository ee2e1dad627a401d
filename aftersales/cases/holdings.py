"""Matters: what the customer asked for, the conversation about it, and who has a part in it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update
from sqlalchemy.orm import aliased

from aftersales.cases.models import Case, MatterPerson
from aftersales.db.holding import gone, told
from aftersales.i18n import N_
from aftersales.module import Holding
from aftersales.scope import ActorKind
from aftersales.status.models import Document, StatusNote, Stream, TimelineEntry
from aftersales.subject import ERASED_WORDS, Line, Subject, counted, mentions
from aftersales.work import Work

STANDS = N_("The history of what was done stands without a name: codes, times and amounts.")


def _theirs(subject: Subject) -> ColumnElement[bool]:
    """Notes on what concerns them alone; of what they share, those that they wrote or that name them."""
    entry = aliased(TimelineEntry)
    wrote = exists().where(
        entry.stream_id == StatusNote.stream_id,
        entry.version == StatusNote.version,
        entry.actor_kind == str(ActorKind.CUSTOMER),
        entry.actor_id.in_(subject.people),
    )
    named = or_(wrote, mentions(StatusNote.text, subject))
    apart = subject.shared | subject.passed
    return or_(StatusNote.stream_id.in_(subject.streams), StatusNote.stream_id.in_(apart) & named)


async def export(work: Work, subject: Subject) -> Any:
    """Cases and documents, the parts people have in them, the history with its words."""
    session = work.session
    streams = subject.streams | subject.shared
    cases = select(Document.number, *Case.__table__.c).join(Case, Case.id == Document.id)
    entries = (
        select(
            TimelineEntry.stream_id,
            TimelineEntry.at,
            TimelineEntry.machine,
            TimelineEntry.name,
            TimelineEntry.to_status,
            TimelineEntry.data,
            StatusNote.text.label("note"),
        )
        .outerjoin(
            StatusNote,
            (StatusNote.stream_id == TimelineEntry.stream_id)
            & (StatusNote.version == TimelineEntry.version)
            & _theirs(subject),
        )
        .where(
            or_(
                TimelineEntry.stream_id.in_(streams),
                TimelineEntry.stream_id.in_(subject.passed) & StatusNote.text.is_not(None),
            )
        )
    )
    documents = select(Document.id, Document.number, Document.machine, Document.status, Document.opened_at)
    passed = Document.stream_id.in_(subject.passed) & (Document.customer_id == subject.customer_id)
    parts = select(*MatterPerson.__table__.c).where(MatterPerson.person_id.in_(subject.people))
    return {
        "cases": await told(session, cases.where(Document.stream_id.in_(streams)).order_by(Document.id)),
        "documents": await told(
            session, documents.where(or_(Document.stream_id.in_(streams), passed)).order_by(Document.id)
        ),
        "parts": await told(session, parts.order_by(MatterPerson.case_id)),
        "history": await told(session, entries.order_by(TimelineEntry.stream_id, TimelineEntry.version)),
    }


async def erase(work: Work, subject: Subject) -> Sequence[Line]:
    """The words; what was done stands."""
    session = work.session
    complaint = or_(Case.id.in_(subject.streams), Case.id.in_(subject.shared) & mentions(Case.complaint, subject)) & (
        Case.complaint != ERASED_WORDS
    )
    entries = select(func.count()).where(TimelineEntry.stream_id.in_(subject.streams | subject.shared))
    return counted(
        [
            await gone(session, N_("Complaints"), update(Case).where(complaint).values(complaint=ERASED_WORDS)),
            await gone(session, N_("Notes and conversation"), delete(StatusNote).where(_theirs(subject))),
            Line(N_("Entries of the history"), (await session.execute(entries)).scalar_one(), kept=True, why=STANDS),
        ]
    )


async def blocked(work: Work, subject: Subject) -> Sequence[str]:
    """Documents that have not ended: somebody still works for the customer, and has to know for whom."""
    running = (
        select(Document.number)
        .where(Document.stream_id.in_(subject.streams | subject.shared), Document.category != "done")
        .join(Stream, Stream.id == Document.stream_id)
        .where(exists().where(Case.id == Document.stream_id))
        .order_by(Document.id)
        .limit(20)
    )
    found = (await work.session.scalars(running)).all()
    return (
        [N_("Still open: {names}. Finish or cancel what is open first.").format(names=", ".join(found))]
        if found
        else []
    )


HOLDINGS = (
    Holding(
        "matters",
        N_("Cases and conversation"),
        personal=frozenset({"support_case.complaint", "status_note.text"}),
        plain=frozenset(
            {
                "support_case.fault_code",
                "support_case.channel",
                *(f"document.{name}" for name in ("machine", "number", "status", "category", "open_key")),
                *(f"timeline_entry.{name}" for name in ("machine", "name", "from_status", "to_status", "actor_kind")),
                "timeline_entry.origin",
                # Ids, codes, amounts and times alone: what is declared is checked as it is posted.
                "timeline_entry.data",
                "number_block.series",
            }
        ),
        export=export,
        erase=erase,
        blocked=blocked,
    ),
)
