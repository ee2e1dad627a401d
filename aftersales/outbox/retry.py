"""When a failed delivery is tried again, and when it is given up. Pure."""

import re
from dataclasses import dataclass
from datetime import timedelta

_CODE = re.compile(r"[A-Za-z0-9_.:-]{1,64}")


class Retry(Exception):
    """Raised by a job that knows when to come again (a rate limit, office hours). It counts as an attempt."""

    def __init__(self, after: timedelta, code: str = "asked") -> None:
        super().__init__(code)
        self.after = after
        self.code = code


class LostLease(Exception):
    """Somebody else has the delivery now, or it was cancelled: whatever this transaction wrote must not be kept."""

    code = "outbox.lost_lease"


class NotBegun(Exception):
    """Answered by a job's `together` for what it left for the next time: it was no attempt."""

    code = "outbox.not_begun"


@dataclass(frozen=True, slots=True)
class Policy:
    """Exponential back-off with full jitter: before attempt n+1 wait 0…min(cap, base · 2ⁿ⁻¹)."""

    base: timedelta
    cap: timedelta
    max_attempts: int


# About twenty minutes of trying: what a handler waits for is another transaction or a restart.
HANDLER = Policy(timedelta(seconds=1), timedelta(minutes=5), 10)
JOB_BASE, JOB_CAP = timedelta(seconds=5), timedelta(hours=6)


def job_policy(max_attempts: int) -> Policy:
    """For what depends on others' servers: 20 attempts are about a day and a half."""
    return Policy(JOB_BASE, JOB_CAP, max_attempts)


def next_attempt(policy: Policy, attempts: int, error: BaseException, chance: float) -> timedelta | None:
    """How long to wait after `attempts` attempts, the last of which failed with `error`; None to give up.

    `chance` is a random number from [0, 1).
    """
    if attempts >= policy.max_attempts:
        return None
    if isinstance(error, Retry):
        return max(error.after, timedelta(0))
    # Beyond 2³² the cap has long been reached; a larger power would not fit a timedelta.
    longest: timedelta = min(policy.cap, policy.base * 2 ** min(attempts - 1, 32))
    return longest * chance


def describe(error: BaseException) -> str:
    """The error as it is stored and logged: its class and a stable code. Never its message, which may name people."""
    name = type(error).__name__
    code = getattr(getattr(error, "orig", None), "sqlstate", None) or getattr(error, "code", None)
    return f"{name}:{code}" if _CODE.fullmatch(str(code or "")) else name
