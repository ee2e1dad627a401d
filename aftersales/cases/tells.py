"""What customers are told about their case. The kernel adds the link and the phone where a text names neither."""

from aftersales.i18n import N_
from aftersales.module import Tell

TELLS = (
    Tell(
        machine="case",
        text="case.received",
        to="received",
        roles=("owner", "caller"),
        subject=N_("We have received your request {number}"),
        body=N_(
            "{name}, we have received your request about your {product}. Its number is {number}.\n\n"
            "{owner} looks after it from now on, and we write to you as soon as the next step is fixed."
        ),
    ),
    Tell(
        machine="case",
        text="case.resolved",
        to="resolved",
        roles=("owner",),
        subject=N_("The work on your {product} is complete"),
        body=N_(
            "{name}, the work on your {product} is complete. Please try it out over the next days.\n\n"
            "{owner} will call you to ask whether everything works as it should. If anything is wrong before that, "
            "tell us: you need not make a new request, {number} stays yours."
        ),
    ),
    Tell(
        machine="case",
        text="case.closed",
        to="closed",
        roles=("owner",),
        subject=N_("Your request {number} is closed"),
        body=N_(
            "{name}, your request {number} about your {product} is now closed.\n\n"
            "If the same trouble comes back, write to us or call, and we open it again. You need not tell the story "
            "a second time."
        ),
    ),
    Tell(
        machine="case",
        text="case.reopened",
        to="reopened",
        roles=("owner",),
        subject=N_("We have opened your request {number} again"),
        body=N_(
            "{name}, we have opened your request {number} again. Sorry: your {product} should have been in order the "
            "first time.\n\n{owner} looks into it now, and we write to you what happens next."
        ),
    ),
    Tell(
        machine="case",
        text="case.cancel_pending",
        to="cancel_pending",
        roles=("owner", "caller"),
        subject=N_("Your request {number} is about to be cancelled"),
        body=N_(
            "{name}, we are about to cancel your request {number} about your {product}.\n\n"
            "If you still want the service, tell us now and we go on with it. Otherwise you need do nothing: {owner} "
            "confirms the cancellation, and you hear from us once more."
        ),
    ),
    Tell(
        machine="case",
        text="case.cancelled",
        to="cancelled",
        roles=("owner", "caller"),
        subject=N_("Your request {number} is cancelled"),
        body=N_(
            "{name}, your request {number} about your {product} is cancelled, and we do no more work on it.\n\n"
            "If you need us again, write or call: we are glad to help."
        ),
    ),
)
