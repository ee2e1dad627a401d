"""What of a request is text: UTF-8 without NUL, which neither PostgreSQL nor a page can hold. The rest is refused."""

import re
from hashlib import sha256
from urllib.parse import unquote_to_bytes

from fastapi import Request

from aftersales.errors import Invalid

_NUL_IN_JSON = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_CHARSET = re.compile(r"charset\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)


async def refuse_unreadable(request: Request) -> None:
    """Raise Invalid (`http.unreadable`) for an address or body with what is no text; files may hold anything."""
    for part in (request.scope.get("raw_path") or b"", request.scope["query_string"]):
        _check(unquote_to_bytes(part))
    kind = request.headers.get("content-type", "").lower()
    if kind.startswith("multipart/form-data"):
        charset = _CHARSET.search(kind)
        if charset is not None and charset[1] != "utf-8":
            raise _unreadable()
        for name, value in (await request.form()).multi_items():
            _check_text(name)
            _check_text(value if isinstance(value, str) else value.filename or "")
    elif kind.startswith("application/x-www-form-urlencoded"):
        _check(unquote_to_bytes(await request.body()))
    elif _NUL_IN_JSON.search(await request.body()):
        raise _unreadable()


async def body_digest(request: Request) -> str:
    """What tells one body from another. Of a form with files its parts, for each sending draws a new boundary."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        return sha256(await request.body()).hexdigest()
    digest = sha256()
    for name, value in (await request.form()).multi_items():
        parts = [name.encode(), (value if isinstance(value, str) else value.filename or "").encode()]
        if not isinstance(value, str):
            parts.append(sha256(await value.read()).digest())
            await value.seek(0)
        for part in parts:
            digest.update(len(part).to_bytes(8) + part)
    return digest.hexdigest()


def _check(raw: bytes) -> None:
    try:
        _check_text(raw.decode())
    except UnicodeDecodeError as error:
        raise _unreadable() from error


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise _unreadable()


def _unreadable() -> Invalid:
    return Invalid(
        "http.unreadable",
        "This holds what is no text. Send UTF-8 without NUL characters.",
        errors=[{"field": "", "problem": "no text"}],
    )
