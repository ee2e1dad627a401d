"""What customers are told of a repair that is ready, or that ends in another way."""

from aftersales.i18n import N_
from aftersales.module import Tell
from field_service.repairs.tells import NEXT_WORD, variables

TELLS = (
    Tell(
        machine="repair_order",
        text="repair_order.ready",
        to="ready",
        variables=variables,
        states=NEXT_WORD,
        subject=N_("Your {product} is ready"),
        body=N_(
            "{name}, your {product} is ready at {centre}.\n\nWe bring it to you and tell you when; if you would rather "
            "fetch it yourself, tell us.\n\nYou hear from us again by {next_word}, also if nothing is new."
        ),
        sms=N_(
            "your {product} is ready. We bring it to you. You hear from us again by {next_word}. To fetch it yourself: "
            "{link}"
        ),
        whatsapp=N_(
            "Your {product} is ready at {centre}.\n\nWe bring it to you and tell you when. If you would rather fetch "
            "it yourself, tell us.\n\nYou hear from us again by {next_word}, also if nothing is new."
        ),
        voice=N_(
            "Your {product} is ready at {centre}. We bring it to you and tell you when. If you would rather fetch it "
            "yourself, tell us. You hear from us again by {next_word}, also if nothing is new."
        ),
        push=N_(
            "We bring it to you and tell you when. You may also fetch it at {centre}. You hear from us again by "
            "{next_word}."
        ),
    ),
    Tell(
        machine="repair_order",
        text="repair_order.no_trouble_found",
        to="no_trouble_found",
        variables=variables,
        alone=True,
        states=NEXT_WORD,
        subject=N_("We could not find a fault in your {product}"),
        body=N_(
            "{name}, we have tested your {product} and it ran without a fault.\n\n{owner} will call you: tell them "
            "when and how the trouble shows, so that we can look again.\n\nYou hear from us again by {next_word}, also "
            "if nothing is new."
        ),
        sms=N_(
            "we have tested your {product} and found no fault. We will call you to ask when it shows. You hear from us "
            "again by {next_word}: {link}"
        ),
        whatsapp=N_(
            "We have tested your {product} and it ran without a fault.\n\n{owner} will call you: tell them when and "
            "how the trouble shows, so that we can look again.\n\nYou hear from us again by {next_word}, also if "
            "nothing is new."
        ),
        voice=N_(
            "We have tested your {product} and it ran without a fault. {owner} will call you. Please tell them when "
            "and how the trouble shows, so that we can look again. You hear from us again by {next_word}, also if "
            "nothing is new."
        ),
        push=N_(
            "{owner} will call you: tell them when and how the trouble shows. You hear from us again by {next_word}."
        ),
    ),
    Tell(
        machine="repair_order",
        text="repair_order.beyond_economical_repair",
        to="beyond_economical_repair",
        variables=variables,
        alone=True,
        states=NEXT_WORD,
        subject=N_("A repair of your {product} would cost too much"),
        body=N_(
            "{name}, we are sorry: a repair of your {product} would cost more than it is worth. {finding}\n\n{owner} "
            "will call you with the choices you have. Nothing is done before you choose.\n\nYou hear from us again by "
            "{next_word}, also if nothing is new."
        ),
        sms=N_(
            "sorry: a repair of your {product} would cost more than it is worth. You hear from us again by "
            "{next_word}. Your choices: {link}"
        ),
        whatsapp=N_(
            "We are sorry: a repair of your {product} would cost more than it is worth. {finding}\n\n{owner} will call "
            "you with the choices you have. Nothing is done before you choose.\n\nYou hear from us again by "
            "{next_word}, also if nothing is new."
        ),
        voice=N_(
            "We are sorry: a repair of your {product} would cost more than it is worth. {finding} {owner} will call "
            "you with the choices you have. Nothing is done before you choose. You hear from us again by {next_word}, "
            "also if nothing is new."
        ),
        push=N_(
            "Sorry. {owner} will call you with your choices. Nothing is done before you choose. You hear from us again "
            "by {next_word}."
        ),
    ),
    Tell(
        machine="repair_order",
        text="repair_order.unrepairable",
        to="unrepairable",
        variables=variables,
        alone=True,
        states=NEXT_WORD,
        subject=N_("Your {product} cannot be repaired"),
        body=N_(
            "{name}, we are sorry: your {product} cannot be repaired. {finding}\n\n{owner} will call you with the "
            "choices you have. Nothing is done before you choose.\n\nYou hear from us again by {next_word}, also if "
            "nothing is new."
        ),
        sms=N_(
            "sorry: your {product} cannot be repaired. We will call you. You hear from us again by {next_word}: {link}"
        ),
        whatsapp=N_(
            "We are sorry: your {product} cannot be repaired. {finding}\n\n{owner} will call you with the choices you "
            "have. Nothing is done before you choose.\n\nYou hear from us again by {next_word}, also if nothing is new."
        ),
        voice=N_(
            "We are sorry: your {product} cannot be repaired. {finding} {owner} will call you with the choices you "
            "have. Nothing is done before you choose. You hear from us again by {next_word}, also if nothing is new."
        ),
        push=N_(
            "We are sorry. {owner} will call you with the choices you have. You hear from us again by {next_word}."
        ),
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
        states=NEXT_WORD,
        subject=N_("Your {product} was damaged while it was with us"),
        body=N_(
            "{name}, your {product} was damaged on the way. That is our fault and we are sorry.\n\nWe put it right at "
            "our cost. {owner} will call you.\n\nYou hear from us again by {next_word}, also if nothing is new."
        ),
        sms=N_(
            "your {product} was damaged on the way. We are sorry and put it right at our cost. You hear from us again "
            "by {next_word}: {link}"
        ),
        whatsapp=N_(
            "Your {product} was damaged on the way. That is our fault and we are sorry.\n\nWe put it right at our "
            "cost. {owner} will call you.\n\nYou hear from us again by {next_word}, also if nothing is new."
        ),
        voice=N_(
            "Your {product} was damaged on the way. That is our fault, and we are sorry. We put it right at our cost. "
            "{owner} will call you. You hear from us again by {next_word}, also if nothing is new."
        ),
        push=N_(
            "We are sorry, and put it right at our cost. {owner} will call you. You hear from us again by {next_word}."
        ),
    ),
    Tell(
        machine="repair_order",
        text="repair_order.replaced",
        to="replaced",
        variables=variables,
        states=NEXT_WORD,
        subject=N_("You get another one in place of your {product}"),
        body=N_(
            "{name}, in place of your {product} you get another one.\n\nWe write to you when it comes.\n\nYou hear "
            "from us again by {next_word}, also if nothing is new."
        ),
        sms=N_("in place of your {product} you get another one. You hear from us again by {next_word}: {link}"),
        whatsapp=N_(
            "In place of your {product} you get another one.\n\nWe tell you when it comes.\n\nYou hear from us again "
            "by {next_word}, also if nothing is new."
        ),
        voice=N_(
            "In place of your {product} you get another one. We tell you when it comes. You hear from us again by "
            "{next_word}, also if nothing is new."
        ),
        push=N_("We tell you when it comes. You hear from us again by {next_word}."),
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
