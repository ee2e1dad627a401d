"""Files that come with a form, for routes of the API."""

import io
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import UploadFile
from pydantic import BeforeValidator

CHUNK = 64 * 1024


def sent_file(value: Any) -> Any:
    """A part of a form that has no file name is a file all the same: RFC 7578 does without it."""
    return UploadFile(io.BytesIO(value.encode())) if isinstance(value, str) else value


Upload = Annotated[UploadFile, BeforeValidator(sent_file)]
"""A file that is sent, named or not."""


async def chunks(file: UploadFile) -> AsyncIterator[bytes]:
    """What was sent, a piece at a time."""
    while chunk := await file.read(CHUNK):
        yield chunk
