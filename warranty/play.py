"""The share of warranty in the play: a cause that the terms leave out is proposed by one and confirmed by another."""

from collections.abc import Mapping
from typing import Any

from aftersales.auth.permissions import MANAGER, SERVICE_ENGINEER
from aftersales.module import Cue
from aftersales.scene import Scene
from warranty import repository
from warranty.service.entitlement import TERMS

WORDS = "The cause was found and photographed; the terms leave it out. We say what the repair costs before we begin."
UNDECIDED = frozenset({"submitted", "in_review", "pre_authorised"})


async def left_out(scene: Scene) -> Mapping[str, Any] | None:
    """The clause that leaves out the cause found; None while none is found, or for one that no clause names."""
    claim = await repository.claim(scene.work.session, scene.work.scope, scene.about.id)
    terms = TERMS.validate_python(claim.verdict.terms)
    clause = next((one.clause for one in terms.exclusions if claim.cause_code in one.causes), None)
    return None if clause is None else {"cause_code": claim.cause_code, "clause": clause, "words": WORDS}


CUES = (
    Cue(
        "warranty_claim",
        UNDECIDED,
        SERVICE_ENGINEER,
        "proposed to deny the claim, with photos and the clause",
        verb="denial_proposed",
        body=left_out,
    ),
    Cue("warranty_claim", UNDECIDED, MANAGER, "looked, and confirmed the denial", verb="deny"),
)
