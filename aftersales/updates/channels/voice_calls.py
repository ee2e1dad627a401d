"""Which of our updates a call is for, or which test: what providers of calls carry to us and back."""

import re
from collections.abc import Mapping
from uuid import UUID

FORM: Mapping[str, str] = {"Content-Type": "application/x-www-form-urlencoded"}
_MESSAGE = re.compile(r"<(?:update|test)\.([0-9a-f]{32})(?:\.\d{1,6})?@[^<>]+>")


def reference(message_id: str) -> str:
    """The update or test behind a Message-ID, whichever turn it is of. Raises ValueError for what is neither's."""
    found = _MESSAGE.fullmatch(message_id)
    if found is None:
        raise ValueError("not a Message-ID of an update or test")
    return found[1]


def update_of(given: str) -> UUID | None:
    """The update (or test) that `reference` wrote; None for anything else."""
    return UUID(given) if re.fullmatch("[0-9a-f]{32}", given) else None
