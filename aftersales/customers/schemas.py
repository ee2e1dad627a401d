"""What the API takes and says of customers."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from aftersales.fields import Day, Line, OptionalLine, Strict, Words

Language = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$", description="te, en, …")]
Phone = Annotated[str, Field(min_length=3, max_length=40, description="As it is dialled, or +91 98480 12345")]
Prefers = Literal["voice", "text"]


class PersonIn(Strict):
    """Somebody in the household, as they want to be written to."""

    name: Line = Field(title="Name", description="As they write it")
    name_local: Line | None = Field(default=None, title="Name in the other script")
    language: Language = "te"
    courtesy: OptionalLine = Field(default="", description="What their language puts after the name, such as గారు")
    prefers: Prefers = "text"
    email: Line | None = None
    phones: list[Phone] = Field(default_factory=list, max_length=5)


class PersonPatch(Strict):
    """What may change of a person; what is absent stays. `phones` replaces all of them."""

    name: Line | None = None
    name_local: Line | None = None
    language: Language | None = None
    courtesy: OptionalLine | None = None
    prefers: Prefers | None = None
    email: Line | None = None
    phones: Annotated[list[Phone], Field(max_length=5)] | None = None


class AddressIn(Strict):
    """Where a unit stands and how to get to it."""

    line1: Line = Field(title="House and street")
    landmark: OptionalLine = ""
    floor: OptionalLine = ""
    gate: OptionalLine = Field(default="", description="Which gate, its code, whom to ask")
    has_lift: bool | None = None
    locality: Line
    city: Line = "Hyderabad"
    postcode: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 -]{1,10}$")]
    latitude: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | None = None

    @model_validator(mode="after")
    def _whole(self) -> "AddressIn":
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("give latitude and longitude together")
        return self


class CustomerIn(Strict):
    """A household (called by its first person) or an organisation (with a name of its own)."""

    kind: Literal["household", "organisation"] = "household"
    name: Line | None = None
    timezone: Line = "Asia/Kolkata"
    since: Day | None = Field(default=None, description="Customer since; today if absent")
    notes: Words = ""
    people: Annotated[list[PersonIn], Field(min_length=1, max_length=20)]
    addresses: list[AddressIn] = Field(default_factory=list, max_length=10)

    @model_validator(mode="after")
    def _named(self) -> "CustomerIn":
        if (self.kind == "organisation") != (self.name is not None):
            raise ValueError("an organisation has a name; a household is called by its first person")
        return self


class CustomerPatch(Strict):
    """What may change of a customer; what is absent stays."""

    name: Line | None = None
    timezone: Line | None = None
    notes: Words | None = None


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class PersonOut(_Out):
    """Somebody in the household."""

    id: UUID
    name: str
    name_local: str | None
    language: str
    courtesy: str
    prefers: str
    email: str | None
    phones: list[str]


class AddressOut(_Out):
    """Where a unit stands."""

    id: UUID
    line1: str
    landmark: str
    floor: str
    gate: str
    has_lift: bool | None
    locality: str
    city: str
    postcode: str
    latitude: float | None
    longitude: float | None


class CustomerRow(_Out):
    """A line of the list of customers."""

    id: UUID
    kind: str
    name: str
    since: date
    version: int


class CustomerOut(CustomerRow):
    """A customer with people and addresses. The version covers them too."""

    timezone: str
    notes: str
    people: list[PersonOut] = []
    addresses: list[AddressOut] = []
