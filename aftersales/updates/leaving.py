"""What a message says of times as it leaves: one that waited is not handed over with words that are over."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import update

from aftersales.updates import letters, matters
from aftersales.updates.matters import PersonRow
from aftersales.updates.models import CustomerUpdate
from aftersales.updates.records import Claimed
from aftersales.work import Work

FRESH = timedelta(minutes=1)
"""Words that were written so lately are as they are now."""


async def as_it_is_now(work: Work, one: Claimed, person: PersonRow) -> Claimed | None:
    """The record as it may leave; None where the time that it names is over and nothing else is to be said.

    What was held until now (`not_before`) states its times anew and promises them. What was put off keeps its words,
    which somebody may have by now, as long as its times lie ahead. Where they do not, the next text about the same
    change takes its place, as it does where a time is not known.
    """
    if one.version is None or (one.not_before is None and one.created_at > work.now - FRESH):
        return one
    if not any(text.text == one.text and (text.states or text.good_until) for text in work.registry.tells):
        return one
    posted = await matters.posted(work.session, one.stream_id, one.version)
    about = [text for text in work.registry.tells if letters.fits(text, posted) and text.purpose == one.purpose]
    first = next((place for place, text in enumerate(about) if text.text == one.text), None)
    if first is None:
        return one
    matter = await matters.matter(work.session, work.scope, one.document_id)
    for text in about[first:]:
        letter = letters.Letters(work, posted, text, matter)
        if not set(about[first].roles) <= set(text.roles) or not await letter.current():
            continue
        said = await letter.by(one.channel, person, one.language)
        if text.text == one.text and one.not_before is None and _says_it(letter, one):
            return one
        now = replace(one, text=text.text, subject=said.subject, words=said.words, arguments=list(said.arguments))
        words = {name: getattr(now, name) for name in ("text", "subject", "words", "arguments")}
        await work.session.execute(update(CustomerUpdate).where(CustomerUpdate.id == one.id).values(words))
        await letter.promise(_row(now))
        return now
    return None


def _says_it(letter: letters.Letters, one: Claimed) -> bool:
    """Whether the words that stand already name the times of now."""
    return all(" ".join(say.time.split()) in " ".join(say.heard.split()) for say in letter.sayings(_row(one)))


def _row(one: Claimed) -> dict[str, Any]:
    """The record as one that is written now and waits no more."""
    kept = ("id", "person_id", "state", "channel", "subject", "words", "language")
    return {name: getattr(one, name) for name in kept} | {"not_before": None}
