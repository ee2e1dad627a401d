"""What was said and pressed in calls, and who waits to be called."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy import text as sql

from aftersales.customers.models import Person, PersonPhone
from aftersales.db.holding import gone, told
from aftersales.i18n import N_
from aftersales.module import Holding
from aftersales.subject import Line, Subject, counted, mentions
from aftersales.voice.models import CallBack, VoiceCall
from aftersales.work import Work

_C, _B = VoiceCall, CallBack


def _phones(subject: Subject) -> Any:
    return (
        select(PersonPhone.e164).join(Person, Person.id == PersonPhone.person_id).where(Person.id.in_(subject.people))
    )


def _calls(subject: Subject) -> ColumnElement[bool]:
    """Calls with them, and calls in which they were named."""
    return or_(_C.person_id.in_(subject.people), _C.stream_id.in_(subject.streams), mentions(_C.words, subject))


def _call_backs(subject: Subject) -> ColumnElement[bool]:
    """Promises to them; those of no case by their number too, which may be all that is known."""
    nobodys = _B.person_id.is_(None) & _B.stream_id.is_(None)
    return or_(
        _B.person_id.in_(subject.people),
        _B.stream_id.in_(subject.streams),
        nobodys & _B.number.in_(_phones(subject)),
    )


async def export(work: Work, subject: Subject) -> Any:
    """Every call with them in its words, and every promise to call them."""
    hidden = ("provider_id", "turn", "code_id", "update_id")
    columns = [column for column in _C.__table__.c if column.name not in hidden]
    return {
        "calls": await told(work.session, select(*columns).where(_calls(subject)).order_by(_C.id)),
        "call_backs": await told(work.session, select(*_B.__table__.c).where(_call_backs(subject)).order_by(_B.id)),
    }


async def erase(work: Work, subject: Subject) -> Sequence[Line]:
    """Numbers, words, keys and the address of a recording; that and when there was a call stands."""
    said = or_(_C.number != "", _C.words != "", _C.keys != "", _C.recording.is_not(None))
    blank = update(_C).where(_calls(subject), said)
    empty = {"number": "", "words": "", "keys": "", "recording": None, "provider_id": sql("voice_call.id::text")}
    calls = await gone(work.session, N_("Words of calls"), blank.values(**empty, spoken=[], turn={}))
    waiting = await gone(work.session, N_("Calls to make"), delete(_B).where(_call_backs(subject)))
    return counted([calls, waiting])


HOLDINGS = (
    Holding(
        "calls",
        N_("Calls"),
        personal=frozenset(
            {
                *(
                    f"voice_call.{name}"
                    for name in ("provider_id", "number", "words", "turn", "spoken", "keys", "recording")
                ),
                "call_back.number",
            }
        ),
        plain=frozenset({"voice_call.language", "voice_call.answered", "call_back.language"}),
        export=export,
        erase=erase,
    ),
)
