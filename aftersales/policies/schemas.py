"""What the API says of policies."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict


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
