"""What the cards about returns show."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from aftersales import clock
from aftersales.auth import repository as auth
from aftersales.cases import repository as cases
from aftersales.i18n import N_, calendar_day, day_time, joined
from aftersales.products import repository as products
from aftersales.products.repository import UnitView
from aftersales.status.life import Life
from aftersales.work import Work
from rma import outcome, repository, service
from rma.machine import OVER, RETURN, customers_word
from rma.permissions import REQUEST
from rma.repository import ReturnView
from rma.rules import REASONS, Outcome, Reason, Step, Verdict
from rma.service import sending
from rma.words import WISHES
from rma.worth import Resolution


async def on_case(work: Work, case_id: UUID) -> Mapping[str, Any] | None:
    """The returns asked for in a case, and the form for asking in the customer's name; None where there is neither."""
    case = await cases.case(work.session, work.scope, case_id)
    held = await repository.on_stream(work.session, work.scope, case_id)
    may_ask = work.scope.can(REQUEST, case.branch_id)
    if not held and not may_ask:
        return None
    url = f"/desk/cases/{case_id}/returns"
    return await _card(work, case_id, held, url=url, may_ask=may_ask, customer=False)


async def on_track(work: Work, case_id: UUID) -> Mapping[str, Any] | None:
    """The household's units that a return can be asked for, and what has been asked."""
    if not await cases.may_answer(work.session, work.scope, case_id):
        return None
    held = await repository.on_stream(work.session, work.scope, case_id)
    card = await _card(work, case_id, held, url="/track/returns", may_ask=not work.scope.read_only, customer=True)
    return card if held or card["may_ask"] else None


async def on_page(work: Work, held: ReturnView) -> dict[str, Any]:
    """One return as staff read it on its own page."""
    card = await _card(work, held.stream_id, [held], url="", may_ask=False, customer=False)
    found: dict[str, Any] = card["returns"][0]
    return found


async def in_life(work: Work, life: Life) -> Mapping[str, Any]:
    """Every return of a customer or a unit: what was asked, what the rule said, what we answered."""
    held = await repository.in_life(work.session, work.scope, life)
    known = await products.units(work.session, work.scope, {row.unit_id for row in held}) if held else {}
    return {"rows": [_line(row, known.get(row.unit_id), life.zone) for row in held]}


def _line(row: ReturnView, unit: UnitView | None, zone: str) -> dict[str, Any]:
    shown = _shown(row, unit, customer=False)
    facts = [(N_("Why"), shown["reason"])]
    if shown["policy"]:
        clause = N_("clause {clause}").format(clause=shown["clause"]) if shown["clause"] else ""
        facts.append((N_("Policy"), joined([shown["policy"], clause])))
    if shown["until"]:
        facts.append((N_("Until"), calendar_day(shown["until"])))
    if shown["goodwill"]:
        facts.append((N_("Goodwill"), shown["goodwill"]))
    return {
        "id": row.id,
        "number": row.number,
        "category": shown["category"],
        "label": shown["label"],
        "title": N_("Return: {product}").format(product=shown["product"]) if shown["product"] else N_("Return"),
        "url": f"/desk/cases/{row.stream_id}",
        "facts": facts,
        "note": shown["answered"] or shown["asked"],
        "at_text": day_time(row.asked_at, zone, year=True),
    }


async def _card(
    work: Work, case_id: UUID, held: Sequence[ReturnView], *, url: str, may_ask: bool, customer: bool
) -> dict[str, Any]:
    units = await service.household_units(work, case_id)
    by_id = {unit.id: unit for unit in units}
    running = {row.unit_id for row in held if row.category != "done"}
    free = [unit for unit in units if unit.id not in running]
    shown = [_shown(row, by_id.get(row.unit_id), customer=customer) for row in held]
    if held:
        pieces = await outcome.of_returns(work, held)
        ahead = await outcome.ahead(work, held, customer=customer)
        instead = await outcome.instead_of(work, held, staff=not customer)
        over = {row.id for row in held if row.status in OVER}
        kept = await repository.kept_of(work.session, work.scope, over) if over else set()
        branch = await auth.branch(work.session, work.as_system().scope, held[0].branch_id)
        for one in shown:
            one |= {
                "lines": pieces[one["id"]],
                "zone": branch.timezone,
                "zone_said": not customer,
                "ahead": ahead[one["id"]],
            }
            one |= {"instead": instead.get(one["id"], []), "kept": one["id"] in kept}
            for other in one["ahead"]:
                if other["due_at"] is not None:
                    other["due"] = clock.business_date(other["due_at"], branch.timezone)
            if one["return_by"] is not None:
                one["return_by"] = clock.business_date(one["return_by"], branch.timezone)
                one["centre"] = ", ".join([branch.name, *branch.address.splitlines()])
    return {
        "returns": shown,
        "units": [{"value": str(unit.id), "label": f"{unit.product_name} {unit.serial}".strip()} for unit in free],
        "reasons": [(reason.value, REASONS[reason]) for reason in Reason],
        "ask_url": url,
        "may_ask": bool(free) and may_ask,
    }


def _shown(row: ReturnView, unit: UnitView | None, *, customer: bool) -> dict[str, Any]:
    state = RETURN.by_state[row.status]
    verdict = service.verdict_of(row)
    clauses = row.clauses or {}
    conditions = verdict.conditions if verdict is not None and row.status != "rejected" else ()
    return {
        "id": row.id,
        "number": row.number,
        "settle_by": row.settle_by if row.status == "resolution_pending" else None,
        **outcome.foreseen(row),
        "label_url": f"/track/returns/{row.id}/label.pdf" if customer and row.status in sending.SHOWN_IN else "",
        "return_by": row.return_by if row.status in sending.ENDS_IN else None,
        "status": row.status,
        "category": str(state.category),
        "label": customers_word(row.status) if customer else state.label,
        "product": unit.product_name if unit is not None else "",
        "reason": REASONS[Reason(row.reason_code)],
        "coming": row.coming,
        "wish": WISHES[Resolution(row.wish)] if row.wish is not None else "",
        "asked": row.asked or "",
        "answered": row.answered or "",
        "goodwill": "" if customer else row.goodwill or "",
        "outcome": verdict.outcome.value if verdict is not None else Outcome.UNKNOWN.value,
        "until": verdict.until if verdict is not None else None,
        "clause": verdict.clause if verdict is not None else "",
        "clause_words": clauses.get(verdict.clause, "") if verdict is not None else "",
        "policy": f"v{row.policy_version}" if row.policy_version is not None else "",
        "conditions": [clauses.get(clause, "") for clause in conditions],
        "trace": steps_of(verdict),
    }


def steps_of(verdict: Verdict | None) -> list[dict[str, Any]]:
    """The way to a verdict, as the template shows it."""
    return [_step(step) for step in verdict.trace] if verdict is not None else []


def _step(step: Step) -> dict[str, Any]:
    return {
        "outcome": step.outcome,
        "words": step.words,
        "clause": step.clause,
        "since": _day(step.facts.get("since")),
        "on": _day(step.facts.get("date")),
    }


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
