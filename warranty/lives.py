"""What warranty knows of a customer's and of a unit's life: registrations, answers with their reason, claims."""

from collections.abc import Mapping
from typing import Any

from aftersales.i18n import N_, calendar_day, day_time, joined
from aftersales.status.life import Life
from aftersales.work import Work
from warranty import repository
from warranty.machine import CLAIM, REGISTRATION
from warranty.panels import KINDS, chip, pays
from warranty.permissions import REGISTER
from warranty.repository import VerdictView
from warranty.service import entitlement


async def registrations(work: Work, life: Life) -> Mapping[str, Any]:
    """When the unit was made known to us, and with which proof."""
    found = await repository.registrations_in(work.session, work.scope, life)
    return {
        "rows": [
            {
                "id": one.id,
                "url": f"/desk/warranty/registrations/{one.id}" if work.scope.can(REGISTER) else "",
                "number": one.number,
                "category": one.category,
                "label": REGISTRATION.by_state[one.status].label,
                "title": N_("Registration"),
                "facts": [(N_("Bought"), calendar_day(one.purchased_on))]
                + (
                    [(N_("Proof"), joined([KINDS[one.proof_kind], one.reference or ""], " "))] if one.proof_kind else []
                ),
                "at_text": day_time(one.opened_at, life.zone, year=True),
            }
            for one in found
        ]
    }


async def answers(work: Work, life: Life) -> Mapping[str, Any]:
    """Every answer whether the unit was covered, with the clause and the proof it rests on."""
    found = await repository.verdicts_in(work.session, work.scope, life)
    return {"rows": [_answer(one) | {"at_text": day_time(one.at, life.zone, year=True)} for one in found]}


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
                "title": N_("Warranty claim"),
                "url": f"/desk/cases/{one.case_id}",
                "codes": [code for code in (one.fault_code, one.cause_code) if code],
                "at_text": day_time(one.verdict.at, life.zone, year=True),
            }
            for one in found
        ]
    }


def _answer(held: VerdictView) -> dict[str, Any]:
    verdict = entitlement.verdict_of(held)
    category, label = chip(None, verdict)
    clause = verdict.clause or verdict.suspected
    covered = joined(pays(verdict))
    facts = [(N_("Pays for"), covered)] if covered else []
    facts.append(
        (
            N_("Policy"),
            joined([f"v{held.policy_version}", N_("clause {clause}").format(clause=clause) if clause else ""]),
        )
    )
    if verdict.proof is not None:
        proof = verdict.proof
        words = joined([KINDS[proof.kind.value], proof.reference or ""], " ")
        facts.append((N_("Proof"), joined([words, calendar_day(proof.on)])))
    if verdict.until is not None:
        facts.append((N_("Until"), calendar_day(verdict.until)))
    return {
        "id": held.id,
        "number": "",
        "category": category,
        "label": label,
        "title": N_("Is it covered?"),
        "url": f"/desk/cases/{held.stream_id}" if held.stream_id != held.unit_id else "",
        "note": held.words.get(clause, "") if clause else "",
        "facts": facts,
    }
