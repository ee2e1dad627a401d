"""What the API takes and says of the catalogue and of units."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from aftersales.fields import Day, Line, OptionalLine, Strict
from aftersales.products.rules import IdentifierKind

Price = Annotated[int, Field(ge=0, le=10**12, description="In the smallest unit of the currency: paise, cents")]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class BrandIn(Strict):
    """A brand to serve."""

    name: Line
    accent: Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$", description="Colour of its pages, such as #0b5d57")]
    support_phone: OptionalLine = ""


class CategoryIn(Strict):
    """A kind of product."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
    name: Line
    heavy: bool = False
    identifier_kinds: Annotated[list[IdentifierKind], Field(min_length=1, max_length=5)]


class ProductIn(Strict):
    """A model to add to the catalogue."""

    brand_id: UUID
    category_id: UUID
    model: Line
    name: Line
    price_minor: Price
    currency: Currency = "INR"


class ProductPatch(Strict):
    """What may change of a model; what is absent stays."""

    name: Line | None = None
    price_minor: Price | None = None
    active: bool | None = None


class IdentifierIn(Strict):
    """A number on the unit, as printed."""

    kind: IdentifierKind
    value: Line


class SwapIn(IdentifierIn):
    """The new number after a board or compressor was exchanged; the old one keeps finding the unit."""

    on: Day | None = Field(default=None, description="When it was exchanged; today if absent")


class UnitDates(Strict):
    """What is known of the unit's life until it reached its owner."""

    purchased_on: Day | None = None
    delivered_on: Day | None = None
    installed_on: Day | None = None
    manufactured_on: Day | None = None
    invoice_number: Line | None = None


class UnitIn(UnitDates):
    """A unit that somebody owns."""

    product_id: UUID
    customer_id: UUID
    identifiers: Annotated[list[IdentifierIn], Field(max_length=5)]


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class BrandOut(_Out):
    """A brand."""

    id: UUID
    name: str
    accent: str
    support_phone: str


class CategoryOut(_Out):
    """A kind of product."""

    id: UUID
    code: str
    name: str
    heavy: bool
    identifier_kinds: list[str]


class ProductOut(_Out):
    """A model in the catalogue."""

    id: UUID
    brand_name: str
    category_code: str
    model: str
    name: str
    price_minor: int
    currency: str
    active: bool
    version: int


class IdentifierOut(_Out):
    """A number that is on the unit, or was until `valid_until`."""

    kind: str
    value: str
    valid_from: date | None
    valid_until: date | None


class UnitOut(_Out):
    """A unit. `flags` name dates that contradict each other."""

    id: UUID
    product_id: UUID
    product_name: str
    model: str
    brand_name: str
    category_code: str
    customer_id: UUID
    purchased_on: date | None
    delivered_on: date | None
    installed_on: date | None
    manufactured_on: date | None
    invoice_number: str | None
    identifiers: list[IdentifierOut]
    flags: list[str]
    version: int
