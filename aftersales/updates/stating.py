"""The times that a text states: what they are, how each channel says them, and what the ledger hears of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from aftersales.i18n import N_, format_instant, translator
from aftersales.i18n.brief import brief_instant
from aftersales.module import Posted, Tell
from aftersales.ports.promises import Saying, Span
from aftersales.told import Stated
from aftersales.updates.render import fitting, in_full
from aftersales.work import Work

_ANOTHER_TIME = N_("another time")
TITLED = frozenset({"email", "mailbox", "push"})
"""Channels whose reader sees the subject too."""


@dataclass(frozen=True, slots=True)
class Time:
    """One time that a text states about one change, and the time that it takes the place of."""

    stated: Stated
    span: Span
    before: Span | None


async def times(work: Work, posted: Posted, tell: Tell) -> list[Time]:
    """What the text states about this change; nothing of what it leaves open."""
    found = []
    for stated in tell.states:
        asked = stated.when(work, posted) if stated.when else work.ports.promises.due(work, posted, stated.kind)
        span = await asked
        if span is not None:
            before = await work.ports.promises.before(work, posted, span.kind) if stated.before else None
            found.append(Time(stated, span, before))
    return found


def values(found: list[Time], zone: str, language: str, home: str) -> dict[str, str]:
    """Their variables, in full and for where room is short; a module's own words for them come before these."""
    words: dict[str, str] = {}
    for one in found:
        words |= _forms(one.stated.variable, one.span, zone, language, home)
        if one.stated.before and one.before is not None:
            words |= _forms(one.stated.before, one.before, zone, language, home)
        elif one.stated.before:
            words[one.stated.before] = translator(language).gettext(_ANOTHER_TIME)
    return words


async def asked(work: Work, posted: Posted, tell: Tell, zone: str, language: str, home: str) -> dict[str, str] | None:
    """What the text's module answers and the times that it states, as they are now.

    None where one of these times is none any more: then the text does not hold.
    """
    answered = await tell.variables(replace(work, zone=zone), posted, language) if tell.variables else {}
    every = {**values(await times(work, posted, tell), zone, language, home), **answered}
    return every if all(one.variable in every for one in tell.states) else None


def sayings(found: list[Time], text: str, row: Mapping[str, Any], given: Mapping[str, str]) -> list[Saying]:
    """What the message of a record says of them; `given` are the values in its words.

    A time that did not fit into its room is not said.
    """
    channel = row["channel"]
    heard = f"{row['subject']}\n{row['words']}" if channel in TITLED else row["words"]
    fit, full = fitting(channel, given), in_full(channel, given)

    def time(name: str) -> str:
        return fit[name] if name and fit[name] == " ".join(full[name].split()) else ""

    return [
        Saying(
            update_id=row["id"],
            text=text,
            language=row["language"],
            span=one.span,
            heard=heard,
            time=time(one.stated.variable),
            before=time(one.stated.before) if one.before is not None else "",
            leaves_at=row["not_before"],
        )
        for one in found
    ]


def _forms(name: str, span: Span, zone: str, language: str, home: str) -> dict[str, str]:
    return {
        name: format_instant(span.due_at, zone, language, home=home),
        f"{name}_short": brief_instant(span.due_at, zone, language, home=home),
    }
