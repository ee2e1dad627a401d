"""What the API takes and says of webhooks."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from aftersales.fields import Line, Strict

Pattern = Annotated[
    str, Field(max_length=80, pattern=r"^(\*|[a-z_]+\.(\*|[a-z_]+))$", description="visit.*, case.closed, *")
]


class WebhookIn(Strict):
    """Another system that is to hear what happens here."""

    name: Line = Field(title="Name", description="What it is: Web shop, Warehouse")
    url: Annotated[str, Field(min_length=8, max_length=2000, title="Address", description="https://…, public")]
    events: Annotated[list[Pattern], Field(min_length=1, max_length=50, title="Events")]


class ReplayIn(Strict):
    """Which messages are sent again: one, or all that were made in a time, up to 1,000."""

    message_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None

    @model_validator(mode="after")
    def _one_or_range(self) -> "ReplayIn":
        if (self.message_id is None) == (self.since is None):
            raise ValueError("name one message, or since when")
        if any(at is not None and at.tzinfo is None for at in (self.since, self.until)):
            raise ValueError("a time needs its zone")
        return self


class WebhookOut(BaseModel):
    """A subscription. `state`: active, paused (by a person), failed (by us), gone (by the other side), ended."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    url: str
    events: list[str]
    branch_ids: list[UUID] | None
    owner: str
    state: str
    failing_since: datetime | None
    created_at: datetime


class MadeOut(BaseModel):
    """A subscription's id with its secret, which is shown this once."""

    id: UUID
    secret: str


class AttemptOut(BaseModel):
    """How one attempt ended. Without `status` there was no answer, and `problem` says why."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    took_ms: int
    status: int | None
    problem: str
    answer: str


class MessageOut(BaseModel):
    """One message with its last attempts, the newest first."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    event: str
    stream_id: UUID
    version: int
    state: str
    attempts: int
    created_at: datetime
    body: str
    last: list[AttemptOut]


class ReplayedOut(BaseModel):
    """How many messages are sent again."""

    count: int
