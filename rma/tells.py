"""What customers are told about their returns."""

from collections.abc import Mapping

from aftersales.i18n import N_, format_date, translator
from aftersales.module import Posted, Tell
from aftersales.products import repository as products
from aftersales.status.models import StatusNote
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


TELLS = (
    Tell(
        machine="return",
        text="return.requested",
        to="requested",
        subject=N_("We have your wish to return the {item}"),
        body=N_(
            "{name}, we have your wish to return the {item}. Its number is {return_number}.\n\n"
            "{owner} looks at it by our policy on returns and writes to you what is possible. Until then please keep "
            "the {item} with everything that came with it."
        ),
        variables=answer,
    ),
    Tell(
        machine="return",
        text="return.authorised",
        to="authorised",
        subject=N_("You may return the {item}"),
        body=N_(
            "{name}, you may return the {item} ({return_number}).\n\n{conditions}\n\n"
            "{owner} writes to you how it comes to us. You need do nothing before that."
        ),
        variables=answer,
    ),
    Tell(
        machine="return",
        text="return.rejected",
        to="rejected",
        subject=N_("We cannot take back the {item}"),
        body=N_(
            "{name}, we are sorry: we cannot take back the {item} ({return_number}).\n\n{reason}\n\n{rule}\n\n"
            "How this follows from our policy, step by step, stands here: {link}"
        ),
        variables=answer,
    ),
    Tell(
        machine="return",
        text="return.info_requested",
        to="info_requested",
        subject=N_("We need something from you for the return of the {item}"),
        body=N_(
            "{name}, to decide on the return of the {item} we need something from you:\n\n{question}\n\n"
            "You can answer here, or call us: {link}"
        ),
        variables=answer,
    ),
    Tell(
        machine="return",
        text="return.cancelled",
        to="cancelled",
        subject=N_("The return of the {item} is cancelled"),
        body=N_(
            "{name}, the return of the {item} ({return_number}) is cancelled; it stays with you.\n\n"
            "If you change your mind, ask again while our policy allows it."
        ),
        variables=answer,
    ),
)
