"""One more way, through Apprise: Telegram, Signal gateways and whatever else it reaches.

Apprise says whether it went and not why it did not, so that a failure is always tried again. It works with blocking
calls and is kept off the event loop.
"""

import asyncio
import logging
import pkgutil
from typing import Any
from urllib.parse import quote

from aftersales.config import Settings
from aftersales.provider_settings import RECIPIENT
from aftersales.updates.channels import Answer, Letter, Reject, Retry, Sent
from aftersales.updates.channels.wording import line, plain, shortened
from aftersales.updates.policy import Reason

PATIENCE = 40.0
MAX_TITLE = 120
MAX_WORDS = 3500
# Imported where it is used first: it takes as long as all the rest together.
_LIBRARY = "apprise"


class AppriseChannel:
    """Hands over by `url`, in which `{to}` stands for the recipient."""

    repeatable = False

    def __init__(self, name: str, url: str, *, patience: float = PATIENCE) -> None:
        self.name = name
        self._url, self._patience = url, patience

    async def send(self, letter: Letter) -> Answer:
        """Sent when Apprise says so; Reject for a recipient whom its address cannot hold."""
        to = line(letter.to_address, 200)
        if not to:
            return Reject(Reason.BAD_ADDRESS, "no recipient")
        # Quoted to the last sign: a recipient must not become another host, option or service.
        url = self._url.replace(RECIPIENT, quote(to, safe=""))
        title, words = line(letter.subject, MAX_TITLE), shortened(plain(letter.words), MAX_WORDS)
        try:
            async with asyncio.timeout(self._patience):
                return await asyncio.to_thread(_notify, url, title, words)
        except TimeoutError:
            return Retry(f"no answer within {self._patience:.0f} seconds", uncertain=True)


def _notify(url: str, title: str, words: str) -> Answer:
    library: Any = pkgutil.resolve_name(_LIBRARY)
    # It logs addresses and words.
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    # No plug-ins from folders, no state on disk, no markup made of the words.
    asset = library.AppriseAsset(plugin_paths=[], storage_mode=library.PersistentStoreMode.MEMORY)
    service = library.Apprise(asset=asset)
    if not service.add(url):
        return Reject(Reason.BAD_ADDRESS, "Apprise cannot write to such a recipient")
    taken = service.notify(body=words, title=title, body_format=library.NotifyFormat.TEXT)
    return Sent() if taken else Retry("Apprise could not deliver it", uncertain=True)


def opens(settings: Settings) -> AppriseChannel | None:
    """The channel, where an address is set."""
    if settings.apprise_url is None:
        return None
    return AppriseChannel(settings.apprise_channel, settings.apprise_url.get_secret_value())
