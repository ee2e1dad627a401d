"""What customers are told about their registrations: they count, they do not, somebody is to take them over."""

from collections.abc import Mapping

from aftersales.i18n import N_, translator
from aftersales.module import Posted, Tell
from aftersales.status.models import StatusNote
from aftersales.told import Paper
from aftersales.work import Work
from warranty.service import certificates


async def why(work: Work, posted: Posted, language: str) -> Mapping[str, str]:  # noqa: ARG001 - staff wrote it
    """`{reason}`: why, in the words of whoever decided."""
    note = await work.session.get(StatusNote, (posted.stream_id, posted.version))
    return {"reason": note.text if note is not None else ""}


WHY_NOT: Mapping[str, str] = {
    "declined": N_("One of you did not agree."),
    "lapsed": N_("Within 30 days not both of you had agreed."),
    "withdrawn": N_("The request was taken back."),
}
"""Why a warranty has not passed on, by where its transfer stands."""


async def why_not(work: Work, posted: Posted, language: str) -> Mapping[str, str]:  # noqa: ARG001 - the entry says it
    """`{why}`: a sentence, for either of the two."""
    how = posted.to_status or str(posted.data["how"])
    return {"why": translator(language).gettext(WHY_NOT[how])}


_ACTIVE = N_(
    "Your {product} is now registered under {number}. Your warranty certificate is on your page, ready to save or "
    "print. If something breaks, show it or just call us."
)
_VOID = N_(
    "We could not accept the registration {number} of your {product}: {reason} Your warranty itself does not depend on "
    "a registration. If you do not agree or have another proof, please call us."
)
_GIVING = N_(
    "We were told that your {product} has a new owner. Its warranty passes on only if you agree. Please say yes or no "
    "on your page within 30 days. Until then nothing changes."
)
_TAKING = N_(
    "You have been named to take over a {product} with what is left of its warranty. Please say yes or no on your page "
    "within 30 days. Once both owners have agreed, it is registered in your name."
)
_PASSED = N_(
    "The warranty of your {product} has passed to its new owner, as you both agreed. Your registration {number} has "
    "ended. There is nothing left for you to do. If this is a mistake, please call us."
)
_STAYS = N_(
    "The warranty of your {product} stays with you. {why} Your registration {number} goes on as before. If the "
    "{product} has a new owner all the same, please call us, and we ask both of you again."
)
_NOT_YOURS = N_(
    "The warranty of the {product} has not passed to you. {why} There is nothing you need to do. If the {product} is "
    "yours all the same, please call us, and we ask both of you again."
)


def _not_taken(status: str) -> Tell:
    """For whoever was to take it over; the words are the same however it ended."""
    return Tell(
        machine="warranty_transfer",
        text=f"warranty.transfer_{status}",
        to=status,
        variables=why_not,
        subject=N_("The warranty of the {product} has not passed to you"),
        body=N_(
            "{name}, the warranty of the {product} has not passed to you. {why}\n\nThere is nothing you need to do. If "
            "the {product} is yours all the same, please call us, and we ask both of you again."
        ),
        sms=N_("the warranty of the {product} has not passed to you. There is nothing you need to do. Details: {link}"),
        whatsapp=_NOT_YOURS,
        voice=_NOT_YOURS,
        push=N_("There is nothing you need to do. If it is yours all the same, please call us."),
    )


TELLS = (
    Tell(
        machine="warranty_registration",
        text="warranty.registered",
        to="active",
        subject=N_("Your {product} is registered"),
        body=N_(
            "{name}, your {product} is now registered under {number}.\n\nYour warranty certificate is on your page, "
            "ready to save or print. If something breaks, show it or just call us."
        ),
        sms=N_("your {product} is registered under {number}. Your warranty certificate: {link}"),
        whatsapp=_ACTIVE,
        voice=_ACTIVE,
        push=N_("Your warranty certificate is ready on your page."),
        paper=Paper("warranty", certificates.certificate),
        alone=True,
    ),
    Tell(
        machine="warranty_registration",
        text="warranty.registration_refused",
        to="void",
        variables=why,
        alone=True,
        subject=N_("We could not register your {product}"),
        body=N_(
            "{name}, we are sorry: we could not accept the registration {number} of your {product}. {reason}\n\nYour "
            "warranty itself does not depend on a registration. If you do not agree or have another proof, please call "
            "us."
        ),
        sms=N_("we could not accept the registration of your {product} ({number}). Why, and what helps: {link}"),
        whatsapp=_VOID,
        voice=_VOID,
        push=N_("Your page says why. Your warranty itself does not depend on it."),
    ),
    Tell(
        machine="warranty_registration",
        text="warranty.transfer_asked",
        event="transfer_asked",
        alone=True,
        subject=N_("May the warranty of your {product} pass to its new owner?"),
        body=N_(
            "{name}, we were told that your {product} has a new owner. Its warranty passes on only if you agree.\n\n"
            "Please say yes or no on your page within 30 days. Until then nothing changes."
        ),
        sms=N_("may the warranty of your {product} pass to a new owner? Please say yes or no within 30 days: {link}"),
        whatsapp=_GIVING,
        voice=_GIVING,
        push=N_("Please say yes or no on your page within 30 days. Until then nothing changes."),
    ),
    Tell(
        machine="warranty_transfer",
        text="warranty.transfer_offered",
        to="asked",
        alone=True,
        subject=N_("Do you take over the warranty of the {product}?"),
        body=N_(
            "{name}, you have been named to take over a {product} with what is left of its warranty.\n\nPlease say yes "
            "or no on your page within 30 days. Once both owners have agreed, it is registered in your name."
        ),
        sms=N_("do you take over a {product} with its warranty? Please say yes or no within 30 days: {link}"),
        whatsapp=_TAKING,
        voice=_TAKING,
        push=N_("Please say yes or no on your page within 30 days. Until then nothing changes."),
    ),
    Tell(
        machine="warranty_registration",
        text="warranty.transferred",
        to="transferred",
        subject=N_("The warranty of your {product} has passed on"),
        body=N_(
            "{name}, the warranty of your {product} has passed to its new owner, as you both agreed. Your registration "
            "{number} has ended.\n\nThere is nothing left for you to do. If this is a mistake, please call us."
        ),
        sms=N_(
            "the warranty of your {product} has passed to its new owner. Your registration {number} has ended. "
            "Details: {link}"
        ),
        whatsapp=_PASSED,
        voice=_PASSED,
        push=N_("Your registration has ended. There is nothing left for you to do."),
    ),
    Tell(
        machine="warranty_registration",
        text="warranty.transfer_ended",
        event="transfer_ended",
        variables=why_not,
        subject=N_("The warranty of your {product} stays with you"),
        body=N_(
            "{name}, the warranty of your {product} stays with you. {why} Your registration {number} goes on as "
            "before.\n\nIf the {product} has a new owner all the same, please call us, and we ask both of you again."
        ),
        sms=N_("the warranty of your {product} has not passed on and stays with you. Details: {link}"),
        whatsapp=_STAYS,
        voice=_STAYS,
        push=N_("Your registration goes on as before."),
    ),
    *(_not_taken(status) for status in WHY_NOT),
)
