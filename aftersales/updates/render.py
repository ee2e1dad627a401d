"""The words of an update. Pure: a text, a language and values in; subject and words out.

The link and a code never become part of stored words. They stand there as `LINK` and `CODE` until the moment of
sending, when `revealed` puts the real ones in their place.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from string import Formatter

import phonenumbers

from aftersales.i18n import LANGUAGES, N_, translator

LINK = "[link]"
CODE = "••••••"

_FOLLOW = N_("Every step, and a place to write to us: {link}")
_REACH = N_("To speak to a person, call {branch}: {phone}")
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
