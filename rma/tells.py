"""What customers are told about their returns, until they send or bring something."""

from collections.abc import Mapping

from aftersales.i18n import N_, format_date, translator
from aftersales.module import Posted, Tell
from aftersales.products import repository as products
from aftersales.status.models import StatusNote
from aftersales.told import Stated
from aftersales.work import Work
from rma import repository, service


async def answer(work: Work, posted: Posted, language: str) -> Mapping[str, str]:
    """`{item}` (the thing to be returned, not the case's), `{reason}`, `{rule}`, `{until}` and `{question}`."""
    system = work.as_system()
    held = await repository.one(system.session, system.scope, posted.document_id)
    unit = await products.unit(system.session, system.scope, held.unit_id)
    verdict = service.verdict_of(held)
    clauses = held.clauses or {}
    translate = translator(language).gettext
    note = await work.session.get(StatusNote, (posted.stream_id, posted.version))
    words = [translate(clauses[c]) for c in (verdict.conditions if verdict else ()) if c in clauses]
    clause = clauses.get(verdict.clause, "") if verdict is not None else ""
    return {
        "item": unit.product_name,
        "return_number": held.number,
        "reason": held.answered or "",
        "rule": translate(clause) if clause else "",
        "until": format_date(verdict.until, language) if verdict is not None and verdict.until else "",
        "conditions": " ".join(words),
        "question": note.text if note is not None else "",
    }


NEXT_WORD = (Stated("next_update", "next_word"),)

TELLS = (
    Tell(
        machine="return",
        text="return.requested",
        to="requested",
        variables=answer,
        states=NEXT_WORD,
        subject=N_("We have your request to return the {item}"),
        body=N_(
            "{name}, we have your request to return the {item}. Its number is {return_number}.\n\n{owner} looks at it "
            "by our policy on returns and writes to you what is possible. Until then please keep the {item} with "
            "everything that came with it.\n\nYou hear from us again by {next_word}, also if nothing is new."
        ),
        sms=N_(
            "we have your request to return the {item}. Please keep all that came with it. You hear from us again by "
            "{next_word}: {link}"
        ),
        whatsapp=N_(
            "We have your request to return the {item}. Its number is *{return_number}*.\n\n{owner} looks at it by our "
            "policy on returns and tells you what is possible. Until then please keep the {item} with everything that "
            "came with it.\n\nYou hear from us again by {next_word}, also if nothing is new."
        ),
        voice=N_(
            "We have your request to return the {item}. {owner} looks at it by our policy on returns and tells you "
            "what is possible. Until then please keep it with everything that came with it. You hear from us again by "
            "{next_word}, also if nothing is new."
        ),
        push=N_("Please keep the {item} with everything that came with it. You hear from us again by {next_word}."),
    ),
    Tell(
        machine="return",
        text="return.authorised",
        to="authorised",
        variables=answer,
        states=NEXT_WORD,
        subject=N_("You may return the {item}"),
        body=N_(
            "{name}, you may return the {item} ({return_number}).\n\n{conditions}\n\n{owner} writes to you how it "
            "comes to us. You need do nothing before that.\n\nYou hear from us again by {next_word}, also if nothing "
            "is new."
        ),
        sms=N_(
            "you may return the {item}. We tell you how it comes to us. You hear from us again by {next_word}: {link}"
        ),
        whatsapp=N_(
            "You may return the {item} ({return_number}).\n\n{conditions}\n\n{owner} tells you how it comes to us. You "
            "need do nothing before that.\n\nYou hear from us again by {next_word}, also if nothing is new."
        ),
        voice=N_(
            "You may return the {item}. {conditions} {owner} tells you how it comes to us. You need do nothing before "
            "that. You hear from us again by {next_word}, also if nothing is new."
        ),
        push=N_(
            "We tell you how it comes to us. You need do nothing before that. You hear from us again by {next_word}."
        ),
    ),
    Tell(
        machine="return",
        text="return.rejected",
        to="rejected",
        variables=answer,
        alone=True,
        subject=N_("We cannot take back the {item}"),
        body=N_(
            "{name}, we are sorry: we cannot take back the {item} ({return_number}).\n\n{reason}\n\n{rule}\n\nHow this "
            "follows from our policy, step by step, is shown here: {link}"
        ),
        sms=N_("sorry: we cannot take back the {item} ({return_number}). The reason, step by step: {link}"),
        whatsapp=N_(
            "We are sorry: we cannot take back the {item} ({return_number}).\n\n{reason}\n\n{rule}\n\nHow this follows "
            "from our policy, step by step, is shown here: {link}"
        ),
        voice=N_("We are sorry: we cannot take back the {item}. {reason} {rule} If you do not agree, call us."),
        push=N_("We are sorry. Your page shows the reason, step by step."),
    ),
    Tell(
        machine="return",
        text="return.info_requested",
        to="info_requested",
        variables=answer,
        alone=True,
        subject=N_("We need something from you for the return of the {item}"),
        body=N_(
            "{name}, to decide on the return of the {item} we need something from you:\n\n{question}\n\nYou "
            "can answer here, or call us: {link}"
        ),
        sms=N_(
            "to decide on the return of the {item} ({return_number}) we need a detail from you. See what it is: {link}"
        ),
        whatsapp=N_(
            "To decide on the return of the {item} we need something from you:\n\n{question}\n\nYou can answer "
            "right here, or on your page: {link}"
        ),
        voice=N_(
            "To decide on the return of the {item} we need something from you. {question} Please call us with "
            "your answer."
        ),
        push=N_("We have a question for you. Please answer it on your page."),
    ),
    Tell(
        machine="return",
        text="return.cancelled",
        to="cancelled",
        variables=answer,
        subject=N_("The return of the {item} is cancelled"),
        body=N_(
            "{name}, the return of the {item} ({return_number}) is cancelled; it stays with you.\n\nIf you "
            "change your mind, ask again while our policy allows it."
        ),
        sms=N_("the return of the {item} ({return_number}) is cancelled. It stays with you. Details: {link}"),
        whatsapp=N_(
            "The return of the {item} ({return_number}) is cancelled; it stays with you.\n\nIf you change your "
            "mind, ask again while our policy allows it."
        ),
        voice=N_(
            "The return of the {item} is cancelled. It stays with you. If you change your mind, ask again "
            "while our policy allows it."
        ),
        push=N_("It stays with you. If you change your mind, ask again."),
    ),
)
