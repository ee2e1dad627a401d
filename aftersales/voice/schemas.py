"""What staff send about calls."""

from typing import Annotated

from pydantic import Field

from aftersales.fields import Moment, Strict
from aftersales.i18n import N_


class PromiseCall(Strict):
    """That we call somebody of the matter. Without an offset the time is on the centre's wall clock."""

    by: Moment = Field(
        title=N_("Called by"), description=N_("They are told this time."), json_schema_extra={"widget": "datetime"}
    )
    phone: Annotated[str, Field(pattern=r"^\+[1-9]\d{6,14}$")] = Field(
        title=N_("Whom"), json_schema_extra={"widget": "select"}
    )
