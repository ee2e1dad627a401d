"""A customer's or a unit's life, read page by page: which documents are part of it, newest first."""

from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Select

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
        return self.cut(query.where(self.about), Document.id)

    def cut(self, query: T, key: Any) -> T:
        """The page of any query with the ids `key`, the newest first."""
        query = query.order_by(key.desc()).limit(self.limit)
        return query if self.before is None else query.where(key < self.before)
