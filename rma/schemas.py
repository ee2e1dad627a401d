"""What returns take in and give out."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from aftersales import fields
from aftersales.auth.schemas import Currency
from aftersales.i18n import N_
from aftersales.policies.schemas import ClauseNumber, Plain
from rma.goods import MOST
from rma.rules import Condition, Reason, Terms

Words = fields.Sentence
Wished = Literal["refund", "store_credit", "exchange", "repair"]
Goodwill = Literal["our_mistake", "repeated_fault", "long_standing_customer", "near_the_limit", "other"]


class Strict(BaseModel):
    """Unknown members are refused, so that a typing error is not silently ignored."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Nothing(Strict):
    """No more to say."""


class RequestReturn(Strict):
    """A wish to give something back or exchange it, in the customer's own words."""

    unit_id: UUID = Field(title=N_("Which product"), json_schema_extra={"widget": "select"})
    reason_code: Reason = Field(title=N_("Why"), json_schema_extra={"widget": "select"})
    words: Words = Field(title=N_("In your own words"), json_schema_extra={"widget": "textarea"})
    condition: Condition | None = Field(default=None, title=N_("In which condition is it?"))
    wish: Wished | None = Field(default=None, title=N_("What would you like?"))
    coming: Literal["pickup", "drop_off"] | None = Field(default=None, title=N_("How does it come to us?"))


class Wish(Strict):
    """What the customer would like to get for it."""

    resolution: Wished = Field(title=N_("What would you like?"), json_schema_extra={"widget": "select"})


class Authorise(Strict):
    """Yes. Against the rule it is goodwill, and says why."""

    goodwill_code: Goodwill | None = Field(
        default=None,
        title=N_("Goodwill"),
        description=N_("Only where the rule says no."),
        json_schema_extra={"widget": "select"},
    )
    goodwill: fields.Words = Field(
        default="", title=N_("Why out of goodwill"), json_schema_extra={"widget": "textarea"}
    )


class Reject(Strict):
    """No, with the reason that the customer reads."""

    note: Words = Field(
        title=N_("What we tell the customer"),
        description=N_("The reason, and what we can do instead. The customer reads it as you write it."),
        json_schema_extra=fields.TO_CUSTOMER,
    )


class Question(Strict):
    """What the customer is asked for."""

    note: Words = Field(
        title=N_("What we need"),
        description=N_("The customer reads it as you write it."),
        json_schema_extra=fields.TO_CUSTOMER,
    )


class Reply(Strict):
    """The answer to what we asked."""

    note: Words = Field(title=N_("Your answer"), json_schema_extra={"widget": "textarea"})


Position = Annotated[int, Field(ge=1, le=99, title=N_("Line"))]
Quantity = Annotated[int, Field(ge=1, le=MOST, title=N_("How many"))]
Method = Literal["upi", "card", "bank_transfer", "cash", "cheque"]
Part = Literal["box", "charger", "cable", "remote", "manual", "stand", "other"]


class AddLine(Strict):
    """One more product of the return. By its number, or by its model where it has none or came without an order."""

    serial: fields.OptionalLine = Field(
        default="", max_length=60, title=N_("Serial number"), json_schema_extra={"scan": "number"}
    )
    model: fields.OptionalLine = Field(
        default="", max_length=80, title=N_("Model"), description=N_("Only where the number is not known here.")
    )
    quantity: Quantity = 1
    reason_code: Reason = Field(title=N_("Why"), json_schema_extra={"widget": "select"})


class ReceivePart(Strict):
    """So many pieces of a line have come."""

    line: Position = 1
    quantity: Quantity = 1


class Found(Strict):
    """The condition of so many pieces of a line. A as new, B opened, C used, D cannot be sold."""

    line: Position = 1
    quantity: Quantity = 1
    grade: Literal["A", "B", "C", "D"] = Field(title=N_("Grade"))
    no_fault: bool = Field(default=False, title=N_("No fault found"))
    wrong_item: bool = Field(default=False, title=N_("Not the product that was agreed"))
    missing: Annotated[list[Part], Field(max_length=10)] = Field(
        default_factory=list, title=N_("What is missing"), description=N_("One a line: box, charger, cable, remote, …")
    )
    photos: Annotated[list[UUID], Field(max_length=10)] = Field(
        default_factory=list, title=N_("Photos"), json_schema_extra={"widget": "file", "kind": "check"}
    )


class UseDecided(Strict):
    """What becomes of so many pieces of a line."""

    line: Position = 1
    quantity: Quantity = 1
    disposition: Literal[
        "restock", "refurbish", "repair", "return_to_vendor", "scrap", "return_to_customer", "quarantine"
    ] = Field(title=N_("Use"))


class Refuse(Strict):
    """Why we cannot accept what came."""

    note: Words = Field(
        title=N_("What we tell the customer"),
        description=N_("The customer reads it as you write it."),
        json_schema_extra=fields.TO_CUSTOMER,
    )


class PaidRecorded(Strict):
    """What was paid for each piece of a line, tax included, in minor units (paise), and what proves it. Without a
    currency it is that of the branch."""

    line: Position = 1
    amount_minor: Annotated[int, Field(gt=0, le=10**10)] = Field(
        title=N_("Paid for each piece, tax included"), json_schema_extra={"widget": "money"}
    )
    tax_rate: Annotated[Decimal, Field(ge=0, le=100, decimal_places=2)] = Field(
        default=Decimal(18), title=N_("Tax in per cent")
    )
    method: Method = Field(
        default="upi", title=N_("How it was paid"), description=N_("A refund goes back the same way.")
    )
    proof: Literal["invoice", "order", "statement", "dealer"] = Field(default="invoice", title=N_("What proves it"))
    currency: Currency | None = Field(
        default=None, title=N_("Currency"), description=N_("Only where it was paid in another than ours.")
    )
    reference: fields.Line = Field(
        max_length=80, title=N_("Reference"), description=N_("The number of the invoice, order or payment.")
    )


class ResolutionChosen(Strict):
    """How so many pieces of a line are settled with the customer."""

    line: Position = 1
    quantity: Quantity = 1
    resolution: Literal["refund", "store_credit", "exchange", "replacement", "repair", "keep_item", "return_as_is"] = (
        Field(title=N_("Settled by"))
    )


class ResolutionChanged(Strict):
    """How what is not settled yet of a line is settled instead."""

    line: Position = 1
    resolution: Literal["refund", "store_credit", "exchange", "replacement", "repair", "keep_item", "return_as_is"] = (
        Field(title=N_("Settled by"))
    )


class HandOver(Strict):
    """Another unit that the customer gets for a piece of a line. The same model costs nothing more."""

    line: Position = 1
    serial: Annotated[fields.Line, Field(max_length=60)] = Field(
        title=N_("Serial number of the new one"), json_schema_extra={"scan": "number"}
    )
    way: Literal["counter", "courier", "door"] = Field(default="counter", title=N_("Handed over"))
    model: fields.OptionalLine = Field(
        default="", max_length=80, title=N_("Model"), description=N_("Only where it is another model.")
    )
    price_minor: Annotated[int, Field(gt=0, le=10**10)] | None = Field(
        default=None,
        title=N_("Price of the other model, tax included"),
        description=N_("The difference is worked out from what was paid for the old one."),
        json_schema_extra={"widget": "money"},
    )
    currency: Currency | None = Field(
        default=None, title=N_("Currency"), description=N_("Only where it was paid in another than ours.")
    )
    method: Method = Field(default="upi", title=N_("How the difference was paid"))
    reference: Annotated[str, Field(pattern=r"^[A-Za-z0-9/-]{4,40}$")] | None = Field(
        default=None, title=N_("Reference of the difference")
    )


class Advance(Strict):
    """Security for another one that goes out first: blocked on the card, by us or by the customer, or a deposit."""

    line: Position = 1
    amount_minor: Annotated[int, Field(gt=0, le=10**10)] = Field(
        title=N_("Held as security"), json_schema_extra={"widget": "money"}
    )
    way: Literal["online", "card", "deposit"] = Field(title=N_("How it is held"))
    method: Method = Field(default="card", title=N_("How it was paid"))
    reference: Annotated[str, Field(pattern=r"^[A-Za-z0-9/-]{4,40}$")] | None = Field(
        default=None,
        title=N_("Reference"),
        description=N_("What the card terminal, the bank or UPI calls it. Cash: the receipt."),
    )

    @model_validator(mode="after")
    def _held_how(self) -> "Advance":
        if self.way == "online":
            if self.method != "card" or self.reference is not None:
                raise ValueError("the customer blocks it on a card later: give no reference, and no other method")
            return self
        if self.way == "card" and self.method != "card":
            raise ValueError("an amount is blocked on a card; choose a deposit for what was paid otherwise")
        if self.method != "cash" and self.reference is None:
            raise ValueError("give the reference, so that nothing is counted twice")
        return self


class NewOne(Strict):
    """The unit that goes out, of the same model."""

    serial: Annotated[fields.Line, Field(max_length=60)] = Field(
        title=N_("Serial number of the new one"), json_schema_extra={"scan": "number"}
    )


class Why(Strict):
    """Why it ends so."""

    note: Words = Field(title=N_("Why"), json_schema_extra={"widget": "textarea"})


class CarriedOut(Strict):
    """The pieces of a line that were to go back are with the customer."""

    line: Position = 1


# As the scanner read it: what no label can be is cut or answered, so that it never costs the others.
Label = Annotated[str, Field(max_length=400)]


class Scan(Strict):
    """Labels as they were scanned."""

    labels: Annotated[list[Label], Field(min_length=1, max_length=MOST)]


class ScannedOut(BaseModel):
    """What became of a label."""

    model_config = ConfigDict(from_attributes=True)

    label: str
    outcome: Literal[
        "received",
        "twice",
        "unknown",
        "unreadable",
        "already",
        "not_expected",
        "elsewhere",
        "called_off",
        "too_late",
        "refused",
        "given_back",
    ]
    number: str
    quantity: int
    return_id: UUID | None


class PublishTerms(Strict):
    """The next version of the policy on returns. `words` hold every clause that the terms name."""

    code: Annotated[str, Field(max_length=80)] = "default"
    effective_from: fields.Day
    terms: Terms
    words: dict[ClauseNumber, Plain]


class ReturnOut(BaseModel):
    """A return with what the rule said of it."""

    id: UUID
    number: str
    status: str
    version: int
    stream_id: UUID
    unit_id: UUID
    reason_code: str
    policy_version: int | None
    evaluator_version: int
    goodwill_code: str | None
    wish: str | None
    coming: str | None
    asked_at: datetime
    facts: Mapping[str, Any]
    verdict: Mapping[str, Any] | None
