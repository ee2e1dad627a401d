"""What a customer fills in on the public page, step by step. Between the steps it is kept in the form alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from starlette.datastructures import FormData, UploadFile

from aftersales import phones
from aftersales.fields import clean_line
from aftersales.i18n import N_, currency_sign
from aftersales.money import Money, parse_major
from aftersales.uploads import chunks
from rma.rules import CONDITIONS, REASONS, Condition, Reason
from rma.words import WISHES
from rma.worth import Resolution

MOST = 120
MOST_WORDS = 2000
MOST_PHOTOS = 5
NEEDED = N_("This is needed.")
CHOOSE = N_("Choose one of these.")
UNREADABLE = N_("We cannot read this number. Write it with all its digits.")
ONE_LINE = N_("Write it on one line, with at most 120 letters.")
AMOUNT = N_("Write an amount such as 6490.00.")
FEW_WORDS = N_("Write a few words first, but no more than a page.")
FILE = N_("We cannot use this file. Send a smaller photo or PDF.")
Named = tuple[str, bytes]


@dataclass(slots=True)
class Given:
    """What was sent, read as far as it can be; `errors` by the field."""

    raw: Mapping[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    photos: list[Named] = field(default_factory=list)
    invoice: Named | None = None

    def text(self, name: str) -> str:
        """What stands in a field."""
        return self.raw.get(name, "")

    def phone(self) -> str:
        """In E.164; empty, with an error, where it is none."""
        try:
            return phones.normalise(self.text("phone"))
        except ValueError:
            self.errors["phone"] = UNREADABLE
            return ""

    def number(self) -> str:
        """The serial number as it was typed."""
        if not self.text("number"):
            self.errors["number"] = NEEDED
            return ""
        try:
            if len(self.text("number")) > MOST:
                raise ValueError
            return clean_line(self.text("number"))
        except ValueError:
            self.errors["number"] = ONE_LINE
            return ""

    def reason(self) -> Reason | None:
        """Why it is given back."""
        if self.text("reason") in set(Reason):
            return Reason(self.text("reason"))
        self.errors["reason"] = CHOOSE
        return None

    def condition(self) -> Condition | None:
        """In which condition the customer says it is."""
        if self.text("condition") in set(Condition):
            return Condition(self.text("condition"))
        self.errors["condition"] = CHOOSE
        return None

    def paid(self, currency: str) -> Money | None:
        """What was paid, if it was said, in the currency of the service centre."""
        if not self.text("paid"):
            return None
        try:
            paid = parse_major(self.text("paid"), currency)
            if not 0 < paid.minor <= 10**10:
                raise ValueError
        except ValueError:
            self.errors["paid"] = AMOUNT
            return None
        return paid

    def words(self) -> str:
        """The customer's own."""
        said = " ".join(self.text("words").split())
        if not 3 <= len(said) <= MOST_WORDS:
            self.errors["words"] = FEW_WORDS
        return said

    def one_of(self, name: str, among: Sequence[str]) -> str:
        """One of these choices."""
        if self.text(name) not in among:
            self.errors[name] = CHOOSE
        return self.text(name)

    def centre(self, among: Sequence[UUID]) -> UUID | None:
        """The service centre it is brought to."""
        found = next((one for one in among if str(one) == self.text("branch_id")), None)
        if found is None:
            self.errors["branch_id"] = CHOOSE
        return found


async def read(sent: FormData, limit: int) -> Given:
    """The form with its files, each cut beyond the limit, to be refused."""
    given = Given({name: value.strip() for name, value in sent.items() if isinstance(value, str)})
    photos = [one for one in sent.getlist("photos") if isinstance(one, UploadFile)]
    if len(photos) > MOST_PHOTOS:
        given.errors["photos"] = N_("Send at most five photos.")
    for one in photos[:MOST_PHOTOS]:
        if (held := await _read(one, limit))[1]:
            given.photos.append(held)
    invoice = sent.get("invoice")
    if isinstance(invoice, UploadFile) and (held := await _read(invoice, limit))[1]:
        given.invoice = held
    return given


async def _read(file: UploadFile, limit: int) -> Named:
    held = bytearray()
    async for chunk in chunks(file):  # type: ignore[arg-type]
        held += chunk
        if len(held) > limit:
            break
    return file.filename or "", bytes(held)


def finding(given: Given) -> list[dict[str, Any]]:
    """The first step: which product, and whose."""
    shown: list[dict[str, Any]] = [
        {"name": "number", "label": N_("Serial number or IMEI"), "required": True, "maxlength": MOST}
        | {"help": N_("It stands on the label of the product; on a phone dial *#06#."), "scan": "number"},
        {"name": "phone", "label": N_("Your phone number"), "kind": "tel", "required": True, "autocomplete": "tel"}
        | {"maxlength": 40},
    ]
    return _filled(shown, given)


def entering(given: Given) -> list[dict[str, Any]]:
    """The second: the code."""
    field = {"name": "code", "label": N_("The six digits"), "kind": "code", "required": True}
    return [*_kept(given, "number", "phone"), *_filled([field], given)]


def saying(given: Given, currency: str) -> list[dict[str, Any]]:
    """The third: why, in which condition it is, and what was paid, in the currency of the service centre."""
    shown: list[dict[str, Any]] = [
        {"name": "reason", "label": N_("Why"), "kind": "select", "required": True, "options": _options(REASONS)},
        {"name": "condition", "label": N_("In which condition is it?"), "kind": "select", "required": True}
        | {"options": _options(CONDITIONS)},
        {"name": "paid", "label": N_("What you paid, if you know it"), "kind": "money", "maxlength": 20}
        | {"unit": currency_sign(currency)},
    ]
    return [*_kept(given, "number", "phone", "code"), *_filled(shown, given)]


def sending(given: Given, centres: Sequence[Mapping[str, Any]], near: str, fetched: str) -> list[dict[str, Any]]:
    """The last: what they would like, how it comes to us, words and photos. `near` is the service centre that is chosen
    beforehand, `fetched` the address at which it can be fetched, if there is one."""
    wishes = {one: label for one, label in WISHES.items() if one is not Resolution.REPAIR or _faulty(given)}
    ways = [{"value": "drop_off", "label": N_("I bring it to a service centre"), "detail": ""}]
    if fetched:
        ways.insert(0, {"value": "pickup", "label": N_("You fetch it at my address"), "detail": fetched})
    shown: list[dict[str, Any]] = [
        {"name": "wish", "label": N_("What would you like?"), "kind": "choice", "required": True}
        | {"options": _options(wishes)},
        {"name": "coming", "label": N_("How does it come to us?"), "kind": "choice", "required": True, "options": ways},
        {"name": "branch_id", "label": N_("Service centre near you"), "kind": "choice", "options": centres},
        *_telling(),
    ]
    known = Given({"branch_id": near} | dict(given.raw), given.errors)
    return [*_kept(given, *_SAID), *_filled(shown, known)]


def asking(given: Given) -> list[dict[str, Any]]:
    """The same where the rule does not grant it: words and photos alone."""
    return [*_kept(given, *_SAID), *_filled(_telling(), given)]


_SAID = ("number", "phone", "code", "reason", "condition", "paid")


def _telling() -> list[dict[str, Any]]:
    return [
        {"name": "words", "label": N_("In your own words"), "kind": "textarea", "required": True}
        | {"maxlength": MOST_WORDS},
        {"name": "photos", "label": N_("Photos"), "kind": "file", "multiple": True}
        | {"accept": "image/jpeg,image/png,image/webp"},
        {"name": "invoice", "label": N_("Photo or PDF of the invoice"), "kind": "file"}
        | {"accept": "image/jpeg,image/png,image/webp,application/pdf"},
    ]


def _faulty(given: Given) -> bool:
    return given.text("reason") in {Reason.DEFECTIVE, Reason.DEAD_ON_ARRIVAL, Reason.DAMAGED}


def _options(labels: Mapping[Any, str]) -> list[dict[str, str]]:
    return [{"value": key.value, "label": label} for key, label in labels.items()]


def _kept(given: Given, *names: str) -> list[dict[str, Any]]:
    return [{"name": name, "kind": "hidden", "label": "", "value": given.text(name)} for name in names]


def _filled(shown: Sequence[Mapping[str, Any]], given: Given) -> list[dict[str, Any]]:
    return [
        {"kind": "text"} | dict(one) | {"value": given.text(one["name"]), "error": given.errors.get(one["name"], "")}
        for one in shown
    ]
