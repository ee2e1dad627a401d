"""What payments take in."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from aftersales.i18n import N_


class RecordPayment(BaseModel):
    """Money that has reached us; the amount is in minor units (paise)."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    amount_minor: Annotated[int, Field(gt=0, le=10**11)] = Field(
        title=N_("Amount"), json_schema_extra={"widget": "money"}
    )
    method: Literal["upi", "card", "bank_transfer", "cash", "cheque", "store_credit"] = Field(
        default="upi", title=N_("How it was paid")
    )
    reference: Annotated[str, Field(pattern=r"^[A-Za-z0-9/-]{4,40}$")] | None = Field(
        default=None, title=N_("Reference"), description=N_("UPI: the 12 digits of the UTR. Cash: the receipt.")
    )

    @model_validator(mode="after")
    def _referenced(self) -> "RecordPayment":
        if self.method not in ("cash", "store_credit") and self.reference is None:
            raise ValueError("give the reference of the bank or provider, so that nothing is counted twice")
        if self.method == "store_credit" and self.reference is not None:
            raise ValueError("credit has no reference of its own; leave it empty")
        return self
