"""Words in the reader's language. Pure: no database, no web framework; machines and rules may import it.

English message ids are the source. Catalogues are plain `locale/<language>/LC_MESSAGES/messages.po` files in the kernel
and in each module, read once and compiled in memory.
"""

from aftersales.i18n.catalogues import translator
from aftersales.i18n.formats import (
    format_calendar,
    format_clock,
    format_date,
    format_day_time,
    format_instant,
    format_money,
    language_name,
    left_to_right,
)
from aftersales.i18n.languages import DEFAULT, DESK, LANGUAGES, OFFERED, Language, language_or_default

__all__ = [
    "DEFAULT",
    "DESK",
    "LANGUAGES",
    "N_",
    "OFFERED",
    "Language",
    "format_calendar",
    "format_clock",
    "format_date",
    "format_day_time",
    "format_instant",
    "format_money",
    "language_name",
    "language_or_default",
    "left_to_right",
    "translator",
]


def N_(message: str) -> str:  # noqa: N802 - the name that gettext tools know
    """Mark a message for translation and return it as it is; whoever shows it translates it."""
    return message
