"""What customers are told about repairs. Of money billing speaks; of the way, visits do."""

from collections.abc import Mapping

from aftersales.i18n import N_, translator
from aftersales.module import Posted, Stated, Tell
from aftersales.work import Work
from field_service import labels
from field_service.repairs import repository

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
        subject=N_("We are finding the fault of your {product}"),
        body=N_(
            "{name}, your {product} is on the bench at {centre}. Our engineer is finding the fault.\n\nWe "
            "write to you as soon as we know it, before anything is done that costs money."
        ),
        sms=N_(
            "your {product} ({number}) is at our centre and we are finding the fault. Next you hear what is "
            "wrong: {link}"
        ),
        whatsapp=N_(
            "Your {product} is on the bench at {centre}. Our engineer is finding the fault.\n\nWe tell you as "
            "soon as we know it, before anything is done that costs money."
        ),
        voice=N_(
            "Your {product} is on the bench at {centre}. Our engineer is finding the fault. We tell you as "
            "soon as we know it, before anything is done that costs money."
        ),
        push=N_("We tell you what is wrong before anything is done that costs money."),
    ),
    Tell(
        machine="repair_order",
        text="repair_order.estimating",
        to="estimating",
        variables=variables,
        subject=N_("We know what is wrong with your {product}"),
        body=N_(
            "{name}, we know what is wrong with your {product}. {finding}\n\nWe are working out what the "
            "repair costs and send it to you. Nothing is repaired before you say yes."
        ),
        sms=N_(
            "we know what is wrong with your {product} ({number}) and are working out what the repair costs. "
            "Details: {link}"
        ),
        whatsapp=N_(
            "We know what is wrong with your {product}. {finding}\n\nWe are working out what the repair costs "
            "and tell you. Nothing is repaired before you say yes."
        ),
        voice=N_(
            "We know what is wrong with your {product}. {finding} We are working out what the repair costs and "
            "tell you. Nothing is repaired before you say yes."
        ),
        push=N_("We are working out what the repair costs. Nothing is repaired before you say yes."),
    ),
    Tell(
        machine="repair_order",
        text="repair_order.awaiting_parts",
        to="awaiting_parts",
        variables=variables,
        subject=N_("Your {product} waits for a part"),
        body=N_(
            "{name}, the repair of your {product} waits for a part that we have ordered.\n\nWe go on as soon "
            "as it is here, and write to you then."
        ),
        sms=N_(
            "the repair of your {product} ({number}) waits for a part that we have ordered. We go on when it "
            "is here: {link}"
        ),
        whatsapp=N_(
            "The repair of your {product} waits for a part that we have ordered.\n\nWe go on as soon as it is "
            "here, and tell you then."
        ),
        voice=N_(
            "The repair of your {product} waits for a part that we have ordered. We go on as soon as it is "
            "here, and tell you then."
        ),
        push=N_("We have ordered the part and go on as soon as it is here."),
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
            "{name}, your {product} is on the bench and being repaired.\n\nIt is ready by {ready_by} at the latest. If "
            "it should take longer, we tell you before then, and why."
        ),
        sms=N_("your {product} is being repaired, ready by {ready_by} at the latest. Follow it: {link}"),
        whatsapp=N_(
            "Your {product} is on the bench and being repaired.\n\nIt is ready by *{ready_by}* at the latest. If it "
            "should take longer, we tell you before then, and why."
        ),
        voice=N_(
            "Your {product} is on the bench and being repaired. It is ready by {ready_by} at the latest. If it should "
            "take longer, we tell you before then, and why."
        ),
        push=N_("It is ready by {ready_by} at the latest."),
    ),
    Tell(
        machine="repair_order",
        text="repair_order.in_repair",
        to="in_repair",
        variables=variables,
        subject=N_("Your {product} is being repaired"),
        body=N_("{name}, your {product} is on the bench and being repaired.\n\nWe write to you when it is ready."),
        sms=N_("your {product} ({number}) is being repaired. You hear from us when it is ready. Follow it: {link}"),
        whatsapp=N_("Your {product} is on the bench and being repaired.\n\nWe tell you when it is ready."),
        voice=N_("Your {product} is on the bench and being repaired. We tell you when it is ready."),
        push=N_("We tell you when it is ready."),
    ),
    Tell(
        machine="repair_order",
        text="repair_order.at_vendor",
        to="at_vendor",
        variables=variables,
        subject=N_("Your {product} goes to the manufacturer's workshop"),
        body=N_(
            "{name}, your {product} needs the manufacturer's own workshop. We send it there and fetch it back: "
            "you need do nothing.\n\nWe write to you when it is with us again."
        ),
        sms=N_(
            "your {product} ({number}) goes to the manufacturer's workshop. We send it and fetch it back. "
            "Follow it: {link}"
        ),
        whatsapp=N_(
            "Your {product} needs the manufacturer's own workshop. We send it there and fetch it back: you "
            "need do nothing.\n\nWe tell you when it is with us again."
        ),
        voice=N_(
            "Your {product} needs the manufacturer's own workshop. We send it there and fetch it back. You "
            "need do nothing. We tell you when it is with us again."
        ),
        push=N_("We send it there and fetch it back. You need do nothing."),
    ),
    Tell(
        machine="repair_order",
        text="repair_order.ready",
        to="ready",
        variables=variables,
        subject=N_("Your {product} is ready"),
        body=N_(
            "{name}, your {product} is ready at {centre}.\n\nWe bring it to you and tell you when; if you "
            "would rather fetch it yourself, tell us."
        ),
        sms=N_(
            "your {product} ({number}) is ready. We bring it to you and tell you when. To fetch it yourself: {link}"
        ),
        whatsapp=N_(
            "Your {product} is ready at {centre}.\n\nWe bring it to you and tell you when. If you would rather "
            "fetch it yourself, tell us."
        ),
        voice=N_(
            "Your {product} is ready at {centre}. We bring it to you and tell you when. If you would rather "
            "fetch it yourself, tell us."
        ),
        push=N_("We bring it to you and tell you when. You may also fetch it at {centre}."),
    ),
    Tell(
        machine="repair_order",
        text="repair_order.no_trouble_found",
        to="no_trouble_found",
        variables=variables,
        alone=True,
        subject=N_("We could not find a fault in your {product}"),
        body=N_(
            "{name}, we have tested your {product} and it ran without a fault.\n\n{owner} will call you: tell "
            "them when and how the trouble shows, so that we can look again."
        ),
        sms=N_(
            "we have tested your {product} ({number}) and found no fault. We will call you to ask when it shows: {link}"
        ),
        whatsapp=N_(
            "We have tested your {product} and it ran without a fault.\n\n{owner} will call you: tell them "
            "when and how the trouble shows, so that we can look again."
        ),
        voice=N_(
            "We have tested your {product} and it ran without a fault. {owner} will call you. Please tell them "
            "when and how the trouble shows, so that we can look again."
        ),
        push=N_("{owner} will call you: tell them when and how the trouble shows."),
    ),
    Tell(
        machine="repair_order",
        text="repair_order.beyond_economical_repair",
        to="beyond_economical_repair",
        variables=variables,
        alone=True,
        subject=N_("A repair of your {product} would cost too much"),
        body=N_(
            "{name}, we are sorry: a repair of your {product} would cost more than it is worth. "
            "{finding}\n\n{owner} will call you with the choices you have. Nothing is done before you choose."
        ),
        sms=N_("sorry: a repair of your {product} ({number}) would cost more than it is worth. Your choices: {link}"),
        whatsapp=N_(
            "We are sorry: a repair of your {product} would cost more than it is worth. {finding}\n\n{owner} "
            "will call you with the choices you have. Nothing is done before you choose."
        ),
        voice=N_(
            "We are sorry: a repair of your {product} would cost more than it is worth. {finding} {owner} will "
            "call you with the choices you have. Nothing is done before you choose."
        ),
        push=N_("Sorry. {owner} will call you with your choices. Nothing is done before you choose."),
    ),
    Tell(
        machine="repair_order",
        text="repair_order.unrepairable",
        to="unrepairable",
        variables=variables,
        alone=True,
        subject=N_("Your {product} cannot be repaired"),
        body=N_(
            "{name}, we are sorry: your {product} cannot be repaired. {finding}\n\n{owner} will call you with "
            "the choices you have. Nothing is done before you choose."
        ),
        sms=N_("sorry: your {product} ({number}) cannot be repaired. We will call you. Your choices: {link}"),
        whatsapp=N_(
            "We are sorry: your {product} cannot be repaired. {finding}\n\n{owner} will call you with the "
            "choices you have. Nothing is done before you choose."
        ),
        voice=N_(
            "We are sorry: your {product} cannot be repaired. {finding} {owner} will call you with the choices "
            "you have. Nothing is done before you choose."
        ),
        push=N_("We are sorry. {owner} will call you with the choices you have."),
    ),
    Tell(
        machine="repair_order",
        text="repair_order.options_offered",
        to="options_offered",
        variables=variables,
        alone=True,
        subject=N_("Your choices for your {product}"),
        body=N_(
            "{name}, this is how it can go on with your {product}: we bring it back as it is, or you get "
            "another one on terms that we tell you first.\n\nAnswer on your page or call us. We do nothing "
            "before we have your word."
        ),
        sms=N_(
            "your choices for your {product} ({number}): we bring it back as it is, or you get another one. "
            "Terms: {link}"
        ),
        whatsapp=N_(
            "This is how it can go on with your {product}: we bring it back as it is, or you get another one "
            "on terms that we tell you first.\n\nAnswer here or on your page. We do nothing before we have "
            "your word."
        ),
        voice=N_(
            "This is how it can go on with your {product}: we bring it back as it is, or you get another one "
            "on terms that we tell you first. We do nothing before we have your word."
        ),
        push=N_("We bring it back as it is, or you get another one. We wait for your word."),
    ),
    Tell(
        machine="repair_order",
        text="repair_order.transit_damage",
        to="transit_damage",
        variables=variables,
        alone=True,
        subject=N_("Your {product} was damaged while it was with us"),
        body=N_(
            "{name}, your {product} was damaged on the way. That is our fault and we are sorry.\n\nWe put it "
            "right at our cost. {owner} will call you."
        ),
        sms=N_(
            "your {product} ({number}) was damaged on the way. We are sorry and put it right at our cost. "
            "Details: {link}"
        ),
        whatsapp=N_(
            "Your {product} was damaged on the way. That is our fault and we are sorry.\n\nWe put it right at "
            "our cost. {owner} will call you."
        ),
        voice=N_(
            "Your {product} was damaged on the way. That is our fault, and we are sorry. We put it right at "
            "our cost. {owner} will call you."
        ),
        push=N_("We are sorry, and put it right at our cost. {owner} will call you."),
    ),
    Tell(
        machine="repair_order",
        text="repair_order.replaced",
        to="replaced",
        variables=variables,
        subject=N_("You get another unit for your {product}"),
        body=N_("{name}, in place of your {product} you get another one.\n\nWe write to you when it comes."),
        sms=N_("in place of your {product} ({number}) you get another one. We tell you when it comes. Details: {link}"),
        whatsapp=N_("In place of your {product} you get another one.\n\nWe tell you when it comes."),
        voice=N_("In place of your {product} you get another one. We tell you when it comes."),
        push=N_("We tell you when it comes."),
    ),
    Tell(
        machine="repair_order",
        text="repair_order.unclaimed",
        to="unclaimed",
        variables=variables,
        alone=True,
        subject=N_("Your {product} is waiting for you"),
        body=N_(
            "{name}, your {product} is ready and has been waiting for you at {centre} for some time.\n\nPlease "
            "fetch it, or tell us when we may bring it. We cannot keep it for ever: if nobody fetches "
            "it, we may have to dispose of it."
        ),
        sms=N_(
            "your {product} ({number}) is ready and waits for you at our centre. To fetch it or have it brought: {link}"
        ),
        whatsapp=N_(
            "Your {product} is ready and has been waiting for you at {centre} for some time.\n\nPlease fetch "
            "it, or tell us when we may bring it. We cannot keep it for ever."
        ),
        voice=N_(
            "Your {product} is ready and has been waiting for you at {centre} for some time. Please fetch it, "
            "or tell us when we may bring it. We cannot keep it for ever."
        ),
        push=N_("Please fetch it, or tell us when we may bring it."),
    ),
    Tell(
        machine="repair_order",
        text="repair_order.disposed",
        to="disposed",
        variables=variables,
        subject=N_("Your {product} has been disposed of"),
        body=N_(
            "{name}, your {product} waited at {centre} longer than we may keep it, and has been disposed "
            "of.\n\nIf you think that this is wrong, call us and we look into it."
        ),
        sms=N_(
            "your {product} ({number}) was not fetched in the time we may keep it and has been disposed of. "
            "Details: {link}"
        ),
        whatsapp=N_(
            "Your {product} waited at {centre} longer than we may keep it, and has been disposed of.\n\nIf you "
            "think that this is wrong, tell us and we look into it."
        ),
        voice=N_(
            "Your {product} waited at {centre} longer than we may keep it, and has been disposed of. If you "
            "think that this is wrong, call us and we look into it."
        ),
        push=N_("It waited longer than we may keep it. If you think that this is wrong, call us."),
    ),
    Tell(
        machine="repair_order",
        text="repair_order.cancelled",
        to="cancelled",
        variables=variables,
        subject=N_("The repair of your {product} is cancelled"),
        body=N_(
            "{name}, the repair of your {product} is cancelled, and we do no work on it.\n\nIf you want it "
            "after all, tell us."
        ),
        sms=N_(
            "the repair of your {product} ({number}) is cancelled. We do no work on it. If you want it after "
            "all: {link}"
        ),
        whatsapp=N_(
            "The repair of your {product} is cancelled, and we do no work on it.\n\nIf you want it after all, tell us."
        ),
        voice=N_(
            "The repair of your {product} is cancelled, and we do no work on it. If you want it after all, tell us."
        ),
        push=N_("We do no work on it. If you want it after all, tell us."),
    ),
)
