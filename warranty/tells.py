"""What customers are told about their warranty."""

from collections.abc import Mapping

from aftersales.i18n import N_, said, translator
from aftersales.module import Posted, Tell
from aftersales.status.models import StatusNote
from aftersales.told import Stated
from aftersales.work import Work
from warranty import repository
from warranty.panels import pays
from warranty.service import entitlement

NEXT_WORD = (Stated("next_update", "next_word"),)


async def reason(work: Work, posted: Posted, language: str) -> Mapping[str, str]:
    """`{finding}`, `{rule}`, `{clause}`, `{policy}` and `{covered}` of a decision."""
    system = work.as_system()
    claim = await repository.claim(system.session, system.scope, posted.document_id)
    found = await repository.last_finding(system.session, system.scope, posted.document_id)
    translate = translator(language).gettext
    verdict = entitlement.verdict_of(claim.verdict)
    covered = [str(said(one, language)) for one in pays(verdict)]
    return {
        "finding": found.words if found is not None else "",
        "rule": translate(claim.verdict.words.get(verdict.clause, "")),
        "clause": verdict.clause,
        "policy": f"v{claim.verdict.policy_version}",
        "covered": ", ".join(covered),
    }


async def question(work: Work, posted: Posted, language: str) -> Mapping[str, str]:  # noqa: ARG001 - staff wrote it
    """`{question}`: what staff ask, in their own words."""
    note = await work.session.get(StatusNote, (posted.stream_id, posted.version))
    return {"question": note.text if note is not None else ""}


TELLS = (
    Tell(
        machine="warranty_claim",
        text="warranty.approved",
        to="approved",
        variables=reason,
        states=NEXT_WORD,
        subject=N_("Your warranty covers the repair of your {product}"),
        body=N_(
            "{name}, the repair of your {product} is covered by its warranty: {covered}. You pay nothing for it.\n\n"
            "This follows from clause {clause} of our policy {policy}. We go on with the repair and write to you when "
            "it is ready.\n\nYou hear from us again by {next_word}, also if nothing is new."
        ),
        sms=N_(
            "the repair of your {product} is covered by its warranty. You pay nothing for it. You hear from us again "
            "by {next_word}: {link}"
        ),
        whatsapp=N_(
            "The repair of your {product} is covered by its warranty: {covered}. You pay nothing for it.\n\nThis "
            "follows from clause {clause} of our policy {policy}. We go on with the repair and tell you when it is "
            "ready.\n\nYou hear from us again by {next_word}, also if nothing is new."
        ),
        voice=N_(
            "The repair of your {product} is covered by its warranty. You pay nothing for it. We go on with the repair "
            "and tell you when it is ready. You hear from us again by {next_word}, also if nothing is new."
        ),
        push=N_(
            "You pay nothing for it. We go on with the repair and tell you when it is ready. You hear from us again by "
            "{next_word}."
        ),
    ),
    Tell(
        machine="warranty_claim",
        text="warranty.partially_approved",
        to="partially_approved",
        variables=reason,
        alone=True,
        states=NEXT_WORD,
        subject=N_("Your warranty covers a part of the repair of your {product}"),
        body=N_(
            "{name}, your warranty does not cover all of the repair of your {product}. Covered: {covered}.\n\n{rule} "
            "(Clause {clause}, policy {policy}.) What the rest costs we tell you before we do anything, and you "
            "decide.\n\nYou hear from us again by {next_word}, also if nothing is new.\n\nWhy it is so, step by step, "
            "is shown here: {link}"
        ),
        sms=N_(
            "the warranty covers a part of the repair of your {product}. You decide on the rest. You hear from us "
            "again by {next_word}: {link}"
        ),
        whatsapp=N_(
            "Your warranty does not cover all of the repair of your {product}. Covered: {covered}.\n\n{rule} (Clause "
            "{clause}, policy {policy}.) What the rest costs we tell you before we do anything, and you decide.\n\nYou "
            "hear from us again by {next_word}, also if nothing is new.\n\nWhy it is so, step by step, is shown here: "
            "{link}"
        ),
        voice=N_(
            "Your warranty covers a part of the repair of your {product}: {covered}. What the rest costs we tell you "
            "before we do anything, and you decide. You hear from us again by {next_word}, also if nothing is new."
        ),
        push=N_(
            "What the rest costs we tell you before we do anything, and you decide. You hear from us again by "
            "{next_word}."
        ),
    ),
    Tell(
        machine="warranty_claim",
        text="warranty.denied",
        to="denied",
        variables=reason,
        alone=True,
        states=NEXT_WORD,
        subject=N_("Your warranty does not cover this damage to your {product}"),
        body=N_(
            "{name}, we are sorry: your warranty does not cover this damage to your {product}.\n\n{finding}\n\n{rule} "
            "(Clause {clause}, policy {policy}.) Two of us have looked at it, with photos.\n\nWe tell you what the "
            "repair costs before we do anything, and you decide. If you do not agree, say so here, and a person who "
            "has not decided on it before looks at it again: {link}\n\nYou hear from us again by {next_word}, also if "
            "nothing is new."
        ),
        sms=N_(
            "sorry: the warranty does not cover this damage to your {product}. You hear from us again by {next_word}. "
            "Why, and how to object: {link}"
        ),
        whatsapp=N_(
            "We are sorry: your warranty does not cover this damage to your {product}.\n\n{finding}\n\n{rule} (Clause "
            "{clause}, policy {policy}.) Two of us have looked at it, with photos.\n\nWe tell you what the repair "
            "costs before we do anything, and you decide. If you do not agree, say so, and a person who has not "
            "decided on it before looks at it again: {link}\n\nYou hear from us again by {next_word}, also if nothing "
            "is new."
        ),
        voice=N_(
            "We are sorry: your warranty does not cover this damage to your {product}. {finding} We tell you what the "
            "repair costs before we do anything, and you decide. If you do not agree, call us, and a person who has "
            "not decided on it before looks at it again. You hear from us again by {next_word}, also if nothing is new."
        ),
        push=N_(
            "We are sorry. Your page says why, and what you can do if you do not agree. You hear from us again by "
            "{next_word}."
        ),
    ),
    Tell(
        machine="warranty_claim",
        text="warranty.appealed",
        to="appealed",
        states=NEXT_WORD,
        subject=N_("We look again at the warranty of your {product}"),
        body=N_(
            "{name}, you do not agree with our decision about your {product}, and we are looking at it again.\n\nA "
            "person who has not decided on it before reads what you wrote. Until then nothing is charged that you have "
            "not agreed to. {owner} writes to you what comes of it.\n\nYou hear from us again by {next_word}, also if "
            "nothing is new."
        ),
        sms=N_(
            "we look again at the warranty of your {product}. Another person decides this time. You hear from us again "
            "by {next_word}: {link}"
        ),
        whatsapp=N_(
            "You do not agree with our decision about your {product}, and we are looking at it again.\n\nA person who "
            "has not decided on it before reads what you wrote. Until then nothing is charged that you have not agreed "
            "to. {owner} tells you what comes of it.\n\nYou hear from us again by {next_word}, also if nothing is new."
        ),
        voice=N_(
            "You do not agree with our decision about your {product}, and we are looking at it again. A person who has "
            "not decided on it before does so. Until then nothing is charged that you have not agreed to. You hear "
            "from us again by {next_word}, also if nothing is new."
        ),
        push=N_(
            "A person who has not decided on it before reads what you wrote. You hear from us again by {next_word}."
        ),
    ),
    Tell(
        machine="warranty_claim",
        text="warranty.info_requested",
        to="info_requested",
        variables=question,
        alone=True,
        subject=N_("We need something from you for the warranty of your {product}"),
        body=N_(
            "{name}, to settle the warranty of your {product} we need something from you:\n\n{question}\n\nYou "
            "can answer here, or call us: {link}"
        ),
        sms=N_("to settle the warranty of your {product} ({number}) we need a detail from you. See what it is: {link}"),
        whatsapp=N_(
            "To settle the warranty of your {product} we need something from you:\n\n{question}\n\nYou can "
            "answer right here, or on your page: {link}"
        ),
        voice=N_(
            "To settle the warranty of your {product} we need something from you. {question} Please call us "
            "with your answer."
        ),
        push=N_("We have a question for you. Please answer it on your page."),
    ),
    Tell(
        machine="warranty_claim",
        text="warranty.ended",
        to="closed",
        alone=True,
        states=NEXT_WORD,
        subject=N_("The warranty of your {product} had ended"),
        body=N_(
            "{name}, the warranty of your {product} had already ended when the trouble began, so it does not cover the "
            "repair.\n\nWe tell you what the repair costs before we do anything, and you decide. The dates we went by "
            "are shown here: {link}\n\nIf you have a bill or a plan that says otherwise, send it to us there, or call "
            "{owner}: {phone}.\n\nYou hear from us again by {next_word}, also if nothing is new."
        ),
        sms=N_(
            "the warranty of your {product} had ended. We tell you the cost before any work. You hear from us again by "
            "{next_word}. The dates: {link}"
        ),
        whatsapp=N_(
            "The warranty of your {product} had already ended when the trouble began, so it does not cover the "
            "repair.\n\nWe tell you what the repair costs before we do anything, and you decide. If you have a bill or "
            "a plan that says otherwise, send it to us here.\n\nYou hear from us again by {next_word}, also if nothing "
            "is new."
        ),
        voice=N_(
            "The warranty of your {product} had already ended when the trouble began, so it does not cover the repair. "
            "We tell you what the repair costs before we do anything, and you decide. If you have a bill or a plan "
            "that says otherwise, call us. You hear from us again by {next_word}, also if nothing is new."
        ),
        push=N_(
            "We tell you what the repair costs before we do anything, and you decide. You hear from us again by "
            "{next_word}."
        ),
    ),
)
