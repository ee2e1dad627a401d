"""The states of what comes in. Records, not documents: nobody is told when they change."""

from enum import StrEnum


class TaskState(StrEnum):
    """A message that waits for somebody's answer."""

    OPEN = "open"
    DONE = "done"


class DraftState(StrEnum):
    """A request without a case: `asking` for what is missing, `waiting` for a coordinator, then over."""

    ASKING = "asking"
    WAITING = "waiting"
    CONFIRMED = "confirmed"
    DECLINED = "declined"


class ReplyState(StrEnum):
    """An answer by the channel that the question came by."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


OPEN_DRAFTS = (DraftState.ASKING, DraftState.WAITING)
