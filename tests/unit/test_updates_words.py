"""What every text owes its reader, in each language: the name, a way to reach us, words that fit any product."""

import re
from dataclasses import replace
from itertools import product
from uuid import UUID

from aftersales.i18n import OFFERED, translator
from aftersales.module import Module
from aftersales.ports.promises import NEXT_WORD
from aftersales.registry import Registry, load_registry
from aftersales.status.machine import WaitsOn
from aftersales.told import Paper, Stated
from aftersales.updates.checks import VARIABLES
from aftersales.updates.render import Text, placeholders
from aftersales.updates.texts import CODE_TEXTS
from aftersales.work import Work

REGISTRY = load_registry()
TELLS = REGISTRY.tells
TEXTS: tuple[Text, ...] = (*TELLS, *CODE_TEXTS.values())
# "Your", as it agrees with the noun after it: nobody knows the gender of what stands for {product}.
AGREES = {
    "hi": r"आप(का|के|की) \{product\}(?! (वाली|के बारे में) रिक्वेस्ट)",
    "mr": r"(तुमचा|तुमची|तुमचे) \{product\}",
    "gu": r"તમાર(ો|ી|ું|ા) \{product\}",
    "pa": r"ਤੁਹਾਡ(ਾ|ੇ|ੀ) \{product\}(?! (ਬਾਰੇ|ਵਾਲੀ) ਬੇਨਤੀ)",
    "ur": r"آپ (کا|کے|کی) \{product\}",
}
STOPS = {"hi": "।", "bn": "।", "pa": "।", "ur": "۔"}


def test_every_letter_greets_by_name() -> None:
    """The name brings its courtesy with it, and so does that of whoever looks after the matter."""
    wrong = []
    for text, language in product(TEXTS, OFFERED):
        said, courtesy = translator(language).gettext, OFFERED[language].courtesy
        letter = said(text.body)
        twice = courtesy and re.search(rf"\{{(name|owner)\}} {courtesy[:3]}", letter + said(text.whatsapp))
        if not re.match(r"\{name\}[,،] ", letter) or twice:
            wrong.append(f"{text.text} {language}: {letter}")
    assert wrong == []


def test_every_sms_says_where_to_go_on() -> None:
    assert [tell.text for tell in TELLS if not placeholders(tell.sms) & {"link", "phone"}] == []


def test_whoever_waits_for_us_is_told_by_when() -> None:
    """Or until when they have to answer, where the next step is theirs and has an end."""
    named = {"next_word", "ready_by", "settled_by", "call_by", "window", "until", "due", "keep_on", "return_by"}
    # It was theirs to answer, and it is theirs to ask for another.
    ended = {"estimate.expired"}
    silent = []
    for tell in TELLS:
        state = REGISTRY.machines[tell.machine].by_state.get(tell.to or "")
        ours = state is not None and state.waits_on not in (None, WaitsOn.CUSTOMER, WaitsOn.COURIER)
        if ours and tell.text not in ended and not placeholders(tell.body) & named:
            silent.append(tell.text)
    assert silent == []


def test_the_next_word_is_said_by_every_channel_that_has_room() -> None:
    """Where its text has three other things to say, an SMS does not name it, and promises nothing."""
    silent = {
        tell.text
        for tell in TELLS
        if any(one.kind == NEXT_WORD for one in tell.states)
        for form in (tell.body, tell.sms, tell.whatsapp, tell.voice, tell.push)
        if "next_word" not in placeholders(form) and (form != tell.sms or len(placeholders(form)) < VARIABLES)
    }
    assert silent == set()


def test_no_word_takes_the_product_for_a_he_or_a_she() -> None:
    found = []
    for text, (language, wrong) in product(TEXTS, AGREES.items()):
        said = translator(language).gettext
        forms = {said(one) for one in (text.subject, text.body, text.sms, text.whatsapp, text.voice, text.push)}
        found += [f"{text.text} {language}: {one}" for one in forms if re.search(wrong, one)]
    assert found == []


def test_what_is_read_aloud_pauses_as_its_language_writes_it() -> None:
    """A full stop of another script is read as a word, or not at all."""
    found = []
    for text, language in product(TEXTS, OFFERED):
        stop, said = STOPS.get(language, "."), translator(language).gettext(text.voice)
        if (
            said.rstrip()[-1] not in f"{stop}?!"
            or (stop != "." and re.search(r"\.( |$)", said))
            or re.search(r"[.।۔](?=\w)", said)
        ):
            found.append(f"{text.text} {language}: {said}")
    assert found == []


def test_a_text_that_carries_a_document_is_never_merged() -> None:
    async def draw(_work: Work, _document_id: UUID, _language: str) -> tuple[str, bytes]:
        return "", b""

    def told(*, alone: bool) -> list[str]:
        text = replace(TELLS[0], text="x.papered", states=(), paper=Paper("x", draw), alone=alone)
        return Registry([*load_registry([]).modules, Module("x", "X", package="aftersales", tells=(text,))]).check()

    assert told(alone=False) == ["update x.papered carries a document, so it stands alone"]
    assert told(alone=True) == []


def test_only_a_promise_that_every_later_word_keeps_may_be_merged() -> None:
    def told(kind: str, *, alone: bool) -> list[str]:
        text = replace(TELLS[0], text="x.promised", states=(Stated(kind, "at"),), alone=alone)
        return Registry([*load_registry([]).modules, Module("x", "X", package="aftersales", tells=(text,))]).check()

    assert told("completion", alone=False) == ["update x.promised holds a promise, so it stands alone"]
    assert told("completion", alone=True) == told(NEXT_WORD, alone=False) == []
