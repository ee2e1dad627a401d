"""Values of the greatest length that a text can meet, for counting and for reading it aloud. Pure."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from string import ascii_lowercase

from aftersales.auth.codes import DIGITS
from aftersales.i18n import format_calendar, format_instant, translator
from aftersales.i18n.brief import ROOM, brief_clock, brief_instant, brief_window, money_forms, spelled
from aftersales.i18n.rows import DEMO_CENTRES, KINDS_OF_PRODUCT
from aftersales.money import Money

_ZONE = "Asia/Kolkata"
# Each month, and each day of a week in it; with hours and minutes on both sides of noon.
_FIRST = datetime(2026, 1, 20, 5, 45, tzinfo=UTC)
_MONTHS = tuple(_FIRST.replace(month=month) for month in range(1, 13))
_MOST = Money("INR", 999_999_99)


@lru_cache(maxsize=64)
def samples(language: str, link: str) -> Mapping[str, str]:
    """A value for every name that a text of ours may use, as long as it gets. What people are called is free: `ROOM`.

    A name that a module adds and that is not here counts as `ROOM` letters in `filled`.
    """
    kinds = [translator(language).gettext(kind) for kind in KINDS_OF_PRODUCT]
    ends = _FIRST + timedelta(hours=5)
    return money_forms("amount", _MOST, language) | {
        "product": max(kinds, key=len),
        "number": "KKPX-26-004217",
        "return_number": "KKPX-26-004217-R1",
        "link": link,
        "code": "8" * DIGITS,
        "until": format_instant(ends, _ZONE, language),
        "until_short": max(brief_clock(ends, _ZONE), "Wed 23 Sep", key=len),
        "window": format_instant(ends, _ZONE, language),
        "window_short": _longest_window(language),
        "seal": "SEAL-00421733",
    }


def _longest_window(language: str) -> str:
    """The longest name of a month, and in that month the longest of a day: they stand beside each other."""

    def windows(starts: Iterable[datetime]) -> dict[str, datetime]:
        return {brief_window(one, one + timedelta(hours=2), _ZONE, language): one for one in starts}

    months = windows(_MONTHS)
    month = months[max(months, key=len)]
    return max(windows(month + timedelta(days=day) for day in range(7)), key=len)


def filled(names: Iterable[str], known: Mapping[str, str]) -> dict[str, str]:
    """The names with their values; a free one is as long as an SMS leaves room for."""
    letters = (ascii_lowercase * 2)[:ROOM]
    return {name: known.get(f"{name}_short", known.get(name, letters)) for name in names}


_EXAMPLES: Mapping[str, str] = {
    "model": "Godavari WashPro 7 kg",
    "owner": "Lakshmi Prasanna",
    "technician": "Ravi Kumar",
    "phone": "040 2315 0110",
    "phone_spoken": spelled("040 2315 0110"),
    "number": "KKP-26-004217",
    "number_spoken": spelled("KKP-26-004217"),
    "return_number": "KKP-26-000042-R1",
    "seal": "S-004217",
    "code": "481207",
    "code_spoken": spelled("481207"),
    "clause": "4.2",
    "policy": "v3",
    "item": "Godavari WashPro 7 kg",
}
_PERSONS = {"en": "Padma", "te": "పద్మ గారు"}
_TRANSLATED: Mapping[str, str] = {"centre": DEMO_CENTRES[0], "branch": DEMO_CENTRES[0]}


def examples(language: str) -> dict[str, str]:
    """A value for every name, as it might be in a real matter; what staff write themselves is an ellipsis."""
    translate = translator(language).gettext
    starts = datetime(2026, 11, 28, 10, 30, tzinfo=UTC)
    ends = starts + timedelta(hours=2)
    free = dict.fromkeys(
        (
            *("finding", "rule", "reason", "conditions", "question", "covered", "purpose", "visit", "bay"),
            *("why", "offer", "words", "settlement"),
        ),
        "…",
    )
    kind = translate(KINDS_OF_PRODUCT[0])
    return (
        free
        | dict(_EXAMPLES)
        | {name: translate(words) for name, words in _TRANSLATED.items()}
        | money_forms("amount", Money("INR", 649_000), language)
        | {
            "name": _PERSONS.get(language, "Padma"),
            "product": kind[:1].lower() + kind[1:],
            "link": "[link]",
            "until": format_instant(ends, _ZONE, language),
            "until_short": brief_clock(ends, _ZONE),
            "window": format_instant(starts, _ZONE, language),
            "window_short": brief_window(starts, ends, _ZONE, language),
        }
        | dict.fromkeys(("due", "end", "keep_on", "return_by"), format_calendar(ends.date(), language))
        | _time_forms("next_word", ends, language)
        | _time_forms("former", starts, language)
        | _time_forms("ready_by", ends, language)
        | _time_forms("call_by", ends, language)
        | _time_forms("settled_by", ends, language)
    )


def _time_forms(name: str, at: datetime, language: str) -> dict[str, str]:
    """A time that a text states, in full and for where room is short."""
    return {name: format_instant(at, _ZONE, language), f"{name}_short": brief_instant(at, _ZONE, language)}
