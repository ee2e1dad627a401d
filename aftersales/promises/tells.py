"""What customers are told of a promise that cannot be kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from aftersales.i18n import N_, format_instant, translator
from aftersales.i18n.brief import brief_instant
from aftersales.module import Option, Posted, Tell
from aftersales.ports.promises import Span
from aftersales.promises.ledger import Kind
from aftersales.promises.records import zone_of
from aftersales.told import Stated
from aftersales.work import Work

WHY: Mapping[str, str] = {
    "part": N_("a part has not come yet"),
    "more_work": N_("there is more to repair than we could see at first"),
    "vendor": N_("the manufacturer's workshop still has it"),
    "slow": N_("the work takes longer than we thought"),
}
"""Why it takes longer, as customers hear it; by the reasons of `schemas.Delayed`."""


async def reasons(_work: Work, _case_id: UUID) -> Mapping[str, Sequence[Option]]:
    """The same for every case."""
    return {"reason": [Option(value, label) for value, label in WHY.items()]}


async def later(_work: Work, posted: Posted) -> Span | None:
    """The new time that a change names."""
    return Span(Kind.COMPLETION, None, datetime.fromisoformat(posted.data["by"]), str(posted.data["basis"]))


async def variables(work: Work, posted: Posted, language: str) -> Mapping[str, str]:
    """The time that no longer holds, as it stood then, and why."""
    home = await zone_of(work.session, work.scope, posted.stream_id)
    zone = work.zone or home
    was = datetime.fromisoformat(posted.data["was"])
    reason = WHY.get(str(posted.data["reason"]), WHY["slow"])
    return {
        "former": format_instant(was, zone, language, home=home),
        "former_short": brief_instant(was, zone, language, home=home),
        "reason": translator(language).gettext(reason),
    }


TELLS = (
    Tell(
        machine="case",
        text="case.delayed",
        event="delayed",
        roles=("owner",),
        variables=variables,
        alone=True,
        states=(Stated(Kind.COMPLETION, "ready_by", later, before="former"),),
        subject=N_("Your {product} takes longer: ready by {ready_by}"),
        body=N_(
            "{name}, we had said that your {product} ({number}) would be ready by {former}. That does not hold, and we "
            "are sorry. Why: {reason}.\n\n"
            "It is now ready by {ready_by}. If it takes longer still, we tell you before then.\n\n"
            "If that is too late for you, tell us: we look for a quicker way with you, or give it back as it is."
        ),
        sms=N_("sorry: ready not by {former}, but by {ready_by}. Why, and your choices: {link}"),
        whatsapp=N_(
            "We had said that your {product} would be ready by {former}. That does not hold, and we are sorry. "
            "Why: {reason}.\n\n"
            "It is now ready by *{ready_by}*. If it takes longer still, we tell you before then.\n\n"
            "If that is too late for you, tell us: we look for a quicker way with you, or give it back as it is."
        ),
        voice=N_(
            "We had said that your {product} would be ready by {former}. That does not hold, and we are sorry. "
            "Why: {reason}. It is now ready by {ready_by}. If that is too late for you, call us: we look for a quicker "
            "way with you, or give it back as it is."
        ),
        push=N_("We are sorry. Ready by {ready_by}, not by {former}. If that is too late for you, tell us."),
    ),
)
