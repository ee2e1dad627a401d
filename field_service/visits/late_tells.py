"""What customers are told when a time that was promised is over and nobody has come."""

from collections.abc import Mapping

from aftersales.i18n import N_
from aftersales.module import Posted, Tell
from aftersales.told import Stated
from aftersales.work import Work
from field_service.visits.tells import AT_HOME, variables

_NEXT_WORD = (Stated("next_update", "next_word"),)


async def missed(work: Work, posted: Posted, language: str) -> Mapping[str, str]:
    """What `variables` answers, with the window as the time that was promised and is over."""
    words = await variables(work, posted, language)
    return {**words, "former": words["window"], "former_short": words["window_short"]}


TELLS = (
    Tell(
        machine="visit",
        text="visit.missed",
        to="missed",
        roles=AT_HOME,
        variables=missed,
        alone=True,
        states=_NEXT_WORD,
        subject=N_("We did not come, and we are sorry"),
        body=N_(
            "{name}, we had said that we come to you about your {product} ({number}): {former}. We did not, and we are "
            "sorry: you waited for nothing.\n\n"
            "You need not stay at home for us now. {owner} will call you to agree on a new time that we keep, and you "
            "hear from us by {next_word} in any case.\n\n"
            "If you would rather choose the time yourself or do not want us to come, tell us."
        ),
        sms=N_("sorry, we did not come on {former}. You hear from us by {next_word}. To choose a new time: {link}"),
        whatsapp=N_(
            "We had said that we come to you about your {product}: {former}. We did not, and we are sorry: you waited "
            "for nothing.\n\n"
            "You need not stay at home for us now. {owner} will call you to agree on a new time that we keep, and you "
            "hear from us by *{next_word}* in any case.\n\n"
            "If you would rather choose the time yourself or do not want us to come, tell us."
        ),
        voice=N_(
            "We had said that we come to you about your {product}: {former}. We did not, and we are sorry: you "
            "waited for nothing. You need not stay at home for us now. {owner} will call you to agree on a new time, "
            "and you hear from us by {next_word} in any case. If you do not want us to come, call us."
        ),
        push=N_("You waited for nothing. You hear from us by {next_word}. To choose a new time, tell us."),
    ),
    Tell(
        machine="visit",
        text="visit.late",
        event="late",
        roles=AT_HOME,
        variables=missed,
        urgent=True,
        alone=True,
        states=_NEXT_WORD,
        subject=N_("{technician} comes later than we said"),
        body=N_(
            "{name}, we had said that we are with you about your {product} ({number}): {former}. {technician} is on "
            "the way but not with you yet, and we are sorry that you wait.\n\n"
            "If nobody comes, you hear from us by {next_word}. If it is too late for you now, tell us, and we come "
            "on another day."
        ),
        sms=N_("sorry, later than {former}, but on the way. You hear from us by {next_word}. Too late for you? {link}"),
        whatsapp=N_(
            "We had said that we are with you about your {product}: {former}. {technician} is on the way but not "
            "with you yet, and we are sorry that you wait.\n\n"
            "If nobody comes, you hear from us by *{next_word}*. If it is too late for you now, tell us, and we come "
            "on another day."
        ),
        voice=N_(
            "We had said that we are with you about your {product}: {former}. {technician} is on the way but not "
            "with you yet, and we are sorry that you wait. If nobody comes, you hear from us by {next_word}. If it is "
            "too late for you now, call us, and we come on another day."
        ),
        push=N_("Still on the way, and we are sorry. You hear from us by {next_word}. Too late for you? Tell us."),
    ),
)
