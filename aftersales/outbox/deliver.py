"""Carry out one delivery that has been claimed, and write down how it ended."""

import asyncio
import logging
import time
import traceback
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from aftersales import logs, metrics, tracing
from aftersales.outbox import queue
from aftersales.outbox.leased import Leased, Means, done_all, lease_of, running_time
from aftersales.outbox.listener import UNREACHABLE
from aftersales.outbox.queue import Claimed
from aftersales.outbox.retry import HANDLER, LostLease, NotBegun, Policy, describe, job_policy, next_attempt
from aftersales.work import Work

HANDLER_LEASE = timedelta(minutes=1)
# A bundle smaller than this is not split for the sake of another place: a transaction costs about as much as three
# handlers that only look.
FULL = 8
# So many deliveries may share a place: what they hold locked meanwhile is held for some tenths of a second.
BUNDLE = 64
DONE, RETRIED, DEAD, LOST, NOT_BEGUN = "done", "retry", "dead", "lost", "not_begun"
ALONE = "alone"
_log = logging.getLogger(__name__)


class EntryMissing(LookupError):
    """A subscriber's delivery names an entry that the timeline does not hold; after a partial restore, perhaps."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a delivery ended (`done`, `retry`, `dead`, `lost`, `not_begun`): `error` is None when it was done, was given
    back, or had become somebody else's."""

    claimed: Claimed
    ended: str
    error: BaseException | None = None


async def deliver(means: Means, claimed: Claimed) -> Outcome:
    """Run the handler or job. Raises nothing but cancellation; what fails is retried later or dead-lettered."""
    began = time.perf_counter()
    with _about(means, claimed) as span:
        outcome = await _outcome(means, claimed)
        if outcome.error is not None:
            span.failed(describe(outcome.error))
        _ended(outcome, time.perf_counter() - began)
    return outcome


async def deliver_all(means: Means, bundle: Sequence[Claimed]) -> list[Outcome]:
    """The same for a bundle (see `bundled`). Handlers that share a transaction have each one of its own where it fails:
    what one did before another failed is undone and done again.
    """
    if len(bundle) > 1 and _shares(means, bundle[0]):
        job = means.registry.jobs.get(bundle[0].subscriber)
        if job is not None and job.together is not None:
            return await _jobs_together(means, bundle, job.together, lease_of(job.lease, means.settings))
        try:
            return await _handlers_together(means, bundle)
        except Exception as error:  # noqa: BLE001 - whatever a handler raises, it raises again when it is alone
            _log.info("%d deliveries go one by one after %s", len(bundle), describe(error))
    return [await deliver(means, claimed) for claimed in bundle]


def bundled(means: Means, found: Sequence[Claimed], places: Callable[[str], int]) -> list[list[Claimed]]:
    """What is carried out in one place after the other, in about as many bundles as a receiver has `places`; but of
    `BUNDLE` at most, and whatever else there is of a stream.

    Changes that subscribers hear of for the first time share a transaction, all of a stream the same. The order by
    stream is everybody's, so that transactions which hold several streams wait in one direction. So do jobs of one name
    that know how to go together. Timers, other jobs and what has failed before go one by one.
    """
    shared: dict[str, list[Claimed]] = {}
    for one in found:
        kind = one.subscriber if one.subscriber in means.registry.jobs else ""
        shared.setdefault(kind if _shares(means, one) else ALONE, []).append(one)
    alone = shared.pop(ALONE, [])
    changes = sorted(shared.pop("", []), key=lambda one: (str(one.stream_id), one.version))
    bundles: list[list[Claimed]] = []
    if changes:
        spread = -(-len(changes) // max(1, places(changes[0].subscriber) - len(alone)))
        size = min(BUNDLE, max(FULL, spread))
        for one in changes:
            if bundles and (len(bundles[-1]) < size or bundles[-1][-1].stream_id == one.stream_id):
                bundles[-1].append(one)
            else:
                bundles.append([one])
    for name, jobs in shared.items():
        bundles += _dealt(jobs, max(places(name), -(-len(jobs) // BUNDLE)))
    return bundles + (_dealt(alone, places(alone[0].subscriber) - len(bundles)) if alone else [])


def _dealt(found: Sequence[Claimed], places: int) -> list[list[Claimed]]:
    piles = min(max(1, places), len(found))
    return [list(found[start::piles]) for start in range(piles)]


def _shares(means: Means, claimed: Claimed) -> bool:
    if claimed.attempts > 1 or claimed.expired or claimed.died:
        return False
    job = means.registry.jobs.get(claimed.subscriber)
    if job is not None:
        return job.together is not None
    return claimed.posted is not None and claimed.subscriber in means.registry.subscribers


@contextmanager
def _about(means: Means, claimed: Claimed) -> "Iterator[tracing.Span]":
    """What is written and traced meanwhile is about this delivery."""
    facts: dict[str, str | int] = {"subscriber": claimed.subscriber, "attempt": claimed.attempts}
    of = None
    if claimed.stream_id is not None and claimed.version is not None:
        of = (claimed.stream_id, claimed.version)
        facts |= {"stream": str(claimed.stream_id), "version": claimed.version}
    token = logs.about.set(facts)
    try:
        kind = "job" if claimed.subscriber in means.registry.jobs else "delivery"
        with tracing.span(f"{kind} {claimed.subscriber}", facts, of=of) as span:
            yield span
    finally:
        logs.about.reset(token)


def _ended(outcome: Outcome, took: float) -> None:
    metrics.DELIVERIES.labels(outcome.claimed.subscriber, outcome.ended).observe(took)
    if outcome.ended == DONE:
        _log.debug("done in %.1f ms", took * 1000)


async def _handlers_together(means: Means, bundle: Sequence[Claimed]) -> list[Outcome]:
    """Half of the lease, so that the other half is left for going one by one."""
    limit = running_time(lease_of(HANDLER_LEASE, means.settings)) / 2
    took: dict[UUID, float] = {}
    async with asyncio.timeout(limit), means.unit_of_work() as work:
        held = await queue.finish_all(work.session, bundle)
        for group in _groups(means, [one for one in bundle if one.id in held]):
            began = time.perf_counter()
            await _handled(means, work, group)
            # The next one finds a session as if it were alone: nothing read before its own time.
            work.session.expunge_all()
            took |= dict.fromkeys((one.id for one in group), (time.perf_counter() - began) / len(group))
    outcomes = [Outcome(one, DONE if one.id in held else LOST) for one in bundle]
    for outcome in outcomes:
        _ended(outcome, took.get(outcome.claimed.id, 0.0))
    return outcomes


def _groups(means: Means, bundle: Sequence[Claimed]) -> Iterator[list[Claimed]]:
    """Those whose subscriber takes several at once, each subscriber's own; then the others one by one."""
    shared: dict[str, list[Claimed]] = {}
    for one in bundle:
        if means.registry.subscribers[one.subscriber].together is not None:
            shared.setdefault(one.subscriber, []).append(one)
    yield from shared.values()
    yield from ([one] for one in bundle if one.subscriber not in shared)


async def _handled(means: Means, work: Work, group: Sequence[Claimed]) -> None:
    subscriber = means.registry.subscribers[group[0].subscriber]
    changes = [one.posted for one in group if one.posted is not None]
    with _about(means, group[0]):
        if subscriber.together is not None and len(changes) > 1:
            await subscriber.together(work, changes)
        else:
            for one in changes:
                await subscriber.handler(work, one)
        await work.session.flush()


async def _jobs_together(
    means: Means,
    bundle: Sequence[Claimed],
    run: Callable[[Sequence[Leased]], Awaitable[Sequence[Exception | None]]],
    lease: timedelta,
) -> list[Outcome]:
    began, limit = time.perf_counter(), asyncio.timeout(running_time(lease))
    together = [Leased(one, lease, means, limit) for one in bundle]
    answers: Sequence[Exception | None] = []
    try:
        async with limit:
            answers = await run(together)
    except Exception as error:  # noqa: BLE001 - whatever a job raises is retried
        answers = [None if one.finished else error for one in together]
    outcomes = await _noted(means, together, answers)
    for outcome in outcomes:
        _ended(outcome, (time.perf_counter() - began) / len(bundle))
    return outcomes


async def _noted(means: Means, together: Sequence[Leased], answers: Sequence[Exception | None]) -> list[Outcome]:
    """What became of each: those that just returned are done, those that were not begun are given back."""
    ended = dict(zip(together, answers, strict=True))
    returned = [one for one, answer in ended.items() if answer is None and not one.finished]
    back = [one for one, answer in ended.items() if isinstance(answer, NotBegun)]

    async def note(work: Work) -> None:
        await done_all(work, returned)
        await queue.release(work.session, [one.claimed for one in back])

    if returned or back:
        try:
            await means.insist(note)
        except UNREACHABLE as away:
            _log.warning("%d deliveries are left to their lease: %s", len(returned) + len(back), describe(away))
    outcomes = []
    for one, answer in ended.items():
        if isinstance(answer, NotBegun):
            outcomes.append(Outcome(one.claimed, NOT_BEGUN))
        elif answer is None or isinstance(answer, LostLease):
            outcomes.append(Outcome(one.claimed, DONE if one.finished else LOST))
        else:
            with _about(means, one.claimed):
                failed = await _failed(means, one.claimed, _policy(means, one.claimed), answer)
            outcomes.append(Outcome(one.claimed, failed, answer))
    return outcomes


async def _outcome(means: Means, claimed: Claimed) -> Outcome:
    policy = _policy(means, claimed)
    try:
        if claimed.expired:
            # Workers died of it, perhaps, as often as it may fail.
            buried = claimed.died >= policy.max_attempts
            async with means.unit_of_work() as work:
                if buried:
                    await queue.bury(work.session, claimed, "WorkerDied")
                else:
                    await queue.begin_again(work.session, claimed)
            if buried:
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
    after = next_attempt(policy, claimed.attempts, error, means.jitter())
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
    return f"{ours[-1].name}:{ours[-1].lineno}" if ours else "no place, it was answered"
