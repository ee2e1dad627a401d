"""Whom to tell, by which ways in which order, and when; whom not, and why. Pure: plain values in, decisions out."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from aftersales.i18n import N_

EMAIL, MAILBOX, SMS, WHATSAPP, VOICE, PUSH = "email", "mailbox", "sms", "whatsapp", "voice", "push"
LIVE = "live"
SERVICE, PROMOTIONAL, CODE = "service", "promotional", "code"
ANY = ""
"""A channel or purpose in a consent that is for all of them."""
SILENT = frozenset({EMAIL, MAILBOX})
"""Channels that wake nobody: quiet hours are not for them."""
ADDRESS_KINDS: Mapping[str, str] = {EMAIL: "email", SMS: "phone", WHATSAPP: "phone", VOICE: "phone", PUSH: "push"}
"""What a channel is addressed by. One that a module brings is addressed like e-mail."""
RECEIPT_WITHIN: Mapping[str, timedelta] = {
    PUSH: timedelta(minutes=1),
    WHATSAPP: timedelta(minutes=2),
    SMS: timedelta(minutes=2),
    VOICE: timedelta(minutes=3),
}
"""How long a receipt may be out before an urgent text goes by the next channel too. E-mail and mailbox send none."""


WINDOW = timedelta(hours=24)
"""How long after a customer's message WhatsApp takes words of our own."""


class Wording(StrEnum):
    """How a channel is given a text: in our own words, as the template its provider has approved, or not at all."""

    OWN = "own"
    TEMPLATE = "template"
    CLOSED = "closed"


class Reason(StrEnum):
    """Why somebody is not told, or not yet, or why a telling ended badly. Stable codes."""

    NOT_CONCERNED = "not_concerned"
    ORIGIN_IMPORT = "origin_import"
    ORIGIN_DEMO = "origin_demo"
    OWN_ACT = "own_act"
    NO_CONSENT = "no_consent"
    NOT_AGREED = "not_agreed"
    NO_ADDRESS = "no_address"
    NO_FORM = "no_form"
    DUPLICATE_PERSON = "duplicate_person"
    QUIET_HOURS = "quiet_hours"
    CODE_EXPIRED = "code_expired"
    TIME_OVER = "time_over"
    CHANNEL_OFF = "channel_off"
    NO_RECEIPT = "no_receipt"
    CAME_BACK = "came_back"
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
    Reason.OWN_ACT: N_("They did it themselves, on the page they are looking at."),
    Reason.NO_CONSENT: N_("They have asked not to receive messages of this kind."),
    Reason.NOT_AGREED: N_("Messages of this kind are sent only to those who asked for them, and they have not."),
    Reason.NO_ADDRESS: N_("We have no address or number of theirs to send it to. Call them, and ask for one."),
    Reason.NO_FORM: N_("This text has no form for a channel that they can be reached by."),
    Reason.DUPLICATE_PERSON: N_("Somebody else on the matter receives it at the same address."),
    Reason.QUIET_HOURS: N_("It waits for the end of their quiet hours."),
    Reason.CODE_EXPIRED: N_("The code was no longer valid when its turn came. Ask for a new one."),
    Reason.TIME_OVER: N_("The time that this message names is over, and nobody was told of it."),
    Reason.CHANNEL_OFF: N_("The channel has been switched off since. Send it again to have it go another way."),
    Reason.NO_RECEIPT: N_("It was urgent and no receipt came in time, so it went another way too."),
    Reason.CAME_BACK: N_("It was taken at first and then came back."),
    Reason.GAVE_UP: N_("It was tried again and again without success."),
    Reason.REJECTED: N_("The other side refused it for good."),
    Reason.BAD_ADDRESS: N_("The address or number cannot be right. Ask the customer for it."),
    Reason.GONE: N_("They no longer take messages there: the browser was told to forget us."),
    Reason.WINDOW_CLOSED: N_("They last wrote more than a day ago; until they do, only registered texts are taken."),
    Reason.NO_VOICE: N_("Nobody who calls for us speaks their language."),
}


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours on the wall clock of `zone` in which nobody is disturbed. `start` and `end` alike: none."""

    start: time
    end: time
    zone: str

    def until(self, at: datetime) -> datetime | None:
        """When the quiet hours that `at` falls into end; None outside of them."""
        zone = ZoneInfo(self.zone)
        local = at.astimezone(zone)
        clock = local.time()
        if self.start <= self.end:
            inside, day = self.start <= clock < self.end, local.date()
        else:
            inside = clock >= self.start or clock < self.end
            day = local.date() + timedelta(days=clock >= self.start)
        if not inside:
            return None
        end = datetime.combine(day, self.end, zone)
        # Where the clock is put back across the end, that comes twice: the first may be over.
        return end if end.astimezone(UTC) > at.astimezone(UTC) else end.replace(fold=1)


@dataclass(frozen=True, slots=True)
class Recipient:
    """A person on the matter as far as telling goes.

    `addresses` are by kind: `email`, `phone` (E.164), `push`. `order` is what they chose, empty for the company's.
    Who is served by `voice` cannot read: a call comes first. `consents` are (channel, purpose, given), the newest
    last, where `ANY` stands for all.
    """

    person_id: UUID
    roles: frozenset[str]
    language: str
    addresses: Mapping[str, str] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    voice: bool = False
    consents: tuple[tuple[str, str, bool], ...] = ()
    quiet: Quiet | None = None


@dataclass(frozen=True, slots=True)
class Text:
    """What is to be told: for which `roles`, `forms` are the channels it has words for, `actor` who caused it."""

    roles: Collection[str]
    purpose: str
    origin: str
    forms: Collection[str]
    urgent: bool = False
    actor: UUID | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Tell this person by the first channel of `route` and, where that fails, the next; or (`withheld`) do not.

    `not_before` is the end of their quiet hours. `channel` stands in the record in either case.
    """

    person_id: UUID
    language: str
    channel: str
    route: tuple[str, ...] = ()
    not_before: datetime | None = None
    withheld: Reason | None = None

    @property
    def told(self) -> bool:
        """Whether anything is sent."""
        return self.withheld is None


def decide(text: Text, people: Sequence[Recipient], *, on: Sequence[str], now: datetime) -> list[Decision]:
    """One decision for each person, in the order given: whoever stands first keeps a shared address.

    `on` are the channels that are switched on, in the company's order; at least one is.
    """
    taken: set[tuple[str, str]] = set()
    decisions: list[Decision] = []
    for person in people:
        route: tuple[str, ...] = ()
        reason = _against(person, text)
        if reason is None:
            reason, route = _way(person, text, on, taken)
        taken |= {spot for channel in route if (spot := _spot(person, channel)) is not None}
        held = quiet_until(person.quiet, route[0], now) if route and not text.urgent else None
        channel = route[0] if route else on[0]
        decisions.append(Decision(person.person_id, person.language, channel, route, held, reason))
    return decisions


def concerned(decisions: Iterable[Decision]) -> list[Decision]:
    """Those that are kept as records: for people who have no part in it there is nothing to remember."""
    return [decision for decision in decisions if decision.withheld is not Reason.NOT_CONCERNED]


def quiet_until(quiet: Quiet | None, channel: str, now: datetime) -> datetime | None:
    """Until when a text that is not urgent waits for the quiet hours; None if it may go."""
    return None if quiet is None or channel in SILENT else quiet.until(now)


def address(addresses: Mapping[str, str], channel: str) -> str | None:
    """Where a person is reached by the channel; the mailbox needs no address, and has an empty one."""
    if channel == MAILBOX:
        return ""
    return addresses.get(ADDRESS_KINDS.get(channel, "email"), "").strip() or None


def consent(said: Sequence[tuple[str, str, bool]], channel: str, purpose: str) -> bool | None:
    """What they said last that is about this channel and purpose; None if they never did."""
    about = (given for one, what, given in reversed(said) if one in (channel, ANY) and what in (purpose, ANY))
    return next(about, None)


def window_until(channel: str, last: datetime | None, now: datetime) -> datetime | None:
    """Until when the channel takes words of our own after what they wrote `last`; None where it no longer does.

    Only WhatsApp closes.
    """
    if channel != WHATSAPP:
        return datetime.max.replace(tzinfo=now.tzinfo)
    return last + WINDOW if last is not None and now < last + WINDOW else None


def wording(channel: str, last: datetime | None, now: datetime, *, approved: bool) -> Wording:
    """How a text is said by the channel to somebody who wrote there `last`; `approved`: its provider has a template.

    On WhatsApp our own words while they are taken, and otherwise the template or nothing. Elsewhere a template that is
    known is always named.
    """
    if channel == WHATSAPP and window_until(channel, last, now) is not None:
        return Wording.OWN
    if approved:
        return Wording.TEMPLATE
    return Wording.CLOSED if channel == WHATSAPP else Wording.OWN


def _against(person: Recipient, text: Text) -> Reason | None:
    if person.roles.isdisjoint(text.roles):
        return Reason.NOT_CONCERNED
    if text.origin != LIVE:
        return Reason.ORIGIN_DEMO if text.origin == "demo" else Reason.ORIGIN_IMPORT
    return Reason.OWN_ACT if text.actor == person.person_id else None


def _way(
    person: Recipient, text: Text, on: Sequence[str], taken: Collection[tuple[str, str]]
) -> tuple[Reason | None, tuple[str, ...]]:
    """The route, or the reason why none is left."""
    left = _ordered(person, on)
    needed: tuple[tuple[Reason, Callable[[str], bool]], ...] = (
        (Reason.NO_CONSENT, lambda channel: text.purpose == CODE or _said(person, channel, text) is not False),
        (Reason.NOT_AGREED, lambda channel: text.purpose != PROMOTIONAL or _said(person, channel, text) is True),
        (Reason.NO_ADDRESS, lambda channel: address(person.addresses, channel) is not None),
        (Reason.NO_FORM, lambda channel: channel in text.forms),
        (Reason.DUPLICATE_PERSON, lambda channel: _spot(person, channel) not in taken),
    )
    for reason, holds in needed:
        left = tuple(channel for channel in left if holds(channel))
        if not left:
            return reason, ()
    return None, left


def _ordered(person: Recipient, on: Sequence[str]) -> tuple[str, ...]:
    """What they chose, of what is on; for who chose nothing the company's order, a call first for who cannot read."""
    chosen = tuple(channel for channel in person.order if channel in on) or tuple(on)
    first = (VOICE,) if person.voice and not person.order and VOICE in on else ()
    return tuple(dict.fromkeys((*first, *chosen)))


def _said(person: Recipient, channel: str, text: Text) -> bool | None:
    return consent(person.consents, channel, text.purpose)


def _spot(person: Recipient, channel: str) -> tuple[str, str] | None:
    """What two people can share. In the mailbox each has a page of their own."""
    where = address(person.addresses, channel)
    return (ADDRESS_KINDS.get(channel, "email"), where.casefold()) if where else None
