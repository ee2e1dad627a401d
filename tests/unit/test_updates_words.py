"""What every text owes its reader, in each language: the name, a way to reach us, words that fit any product."""

import re
from itertools import product

from aftersales.i18n import OFFERED, translator
from aftersales.registry import load_registry
from aftersales.updates.render import Text, placeholders
from aftersales.updates.texts import CODE_TEXTS

TELLS = load_registry().tells
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
    nameless = [
        f"{tell.text} {language}"
        for tell, language in product(TELLS, OFFERED)
        if not translator(language).gettext(tell.body).startswith("{name}")
    ]
    assert nameless == []


def test_every_sms_says_where_to_go_on() -> None:
    assert [tell.text for tell in TELLS if not placeholders(tell.sms) & {"link", "phone"}] == []


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
        if said.rstrip()[-1] not in f"{stop}?!" or (stop != "." and re.search(r"\.( |$)", said)):
            found.append(f"{text.text} {language}: {said}")
    assert found == []
