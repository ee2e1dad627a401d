"""Tokens that prove a form came from our own page: derived from the session, so that none is stored."""

import hmac

_LABEL = b"csrf\x00"


def token(key: bytes, session_token: str) -> str:
    """The CSRF token of a session. `key` is the installation's signing key."""
    return hmac.digest(key, _LABEL + session_token.encode("utf-8", "replace"), "sha256").hex()


def matches(given: str, expected: str) -> bool:
    """Whether they are equal, in a time that does not depend on where they differ."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode("utf-8", "replace"))
