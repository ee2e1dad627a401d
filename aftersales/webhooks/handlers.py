"""What follows from a posted change for those who listen, and how a message goes out."""

import logging
import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from aftersales import clock
from aftersales.ids import new_id
from aftersales.module import Posted
from aftersales.outbox.leased import Leased
from aftersales.outbox.retry import Retry
from aftersales.outbox.schedule import schedule
from aftersales.status import documents
from aftersales.webhooks import repository, rules
from aftersales.webhooks.models import Webhook, WebhookAttempt, WebhookMessage
from aftersales.webhooks.sending import Heard, send
from aftersales.webhooks.service import arm
from aftersales.work import Work

CLEAN = "webhooks.clean"
KEPT = timedelta(days=30)
LEASE = timedelta(seconds=45)
MAX_ATTEMPTS = 1000
GONE = 410
_SLACK = timedelta(milliseconds=50)
_log = logging.getLogger(__name__)


async def on_posted(work: Work, posted: Posted) -> None:
    """A message for each subscription that wants this, once."""
    document = await documents.get(work.session, work.scope, posted.document_id)
    event = rules.event_of(posted)
    listening = await repository.active(work.session, work.scope, document.branch_id)
    wanted = [webhook_id for webhook_id, patterns in listening if rules.wants(patterns, event)]
    for webhook_id in wanted:
        values = {
            "id": new_id(),
            "webhook_id": webhook_id,
            "stream_id": posted.stream_id,
            "version": posted.version,
            "event": event,
            "body": rules.body_of(posted, document.number),
            "since": work.now,
            "created_at": work.now,
        }
        made = insert(WebhookMessage).values(values).on_conflict_do_nothing().returning(WebhookMessage)
        if (message := (await work.session.scalars(made)).one_or_none()) is not None:
            await arm(work, message, work.now)
    if wanted:
        tomorrow = work.now + timedelta(days=1)
        await schedule(work.session, CLEAN, work.now.date().isoformat(), due_at=tomorrow)


async def on_clean(work: Work, _data: Mapping[str, Any]) -> None:
    """Messages are kept for a month."""
    await repository.forget(work.session, work.scope, work.now - KEPT)


async def deliver(leased: Leased) -> None:
    """Send one message once, and write down how that ended. Raises Retry while there is hope."""
    async with leased.unit_of_work() as work:
        found = await repository.message(work.session, work.scope, UUID(leased.data["message"]))
        if found is None or found[0].turn != leased.data["turn"] or not _may(*found):
            return
        message, webhook = found
        # While it fails one message asks; the others wait with it instead of knocking too.
        if webhook.quiet_until is not None and webhook.quiet_until > work.now:
            raise Retry(webhook.quiet_until - work.now + _SLACK, "quiet")
        headers = _headers(work, message, webhook)
        loopback = work.settings.webhook_loopback
    heard = await send(webhook.url, headers, message.body, loopback=loopback)
    noted = _Noted(message.id, heard)
    await leased.insist(lambda work: noted.write(work, leased))
    if noted.again is not None:
        raise Retry(noted.again + _SLACK, heard.problem or str(heard.status))


def _may(message: WebhookMessage, webhook: Webhook) -> bool:
    return message.state == "pending" and webhook.state == "active"


def _headers(work: Work, message: WebhookMessage, webhook: Webhook) -> dict[str, str]:
    generations = [webhook.generation]
    if webhook.both_until is not None and webhook.both_until > work.now:
        generations.append(webhook.generation - 1)
    secrets = [rules.secret(work.settings.signing_key, webhook.id, one) for one in generations]
    name, at = f"msg_{message.id.hex}", clock.now()
    return {
        "webhook-id": name,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": rules.signature(secrets, name, at, message.body),
        "Content-Type": "application/json",
        "User-Agent": "Aftersales-Webhooks/1",
    }


class _Noted:
    """How an attempt ended, as it is written; `again` when the message is sent once more."""

    def __init__(self, message_id: UUID, heard: Heard) -> None:
        self._message_id, self._heard = message_id, heard
        self._id, self._at, self._chance = new_id(), clock.now(), random.random()  # noqa: S311 - jitter
        self.again: timedelta | None = None

    async def write(self, work: Work, leased: Leased) -> None:
        """The attempt, the message and the subscription, in one transaction; the delivery's end with the last one."""
        self.again = None
        found = await repository.message(work.session, work.scope, self._message_id)
        if found is not None:
            await self._write(work, *found)
        if self.again is None:
            await leased.done(work)

    async def _write(self, work: Work, message: WebhookMessage, webhook: Webhook) -> None:
        heard = self._heard
        made = insert(WebhookAttempt).values(
            id=self._id,
            message_id=message.id,
            at=self._at,
            took_ms=heard.took_ms,
            status=heard.status,
            problem=heard.problem,
            answer=heard.answer,
        )
        first = await work.session.scalars(made.on_conflict_do_nothing().returning(WebhookAttempt.id))
        message.attempts += len(first.all())
        if heard.delivered:
            message.state = "delivered"
            webhook.failing_since = webhook.quiet_until = None
        elif heard.status == GONE:
            message.state = "dead"
            webhook.state, webhook.changed_at = "gone", self._at
            _log.warning("webhook %s answered that it is gone: nothing is sent to it any more", webhook.id)
        else:
            self._failed(message, webhook)
        await work.session.flush()

    def _failed(self, message: WebhookMessage, webhook: Webhook) -> None:
        after = rules.again_after(max(1, message.attempts), self._heard.asked, self._chance)
        webhook.failing_since = webhook.failing_since or self._at
        webhook.quiet_until = self._at + after
        if self._at - webhook.failing_since >= rules.PAUSES_AFTER:
            webhook.state, webhook.changed_at = "failed", self._at
            _log.warning("webhook %s has failed since %s and is paused", webhook.id, webhook.failing_since.isoformat())
        if _tried(message, self._at):
            message.state = "dead"
        else:
            self.again = after


def _tried(message: WebhookMessage, now: datetime) -> bool:
    return now - message.since >= rules.TRIES_FOR
