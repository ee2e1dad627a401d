"""One attempt to send one update. Three steps, the middle one outside any transaction:

claim the record and gather the letter · hand it over · note what became of it. A worker killed after the second step
leaves the record in `sending`; the next attempt finds it so and counts a possible repeat.
"""

from dataclasses import dataclass
from uuid import UUID

from aftersales.auth import codes, links
from aftersales.auth.models import OneTimeCode
from aftersales.config import Settings
from aftersales.outbox.leased import Leased
from aftersales.updates import matters, repository
from aftersales.updates.channels import Answer, Channel, Letter, Reject, Retry, Sent
from aftersales.updates.channels.email import EmailChannel
from aftersales.updates.channels.mailbox import MailboxChannel
from aftersales.updates.machine import UpdateState
from aftersales.updates.policy import Reason
from aftersales.updates.render import addressed, revealed
from aftersales.updates.repository import Claimed, Outcome
from aftersales.work import Work


@dataclass(frozen=True, slots=True)
class Prepared:
    """A claimed record and the letter it becomes, or why there is none."""

    claimed: Claimed
    letter: Letter | Reason


def channel_of(settings: Settings) -> Channel:
    """E-mail where a server is set, else the built-in mailbox."""
    if settings.smtp_url is None:
        return MailboxChannel()
    return EmailChannel(settings.smtp_url.get_secret_value(), settings.mail_from)


async def attempt(leased: Leased, *, last: bool) -> Retry | None:
    """Try once. Answers Retry when it should be tried again, None when it is over, one way or the other.

    `last` says that there will be no further attempt: what is put off then has failed. The record's end and the
    delivery's are committed together.
    """
    async with leased.unit_of_work() as work:
        channel = channel_of(work.settings)
        prepared = await _prepared(work, channel, UUID(leased.data["update_id"]))
    if prepared is None:
        return None
    claimed, letter = prepared.claimed, prepared.letter
    answer = Reject(letter, "") if isinstance(letter, Reason) else await channel.send(letter)
    again = answer if isinstance(answer, Retry) and not last else None
    outcome = _outcome(answer, last=last)

    async def note(work: Work) -> None:
        await repository.finish(work.session, claimed.id, claimed.attempts, channel.name, outcome, work.now)
        if again is None:
            await leased.done(work)

    await leased.insist(note)
    return again


async def _prepared(work: Work, channel: Channel, update_id: UUID) -> Prepared | None:
    session, now = work.session, work.now
    claimed = await repository.claim(session, update_id)
    if claimed is None:
        return None
    person = await matters.person(session, claimed.person_id)
    if not (person.email or channel.local):
        return Prepared(claimed, Reason.NO_ADDRESS)
    code = None
    if claimed.code_id is not None:
        kept = await session.get(OneTimeCode, claimed.code_id)
        if kept is None or not codes.alive(kept, now):
            return Prepared(claimed, Reason.CODE_EXPIRED)
        code = codes.value(work.settings, kept)
    link = await links.issue(session, stream_id=claimed.stream_id, person_id=person.id, now=now)
    letter = Letter(
        message_id=claimed.message_id,
        at=now,
        to_name=addressed(person.name, person.name_local, "", claimed.language),
        to_address=person.email or "",
        from_name=claimed.branch,
        language=claimed.language,
        subject=claimed.subject,
        words=revealed(claimed.words, link=links.url(work.settings, link), code=code),
    )
    return Prepared(claimed, letter)


def _outcome(answer: Answer, *, last: bool) -> Outcome:
    if isinstance(answer, Sent):
        return Outcome(UpdateState.SENT, provider_id=answer.provider_id)
    if isinstance(answer, Reject):
        held_back = answer.reason in {Reason.NO_ADDRESS, Reason.CODE_EXPIRED}
        return Outcome(UpdateState.WITHHELD if held_back else UpdateState.FAILED, answer.reason, answer.detail or None)
    if last:
        return Outcome(UpdateState.FAILED, Reason.GAVE_UP, answer.detail, repeated=answer.uncertain)
    return Outcome(UpdateState.RETRYING, None, answer.detail, repeated=answer.uncertain)
