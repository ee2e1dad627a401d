"""One attempt to send one update. Three steps, the middle one outside any transaction:

claim the record and gather the letter · hand it over · note what became of it. A worker killed after the second step
leaves the record in `sending`; the next attempt finds it so and counts a possible repeat. Where a channel fails for
good, the same transaction that notes it has the update go by the next one of its route.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from aftersales.auth import codes, links, short_links
from aftersales.auth.models import OneTimeCode
from aftersales.outbox.leased import Leased
from aftersales.outbox.schedule import schedule
from aftersales.updates import inbound, letters, matters, records, service, templates
from aftersales.updates.channels import Answer, Channel, Letter, Registered, Reject, Retry, Sent
from aftersales.updates.channels.ways import ways_on
from aftersales.updates.machine import UpdateState
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
    quiet_until,
    wording,
)
from aftersales.updates.records import Claimed, Outcome
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
        prepared = await _prepared(work, UUID(leased.data["update_id"]))
    if prepared is None:
        return None
    claimed, channel, letter = prepared.claimed, prepared.channel, prepared.letter
    answer = await channel.send(letter) if isinstance(letter, Letter) else letter
    again = answer if isinstance(answer, Retry) and not last else None
    outcome = _outcome(claimed, answer, last=last)

    async def note(work: Work) -> None:
        if again is None:
            await leased.done(work)
        if await records.finish(work.session, claimed, channel.name, outcome, work.now):
            await _followed(work, claimed, channel.name, outcome)
        if isinstance(answer, Sent) and answer.gone:
            await records.forget_browsers(work.session, answer.gone)

    await leased.insist(note)
    return again


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


async def _prepared(work: Work, update_id: UUID) -> Prepared | None:
    session, now = work.session, work.now
    claimed = await records.claim(session, update_id)
    if claimed is None:
        return None
    ways = ways_on(work.registry, work.settings)
    # What was queued before the last server was switched off is still shown, in the mailbox.
    name = claimed.channel if claimed.channel in ways.order or MAILBOX not in ways.order else MAILBOX
    channel = ways.channels.get(name)
    if channel is None:
        return Prepared(claimed, ways.channels[MAILBOX], Reject(Reason.CHANNEL_OFF, ""))
    person = await matters.person(session, claimed.person_id)
    where = address(person.addresses, name)
    if where is None:
        return Prepared(claimed, channel, Reject(Reason.NO_ADDRESS, ""))
    held = None if claimed.urgent else quiet_until(person.recipient(work.settings.quiet).quiet, name, now)
    if held is not None:
        return Prepared(claimed, channel, Held(held))
    return await _written(work, claimed, channel, person, where)


async def _written(work: Work, claimed: Claimed, channel: Channel, person: PersonRow, where: str) -> Prepared:
    session, now, code = work.session, work.now, None
    if claimed.code_id is not None:
        kept = await session.get(OneTimeCode, claimed.code_id)
        if kept is None or not codes.alive(kept, now):
            return Prepared(claimed, channel, Reject(Reason.CODE_EXPIRED, ""))
        code = codes.value(work.settings, kept)
    template = await templates.approved(work, claimed, channel.name) if channel.name in letters.REGISTERED else None
    last = await inbound.last_heard(session, channel.name, where) if channel.name == WHATSAPP else None
    said = wording(channel.name, last, now, approved=template is not None)
    if said is Wording.CLOSED:
        return Prepared(claimed, channel, Reject(Reason.WINDOW_CLOSED, ""))
    link = await links.issue(session, stream_id=claimed.stream_id, person_id=person.id, now=now)
    url = links.url(work.settings, link)
    if channel.name == SMS:
        url = await short_links.url(session, work.settings, link)
    letter = Letter(
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
    )
    return Prepared(claimed, channel, letter)


def _registered(template: str | None, claimed: Claimed, *, link: str, code: str | None) -> Registered | None:
    """The template by which the channel's provider knows the text, with what stands in it."""
    if template is None:
        return None
    values = tuple(revealed(value, link=link, code=code) for value in claimed.arguments)
    return Registered(template, claimed.language, values)


def _outcome(claimed: Claimed, answer: Answer | Held, *, last: bool) -> Outcome:
    if isinstance(answer, Held):
        return Outcome(UpdateState.RETRYING, Reason.QUIET_HOURS, not_before=answer.until)
    if isinstance(answer, Sent):
        return Outcome(UpdateState.SENT, provider_id=answer.provider_id)
    if isinstance(answer, Reject):
        over = answer.reason is Reason.CODE_EXPIRED or (answer.reason is Reason.NO_ADDRESS and not claimed.route)
        return Outcome(UpdateState.WITHHELD if over else UpdateState.FAILED, answer.reason, answer.detail or None)
    if last:
        return Outcome(UpdateState.FAILED, Reason.GAVE_UP, answer.detail, repeated=answer.uncertain)
    return Outcome(UpdateState.RETRYING, None, answer.detail or None, repeated=answer.uncertain)
