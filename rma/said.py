"""How a return is settled, as customers hear and read it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from aftersales import clock
from aftersales.auth import repository as auth
from aftersales.i18n import format_date, format_instant, format_money, translator
from aftersales.i18n.brief import brief_day, spoken_money
from aftersales.i18n.formats import abroad
from aftersales.module import Posted
from aftersales.money import Money
from aftersales.ports.promises import Span
from aftersales.work import Work
from rma import repository, settlements
from rma.models import ReturnExchange, ReturnResolution
from rma.words import ACCEPTED_LATE, FEE_SAID, LESS_SAID, MORE_SAID, SAID
from rma.worth import Resolution


async def settlement(work: Work, posted: Posted, language: str) -> Mapping[str, str]:
    """`{settlement}` (what the customer gets for each piece) and `{settled_by}`."""
    system = work.as_system()
    held = await repository.one(system.session, system.scope, posted.document_id)
    rows = await settlements.resolutions(system.session, system.scope, {held.id})
    made = await settlements.exchanges(system.session, system.scope, {held.id})
    branch = await auth.branch(system.session, system.scope, held.branch_id)
    due = held.settle_by
    return {
        "settlement": in_words(rows, made, language, format_money),
        "settlement_spoken": in_words(rows, made, language, spoken_money),
        "settled_by": format_instant(due, work.zone or branch.timezone, language, home=branch.timezone) if due else "",
        "settled_by_short": brief_day(due, work.zone or branch.timezone, language, home=branch.timezone) if due else "",
    }


def in_words(
    rows: Sequence[ReturnResolution],
    made: Sequence[ReturnExchange],
    language: str,
    write: Callable[[Money, str], str],
) -> str:
    """What the customer gets in the language, alike pieces together; before anything is chosen, that it is accepted."""
    translate = translator(language).gettext
    said = [
        translate(words).format(amount=write(money, language) if money is not None else "")
        for words, money in sentences(rows, made)
    ]
    return " ".join(said) or translate(ACCEPTED_LATE)


def sentences(rows: Sequence[ReturnResolution], made: Sequence[ReturnExchange]) -> list[tuple[str, Money | None]]:
    """What the customer gets for the pieces of a return, each a sentence and the amount in it; alike ones once, in each
    currency. `made` are the exchanges of the return, whose differences are named."""
    totals: dict[tuple[str, str | None], Money | None] = {}
    for row in rows:
        parts = [(SAID[Resolution(row.resolution)], row.currency, row.amount_minor)]
        if row.fee_minor:
            parts.append((FEE_SAID, row.currency, row.fee_minor))
        for one in made:
            if one.resolution_id == row.id and one.difference_minor:
                words = MORE_SAID if one.difference_minor > 0 else LESS_SAID
                parts.append((words, one.currency, abs(one.difference_minor)))
        for words, currency, minor in parts:
            more = Money(currency, minor) if currency is not None and minor is not None else None
            key = words, more.currency if more is not None else None
            before = totals.get(key)
            totals[key] = before + more if before is not None and more is not None else more
    return [(words, money) for (words, _), money in totals.items()]


def day(name: str, at: datetime | None, zones: tuple[str, str], language: str) -> dict[str, str]:
    """`{name}` as the day where the reader is, and shorter; away from the branch, where a day may be another, with its
    zone. `zones` are the reader's and the branch's."""
    if at is None:
        return {name: "", f"{name}_short": ""}
    zone, home = zones
    words = format_date(clock.business_date(at, zone), language, year=False) + abroad(at, zone, home)
    return {name: words, f"{name}_short": brief_day(at, zone, language, home=home)}


async def promised(work: Work, posted: Posted) -> Span | None:
    """Until when it is settled."""
    system = work.as_system()
    due = (await repository.one(system.session, system.scope, posted.document_id)).settle_by
    return Span("refund", None, due, "policy") if due is not None else None
