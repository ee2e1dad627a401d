"""The ways that are on under the settings, those that loaded modules bring among them."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from aftersales.config import Settings
from aftersales.module import Ways
from aftersales.registry import Registry
from aftersales.updates.channels import Channel, Gate
from aftersales.updates.policy import MAILBOX


@dataclass(frozen=True, slots=True)
class Open:
    """What is on. `order` is the company's order of the channels that people are reached by.

    The built-in mailbox is among these only where nothing else is on.
    """

    channels: Mapping[str, Channel]
    gates: Mapping[str, Gate]
    order: tuple[str, ...]


def ways_on(registry: Registry, settings: Settings) -> Open:
    """Everything that is on, the same objects each time."""
    return _opened(registry.ways, settings)


@lru_cache(maxsize=16)
def _opened(ways: tuple[Ways, ...], settings: Settings) -> Open:
    channels = {name: one for way in ways for name, one in way.channels(settings).items()}
    gates = {name: one for way in ways for name, one in way.gates(settings).items()}
    first = settings.channel_names
    known = [*(name for name in first if name in channels), *(name for name in channels if name not in first)]
    away = tuple(name for name in known if name != MAILBOX)
    return Open(channels, gates, away or (MAILBOX,))
