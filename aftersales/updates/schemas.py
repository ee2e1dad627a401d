"""Updates as the API gives them out."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field


class UpdateOut(BaseModel):
    """One person told of one change, or the reason why not."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    case_number: str = Field(validation_alias="number", description="The case's number; on a unit, the document's.")
    stream_id: UUID
    version: int | None = Field(description="The timeline entry it is about; null for a one-time code.")
    document_id: UUID
    person_id: UUID
    purpose: str
    text: str = Field(description="Which text it is, such as `case.received`.")
    language: str
    channel: str
    state: str
    reason: str | None = Field(description="Why it was held back or failed: a stable code.")
    detail: str | None = Field(description="What the other side said.")
    subject: str | None
    words: str | None = Field(description="The very words; link and code are left out.")
    attempts: int
    repeats: int = Field(description="Attempts that were cut off; the customer may have it that many times more.")
    created_at: datetime
    sent_at: datetime | None
    delivered_at: datetime | None
    read_at: datetime | None
