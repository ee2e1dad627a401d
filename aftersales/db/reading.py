"""A request that only reads asks the database each question once, however many cards of its page ask it."""

from typing import Any

from sqlalchemy import Result, event
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.sql.cache_key import HasCacheKey

_ANSWERS = "aftersales.answers"


def remember(session: AsyncSession) -> None:
    """From now on this session answers a repeated SELECT from memory; a write forgets everything.

    For requests that change nothing: within one page, two cards that read the same row should see the same row.
    """
    session.info[_ANSWERS] = {}
    # On this session alone: those that write pay nothing for it.
    event.listen(session.sync_session, "do_orm_execute", _once)
    event.listen(session.sync_session, "after_flush", _forget)


def answers(session: AsyncSession) -> dict[object, Any] | None:
    """What this session has been answered; None if it remembers nothing."""
    known: dict[object, Any] | None = session.info.get(_ANSWERS)
    return known


def _once(state: ORMExecuteState) -> Result[Any] | None:
    answers: dict[object, Any] = state.session.info[_ANSWERS]
    # Rows that are read to be changed are no others than those that are read to be shown: nothing is changed here, and
    # what does change something is forgotten above and below.
    if not state.is_select:
        answers.clear()
        return None
    if not isinstance(state.statement, HasCacheKey):
        return None
    # SQLAlchemy's own recipe for caching: the only name that a statement has.
    named = state.statement._generate_cache_key()  # noqa: SLF001
    if named is None:
        return None
    values = [bound.effective_value for bound in named.bindparams]
    key = (named.key, repr(values), repr(state.parameters))
    if key not in answers:
        answers[key] = state.invoke_statement().freeze()
    found: Result[Any] = answers[key]()
    return found


def _forget(session: Session, _context: object) -> None:
    session.info[_ANSWERS].clear()
