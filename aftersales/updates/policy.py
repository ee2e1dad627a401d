"""Whom to tell and whom not, and why. Pure: plain values in, decisions out."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from aftersales.i18n import N_

EMAIL = "email"
MAILBOX = "mailbox"
VOICE = "voice"
LIVE = "live"
SERVICE = "service"


class Reason(StrEnum):
    """Why somebody is not told, or why a telling ended badly. Stable codes."""

    NOT_CONCERNED = "not_concerned"
    ORIGIN_IMPORT = "origin_import"
    ORIGIN_DEMO = "origin_demo"
    NO_CONSENT = "no_consent"
    NO_ADDRESS = "no_address"
    DUPLICATE_PERSON = "duplicate_person"
    CODE_EXPIRED = "code_expired"
    GAVE_UP = "gave_up"
    REJECTED = "rejected"
    BAD_ADDRESS = "bad_address"
    GONE = "gone"
    WINDOW_CLOSED = "window_closed"
    NO_VOICE = "no_voice"


REASONS: Mapping[Reason, str] = {
    Reason.NOT_CONCERNED: N_("Their part in the matter is not told of this."),
    Reason.ORIGIN_IMPORT: N_("It came from an import; what happened elsewhere is not announced again."),
    Reason.ORIGIN_DEMO: N_("It is demonstration data."),
    Reason.NO_CONSENT: N_("They have asked not to receive messages of this kind."),
    Reason.NO_ADDRESS: N_("We have no e-mail address of theirs. Call them, and ask for one."),
    Reason.DUPLICATE_PERSON: N_("Somebody else on the matter receives it at the same address."),
    Reason.CODE_EXPIRED: N_("The code was no longer valid when its turn came. Ask for a new one."),
    Reason.GAVE_UP: N_("It was tried again and again without success."),
    Reason.REJECTED: N_("Their mail server refused it for good."),
    Reason.BAD_ADDRESS: N_("The e-mail address cannot be right. Ask the customer for it."),
    Reason.GONE: N_("They no longer take messages there: the browser was told to forget us."),
    Reason.WINDOW_CLOSED: N_("They last wrote more than a day ago; until they do, only registered texts are taken."),
    Reason.NO_VOICE: N_("Nobody who calls for us speaks their language."),
}


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person on the matter as far as telling goes. `refused` are the purposes they do not want to hear of."""

    person_id: UUID
    roles: frozenset[str]
    language: str
    email: str | None = None
    refused: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Decision:
    """Tell this person by `channel`, or (`withheld`) do not, for that reason."""

    person_id: UUID
    language: str
    channel: str
    withheld: Reason | None = None

    @property
    def told(self) -> bool:
        """Whether anything is sent."""
        return self.withheld is None


def decide(
    roles: Collection[str], people: Sequence[Recipient], *, purpose: str, origin: str, smtp: bool
) -> list[Decision]:
    """One decision for each person, in the order given: whoever stands first keeps a shared address.

    `roles` are the parts whom the text is for. With `smtp` people are written to by e-mail, else everything goes to
    the built-in mailbox, which needs no address.
    """
    channel = EMAIL if smtp else MAILBOX
    taken: set[str] = set()
    decisions: list[Decision] = []
    for person in people:
        reason = _against(person, roles, purpose, origin) or (_address(person, taken) if smtp else None)
        if reason is None and person.email:
            taken.add(_folded(person.email))
        decisions.append(Decision(person.person_id, person.language, channel, reason))
    return decisions


def concerned(decisions: Iterable[Decision]) -> list[Decision]:
    """Those that are kept as records: for people who have no part in it there is nothing to remember."""
    return [decision for decision in decisions if decision.withheld is not Reason.NOT_CONCERNED]


def _against(person: Recipient, roles: Collection[str], purpose: str, origin: str) -> Reason | None:
    if person.roles.isdisjoint(roles):
        return Reason.NOT_CONCERNED
    if origin != LIVE:
        return Reason.ORIGIN_DEMO if origin == "demo" else Reason.ORIGIN_IMPORT
    return Reason.NO_CONSENT if purpose in person.refused else None


def _address(person: Recipient, taken: Collection[str]) -> Reason | None:
    if not person.email:
        return Reason.NO_ADDRESS
    return Reason.DUPLICATE_PERSON if _folded(person.email) in taken else None


def _folded(address: str) -> str:
    return address.strip().casefold()
