"""Answers by the channel and to the address that a message came from."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from aftersales.auth import links
from aftersales.i18n import translator
from aftersales.ids import new_id
from aftersales.inbox import repository, texts
from aftersales.inbox.machine import ReplyState
from aftersales.inbox.models import InboxReply
from aftersales.outbox.leased import Leased
from aftersales.outbox.schedule import schedule
from aftersales.updates.channels import Letter, Reject, Retry, Sent
from aftersales.updates.channels.ways import ways_on
from aftersales.updates.render import LINK, revealed
from aftersales.work import Work

SEND = "inbox.reply"
MAX_ATTEMPTS = 8
MAX_WORDS = 4000
BACK_OFF = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class To:
    """Where an answer goes: the address that wrote, and of whom it is, if that is known beyond doubt."""

    channel: str
    address: str
    language: str
    inbound_id: UUID | None = None
    person_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class _Prepared:
    letter: Letter
    channel: str


async def say(work: Work, to: To, words: str, *, on: tuple[UUID, int] | None = None) -> UUID | None:
    """Keep an answer and have it sent; `on` is the timeline entry that it is shown with.

    None where the channel is off: nothing could be sent by it.
    """
    if to.channel not in ways_on(work.registry, work.settings).channels:
        return None
    row = InboxReply(
        id=new_id(),
        inbound_id=to.inbound_id,
        stream_id=on[0] if on else None,
        version=on[1] if on else None,
        person_id=to.person_id,
        channel=to.channel,
        address=to.address,
        language=to.language,
        words=words[:MAX_WORDS],
        state=ReplyState.QUEUED,
        created_at=work.now,
    )
    work.session.add(row)
    await work.session.flush()
    await schedule(work.session, SEND, row.id.hex, due_at=work.now, data={"reply_id": str(row.id)})
    return row.id


async def send(leased: Leased) -> timedelta | None:
    """Hand one answer over. Answers how long to wait where it is put off; None when it is over.

    The other side knows no key of ours for free words: a worker that is killed in between may cause one repeat.
    """
    reply_id = UUID(leased.data["reply_id"])
    async with leased.unit_of_work() as work:
        prepared = await _prepared(work, reply_id)
        channel = ways_on(work.registry, work.settings).channels.get(prepared.channel) if prepared else None
    if prepared is None:
        return None
    answer = await channel.send(prepared.letter) if channel else Retry("the channel is off")
    again = isinstance(answer, Retry) and leased.attempts < MAX_ATTEMPTS

    async def note(work: Work) -> None:
        row = await repository.reply(work.session, work.scope, reply_id)
        if row is not None:
            row.attempts = leased.attempts
            if isinstance(answer, Sent):
                row.state, row.provider_id, row.sent_at = ReplyState.SENT, answer.provider_id, work.now
            else:
                row.state = ReplyState.QUEUED if again else ReplyState.FAILED
                row.detail = answer.detail[:500] or (str(answer.reason) if isinstance(answer, Reject) else None)
        if not again:
            await leased.done(work)

    await leased.insist(note)
    return (answer.after or BACK_OFF) if again and isinstance(answer, Retry) else None


async def _prepared(work: Work, reply_id: UUID) -> _Prepared | None:
    row = await repository.reply(work.session, work.scope, reply_id)
    if row is None or row.state != ReplyState.QUEUED:
        return None
    words = row.words
    if LINK in words and row.stream_id is not None and row.person_id is not None:
        link = await links.issue(work.session, stream_id=row.stream_id, person_id=row.person_id, now=work.now)
        words = revealed(words, link=links.url(work.settings, link))
    domain = work.settings.mail_from.rpartition("@")[2] or "localhost"
    letter = Letter(
        message_id=f"<answer.{row.id.hex}@{domain}>",
        at=row.created_at,
        to_name="",
        to_address=row.address,
        from_name=work.settings.brand_name,
        language=row.language,
        subject=translator(row.language).gettext(texts.SUBJECT),
        words=words,
    )
    return _Prepared(letter, row.channel)
