"""The gateway is asked how a security stands and told what has been decided, until both sides say the same.

One job per security. It looks, does what is due (`rules.deed`) and notes the answer, each in a step of its own:
wherever it ends, the next run looks again. A decision arms it anew, which voids whatever is being noted meanwhile.
What was begun and never noted is left alone: nobody knows its address, and it closes by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from aftersales.cases import repository as cases
from aftersales.config import Settings
from aftersales.i18n import N_, language_or_default, translator
from aftersales.outbox.leased import Leased
from aftersales.outbox.retry import Retry
from aftersales.outbox.schedule import schedule
from aftersales.status.changes import event
from aftersales.work import Work
from billing.gateways import Busy, CardHolds, Faulty, Seen, Standing, Unwilling, Wanted
from billing.gateways.choice import card_holds
from billing.holds import repository, rules, service
from billing.holds.machine import ASKED, HOLD
from billing.holds.models import CardHold
from billing.holds.repository import HoldView
from billing.holds.rules import Deed

OFF = timedelta(hours=1)
SOON = timedelta(seconds=10)
MAX_ATTEMPTS = 100
PAGE_WORDS = N_("Nothing is charged. The amount is only held, and released as soon as your old product is with us.")


@dataclass(frozen=True, slots=True)
class _Now:
    """What is known before the gateway is asked. `key` names all that is asked since the last failure."""

    status: str
    session: str | None
    key: str
    in_time: bool


async def tend(leased: Leased) -> None:
    """The job, with the gateway of the settings."""
    await tend_by(card_holds, leased)


async def tend_by(opened: Callable[[Settings], CardHolds | None], leased: Leased) -> None:
    """The same by the gateway that `opened` answers. Raises Retry while there is hope."""
    hold_id = UUID(leased.data["hold_id"])
    async with leased.unit_of_work() as work:
        known = await _known(work, hold_id)
        gateway = opened(work.settings)
    if known is None:
        return
    if gateway is None:
        raise Retry(OFF, "gateway.off")
    seen, code = None, None
    try:
        seen = await gateway.look(known.session) if known.session is not None else None
        seen = await _done(leased, gateway, hold_id, known, seen)
    except Unwilling as refused:
        code = refused.code
    except Faulty as fault:
        await leased.insist(lambda work: _failed(work, hold_id))
        raise Retry(SOON * leased.attempts, fault.code) from fault
    except Busy as busy:
        raise Retry(SOON * leased.attempts, busy.code) from busy
    await leased.insist(lambda work: _note(work, leased, hold_id, seen, code))


async def _known(work: Work, hold_id: UUID) -> _Now | None:
    found = await repository.find(work.session, work.scope, hold_id)
    row = await repository.at_gateway(work.session, work.scope, hold_id)
    if found is None or row is None:
        return None
    in_time = rules.in_time(work.now, row.asked_until)
    return _Now(found.status, row.session, f"hold-{hold_id}-{row.faults}", in_time)


async def _done(leased: Leased, gateway: CardHolds, hold_id: UUID, known: _Now, seen: Seen | None) -> Seen | None:
    standing = seen.standing if seen is not None else None
    what = rules.deed(known.status, standing, in_time=known.in_time)
    if what is Deed.BEGIN:
        async with leased.unit_of_work() as work:
            wanted = await _wanted(work, hold_id, known.key)
        return await gateway.begin(wanted) if wanted is not None else seen
    if seen is not None and what is Deed.FREE:
        return await gateway.free(seen, known.key)
    if seen is not None and what is Deed.TAKE:
        return await gateway.take(seen, known.key)
    return seen


async def _wanted(work: Work, hold_id: UUID, key: str) -> Wanted | None:
    """The page to ask for, written down before: asked again after a crash, it is the same page."""
    found = await service.locked(work, hold_id)
    row = await repository.at_gateway(work.session, work.scope, hold_id)
    if row is None or found.status not in ASKED:
        return None
    ends_at = row.page_ends_at
    if ends_at is None or row.session is not None or ends_at - work.now < rules.SHORTEST_PAGE:
        row.turn += 1
        row.session = row.page = None
        row.page_ends_at = ends_at = rules.page_ends(work.now, row.asked_until)
        await work.session.flush()
    return Wanted(
        key=f"{key}-page-{row.turn}",
        hold_id=hold_id,
        number=f"{work.settings.brand_name} {found.number}",
        amount=found.amount,
        words=await _words(work, found),
        back=f"{work.settings.base_url}/track",
        ends_at=ends_at,
    )


async def _words(work: Work, found: HoldView) -> str:
    """What the page says beside the amount, in the language of whoever is asked."""
    people = await cases.people(work.session, work.scope, found.stream_id)
    language = language_or_default(people[0].language if people else None)
    return translator(language).gettext(PAGE_WORDS)


async def _failed(work: Work, hold_id: UUID) -> None:
    row = await repository.at_gateway(work.session, work.scope, hold_id)
    if row is not None:
        row.faults += 1
        await work.session.flush()


async def _note(work: Work, leased: Leased, hold_id: UUID, seen: Seen | None, code: str | None) -> None:
    """What the gateway said, and when it is asked again. The stream is held first, as by whoever decides."""
    found = await service.locked(work, hold_id)
    row = await repository.at_gateway(work.session, work.scope, hold_id)
    await leased.done(work)
    if row is None:
        return
    standing = seen.standing if seen is not None else None
    if seen is not None:
        await _keep(work, found, row, seen)
    if rules.differs(found.status, standing) or not _as_asked(found, seen):
        await _differs(work, row)
    else:
        in_time = code is None and rules.in_time(work.now, row.asked_until)
        if verb := rules.verb(found.status, standing, in_time=in_time):
            await service.followed(work, found, verb, row.reference, code)
    await _again(work, hold_id, row)


def _as_asked(found: HoldView, seen: Seen | None) -> bool:
    return seen is None or seen.amount is None or seen.amount == found.amount


async def _keep(work: Work, found: HoldView, row: CardHold, seen: Seen) -> None:
    row.session, row.page = seen.session, seen.page
    row.reference = seen.reference if seen.standing in (Standing.HELD, Standing.TAKEN) else row.reference
    row.held_until = seen.until or row.held_until
    if seen.refused and not row.refused and found.status in ASKED:
        await work.post(event(HOLD, found.id, "card_refused"))
    row.refused = seen.refused
    await work.session.flush()


async def _differs(work: Work, row: CardHold) -> None:
    if row.differs_at is None:
        row.differs_at = work.now
        await work.session.flush()
        await work.post(event(HOLD, row.hold_id, "differs"))


async def _again(work: Work, hold_id: UUID, row: CardHold) -> None:
    """The bank's end is near, or not: and the next time that we ask, should nobody tell us before."""
    found = await repository.one(work.session, work.scope, hold_id)
    if rules.warns(found.status, work.now, row.held_until) and row.warned_at is None:
        row.warned_at = work.now
        await work.session.flush()
        await work.post(event(HOLD, hold_id, "ending", data={"until": _stamp(row.held_until)}))
    at = rules.next_look(found.status, work.now, row.asked_at, row.held_until, warned=row.warned_at is not None)
    if at is not None and row.differs_at is None:
        await schedule(work.session, service.TEND, str(hold_id), due_at=at, data={"hold_id": str(hold_id)})


def _stamp(at: datetime | None) -> str:
    return at.isoformat() if at is not None else ""
