"""What the worker calls: a message that came in, an answer whose turn it is."""

from collections.abc import Sequence
from uuid import UUID

from aftersales.inbox import repository
from aftersales.inbox.service import intake, replies, tasks
from aftersales.inbox.service.brought import Brought
from aftersales.inbox.service.intake import Place
from aftersales.module import Posted
from aftersales.outbox.leased import Leased
from aftersales.outbox.retry import Retry
from aftersales.scope import ActorKind
from aftersales.updates import inbound
from aftersales.updates.channels import MAX_FILES, Fetched, Fetching, Media, Refusal, Reject
from aftersales.updates.channels import Retry as NotYet
from aftersales.updates.channels.ways import ways_on
from aftersales.work import Work

MAX_ATTEMPTS = 8


class NotNow(Exception):
    """The other side put a file off. It is tried again with back-off."""

    code = "inbox.put_off"


async def on_message(leased: Leased) -> None:
    """Fetch what belongs to the message, then bring it to where it belongs; both are kept together or neither."""
    data = leased.data
    inbound_id = UUID(data["inbound_id"])
    brought = await _fetched(leased, inbound_id)
    place = Place(UUID(data["case_id"]), UUID(data["person_id"])) if "case_id" in data else None
    async with leased.unit_of_work() as work:
        await intake.take(work, inbound_id, brought, place)
        await leased.done(work)


async def _fetched(leased: Leased, inbound_id: UUID) -> Brought:
    """The files of a message, those that are elsewhere fetched outside any transaction. One that is gone is left out,
    and said to be; its message is not held up."""
    async with leased.unit_of_work() as work:
        row = await repository.message(work.session, work.scope, inbound_id)
        sent = row.media if row else []
        kept = await inbound.files(work.session, inbound_id) if sent else {}
        refused = {Refusal(one["refused"]) for one in sent if "refused" in one}
        media = [Media(one["reference"], one["kind"]) for one in sent if "refused" not in one]
        channel: object = ways_on(work.registry, work.settings).channels.get(row.channel) if row else None
        limit, now = work.settings.upload_max_bytes, work.now
    if len(media) > MAX_FILES:
        refused.add(Refusal.MANY)
    found = []
    for one in media[:MAX_FILES]:
        answer: Fetched | NotYet | Reject | None = None
        if one.reference in kept:
            answer = Fetched(kept[one.reference], one.kind)
        elif isinstance(channel, Fetching):
            answer = await channel.fetch(one, now)
        if isinstance(answer, NotYet) and leased.attempts < MAX_ATTEMPTS:
            if answer.after is not None:
                raise Retry(answer.after)
            raise NotNow
        if not isinstance(answer, Fetched):
            refused.add(Refusal.BROKEN)
        elif len(answer.content) > limit:
            refused.add(Refusal.LARGE)
        else:
            found.append(answer.content)
    return Brought(tuple(found), frozenset(refused))


async def on_reply(leased: Leased) -> None:
    """Send one answer."""
    if (wait := await replies.send(leased)) is not None:
        raise Retry(wait)


async def on_page_words(work: Work, posted: Posted) -> None:
    """What a customer wrote on their own page waits for an answer too; what came by a channel is promised already."""
    if "channel" in posted.data or posted.actor.id is None or posted.actor.kind is not ActorKind.CUSTOMER:
        return
    await tasks.promise(
        work,
        posted.stream_id,
        person_id=posted.actor.id,
        version=posted.version,
        channel=tasks.PAGE,
        asked="unknown",
        language="",
    )


async def on_over(work: Work, posted: Posted) -> None:
    """Nobody waits for an answer about a case that is over."""
    await all_over(work, [posted])


async def all_over(work: Work, changes: Sequence[Posted]) -> None:
    """The same for several cases."""
    await repository.end_tasks(work.session, work.scope, [one.stream_id for one in changes], work.now, None)
