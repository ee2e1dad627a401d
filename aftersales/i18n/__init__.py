"""Words in the reader's language. Pure: no database, no web framework; machines and rules may import it.

English message ids are the source. Catalogues are plain `locale/<language>/LC_MESSAGES/messages.po` files in the kernel
and in each module, read once and compiled in memory.
"""

from aftersales.i18n.catalogues import translator
from aftersales.i18n.formats import (
    currency_sign,
    format_calendar,
    format_clock,
    format_date,
    format_day_time,
    format_instant,
    format_money,
    format_zone,
    language_name,
    left_to_right,
)
from aftersales.i18n.languages import DEFAULT, DESK, LANGUAGES, OFFERED, Language, language_or_default
from aftersales.i18n.words import (
    N_,
    Words,
    amount,
    calendar_day,
    clock_time,
    date_words,
    day_time,
    joined,
    language_called,
    lazily,
    said,
    say,
    several,
    short_day,
)

__all__ = [
    "DEFAULT",
    "DESK",
    "LANGUAGES",
    "N_",
    "OFFERED",
    "Language",
    "Words",
    "amount",
    "calendar_day",
    "clock_time",
    "currency_sign",
    "date_words",
    "day_time",
    "format_calendar",
    "format_clock",
    "format_date",
    "format_day_time",
    "format_instant",
    "format_money",
    "format_zone",
    "joined",
    "language_called",
    "language_name",
    "language_or_default",
    "lazily",
    "left_to_right",
    "said",
    "say",
    "several",
    "short_day",
    "translator",
]
