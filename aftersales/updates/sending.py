"""One attempt to send one update. Three steps, the middle one outside any transaction:

claim the record and gather the letter · hand it over · note what became of it. A worker killed after the second step
leaves the record in `sending`; the next attempt finds it so and counts a possible repeat. Where a channel fails for
good, the same transaction that notes it has the update go by the next one of its route.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from aftersales.auth import codes, links, short_links
from aftersales.auth.models import CustomerLink, OneTimeCode
from aftersales.outbox.leased import Leased, done_all, hold_all
from aftersales.outbox.retry import NotBegun
from aftersales.outbox.schedule import schedule
from aftersales.updates import enclosing, inbound, leaving, letters, matters, records, service, templates
from aftersales.updates.channels import Answer, Channel, Letter, Registered, Reject, Retry, Sent
from aftersales.updates.channels.ways import ways_on
from aftersales.updates.machine import UpdateState
from aftersales.updates.matrix import DOCUMENT
from aftersales.updates.matters import PersonRow
from aftersales.updates.models import CustomerUpdate
from aftersales.updates.policy import (
    MAILBOX,
    RECEIPT_WITHIN,
    SMS,
    WHATSAPP,
    Reason,
    Wording,
    address,
    consent,
    quiet_until,
    wording,
)
from aftersales.updates.records import Claimed, Ended, Outcome
from aftersales.updates.render import addressed, revealed
from aftersales.work import Work

NO_RECEIPT = "updates.no_receipt"
LEASE = timedelta(minutes=2)
"""How long one attempt is nobody else's."""


@dataclass(frozen=True, slots=True)
class Held:
    """Its turn has come in quiet hours: it waits until they end."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Prepared:
    """A claimed record, its channel and the letter it becomes, or what became of it without one."""

    claimed: Claimed
    channel: Channel
    letter: Letter | Reject | Held


async def attempt(leased: Leased, *, last: bool) -> Retry | None:
    """Try once. Answers Retry when it should be tried again, None when it is over, one way or the other.

    `last` says that there will be no further attempt: what is put off then has failed. The record's end and the
    delivery's are committed together, and so is the beginning of the next channel's turn.
    """
    async with leased.unit_of_work() as work:
        held = await hold_all(work, [leased])
        prepared = await _prepared(work, await records.claim(work.session, [_record(one) for one in held]))
    return (await _hand_over([leased], prepared, last=last))[0]


async def attempt_all(leased: Sequence[Leased]) -> list[Retry | NotBegun | None]:
    """The same for several at their first attempt: at once where handing over twice is harmless, else one by one, so
    that a worker which is killed leaves one letter in doubt and not all of them. What there is no time for is not
    begun."""
    answers: dict[Leased, Retry | NotBegun | None] = {}
    async with leased[0].unit_of_work() as work:
        seen = await records.look(work.session, [_record(one) for one in leased])
        known = ways_on(work.registry, work.settings).channels
        harmless = {name for name, channel in known.items() if channel.repeatable}
        prepared = await _prepared(work, {key: one for key, one in seen.items() if one.channel in harmless})
    at_once = [one for one in leased if _record(one) in prepared]
    answers.update(zip(at_once, await _hand_over(at_once, prepared, last=False), strict=True))
    for one in leased:
        if one not in answers:
            in_doubt = _record(one) in seen
            answers[one] = NotBegun() if in_doubt and one.enough() else await attempt(one, last=False)
    return [answers[one] for one in leased]


def _record(leased: Leased) -> UUID:
    return UUID(leased.data["update_id"])


async def _hand_over(turns: Sequence[Leased], prepared: Mapping[UUID, Prepared], *, last: bool) -> list[Retry | None]:
    due = {one: prepared[record] for one in turns if (record := _record(one)) in prepared}
    answered = await asyncio.gather(*(_answered(one) for one in due.values()))
    answers = dict(zip(due, answered, strict=True))
    again = {one: answer if isinstance(answer, Retry) and not last else None for one, answer in answers.items()}
    ended = {
        one: Ended(due[one].claimed, due[one].channel.name, _outcome(due[one].claimed, answers[one], last=last))
        for one in due
    }

    async def note(work: Work) -> None:
        # Only who holds the delivery says how it ended: somebody else has begun it again, where the lease is over.
        ours = set(await done_all(work, [one for one, retry in again.items() if retry is None]))
        ours.update(await hold_all(work, [one for one, retry in again.items() if retry is not None]))
        noted = await records.finish(work.session, [ended[one] for one in due if one in ours], work.now)
        for end in ended.values():
            if end.claimed.id in noted:
                await _followed(work, end.claimed, end.channel, end.outcome)
        gone = [where for answer in answered if isinstance(answer, Sent) for where in answer.gone]
        if gone:
            await records.forget_browsers(work.session, gone)

    if due:
        await turns[0].insist(note)
    return [again.get(one) for one in turns]


async def _answered(prepared: Prepared) -> Answer | Held:
    if isinstance(prepared.letter, Letter):
        return await prepared.channel.send(prepared.letter)
    return prepared.letter


async def _followed(work: Work, claimed: Claimed, channel: str, outcome: Outcome) -> None:
    """The next channel after a failure; a time for the receipt after an urgent text has been taken."""
    if outcome.not_before is not None:
        await service.send_at(work, claimed, outcome.not_before, mark=f".{outcome.not_before:%Y%m%dT%H%M}")
    within = RECEIPT_WITHIN.get(channel)
    if outcome.state is UpdateState.SENT and claimed.urgent and claimed.route and within is not None:
        data = {"update_id": str(claimed.id), "turn": claimed.turn}
        key = f"{claimed.id.hex}.{claimed.turn}"
        await schedule(work.session, NO_RECEIPT, key, due_at=work.now + within, data=data)
    if outcome.state is UpdateState.FAILED and claimed.route:
        # Held since its end was noted, in this transaction.
        update = await work.session.get_one(CustomerUpdate, claimed.id, populate_existing=True)
        await service.go_on(work, update, Reason(outcome.reason or Reason.REJECTED))


async def _prepared(work: Work, claimed: Mapping[UUID, Claimed]) -> dict[UUID, Prepared]:
    """What each of these records becomes."""
    if not claimed:
        return {}
    people = await matters.persons(work.session, {one.person_id for one in claimed.values()})
    ways = ways_on(work.registry, work.settings)
    prepared: dict[UUID, Prepared] = {}
    written: list[tuple[Claimed, Channel, str]] = []
    # What has waited may lock what its case is held to: by every worker in one order, as where changes are told.
    for one in sorted(claimed.values(), key=lambda one: one.stream_id):
        # What was queued before the last server was switched off is still shown, in the mailbox.
        name = one.channel if one.channel in ways.order or MAILBOX not in ways.order else MAILBOX
        channel = ways.channels.get(name)
        where = address(people[one.person_id].addresses, name)
        against = _against(work, one, people[one.person_id], name)
        if channel is None:
            prepared[one.id] = Prepared(one, ways.channels[MAILBOX], Reject(Reason.CHANNEL_OFF, ""))
        elif where is None or against is not None:
            prepared[one.id] = Prepared(one, channel, against or Reject(Reason.NO_ADDRESS, ""))
        elif (now_said := await leaving.as_it_is_now(work, one, people[one.person_id])) is None:
            prepared[one.id] = Prepared(one, channel, Reject(Reason.TIME_OVER, ""))
        else:
            written.append((now_said, channel, where))
    issued = await links.issue_all(work.session, {(one.stream_id, one.person_id) for one, _, _ in written}, work.now)
    for one, channel, where in written:
        letter = await _written(work, one, channel, people[one.person_id], where, issued[one.stream_id, one.person_id])
        prepared[one.id] = Prepared(one, channel, letter)
    return prepared


def _against(work: Work, claimed: Claimed, person: PersonRow, name: str) -> Reject | Held | None:
    if address(person.addresses, name) is None:
        return Reject(Reason.NO_ADDRESS, "")
    # Asked again: somebody may have said STOP while it waited for the morning, or was put off.
    if claimed.code_id is None and consent(person.consents or (), name, claimed.purpose) is False:
        return Reject(Reason.NO_CONSENT, "")
    held = None if claimed.urgent else quiet_until(person.recipient(work.settings.quiet).quiet, name, work.now)
    return Held(held) if held is not None else None


async def _written(
    work: Work, claimed: Claimed, channel: Channel, person: PersonRow, where: str, link: CustomerLink
) -> Letter | Reject:
    session, now, code = work.session, work.now, None
    if claimed.code_id is not None:
        kept = await session.get(OneTimeCode, claimed.code_id)
        if kept is None or not codes.alive(kept, now):
            return Reject(Reason.CODE_EXPIRED, "")
        code = codes.value(work.settings, kept)
    name = channel.name
    template = await templates.approved(work, claimed, name) if name in letters.REGISTERED else None
    last = await inbound.last_heard(session, name, where) if name == WHATSAPP else None
    said = wording(name, last, now, approved=template is not None)
    if said is Wording.CLOSED:
        return Reject(Reason.WINDOW_CLOSED, "")
    url = links.url(work.settings, link)
    if name == SMS:
        url = await short_links.url(session, work.settings, link)
    return Letter(
        message_id=claimed.message_id,
        at=now,
        to_name=addressed(person.name, person.name_local, "", claimed.language),
        to_address=where,
        from_name=claimed.branch,
        language=claimed.language,
        subject=claimed.subject,
        words=revealed(claimed.words, link=url, code=code),
        link=url,
        urgent=claimed.urgent,
        registered=_registered(template if said is Wording.TEMPLATE else None, claimed, link=url, code=code),
        paper=await enclosing.enclosed(work, claimed, channel),
    )


def _registered(
    template: tuple[str, str] | None, claimed: Claimed, *, link: str, code: str | None
) -> Registered | None:
    """The template by which the channel's provider knows the text, with what stands in it."""
    if template is None:
        return None
    values = tuple(revealed(value, link=link, code=code) for value in claimed.arguments)
    name, head = template
    return Registered(name, claimed.language, values, document=head == DOCUMENT)


def _outcome(claimed: Claimed, answer: Answer | Held, *, last: bool) -> Outcome:
    if isinstance(answer, Held):
        return Outcome(UpdateState.RETRYING, Reason.QUIET_HOURS, not_before=answer.until)
    if isinstance(answer, Sent):
        return Outcome(UpdateState.SENT, provider_id=answer.provider_id)
    if isinstance(answer, Reject):
        nowhere = answer.reason in (Reason.NO_ADDRESS, Reason.NO_CONSENT) and not claimed.route
        over = answer.reason in (Reason.CODE_EXPIRED, Reason.TIME_OVER) or nowhere
        return Outcome(UpdateState.WITHHELD if over else UpdateState.FAILED, answer.reason, answer.detail or None)
    if last:
        return Outcome(UpdateState.FAILED, Reason.GAVE_UP, answer.detail, repeated=answer.uncertain)
    return Outcome(UpdateState.RETRYING, None, answer.detail or None, repeated=answer.uncertain)
