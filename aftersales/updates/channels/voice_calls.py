"""Which of our updates a call is for: what providers of calls carry to us and back."""

import re
from collections.abc import Mapping
from uuid import UUID

FORM: Mapping[str, str] = {"Content-Type": "application/x-www-form-urlencoded"}
_MESSAGE = re.compile(r"<update\.([0-9a-f]{32})(?:\.\d{1,6})?@[^<>]+>")


def reference(message_id: str) -> str:
    """The update behind a Message-ID, whichever turn it is of. Raises ValueError for what is no update's."""
    found = _MESSAGE.fullmatch(message_id)
    if found is None:
        raise ValueError("not a Message-ID of an update")
    return found[1]


def update_of(given: str) -> UUID | None:
    """The update that `reference` wrote; None for anything else."""
    return UUID(given) if re.fullmatch("[0-9a-f]{32}", given) else None
