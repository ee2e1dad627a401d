"""Opaque tokens of sessions: 256 random bits for the cookie, their SHA-256 for the table."""

import hashlib
import secrets


def new_token() -> str:
    """A fresh token, safe in cookies."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> bytes:
    """What is stored of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
