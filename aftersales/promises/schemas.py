"""What promises take in and give out."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from aftersales.fields import Day, Moment, Strict
from aftersales.i18n import N_

_DAY = {"type": "string", "format": "date"}
_SHIFTS = {"type": "array", "items": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2}}
_SHAPE: dict[str, Any] = {
    "properties": {
        "tz": {"type": "string"},
        "weekly": {"type": "object", "additionalProperties": _SHIFTS},
        "holidays": {"type": "array", "items": _DAY},
        "nth_weekday_off": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"weekday": {"type": "string"}, "nth": {"type": "array", "items": {"type": "integer"}}},
                "additionalProperties": False,
            },
        },
        "overrides": {"type": "object", "additionalProperties": _SHIFTS, "propertyNames": _DAY},
    },
    "additionalProperties": False,
}
Hours = Annotated[
    dict[str, Any],
    Field(
        description="`tz`, `weekly`, `holidays`, `nth_weekday_off` and `overrides`; all but `tz` may be absent.",
        examples=[{"tz": "Asia/Kolkata", "weekly": {"mon": [["09:30", "13:00"], ["14:00", "18:30"]]}}],
        json_schema_extra=_SHAPE,
    ),
]


class Delayed(Strict):
    """That the work takes longer: the new time, and why. Without an offset it is on the centre's wall clock."""

    by: Moment = Field(
        title=N_("Ready by"),
        description=N_("The customer is told this time, and the one that no longer holds."),
        json_schema_extra={"widget": "datetime"},
    )
    reason: Literal["part", "more_work", "vendor", "slow"] = Field(
        title=N_("Reason"), description=N_("The customer is told this."), json_schema_extra={"widget": "select"}
    )


class HoursIn(BaseModel):
    """The working hours of a service centre."""

    model_config = ConfigDict(extra="forbid")

    hours: Hours


class HoursOut(BaseModel):
    """One version of them."""

    model_config = ConfigDict(from_attributes=True)

    branch_id: UUID
    version: int
    hours: Hours
    made_at: datetime | None


class PublishTargets(BaseModel):
    """The next version of the targets."""

    model_config = ConfigDict(extra="forbid")

    effective_from: Day
    terms: Annotated[dict[str, Any], Field(description="As docs/howto/targets.md describes them.")]


class ClockOut(BaseModel):
    """What one clock of a case says. `whole` is seconds of working time, `spent` the same by whose turn it was."""

    clock: str
    shape: str
    amount: int
    started_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    state: str
    level: int
    whole: int
    spent: Mapping[str, int]


class ClocksOut(BaseModel):
    """The clocks of a case, and the rule that chose their targets."""

    rule: str
    words: str
    urgency: int
    clocks: list[ClockOut]


class NoticeOut(BaseModel):
    """A notice that stands: `step` is the percentage of a warning, 100 for a breach, the tier of an escalation."""

    model_config = ConfigDict(from_attributes=True)

    kind: Literal["warning", "breach", "escalation"]
    step: int
    to: str


class DueOut(BaseModel):
    """A clock, or a promise that the customer was told, that is about to be late, or is. `turn` is whose turn it is;
    `owner` the member of staff. Of a promise `clock` is its kind, `said_at` when it was said; it has no amount."""

    model_config = ConfigDict(from_attributes=True)

    case_id: UUID
    number: str
    name: str | None
    branch: str
    owner: str | None
    clock: str
    shape: str
    amount: int
    due_at: datetime
    state: str
    level: int
    turn: Literal["us", "customer", "parts", "supplier", "courier"]
    notices: list[NoticeOut]
    said_at: datetime | None
    language: str
    basis: str
