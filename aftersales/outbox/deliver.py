"""Carry out one delivery that has been claimed, and write down how it ended."""

import asyncio
import logging
import random
import time
import traceback
from dataclasses import dataclass
from datetime import timedelta

from aftersales import logs, metrics, tracing
from aftersales.outbox import queue
from aftersales.outbox.leased import Leased, Means, lease_of, running_time
from aftersales.outbox.listener import UNREACHABLE
from aftersales.outbox.queue import Claimed
from aftersales.outbox.retry import HANDLER, LostLease, Policy, describe, job_policy, next_attempt
from aftersales.work import Work

HANDLER_LEASE = timedelta(minutes=1)
DONE, RETRIED, DEAD, LOST = "done", "retry", "dead", "lost"
_log = logging.getLogger(__name__)


class EntryMissing(LookupError):
    """A subscriber's delivery names an entry that the timeline does not hold; after a partial restore, perhaps."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a delivery ended (`done`, `retry`, `dead`, `lost`): `error` is None when it was done, or had become somebody
    else's."""

    claimed: Claimed
    ended: str
    error: BaseException | None = None


async def deliver(means: Means, claimed: Claimed) -> Outcome:
    """Run the handler or job. Raises nothing but cancellation; what fails is retried later or dead-lettered."""
    facts: dict[str, str | int] = {"subscriber": claimed.subscriber, "attempt": claimed.attempts}
    of = None
    if claimed.stream_id is not None and claimed.version is not None:
        of = (claimed.stream_id, claimed.version)
        facts |= {"stream": str(claimed.stream_id), "version": claimed.version}
    began = time.perf_counter()
    token = logs.about.set(facts)
    try:
        kind = "job" if claimed.subscriber in means.registry.jobs else "delivery"
        with tracing.span(f"{kind} {claimed.subscriber}", facts, of=of) as span:
            outcome = await _outcome(means, claimed)
            if outcome.error is not None:
                span.failed(describe(outcome.error))
        took = time.perf_counter() - began
        metrics.DELIVERIES.labels(claimed.subscriber, outcome.ended).observe(took)
        if outcome.ended == DONE:
            _log.debug("done in %.1f ms", took * 1000)
    finally:
        logs.about.reset(token)
    return outcome


async def _outcome(means: Means, claimed: Claimed) -> Outcome:
    policy = _policy(means, claimed)
    try:
        # More attempts than there may be: the workers that made them died before they could say so.
        if claimed.attempts > policy.max_attempts:
            async with means.unit_of_work() as work:
                await queue.bury(work.session, claimed, "WorkerDied")
            return Outcome(claimed, DEAD)
        if claimed.subscriber in means.registry.jobs:
            await _run_job(means, claimed)
        else:
            await _run_handler(means, claimed)
    except LostLease:
        _log.info("%s of %s is no longer ours", claimed.id, claimed.subscriber)
        return Outcome(claimed, LOST)
    except Exception as error:  # noqa: BLE001 - whatever a handler raises is retried
        return Outcome(claimed, await _failed(means, claimed, policy, error), error)
    return Outcome(claimed, DONE)


def _policy(means: Means, claimed: Claimed) -> Policy:
    job = means.registry.jobs.get(claimed.subscriber)
    return job_policy(job.max_attempts) if job else HANDLER


async def _run_handler(means: Means, claimed: Claimed) -> None:
    """In one transaction. The delivery goes first: its row is then locked until the end, whatever becomes of the lease,
    and a timer may arm itself again under the same key."""
    limit = running_time(lease_of(HANDLER_LEASE, means.settings))
    async with asyncio.timeout(limit), means.unit_of_work() as work:
        await queue.finish(work.session, claimed)
        if (timer := means.registry.timers.get(claimed.subscriber)) is not None:
            await timer.handler(work, claimed.data)
            return
        if claimed.posted is None:
            raise EntryMissing
        await means.registry.subscribers[claimed.subscriber].handler(work, claimed.posted)


async def _run_job(means: Means, claimed: Claimed) -> None:
    job = means.registry.jobs[claimed.subscriber]
    lease = lease_of(job.lease, means.settings)
    async with asyncio.timeout(running_time(lease)) as limit:
        leased = Leased(claimed, lease, means, limit)
        await job.run(leased)
    if not leased.finished:
        async with means.unit_of_work() as work:
            await queue.finish(work.session, claimed)


async def _failed(means: Means, claimed: Claimed, policy: Policy, error: BaseException) -> str:
    words = describe(error)
    after = next_attempt(policy, claimed.attempts, error, random.random())  # noqa: S311 - jitter
    _log.warning(
        "%s of %s failed with %s at %s (attempt %d): %s",
        claimed.id,
        claimed.subscriber,
        words,
        _where(error),
        claimed.attempts,
        f"again in {after}" if after is not None else "given up",
    )

    async def note(work: Work) -> None:
        if after is None:
            await queue.bury(work.session, claimed, words)
        else:
            await queue.retry(work.session, claimed, after, words)

    try:
        await means.insist(note)
    except UNREACHABLE as away:
        _log.warning("%s is left to its lease: %s", claimed.id, describe(away))
    return DEAD if after is None else RETRIED


def _where(error: BaseException) -> str:
    """The place in the code. Not the message: it may hold what people wrote."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f for f in frames if "site-packages" not in f.filename] or frames
    return f"{ours[-1].name}:{ours[-1].lineno}"
