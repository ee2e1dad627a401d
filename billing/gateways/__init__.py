"""What billing asks of whoever takes cards: to hold an amount, and to free it or take it. Nothing else, so far.

A gateway decides nothing. It is told what has been decided and brings that about; asked twice, it has done it once.
Card numbers are typed at the gateway's own page and never reach us.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from aftersales.money import Money


class Standing(StrEnum):
    """How far it is at the gateway. `open`: the customer can block the amount; `over`: that page is closed, and
    nothing was blocked; `freed`: it was blocked and is no longer."""

    OPEN = "open"
    OVER = "over"
    HELD = "held"
    FREED = "freed"
    TAKEN = "taken"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be held: `key` names this asking (the same key is the same page), `number` is shown to the customer
    with `words`, who comes back to `back`. The page is good until `ends_at`, within a day from now."""

    key: str
    hold_id: UUID
    number: str
    amount: Money
    words: str
    back: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Seen:
    """What the gateway says: `session` is its name of the page and `reference` of the money, once there is any.
    `page` is where the customer blocks it, while it is open. `until`: when the bank frees it by itself. `refused`: the
    last card was not taken."""

    standing: Standing
    session: str
    page: str | None = None
    reference: str | None = None
    amount: Money | None = None
    until: datetime | None = None
    refused: bool = False


class Unwilling(Exception):
    """The gateway will never do this: a currency or an amount that it does not take. `code` is its own."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Faulty(Exception):
    """The gateway failed and goes on answering so under this key: look again, and ask under another."""

    code = "gateway.faulty"


class Busy(Exception):
    """The gateway was asked too much at once, or is still at the same request: come again."""

    code = "gateway.busy"


class CardHolds(Protocol):
    """Holds on cards at one gateway. All calls go over the network: none inside a transaction.

    Raises Unwilling (from `begin`), Faulty, Busy, and what the network raises; after any of them nothing is known until
    `look` has answered.
    """

    name: str

    async def begin(self, wanted: Wanted) -> Seen:
        """Open a page where the customer blocks the amount."""
        ...

    async def look(self, session: str) -> Seen:
        """How it stands."""
        ...

    async def free(self, seen: Seen, key: str) -> Seen:
        """Close the page, or free what is blocked. What has been taken stays so; the answer says how it stands now."""
        ...

    async def take(self, seen: Seen, key: str) -> Seen:
        """Take what is blocked. What is free stays so; the answer says how it stands now."""
        ...
