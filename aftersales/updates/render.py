"""The words of an update. Pure: a text, a language and values in; subject and words out.

The link and a code never become part of stored words. They stand there as `LINK` and `CODE` until the moment of
sending, when `revealed` puts the real ones in their place.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from string import Formatter
from typing import Protocol

import phonenumbers

from aftersales.i18n import LANGUAGES, N_, translator
from aftersales.i18n.brief import fitted
from aftersales.updates.policy import PUSH, SMS, VOICE, WHATSAPP

LINK = "[link]"
CODE = "••••••"
BRAND = "brand"
CODED = "code"
NOTHING = "-"
LONGEST_ARGUMENT = 500
FORMS = (SMS, WHATSAPP, VOICE, PUSH)
"""The channels that have a form of their own; every other says the letter."""

_FOLLOW = N_("Every step, and a place to write to us: {link}")
_REACH = N_("To speak to a person, call {branch}: {phone}")
_GREETING = N_("Hello {name},")
_ANSWER = N_("You can write to us right here. Every step: {link}")
_SPEAKING = N_("Hello {name}. This is {brand}.")
# A value may have another form for a channel: `window_short` stands for `window` where room is short.
_KINDS = {SMS: "_short", VOICE: "_spoken"}
# Where a paragraph was a value that has nothing to say.
_GAP = re.compile(r"\n[ \t]*(\n[ \t]*)+")
# How a courtesy that follows the name is written in English, and in its own script.
_SUFFIXES = {"garu": "garu", "గారు": "garu", "ji": "ji", "जी": "ji", "ਜੀ": "ji"}


@dataclass(frozen=True, slots=True)
class Words:
    """A finished message, link and code left out."""

    subject: str
    words: str


def render(subject: str, body: str, variables: Mapping[str, str], language: str, *, framed: bool = True) -> Words:
    """The text in the language with its values. If `framed`, a body without link or phone gets a closing line for it.

    Raises KeyError for a placeholder without a value: whoever declares the text answers all of its variables.
    """
    translate = translator(language).gettext
    named = placeholders(body) if framed else {"link", "phone"}
    closing = [line for line, name in ((_FOLLOW, "link"), (_REACH, "phone")) if name not in named]
    parts = [translate(body), "\n".join(translate(line) for line in closing)]
    words = "\n\n".join(part for part in parts if part).format_map(variables)
    return Words(_one_line(translate(subject).format_map(variables)), _GAP.sub("\n\n", words).strip())


class Text(Protocol):
    """A text with its forms: a `Tell`, or what is said with a code."""

    @property
    def text(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def body(self) -> str: ...
    @property
    def sms(self) -> str: ...
    @property
    def whatsapp(self) -> str: ...
    @property
    def voice(self) -> str: ...
    @property
    def push(self) -> str: ...


def form(text: Text, channel: str) -> str:
    """The message id of what the channel says, without subject and frame; the letter's body where it has none."""
    forms = {SMS: text.sms, WHATSAPP: text.whatsapp, VOICE: text.voice, PUSH: text.push}
    return forms.get(channel) or text.body


def wording(text: Text, channel: str, language: str) -> str:
    """What is said on a channel of `FORMS`, whole, in the language, its values still placeholders.

    SMS and WhatsApp: what is registered with the provider. `{brand}` is fixed there and no variable.
    """
    return framed(channel, translator(language).gettext(form(text, channel)), language)


def framed(channel: str, said: str, language: str) -> str:
    """A channel's form in the language with what stands around every message of that channel."""
    translate = translator(language).gettext
    if channel == SMS:
        return f"{{{BRAND}}}: {said}"
    if channel == VOICE:
        return f"{translate(_SPEAKING)} {said}"
    if channel == WHATSAPP:
        answer = [] if "link" in placeholders(said) or CODED in placeholders(said) else [translate(_ANSWER)]
        return "\n\n".join([translate(_GREETING), said, *answer, f"{{{BRAND}}}"])
    return said


def split(wording: str) -> Iterator[tuple[str, str]]:
    """The fixed words and the name that follows each of them, empty after the last."""
    return ((before, name or "") for before, name, _, _ in Formatter().parse(wording))


def bare(wording: str) -> str:
    """The fixed words alone."""
    return "".join(before for before, _ in split(wording))


def variables_of(wording: str) -> tuple[str, ...]:
    """The names of a template's variables in the order in which it says them, the brand apart."""
    return tuple(name for _, name, _, _ in Formatter().parse(wording) if name and name != BRAND)


def spoken(text: Text, channel: str, language: str, values: Mapping[str, str]) -> Words:
    """The text as the channel says it: on those of `FORMS` their own form, elsewhere the letter, which is framed.

    Raises KeyError for a placeholder without a value.
    """
    if channel not in FORMS:
        return render(text.subject, text.body, values, language, framed=CODED not in placeholders(text.body))
    subject = _one_line(translator(language).gettext(text.subject).format_map(values))
    said = wording(text, channel, language).format_map(fitting(channel, values))
    return Words(subject, _one_line(said) if channel != WHATSAPP else _GAP.sub("\n\n", said).strip())


def arguments(text: Text, channel: str, language: str, values: Mapping[str, str]) -> tuple[str, ...]:
    """The values of the template's variables, in their order, as providers demand them: on one line, none empty, and
    none so long that the template has no room for it."""
    fit = fitting(channel, values)
    names = variables_of(wording(text, channel, language))
    return tuple(fitted(fit[name], LONGEST_ARGUMENT) or NOTHING for name in names)


def fitting(channel: str, values: Mapping[str, str]) -> dict[str, str]:
    """The values as the channel says them: short ones and none over thirty characters in an SMS, spoken ones aloud."""
    fit = in_full(channel, values)
    if channel == SMS:
        return {name: value if name == BRAND else fitted(value) for name, value in fit.items()}
    return fit


def in_full(channel: str, values: Mapping[str, str]) -> dict[str, str]:
    """The values as the channel says them, however long they are."""
    kind = _KINDS.get(channel)
    return {name: values.get(f"{name}{kind}", value) for name, value in values.items()}


def placeholders(text: str) -> frozenset[str]:
    """The names that a text wants values for."""
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name)


def revealed(words: str, *, link: str | None = None, code: str | None = None) -> str:
    """Stored words as they are sent: with the real link, and the code's digits."""
    shown = words if link is None else words.replace(LINK, link)
    return shown if code is None else shown.replace(CODE, code)


def addressed(name: str, name_local: str | None, courtesy: str, language: str) -> str:
    """The name as the person writes it, in the language's script if it is known, with the courtesy expected there."""
    spoken = LANGUAGES[language]
    own = name_local if name_local and spoken.scripts and spoken.written_in(name_local) else name
    if courtesy and courtesy not in _SUFFIXES:
        return f"{courtesy} {own}" if not spoken.courtesy else f"{own} {spoken.courtesy}"
    # A courtesy of another language, in its letters, would leave a text half in one and half in the other.
    suffix = spoken.courtesy or ("" if spoken.scripts else _SUFFIXES.get(courtesy, ""))
    return f"{own} {suffix}".strip()


@lru_cache(maxsize=256)
def spoken_phone(phone: str) -> str:
    """A number as people of its country dial it; one that is no plain number, as it was written."""
    try:
        number = phonenumbers.parse(phone)
    except phonenumbers.NumberParseException:
        return phone
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)


def _one_line(text: str) -> str:
    """No value may add a line to a mail's head."""
    return " ".join(text.split())
