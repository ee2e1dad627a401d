"""What securities take in."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from aftersales import fields
from aftersales.i18n import N_

Reference = Annotated[str, Field(pattern=r"^[A-Za-z0-9/-]{4,40}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Executed(_Strict):
    """That the card's terminal or bank has done it."""

    reference: Reference = Field(
        title=N_("Reference"), description=N_("What the card terminal or the bank calls it, as on the receipt.")
    )


class Lapse(_Strict):
    """What the bank said."""

    note: fields.Sentence = Field(title=N_("What went wrong"), json_schema_extra={"widget": "textarea"})
