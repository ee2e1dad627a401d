"""What repair orders take in and give out."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from aftersales import fields
from aftersales.cases.schemas import Strict
from aftersales.i18n import N_

_SELECT: dict[str, Any] = {"widget": "select"}
_TEXT: dict[str, Any] = {"widget": "textarea"}
_MONEY: dict[str, Any] = {"widget": "money"}
_PER_CENT: dict[str, Any] = {
    "anyOf": [
        {"type": "number", "minimum": 0, "maximum": 100, "multipleOf": 0.01},
        {"type": "string", "pattern": r"^([0-9]{1,2}(\.[0-9]{1,2})?|100(\.00?)?)$"},
    ]
}


class OpenRepairOrder(Strict):
    """A unit that was brought to the counter, for the case `case_id`."""

    case_id: UUID
    note: Annotated[str, Field(max_length=2000)] = ""


class TakeIn(Strict):
    """A unit that was brought to the counter."""

    note: Annotated[str, Field(max_length=2000)] = Field(
        default="",
        title=N_("What came along"),
        description=N_("Accessories, scratches, who brought it."),
        json_schema_extra=_TEXT,
    )


class Diagnose(Strict):
    """Who finds the fault."""

    engineer_id: UUID = Field(title=N_("Engineer"), json_schema_extra=_SELECT)


class Found(Strict):
    """What is broken and why. Through the API, attach photos to the repair order before: some causes need one."""

    fault_code: str = Field(title=N_("Fault"), max_length=16, json_schema_extra=_SELECT)
    cause_code: str = Field(
        title=N_("Cause"),
        max_length=16,
        description=N_("Rodents, liquid and power surge need at least one photo on the repair order."),
        json_schema_extra=_SELECT,
    )
    note: Annotated[str, Field(min_length=3, max_length=2000)] = Field(
        title=N_("What you found"),
        description=N_("Where it is, how it looks, what it needs."),
        json_schema_extra=_TEXT,
    )
    photos: list[UUID] = Field(
        default_factory=list,
        max_length=10,
        title=N_("Photos"),
        description=N_("Photos that are on the repair order already count too."),
        json_schema_extra={"widget": "file", "kind": "photo"},
    )


class LineIn(Strict):
    """One line of an estimate, before tax; the price is in minor units (paise)."""

    kind: Literal["parts", "labour", "visit"] = Field(default="parts", title=N_("Kind"))
    description: Annotated[str, Field(min_length=2, max_length=120)] = Field(title=N_("What it is"))
    quantity: Annotated[int, Field(ge=1, le=99)] = Field(default=1, title=N_("Quantity"))
    unit_price_minor: Annotated[int, Field(ge=0, le=10**10)] = Field(
        title=N_("Price of one, before tax"), json_schema_extra=_MONEY
    )
    tax_rate: Annotated[
        Decimal, Field(ge=0, le=100, max_digits=5, decimal_places=2), WithJsonSchema(_PER_CENT, mode="validation")
    ] = Field(default=Decimal(18), title=N_("Tax, per cent"))
    tax_code: Annotated[str, Field(pattern=r"^[0-9]{4,8}$")] = Field(default="998717", title=N_("HSN or SAC"))


class EstimateIn(Strict):
    """What the repair costs, line by line, before tax."""

    lines: Annotated[list[LineIn], Field(min_length=1, max_length=20)]


class Remark(Strict):
    """Words for colleagues, if there is something to say."""

    note: Annotated[str, Field(max_length=2000)] = Field(default="", title=N_("Note"), json_schema_extra=_TEXT)


class ToldReason(Strict):
    """Why, in words that the customer may read."""

    note: Annotated[str, Field(min_length=3, max_length=2000)] = Field(
        title=N_("Reason"), description=N_("The customer can read this."), json_schema_extra=fields.TO_CUSTOMER
    )


class RepairOrderOut(BaseModel):
    """A repair order as the API gives it. Times are UTC."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    number: str
    case_id: UUID
    unit_id: UUID | None
    branch_id: UUID
    engineer_id: UUID | None
    status: str
    category: str
    version: int
    visit_id: UUID | None
    fault_code: str | None
    cause_code: str | None
    estimate_id: UUID | None
    opened_at: datetime
    changed_at: datetime
