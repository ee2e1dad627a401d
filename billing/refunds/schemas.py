"""What refunds take in."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from aftersales import fields
from aftersales.i18n import N_


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Pay(_Strict):
    """That it has been paid back."""

    reference: Annotated[str, Field(pattern=r"^[A-Za-z0-9/-]{4,40}$")] = Field(
        title=N_("Reference"),
        description=N_("What the bank, UPI (the 12 digits of the UTR) or the receipt calls the payment."),
    )


class Fail(_Strict):
    """Why it could not be paid back."""

    note: fields.Sentence = Field(title=N_("What went wrong"), json_schema_extra={"widget": "textarea"})


class Nothing(_Strict):
    """No more to say."""
