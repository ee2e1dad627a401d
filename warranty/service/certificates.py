"""The certificate of a registration: what the unit is covered for today, by the version that the registration keeps."""

import asyncio
from collections.abc import Callable, Sequence
from urllib.parse import quote
from uuid import UUID

from aftersales import clock
from aftersales.auth import repository as auth
from aftersales.errors import Conflict
from aftersales.i18n import N_, format_calendar, language_or_default, translator
from aftersales.policies import repository as policies
from aftersales.products import repository as products
from aftersales.products.repository import UnitView
from aftersales.status import documents
from aftersales.work import Work
from warranty import repository
from warranty.documents import Certificate, draw
from warranty.rules import CostClass
from warranty.service import entitlement
from warranty.service.entitlement import TERMS, Assessment

_COVER = {
    CostClass.PARTS: N_("Parts"),
    CostClass.LABOUR: N_("Labour"),
    CostClass.VISIT: N_("Visits"),
    CostClass.CONSUMABLES: N_("Consumables"),
    CostClass.ACCIDENT: N_("Accidents"),
}


async def certificate(work: Work, registration_id: UUID, language: str) -> tuple[str, bytes]:
    """The registration's number and its certificate as a PDF, in the language.

    Raises NotFound, Conflict (`warranty.not_registered`) unless the registration is active and terms are published.
    """
    row = await repository.registration_row(work.session, work.scope, registration_id)
    held = await documents.get(work.session, work.scope, registration_id)
    if held.status != "active" or row.unit_id is None:
        raise Conflict("warranty.not_registered", "There is a certificate once the registration has been checked.")
    system = work.as_system()
    unit = await products.unit(system.session, system.scope, row.unit_id)
    branch = await auth.branch(system.session, system.scope, held.branch_id)
    known = await entitlement.gather(system, unit, clock.business_date(work.now, branch.timezone), None)
    only = [one for one in known.registered if one.id == row.id]
    found = await entitlement.assess(system, unit, entitlement.Known(known.facts, only))
    if found is None:
        raise Conflict("warranty.not_registered", "No terms are published for this product.")
    made = await _made(system, unit, found, held.number, language_or_default(language))
    return held.number, await asyncio.to_thread(draw, made)


async def _made(system: Work, unit: UnitView, found: Assessment, number: str, language: str) -> Certificate:
    say = translator(language).gettext
    policy = await policies.policy(system.session, system.scope, found.policy_id)
    verdict = found.verdict
    proof = verdict.proof
    rows = [
        (say(N_("Registration")), number),
        (say(N_("Product")), unit.product_name),
        (say(N_("Model")), unit.model),
        (say(N_("Serial number or IMEI")), unit.serial),
        (say(N_("Bought on")), format_calendar(unit.purchased_on or proof.on, language) if proof else ""),
    ]
    cover = [
        (say(_COVER[cost]), say(N_("until %(date)s")) % {"date": format_calendar(verdict.lasts[cost], language)})
        for cost in CostClass
        if cost in verdict.lasts and TERMS.validate_python(policy.terms).months.get(cost)
    ]
    return Certificate(
        language=language,
        company=system.settings.brand_name,
        number=number,
        rows=rows,
        cover=cover,
        clauses=_clauses(policy.words, say),
        policy=f"{policy.code} v{policy.version}",
        address=f"{system.settings.base_url.rstrip('/')}/register-product?number={quote(unit.serial)}",
    )


def _clauses(words: object, say: Callable[[str], str]) -> Sequence[tuple[str, str]]:
    found = dict(words) if isinstance(words, dict) else {}
    return [(clause, say(found[clause])) for clause in sorted(found, key=lambda one: [int(n) for n in one.split(".")])]
