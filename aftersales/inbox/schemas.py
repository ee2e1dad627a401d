"""What staff send about what came in."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from aftersales.fields import Line, Strict, Words
from aftersales.i18n import N_
from aftersales.updates.channels.wording import plain


class Write(Strict):
    """Words to the customer. What is no writing, or turns its direction, is left out."""

    words: Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(plain)] = Field(
        title=N_("Your words"),
        description=N_("They are sent as you write them."),
        json_schema_extra={"widget": "textarea"},
    )


class Settled(Strict):
    """No more to say."""


class Confirm(Strict):
    """A request becomes a case; what the sender gave stands in the form already."""

    name: Line
    branch_id: UUID
    complaint: Annotated[str, Field(min_length=3, max_length=2000)]
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")]
    postcode: Annotated[str, Field(pattern=r"^([1-9]\d{5})?$")] = ""
    version: Annotated[int, Field(ge=1, le=2**31 - 1)]


class Decline(Strict):
    """A request is not taken; the reason is sent to them in these words."""

    reason: Words
    version: Annotated[int, Field(ge=1, le=2**31 - 1)]
