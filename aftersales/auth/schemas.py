"""What is said of an API client when it is made, and of service centres and colleagues."""

from typing import Annotated, Any
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from aftersales import phones
from aftersales.fields import Line, Strict
from aftersales.i18n import LANGUAGES
from aftersales.money import MINOR_DIGITS

DAYS = (30, 90, 365)
MOST_GRANTS = 200


def _upper(value: Any) -> Any:
    return value.strip().upper() if isinstance(value, str) else value


def _lower(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


def _country(code: str) -> str:
    if code not in phones.REGIONS:
        raise ValueError("give the two letters of a country, such as IN")
    return code


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("give a time zone by its name, such as Asia/Kolkata")
    return name


def _currency(code: str) -> str:
    if code not in MINOR_DIGITS:
        raise ValueError(f"give one of {', '.join(sorted(MINOR_DIGITS))}")
    return code


def _language(code: str) -> str:
    if code not in LANGUAGES or not LANGUAGES[code].desk:
        raise ValueError(f"give one of {', '.join(one.code for one in LANGUAGES.values() if one.desk)}")
    return code


Country = Annotated[str, BeforeValidator(_upper), AfterValidator(_country)]
# The pattern before what tidies: the other way round the description of the API does not say it.
Code = Annotated[str, Field(pattern=r"^[A-Z]{2,5}$", title="Short name"), BeforeValidator(_upper)]
Postcode = Annotated[Line, Field(max_length=20)]
Zone = Annotated[
    str, Field(title="Time zone", json_schema_extra={"enum": [*sorted(available_timezones())]}), AfterValidator(_zone)
]
Currency = Annotated[
    str,
    Field(title="Currency", json_schema_extra={"enum": [*sorted(MINOR_DIGITS)]}),
    BeforeValidator(_upper),
    AfterValidator(_currency),
]
Login = Annotated[str, Field(pattern=r"^[^\s\x00-\x1f\x7f-\x9f]{2,64}$", title="Sign-in name"), BeforeValidator(_lower)]
DeskLanguage = Annotated[
    str,
    Field(
        title="Language of the desk",
        json_schema_extra={"enum": [one.code for one in LANGUAGES.values() if one.desk]},
    ),
    AfterValidator(_language),
]


class ClientIn(Strict):
    """A program that is to work for its maker: with these permissions, in one branch or wherever they hold them."""

    name: Line
    permissions: Annotated[list[Annotated[str, Field(max_length=80)]], Field(min_length=1, max_length=200)]
    branch_id: UUID | None = None
    days: Annotated[int, Field(ge=1, le=366)] = 90


class BranchChange(Strict):
    """A service centre as it is from now on. The phone is what customers are told; the position is for planning ways.

    What was billed keeps the currency it was billed in.
    """

    name: Line
    phone: Line
    address: Line
    postcode: Postcode
    timezone: Zone = "Asia/Kolkata"
    currency: Currency = "INR"
    latitude: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | None = None

    @model_validator(mode="after")
    def _whole_position(self) -> "BranchChange":
        if (self.latitude is None) != (self.longitude is None):
            raise ValueError("give latitude and longitude, or neither")
        return self


class BranchIn(BranchChange):
    """A further service centre. Its short name begins the numbers that it gives, and stays."""

    code: Code


class GrantIn(Strict):
    """A role, in one service centre or (null) in all."""

    role: Annotated[str, Field(max_length=40)]
    branch_id: UUID | None = None


class AccountChange(Strict):
    """A colleague as they are from now on: where they are at home, and what their desk is read in."""

    name: Line
    branch_id: UUID
    language: DeskLanguage = "en"


class AccountIn(AccountChange):
    """A new colleague. Their sign-in name stays."""

    login: Login
    grants: Annotated[list[GrantIn], Field(max_length=MOST_GRANTS)]


class GrantsIn(Strict):
    """Everything that a colleague is to hold: what they hold and is not named, they lose."""

    grants: Annotated[list[GrantIn], Field(max_length=MOST_GRANTS)]


class GrantOut(BaseModel):
    """A role that is held, in one service centre or (null) in all."""

    model_config = ConfigDict(from_attributes=True)

    role: str
    branch_id: UUID | None


class AccountOut(BaseModel):
    """A colleague. With `must_change` they have not chosen a password of their own yet."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    login: str
    name: str
    branch_id: UUID
    language: str
    active: bool
    must_change: bool
    grants: list[GrantOut]


class PasswordOut(BaseModel):
    """Whose password it is. It is in this answer alone, and has to be changed at the first sign-in."""

    id: UUID
    password: str
