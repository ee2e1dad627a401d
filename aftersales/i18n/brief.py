"""Values where room is short: an SMS in India gives each of them thirty characters. And how figures are spoken."""

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date as babel_date

from aftersales.i18n import N_, format_money, language_or_default, translator
from aftersales.i18n.formats import abroad, left_to_right, unmarked_money
from aftersales.money import Money

ROOM = 30
_SPOKEN = {"INR": (N_("{whole} rupees"), N_("{whole} rupees and {part} paise"))}


def fitted(value: str, room: int = ROOM) -> str:
    """The value on one line of at most `room` characters, cut between words where that leaves at least a half."""
    line = " ".join(value.split())
    if len(line) <= room:
        return line
    cut = line[:room].rpartition(" ")[0]
    return (cut if 2 * len(cut) >= room else line[:room]).rstrip(" ,;:-(")


def brief_day(at: datetime, zone: str, language: str, *, home: str | None = None) -> str:
    """The day alone on the wall clock of `zone`, short: `Sat 28 Nov`; away from `home` with its zone."""
    local = at.astimezone(ZoneInfo(zone)).date()
    return f"{babel_date(local, 'EEE d MMM', locale=language_or_default(language))}{abroad(at, zone, home)}"


def brief_instant(at: datetime, zone: str, language: str, *, home: str | None = None) -> str:
    """A day and a time in at most thirty characters: `Sat 28 Nov, 6 PM`; away from `home` with its zone."""
    local, clock = at.astimezone(ZoneInfo(zone)), brief_clock(at, zone, home=home)
    whole = f"{brief_day(at, zone, language)}, {clock}"
    return whole if len(whole) <= ROOM else f"{local.day}.{local.month}., {clock}"


def brief_window(start: datetime, end: datetime, zone: str, language: str, *, home: str | None = None) -> str:
    """A window of one day in at most thirty characters: `Sat 28 Nov, 4-6 PM`, `Sat 28 Nov, 11 AM-1:30 PM`."""
    first, last = (at.astimezone(ZoneInfo(zone)) for at in (start, end))
    same = first.hour // 12 == last.hour // 12
    hours = f"{_hour(first)}{'' if same else _half(first)}-{_hour(last)}{_half(last)}{abroad(end, zone, home)}"
    day = babel_date(first.date(), "EEE d MMM", locale=language_or_default(language))
    whole = f"{day}, {hours}"
    return whole if len(whole) <= ROOM else f"{first.day}.{first.month}., {hours}"


def brief_clock(at: datetime, zone: str, *, home: str | None = None) -> str:
    """The time alone, the same in every language: `6:05 PM`."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{_hour(local)}{_half(local)}{abroad(at, zone, home)}"


def spelled(text: str) -> str:
    """A number or code as it is dictated: letters and digits one by one, `K K P, 2 6, 0 0 4`."""
    groups = "".join(sign if sign.isalnum() else " " for sign in text).split()
    return ", ".join(" ".join(group) for group in groups)


def money_forms(name: str, money: Money, language: str) -> dict[str, str]:
    """The amount as it is written, in short (`Rs 6,490`, of signs that every telephone knows), and as it is spoken."""
    return {
        name: format_money(money, language),
        f"{name}_short": _brief_money(money, language),
        f"{name}_spoken": spoken_money(money, language),
    }


def spoken_money(money: Money, language: str) -> str:
    """The amount as a voice says it, without signs or separators: `6490 rupees`, `12 rupees and 50 paise`."""
    if money.currency not in _SPOKEN:
        return format_money(money, language)
    whole, part = divmod(money.minor, 100)
    alone, both = _SPOKEN[money.currency]
    return translator(language).gettext(both if part else alone).format(whole=whole, part=part)


def _brief_money(money: Money, language: str) -> str:
    text = unmarked_money(money, language)
    short = text.replace("₹", "Rs ").removesuffix(".00") if money.currency == "INR" else text
    return left_to_right(short, language)


def _hour(local: datetime) -> str:
    hour = local.hour % 12 or 12
    return f"{hour}:{local.minute:02d}" if local.minute else str(hour)


def _half(local: datetime) -> str:
    return " AM" if local.hour < 12 else " PM"
