"""What customers were told, as a file."""

from typing import Annotated, Any

from pydantic import BaseModel, Field
from sqlalchemy import Select, func
from sqlalchemy.orm import aliased

from aftersales.customers.models import Person
from aftersales.i18n import N_
from aftersales.module import Column, Listing
from aftersales.status.documents import visible
from aftersales.status.models import Document
from aftersales.updates.machine import UpdateState
from aftersales.updates.models import CustomerUpdate
from aftersales.updates.permissions import VIEW
from aftersales.updates.render import CODE, LINK
from aftersales.work import Work

_CASE = aliased(Document)
_U = CustomerUpdate


class UpdateFilters(BaseModel):
    """As on the list of outgoing messages."""

    state: Annotated[list[UpdateState] | None, Field(max_length=10)] = None


async def _updates(work: Work, query: Select[Any], filters: UpdateFilters) -> Select[Any]:
    joined = (
        query.select_from(_U)
        .join(Document, Document.id == _U.document_id)
        .outerjoin(_CASE, (_CASE.id == _U.stream_id) & (_CASE.machine == "case"))
        .join(Person, Person.id == _U.person_id)
        .where(visible(work.scope, VIEW))
    )
    return joined.where(_U.state.in_(sorted(filters.state))) if filters.state else joined


# Links and codes stand in the stored words as marks that only the sending fills in.
_WORDS = func.replace(func.replace(_U.words, LINK, "…"), CODE, "…")

LISTINGS = (
    Listing(
        "updates",
        N_("Outgoing messages"),
        VIEW,
        (
            Column("id", _U.id),
            Column("case", func.coalesce(_CASE.number, Document.number)),
            Column("to", Person.name),
            Column("language", _U.language),
            Column("channel", _U.channel),
            Column("state", _U.state),
            Column("reason", _U.reason),
            Column("text", _U.text),
            Column("subject", _U.subject),
            Column("words", _WORDS),
            Column("attempts", _U.attempts),
            Column("created_at", _U.created_at),
            Column("sent_at", _U.sent_at),
            Column("delivered_at", _U.delivered_at),
            Column("read_at", _U.read_at),
            Column("person_id", _U.person_id),
        ),
        _updates,
        UpdateFilters,
    ),
)
