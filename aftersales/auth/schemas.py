"""What is said of an API client when it is made."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from aftersales.fields import Line, Strict

DAYS = (30, 90, 365)


class ClientIn(Strict):
    """A program that is to work for its maker: with these permissions, in one branch or wherever they hold them."""

    name: Line
    permissions: Annotated[list[Annotated[str, Field(max_length=80)]], Field(min_length=1, max_length=200)]
    branch_id: UUID | None = None
    days: Annotated[int, Field(ge=1, le=366)] = 90
