"""What customers are told about repairs. Of money billing speaks; of the way, visits do."""

from collections.abc import Mapping

from aftersales.i18n import N_, translator
from aftersales.module import Posted, Tell
from aftersales.work import Work
from field_service.repairs import repository, rules

_FAULT = N_("The fault: {fault}. The cause: {cause}.")


async def variables(work: Work, posted: Posted, language: str) -> Mapping[str, str]:
    """The finding, as a sentence; empty where nothing has been recorded."""
    repair = await repository.repair(work.session, work.scope, posted.document_id)
    translate = translator(language).gettext
    fault = rules.FAULTS.get(repair.fault_code or "")
    cause = rules.CAUSES.get(repair.cause_code or "")
    if fault is None or cause is None:
        return {"finding": ""}
    return {"finding": translate(_FAULT).format(fault=translate(fault), cause=translate(cause.label))}


def _tell(to: str, subject: str, body: str) -> Tell:
    return Tell(
        machine="repair_order", text=f"repair_order.{to}", to=to, subject=subject, body=body, variables=variables
    )


TELLS = (
    _tell(
        "diagnosing",
        N_("We are finding the fault of your {product}"),
        N_(
            "{name}, your {product} is on the bench at {centre}. Our engineer is finding the fault.\n\n"
            "We write to you as soon as we know it, before anything is done that costs money."
        ),
    ),
    _tell(
        "estimating",
        N_("We know what is wrong with your {product}"),
        N_(
            "{name}, we know what is wrong with your {product}. {finding}\n\n"
            "We are working out what the repair costs and send it to you. Nothing is repaired before you say yes."
        ),
    ),
    _tell(
        "awaiting_parts",
        N_("Your {product} waits for a part"),
        N_(
            "{name}, the repair of your {product} waits for a part that we have ordered.\n\n"
            "We go on as soon as it is here, and write to you then."
        ),
    ),
    _tell(
        "in_repair",
        N_("Your {product} is being repaired"),
        N_("{name}, your {product} is on the bench and being repaired.\n\nWe write to you when it is ready."),
    ),
    _tell(
        "at_vendor",
        N_("Your {product} goes to the manufacturer's workshop"),
        N_(
            "{name}, your {product} needs the manufacturer's own workshop. We send it there and fetch it back: "
            "you need do nothing.\n\nWe write to you when it is with us again."
        ),
    ),
    _tell(
        "ready",
        N_("Your {product} is ready"),
        N_(
            "{name}, your {product} is ready at {centre}.\n\n"
            "We bring it to you and write when; if you would rather fetch it yourself, tell us."
        ),
    ),
    _tell(
        "no_trouble_found",
        N_("We could not find a fault in your {product}"),
        N_(
            "{name}, we have tested your {product} and it ran without a fault.\n\n"
            "{owner} will call you: tell them when and how the trouble shows, so that we can look again."
        ),
    ),
    _tell(
        "beyond_economical_repair",
        N_("A repair of your {product} would cost too much"),
        N_(
            "{name}, we are sorry: a repair of your {product} would cost more than it is worth. {finding}\n\n"
            "{owner} will call you with the choices you have. Nothing is done before you choose."
        ),
    ),
    _tell(
        "unrepairable",
        N_("Your {product} cannot be repaired"),
        N_(
            "{name}, we are sorry: your {product} cannot be repaired. {finding}\n\n"
            "{owner} will call you with the choices you have. Nothing is done before you choose."
        ),
    ),
    _tell(
        "options_offered",
        N_("Your choices for your {product}"),
        N_(
            "{name}, this is how it can go on with your {product}: we bring it back as it is, or you get another one "
            "on terms that we tell you.\n\nAnswer on your page or call us. We wait for your word."
        ),
    ),
    _tell(
        "transit_damage",
        N_("Your {product} was damaged while it was with us"),
        N_(
            "{name}, your {product} was damaged on the way. That is our fault and we are sorry.\n\n"
            "We put it right at our cost. {owner} will call you today."
        ),
    ),
    _tell(
        "replaced",
        N_("You get another unit for your {product}"),
        N_("{name}, in place of your {product} you get another one.\n\nWe write to you when it comes."),
    ),
    _tell(
        "disposed",
        N_("Your {product} has been disposed of"),
        N_(
            "{name}, your {product} waited at {centre} longer than we may keep it, and has been disposed of.\n\n"
            "If you think this is wrong, call us."
        ),
    ),
    _tell(
        "cancelled",
        N_("The repair of your {product} is cancelled"),
        N_(
            "{name}, the repair of your {product} is cancelled, and we do no work on it.\n\n"
            "If you want it after all, tell us."
        ),
    ),
)
