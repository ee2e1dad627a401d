"""Finding: what was typed is classified, then looked up in one statement by indexes alone."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.phones import DEFAULT_REGION
from aftersales.scope import ActorKind, Scope
from aftersales.search.models import SearchKey
from aftersales.search.rules import Lookup, Match, classify
from aftersales.status import documents
from aftersales.status.models import Document

LIMIT = 20
_LAST = "\U0010ffff"
_SCORES = {Match.EXACT: 4.0, Match.END: 3.0, Match.PREFIX: 2.0}


@dataclass(frozen=True, slots=True)
class Hit:
    """Something that what was typed may mean. The higher the score the likelier; compare only within one answer."""

    entity: str
    entity_id: UUID
    customer_id: UUID | None
    kind: str
    score: float


async def find(
    session: AsyncSession, scope: Scope, text: str, limit: int = LIMIT, *, region: str = DEFAULT_REGION
) -> list[Hit]:
    """What this caller may see of what they typed, likeliest first; empty if it is too short to mean anything.

    Customers and units are found by whoever holds `customer.view`, by others only where a document that they may see
    leads there; customers themselves find nothing.
    """
    statement = statement_for(scope, text, limit, region)
    if statement is None:
        return []
    return [Hit(*row) for row in await session.execute(statement)]


def statement_for(scope: Scope, text: str, limit: int, region: str = DEFAULT_REGION) -> Select[Any] | None:
    """The statement that `find` runs; None if there is nothing to look for."""
    lookups = classify(text, region)
    if not lookups or scope.actor.kind is ActorKind.CUSTOMER:
        return None
    # Materialised: what the caller may see is asked of the few rows found, and leads the planner to no other index.
    found = union_all(*(_select(lookup) for lookup in lookups)).cte("found", nesting=True).prefix_with("MATERIALIZED")
    return (
        select(found.c.entity, found.c.entity_id, found.c.customer_id, func.min(found.c.kind), func.max(found.c.score))
        .where(_allowed(scope, found.c.entity, found.c.entity_id, found.c.customer_id))
        .group_by(found.c.entity, found.c.entity_id, found.c.customer_id)
        .order_by(func.max(found.c.score).desc(), found.c.entity_id.desc())
        .limit(limit)
    )


def _select(lookup: Lookup) -> Select[Any]:
    where, score = _condition(lookup)
    columns = (SearchKey.entity, SearchKey.entity_id, SearchKey.customer_id, SearchKey.kind, score.label("score"))
    # The kind as a literal: a partial index is only used where the planner can see that its condition holds.
    return select(*columns).where(SearchKey.kind == literal_column(f"'{lookup.kind.value}'"), where)


def _condition(lookup: Lookup) -> tuple[ColumnElement[bool], ColumnElement[Any]]:
    text = literal(lookup.text)
    match lookup.match:
        case Match.ALIKE:
            return text.op("<%")(SearchKey.key), func.word_similarity(text, SearchKey.key) + func.similarity(
                text, SearchKey.key
            )
        case Match.EXACT:
            return SearchKey.key == text, literal(_SCORES[Match.EXACT])
        case Match.END:
            where = and_(SearchKey.reversed.is_not(None), _begins(SearchKey.reversed, lookup.text[::-1]))
            return where, literal(_SCORES[Match.END])
        case Match.PREFIX:
            score = case((SearchKey.key == text, _SCORES[Match.EXACT]), else_=_SCORES[Match.PREFIX])
            return _begins(SearchKey.key, lookup.text), score


def _begins(column: Any, prefix: str) -> ColumnElement[bool]:
    """A prefix as a range: unlike LIKE it is served by the index in a generic plan too."""
    return and_(column.op("~>=~")(prefix), column.op("~<~")(prefix + _LAST))


def _allowed(scope: Scope, entity: Any, entity_id: Any, customer_id: Any) -> ColumnElement[bool]:
    if scope.actor.kind is ActorKind.SYSTEM:
        return true()
    document = exists().where(Document.id == entity_id, documents.visible(scope))
    if scope.can("customer.view"):
        return or_(entity != "document", document)
    of_unit = exists().where(Document.unit_id == entity_id, documents.visible(scope))
    of_customer = exists().where(Document.customer_id == customer_id, documents.visible(scope))
    return or_(
        and_(entity == "document", document),
        and_(entity == "unit", of_unit),
        and_(entity == "customer", of_customer),
    )
