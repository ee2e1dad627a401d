"""A module's share of the demonstration company."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aftersales.work import Work


@dataclass(frozen=True, slots=True)
class DemoPart:
    """Parts run in rank order, each in one transaction; `world` passes ids on."""

    rank: int
    fill: Callable[[Work, dict[str, Any]], Awaitable[None]]
