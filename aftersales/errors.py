"""Errors as part of the product: a stable code, what was wrong, what to do.

Services raise these; the composition root turns them into problem+json (RFC 9457) or a page.
"""

from collections.abc import Mapping, Sequence

from aftersales.i18n import N_


class Problem(Exception):
    """Something a caller can act on.

    `code` is stable and safe to program against; `detail` says what was wrong and what to do, in English wherever a
    string is wanted and in the reader's language on a page;
    `extra` holds members for the problem document (never personal data).
    """

    status = 400
    title: str = N_("The request cannot be carried out")

    def __init__(self, code: str, detail: str, **extra: object) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = N_(detail)
        self.extra: Mapping[str, object] = extra


class Unauthenticated(Problem):
    """Nobody is signed in, or the session has ended."""

    status = 401
    title = N_("Sign in first")


class Forbidden(Problem):
    """Signed in, but without the permission this needs."""

    status = 403
    title = N_("Not permitted")


class NotFound(Problem):
    """It does not exist, or the caller may not know that it does."""

    status = 404
    title = N_("Not found")


class Conflict(Problem):
    """The present state does not allow this."""

    status = 409
    title = N_("Not possible now")


class Stale(Problem):
    """It changed since the caller read it (If-Match)."""

    status = 412
    title = N_("It has changed meanwhile")


class TooLarge(Problem):
    """The body or file is over its cap."""

    status = 413
    title = N_("Too large")


class Invalid(Problem):
    """A value is wrong. `errors` lists field, problem and what would be right."""

    status = 422
    title = N_("Some values are not right")

    def __init__(self, code: str, detail: str, errors: Sequence[Mapping[str, object]] = (), **extra: object) -> None:
        super().__init__(code, detail, **({"errors": list(errors)} if errors else {}), **extra)


class TooMany(Problem):
    """Over a rate limit; `retry_after` says in how many seconds to come again."""

    status = 429
    title = N_("Too many attempts")
