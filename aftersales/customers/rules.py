"""Decisions about people's details on plain values. Pure."""

import re
from collections.abc import Sequence
from zoneinfo import available_timezones

from aftersales import phones
from aftersales.i18n import N_

_EMAIL = re.compile(r"[^\s@<>\"(),:;\\]{1,64}@(?:[^\s@<>\"(),:;\\.]{1,63}\.)+[^\s@<>\"(),:;\\.]{2,63}")
_ZONES = frozenset(available_timezones())


def email_problem(email: str) -> str | None:
    """Why no mail could be sent there; None if it could."""
    if len(email) > 254 or _EMAIL.fullmatch(email) is None:
        return N_("is not an e-mail address such as padma@example.com")
    return None


def zone_problem(zone: str) -> str | None:
    """Why this is no time zone; None if it is one."""
    return None if zone in _ZONES else N_("is not an IANA time zone such as Asia/Kolkata")


def normal_phones(typed: Sequence[str], region: str) -> tuple[list[str], dict[int, str]]:
    """The phones in E.164, each once, in their order; and what is wrong with the others, by place."""
    found: dict[str, None] = {}
    problems: dict[int, str] = {}
    for place, one in enumerate(typed):
        try:
            found[phones.normalise(one, region)] = None
        except ValueError:
            problems[place] = N_("is not a phone number; write it as it is dialled, or with + and the country code")
    return list(found), problems
