"""What people wrote to us that is no case yet, and our answers."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, func, or_, select, update

from aftersales.customers.models import Person, PersonPhone
from aftersales.db.holding import gone, told
from aftersales.i18n import N_
from aftersales.inbox.models import InboxDraft, InboxPhoto, InboxQuestion, InboxReply
from aftersales.module import Holding
from aftersales.subject import ERASED_WORDS, Line, Subject, counted, mentions
from aftersales.work import Work

_D, _R, _Q = InboxDraft, InboxReply, InboxQuestion


def _from(column: Any, subject: Subject) -> ColumnElement[bool]:
    """From an address of theirs that nobody else has."""
    mine, others = Person.id.in_(subject.people), Person.id.not_in(subject.people)

    def phones(people: ColumnElement[bool]) -> Any:
        return select(PersonPhone.e164).join(Person, Person.id == PersonPhone.person_id).where(people)

    def mails(people: ColumnElement[bool]) -> Any:
        return select(func.lower(Person.email)).where(people, Person.email.is_not(None))

    held = column.in_(phones(mine)) | func.lower(column).in_(mails(mine))
    shared = column.in_(phones(others)) | func.lower(column).in_(mails(others))
    found: ColumnElement[bool] = held & ~shared
    return found


def _drafts(subject: Subject) -> ColumnElement[bool]:
    return or_(_D.person_id.in_(subject.people), _D.case_id.in_(subject.streams), _from(_D.sender, subject))


def _replies(subject: Subject) -> ColumnElement[bool]:
    return or_(
        _R.person_id.in_(subject.people),
        _R.stream_id.in_(subject.streams),
        _from(_R.address, subject),
        _R.stream_id.in_(subject.shared) & mentions(_R.words, subject),
    )


async def export(work: Work, subject: Subject) -> Any:
    """Their requests that were no cases yet, and what we answered."""
    draft = [column for column in _D.__table__.c if column.name not in ("decided_by", "version")]
    reply = [column for column in _R.__table__.c if column.name not in ("provider_id", "detail")]
    return {
        "requests": await told(work.session, select(*draft).where(_drafts(subject)).order_by(_D.id)),
        "answers": await told(work.session, select(*reply).where(_replies(subject)).order_by(_R.id)),
    }


async def erase(work: Work, subject: Subject) -> Sequence[Line]:
    """All of it: a request that became a case stands there."""
    session = work.session
    ours = select(_D.id).where(_drafts(subject))
    blank = {"words": ERASED_WORDS, "sender": "", "sender_name": "", "postcode": None}
    kept = _drafts(subject) & (_D.words != ERASED_WORDS) | _drafts(subject) & (_D.sender != "")
    open_ones = _D.state.in_(("asking", "waiting"))
    return counted(
        [
            await gone(session, N_("Photos of requests"), delete(InboxPhoto).where(InboxPhoto.draft_id.in_(ours))),
            await gone(session, N_("Questions to them"), delete(_Q).where(_from(_Q.sender, subject))),
            await gone(session, N_("Our answers"), delete(_R).where(_replies(subject))),
            await gone(session, N_("Requests by message"), delete(_D).where(_drafts(subject), open_ones)),
            await gone(session, N_("Words of requests"), update(_D).where(kept, ~open_ones).values(**blank)),
        ]
    )


HOLDINGS = (
    Holding(
        "inbox",
        N_("What people write to us"),
        personal=frozenset(
            {
                *(f"inbox_draft.{name}" for name in ("sender", "sender_name", "words", "postcode")),
                "inbox_photo.data",
                "inbox_photo.thumbnail",
                "inbox_question.sender",
                *(f"inbox_reply.{name}" for name in ("address", "words", "detail", "provider_id")),
            }
        ),
        plain=frozenset(
            {
                *(f"inbox_task.{name}" for name in ("channel", "asked", "language")),
                "inbox_draft.channel",
                "inbox_draft.language",
                "inbox_question.channel",
                "inbox_reply.channel",
                "inbox_reply.language",
            }
        ),
        export=export,
        erase=erase,
    ),
)
