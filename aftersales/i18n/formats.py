"""Money, dates and times as people read them, in their language."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date as babel_date
from babel.dates import format_time as babel_time
from babel.dates import get_timezone_name
from babel.numbers import format_currency, get_currency_symbol

from aftersales.i18n.languages import LANGUAGES, Language, language_or_default
from aftersales.money import Money

# Many locales' own patterns group rupees as the west does.
_RUPEES = "¤#,##,##0.00"


def format_money(money: Money, language: str) -> str:
    """The amount with its currency's sign, digits and decimal places: `₹6,490.00`, `₹1,25,000.00`."""
    return left_to_right(unmarked_money(money, language), language)


def unmarked_money(money: Money, language: str) -> str:
    """The same for what is not yet done with it; `left_to_right` must follow."""
    pattern = _RUPEES if money.currency == "INR" else None
    locale = _written(language).code
    return format_currency(money.major, money.currency, pattern, locale=locale, numbering_system="latn")


def currency_sign(currency: str) -> str:
    """What stands before a sum in the currency: `₹`, `£`, `AED`. The same in every language."""
    return str(get_currency_symbol(currency, locale="en"))


def left_to_right(text: str, language: str) -> str:
    """A sum or a telephone number that must not be turned around in a text from right to left: marked there.

    Nor does it run together with a number or a Latin word beside it, which would then change places with it. Marks
    rather than isolates: every telephone, and what draws our PDFs, knows them.
    """
    return f"\u200f\u200e{text}\u200f" if _written(language).direction == "rtl" else text


def format_date(day: date, language: str, *, year: bool = True) -> str:
    """The date in words, with its weekday: `Saturday 28 November 2026`."""
    words = _written(language)
    return babel_date(day, words.full_day if year else words.day, locale=words.code)


def format_calendar(day: date, language: str) -> str:
    """The date without its weekday, as on a paper: `22 March 2026`. For what lies in the past or years ahead."""
    words = _written(language)
    return babel_date(day, words.calendar, locale=words.code)


def format_clock(at: datetime, zone: str, language: str) -> str:
    """The time alone on the wall clock of `zone`, with its part of the day: `1:30 in the afternoon`."""
    words = _written(language)
    local = at.astimezone(ZoneInfo(zone))
    time = babel_time(local.time(), words.whole_hours if local.minute == 0 else "h:mm", locale=words.code)
    return words.clock.format(time=time, part=words.part_of_day(local.hour))


def format_zone(zone: str, language: str) -> str:
    """The zone as its people call it: `India Standard Time`."""
    return get_timezone_name(ZoneInfo(zone), locale=_written(language).code)


def format_instant(at: datetime, zone: str, language: str, *, home: str | None = None, year: bool = False) -> str:
    """The instant on the wall clock of `zone`: `Saturday 28 November, 6 in the evening`.

    `home` is the branch's zone: where it differs, the abbreviation of `zone` is added.
    """
    words = _written(language)
    local = at.astimezone(ZoneInfo(zone))
    text = words.instant.format(
        day=format_date(local.date(), words.code, year=year),
        time=babel_time(local.time(), words.whole_hours if local.minute == 0 else "h:mm", locale=words.code),
        part=words.part_of_day(local.hour),
    )
    return text + abroad(at, zone, home)


def abroad(at: datetime, zone: str, home: str | None) -> str:
    """What is added to a time on another clock than that of `home`: ` PST`; nothing at home."""
    return f" {_abbreviation(at.astimezone(ZoneInfo(zone)))}" if home is not None and home != zone else ""


def format_day_time(at: datetime, zone: str, language: str, *, year: bool = False) -> str:
    """The instant as staff read it, short and on 24 hours: `Sat 28 Nov, 18:00`."""
    words = _written(language)
    local = at.astimezone(ZoneInfo(zone))
    pattern = "EEE d MMM y" if year else "EEE d MMM"
    return f"{babel_date(local.date(), pattern, locale=words.code)}, {local:%H:%M}"


def format_short(day: date, language: str, *, year: bool = False, weekday: bool = False) -> str:
    """The date as it stands in a narrow column: `28 Nov`, `28 Nov 2026`, with its weekday `Sat 28 Nov`."""
    pattern = f"{'EEE ' if weekday else ''}d MMM{' y' if year else ''}"
    return babel_date(day, pattern, locale=_written(language).code)


def language_name(code: str, language: str) -> str:
    """What the language `code` is called in `language`: `Telugu`, `తెలుగు`. The code if it has no name there."""
    return str(Locale.parse(_written(language).code).languages.get(code.partition("-")[0].lower(), code))


def _written(language: str) -> Language:
    return LANGUAGES[language_or_default(language, LANGUAGES)]


def _abbreviation(local: datetime) -> str:
    """`IST`; zones that have only a number, such as `+04`, are written as `UTC+04`."""
    name = local.tzname() or ""
    return f"UTC{name}" if name[:1] in {"+", "-"} else name
