"""What is done about a security at a gateway, and what has become of it there. Pure."""

from datetime import datetime, timedelta
from enum import StrEnum

from billing.gateways import Standing
from billing.holds.machine import ASKED

ASKED_FOR = timedelta(days=3)
"""How long a customer is waited for to block the amount."""
PAGE_LASTS = timedelta(hours=23)
SHORTEST_PAGE = timedelta(minutes=35)
"""A page of Stripe's is open for thirty minutes at least, and for a day at most."""
WARNED_BEFORE = timedelta(days=1)
_SOONEST, _LATEST = timedelta(minutes=2), timedelta(hours=1)
_HELD_LOOKED_AT = timedelta(hours=12)
_SLACK = timedelta(minutes=5)


class Deed(StrEnum):
    """What the gateway is asked next."""

    NOTHING = "nothing"
    BEGIN = "begin"
    FREE = "free"
    TAKE = "take"


def deed(status: str, standing: Standing | None, *, in_time: bool) -> Deed:
    """What to do about a security in this status. `standing` None: there is no page. `in_time`: one may begin."""
    if status in ASKED and standing in (None, Standing.OVER, Standing.FREED) and in_time:
        return Deed.BEGIN
    if status == "releasing" and standing in (Standing.OPEN, Standing.HELD):
        return Deed.FREE
    if status == "capturing" and standing is Standing.HELD:
        return Deed.TAKE
    return Deed.NOTHING


_VERBS = {
    ("asked", Standing.HELD): "block",
    ("asked_anew", Standing.HELD): "block",
    ("held", Standing.FREED): "freed",
    ("held", Standing.OVER): "freed",
    ("releasing", Standing.FREED): "let_go",
    ("releasing", Standing.OVER): "let_go",
    ("releasing", None): "let_go",
    ("capturing", Standing.TAKEN): "take",
    ("capturing", Standing.FREED): "freed",
    ("capturing", Standing.OVER): "freed",
}


def verb(status: str, standing: Standing | None, *, in_time: bool) -> str | None:
    """The verb by which a security in this status follows what the gateway says; None: nothing has happened."""
    if status in ASKED and standing in (None, Standing.OVER, Standing.FREED) and not in_time:
        return "give_up"
    return _VERBS.get((status, standing)) if standing is not None else _VERBS.get((status, None))


def differs(status: str, standing: Standing | None) -> bool:
    """Whether the gateway has done what nobody here decided: somebody did it by hand, at the gateway's own pages."""
    return standing is Standing.TAKEN and status in (*ASKED, "held", "releasing")


def page_ends(now: datetime, asked_until: datetime) -> datetime:
    """Until when a page is open that begins now."""
    return min(now + PAGE_LASTS, asked_until)


def in_time(now: datetime, asked_until: datetime) -> bool:
    """Whether it is worth beginning a page."""
    return asked_until - now >= SHORTEST_PAGE


def next_look(status: str, now: datetime, began: datetime, until: datetime | None, *, warned: bool) -> datetime | None:
    """When to ask the gateway again, should it not tell us itself; None once nothing more is to come.

    `began` is when the customer was asked, `until` when the bank frees the amount.
    """
    if status in ASKED:
        return now + min(max(_SOONEST, (now - began) / 4), _LATEST)
    if status in ("releasing", "capturing"):
        return now + _LATEST
    if status != "held":
        return None
    times = [now + _HELD_LOOKED_AT]
    if until is not None:
        times += [until + _SLACK] if warned else [max(now, until - WARNED_BEFORE)]
    return min(at for at in times if at > now) if any(at > now for at in times) else now + _LATEST


def warns(status: str, now: datetime, until: datetime | None) -> bool:
    """Whether the bank is about to free what is held."""
    return status == "held" and until is not None and now >= until - WARNED_BEFORE
