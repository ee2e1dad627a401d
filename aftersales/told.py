"""What belongs to a text for customers beside its words: the times it states, the paper that goes with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

# Types alone, as in the manifest.
if TYPE_CHECKING:
    from aftersales.module import Posted
    from aftersales.ports.promises import Span
    from aftersales.work import Work


@dataclass(frozen=True, slots=True)
class Stated:
    """A time that a text states, and that is then in the ledger of promises.

    `kind` is what is promised (`promises.ledger.Kind`), `variable` which of the words is the time. `when` answers it
    for a change, None where this one names none; without it the kernel's own `promises` are asked. `before` is the
    variable that is the time which no longer holds: only a text that says it takes the place of an earlier promise.
    """

    kind: str
    variable: str
    when: Callable[[Work, Posted], Awaitable[Span | None]] | None = None
    before: str = ""


@dataclass(frozen=True, slots=True)
class Paper:
    """A PDF of the customer's that goes with a text, on channels that carry one (e-mail, WhatsApp).

    `draw(work, document_id, language)` answers its number and its bytes, drawn as the text is sent, in the language of
    whoever receives it; `work` may see what the recipient's own page may. Where it raises or is too large the text goes
    without it. `name` is what the file is called, before the number.
    """

    name: str
    draw: Callable[[Work, UUID, str], Awaitable[tuple[str, bytes]]]
