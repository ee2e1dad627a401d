"""The share of returns in the demonstration: published policies, and returns in every status."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from aftersales.cases.demo import OWNERS, opening, write
from aftersales.ids import new_id
from aftersales.policies import repository as policies
from aftersales.policies.repository import PolicyView
from aftersales.products import repository as products
from aftersales.status.changes import Change, NewDocument, move, open_document
from aftersales.work import Work
from rma import repository, service, terms
from rma.demo_settled import ToSettle, settle
from rma.goods import Disposition, Place
from rma.machine import RETURN
from rma.models import Return, ReturnFinding, ReturnLine, ReturnWords
from rma.rules import Facts, Outcome, Reason, Verdict
from rma.service import receiving

ZONE = "Asia/Kolkata"
_IN = ("authorise", "await_return", "send", "receive")

WAYS: Mapping[str, tuple[str, ...]] = {
    "requested": (),
    "under_review": ("review",),
    "info_requested": ("request_info",),
    "authorised": ("authorise",),
    "rejected": ("reject",),
    "awaiting_return": ("authorise", "await_return"),
    "pickup_scheduled": ("authorise", "schedule_pickup"),
    "in_transit": ("authorise", "await_return", "send"),
    "partially_received": ("authorise", "await_return", "receive_part"),
    "received": _IN,
    "inspecting": (*_IN, "inspect"),
    "dispositioned": (*_IN, "inspect", "disposition"),
    "resolution_pending": (*_IN, "inspect", "disposition", "settle"),
    "resolved": (*_IN, "inspect", "disposition", "settle", "resolve"),
    "returning": (*_IN, "inspect", "refuse"),
    "returned": (*_IN, "inspect", "refuse", "give_back"),
    "exchanged_at_door": ("authorise", "exchange_at_door"),
    "closed": (*_IN, "inspect", "disposition", "settle", "resolve", "close"),
    "cancelled": ("cancel",),
    "expired": ("authorise", "expire"),
}
"""How a return comes to each status."""

STATUSES = (*WAYS, "requested", "requested", "authorised", "rejected", "rejected", "closed")
LATELY = timedelta(days=30)
ASKED = {
    Reason.DEFECTIVE: "It stops after a few minutes, and we cannot use it.",
    Reason.DEAD_ON_ARRIVAL: "It has not worked since the first day.",
    Reason.DAMAGED: "One side was dented when we opened the box.",
    Reason.WRONG_ITEM: "We ordered the larger one.",
    Reason.NOT_AS_DESCRIBED: "It is much louder than we were told.",
    Reason.CHANGED_MIND: "My sister has given us hers.",
}
REFUSED = "The 30 days since its delivery are over. We repair it under its warranty instead, free of charge."
BROKEN = "It broke in a fall, so we cannot take it back. It comes to you at our cost."
GOODWILL = "The call about it came in time and was not taken down."
ANSWERED = {"reject": REFUSED, "refuse": BROKEN, "give_back": BROKEN}
QUESTION = "Please send a photo of the label on the back of the product."


_WORTHY = [reason for reason in Reason if reason is not Reason.CHANGED_MIND]


@dataclass(frozen=True, slots=True)
class _Return:
    """A return to be made: for which case, with which verdict, to which status."""

    id: UUID
    case: Mapping[str, Any]
    facts: Facts
    verdict: Verdict
    status: str

    @property
    def way(self) -> tuple[str, ...]:
        """The verbs to its status; what the policy grants is never rejected."""
        granted = self.verdict.outcome is Outcome.ELIGIBLE and self.status == "rejected"
        return WAYS["authorised" if granted else self.status]

    @property
    def stands(self) -> str:
        """Where it is at the end of that way."""
        return RETURN.by_verb[self.way[-1]].to if self.way else "requested"

    @property
    def goodwill(self) -> bool:
        """Whether it was authorised against the rule."""
        return self.verdict.outcome is Outcome.INELIGIBLE and "authorise" in self.way


async def fill_policies(work: Work, world: dict[str, Any]) -> None:  # noqa: ARG001 - what a part is called with
    """Publish the company's policy on returns, old versions and the present one."""
    await terms.publish_all(work)


async def fill_cases(work: Work, world: dict[str, Any]) -> None:
    """A case for each return, of a unit that has none yet: on one under repair the customer would read two stories.

    Whoever is given something back bought theirs last. They stand at `world["rma.cases"]` and join `world["cases"]`.
    """
    rng = random.Random(54)  # noqa: S311 - the same company each time, no secret
    taken = {case["unit_id"] for case in (*world["cases"], *world["past"])}
    free = [unit for unit in world["units"] if unit["unit_id"] not in taken]
    newest = iter(sorted(free, key=lambda unit: unit["purchased_on"], reverse=True))
    made = []
    for status in sorted(STATUSES, key=lambda one: "authorise" not in WAYS[one]):
        unit, reason = next(newest), rng.choice(_WORTHY)
        soon = datetime.combine(unit["delivered_on"], time(11), ZoneInfo(ZONE)) + timedelta(days=rng.uniform(3, 20))
        at = min(max(soon, work.now - LATELY * rng.uniform(0.2, 1)), work.now - timedelta(days=rng.uniform(1, 3)))
        code = world["branch_codes"][unit["branch_id"]]
        kept = {name: unit[name] for name in ("unit_id", "customer_id", "person_id", "branch_id", "category")}
        case = {
            "case_id": new_id(),
            "number": await work.numbers.next(code, at.year),
            "opened_at": at,
            "owner": world["staff"][OWNERS[code]],
            "channel": "web",
            "complaint": ASKED[reason],
            "cancelled": False,
            "confirmed": False,
        }
        made.append(kept | case | {"return": (status, reason)})
    await work.post(*(change for case in made for change in opening(case)))
    await write(work, made)
    world["rma.cases"] = made
    # First, since the parts that follow begin with the last, which are the newest.
    world["cases"][:0] = made


async def fill(work: Work, world: dict[str, Any]) -> None:
    """Returns in each status, on those cases, asked for by the households whose cases they are."""
    rng = random.Random(55)  # noqa: S311 - the same company each time, no secret
    published = await policies.newest(work.session, work.scope, service.KIND, "default")
    if published is None:
        return
    codes = {branch_id: code for code, branch_id in world["branches"].items()}
    known = await products.units(work.session, work.scope, [case["unit_id"] for case in world["rma.cases"]])
    changes: list[Change] = []
    rows: list[Return] = []
    words: list[ReturnWords] = []
    lines: list[ReturnLine] = []
    steps: list[dict[str, Any]] = []
    settled: list[ToSettle] = []
    for case in world["rma.cases"]:
        status, reason = case["return"]
        then = replace(work, now=min(case["opened_at"] + timedelta(hours=rng.randint(2, 20)), work.now))
        facts = service.facts_of(known[case["unit_id"]], reason, then, ZONE)
        verdict = service.judge(published, facts)
        made = _Return(new_id(), case, facts, verdict, status)
        number = await work.numbers.next(f"{codes[case['branch_id']]}-A", then.now.year)
        changes += _changes(then, work.now, made, published, number)
        row = service.row_of(then, made.id, case["unit_id"], facts, published, verdict)
        row.goodwill_code = "our_mistake" if made.goodwill else None
        rows.append(row)
        line = service.first_line(made.id, known[case["unit_id"]], facts.reason)
        lines += _lines(made, line)
        steps += _steps(then, made, line)
        settled.append(ToSettle(then, row, line, known[case["unit_id"]], made.stands))
        words.append(
            ReturnWords(
                return_id=made.id,
                asked=ASKED[facts.reason],
                answered=ANSWERED.get(made.way[-1]) if made.way else None,
                goodwill=GOODWILL if made.goodwill else None,
            )
        )
    await work.post(*changes)
    work.session.add_all(rows)
    await work.session.flush()
    work.session.add_all([*words, *lines])
    await work.session.flush()
    work.session.add_all([_finding(line, work) for line in lines if line.id in _used(steps)])
    await repository.move(work.session, work.scope, steps)
    await settle(settled)


def _lines(made: _Return, line: ReturnLine) -> list[ReturnLine]:
    """The line of the unit; what came in part has one more, of what is still to come."""
    part = "receive_part" in made.way
    line.received = int(part or "receive" in made.way or "exchange_at_door" in made.way)
    rest = ReturnLine(
        id=new_id(),
        return_id=made.id,
        position=2,
        product_id=line.product_id,
        quantity=1,
        received=0,
        reason_code=line.reason_code,
    )
    return [line, rest] if part else [line]


WENT: Mapping[str, tuple[Place, Disposition | None]] = {
    "receive": (Place.HUB, None),
    "receive_part": (Place.HUB, None),
    "inspect": (Place.BENCH, None),
    "disposition": (Place.STOCK, Disposition.RESTOCK),
    "exchange_at_door": (Place.COURIER, None),
    "refuse": (Place.COURIER, Disposition.RETURN_TO_CUSTOMER),
    "give_back": (Place.CUSTOMER, Disposition.RETURN_TO_CUSTOMER),
}
"""Where a piece is after a step, and what was decided on it."""


def _steps(then: Work, made: _Return, line: ReturnLine) -> list[dict[str, Any]]:
    """Where its piece went."""
    found: list[dict[str, Any]] = []
    for place, use in (WENT[verb] for verb in made.way if verb in WENT):
        step = receiving.step(then, line, receiving.unit_item(made.case["unit_id"]), None, place, use)
        before = {"prior_step": len(found), "from_place": found[-1]["place"]} if found else {}
        found.append(step | {"step": len(found) + 1} | before)
    return found


def _used(steps: Iterable[Mapping[str, Any]]) -> set[UUID]:
    return {step["line_id"] for step in steps if step["disposition"] is not None}


def _finding(line: ReturnLine, work: Work) -> ReturnFinding:
    seen: dict[str, Any] = {"quantity": 1, "grade": "B", "no_fault": False, "wrong_item": False, "missing": []}
    return ReturnFinding(id=new_id(), line_id=line.id, found_at=work.now, found_by=None, **seen)


def _changes(then: Work, now: datetime, made: _Return, published: PolicyView, number: str) -> Iterable[Change]:
    new = NewDocument(
        stream_id=made.case["case_id"],
        branch_id=made.case["branch_id"],
        number=number,
        unit_id=made.case["unit_id"],
        customer_id=made.case["customer_id"],
        open_key=f"return:{made.case['unit_id']}",
    )
    data = service.codes(made.facts, published, made.verdict)
    yield open_document(RETURN, made.id, "request", new, data=data, at=then.now)
    known = data | ({"goodwill_code": "our_mistake"} if made.goodwill else {})
    for step, verb in enumerate(made.way, 1):
        carried = {key: value for key, value in known.items() if key in RETURN.by_verb[verb].data}
        note = {"reject": REFUSED, "request_info": QUESTION, "refuse": BROKEN}.get(verb)
        yield move(RETURN, made.id, verb, data=carried, note=note, at=min(then.now + timedelta(hours=9 * step), now))
