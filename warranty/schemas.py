"""What warranty takes in and gives out."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from aftersales import fields
from aftersales.i18n import N_
from aftersales.policies.schemas import ClauseNumber, Plain
from warranty.rules import Terms
from warranty.rules.goodwill import GoodwillTerms

Words = fields.Sentence
Code = Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9-]{0,15}$")]
Kind = Literal["invoice", "dealer_record", "installation_job", "manufacture"]


class Strict(BaseModel):
    """Unknown members are refused, so that a typing error is not silently ignored."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Nothing(Strict):
    """No more to say."""


class Reason(Strict):
    """Why."""

    note: Words = Field(
        title=N_("Reason"),
        description=N_("A sentence that a colleague can act on."),
        json_schema_extra={"widget": "textarea"},
    )


class Appeal(Strict):
    """Why the customer sees it differently."""

    note: Words = Field(
        title=N_("What you see differently"),
        description=N_("A person who has not decided on it before looks at it again."),
        json_schema_extra={"widget": "textarea"},
    )


class Question(Strict):
    """What the customer is asked for."""

    note: Words = Field(
        title=N_("What we need"),
        description=N_("The customer reads it as you write it."),
        json_schema_extra=fields.TO_CUSTOMER,
    )


class Reply(Strict):
    """The customer's answer to what we asked."""

    note: Words = Field(title=N_("Your answer"), json_schema_extra={"widget": "textarea"})


class ProposeDenial(Strict):
    """What a denial must rest on; a second person confirms it. Photos are taken from the repair order."""

    cause_code: Code | None = Field(default=None, title=N_("Cause"), description=N_("Its code, such as RD-2."))
    clause: str = Field(default="", title=N_("Clause that excludes it"), json_schema_extra={"widget": "select"})
    words: fields.Words = Field(
        default="",
        title=N_("What we tell the customer"),
        description=N_("What was found, in words that the customer would use."),
        json_schema_extra=fields.TO_CUSTOMER,
    )


class AddLine(Strict):
    """One thing that a claim asks for; `instead_of` is the line, sent back before, whose place it takes."""

    cost: Literal["parts", "labour", "visit", "consumables"] = Field(default="parts", title=N_("Kind"))
    description: fields.Line = Field(title=N_("What it is"))
    amount_minor: Annotated[int, Field(ge=1, le=10**10)] = Field(
        title=N_("Amount"), json_schema_extra={"widget": "money"}
    )
    payer: Literal["company", "brand", "supplier"] = Field(default="company", title=N_("Who bears it"))
    ticket: fields.OptionalLine = Field(default="", title=N_("The brand's ticket number"))
    part_code: Annotated[str, Field(pattern=r"^([A-Z0-9][A-Z0-9./-]{0,39})?$")] = Field(
        default="", title=N_("The part's code"), description=N_("In capital letters, as on its label.")
    )
    donor: fields.OptionalLine = Field(
        default="",
        title=N_("Number of the product it was taken from"),
        description=N_("Only where the part comes out of another product, which must be ours."),
    )
    instead_of: Annotated[int, Field(ge=1, le=50)] | None = Field(
        default=None, title=N_("Instead of line"), description=N_("Of one that was sent back.")
    )


class PartReturned(Strict):
    """The label of a part that was taken out, as it was scanned when it came back to us."""

    line: Annotated[int, Field(ge=1, le=50)] = Field(title=N_("Line"), json_schema_extra={"widget": "select"})
    label: fields.Line = Field(title=N_("Scan the removed part"), json_schema_extra={"scan": "goods"})


class DecideLine(Strict):
    """What becomes of a line. The amount is for one that is approved lower; a denial names its clause."""

    line: Annotated[int, Field(ge=1, le=50)] = Field(title=N_("Line"), json_schema_extra={"widget": "select"})
    outcome: Literal["approved", "lowered", "denied", "sent_back"] = Field(
        default="approved", title=N_("Decision"), json_schema_extra={"widget": "select"}
    )
    amount_minor: Annotated[int, Field(ge=1, le=10**10)] | None = Field(
        default=None, title=N_("Amount, if lower"), json_schema_extra={"widget": "money"}
    )
    clause: Annotated[str, Field(max_length=10)] = Field(default="", title=N_("Clause"))
    words: fields.Words = Field(
        default="",
        title=N_("Why"),
        description=N_("The customer reads it as you write it."),
        json_schema_extra=fields.TO_CUSTOMER,
    )


class ProofIn(Strict):
    """Evidence of when a unit was sold or came into use."""

    kind: Kind = "invoice"
    dated_on: fields.Day
    reference: fields.OptionalLine = ""


class RegisterUnit(Strict):
    """A registration, with the day of purchase that the owner names.

    With `plan` (the published terms `plan:<code>`) it is of a plan that was bought on `plan_from`.
    """

    purchased_on: fields.Day = Field(title=N_("Bought on"), json_schema_extra={"widget": "date"})
    plan: Annotated[str, Field(pattern=r"^[a-z0-9_]{0,40}$")] = ""
    plan_from: fields.Day | None = None


class Identified(Strict):
    """Which unit a registration is about."""

    number: fields.Line = Field(
        title=N_("Serial number or IMEI"),
        description=N_("As it is known here. Add the customer and the unit first if they are not."),
    )


CHECKS = ("number_fits", "proof_seen", "day_fits")
"""What is compared before a registration becomes active."""


class Checked(Strict):
    """What was compared, each point by a tick; where something is marked, why it may be registered all the same."""

    number_fits: bool = Field(default=False, title=N_("The number on the product is the one in the proof"))
    proof_seen: bool = Field(default=False, title=N_("The proof names the product and the shop"))
    day_fits: bool = Field(default=False, title=N_("The day of purchase is the one in the proof"))
    note: fields.Words = Field(
        default="",
        title=N_("Why it may be registered"),
        description=N_("Needed where something is marked."),
        json_schema_extra={"widget": "textarea"},
    )


class Refusal(Strict):
    """Why a registration is not valid."""

    note: Words = Field(
        title=N_("Reason"),
        description=N_("The customer reads it as you write it."),
        json_schema_extra=fields.TO_CUSTOMER,
    )


class AskTransfer(Strict):
    """To whom a unit and its warranty are to pass: a customer who is known here, by phone and, of several, by name."""

    phone: fields.Line = Field(title=N_("The new owner's phone"), description=N_("Add them as a customer first."))
    name: fields.OptionalLine = Field(
        default="", title=N_("The new owner's name"), description=N_("Needed where several share the phone.")
    )


class Consent(Strict):
    """Who of the two owners has agreed, and how they said so."""

    party: Literal["owner", "new_owner"] = Field(title=N_("Who has agreed"), json_schema_extra={"widget": "select"})
    source: Literal["counter", "phone", "letter"] = Field(
        title=N_("How they said so"), json_schema_extra={"widget": "select"}
    )


class Disagreed(Strict):
    """Who of the two owners does not agree."""

    party: Literal["owner", "new_owner"] = Field(title=N_("Who does not agree"), json_schema_extra={"widget": "select"})


class GiveGoodwill(Strict):
    """What is given beyond the terms, up to which cost, and why. Amounts are in the currency of the allowance."""

    parts: bool = Field(default=False, title=N_("Parts"))
    labour: bool = Field(default=False, title=N_("Labour"))
    visit: bool = Field(default=False, title=N_("The visit"))
    amount_minor: Annotated[int, Field(ge=1, le=10**10)] = Field(
        title=N_("What it costs us"), json_schema_extra={"widget": "money"}
    )
    words: Words = Field(
        title=N_("Why"),
        description=N_("A sentence that a colleague can act on."),
        json_schema_extra={"widget": "textarea"},
    )


class PublishGoodwill(Strict):
    """The next version of what staff may give as goodwill."""

    effective_from: fields.Day
    terms: GoodwillTerms


class TakeUp(Strict):
    """Which of the things that are offered is taken; the first without a choice."""

    choice: Annotated[int, Field(ge=1, le=9)] = Field(
        default=1, title=N_("What they take"), json_schema_extra={"widget": "select"}
    )


class Fulfil(Strict):
    """The number of the new product, as its label bears it."""

    number: fields.Line = Field(
        title=N_("The new product's number"),
        description=N_("As on its label. If it is not known here yet, it is added for this household."),
    )


class GiveMoney(Strict):
    """How the money is given. What goes back the way it came needs what was paid, tax included, in minor units (paise)
    of the offer's currency, and its reference."""

    way: Literal["store_credit", "upi", "card", "bank_transfer", "cash", "cheque"] = Field(
        title=N_("How the money goes back"),
        description=N_("As credit, or the way in which the product was paid."),
        json_schema_extra={"widget": "select"},
    )
    paid_minor: Annotated[int, Field(gt=0, le=10**10)] | None = Field(
        default=None,
        title=N_("What was paid for the product, tax included"),
        description=N_("Not more than this goes back. Not needed for credit."),
        json_schema_extra={"widget": "money"},
    )
    tax_rate: Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)] = Field(
        default=Decimal(18), title=N_("Tax in per cent")
    )
    reference: fields.OptionalLine = Field(
        default="",
        max_length=80,
        title=N_("Reference"),
        description=N_("The number of the invoice or payment by which the product was paid. Not needed for credit."),
    )


class PublishTerms(Strict):
    """The next version of a policy. `words` hold every clause that the terms name: English message ids."""

    code: Annotated[str, Field(max_length=80)]
    effective_from: fields.Day
    terms: Terms
    words: dict[ClauseNumber, Plain]


class ProofOut(BaseModel):
    """A recorded proof."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    unit_id: UUID
    kind: str
    dated_on: date
    reference: str
    file_id: UUID | None


class RegistrationOut(BaseModel):
    """A registration."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    number: str
    status: str
    version: int
    unit_id: UUID


class CoverOut(BaseModel):
    """What a unit is covered for on a day: advice, stored nowhere, with the whole way to it."""

    unit_id: UUID
    policy_id: UUID
    policy_version: int
    evaluator_version: int
    facts: Mapping[str, Any]
    verdict: Mapping[str, Any]


class LineOut(BaseModel):
    """A line of a claim, by its `position`. Amounts are in minor units; `granted_minor` is null until it is decided."""

    model_config = ConfigDict(from_attributes=True)

    position: int
    cost_class: str
    description: str
    asked_minor: int
    granted_minor: int | None
    currency: str
    standing: str
    clause: str
    words: str
    payer: str
    ticket: str
    part_code: str
    removed_part: str | None
    part_back_at: datetime | None
    closed_at: datetime | None


class ClaimOut(BaseModel):
    """A claim with the answer that holds now and the whole way to it."""

    id: UUID
    number: str
    status: str
    version: int
    case_id: UUID
    unit_id: UUID
    fault_code: str | None
    cause_code: str | None
    policy_code: str
    policy_version: int
    evaluator_version: int
    at: datetime
    facts: Mapping[str, Any]
    verdict: Mapping[str, Any]
