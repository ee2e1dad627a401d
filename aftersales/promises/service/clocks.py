"""From the timeline of a case to what is kept of its clocks.

Reading them again writes nothing when they say the same. What is kept serves lists, warnings and reports; pages that
show one case read its timeline.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from aftersales import clock
from aftersales.auth import repository as auth
from aftersales.cases.machine import CASE
from aftersales.ids import new_id
from aftersales.outbox.schedule import cancel, rearm
from aftersales.policies import repository as policies
from aftersales.products import repository as products
from aftersales.promises import repository
from aftersales.promises.clock import Reading, Stand, Step, read
from aftersales.promises.course import answered
from aftersales.promises.ledger import BY_A_PERSON
from aftersales.promises.repository import Entry, Held
from aftersales.promises.targets import Chosen, Facts, Targets
from aftersales.promises.worktime import WorkCalendar
from aftersales.scope import ActorKind
from aftersales.status import documents
from aftersales.status.documents import DocumentView
from aftersales.status.machine import Audience, WaitsOn
from aftersales.work import Work

KIND = "targets"
WATCH = "promises.watch"
PRIORITY = "priority_changed"
SHUT = json.dumps({"tz": "UTC"})


@dataclass(frozen=True, slots=True)
class Clocks:
    """What the clocks of a case say now, and why these targets."""

    held: Held
    chosen: Chosen
    readings: tuple[Reading, ...]


async def refresh(work: Work, case_id: UUID) -> "Read | None":
    """Read the clocks of a case again, keep what they say, raise and withdraw notices, and watch for the next change.

    A case without targets is given them; nothing happens, and None is answered, for a stream that is no case, or
    without any policy.
    """
    held = await begun(work, case_id)
    if held is None:
        return None
    found = await read_now(work, held)
    last = found.steps[-1].version
    await _keep(work, case_id, found.readings)
    await _notice(work, case_id, found.readings, targets_of(held.terms))
    if last != held.version:
        await repository.read_to(work.session, work.scope, case_id, last, found.chosen.rule, found.chosen.urgency)
    coming = min((r.next for r in found.readings if r.next is not None), default=None)
    if coming is None:
        await cancel(work.session, WATCH, str(case_id))
    else:
        await rearm(work.session, WATCH, str(case_id), due_at=coming, data={"case_id": str(case_id)})
    return found


async def begun(work: Work, case_id: UUID) -> Held | None:
    """What a case is held to, locked; it is given targets if it has none. None for a stream that is no case, or without
    any policy."""
    held = await repository.held(work.session, work.scope, case_id, lock=True)
    if held is None and await _begin(work, case_id):
        held = await repository.held(work.session, work.scope, case_id, lock=True)
    return held


async def timeline(work: Work, case_id: UUID, unit_id: UUID | None) -> list[Step]:
    """The timeline of a case that is about this unit, as clocks and the ledger see it."""
    system = work.as_system()
    entries = await repository.entries(system.session, system.scope, case_id)
    return list(_steps(work, unit_id, entries))


async def shown(work: Work, case_id: UUID) -> Clocks | None:
    """What they say now, for a page; None for a case without targets."""
    held = await repository.held(work.session, work.scope, case_id)
    if held is None:
        return None
    found = await read_now(work, held)
    return Clocks(held, found.chosen, found.readings)


@lru_cache(maxsize=256)
def targets_of(terms: str) -> Targets:
    """The policy with these terms, as JSON text: published once, parsed once."""
    return Targets.from_terms(json.loads(terms))


@lru_cache(maxsize=256)
def calendar_of(hours: str) -> WorkCalendar:
    """The calendar with these hours, as JSON text; what it has laid out is kept."""
    return WorkCalendar.from_dict(json.loads(hours))


def as_text(hours: Mapping[str, Any]) -> str:
    """Hours as the JSON text that `calendar_of` takes."""
    return json.dumps(hours, sort_keys=True)


@dataclass(frozen=True, slots=True)
class Read:
    """A timeline, what it chose, and what its clocks say."""

    steps: Sequence[Step]
    chosen: Chosen
    readings: tuple[Reading, ...]


async def read_now(work: Work, held: Held, answer: int | None = None) -> Read:
    """What the clocks of a case say now; with `answer`, the entry at which the customer has answered, as if what waits
    for that answer had it."""
    # Whoever sees the case sees its clocks whole, also those of documents that are others' work.
    steps = await timeline(work, held.case_id, held.unit_id)
    steps = steps if answer is None else answered(steps, answer)
    now = max(work.now, steps[-1].at)
    chosen, readings = read(steps, Facts(**held.facts), targets_of(held.terms), calendar_of(held.hours or SHUT), now)
    return Read(steps, chosen, readings)


def _steps(work: Work, unit_id: UUID | None, entries: Iterable[Entry]) -> Iterable[Step]:
    """Entries as clocks see them. What belongs to another unit, such as a return that was asked for on this case's
    page, is no news of this one. Where clocks of two machines differ a little, the timeline's order counts."""
    at: datetime | None = None
    for one in entries:
        if unit_id is not None and one.unit_id not in (None, unit_id):
            continue
        at = one.at if at is None else max(at, one.at)
        own = one.machine == CASE.name
        ours = one.audience == Audience.CUSTOMER and one.actor_kind != "customer"
        yield Step(
            version=one.version,
            at=at,
            document=None if own else one.document_id,
            stand=_stand(work, one),
            told=ours and _heard(work, one),
            priority=one.data.get("priority") if own and one.name == PRIORITY else None,
            happened=_happened(work, one),
        )


def _heard(work: Work, entry: Entry) -> bool:
    """Whether an entry that customers can read is a word to them. A status that no text speaks of only stands on their
    page; an event of theirs is a call, an answer or a message."""
    return entry.to_status is None or (entry.machine, entry.to_status) in work.registry.spoken


def _stand(work: Work, entry: Entry) -> Stand | None:
    """None for events, and for machines of modules that are switched off."""
    machine = work.registry.machines.get(entry.machine)
    state = machine.by_state.get(entry.to_status) if machine is not None and entry.to_status is not None else None
    return None if state is None else Stand(state.category, state.waits_on, state.milestones)


def _happened(work: Work, entry: Entry) -> frozenset[str]:
    machine = work.registry.machines.get(entry.machine)
    kind = machine.by_event.get(entry.name) if machine is not None and entry.kind == "event" else None
    if kind is None:
        return frozenset()
    return kind.milestones if entry.actor_kind == ActorKind.STAFF else kind.milestones - BY_A_PERSON


async def _begin(work: Work, case_id: UUID) -> bool:
    """Choose the policy that was in force when the case was opened, and freeze the facts of that moment."""
    found = await documents.on_stream(work.session, work.scope, case_id)
    case = next((one for one in found if one.machine == CASE.name), None)
    if case is None:
        return False
    entries = await repository.entries(work.session, work.scope, case_id)
    branch = await auth.branch(work.session, work.scope, case.branch_id)
    day = clock.business_date(entries[0].at, branch.timezone)
    policy = await policies.in_force(work.session, work.scope, KIND, ["default"], day)
    if policy is None:
        return False
    facts = await _facts(work, case, entries[0].data, branch.code)
    chosen = Targets.from_terms(policy.terms).choose(facts)
    values = {
        "case_id": case_id,
        "policy_id": policy.id,
        "facts": asdict(facts),
        "rule": chosen.rule,
        "urgency": chosen.urgency,
    }
    await repository.hold(work.session, work.scope, values)
    return True


async def _facts(work: Work, case: DocumentView, data: Mapping[str, Any], territory: str) -> Facts:
    """From the opening entry; product and category are those of the unit."""
    unit = await products.unit(work.session, work.scope, case.unit_id) if case.unit_id is not None else None
    return Facts(
        category=unit.category_code if unit is not None else "",
        product=unit.model if unit is not None else "",
        fault=data.get("fault") or "",
        territory=territory,
        priority=data.get("priority") or "",
        channel=data.get("channel") or "",
        need=data.get("need") or "",
    )


async def _keep(work: Work, case_id: UUID, readings: Iterable[Reading]) -> None:
    kept = await repository.clocks(work.session, work.scope, case_id)
    rows = [_row(case_id, reading) for reading in readings]
    await repository.keep(work.session, work.scope, [row for row in rows if kept.get(row["clock"]) != row])
    gone = sorted(kept.keys() - {row["clock"] for row in rows})
    if gone:
        await repository.drop(work.session, work.scope, case_id, gone)


def _row(case_id: UUID, reading: Reading) -> dict[str, Any]:
    ended = reading.ended is not None
    return {
        "case_id": case_id,
        "clock": str(reading.clock),
        "shape": str(reading.target.shape),
        "amount": reading.target.amount,
        "started_at": reading.started,
        "due_at": reading.due,
        "ended_at": reading.ended,
        "state": str(reading.state),
        "level": reading.level,
        "tier": reading.tier,
        "visits": reading.visits,
        "pauses": [
            [pause.since.isoformat(), pause.until.isoformat() if pause.until else None, str(pause.owner)]
            for pause in reading.pauses
        ],
        "spent": {str(who): int(reading.spent[who].total_seconds()) for who in WaitsOn} if ended else {},
        "former": [
            [former.version, former.due.isoformat() if former.due else None, str(former.target.shape)]
            for former in reading.former
        ],
    }


async def _notice(work: Work, case_id: UUID, readings: Iterable[Reading], targets: Targets) -> None:
    """Each once; one that is no longer true is withdrawn. What a clock said before it ended stands."""
    open_ = [reading for reading in readings if reading.ended is None]
    wanted = {key: to for reading in open_ for key, to in _due_notices(reading, targets)}
    standing = await repository.raised(work.session, work.scope, case_id)
    clocks = {str(reading.clock) for reading in open_}
    stale = [key for key in standing if key[0] in clocks and key not in wanted]
    await repository.withdraw_notices(work.session, work.scope, [standing[key] for key in stale], work.now)
    rows = [
        {"id": new_id(), "case_id": case_id, "clock": c, "kind": k, "step": s, "to": to, "raised_at": work.now}
        for (c, k, s), to in wanted.items()
        if (c, k, s) not in standing
    ]
    await repository.raise_notices(work.session, work.scope, rows)


def _due_notices(reading: Reading, targets: Targets) -> Iterable[tuple[tuple[str, str, int], str]]:
    name = str(reading.clock)
    for percent in targets.warn:
        if percent <= reading.level:
            yield (name, "warning", percent), "owner"
    if reading.level == 100:
        yield (name, "breach", 100), "owner"
    for number, tier in enumerate(targets.escalate[: reading.tier], 1):
        yield (name, "escalation", number), tier.to
