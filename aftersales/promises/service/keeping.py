"""The ledger of promises as it is kept: begun by messages, ended by the timeline or the time.

A promise, its place on the watch and its timer are written in the transaction that writes the message.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from aftersales.cases.machine import CASE
from aftersales.ids import new_id
from aftersales.module import Posted
from aftersales.outbox.schedule import rearm, schedule
from aftersales.ports.promises import Saying, Span
from aftersales.promises import ledger, records, repository
from aftersales.promises.course import Step
from aftersales.promises.ledger import End, Ending, Kind, Promise, alarm, judge, replaces, stated
from aftersales.promises.records import PromiseView
from aftersales.promises.rules import quarter
from aftersales.promises.service import clocks, completing
from aftersales.promises.targets import Clock, Shape, Target
from aftersales.promises.worktime import WorkCalendar
from aftersales.status import documents
from aftersales.status.changes import event
from aftersales.status.machine import Category
from aftersales.work import Work

DUE = "promises.due"
USUAL = Target(Shape.BUSINESS_DAYS, 2)
"""Where no target says when the next word is due."""
_WITHOUT_HOURS = timedelta(days=2)
_MINUTE = timedelta(minutes=1)


class Ledger:
    """What the kernel answers as the port `promises`."""

    async def due(self, work: Work, posted: Posted, kind: str) -> Span | None:
        """The next word is promised by the policy's target, the end of the work by the shop's own history or by that
        target; of others the kernel names no time. What a later promise has replaced is said as that one has it, and
        what was not promised when it happened is said as what stands by now; so is a next word whose time is over, for
        its message was put off."""
        made = await records.made_by(work.session, work.scope, posted.stream_id, posted.version, kind)
        if made is not None and not _put_off(work, made):
            return _span(await records.in_place_of(work.session, work.scope, made))
        if kind == Kind.COMPLETION:
            return await completing.promised(work, posted)
        if kind != Kind.NEXT_UPDATE:
            return None
        open_ = await records.standing(work.session, work.scope, posted.stream_id)
        later = (one for one in open_ if one.kind is Kind.NEXT_UPDATE and one.version > posted.version)
        return next((_span(one) for one in later if one.due_at > work.now), None) or await next_word(
            work, posted.stream_id
        )

    async def before(self, work: Work, posted: Posted, kind: str) -> Span | None:
        """What stands, or what stood until the promise that this change made."""
        made = await records.made_by(work.session, work.scope, posted.stream_id, posted.version, kind)
        if made is not None:
            former = await records.replaced_with(work.session, work.scope, made)
            return None if former is None else _span(former)
        wanted = Promise(Kind(kind), posted.document_id, None, work.now, posted.version)
        open_ = await records.standing(work.session, work.scope, posted.stream_id)
        return next((_span(one) for one in open_ if _same(one, wanted) and one.due_at >= work.now), None)

    async def said(self, work: Work, posted: Posted, sayings: Sequence[Saying]) -> None:
        """Write down what these messages promise: each time once, and only if the words contain it."""
        first: dict[str, Saying] = {}
        for one in sayings:
            if stated(one.heard, one.time):
                first.setdefault(one.span.kind, one)
        if not first:
            return
        open_ = await records.standing(work.session, work.scope, posted.stream_id, lock=True)
        for one in first.values():
            # A message may go once more, long after: what its change has promised is promised once.
            made = await records.made_by(work.session, work.scope, posted.stream_id, posted.version, one.span.kind)
            if made is None or (_put_off(work, made) and one.span.due_at > work.now):
                await _begin(work, posted, one, open_)
        await settle(work, posted.stream_id)


async def next_word(work: Work, case_id: UUID) -> Span | None:
    """By when a word may be promised now, on a quarter of an hour; None for a stream that is no case."""
    held = await clocks.begun(work, case_id)
    if held is not None:
        chosen = (await clocks.read_now(work, held)).chosen
        target, hours = chosen.targets.get(Clock.NEXT_UPDATE), held.hours
        basis = "targets" if target is not None else "usual"
    else:
        case = await _case(work, case_id)
        if case is None:
            return None
        found = await repository.hours_of(work.session, work.scope, case.branch_id)
        target, hours, basis = None, clocks.as_text(found.hours) if found else None, "usual"
    calendar = clocks.calendar_of(hours or clocks.SHUT)
    return Span(Kind.NEXT_UPDATE, None, quarter(_deadline(calendar, target or USUAL, work.now), work.now), basis)


async def settle(work: Work, case_id: UUID, steps: Sequence[Step] | None = None) -> None:
    """End the promises of a case that its timeline or the time has ended; `steps` is the timeline, if it was read."""
    open_ = await records.standing(work.session, work.scope, case_id, lock=True)
    if open_ and steps is None:
        case = await _case(work, case_id)
        steps = await clocks.timeline(work, case_id, case.unit_id if case is not None else None)
    await _end(work, open_, steps or ())


async def look(work: Work, case_id: UUID, promise_id: UUID) -> None:
    """The time of a promise has come, or comes soon. What is owed then, and has not happened, is said now: the next
    word, or that the work takes longer. That is looked at again when the time is over, for its notice may be held."""
    await settle(work, case_id)
    found = [one for one in await records.of_case(work.session, work.scope, case_id) if one.id == promise_id]
    if not found or not (found[0].end is None or (found[0].end == End.BROKEN and found[0].fact_at is None)):
        return
    [one] = found
    if one.kind is Kind.NEXT_UPDATE:
        await no_news(work, case_id)
        await settle(work, case_id)
    elif one.kind is Kind.COMPLETION and not await records.later(work.session, work.scope, one):
        await longer(work, one)
        if one.due_at >= work.now:
            data = {"case_id": str(case_id), "promise_id": str(promise_id)}
            await rearm(work.session, DUE, str(promise_id), due_at=one.due_at + _MINUTE, data=data)


async def fell_silent(work: Work, case_id: UUID) -> None:
    """The target for the next word has passed. Who was once promised one, and now waits without, hears from us too."""
    if not await records.ever(work.session, work.scope, case_id, Kind.NEXT_UPDATE):
        return
    open_ = await records.standing(work.session, work.scope, case_id)
    if all(one.kind is not Kind.NEXT_UPDATE for one in open_):
        await no_news(work, case_id)


async def longer(work: Work, one: PromiseView) -> None:
    """Say that the work takes longer than was promised. Nothing on a case that has ended."""
    case = await _case(work, one.case_id)
    if case is not None and CASE.by_event["delayed"].states >= {case.status}:
        found = await repository.hours_of(work.session, work.scope, case.branch_id)
        calendar = clocks.calendar_of(clocks.as_text(found.hours) if found else clocks.SHUT)
        await completing.takes_longer(work, one, quarter(_deadline(calendar, USUAL, work.now), work.now))


async def no_news(work: Work, case_id: UUID) -> None:
    """Say that there is none yet; the message makes the next promise. Nothing on a case that has ended."""
    case = await _case(work, case_id)
    if case is not None and case.category != Category.DONE:
        await work.post(event(CASE, case.id, "no_news"))


async def _begin(work: Work, posted: Posted, said: Saying, open_: Iterable[PromiseView]) -> None:
    span = said.span
    new = Promise(Kind(span.kind), posted.document_id, span.starts_at, span.due_at, posted.version)
    alike = [one for one in open_ if _same(one, new)]
    # This message is itself the word that an earlier one promised: the same time is then promised anew.
    stand = [one for one in alike if new.kind is not Kind.NEXT_UPDATE or one.version >= new.version]
    if any((one.starts_at, one.due_at) == (span.starts_at, span.due_at) for one in stand):
        return
    promise_id = new_id()
    made = _row(posted.stream_id, posted.document_id, new, said.text, said.language, span.basis, said.update_id)
    rows = [made | {"id": promise_id, "promise_id": promise_id, "step": "made", "at": work.now}]
    named = bool(said.before) and stated(said.heard, said.before)
    rows += [
        _ended(one, Ending(End.REPLACED, posted.version), work.now) | {"replaced_by": promise_id}
        for one in alike
        if replaces(new, one.promise, said.leaves_at or work.now, named=named)
    ]
    await records.add(work.session, work.scope, rows)
    data = {"case_id": str(posted.stream_id), "promise_id": str(promise_id)}
    await schedule(work.session, DUE, str(promise_id), due_at=alarm(new, work.now), data=data)


async def _end(work: Work, open_: Iterable[PromiseView], steps: Sequence[Step]) -> None:
    judged = ((one, judge(one.promise, steps, work.now)) for one in open_)
    rows = [_ended(one, ending, work.now) for one, ending in judged if ending is not None]
    await records.add(work.session, work.scope, rows)


def _ended(one: PromiseView, ending: Ending, now: datetime) -> dict[str, Any]:
    row = _row(one.case_id, one.document_id, one.promise, one.text, one.language, one.basis, one.update_id)
    return row | {
        "id": new_id(),
        "promise_id": one.id,
        "step": str(ending.end),
        "at": max(now, ending.at or now),
        "version": ending.version,
        "fact_at": ending.at,
    }


def _row(
    case_id: UUID, document_id: UUID, promise: Promise, text: str, language: str, basis: str, update_id: UUID
) -> dict[str, Any]:
    return {
        "case_id": case_id,
        "document_id": document_id,
        "kind": str(promise.kind),
        "starts_at": promise.starts,
        "due_at": promise.due,
        "version": promise.version,
        "fact_at": None,
        "text": text,
        "language": language,
        "basis": basis,
        "update_id": update_id,
        "replaced_by": None,
    }


def _put_off(work: Work, made: PromiseView) -> bool:
    return made.kind is Kind.NEXT_UPDATE and made.due_at <= work.now


def _same(one: PromiseView, other: Promise) -> bool:
    return ledger.same_matter(one.promise, other)


def _span(one: PromiseView) -> Span:
    return Span(one.kind, one.starts_at, one.due_at, one.basis)


def _deadline(calendar: WorkCalendar, target: Target, now: datetime) -> datetime:
    if target.shape is Shape.BUSINESS_DAYS:
        due = calendar.deadline(now, business_days=target.amount)
    else:
        due = calendar.deadline(now, minutes=(target.working or _WITHOUT_HOURS) / _MINUTE)
    return due or now + _WITHOUT_HOURS


async def _case(work: Work, case_id: UUID) -> documents.DocumentView | None:
    """The case itself; None for a stream that is none."""
    found = await documents.of_machine(work.session, work.as_system().scope, case_id, CASE.name, limit=1)
    return found[0] if found else None
