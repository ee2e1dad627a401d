"""Subscriptions: made, given a new secret, paused, resumed, ended; messages sent again."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID, uuid5

from aftersales.errors import Conflict, Forbidden, Invalid
from aftersales.i18n import N_
from aftersales.ids import new_id
from aftersales.outbox.schedule import schedule
from aftersales.scope import ActorKind
from aftersales.webhooks import repository, rules
from aftersales.webhooks.models import Webhook, WebhookMessage
from aftersales.webhooks.permissions import MANAGE
from aftersales.webhooks.schemas import ReplayIn, WebhookIn
from aftersales.work import Work

JOB = "webhooks.deliver"
AT_ONCE = 1000


async def add(work: Work, body: WebhookIn) -> tuple[UUID, str]:
    """A new subscription: its id and its secret, which is shown this once and kept nowhere.

    It hears the centres in which its maker may manage webhooks. Raises Forbidden and Invalid (`webhook.address`,
    `webhook.event`).
    """
    if work.actor.kind is not ActorKind.STAFF or work.actor.id is None:
        raise Forbidden("auth.people_only", "Only a person has what happens sent to other systems.")
    work.scope.require(MANAGE)
    if problem := rules.wrong_with(body.url, loopback=work.settings.webhook_loopback):
        raise Invalid("webhook.address", problem, errors=[{"field": "url", "problem": problem}])
    known = work.registry.machines
    for pattern in body.events:
        machine, _, what = pattern.partition(".")
        if pattern != "*" and (machine not in known or not (what == "*" or _happens(work, machine, what))):
            problem = N_("Nothing here is called {pattern}.").format(pattern=pattern)
            raise Invalid("webhook.event", problem, errors=[{"field": "events", "problem": problem}])
    mine = work.scope.branches(MANAGE)
    made = Webhook(
        id=new_id(),
        staff_id=work.actor.id,
        name=body.name,
        url=body.url,
        events=sorted(set(body.events)),
        branch_ids=None if mine is None else sorted(mine, key=str),
        generation=0,
        created_at=work.now,
        changed_at=work.now,
    )
    work.session.add(made)
    await work.session.flush()
    return made.id, rules.secret(work.settings.signing_key, made.id, 0)


def _happens(work: Work, machine: str, what: str) -> bool:
    found = work.registry.machines[machine]
    return what in found.by_state or any(kind.name == what for kind in found.events)


async def rotate(work: Work, webhook_id: UUID) -> str:
    """A new secret. For a day both sign, so that the other side may change over in its own time."""
    found = await repository.to_change(work.session, work.scope, webhook_id)
    found.generation += 1
    found.both_until = work.now + rules.BOTH
    found.changed_at = work.now
    await work.session.flush()
    return rules.secret(work.settings.signing_key, found.id, found.generation)


async def pause(work: Work, webhook_id: UUID) -> None:
    """Nothing is sent until it is resumed; what happens meanwhile is not kept for it."""
    found = await repository.to_change(work.session, work.scope, webhook_id)
    if found.state == "active":
        found.state, found.changed_at = "paused", work.now
        await work.session.flush()


async def resume(work: Work, webhook_id: UUID) -> int:
    """Send again, beginning with what still waited; how many messages that were."""
    found = await repository.to_change(work.session, work.scope, webhook_id)
    if found.state == "active":
        return 0
    found.state, found.changed_at, found.failing_since, found.quiet_until = "active", work.now, None, None
    waiting = await repository.to_send_again(work.session, work.scope, webhook_id, pending=True, limit=AT_ONCE)
    await _again(work, waiting)
    return len(waiting)


async def end(work: Work, webhook_id: UUID) -> None:
    """For good: it hears nothing any more, and what waited is given up."""
    found = await repository.to_change(work.session, work.scope, webhook_id)
    found.state, found.changed_at = repository.ENDED, work.now
    await repository.silence(work.session, work.scope, webhook_id)
    await work.session.flush()


async def replay(work: Work, webhook_id: UUID, body: ReplayIn) -> int:
    """Send one message again, or all of a time, each under its own id, for three days from now; how many.

    Raises Conflict (`webhook.stopped`) unless the subscription is active.
    """
    if (await repository.to_change(work.session, work.scope, webhook_id)).state != "active":
        raise Conflict("webhook.stopped", "It is not active. Resume it first, then send again.")
    found = await repository.to_send_again(
        work.session,
        work.scope,
        webhook_id,
        only=body.message_id,
        since=body.since,
        until=body.until,
        limit=AT_ONCE,
    )
    await _again(work, found)
    return len(found)


async def _again(work: Work, messages: Iterable[WebhookMessage]) -> None:
    for one in messages:
        one.state, one.turn, one.since = "pending", one.turn + 1, work.now
        await arm(work, one, work.now)
    await work.session.flush()


async def arm(work: Work, message: WebhookMessage, due_at: datetime) -> None:
    """Have the message sent, in the order of its stream among what goes to the same subscription."""
    await schedule(
        work.session,
        JOB,
        f"{message.id}:{message.turn}",
        due_at=due_at,
        data={"message": str(message.id), "turn": message.turn},
        # A stream of its own for each subscription: one that fails holds up nobody else.
        stream_id=uuid5(message.webhook_id, message.stream_id.hex),
        version=message.version,
    )
