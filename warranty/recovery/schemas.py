"""What claiming back takes in and gives out."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from aftersales import fields
from aftersales.i18n import N_
from warranty.recovery.rules import Party

PartCode = Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9./-]{0,39}$")]
"""A part's code, or a product's model, in capital letters."""
Month = Annotated[str, Field(pattern=r"^20\d\d-(0[1-9]|1[0-2])$")]
Minor = Annotated[int, Field(ge=1, le=10**12)]


class Strict(BaseModel):
    """Unknown members are refused, so that a typing error is not silently ignored."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Nothing(Strict):
    """No more to say."""


class Why(Strict):
    """Why."""

    note: fields.Sentence = Field(
        title=N_("Reason"),
        description=N_("A sentence that a colleague can act on."),
        json_schema_extra={"widget": "textarea"},
    )


class Acknowledged(Strict):
    """They have it."""

    reference: fields.OptionalLine = Field(default="", title=N_("Their number for it"))


class AcceptedPartly(Why):
    """How much of it they accept, and why not all."""

    amount_minor: Minor = Field(title=N_("Accepted amount"), json_schema_extra={"widget": "money"})


class Credited(Strict):
    """Money that came for it, or a credit note."""

    amount_minor: Minor = Field(title=N_("Received amount"), json_schema_extra={"widget": "money"})
    reference: fields.Line = Field(title=N_("Number of the payment or credit note"))


class FileRecoveries(Strict):
    """Which claims go out together: of one brand or supplier, at one centre, up to the end of one month."""

    party: Party
    party_id: UUID
    branch_id: UUID
    month: Month
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None


class SupplierIn(Strict):
    """A supplier, by a short code of yours."""

    code: PartCode
    name: fields.Line


class CoverIn(Strict):
    """What a supplier covers: a part by its code, or a product by its model."""

    part_code: PartCode
    months: Annotated[int, Field(ge=1, le=600)]
    percent: Annotated[Decimal, Field(gt=0, le=100, max_digits=5, decimal_places=2)] = Decimal(100)
    since: fields.Day
    until: Annotated[fields.Day | None, BeforeValidator(lambda value: value or None)] = None


class SupplierOut(BaseModel):
    """A supplier."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    code: str
    name: str


class CoverOut(BaseModel):
    """What a supplier covers."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    supplier_id: UUID
    part_code: str
    months: int
    percent: Decimal
    since: date
    until: date | None


class FilingOut(BaseModel):
    """What was claimed at once. `total_minor` is the sum of its recoveries."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    number: str
    party: Literal["brand", "supplier"]
    party_id: UUID
    party_name: str
    branch_id: UUID
    month: date
    currency: str
    total_minor: int
    count: int
    filed_at: datetime


class RecoveryOut(BaseModel):
    """What one brand or supplier owes for one line, or for goods that went back to them."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    machine: str
    number: str
    status: str
    version: int
    branch_id: UUID
    party_name: str
    claim: str | None
    line: int | None
    ticket: str
    part_code: str
    product: str
    quantity: int
    currency: str
    due_minor: int
    accepted_minor: int | None
    received_minor: int
    reference: str
    ripe_at: datetime | None
    filing_id: UUID | None


class CaughtUp(BaseModel):
    """How many claims on brands and suppliers were made for what had been forgotten."""

    made: int
