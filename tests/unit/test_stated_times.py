"""No text states a time of ours that the ledger does not hear of."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from aftersales.module import Tell
from aftersales.ports.promises import NEXT_WORD
from aftersales.promises.ledger import Kind
from aftersales.registry import load_registry
from aftersales.updates.render import FORMS, placeholders

TELLS = load_registry().tells
# What a text names besides times of ours: names, numbers and amounts; `until` is how long something of theirs is good,
# `due`, `keep_on` and `return_by` by when something of theirs is to come, `end` when their cover ends.
NO_TIMES = frozenset(
    {"name", "product", "model", "brand", "number", "number_spoken", "link", "branch", "centre", "owner", "phone"}
    | {"phone_spoken", "purpose", "visit", "technician", "seal", "finding", "item", "return_number", "reason", "rule"}
    | {"until", "conditions", "question", "covered", "amount", "clause", "policy", "bay", "words", "message"}
    | {"settlement", "due", "keep_on", "return_by", "end", "offer", "why"}
)
# What is told of a time that is over; of a window the ledger has held it since it was promised.
_PAST = {"visit.cannot_complete": {"today"}, "visit.missed": {"former"}, "visit.late": {"former"}}
# How long they may think about what they are asked.
_THEIRS = dict.fromkeys(("warranty.transfer_asked", "warranty.transfer_offered"), frozenset({"within 30 days"}))
# A day or a clock that stands in the fixed words.
_FIXED = re.compile(
    r"\b(today|tomorrow|tonight|this (morning|afternoon|evening|week)|within \w+ (minutes|hours|days)|"
    r"in \w+ (minutes|hours|days)|\d+ (minutes|hours|days)|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b",
    re.IGNORECASE,
)


def forms(tell: Tell) -> Iterator[str]:
    yield from (tell.subject, tell.body)
    yield from (getattr(tell, channel) for channel in FORMS)


def unheld(tell: Tell) -> set[str]:
    """Variables and fixed words that state a time which the text does not declare."""
    declared = {name for one in tell.states for name in (one.variable, one.before) if name}
    named = {name.removesuffix("_short").removesuffix("_spoken") for form in forms(tell) for name in placeholders(form)}
    fixed = {found[0] for form in forms(tell) for found in _FIXED.finditer(form)}
    return ((named - NO_TIMES - declared) | fixed) - _PAST.get(tell.text, _THEIRS.get(tell.text, set()))


@pytest.mark.parametrize("tell", TELLS, ids=lambda tell: tell.text)
def test_every_time_is_declared(tell: Tell) -> None:
    assert unheld(tell) == set()


@pytest.mark.parametrize("tell", [tell for tell in TELLS if tell.states], ids=lambda tell: tell.text)
def test_what_is_declared_is_said_by_every_channel(tell: Tell) -> None:
    for one in tell.states:
        assert one.kind in set(Kind)
        # An SMS may have three other things to say (test_the_next_word_is_said_by_every_channel_that_has_room).
        for channel in ("whatsapp", "voice") if one.kind == NEXT_WORD else ("sms", "whatsapp", "voice"):
            assert one.variable in placeholders(getattr(tell, channel)), channel
        assert one.variable in placeholders(tell.body)
        assert one.variable in placeholders(tell.subject) | placeholders(tell.push)
        if one.before:
            assert all(one.before in placeholders(form) for form in (tell.body, tell.sms, tell.whatsapp, tell.voice))


def test_a_text_that_hides_a_time_is_caught() -> None:
    tell = next(tell for tell in TELLS if tell.text == "visit.confirmed")
    assert unheld(replace(tell, states=())) == {"window"}
    assert unheld(replace(tell, push="We come tomorrow.")) == {"tomorrow"}
