"""Words that wait for their reader. Code says what there is to say; whoever shows it says it in the reader's language.

`N_` marks a message and answers `Words`: an English string wherever a string is wanted, and in a page of another
language what that language says. Values keep with the message they belong to:
`N_("Call {name} back").format(name=name)` is one message in every language, and a value may be words itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Self

from aftersales.i18n.catalogues import translator
from aftersales.i18n.formats import (
    format_calendar,
    format_clock,
    format_date,
    format_day_time,
    format_money,
    format_short,
    language_name,
)
from aftersales.i18n.languages import DEFAULT
from aftersales.money import Money


class Words(str):
    """A string in English that knows itself in other languages: `into(language)`.

    Putting it into an f-string, joining or slicing it leaves the English alone: use `format` and `joined`.
    """

    __slots__ = ("_say",)
    _say: Callable[[str], str] | None

    def __new__(cls, english: str, say: Callable[[str], str] | None = None) -> Self:
        made = super().__new__(cls, english)
        made._say = say
        return made

    @property
    def bare(self) -> bool:
        """Whether this is a message of a catalogue, not one that was filled, formatted or joined."""
        return self._say is None

    def into(self, language: str) -> str:
        """The words in the language; a message that nobody translated stays English."""
        return self._say(language) if self._say is not None else translator(language).gettext(str(self))

    def format(self, *values: object, **named: object) -> str:
        """The message with its values, each in the same language."""
        return lazily(lambda language: self.into(language).format(*_each(values, language), **_all(named, language)))

    def capitalize(self) -> str:
        """With a capital first letter, in scripts that have any."""
        return lazily(lambda language: self.into(language).capitalize())

    def lower(self) -> str:
        """In small letters, in scripts that have any."""
        return lazily(lambda language: self.into(language).lower())


def lazily(say: Callable[[str], str]) -> str:
    """What `say` answers for whichever language it will be read in."""
    return Words(say(DEFAULT), say)


def N_(message: str) -> str:  # noqa: N802 - the name that gettext tools know
    """Mark a message for translation; whoever shows it translates it. To the type checker `Words` are strings."""
    return _words(message)


def _words(message: str) -> Words:
    return message if isinstance(message, Words) else Words(message)


def say(message: str, language: str) -> str:
    """A message, marked or declared, in the language."""
    return _words(message).into(language)


def as_pattern(message: str, language: str) -> str:
    """As `say`, for where the answer is filled by `%`: what has its values already has none to fill."""
    words = _words(message)
    return words.into(language) if words.bare else words.into(language).replace("%", "%%")


def said(value: object, language: str) -> object:
    """Words in the language; anything else, such as a name, as it is."""
    return value.into(language) if isinstance(value, Words) else value


def joined(parts: Iterable[str], between: str = ", ") -> str:
    """Those that are not empty, one after the other."""
    kept = [part for part in parts if part]
    return lazily(lambda language: str(said(between, language)).join(str(said(part, language)) for part in kept))


def several(one: str, many: str, count: int) -> str:
    """The form of a message that `count` asks for, filled with it: `several("{count} visit", "{count} visits", 7)`."""
    return lazily(lambda language: translator(language).ngettext(one, many, count).format(count=count))


def day_time(at: datetime, zone: str, *, year: bool = False) -> str:
    """`format_day_time` in the language of whoever will read it."""
    return lazily(lambda language: format_day_time(at, zone, language, year=year))


def calendar_day(day: date) -> str:
    """`format_calendar` in the language of whoever will read it."""
    return lazily(lambda language: format_calendar(day, language))


def date_words(day: date) -> str:
    """`format_date` in the language of whoever will read it."""
    return lazily(lambda language: format_date(day, language))


def short_day(day: date, *, year: bool = False, weekday: bool = False) -> str:
    """`format_short` in the language of whoever will read it."""
    return lazily(lambda language: format_short(day, language, year=year, weekday=weekday))


def clock_time(at: datetime, zone: str) -> str:
    """`format_clock` in the language of whoever will read it."""
    return lazily(lambda language: format_clock(at, zone, language))


def amount(money: Money) -> str:
    """`format_money` in the language of whoever will read it."""
    return lazily(lambda language: format_money(money, language))


def language_called(code: str) -> str:
    """`language_name` in the language of whoever will read it."""
    return lazily(lambda language: language_name(code, language))


def _each(values: Iterable[object], language: str) -> list[object]:
    return [said(value, language) for value in values]


def _all(values: Mapping[str, object], language: str) -> dict[str, object]:
    return {name: said(value, language) for name, value in values.items()}
