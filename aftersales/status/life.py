"""A customer's or a unit's life, read page by page: which documents are part of it, newest first."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from aftersales.status.models import Document

T = TypeVar("T", bound=Select[*tuple[object, ...]])


@dataclass(frozen=True, slots=True)
class Life:
    """A page of a life: of the customer or of the unit (one of the two), at most `limit` rows, the newest first.

    `before` is the id of the last row of the page before, None for the newest. `zone` is the reader's.
    """

    zone: str
    limit: int
    customer_id: UUID | None = None
    unit_id: UUID | None = None
    before: UUID | None = None

    @property
    def about(self) -> ColumnElement[bool]:
        """The condition on Document that it belongs to this life, whoever may see it."""
        if self.unit_id is not None:
            return Document.unit_id == self.unit_id
        return Document.customer_id == self.customer_id

    def page(self, query: T) -> T:
        """The rows of this page, of a query over Document that keeps to the caller's Scope already."""
        return self.cut(query.where(self.about), Document.opened_at, Document.id)

    def cut(self, query: T, at: InstrumentedAttribute[datetime], key: InstrumentedAttribute[UUID]) -> T:
        """The page of any query whose rows have the ids `key` and happened `at`, the newest first.

        By the time it happened: what is imported is written long afterwards.
        """
        query = query.order_by(at.desc(), key.desc()).limit(self.limit)
        if self.before is None:
            return query
        then = select(at).where(key == self.before).correlate(None).scalar_subquery()
        return query.where(tuple_(at, key) < tuple_(then, self.before))
