"""From a message to its place: the case it answers, the case that is named, a question, or a request of its own."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from aftersales.auth import limits
from aftersales.auth.limits import Limit
from aftersales.auth.rules import customer_scope
from aftersales.cases.machine import CASE
from aftersales.cases.service import file_added
from aftersales.errors import Problem
from aftersales.files import service as files
from aftersales.i18n import OFFERED, language_or_default, translator
from aftersales.ids import new_id
from aftersales.inbox import repository, texts
from aftersales.inbox.models import InboxQuestion
from aftersales.inbox.repository import OpenCase, Sender
from aftersales.inbox.rules import MAX_CHOICES, QUESTION_LASTS, case_numbers, choice, without_quote
from aftersales.inbox.service import brought as along
from aftersales.inbox.service import commands, drafts, replies, tasks
from aftersales.inbox.service.answers import Voice
from aftersales.inbox.service.brought import Brought
from aftersales.inbox.service.replies import To
from aftersales.inbox.understanding import COMMANDS, Intent, Understood, understand
from aftersales.outbox.schedule import schedule
from aftersales.ports.promises import Saying, Span
from aftersales.promises.ledger import Kind
from aftersales.promises.rules import minute
from aftersales.status.changes import MAX_NOTE, event
from aftersales.status.machine import Audience
from aftersales.updates import inbound, matters
from aftersales.updates.channels import Refusal
from aftersales.updates.inbound import TAKE
from aftersales.updates.models import InboundMessage
from aftersales.work import Work

# A person in a hurry sends a dozen short messages; a machine sends a thousand.
ANSWERED = Limit("inbox-answer", 12, timedelta(minutes=5))
TAKEN = Limit("inbox-message", 60, timedelta(minutes=1))
EMAIL = "email"
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, slots=True)
class Place:
    """The case a message belongs to, and who its sender is in it."""

    case_id: UUID
    person_id: UUID


@dataclass(frozen=True, slots=True)
class Message:
    """A message that is being taken in: its own words, what they ask, who may have written them."""

    row: InboundMessage
    text: str
    read: Understood
    senders: Sequence[Sender]
    to: To
    brought: Brought

    @property
    def language(self) -> str:
        """What it is answered in: its own language, or that of whoever sent it."""
        return self.to.language


async def take(work: Work, inbound_id: UUID, brought: Brought, place: Place | None = None) -> None:
    """Bring a message to where it belongs and answer it. `place` is known where the sender was asked for it.

    The words stand there whatever becomes of the files; of those that are not taken the answer says why.
    """
    row = await repository.message(work.session, work.scope, inbound_id)
    if row is None or row.missed_call:
        return
    await repository.hold(work.session, work.scope, row.channel, row.sender)
    if await limits.take(work.session, [(TAKEN, f"{row.channel}:{row.sender}")], work.now) is not None:
        return
    message = await _read(work, row, brought)
    if place is None and message.read.intent in COMMANDS:
        await _answer_sender(work, message, await commands.carry_out(work, row.channel, message.read, message.senders))
        return
    place = place or await _place(work, message)
    if place is not None:
        await _onto_case(work, message, place)


async def _read(work: Work, row: InboundMessage, brought: Brought) -> Message:
    text = without_quote(row.text) if row.channel == EMAIL else row.text.strip()
    senders = await repository.senders(work.session, work.scope, row.sender)
    usual = language_or_default(senders[0].language if senders else None)
    read = understand(text, usual)
    spoken = read.language if read.language in OFFERED else usual
    person = senders[0].person_id if len({one.customer_id for one in senders}) == 1 else None
    to = To(row.channel, row.sender, spoken, row.id, person)
    return Message(row, text, read, senders, to, brought)


async def _place(work: Work, message: Message) -> Place | None:
    """Where it belongs; None where that has been asked, or it is a request of its own."""
    row, senders = message.row, message.senders
    people = [one.person_id for one in senders]
    if row.answers is not None:
        found = await repository.answered_case(work.session, work.scope, row.channel, row.answers)
        if found is not None and found[1] in people:
            return Place(*found)
    cases = await repository.open_cases(work.session, work.scope, people) if people else []
    asked = await repository.question(work.session, work.scope, row.channel, row.sender)
    numbers = case_numbers(message.text)
    named = [one for one in cases if one.number in numbers]
    if asked is not None and work.now - asked.asked_at < QUESTION_LASTS:
        chosen = _chosen(message, asked, cases, named)
        if chosen is not None:
            await _place_those_that_waited(work, message, asked, chosen)
            return None
    if len(named) == 1:
        return Place(named[0].id, named[0].person_id)
    if len({one.customer_id for one in senders}) > 1:
        await _ask(work, message, (), texts.NOT_FOUND if numbers else texts.NUMBER)
        return None
    if len(cases) == 1:
        return Place(cases[0].id, cases[0].person_id)
    if cases:
        await _ask(work, message, cases[:MAX_CHOICES], texts.WHICH)
        return None
    await drafts.take(work, message.to, message.row.sender_name, message.text, message.brought)
    await inbound.let_go(work, {"inbound_id": str(row.id)})
    return None


def _chosen(
    message: Message, asked: InboxQuestion, cases: Sequence[OpenCase], named: Sequence[OpenCase]
) -> OpenCase | None:
    """What somebody whom we have asked means by a message of one number."""
    if len(named) == 1:
        return named[0]
    place = choice(message.text, len(asked.cases))
    return next((one for one in cases if place is not None and one.id == asked.cases[place]), None)


async def _place_those_that_waited(work: Work, message: Message, asked: InboxQuestion, chosen: OpenCase) -> None:
    """The messages that waited for the choice, and this one if it says more than that, go to the case chosen."""
    waited = list(await repository.end_question(work.session, work.scope, asked))
    rest = message.text
    for number in case_numbers(rest):
        rest = rest.replace(number, "")
    if len(rest.split()) > 3 or message.row.media:
        waited.append(message.row.id)
    for inbound_id in waited:
        data = {"inbound_id": str(inbound_id), "case_id": str(chosen.id), "person_id": str(chosen.person_id)}
        await schedule(work.session, TAKE, f"{inbound_id.hex}.placed", due_at=work.now, data=data)


async def _ask(work: Work, message: Message, cases: Sequence[OpenCase], text: str) -> None:
    """Ask which case is meant. Where households share the phone nothing is named: the number is theirs to give."""
    row = message.row
    asked = await repository.question(work.session, work.scope, row.channel, row.sender)
    ids = [one.id for one in cases]
    if asked is None:
        work.session.add(
            InboxQuestion(channel=row.channel, sender=row.sender, cases=ids, messages=[row.id], asked_at=work.now)
        )
    else:
        asked.cases, asked.asked_at = ids, work.now
        asked.messages = [*asked.messages[-9:], row.id]
    translate = translator(message.language).gettext
    lines = [
        f"{place}. {translate(one.category or one.product or one.complaint)} ({one.number})"
        for place, one in enumerate(cases, 1)
    ]
    question = translate(text).format(list="\n".join(lines))
    await _answer_sender(work, message, await commands.with_person(work, question, message.language))


async def _onto_case(work: Work, message: Message, place: Place) -> None:
    """Into the conversation of the case, in the sender's name; then the answer, or a promise of one."""
    theirs = replace(work, scope=customer_scope(place.person_id, place.case_id, read_only=False))
    refused = set(message.brought.refused)
    for data in message.brought.files:
        try:
            kept = await files.store(
                theirs,
                stream_id=place.case_id,
                document_id=place.case_id,
                kind="photo",
                filename=message.row.channel,
                data=data,
                audience=Audience.CUSTOMER,
            )
        except Problem as problem:
            refused.add(along.refusal(problem))
            continue
        await file_added(theirs, place.case_id, kept.id, "photo")
    said = {"channel": message.row.channel, "language": message.read.language}
    [entry] = await theirs.post(
        event(CASE, place.case_id, "customer_wrote", note=_writable(message.text)[:MAX_NOTE], data=said)
    )
    await inbound.let_go(work, {"inbound_id": str(message.row.id)})
    await _react(work, message, place, entry.version, refused)


def _writable(text: str) -> str:
    """Without what no note may hold: halves of characters, and signs that turn the direction of what follows."""
    return _UNWRITABLE.sub("", text).strip()


async def _react(work: Work, message: Message, place: Place, version: int, refused: set[Refusal]) -> None:
    """A question that live data answers is answered; everything else is promised an answer by a person."""
    voice = await Voice.of(work, place.case_id, place.person_id, message.language)
    intent = message.read.intent
    if intent in (None, Intent.PERSON) or refused:
        waiting = await repository.tasks(work.session, work.scope, case_id=place.case_id, limit=1)
        by = await tasks.promise(
            work,
            place.case_id,
            person_id=place.person_id,
            version=version,
            channel=message.row.channel,
            asked=intent or "unknown",
            language=message.read.language,
        )
        if waiting and intent is not Intent.PERSON and not refused:
            # They have been told by when; said again after every line it would be noise.
            return
        text, kind = (texts.CALLS, Kind.CALL_BACK) if intent is Intent.PERSON else (texts.READS, Kind.ANSWER)
        said = voice.say(*along.said(refused), text, when=voice.at(by), **along.values(work.settings))
        promised = Saying(
            update_id=new_id(),
            text=f"inbox.{kind}",
            language=message.language,
            span=Span(kind, None, minute(by), "hours"),
            heard=said,
            time=voice.at(by),
        )
        await _answer_on_case(work, message, place, said, promised)
    else:
        await _answer_on_case(work, message, place, await voice.answer(intent))


async def _answer_on_case(
    work: Work, message: Message, place: Place, words: str, promised: Saying | None = None
) -> None:
    """The answer, and what it promises, with the timeline entry of the answer."""
    if not await _may_answer(work, message):
        return
    data = {"channel": message.row.channel, "language": message.language}
    [entry] = await work.post(event(CASE, place.case_id, "we_answered", note=words[:MAX_NOTE], data=data))
    to = replace(message.to, person_id=place.person_id)
    reply_id = await replies.say(work, to, words, on=(place.case_id, entry.version))
    if promised is not None and reply_id is not None:
        posted = await matters.posted(work.session, place.case_id, entry.version)
        await work.ports.promises.said(work, posted, [replace(promised, update_id=reply_id)])


async def _answer_sender(work: Work, message: Message, words: str) -> None:
    """To whoever wrote, outside any case."""
    if words and await _may_answer(work, message):
        await replies.say(work, message.to, words)


async def _may_answer(work: Work, message: Message) -> bool:
    """Two machines that answer each other would never end."""
    subject = f"{message.row.channel}:{message.row.sender}"
    return await limits.take(work.session, [(ANSWERED, subject)], work.now) is None
