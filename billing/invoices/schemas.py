"""What invoices take in."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from aftersales.i18n import N_


class Void(BaseModel):
    """Why it is void."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    note: Annotated[str, Field(min_length=3, max_length=500)] = Field(
        title=N_("Reason"), json_schema_extra={"widget": "textarea"}
    )
