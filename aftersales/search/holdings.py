"""What a customer may be found by."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select

from aftersales.db.holding import gone, told
from aftersales.i18n import N_
from aftersales.module import Holding
from aftersales.search.models import SearchKey
from aftersales.search.rules import Kind
from aftersales.subject import Line, Subject, counted
from aftersales.work import Work

_PERSONAL = (Kind.NAME, Kind.PHONE)


async def export(work: Work, subject: Subject) -> Any:
    """The keys of the customer's own."""
    keys = select(SearchKey.kind, SearchKey.key).where(SearchKey.customer_id == subject.customer_id)
    return await told(work.session, keys.where(SearchKey.kind.in_(_PERSONAL)).order_by(SearchKey.kind, SearchKey.key))


async def erase(work: Work, subject: Subject) -> Sequence[Line]:
    """Every name and phone. Numbers of documents and serials stay: they find books and units that name nobody.

    Of one person in a household nothing: its keys have been made anew from those who remain.
    """
    if not subject.everybody:
        return ()
    keys = delete(SearchKey).where(SearchKey.customer_id == subject.customer_id, SearchKey.kind.in_(_PERSONAL))
    return counted([await gone(work.session, N_("Search keys"), keys)])


HOLDINGS = (
    Holding(
        "search",
        N_("What finds the customer"),
        personal=frozenset({"search_key.key", "search_key.reversed"}),
        export=export,
        erase=erase,
    ),
)
