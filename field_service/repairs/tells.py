"""What customers are told while a repair is under way. Of money billing speaks; of the way, visits do."""

from collections.abc import Mapping

from aftersales.i18n import N_, translator
from aftersales.module import Posted, Tell
from aftersales.told import Stated
from aftersales.work import Work
from field_service import labels
from field_service.repairs import repository

NEXT_WORD = (Stated("next_update", "next_word"),)
_FAULT = N_("The fault: {fault}. The cause: {cause}.")


async def variables(work: Work, posted: Posted, language: str) -> Mapping[str, str]:
    """The finding, as a sentence; empty where nothing has been recorded."""
    repair = await repository.repair(work.session, work.scope, posted.document_id)
    translate = translator(language).gettext
    fault = labels.FAULTS.get(repair.fault_code or "")
    cause = labels.CAUSES.get(repair.cause_code or "")
    if fault is None or cause is None:
        return {"finding": ""}
    return {"finding": translate(_FAULT).format(fault=translate(fault), cause=translate(cause.label))}


TELLS = (
    Tell(
        machine="repair_order",
        text="repair_order.diagnosing",
        to="diagnosing",
        variables=variables,
        states=NEXT_WORD,
        subject=N_("We are looking for the fault in your {product}"),
        body=N_(
            "{name}, your {product} is at {centre}. Our engineer is looking for the fault.\n\nWe write to you as soon "
            "as we know it, before anything is done that costs money.\n\nYou hear from us again by {next_word}, also "
            "if nothing is new."
        ),
        sms=N_(
            "your {product} is at our centre and we are looking for the fault. You hear from us again by {next_word}: "
            "{link}"
        ),
        whatsapp=N_(
            "Your {product} is at {centre}. Our engineer is looking for the fault.\n\nWe tell you as soon as we know "
            "it, before anything is done that costs money.\n\nYou hear from us again by {next_word}, also if nothing "
            "is new."
        ),
        voice=N_(
            "Your {product} is at {centre}. Our engineer is looking for the fault. We tell you as soon as we know it, "
            "before anything is done that costs money. You hear from us again by {next_word}, also if nothing is new."
        ),
        push=N_(
            "We tell you what is wrong before anything is done that costs money. You hear from us again by {next_word}."
        ),
    ),
    Tell(
        machine="repair_order",
        text="repair_order.estimating",
        to="estimating",
        variables=variables,
        states=NEXT_WORD,
        subject=N_("We know what is wrong with your {product}"),
        body=N_(
            "{name}, we know what is wrong with your {product}. {finding}\n\nWe are working out what the repair costs "
            "and send it to you. Nothing is repaired before you say yes.\n\nYou hear from us again by {next_word}, "
            "also if nothing is new."
        ),
        sms=N_(
            "we know what is wrong with your {product} and are working out what the repair costs. You hear from us "
            "again by {next_word}: {link}"
        ),
        whatsapp=N_(
            "We know what is wrong with your {product}. {finding}\n\nWe are working out what the repair costs and tell "
            "you. Nothing is repaired before you say yes.\n\nYou hear from us again by {next_word}, also if nothing is "
            "new."
        ),
        voice=N_(
            "We know what is wrong with your {product}. {finding} We are working out what the repair costs and tell "
            "you. Nothing is repaired before you say yes. You hear from us again by {next_word}, also if nothing is "
            "new."
        ),
        push=N_(
            "We are working out what the repair costs. Nothing is repaired before you say yes. You hear from us again "
            "by {next_word}."
        ),
    ),
    Tell(
        machine="repair_order",
        text="repair_order.awaiting_parts",
        to="awaiting_parts",
        variables=variables,
        states=NEXT_WORD,
        subject=N_("Your {product} waits for a part"),
        body=N_(
            "{name}, the repair of your {product} waits for a part that we have ordered.\n\nWe go on as soon as it is "
            "here, and write to you then.\n\nYou hear from us again by {next_word}, also if nothing is new."
        ),
        sms=N_(
            "the repair of your {product} waits for a part that we have ordered. You hear from us again by "
            "{next_word}: {link}"
        ),
        whatsapp=N_(
            "The repair of your {product} waits for a part that we have ordered.\n\nWe go on as soon as it is here, "
            "and tell you then.\n\nYou hear from us again by {next_word}, also if nothing is new."
        ),
        voice=N_(
            "The repair of your {product} waits for a part that we have ordered. We go on as soon as it is here, and "
            "tell you then. You hear from us again by {next_word}, also if nothing is new."
        ),
        push=N_("We have ordered the part and go on as soon as it is here. You hear from us again by {next_word}."),
    ),
    Tell(
        machine="repair_order",
        text="repair_order.in_repair_by",
        to="in_repair",
        variables=variables,
        alone=True,
        states=(Stated("completion", "ready_by"),),
        subject=N_("Your {product} is being repaired: ready by {ready_by}"),
        body=N_(
            "{name}, your {product} is being repaired.\n\nIt is ready by {ready_by} at the latest. If it should take "
            "longer, we tell you before then, and why."
        ),
        sms=N_("your {product} is being repaired, ready by {ready_by} at the latest. Follow it: {link}"),
        whatsapp=N_(
            "Your {product} is being repaired.\n\nIt is ready by *{ready_by}* at the latest. If it should take longer, "
            "we tell you before then, and why."
        ),
        voice=N_(
            "Your {product} is being repaired. It is ready by {ready_by} at the latest. If it should take longer, we "
            "tell you before then, and why."
        ),
        push=N_("It is ready by {ready_by} at the latest."),
    ),
    Tell(
        machine="repair_order",
        text="repair_order.in_repair",
        to="in_repair",
        variables=variables,
        states=NEXT_WORD,
        subject=N_("Your {product} is being repaired"),
        body=N_(
            "{name}, your {product} is being repaired.\n\nWe write to you when it is ready.\n\nYou hear from us again "
            "by {next_word}, also if nothing is new."
        ),
        sms=N_("your {product} is being repaired. You hear from us again by {next_word}: {link}"),
        whatsapp=N_(
            "Your {product} is being repaired.\n\nWe tell you when it is ready.\n\nYou hear from us again by "
            "{next_word}, also if nothing is new."
        ),
        voice=N_(
            "Your {product} is being repaired. We tell you when it is ready. You hear from us again by {next_word}, "
            "also if nothing is new."
        ),
        push=N_("We tell you when it is ready. You hear from us again by {next_word}."),
    ),
    Tell(
        machine="repair_order",
        text="repair_order.at_vendor",
        to="at_vendor",
        variables=variables,
        states=NEXT_WORD,
        subject=N_("Your {product} goes to the manufacturer's workshop"),
        body=N_(
            "{name}, your {product} needs the manufacturer's own workshop. We send it there and fetch it back: you "
            "need do nothing.\n\nWe write to you when it is with us again.\n\nYou hear from us again by {next_word}, "
            "also if nothing is new."
        ),
        sms=N_(
            "your {product} goes to the manufacturer's workshop. We send it and fetch it back. You hear from us again "
            "by {next_word}: {link}"
        ),
        whatsapp=N_(
            "Your {product} needs the manufacturer's own workshop. We send it there and fetch it back: you need do "
            "nothing.\n\nWe tell you when it is with us again.\n\nYou hear from us again by {next_word}, also if "
            "nothing is new."
        ),
        voice=N_(
            "Your {product} needs the manufacturer's own workshop. We send it there and fetch it back. You need do "
            "nothing. We tell you when it is with us again. You hear from us again by {next_word}, also if nothing is "
            "new."
        ),
        push=N_("We send it there and fetch it back. You need do nothing. You hear from us again by {next_word}."),
    ),
)
