"""What cases take in and give out."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from aftersales.i18n import N_

Words = Annotated[str, Field(min_length=3, max_length=2000)]
Part = Literal["owner", "caller", "payer", "at_home"]
Need = Literal["", "hazard", "stranded"]
Priority = Literal["", "low", "high", "urgent"]
Channel = Literal["phone", "counter", "whatsapp", "email", "web", "social"]

PRIORITIES = {"": N_("Ordinary"), "low": N_("Can wait"), "high": N_("High"), "urgent": N_("Urgent")}
NEEDS = {
    "": N_("It can wait its turn"),
    "stranded": N_("They cannot do without it"),
    "hazard": N_("Somebody may be hurt"),
}


class Strict(BaseModel):
    """Unknown members are refused, so that a typing error is not silently ignored."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class PersonOnMatterIn(Strict):
    """A person and their part; `may_approve` lets them say yes to an estimate."""

    person_id: UUID
    role: Part
    may_approve: bool = False


class OpenCase(Strict):
    """A new case. The household and the unit exist already; the first owner among `people` is written to.

    `need` is `hazard` where somebody may be hurt, `stranded` where they cannot do without.
    """

    customer_id: UUID
    unit_id: UUID | None = None
    branch_id: UUID
    complaint: Words
    fault_code: Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9-]{0,15}$")] | None = None
    channel: Channel = "phone"
    need: Need = ""
    priority: Priority = ""
    people: Annotated[list[PersonOnMatterIn], Field(min_length=1, max_length=12)]

    @model_validator(mode="after")
    def _each_part_once(self) -> Self:
        parts = [(one.person_id, one.role) for one in self.people]
        if len(set(parts)) < len(parts):
            raise ValueError("the same person has the same part twice")
        return self


class Note(Strict):
    """A note for colleagues."""

    note: Words = Field(title=N_("Note"), json_schema_extra={"widget": "textarea"})


class AddFiles(Strict):
    """Photos or documents for the case; through the API, keep them first (`POST /documents/{id}/files`)."""

    files: Annotated[list[UUID], Field(max_length=10)] = Field(
        default_factory=list,
        title=N_("Photos or a PDF"),
        json_schema_extra={"widget": "file", "kind": "photo"},
    )


class Reason(Strict):
    """Why."""

    note: Words = Field(
        title=N_("Reason"),
        description=N_("A sentence that a colleague can act on."),
        json_schema_extra={"widget": "textarea"},
    )


class Close(Strict):
    """The last call: was the customer happy with how it was handled?"""

    reached: Literal["phone", "message", "not_reached"] = Field(title=N_("How you reached them"), default="phone")
    note: Annotated[str, Field(max_length=2000)] = Field(
        default="", title=N_("What they said"), json_schema_extra={"widget": "textarea"}
    )


class Nothing(Strict):
    """No more to say."""


class Assign(Strict):
    """The one named owner."""

    owner_id: UUID = Field(title=N_("Owner"), json_schema_extra={"widget": "select"})


class Prioritise(Strict):
    """How urgent it is, beside what the customer needs."""

    priority: Priority = Field(title=N_("Priority"), json_schema_extra={"widget": "select"})
    note: Words = Field(title=N_("Why"))


class CaseOut(BaseModel):
    """A case as the API gives it. Times are UTC."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    number: str
    status: str
    category: str
    version: int
    customer_id: UUID
    unit_id: UUID | None
    branch_id: UUID
    owner_id: UUID | None
    complaint: str
    fault_code: str | None
    channel: str
    opened_at: datetime
    changed_at: datetime


class CaseLine(BaseModel):
    """A line of the case list."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    number: str
    status: str
    category: str
    complaint: str
    product: str | None
    name: str | None
    owner_id: UUID | None
    branch_id: UUID
    opened_at: datetime
    changed_at: datetime


class TimelineLine(BaseModel):
    """One entry of the timeline. `data` holds ids, codes and amounts; `note` free words, null once erased."""

    model_config = ConfigDict(from_attributes=True)

    version: int
    document_id: UUID
    document_version: int
    machine: str
    kind: str
    name: str
    from_status: str | None
    to_status: str | None
    at: datetime
    actor_kind: str
    actor_id: UUID | None
    origin: str
    audience: str
    data: dict[str, object]
    note: str | None


class DocumentLine(BaseModel):
    """One document of a case, with the verbs that are legal now."""

    id: UUID
    machine: str
    number: str
    status: str
    category: str
    version: int
    legal: list[str]
