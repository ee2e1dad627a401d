"""What the API says of what was found."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict


class HitOut(BaseModel):
    """Something that what was typed may mean; the likeliest come first."""

    model_config = ConfigDict(from_attributes=True)

    entity: str
    entity_id: UUID
    customer_id: UUID | None
    kind: str
    score: float
