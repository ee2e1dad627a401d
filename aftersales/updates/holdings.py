"""What customers were told, in its words."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, case, delete, func, or_, select, update

from aftersales.customers.models import Person, PersonPhone
from aftersales.db.holding import gone, told
from aftersales.i18n import N_
from aftersales.module import Holding
from aftersales.subject import Line, Subject, counted, mentions
from aftersales.updates.models import (
    Consent,
    CustomerUpdate,
    InboundMessage,
    Preference,
    PushSubscription,
    UpdateAttempt,
)
from aftersales.work import Work

_U = CustomerUpdate
_I = InboundMessage


async def export(work: Work, subject: Subject) -> Any:
    """Every message to them: when, by which channel, in which words, what became of it."""
    columns = [
        column
        for column in _U.__table__.c
        if column.name not in ("code_id", "code_key", "message_id", "provider_id", "document_id")
    ]
    return await told(work.session, select(*columns).where(_U.person_id.in_(subject.people)).order_by(_U.id))


async def erase(work: Work, subject: Subject) -> Sequence[Line]:
    """The words and the answers of mail servers. That something was said, and when, stands."""
    theirs = or_(
        _U.person_id.in_(subject.people),
        _U.stream_id.in_(subject.streams | subject.shared)
        & or_(mentions(_U.words, subject), mentions(_U.subject, subject)),
    )
    said = or_(_U.words != "", _U.subject != "", _U.detail.is_not(None), _U.provider_id.is_not(None))
    blank = {"words": case((_U.words.is_not(None), "")), "subject": case((_U.subject.is_not(None), ""))}
    line = await gone(
        work.session,
        N_("Words of messages"),
        update(_U).where(theirs, said).values(**blank, arguments=[], detail=None, provider_id=None),
    )
    turns = select(_U.id).where(theirs)
    former = or_(
        UpdateAttempt.words != "",
        UpdateAttempt.subject != "",
        UpdateAttempt.detail.is_not(None),
        UpdateAttempt.provider_id.is_not(None),
    )
    emptied = {
        "words": case((UpdateAttempt.words.is_not(None), "")),
        "subject": case((UpdateAttempt.subject.is_not(None), "")),
    }
    before = await gone(
        work.session,
        N_("Words of messages"),
        update(UpdateAttempt)
        .where(UpdateAttempt.update_id.in_(turns), former)
        .values(**emptied, detail=None, provider_id=None),
    )
    browsers = await gone(
        work.session,
        N_("Browsers that were told"),
        delete(PushSubscription).where(PushSubscription.person_id.in_(subject.people)),
    )
    records = select(func.count()).where(_U.person_id.in_(subject.people))
    kept = (await work.session.execute(records)).scalar_one()
    why = N_("That and when something was said stands, without its words.")
    return counted(
        [
            Line(line.what, line.count + before.count),
            browsers,
            Line(N_("Records of messages"), kept, kept=True, why=why),
        ]
    )


async def export_wishes(work: Work, subject: Subject) -> Any:
    """What they agreed to and refused, in its order, and what they chose. No words: it stands when they are erased."""
    consents = select(*Consent.__table__.c).where(Consent.person_id.in_(subject.people)).order_by(Consent.id)
    chosen = select(*Preference.__table__.c).where(Preference.person_id.in_(subject.people))
    return {"consents": await told(work.session, consents), "chosen": await told(work.session, chosen)}


def _from(people: ColumnElement[bool]) -> ColumnElement[bool]:
    """Sent from an address of one of these people."""
    phones = select(PersonPhone.e164).join(Person, Person.id == PersonPhone.person_id).where(people)
    mails = select(func.lower(Person.email)).where(people, Person.email.is_not(None))
    return _I.sender.in_(phones) | func.lower(_I.sender).in_(mails)


async def export_received(work: Work, subject: Subject) -> Any:
    """Every message that came from an address of theirs."""
    columns = [column for column in _I.__table__.c if column.name not in ("provider_id", "answers")]
    query = select(*columns).where(_from(Person.id.in_(subject.people))).order_by(_I.received_at, _I.id)
    return await told(work.session, query)


async def erase_received(work: Work, subject: Subject) -> Sequence[Line]:
    """What came from their addresses, with its files; from one that others have too, what names them."""
    theirs, others = _from(Person.id.in_(subject.people)), _from(Person.id.not_in(subject.people))
    named = mentions(_I.text, subject) | mentions(_I.sender_name, subject)
    line = await gone(work.session, N_("Messages received"), delete(_I).where((theirs & ~others) | named))
    return counted([line])


HOLDINGS = (
    Holding(
        "messages",
        N_("Messages"),
        personal=frozenset(
            {
                f"{table}.{name}"
                for table in ("customer_update", "update_attempt")
                for name in ("words", "subject", "detail", "provider_id")
            }
            | {"customer_update.arguments"}
            | {f"push_subscription.{name}" for name in ("endpoint", "p256dh", "auth")}
        ),
        plain=frozenset(
            {
                f"customer_update.{name}"
                for name in ("purpose", "text", "language", "channel", "route", "reason", "code_key", "message_id")
            }
            | {"update_attempt.channel", "update_attempt.reason"}
        ),
        export=export,
        erase=erase,
    ),
    Holding(
        "wishes",
        N_("How they want to be written to"),
        plain=frozenset(
            {
                "consent.channel",
                "consent.purpose",
                "consent.source",
                "consent.actor_kind",
                "contact_preference.channels",
            }
        ),
        export=export_wishes,
    ),
    Holding(
        "received",
        N_("Messages received"),
        personal=frozenset(
            {f"inbound_message.{name}" for name in ("sender", "sender_name", "text", "media", "provider_id", "answers")}
            | {"inbound_file.data"}
        ),
        plain=frozenset({"inbound_message.channel"}),
        export=export_received,
        erase=erase_received,
    ),
    Holding(
        "registrations",
        N_("Templates registered with providers"),
        plain=frozenset(
            {
                f"channel_registration.{name}"
                for name in ("brand", "text", "language", "name", "header", "entity", "wording")
            }
        ),
    ),
)
