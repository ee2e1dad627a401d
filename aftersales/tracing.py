"""Spans for whoever traces. Without `AFTERSALES_OTLP_URL` nothing is traced, and nothing that traces is imported."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from types import MappingProxyType
from typing import Final, Protocol
from uuid import UUID

Fact = str | int | bool
Facts = Mapping[str, Fact]
Headers = Iterable[tuple[bytes, bytes]]
Posted = tuple[UUID, int]
"""A stream and a version on it: what a post made, and what a delivery is about."""


class Span(Protocol):
    """What is under way. It ends with its block; an exception that leaves the block marks it as failed."""

    def failed(self, code: str) -> None:
        """It failed: an error's class and code, never its message."""

    def forget(self) -> None:
        """There was nothing to tell: it is not sent."""

    def note(self, facts: Facts) -> None:
        """Add what became known: codes, counts and ids only."""

    def made(self, entries: Iterable[Posted]) -> None:
        """These were posted: from here one comes to the traces of their deliveries."""


class _Silent:
    def failed(self, code: str) -> None:
        pass

    def forget(self) -> None:
        pass

    def note(self, facts: Facts) -> None:
        pass

    def made(self, entries: Iterable[Posted]) -> None:
        pass


Begin = Callable[[str, Posted | None, Headers, Facts], AbstractContextManager[Span]]

_NOTHING: Final[AbstractContextManager[Span]] = nullcontext(_Silent())
_NONE: Final[Facts] = MappingProxyType({})
_begin: Begin | None = None


def span(
    name: str, facts: Facts = _NONE, *, of: Posted | None = None, headers: Headers = ()
) -> AbstractContextManager[Span]:
    """The block that this opens, as a span; while nobody traces, nothing.

    `of` is the entry that a delivery is about, `headers` are those of a request.
    """
    return _NOTHING if _begin is None else _begin(name, of, headers, facts)


def install(begin: Begin | None) -> None:
    """Trace from now on with this; None to stop. Called once, at the start of a process."""
    global _begin  # noqa: PLW0603 - one per process, like the log
    _begin = begin
