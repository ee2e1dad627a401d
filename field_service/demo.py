"""The demo company's visits and repairs: every status of both machines, and a day's route for every technician."""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select

from aftersales.auth import codes
from aftersales.auth import repository as auth
from aftersales.auth.permissions import SERVICE_ENGINEER, TECHNICIAN
from aftersales.customers.models import Address
from aftersales.ids import new_id
from aftersales.search import index
from aftersales.status.changes import MAX_CHANGES, Change, NewDocument, event, move, open_document
from aftersales.work import Work
from field_service import labels
from field_service.demo_ways import NOTES, times, way
from field_service.repairs.machine import REPAIR_ORDER
from field_service.repairs.models import RepairOrder
from field_service.visits import rules
from field_service.visits.machine import VISIT
from field_service.visits.models import Visit
from field_service.visits.service.road import CODE_LIFE

ZONE = ZoneInfo("Asia/Kolkata")
SLOTS = (9, 11, 13, 14, 16, 17, 18)
ROUTE = ("completed", "customer_no_show", "en_route", "accepted", "accepted", "dispatched", "dispatched")
# What nobody fetches waits for long, and goes after months; a few repairs are late.
UNCLAIMED, DISPOSED = ("repair_order", "unclaimed"), ("repair_order", "disposed")
LATE = 3
CAUSES = ("MF", "MF", "WR", "WR", "UK", "RD-2", "LQ", "PS")
ACCESSORIES = ("power cord", "remote", "drain hose", "charger", "inlet hose", "tray")
_AFTER_FINDING = frozenset({"estimate", "skip_estimate", "find_no_trouble", "write_off", "give_up"})
# A visit that failed is shown where it stands; the customer's yes by phone is the usual way past an estimate.
_OTHER_KINDS = {
    rules.PICKUP: {"deliver", "begin"},
    rules.DROP: {"check", "collect", "begin"},
    rules.REPAIR: {"check", "collect", "deliver"},
}


@dataclass
class Company:
    """What is being gathered, then written in a few statements."""

    work: Work
    rng: random.Random
    crew: dict[UUID, list[UUID]]
    bench: dict[UUID, list[UUID]]
    addresses: dict[UUID, UUID]
    codes: dict[UUID, str]
    changes: list[Change] = field(default_factory=list)
    visits: list[dict[str, Any]] = field(default_factory=list)
    repairs: list[dict[str, Any]] = field(default_factory=list)
    keys: list[index.Entry] = field(default_factory=list)

    async def save(self) -> None:
        """Post everything in order, then the rows and what they are found by."""
        for start in range(0, len(self.changes), MAX_CHANGES):
            await self.work.post(*self.changes[start : start + MAX_CHANGES])
        await self.work.session.execute(insert(Visit), self.visits)
        if self.repairs:
            await self.work.session.execute(insert(RepairOrder), self.repairs)
        await index.put_many(self.work.session, self.keys)


async def company_of(work: Work, world: dict[str, Any], seed: int) -> Company:
    crew, bench = {}, {}
    for branch_id in world["branches"].values():
        members = await auth.staff_with_role(work.session, work.scope, TECHNICIAN, branch_id)
        engineers = await auth.staff_with_role(work.session, work.scope, SERVICE_ENGINEER, branch_id)
        crew[branch_id] = [person.id for person in members]
        bench[branch_id] = [person.id for person in engineers]
    query = select(Address.customer_id, Address.id).order_by(Address.position.desc())
    addresses = {row.customer_id: row.id for row in await work.session.execute(query)}
    rng = random.Random(seed)  # noqa: S311 - no secret: the same company every time
    return Company(work, rng, crew, bench, addresses, world["branch_codes"])


def _shares(world: dict[str, Any]) -> tuple[list[dict[str, Any]], dict[UUID, list[dict[str, Any]]]]:
    """The newest cases of each branch are on the road today; the others have a longer story."""
    per_branch: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    past = []
    members = world["field_service.crew"]
    for case in reversed(world["cases"]):
        mine = per_branch[case["branch_id"]]
        if case["cancelled"] or case["customer_id"] not in world["field_service.addresses"]:
            continue
        if len(mine) < members[case["branch_id"]] * len(ROUTE):
            mine.append(case)
        else:
            past.append(case)
    return past, per_branch


async def fill_work(work: Work, world: dict[str, Any]) -> None:
    """Cases older than today's. Leaves `world["visits"]` and `world["repairs"]`: a dictionary for each, with case,
    status, and for repairs the times of `estimated_at` and `approved_at` where the way led over an estimate."""
    company = await company_of(work, world, 50)
    world["field_service.crew"] = {branch_id: len(crew) for branch_id, crew in company.crew.items()}
    world["field_service.addresses"] = set(company.addresses)
    world["visits"], world["repairs"] = [], []
    past, world["field_service.today"] = _shares(world)
    targets = [("repair_order", s.name) for s in REPAIR_ORDER.states] + [("visit", s.name) for s in VISIT.states]
    targets = [one for one in targets if one not in (UNCLAIMED, DISPOSED)]
    company.rng.shuffle(targets)
    others = [UNCLAIMED, *(("repair_order", "in_repair"),) * LATE, *(_usual(company.rng) for _ in past)]
    found = [*[*targets, *others][: len(past) - 1], DISPOSED]
    _asked_in(world, found, past)
    for (machine, status), case in zip(found, past, strict=True):
        begin = case["opened_at"] + timedelta(minutes=20)
        end = min(work.now - timedelta(minutes=30), begin + timedelta(days=company.rng.uniform(1.5, 6)))
        if machine == "visit":
            await _one_visit(company, world, case, status, begin, end)
        else:
            await _one_repair(company, world, case, status, begin, end)
    await company.save()


def _asked_in(world: dict[str, Any], found: list[tuple[str, str]], past: Sequence[dict[str, Any]]) -> None:
    """The question that waits for an answer is asked of somebody who reads Telugu, in place of another's state."""
    reads = {one["customer_id"]: one["language"] for one in world["customers"]}
    place = found.index(("repair_order", "awaiting_approval"))
    usual = [at for at, case in enumerate(past) if reads[case["customer_id"]] == "te" and found[at] != DISPOSED]
    if place not in usual:
        other = usual[len(usual) // 2]
        found[place], found[other] = found[other], found[place]


def _usual(rng: random.Random) -> tuple[str, str]:
    """What has become of most cases."""
    return rng.choice((("repair_order", "closed"),) * 3 + (("visit", "closed"),))


async def _one_visit(
    company: Company, world: dict[str, Any], case: dict[str, Any], status: str, begin: datetime, end: datetime
) -> None:
    kind = {"delivered": rules.DROP, "in_progress": rules.REPAIR, "closed": rules.REPAIR}.get(status, rules.PICKUP)
    if status in ("requested", "scheduled", "confirmed", "dispatched", "accepted", "declined"):
        begin, end = company.work.now - timedelta(hours=5), company.work.now - timedelta(minutes=10)
        begin = max(begin, case["opened_at"])
    if status == "completed":
        await _one_repair(company, world, case, "intake", begin, end)
    elif status == "delivered":
        await _one_repair(company, world, case, "ready", begin, begin + (end - begin) * 0.8)
        await visit(company, world, case, kind, status, begin + (end - begin) * 0.8, end)
    else:
        visit_id = await visit(company, world, case, kind, status, begin, end)
        if status == "rebooked":
            again = company.work.now - timedelta(minutes=40)
            await visit(company, world, case, kind, "scheduled", again, company.work.now, follows_id=visit_id)


async def _one_repair(
    company: Company, world: dict[str, Any], case: dict[str, Any], status: str, begin: datetime, end: datetime
) -> None:
    delivered = status in ("handed_over", "closed")
    third = (end - begin) / 3
    visit_id = await visit(company, world, case, rules.PICKUP, "completed", begin, begin + third)
    without = {"skip_estimate"} if company.rng.random() < 0.5 else {"estimate"}
    if status in ("estimating", "awaiting_approval", "declined", "options_offered", "replaced"):
        without = {"skip_estimate", "write_off", "give_up"}
    path = [edge.verb for edge in way(REPAIR_ORDER, "ready" if delivered else status, without=without)]
    if {"approve", "decline"} & set(path):
        path.insert(path.index("estimate") + 1, "await_approval")
    last = end - third / 2 if delivered else end
    repair_id, reached = await repair(company, world, case, visit_id, path, begin + third, last)
    if delivered:
        drop = "completed" if status == "closed" else "delivered"
        drop_id = await visit(company, world, case, rules.DROP, drop, reached, end)
        company.changes.append(move(REPAIR_ORDER, repair_id, "hand_over", data={"visit_id": drop_id}, at=end))
        if status == "closed":
            company.changes.append(move(REPAIR_ORDER, repair_id, "close", at=end))
        world["repairs"][-1]["status"] = status


async def visit(
    company: Company,
    world: dict[str, Any],
    case: dict[str, Any],
    kind: str,
    status: str,
    begin: datetime,
    end: datetime,
    *,
    technician_id: UUID | None = None,
    window: tuple[datetime, datetime] | None = None,
    follows_id: UUID | None = None,
) -> UUID:
    """A visit that came to `status` between the two times; its window is around the time of departure."""
    missed = () if status in ("missed", "rebooked") else ("miss",)
    verbs = [edge.verb for edge in way(VISIT, status, without=_OTHER_KINDS[kind].union(missed))]
    at = dict(zip(verbs, times(verbs, begin, end), strict=True))
    technician_id = technician_id or company.rng.choice(company.crew[case["branch_id"]])
    window = window or _window(company, at.get("depart"))
    visit_id = new_id()
    seal = f"S-{company.rng.randrange(10000, 99999)}"
    facts: dict[str, dict[str, object]] = {
        "request": {"kind": kind},
        "schedule": {"starts_at": window[0], "ends_at": window[1]},
        "confirm": {"starts_at": window[0], "ends_at": window[1], "kind": kind},
        "dispatch": {"technician_id": technician_id},
        "depart": {"technician_id": technician_id},
        "check": {"condition": "good", "photos": 2},
        "collect": {"seal": seal},
        "complete": {"kind": kind},
        "cannot_complete": {"reason": "site_not_ready"},
    }
    new = await _new(company, case, "V", f"visit:{kind}:{case['case_id']}", end)
    company.changes.append(open_document(VISIT, visit_id, "request", new, data=facts["request"], at=at["request"]))
    for verb in verbs[1:]:
        assignee = technician_id if verb == "dispatch" else None
        company.changes.append(
            move(VISIT, visit_id, verb, data=facts.get(verb), note=NOTES.get(verb), at=at[verb], assignee_id=assignee)
        )
    custody = [rules.custody_after(kind, verb) for verb in verbs]
    scheduled = "schedule" in verbs
    company.visits.append(
        {
            "id": visit_id,
            "kind": kind,
            "address_id": company.addresses[case["customer_id"]],
            "window_start": window[0] if scheduled else None,
            "window_end": window[1] if scheduled else None,
            "condition": "good" if "check" in verbs else None,
            "accessories": company.rng.sample(ACCESSORIES, 2) if "check" in verbs else [],
            "seal_number": seal if "collect" in verbs else None,
            "custody": next((one for one in reversed(custody) if one), None),
            "follows_id": follows_id,
        }
    )
    world["visits"].append({"visit_id": visit_id, "case_id": case["case_id"], "kind": kind, "status": status})
    return visit_id


def _window(company: Company, departed: datetime | None) -> tuple[datetime, datetime]:
    if departed is None:
        day = company.work.now.astimezone(ZONE).date() + timedelta(days=company.rng.randrange(1, 5))
        return _slot(day, company.rng.choice(SLOTS[:5]))
    local = departed.astimezone(ZONE)
    return _slot(local.date(), min(local.hour, 21))


def _slot(day: date, hour: int) -> tuple[datetime, datetime]:
    start = datetime.combine(day, time(hour), tzinfo=ZONE)
    return start, start + timedelta(hours=2)


async def repair(
    company: Company,
    world: dict[str, Any],
    case: dict[str, Any],
    visit_id: UUID | None,
    path: list[str],
    begin: datetime,
    end: datetime,
) -> tuple[UUID, datetime]:
    """A repair order that took this path between the two times; answers its id and when it came to the end."""
    found = next((place for place, verb in enumerate(path) if verb in _AFTER_FINDING), None)
    verbs = [*path[:found], "diagnosed", *path[found:]] if found is not None else path
    at = times(verbs, begin, end)
    repair_id = new_id()
    engineer_id = company.rng.choice(company.bench[case["branch_id"]])
    fault, cause = company.rng.choice(list(labels.FAULTS)), company.rng.choice(CAUSES)
    # Of what is closed one unit may have had several.
    alone = case["case_id"] if "ended_at" in case else case["unit_id"]
    new = await _new(company, case, "R", f"repair_order:{alone}", end)
    brought = {"visit_id": visit_id} if visit_id is not None else {}
    company.changes.append(open_document(REPAIR_ORDER, repair_id, "open", new, data=brought, at=at[0]))
    for verb, when in zip(verbs[1:], at[1:], strict=True):
        company.changes.append(_step(repair_id, verb, when, engineer_id, fault, cause))
    row = {"id": repair_id, "visit_id": visit_id, "fault_code": None, "cause_code": None, "estimate_id": None}
    company.repairs.append(row | ({"fault_code": fault, "cause_code": cause} if found is not None else {}))
    when_of = dict(zip(verbs, at, strict=True))
    world["repairs"].append(
        {
            "repair_id": repair_id,
            "case_id": case["case_id"],
            "unit_id": case["unit_id"],
            "customer_id": case["customer_id"],
            "person_id": case["person_id"],
            "branch_id": case["branch_id"],
            "status": _reached(path),
            "cause_code": cause if found is not None else None,
            "estimated_at": when_of.get("estimate"),
            "approved_at": when_of.get("approve"),
            "declined_at": when_of.get("decline"),
        }
    )
    return repair_id, at[-1]


def _step(repair_id: UUID, verb: str, when: datetime, engineer_id: UUID, fault: str, cause: str) -> Change:
    if verb == "diagnosed":
        data = {"fault_code": fault, "cause_code": cause, "photos": 2}
        return event(REPAIR_ORDER, repair_id, verb, data=data, note="Opened, found and photographed.", at=when)
    mine = engineer_id if verb == "diagnose" else None
    data = {"engineer_id": engineer_id} if mine else {}
    return move(REPAIR_ORDER, repair_id, verb, data=data, note=NOTES.get(verb), at=when, assignee_id=mine)


def _reached(path: list[str]) -> str:
    return REPAIR_ORDER.by_verb[path[-1]].to


async def _new(company: Company, case: dict[str, Any], letter: str, open_key: str, at: datetime) -> NewDocument:
    number = await company.work.numbers.next(f"{company.codes[case['branch_id']]}-{letter}", at.year)
    company.keys.append(
        {
            "kind": "number",
            "text": number,
            "entity": "document",
            "entity_id": case["case_id"],
            "customer_id": case["customer_id"],
        }
    )
    return NewDocument(
        stream_id=case["case_id"],
        branch_id=case["branch_id"],
        number=number,
        unit_id=case["unit_id"],
        customer_id=case["customer_id"],
        open_key=open_key,
    )


async def fill_today(work: Work, world: dict[str, Any]) -> None:
    """Seven visits today for every technician, in every stage of a day; their codes can be read on the customers'
    pages."""
    company = await company_of(work, world, 55)
    today = work.now.astimezone(ZONE).date()
    issued: list[tuple[UUID, dict[str, Any]]] = []
    for branch_id, cases in world["field_service.today"].items():
        crew = company.crew[branch_id]
        for place, case in enumerate(cases):
            technician_id, turn = crew[place % len(crew)], place // len(crew)
            status = ROUTE[turn]
            long_ago = case["opened_at"] < work.now - timedelta(days=2)
            window = _slot(today, SLOTS[turn])
            begin = max(case["opened_at"], work.now - timedelta(hours=20))
            kind = rules.REPAIR if turn % 3 == 2 else rules.PICKUP
            if long_ago:
                kind = rules.DROP if turn % 3 != 2 else rules.REPAIR
            if kind == rules.DROP:
                await _one_repair(company, world, case, "ready", case["opened_at"], begin)
            end = work.now - timedelta(minutes=5)
            visit_id = await visit(
                company, world, case, kind, status, begin, end, technician_id=technician_id, window=window
            )
            await _aftermath(company, world, case, kind, status, visit_id, end)
            if status == "en_route":
                issued.append((visit_id, case))
    await company.save()
    for visit_id, case in issued:
        await codes.issue(
            work.session,
            purpose=codes.ARRIVAL,
            subject_id=visit_id,
            person_id=case["person_id"],
            now=work.now,
            ttl=CODE_LIFE,
            stream_id=case["case_id"],
        )


async def _aftermath(
    company: Company,
    world: dict[str, Any],
    case: dict[str, Any],
    kind: str,
    status: str,
    visit_id: UUID,
    end: datetime,
) -> None:
    """What follows when today's visit is over already."""
    if status != "completed":
        return
    if kind == rules.PICKUP:
        await repair(company, world, case, visit_id, ["open"], end, end + timedelta(minutes=4))
    elif kind == rules.DROP:
        repair_id = world["repairs"][-1]["repair_id"]
        company.changes.append(move(REPAIR_ORDER, repair_id, "hand_over", data={"visit_id": visit_id}, at=end))
        company.changes.append(move(REPAIR_ORDER, repair_id, "close", at=end))
        world["repairs"][-1]["status"] = "closed"
