"""What estimates take in."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from aftersales.i18n import N_


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Send(_Strict):
    """How long the price is good."""

    valid_days: Annotated[int, Field(ge=1, le=60)] = Field(default=7, title=N_("Good for how many days"))


class RecordAnswer(_Strict):
    """An answer that was given by phone or at the counter."""

    note: Annotated[str, Field(min_length=3, max_length=500)] = Field(
        title=N_("Who answered, and how"),
        description=N_("For example: the owner, by phone, after we called the number we know."),
        json_schema_extra={"widget": "textarea"},
    )


class CustomerApproves(_Strict):
    """The customer's yes, with the code that was sent to them."""

    code: Annotated[str, Field(max_length=20)] = Field(title=N_("The six digits"), json_schema_extra={"widget": "code"})


class CustomerDeclines(_Strict):
    """The customer's no; why, if they like to say."""

    note: Annotated[str, Field(max_length=500)] = Field(
        default="", title=N_("Would you tell us why?"), json_schema_extra={"widget": "textarea"}
    )
