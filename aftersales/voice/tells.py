"""What customers are told of a call that we have promised."""

from datetime import datetime

from aftersales.i18n import N_
from aftersales.module import Posted, Tell
from aftersales.ports.promises import Span
from aftersales.promises.rules import minute
from aftersales.told import Stated
from aftersales.work import Work

CALL_BACK = "call_back"


async def promised(_work: Work, posted: Posted) -> Span | None:
    """By when we call, as the change says."""
    by = posted.data.get("by")
    return None if by is None else Span(CALL_BACK, None, minute(datetime.fromisoformat(str(by))), "hours")


TELLS = (
    Tell(
        machine="case",
        text="case.call_promised",
        event="call_asked",
        roles=("owner", "caller"),
        alone=True,
        states=(Stated(CALL_BACK, "call_by", promised),),
        subject=N_("We will call you by {call_by}"),
        body=N_(
            "{name}, we will call you about your {product} ({number}) by {call_by}.\n\n"
            "You need do nothing. If another number or time suits you better, write to us."
        ),
        sms=N_("we will call you about your {product} by {call_by}. Another number or time: {link}"),
        whatsapp=N_(
            "We will call you about your {product} by *{call_by}*.\n\n"
            "You need do nothing. If another number or time suits you better, tell us."
        ),
        voice=N_("We will call you about your {product} by {call_by}. You need do nothing."),
        push=N_("We will call you by {call_by}."),
    ),
)
