"""What proves that a request is the provider's: compared in constant time, over the bytes as they came. Pure."""

import base64
import hashlib
import hmac

from aftersales.errors import Forbidden, Invalid


def same(given: str, right: str) -> bool:
    """Whether both are the same, in a time that tells nothing."""
    return hmac.compare_digest(given.encode(errors="replace"), right.encode())


def sha256_of(body: bytes, key: str) -> str:
    """HMAC-SHA256 in hexadecimal."""
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


def sha1_of(body: bytes, key: str) -> str:
    """HMAC-SHA1 in base64, as Twilio signs."""
    return base64.b64encode(hmac.new(key.encode(), body, hashlib.sha1).digest()).decode()


def bad_signature() -> Forbidden:
    """For whatever is not signed, or not rightly."""
    return Forbidden("channels.bad_signature", "The signature is missing or wrong. Check the secret at the provider.")


def unreadable() -> Invalid:
    """For what is signed and cannot be understood."""
    return Invalid("channels.unreadable", "The request cannot be read. Check the version of the provider's webhook.")
