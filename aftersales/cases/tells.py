"""What customers are told about their case. The kernel adds the link and the phone where a text names neither."""

from aftersales.i18n import N_
from aftersales.module import Tell
from aftersales.told import Stated

_NEXT_WORD = (Stated("next_update", "next_word"),)

TELLS = (
    Tell(
        machine="case",
        text="case.received",
        to="received",
        roles=("owner", "caller"),
        alone=True,
        states=_NEXT_WORD,
        subject=N_("We have received your request {number}"),
        body=N_(
            "{name}, we have received your request about your {product}. Its number is {number}.\n\n"
            "{owner} looks after it from now on, and we write to you as soon as the next step is fixed.\n\n"
            "You hear from us again by {next_word}, also if nothing is new."
        ),
        sms=N_("we have your request {number}. You hear from us again by {next_word}. Follow it: {link}"),
        whatsapp=N_(
            "We have received your request about your {product}. Its number is *{number}*.\n\n"
            "{owner} looks after it from now on and tells you the next step as soon as it is fixed.\n\n"
            "You hear from us again by {next_word}, also if nothing is new."
        ),
        voice=N_(
            "We have received your request about your {product}. {owner} looks after it from now on. "
            "We tell you the next step as soon as it is fixed. "
            "You hear from us again by {next_word}, also if nothing is new."
        ),
        push=N_("{owner} looks after it. You hear from us again by {next_word}."),
    ),
    Tell(
        machine="case",
        text="case.no_news",
        event="no_news",
        roles=("owner", "caller"),
        alone=True,
        idle=True,
        states=_NEXT_WORD,
        subject=N_("No news yet about your {product}"),
        body=N_(
            "{name}, there is no news about your {product} yet. {owner} is working on it.\n\nYou hear from us again by "
            "{next_word}, also if nothing is new."
        ),
        sms=N_("there is no news about your {product} yet. You hear from us again by {next_word}. See {link}"),
        whatsapp=N_(
            "There is no news about your {product} yet. {owner} is working on it.\n\nYou hear from us again by "
            "{next_word}, also if nothing is new."
        ),
        voice=N_(
            "There is no news about your {product} yet. {owner} is working on it. You hear from us again by "
            "{next_word}, also if nothing is new."
        ),
        push=N_("We are working on it. You hear from us again by {next_word}."),
    ),
    Tell(
        machine="case",
        text="case.resolved",
        to="resolved",
        roles=("owner",),
        subject=N_("The work on your {product} is complete"),
        body=N_(
            "{name}, the work on your {product} is complete. Please try it out over the next days.\n\n{owner} will "
            "call you to ask whether everything works as it should. If anything is wrong before that, tell us: you "
            "need not make a new request, your number {number} stays the same."
        ),
        sms=N_("the work on your {product} ({number}) is complete. Please try it out. Anything wrong? See {link}"),
        whatsapp=N_(
            "The work on your {product} is complete. Please try it out over the next days.\n\n"
            "{owner} will call you to ask whether everything works. If anything is wrong before that, tell us: "
            "your number *{number}* stays the same."
        ),
        voice=N_(
            "The work on your {product} is complete. Please try it out over the next days. "
            "{owner} will call you to ask whether everything works as it should."
        ),
        push=N_("Please try it out. We will call to ask whether everything works."),
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
        sms=N_("your request {number} about your {product} is closed. If the trouble comes back, we reopen it: {link}"),
        whatsapp=N_(
            "Your request *{number}* about your {product} is now closed.\n\n"
            "If the same trouble comes back, tell us and we open it again. You need not tell the story a second time."
        ),
        voice=N_(
            "Your request about your {product} is now closed. If the same trouble comes back, call us, "
            "and we open it again."
        ),
        push=N_("If the same trouble comes back, tell us and we open it again."),
    ),
    Tell(
        machine="case",
        text="case.reopened",
        to="reopened",
        roles=("owner",),
        states=_NEXT_WORD,
        subject=N_("We have opened your request {number} again"),
        body=N_(
            "{name}, we have opened your request {number} again. Sorry: your {product} should have been in order the "
            "first time.\n\n{owner} looks into it now, and we write to you what happens next.\n\nYou hear from us "
            "again by {next_word}, also if nothing is new."
        ),
        sms=N_(
            "we have reopened your request. Sorry that your {product} still gives trouble. You hear from us again by "
            "{next_word}: {link}"
        ),
        whatsapp=N_(
            "We have opened your request *{number}* again. We are sorry: your {product} should have been in order the "
            "first time.\n\n{owner} looks into it now and tells you what happens next.\n\nYou hear from us again by "
            "{next_word}, also if nothing is new."
        ),
        voice=N_(
            "We have opened your request about your {product} again. We are sorry: it should have been in order the "
            "first time. {owner} looks into it now, and we tell you what happens next. You hear from us again by "
            "{next_word}, also if nothing is new."
        ),
        push=N_("Sorry that the trouble is back. {owner} looks into it now. You hear from us again by {next_word}."),
    ),
    Tell(
        machine="case",
        text="case.cancel_pending",
        to="cancel_pending",
        roles=("owner", "caller"),
        alone=True,
        subject=N_("Your request {number} is about to be cancelled"),
        body=N_(
            "{name}, we are about to cancel your request {number} about your {product}.\n\n"
            "If you still want the service, tell us now and we go on with it. Otherwise you need do nothing: {owner} "
            "confirms the cancellation, and you hear from us once more."
        ),
        sms=N_("we are about to cancel your request {number} for your {product}. If you still want it: {link}"),
        whatsapp=N_(
            "We are about to cancel your request *{number}* about your {product}.\n\n"
            "If you still want the service, tell us now and we go on with it. Otherwise you need do nothing."
        ),
        voice=N_(
            "We are about to cancel your request about your {product}. If you still want the service, tell us now, "
            "and we go on with it. Otherwise you need do nothing."
        ),
        push=N_("If you still want the service, tell us now. Otherwise you need do nothing."),
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
        sms=N_("your request {number} for your {product} is cancelled. We do no more work on it. Details: {link}"),
        whatsapp=N_(
            "Your request *{number}* about your {product} is cancelled, and we do no more work on it.\n\n"
            "If you need us again, write to us: we are glad to help."
        ),
        voice=N_(
            "Your request about your {product} is cancelled, and we do no more work on it. "
            "If you need us again, call us: we are glad to help."
        ),
        push=N_("We do no more work on it. If you need us again, we are glad to help."),
    ),
)
