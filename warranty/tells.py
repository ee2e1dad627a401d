"""What customers are told about their warranty."""

from collections.abc import Mapping

from aftersales.i18n import N_, translator
from aftersales.module import Posted, Tell
from aftersales.status.models import StatusNote
from aftersales.work import Work
from warranty import repository
from warranty.panels import COSTS
from warranty.rules import CostClass, Finding
from warranty.service import entitlement


async def reason(work: Work, posted: Posted, language: str) -> Mapping[str, str]:
    """`{finding}`, `{rule}`, `{clause}`, `{policy}` and `{covered}` of a decision."""
    system = work.as_system()
    claim = await repository.claim(system.session, system.scope, posted.document_id)
    found = await repository.last_finding(system.session, system.scope, posted.document_id)
    translate = translator(language).gettext
    verdict = entitlement.verdict_of(claim.verdict)
    covered = [translate(COSTS[c]) for c in CostClass if verdict.findings[c] is Finding.COVERED]
    return {
        "finding": found.words if found is not None else "",
        "rule": translate(claim.verdict.words.get(verdict.clause, "")),
        "clause": verdict.clause,
        "policy": f"v{claim.verdict.policy_version}",
        "covered": ", ".join(covered),
    }


async def question(work: Work, posted: Posted, language: str) -> Mapping[str, str]:  # noqa: ARG001 - staff wrote it
    """`{question}`: what staff ask, in their own words."""
    note = await work.session.get(StatusNote, (posted.stream_id, posted.version))
    return {"question": note.text if note is not None else ""}


TELLS = (
    Tell(
        machine="warranty_claim",
        text="warranty.approved",
        to="approved",
        subject=N_("Your warranty covers the repair of your {product}"),
        body=N_(
            "{name}, the repair of your {product} is covered by its warranty: {covered}. You pay nothing for it.\n\n"
            "This follows from clause {clause} of our policy {policy}. We go on with the repair and write to you when "
            "it is ready."
        ),
        variables=reason,
    ),
    Tell(
        machine="warranty_claim",
        text="warranty.partially_approved",
        to="partially_approved",
        subject=N_("Your warranty covers a part of the repair of your {product}"),
        body=N_(
            "{name}, your warranty does not cover all of the repair of your {product}. Covered: {covered}.\n\n"
            "{rule} (Clause {clause}, policy {policy}.) What the rest costs we tell you before we do anything, and you "
            "decide. Why it is so, step by step, stands here: {link}"
        ),
        variables=reason,
    ),
    Tell(
        machine="warranty_claim",
        text="warranty.denied",
        to="denied",
        subject=N_("Your warranty does not cover this damage to your {product}"),
        body=N_(
            "{name}, we are sorry: your warranty does not cover this damage to your {product}.\n\n"
            "{finding}\n\n{rule} (Clause {clause}, policy {policy}.) Two of us have looked at it, with photos.\n\n"
            "We tell you what the repair costs before we do anything, and you decide. If you see it differently, say "
            "so here, and a person who has not decided on it before looks at it again: {link}"
        ),
        variables=reason,
    ),
    Tell(
        machine="warranty_claim",
        text="warranty.appealed",
        to="appealed",
        subject=N_("We look again at the warranty of your {product}"),
        body=N_(
            "{name}, you see the matter of your {product} differently, and we look at it again.\n\n"
            "A person who has not decided on it before reads what you wrote. Until then nothing is charged that you "
            "have not agreed to. {owner} writes to you what comes of it."
        ),
    ),
    Tell(
        machine="warranty_claim",
        text="warranty.info_requested",
        to="info_requested",
        subject=N_("We need something from you for the warranty of your {product}"),
        body=N_(
            "{name}, to settle the warranty of your {product} we need something from you:\n\n{question}\n\n"
            "You can answer here, or call us: {link}"
        ),
        variables=question,
    ),
)
