"""What visits take in and give out. Times without an offset are on the service centre's wall clock."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from aftersales import fields
from aftersales.cases.schemas import Strict
from aftersales.fields import Moment
from aftersales.i18n import N_

Kind = Literal["pickup", "drop", "repair", "inspection", "installation"]
Code = Annotated[str, Field(min_length=6, max_length=12)]
_SELECT: dict[str, Any] = {"widget": "select"}
_DATETIME: dict[str, Any] = {"widget": "datetime"}
_TEXT: dict[str, Any] = {"widget": "textarea"}
_CODE: dict[str, Any] = {"widget": "code"}
_FROM, _TO = N_("From"), N_("To")


class RequestVisit(Strict):
    """A visit to one of the household's addresses. With a window it is scheduled at once."""

    kind: Kind = Field(title=N_("What for"), json_schema_extra=_SELECT)
    address_id: UUID = Field(title=N_("Address"), json_schema_extra=_SELECT)
    window_start: Moment | None = Field(
        default=None,
        title=_FROM,
        description=N_("Leave both times empty if the time is not fixed yet."),
        json_schema_extra=_DATETIME,
    )
    window_end: Moment | None = Field(default=None, title=_TO, json_schema_extra=_DATETIME)
    note: Annotated[str, Field(max_length=2000)] = Field(
        default="",
        title=N_("What to know"),
        description=N_("How to find the door, the best hour to call, a dog in the yard."),
        json_schema_extra=_TEXT,
    )


class VisitIn(RequestVisit):
    """The same through the API, for the case `case_id`."""

    case_id: UUID


class Window(Strict):
    """When we come."""

    window_start: Moment = Field(title=_FROM, json_schema_extra=_DATETIME)
    window_end: Moment = Field(
        title=_TO,
        description=N_("On the same day. The customer is told the end as the latest."),
        json_schema_extra=_DATETIME,
    )


class Reschedule(Window):
    """Another time, and why."""

    reason: Literal["customer_asked", "technician_unavailable", "part_missing", "weather", "other"] = Field(
        title=N_("Reason"), json_schema_extra=_SELECT
    )
    note: Annotated[str, Field(max_length=2000)] = Field(
        default="",
        title=N_("In words"),
        description=N_("The customer can read this."),
        json_schema_extra=fields.TO_CUSTOMER,
    )


class Rebook(Strict):
    """A new visit in place of one that failed, to the same address."""

    window_start: Moment | None = Field(default=None, title=_FROM, json_schema_extra=_DATETIME)
    window_end: Moment | None = Field(default=None, title=_TO, json_schema_extra=_DATETIME)


class Dispatch(Strict):
    """Who goes."""

    technician_id: UUID = Field(title=N_("Technician"), json_schema_extra=_SELECT)


class Arrive(Strict):
    """The customer's code proves that we are at the right door."""

    code: Code = Field(
        title=N_("Arrival code"),
        description=N_("Six digits. The customer has them in our message and on the tracking page."),
        json_schema_extra=_CODE,
    )


class Check(Strict):
    """The state of the unit before it leaves the house. Through the API, attach a photo to the visit before."""

    photos: list[UUID] = Field(
        default_factory=list,
        max_length=10,
        title=N_("Photos"),
        description=N_("At least one of the unit as it stands there."),
        json_schema_extra={"widget": "file", "kind": "check", "needed": True},
    )
    condition: Literal["good", "scratched", "dented", "broken", "wet"] = Field(
        title=N_("Condition"), json_schema_extra=_SELECT
    )
    accessories: Annotated[str, Field(max_length=1000)] = Field(
        default="",
        title=N_("Accessories that come along"),
        description=N_("Separated by commas: power cord, remote, drain hose."),
    )
    note: Annotated[str, Field(max_length=2000)] = Field(
        default="",
        title=N_("What you see"),
        description=N_("The customer can read this."),
        json_schema_extra=fields.TO_CUSTOMER,
    )


class Collect(Strict):
    """The unit is sealed and taken along."""

    seal_number: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{2,31}$")] = Field(
        title=N_("Seal number"), description=N_("As printed on the seal that you put on the unit.")
    )


class Deliver(Strict):
    """The customer's code proves that the unit is theirs again."""

    code: Code = Field(
        title=N_("Hand-over code"),
        description=N_("Show that the unit works, then ask for the six digits."),
        json_schema_extra=_CODE,
    )


class Remark(Strict):
    """Words for colleagues, if there is something to say."""

    note: Annotated[str, Field(max_length=2000)] = Field(default="", title=N_("Note"), json_schema_extra=_TEXT)


class CannotComplete(Strict):
    """Why it cannot be done today."""

    reason: Literal[
        "site_not_ready",
        "customer_rescheduled",
        "not_answering",
        "check_failed",
        "accessory_missing",
        "part_missing",
        "second_person_needed",
        "out_of_area",
        "other_centre",
    ] = Field(title=N_("Reason"), json_schema_extra=_SELECT)
    note: Annotated[str, Field(max_length=2000)] = Field(
        default="",
        title=N_("In words"),
        description=N_("The customer can read this."),
        json_schema_extra=fields.TO_CUSTOMER,
    )


class VisitOut(BaseModel):
    """A visit as the API gives it. Times are UTC."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    number: str
    case_id: UUID
    kind: str
    status: str
    category: str
    version: int
    technician_id: UUID | None
    branch_id: UUID
    address_id: UUID
    window_start: datetime | None
    window_end: datetime | None
    condition: str | None
    accessories: list[str]
    seal_number: str | None
    custody: str | None
    follows_id: UUID | None
    opened_at: datetime
    changed_at: datetime


class VisitLine(BaseModel):
    """A line of a technician's day."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    number: str
    case_id: UUID
    kind: str
    status: str
    category: str
    version: int
    window_start: datetime | None
    window_end: datetime | None
    product: str | None
    locality: str
    postcode: str
