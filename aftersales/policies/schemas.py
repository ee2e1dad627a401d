"""What the API says of policies, and what their clauses may hold."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

# Translated words become part of a page as they are, with %(name)s for facts.
_MARKUP = r"<>&%{}\x00"
_PLAIN = rf"^\s*[^\s{_MARKUP}][^{_MARKUP}]+[^\s{_MARKUP}]\s*$"
Plain = Annotated[str, Field(min_length=3, max_length=1000, pattern=_PLAIN)]
"""The words of a clause: an English message id, without markup."""
ClauseNumber = Annotated[str, Field(pattern=r"^\d{1,2}(\.\d{1,2}){0,2}$")]


class PolicyOut(BaseModel):
    """One published version."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: str
    code: str
    version: int
    effective_from: date
    published_at: datetime
    terms: Mapping[str, Any]
    words: Mapping[str, str]
