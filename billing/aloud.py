"""How an estimate is read on the telephone, before it is answered there."""

from uuid import UUID

from aftersales.auth import repository as auth
from aftersales.i18n import N_, format_instant, translator
from aftersales.i18n.brief import spoken_money
from aftersales.module import Aloud
from aftersales.work import Work
from billing.estimates import repository as estimates
from billing.estimates.rules import line_total

KINDS = {"parts": N_("Part"), "labour": N_("Labour"), "visit": N_("Visit")}
_LINE = N_("{kind}, {what}: {amount}.")
_SUM = N_("Together, with tax: {amount}. This price is good until {until}.")
_NO = N_(
    "If you say no, we do not repair it, you owe nothing for the repair, and we call you about what else can be done."
)


async def what_for(work: Work, estimate_id: UUID, language: str) -> str:
    """Each line with its price before tax, and what all of it comes to."""
    translate = translator(language).gettext
    found = await estimates.estimate(work.session, work.scope, estimate_id)
    branch = await auth.branch(work.session, work.scope, found.branch_id)
    lines = [
        translate(_LINE).format(
            kind=translate(KINDS[line.kind]), what=line.description, amount=spoken_money(line_total(line), language)
        )
        for line in found.lines
    ]
    until = format_instant(found.valid_until, branch.timezone, language) if found.valid_until else ""
    return " ".join([*lines, translate(_SUM).format(amount=spoken_money(found.total, language), until=until)])


async def saying_no(work: Work, estimate_id: UUID, language: str) -> str:  # noqa: ARG001 - the shape
    """What follows from a no."""
    return translator(language).gettext(_NO)


YES = Aloud(
    ask=N_("To say yes and have it repaired, press {key}."),
    done=N_("Thank you. You have said yes, and the repair begins."),
    about=what_for,
)
NO = Aloud(
    ask=N_("To say no, press {key}."),
    done=N_("Thank you. You have said no: we do not repair it, and we will call you about your choices."),
    about=saying_no,
)
