"""Pages of the desk that modules bring: of documents that lie outside any case, and ways to them from everywhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aftersales.i18n import N_


@dataclass(frozen=True, slots=True)
class Home:
    """The desk's own page of documents that may lie outside any case: `address` with `{id}`, and what shows it.

    `show(request, work, document, failed=None)`; a form that could not be carried out is shown again by it.
    """

    address: str
    show: Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Rail:
    """A way from every desk page to a page of the module, for those with the permission. `name` marks where one is."""

    name: str
    label: str
    url: str
    permission: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "label", N_(self.label))


@dataclass(frozen=True, slots=True)
class Report:
    """A page of figures, `/desk/reports/<listing>`: what a list says, under these headings by column.

    `about` tells how it is counted. `said` are words for codes that stand in its cells; a column named `…percent` is
    drawn as a bar too. The days and the centre are asked for where the list's filters know them.
    """

    listing: str
    about: str
    heads: Mapping[str, str]
    said: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "about", N_(self.about))


def _no_facts(terms: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
    del terms
    return ()


@dataclass(frozen=True, slots=True)
class Published:
    """A kind of policy that anybody may read, `/policies/<kind>`, in the reader's words.

    `facts` answers labels and values that the clauses do not say, such as months, from the terms as they are stored.
    `door` is what anybody may do by them: its words and the address of the public page.
    """

    title: str
    facts: Callable[[Mapping[str, Any]], Sequence[tuple[str, str]]] = _no_facts
    door: tuple[str, str] | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", N_(self.title))
        if self.door is not None:
            object.__setattr__(self, "door", (N_(self.door[0]), self.door[1]))


@dataclass(frozen=True, slots=True)
class Desk:
    """What a module adds to the desk: `homes` by machine, ways to its pages on the rail, and reports; and what it adds
    for the public: the policies by kind that anybody may read."""

    homes: Mapping[str, Home] = field(default_factory=dict)
    rail: tuple[Rail, ...] = ()
    reports: tuple[Report, ...] = ()
    published: Mapping[str, Published] = field(default_factory=dict)


NO_PAGES = Desk()
