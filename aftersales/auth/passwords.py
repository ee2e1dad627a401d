"""Passwords: argon2id, in threads of their own, so that nobody waits for somebody else's sign-in.

The cost is OWASP's first recommendation for argon2id (46 MiB, one pass). Two threads bound the memory; further
sign-ins queue.
"""

import asyncio
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_THREADS = 2
_hasher = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)
_pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="argon2")


async def hashed(password: str) -> str:
    """The password as it is stored, with a salt of its own."""
    return await asyncio.get_running_loop().run_in_executor(_pool, hash_now, password)


async def verify(stored: str | None, password: str) -> bool:
    """Whether it is the password. With None (nobody of that name) it is False and takes as long."""
    return await asyncio.get_running_loop().run_in_executor(_pool, _verify, stored, password)


def outdated(stored: str) -> bool:
    """Whether a hash was made at another cost than today's; make it anew when its password is known."""
    return _hasher.check_needs_rehash(stored)


def hash_now(password: str) -> str:
    """The same as `hashed`, on the calling thread: for command lines."""
    return _hasher.hash(_bytes(password))


def _verify(stored: str | None, password: str) -> bool:
    try:
        _hasher.verify(_decoy() if stored is None else stored, _bytes(password))
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None


@cache
def _decoy() -> str:
    return _hasher.hash("nobody has this password")


def _bytes(password: str) -> bytes:
    # One password, however the keyboard composes its characters. Lone surrogates cannot be typed, but can be sent.
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace")
