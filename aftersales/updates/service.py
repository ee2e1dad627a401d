"""From a posted change to records of who is told what. Sending is `sending.py`."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales import metrics
from aftersales.auth import codes
from aftersales.auth.models import OneTimeCode
from aftersales.errors import Conflict
from aftersales.i18n import format_instant, language_or_default
from aftersales.i18n.brief import brief_clock
from aftersales.ids import new_id
from aftersales.module import Posted, Tell
from aftersales.outbox import schedule
from aftersales.scope import ActorKind
from aftersales.status import engine
from aftersales.updates import attempts, letters, matters, records, repository
from aftersales.updates.attempts import Said, message_id
from aftersales.updates.channels.ways import ways_on
from aftersales.updates.machine import UpdateState, sources
from aftersales.updates.matters import Matter, PersonRow
from aftersales.updates.models import CustomerUpdate
from aftersales.updates.permissions import RETRY
from aftersales.updates.policy import (
    CODE,
    MAILBOX,
    PUSH,
    Decision,
    Reason,
    Text,
    address,
    concerned,
    consent,
    decide,
    quiet_until,
)
from aftersales.updates.records import Due
from aftersales.updates.render import CODE as CODE_MARK
from aftersales.updates.render import revealed
from aftersales.updates.repository import UpdateView
from aftersales.updates.texts import CODE_TEXTS
from aftersales.work import Work

SEND = "updates.send"


async def tell(work: Work, posted: Posted) -> None:
    """Write one record for everyone who is told of the change, and for everyone who is not although they should be.

    Idempotent: a record that exists stays as it is.
    """
    await tell_all(work, [posted])


async def tell_all(work: Work, changes: Sequence[Posted]) -> None:
    """The same for changes of several streams, one of each; in as many statements as for one."""
    # A time that is named locks what its case is held to: by every worker in one order.
    ordered = sorted(changes, key=lambda one: one.stream_id)
    fitting = [(one, [tell for tell in work.registry.tells if letters.fits(tell, one)]) for one in ordered]
    about = [(one, tells) for one, tells in fitting if tells]
    if not about:
        return
    known = await matters.matters(work.session, work.scope, {one.document_id for one, _ in about})
    customers = {one.stream_id: known[one.document_id].customer_id for one, _ in about}
    people = await matters.people_on(work.session, work.scope, customers)
    rows: list[dict[str, Any]] = []
    written: list[tuple[Posted, list[tuple[letters.Letters, dict[str, Any]]]]] = []
    on = ways_on(work.registry, work.settings).order
    for one, tells in about:
        own = await _records(work, on, one, tells, known[one.document_id], people[one.stream_id])
        rows += (row for _, row in own)
        written.append((one, own))
    new = await _keep(work, rows)
    for one, own in written:
        sayings = [saying for words, row in own if row["id"] in new for saying in words.sayings(row)]
        await work.ports.promises.said(work, one, sayings)


async def _records(
    work: Work, on: Sequence[str], posted: Posted, tells: Sequence[Tell], matter: Matter, people: Sequence[PersonRow]
) -> list[tuple[letters.Letters, dict[str, Any]]]:
    """A record for each person and purpose, by the first text that is for them, beside its letter."""
    rows: dict[tuple[UUID, str], tuple[letters.Letters, dict[str, Any]]] = {}
    for one in tells:
        words = letters.Letters(work, posted, one, matter)
        if not await words.hold():
            continue
        for decision, person in _decisions(work, on, one, posted, people):
            key = (person.id, one.purpose)
            if key not in rows:
                row = _row(work, decision, await words.to(decision, person)) | {
                    "stream_id": posted.stream_id,
                    "version": posted.version,
                    "document_id": posted.document_id,
                    "purpose": one.purpose,
                    "text": one.text,
                    "urgent": one.urgent,
                    "alone": one.alone,
                    "idle": one.idle,
                    "quiet": person.recipient(work.settings.quiet).quiet,
                    "code_id": None,
                    "code_key": None,
                }
                rows[key] = words, row
    return list(rows.values())


def _decisions(
    work: Work, on: Sequence[str], tell: Tell, posted: Posted, people: Sequence[PersonRow]
) -> list[tuple[Decision, PersonRow]]:
    known = {person.id: person for person in people}
    actor = posted.actor.id if posted.actor.kind is ActorKind.CUSTOMER else None
    text = Text(tell.roles, tell.purpose, posted.origin, letters.forms(tell, on), tell.urgent, actor)
    recipients = [person.recipient(work.settings.quiet) for person in known.values()]
    leaves = work.now if tell.urgent or tell.alone else work.now + work.settings.merge_window
    decisions = decide(text, recipients, on=on, now=leaves)
    return [(decision, known[decision.person_id]) for decision in concerned(decisions)]


def _row(work: Work, decision: Decision, words: Said | None) -> dict[str, Any]:
    """A record as it begins: what goes into the mailbox has arrived there with the record itself."""
    update_id = new_id()
    local = decision.channel == MAILBOX
    state = UpdateState.SENT if local else UpdateState.QUEUED
    return {
        "id": update_id,
        "person_id": decision.person_id,
        "language": decision.language,
        "channel": decision.channel,
        "route": list(decision.route[1:]),
        "state": state if decision.told else UpdateState.WITHHELD,
        "reason": decision.withheld or (Reason.QUIET_HOURS if decision.not_before else None),
        "not_before": decision.not_before,
        "subject": words.subject if words else None,
        "words": words.words if words else None,
        "arguments": list(words.arguments) if words else [],
        "message_id": message_id(update_id, 0, work.settings.mail_from),
        "created_at": work.now,
        "sent_at": work.now if decision.told and local else None,
    }


async def _keep(work: Work, rows: Sequence[dict[str, Any]]) -> Collection[UUID]:
    """Write the records and have them sent; those that were not there yet."""
    if not rows:
        return ()
    window = work.settings.merge_window
    for row in rows:
        if window and row["state"] is UpdateState.QUEUED and not (row["urgent"] or row["alone"] or row["not_before"]):
            row["not_before"] = work.now + window
    new = await records.add(work.session, rows)
    idle = [row["id"] for row in rows if row["idle"] and row["id"] in new and row["state"] is UpdateState.QUEUED]
    needless = await records.needless(work.session, idle, work.now)
    for row in rows:
        if row["id"] in needless:
            row["state"] = UpdateState.MERGED
    queued = [row for row in rows if row["id"] in new and row["state"] is UpdateState.QUEUED]
    await _merged(work, [row for row in queued if row["not_before"] and not (row["urgent"] or row["alone"])])
    turns = (
        _turn_of(
            Due(row["id"], row["stream_id"], row["person_id"], row["version"], row["urgent"], 0),
            row["not_before"] or work.now,
        )
        for row in queued
    )
    await schedule.schedule_all(work.session, SEND, list(turns))
    return new


async def _merged(work: Work, rows: Sequence[dict[str, Any]]) -> None:
    """What waited since before goes with these, no later than the first would have gone; but nobody is woken."""
    if not rows:
        return
    waited = await records.merge(work.session, rows, work.now)
    sooner = {
        row["id"]: first
        for row in rows
        if (first := waited.get(row["id"], row["not_before"])) < row["not_before"]
        and quiet_until(row["quiet"], row["channel"], first) is None
    }
    for row in rows:
        row["not_before"] = sooner.get(row["id"], row["not_before"])
    await records.wait(work.session, sooner)


async def send_at(work: Work, update: Due, due_at: datetime, *, mark: str = "") -> None:
    """Have it sent then, in the order of the timeline per person: nobody waits for what is held back from another.

    Urgent ones wait for urgent ones alone. `mark` tells one scheduling of the same turn from another.
    """
    await schedule.schedule_all(work.session, SEND, [_turn_of(update, due_at, mark)])


def _turn_of(update: Due, due_at: datetime, mark: str = "") -> schedule.Due:
    lane = None
    if update.version is not None:
        lane = UUID(int=update.stream_id.int ^ update.person_id.int ^ update.urgent)
    key = f"{update.id.hex}.{update.turn}" if update.turn else update.id.hex
    return schedule.Due(f"{key}{mark}", due_at, {"update_id": str(update.id)}, lane, update.version)


async def tell_code(work: Work, code_id: UUID) -> None:
    """Write the message that carries a one-time code, and have it sent at once. Idempotent per sending."""
    code = await work.session.get(OneTimeCode, code_id)
    if code is None:
        return
    person = await matters.person(work.session, code.person_id)
    text = CODE_TEXTS[code.purpose]
    # Whoever holds the link may have a browser told: a code sent there would prove no more than the link itself.
    on = tuple(name for name in ways_on(work.registry, work.settings).order if name != PUSH)
    recipient = replace(person.recipient(None), roles=frozenset({"owner"}))
    about = Text({"owner"}, CODE, work.origin, letters.forms(text, on), urgent=True)
    [decision] = decide(about, [recipient], on=on, now=work.now)
    if not codes.alive(code, work.now):
        decision = replace(decision, route=(), withheld=Reason.CODE_EXPIRED)
    row = _row(work, decision, await _code_words(work, code, person, decision.channel)) | {
        "stream_id": code.stream_id or code.subject_id,
        "version": None,
        "document_id": code.subject_id,
        "purpose": code.purpose,
        "text": text.text,
        "urgent": True,
        "alone": True,
        "idle": False,
        "quiet": None,
        "code_id": code.id,
        "code_key": f"{code.id}.{code.sends}",
    }
    await _keep(work, [row])


async def _code_words(work: Work, code: OneTimeCode, person: PersonRow, channel: str) -> Said:
    language = language_or_default(person.language)
    matter = await matters.matter(work.session, work.scope, code.subject_id)
    until = format_instant(code.expires_at, person.zone, language, home=matter.zone)
    values = letters.variables(matter, person, language, letters.brand(work, matter)) | {
        "code": CODE_MARK,
        "until": until,
    }
    values["until_short"] = brief_clock(code.expires_at, person.zone, home=matter.zone)
    return letters.said(CODE_TEXTS[code.purpose], channel, language, values)


async def shown(work: Work, update: UpdateView) -> str | None:
    """The words for the mailbox page: in a demonstration, and only there, a code's digits can be read in them."""
    if update.words is None or update.code_id is None or not work.settings.demo:
        return update.words
    code = await work.session.get(OneTimeCode, update.code_id)
    return update.words if code is None else revealed(update.words, code=codes.value(work.settings, code))


async def go_on(work: Work, update: CustomerUpdate, why: Reason) -> None:
    """Have a record that failed, came back or is without a receipt go by the next channel of its route, if one is left
    that it can go by. The record is held by the caller's transaction (`attempts.locked`).
    """
    person = await matters.person(work.session, update.person_id)
    recipient, on = person.recipient(work.settings.quiet), ways_on(work.registry, work.settings).order
    purpose = CODE if update.code_id else update.purpose
    left = [
        channel
        for channel in update.route
        if channel in on
        and address(recipient.addresses, channel) is not None
        and (purpose == CODE or consent(recipient.consents, channel, purpose) is not False)
    ]
    if not left:
        return
    if why is Reason.NO_RECEIPT:
        update.doubled += 1
        metrics.on_commit(work.session.info, metrics.DOUBLED.labels(update.channel))
    update.reason = update.reason or why
    await _turn(work, update, person, left)


_SAYS = ("id", "person_id", "state", "channel", "subject", "words", "language", "not_before")


async def _turn(work: Work, update: CustomerUpdate, person: PersonRow, route: Sequence[str]) -> None:
    words, letter = await _reworded(work, update, person, route[0])
    key = message_id(update.id, update.turn + 1, work.settings.mail_from)
    await attempts.turn_to(work.session, update, route, words, key, work.now)
    held = None if update.urgent else quiet_until(person.recipient(work.settings.quiet).quiet, route[0], work.now)
    if held is not None:
        update.reason, update.not_before = Reason.QUIET_HOURS, held
    await work.session.flush()
    if letter is not None:
        # What nobody was told until now promises from now on.
        await letter.promise({name: getattr(update, name) for name in _SAYS})
    due = Due(update.id, update.stream_id, update.person_id, update.version, update.urgent, update.turn)
    await send_at(work, due, held or work.now)


async def _reworded(
    work: Work, update: CustomerUpdate, person: PersonRow, channel: str
) -> tuple[Said, letters.Letters | None]:
    """What the record says, as another channel says it, and the letter; as it was said where the text is not declared
    any more.

    Raises Conflict (`updates.not_again`) where it was never said, and its time is none any more.
    """
    as_it_was = Said(update.subject or "", update.words or "", tuple(update.arguments))
    if update.code_id is not None:
        code = await work.session.get(OneTimeCode, update.code_id)
        return (as_it_was if code is None else await _code_words(work, code, person, channel)), None
    posted = await matters.posted(work.session, update.stream_id, update.version)
    tells = [one for one in work.registry.tells if one.text == update.text and letters.fits(one, posted)]
    if not tells:
        return as_it_was, None
    matter = await matters.matter(work.session, work.scope, update.document_id)
    words = letters.Letters(work, posted, tells[0], matter)
    if await words.hold():
        return await words.by(channel, person, update.language), words
    if update.state == UpdateState.WITHHELD:
        raise Conflict("updates.not_again", "The time that this message names is over, and nobody was told of it.")
    return as_it_was, None


async def send_again(work: Work, update_id: UUID) -> None:
    """Put an update that failed, came back or could not go anywhere into the queue once more, by what is on now.

    Raises NotFound (`updates.unknown`), Forbidden, Conflict (`updates.not_again`).
    """
    work.scope.require(RETRY)
    await repository.one(work.session, work.scope, update_id, RETRY)
    system = work.as_system()
    update = await attempts.locked(work.session, update_id)
    if update is None or not _fixable(update):
        raise Conflict("updates.not_again", "This message cannot be sent again: only what failed or lacked an address.")
    person = await matters.person(work.session, update.person_id)
    on = ways_on(work.registry, work.settings).order
    tells = [one for one in work.registry.tells if one.text == update.text]
    known = letters.forms(tells[0], on) if tells else frozenset({update.channel})
    recipient = replace(person.recipient(work.settings.quiet), roles=frozenset({"owner"}))
    text = Text({"owner"}, update.purpose, engine.LIVE, known, update.urgent)
    [decision] = decide(text, [recipient], on=on, now=work.now)
    await _turn(system, update, person, decision.route or (update.channel,))


def _fixable(update: CustomerUpdate) -> bool:
    """A code is asked for anew instead."""
    if update.code_id is not None:
        return False
    return update.state in sources(UpdateState.QUEUED) and (
        update.state != UpdateState.WITHHELD or update.reason in (Reason.NO_ADDRESS, Reason.NO_FORM)
    )
