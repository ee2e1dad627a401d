"""What was done in the demo company's closed cases of the year before: at the bench, at home, now and then twice."""

import random
from datetime import datetime, timedelta
from typing import Any

from aftersales.work import Work
from field_service.demo import Company, company_of, repair, visit
from field_service.visits import rules

BENCH = ("open", "triage", "diagnose", "skip_estimate", "start", "check", "pass", "hand_over", "close")
WAITED = ("open", "triage", "diagnose", "skip_estimate", "await_parts", "start", "check", "pass", "hand_over", "close")
NOT_WORTH = ("open", "triage", "diagnose", "write_off", "offer_options", "return_as_is", "hand_over", "close")
CARRIED = frozenset({"phone", "mixer"})


async def fill(work: Work, world: dict[str, Any]) -> None:
    """For each of `world["past"]` the documents of one that went well, waited for a part, took two visits, or did not
    pay."""
    company = await company_of(work, world, 52)
    # Neither money nor entitlement goes by these: they are told of nothing that is this long over.
    aside: dict[str, Any] = {"visits": [], "repairs": []}
    for case in world["past"]:
        begin, end = case["opened_at"] + timedelta(minutes=20), case["ended_at"] - timedelta(minutes=5)
        if case["category"] in CARRIED or case["customer_id"] not in company.addresses or company.rng.random() < 0.4:
            await repair(company, aside, case, None, list(_path(company.rng)), begin, end)
        else:
            await _at_home(company, aside, case, begin, end)
    await company.save()


async def _at_home(
    company: Company, aside: dict[str, Any], case: dict[str, Any], begin: datetime, end: datetime
) -> None:
    half = begin + (end - begin) / 2
    if company.rng.random() < 0.18:
        await visit(company, aside, case, rules.REPAIR, "closed", begin, half)
        begin = half
    await visit(company, aside, case, rules.REPAIR, "closed", begin, end)


def _path(rng: random.Random) -> tuple[str, ...]:
    luck = rng.random()
    if luck < 0.06:
        return NOT_WORTH
    return WAITED if luck < 0.3 else BENCH
