"""What follows in the life of an active registration, by timers: reminders, renewal, its end, the visits of a plan."""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from aftersales import clock
from aftersales.auth import repository as auth
from aftersales.auth.repository import BranchView
from aftersales.cases import service as cases
from aftersales.cases.machine import CASE
from aftersales.cases.rules import PLANNED_VISIT
from aftersales.cases.schemas import OpenCase, PersonOnMatterIn
from aftersales.customers import repository as customers
from aftersales.ids import new_id
from aftersales.outbox.schedule import schedule
from aftersales.policies import repository as policies
from aftersales.products import repository as products
from aftersales.products.repository import UnitView
from aftersales.promises.opening import opening
from aftersales.status import documents, engine
from aftersales.status.changes import Change, event, move
from aftersales.status.documents import DocumentView
from aftersales.work import Work
from warranty import repository, upkeeps
from warranty.machine import REGISTRATION
from warranty.models import WarrantyRegistration, WarrantyUpkeep
from warranty.rules import CostClass
from warranty.rules.living import REMIND_DAYS, Due, following, visits
from warranty.rules.terms import Terms
from warranty.service import entitlement
from warranty.service.entitlement import TERMS

LOOK = "warranty.registration"
UPKEEP = "warranty.upkeep"
AT = time(10)
"""When on the clock of the service centre customers are written to."""
AHEAD = timedelta(days=14)
AGAIN = timedelta(days=7)
_TROUBLES = frozenset({"case", "complaint"})
_DAYS = {Due.MONTH: REMIND_DAYS[0], Due.WEEK: REMIND_DAYS[1]}


async def begin(work: Work, registration_id: UUID) -> None:
    """A registration has become active: arm what follows. Done twice it is done once."""
    data = {"registration_id": str(registration_id)}
    await schedule(work.session, LOOK, str(registration_id), due_at=work.now, data=data)
    row = await repository.registration_row(work.session, work.scope, registration_id)
    terms = await _terms(work, row)
    if terms is None or terms.plan is None or row.plan_from is None:
        return
    branch = await _branch(work, registration_id)
    months = max((terms.months.get(cost, 0) for cost in CostClass), default=0)
    for position, day in enumerate(visits(row.plan_from, months, terms.plan.upkeep_visits), 1):
        key, more = f"{registration_id}.{position}", data | {"position": position, "day": day.isoformat()}
        if day > clock.business_date(work.now, branch.timezone):
            await schedule(work.session, UPKEEP, key, due_at=max(work.now, _at(day, branch) - AHEAD), data=more)


async def _terms(work: Work, row: WarrantyRegistration) -> Terms | None:
    if row.policy_id is None:
        return None
    return TERMS.validate_python((await policies.policy(work.session, work.scope, row.policy_id)).terms)


async def _branch(work: Work, registration_id: UUID) -> BranchView:
    held = await documents.get(work.session, work.scope, registration_id)
    return await auth.branch(work.session, work.scope, held.branch_id)


def _at(day: date, branch: BranchView) -> datetime:
    return datetime.combine(day, AT, ZoneInfo(branch.timezone))


async def look(work: Work, data: Mapping[str, Any]) -> None:
    """Do what is due for a registration today, once each, and look again when something else is."""
    registration_id = UUID(data["registration_id"])
    held = await documents.get(work.session, work.scope, registration_id)
    await engine.lock(work.session, {held.stream_id})
    held = await documents.get(work.session, work.scope, registration_id)
    row = await repository.registration_row(work.session, work.scope, registration_id)
    if held.status != "active" or row.unit_id is None:
        return
    unit = await products.unit(work.session, work.scope, row.unit_id)
    branch = await auth.branch(work.session, work.scope, held.branch_id)
    today = clock.business_date(work.now, branch.timezone)
    last = await last_day(work, unit, row, today)
    if last is None:
        return
    done = {Due(one) for one in row.reminded if one != _OFFERED} if row.reminded_until == last else set()
    offered = row.reminded_until == last and _OFFERED in row.reminded
    then = following(
        today,
        last,
        done,
        renewable=row.plan_from is not None,
        offered=offered,
        in_trouble=await _in_trouble(work, held),
    )
    await _do(work, held, row, last, then.due, offer=then.offer)
    if then.look_on is not None:
        await schedule(work.session, LOOK, str(registration_id), due_at=_at(then.look_on, branch), data=data)


_OFFERED = "offered"


async def last_day(work: Work, unit: UnitView, row: WarrantyRegistration, today: date) -> date | None:
    """The last day on which the registration covers anything; None where no terms are known."""
    if row.policy_id is None:
        return None
    policy = await policies.policy(work.session, work.scope, row.policy_id)
    known = await entitlement.gather(work, unit, today, None)
    found = entitlement.under(unit.id, policy, known, row.plan_from)
    return found.verdict.until


async def _in_trouble(work: Work, held: DocumentView) -> bool:
    """Whether the household has an open case or complaint, or the unit has one under another name."""
    running = await documents.running_of(work.session, work.scope, unit_id=held.unit_id)
    if held.customer_id is not None:
        running = [*running, *await documents.running_of(work.session, work.scope, customer_id=held.customer_id)]
    return any(one.machine in _TROUBLES for one in running)


async def _do(
    work: Work, held: DocumentView, row: WarrantyRegistration, last: date, due: Due | None, *, offer: bool
) -> None:
    if due is Due.END:
        await work.post(move(REGISTRATION, held.id, "expire"))
        return
    changes: list[Change] = []
    if due is not None:
        changes.append(event(REGISTRATION, held.id, "expires_soon", data={"until": last, "days": _DAYS[due]}))
    if offer:
        changes.append(event(REGISTRATION, held.id, "renewal_offered", data={"until": last}))
    if not changes:
        return
    await work.post(*changes)
    kept = list(row.reminded) if row.reminded_until == last else []
    row.reminded = [*kept, *([due.value] if due is not None else []), *([_OFFERED] if offer else [])]
    row.reminded_until = last
    await work.session.flush()


async def upkeep(work: Work, data: Mapping[str, Any]) -> None:
    """A maintenance visit of a plan draws near: open a case for it and ask for the visit, once; later where the
    household has an open case."""
    registration_id, position = UUID(data["registration_id"]), int(data["position"])
    held = await documents.get(work.session, work.scope, registration_id)
    await engine.lock(work.session, {held.stream_id})
    held = await documents.get(work.session, work.scope, registration_id)
    if held.status != "active" or held.unit_id is None or held.customer_id is None:
        return
    row = await repository.registration_row(work.session, work.scope, registration_id)
    if await upkeeps.made(work.session, work.scope, row, position):
        return
    branch = await auth.branch(work.session, work.scope, held.branch_id)
    if await _in_trouble(work, held):
        key = f"{registration_id}.{position}"
        await schedule(work.session, UPKEEP, key, due_at=work.now + AGAIN, data=data)
        return
    people = await customers.people(work.session, work.scope, held.customer_id)
    if not people:
        return
    body = OpenCase(
        customer_id=held.customer_id,
        unit_id=held.unit_id,
        branch_id=held.branch_id,
        complaint=PLANNED_VISIT,
        people=[PersonOnMatterIn(person_id=people[0].id, role="owner", may_approve=True)],
    )
    case_id = await cases.open_case(work, body, planned=True)
    window = await _window(work, branch, date.fromisoformat(data["day"]))
    visit_id = await work.ports.logistics.request(work, case_id, "inspection", window)
    said = {"case": case_id} | ({"visit": visit_id} if visit_id is not None else {})
    day = clock.business_date(window[0], branch.timezone)
    await work.post(
        event(REGISTRATION, registration_id, "upkeep_begun", data=said),
        event(CASE, case_id, "visit_planned", data={"day": day}),
    )
    work.session.add(
        WarrantyUpkeep(
            id=new_id(), registration_id=registration_id, position=position, case_id=case_id, visit_id=visit_id
        )
    )
    await work.session.flush()


async def _window(work: Work, branch: BranchView, day: date) -> tuple[datetime, datetime]:
    """Two hours on the day of a visit, or on the first after it on which the service centre works; not before
    tomorrow, however late the timer rings."""
    first = max(day, clock.business_date(work.now, branch.timezone) + timedelta(days=1))
    hours = (await opening(work.session, work.scope)).get(branch.id)
    ahead = [first + timedelta(days=number) for number in range(AGAIN.days)]
    start = _at(next((one for one in ahead if hours is None or hours.of(one)), first), branch)
    return start, start + timedelta(hours=2)
