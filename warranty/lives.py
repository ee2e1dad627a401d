"""What warranty knows of a customer's and of a unit's life: registrations, answers with their reason, claims."""

from collections.abc import Mapping
from typing import Any

from aftersales.i18n import format_calendar, format_day_time
from aftersales.status.life import Life
from aftersales.work import Work
from warranty import repository
from warranty.machine import CLAIM, REGISTRATION
from warranty.panels import COSTS, KINDS, chip
from warranty.repository import VerdictView
from warranty.rules import CostClass, Finding
from warranty.service import entitlement


async def registrations(work: Work, life: Life) -> Mapping[str, Any]:
    """When the unit was made known to us, and with which proof."""
    found = await repository.registrations_in(work.session, work.scope, life)
    return {
        "rows": [
            {
                "id": one.id,
                "number": one.number,
                "category": one.category,
                "label": REGISTRATION.by_state[one.status].label,
                "title": "Registration",
                "facts": [("Bought", format_calendar(one.purchased_on, "en"))]
                + ([("Proof", f"{KINDS[one.proof_kind]} {one.reference or ''}".strip())] if one.proof_kind else []),
                "at_text": format_day_time(one.opened_at, life.zone, "en", year=True),
            }
            for one in found
        ]
    }


async def answers(work: Work, life: Life) -> Mapping[str, Any]:
    """Every answer whether the unit was covered, with the clause and the proof it rests on."""
    found = await repository.verdicts_in(work.session, work.scope, life)
    return {"rows": [_answer(one) | {"at_text": format_day_time(one.at, life.zone, "en", year=True)} for one in found]}


async def claims(work: Work, life: Life) -> Mapping[str, Any]:
    """The warranty claims, with the answer that holds."""
    found = await repository.claims_in(work.session, work.scope, life)
    return {
        "rows": [
            _answer(one.verdict)
            | {
                "id": one.id,
                "number": one.number,
                "category": str(CLAIM.by_state[one.status].category),
                "label": CLAIM.by_state[one.status].label,
                "title": "Warranty claim",
                "url": f"/desk/cases/{one.case_id}",
                "codes": [code for code in (one.fault_code, one.cause_code) if code],
                "at_text": format_day_time(one.verdict.at, life.zone, "en", year=True),
            }
            for one in found
        ]
    }


def _answer(held: VerdictView) -> dict[str, Any]:
    verdict = entitlement.verdict_of(held)
    category, label = chip(None, verdict)
    clause = verdict.clause or verdict.suspected
    covered = ", ".join(COSTS[c] for c in CostClass if verdict.findings[c] is Finding.COVERED)
    facts = [("Pays for", covered)] if covered else []
    facts.append(("Policy", f"v{held.policy_version}" + (f", clause {clause}" if clause else "")))
    if verdict.proof is not None:
        proof = verdict.proof
        words = f"{KINDS[proof.kind.value]} {proof.reference or ''}".strip()
        facts.append(("Proof", f"{words}, {format_calendar(proof.on, 'en')}"))
    if verdict.until is not None:
        facts.append(("Until", format_calendar(verdict.until, "en")))
    return {
        "id": held.id,
        "number": "",
        "category": category,
        "label": label,
        "title": "Is it covered?",
        "url": f"/desk/cases/{held.stream_id}" if held.stream_id != held.unit_id else "",
        "note": held.words.get(clause, "") if clause else "",
        "facts": facts,
    }
