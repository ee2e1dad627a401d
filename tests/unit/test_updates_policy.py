"""Whom to tell, by which ways and when; whom not, and why."""

from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.updates.policy import (
    CODE,
    EMAIL,
    MAILBOX,
    PROMOTIONAL,
    PUSH,
    REASONS,
    SERVICE,
    SILENT,
    SMS,
    VOICE,
    WHATSAPP,
    Decision,
    Quiet,
    Reason,
    Recipient,
    Text,
    Wording,
    address,
    concerned,
    consent,
    decide,
    quiet_until,
    window_until,
    wording,
)
from aftersales.updates.reaching import masked

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
ALL = (PUSH, WHATSAPP, SMS, EMAIL, VOICE)
BOTH = {"email": "padma@example.org", "phone": "+919848012345"}
OWNER = Recipient(UUID(int=1), frozenset({"owner", "payer"}), "te", BOTH)
CALLER = Recipient(UUID(int=2), frozenset({"caller"}), "en", {"email": "ravi@example.org"})
HOURS = Quiet(time(21), time(8), "Asia/Kolkata")


def text(
    purpose: str = SERVICE, origin: str = "live", roles: frozenset[str] = frozenset({"owner"}), **more: object
) -> Text:
    return Text(roles, purpose, origin, forms=frozenset({*ALL, MAILBOX}), **more)  # type: ignore[arg-type]


def one(person: Recipient, about: Text | None = None, on: tuple[str, ...] = ALL, now: datetime = NOON) -> Decision:
    [decision] = decide(about or text(), [person], on=on, now=now)
    return decision


def owner(**more: object) -> Recipient:
    return Recipient(UUID(int=3), frozenset({"owner"}), "te", **({"addresses": BOTH} | more))  # type: ignore[arg-type]


def test_who_is_concerned_is_told_in_their_own_language_by_what_reaches_them() -> None:
    told, other = decide(text(), [OWNER, CALLER], on=ALL, now=NOON)
    assert told == Decision(OWNER.person_id, "te", WHATSAPP, (WHATSAPP, SMS, EMAIL, VOICE))
    assert told.told
    assert other.withheld is Reason.NOT_CONCERNED
    assert concerned([told, other]) == [told]


def test_the_mailbox_needs_no_address() -> None:
    decision = one(owner(addresses={}), on=(MAILBOX,))
    assert (decision.channel, decision.route, decision.withheld) == (MAILBOX, (MAILBOX,), None)


@pytest.mark.parametrize("origin", ["import", "demo"])
def test_what_happened_elsewhere_is_told_to_nobody(origin: str) -> None:
    reason = one(OWNER, text(origin=origin)).withheld
    assert reason is {"import": Reason.ORIGIN_IMPORT, "demo": Reason.ORIGIN_DEMO}[origin]


def test_who_did_it_themselves_knows() -> None:
    assert one(OWNER, text(actor=OWNER.person_id)).withheld is Reason.OWN_ACT
    assert one(OWNER, text(actor=CALLER.person_id)).told


@pytest.mark.parametrize("addresses", [{}, {"email": ""}, {"email": "  "}, {"fax": "+914012345"}])
def test_without_an_address_no_letter(addresses: dict[str, str]) -> None:
    decision = one(owner(addresses=addresses))
    assert (decision.withheld, decision.route, decision.channel) == (Reason.NO_ADDRESS, (), PUSH)


def test_a_channel_that_the_text_has_no_words_for_is_passed_over() -> None:
    brief = Text({"owner"}, SERVICE, "live", forms={EMAIL})
    assert one(OWNER, brief).route == (EMAIL,)
    assert one(OWNER, brief, on=(SMS,)).withheld is Reason.NO_FORM


def test_a_shared_address_is_written_to_once_whoever_stands_first() -> None:
    twin = owner(addresses={"email": " Padma@Example.org "})
    decisions = decide(text(), [OWNER, twin], on=(EMAIL,), now=NOON)
    assert [d.withheld for d in decisions] == [None, Reason.DUPLICATE_PERSON]
    # In the mailbox each has a page of their own.
    assert [d.withheld for d in decide(text(), [OWNER, twin], on=(MAILBOX,), now=NOON)] == [None, None]


def test_who_shares_a_phone_is_told_by_what_is_theirs_alone() -> None:
    son = owner(addresses={"phone": BOTH["phone"], "email": "son@example.org"})
    _, decision = decide(text(), [OWNER, son], on=ALL, now=NOON)
    assert decision.route == (EMAIL,)


def test_an_address_is_not_taken_by_somebody_who_is_not_told() -> None:
    silent = Recipient(UUID(int=5), frozenset({"caller"}), "en", BOTH)
    assert [d.withheld for d in decide(text(), [silent, OWNER], on=ALL, now=NOON)] == [Reason.NOT_CONCERNED, None]


def test_the_order_that_they_chose_is_kept_and_what_they_left_out_is_left_out() -> None:
    assert one(owner(order=(EMAIL, SMS, "fax"))).route == (EMAIL, SMS)
    # Of what they chose nothing is on: better the company's order than nothing.
    assert one(owner(order=("fax",))).route == (WHATSAPP, SMS, EMAIL, VOICE)


def test_who_cannot_read_is_called_first() -> None:
    assert one(owner(voice=True)).route == (VOICE, WHATSAPP, SMS, EMAIL)
    assert one(owner(voice=True), on=(EMAIL,)).route == (EMAIL,)
    assert one(owner(voice=True, order=(SMS,))).route == (SMS,)


def test_what_was_refused_is_kept_to_by_channel_and_purpose() -> None:
    stopped = owner(consents=((SMS, "", False),))
    assert one(stopped).route == (WHATSAPP, EMAIL, VOICE)
    nothing = owner(consents=(("", "", False),))
    assert one(nothing).withheld is Reason.NO_CONSENT
    # A code is what they have just asked for.
    assert one(nothing, text(CODE)).told


def test_the_last_word_decides() -> None:
    said = (("", "", False), (SMS, "", True))
    assert consent(said, SMS, SERVICE) is True
    assert consent(said, EMAIL, SERVICE) is False
    assert consent((), SMS, SERVICE) is None
    assert consent(said[::-1], SMS, SERVICE) is False


def test_what_is_promotional_goes_to_who_asked_for_it() -> None:
    assert one(OWNER, text(PROMOTIONAL)).withheld is Reason.NOT_AGREED
    agreed = owner(consents=((EMAIL, PROMOTIONAL, True),))
    assert one(agreed, text(PROMOTIONAL)).route == (EMAIL,)
    assert one(owner(consents=((EMAIL, PROMOTIONAL, False),))).told


@pytest.mark.parametrize(
    ("local", "ends"),
    [("20:59", None), ("21:00", "08:00"), ("23:59", "08:00"), ("00:00", "08:00"), ("07:59", "08:00"), ("08:00", None)],
)
def test_quiet_hours_end_on_the_customers_clock(local: str, ends: str | None) -> None:
    zone = ZoneInfo("Asia/Kolkata")
    at = datetime.combine(datetime(2026, 6, 1).date(), time.fromisoformat(local), zone)  # noqa: DTZ001 - a date alone
    until = HOURS.until(at)
    assert (until and f"{until:%H:%M}") == ends
    if until:
        assert until.date().day == (2 if local > "20" else 1)


def test_quiet_hours_whose_end_comes_twice_end_after_now() -> None:
    """The clock goes back from 2:00 to 1:00 at 01:00 UTC; at 01:10 UTC it is ten past one for the second time."""
    quiet = Quiet(time(22), time(1, 30), "Europe/London")
    night = datetime(2026, 10, 25, tzinfo=UTC)
    for minutes, ends in ((0, 30), (40, None), (70, 90)):
        end = quiet.until(night + timedelta(minutes=minutes))
        # Two zones never call such a time the same: compared as UTC.
        assert (end and end.astimezone(UTC) - night) == (ends and timedelta(minutes=ends)), minutes


def test_quiet_hours_within_a_day_and_none_at_all() -> None:
    nap = Quiet(time(13), time(15), "UTC")
    assert nap.until(NOON) is None
    assert nap.until(NOON + timedelta(hours=1)) == NOON + timedelta(hours=3)
    assert Quiet(time(8), time(8), "UTC").until(NOON) is None


def test_what_rings_waits_for_the_morning_and_what_is_urgent_or_silent_does_not() -> None:
    night = datetime(2026, 6, 1, 18, 0, tzinfo=UTC)
    person = owner(quiet=HOURS)
    assert one(person, now=night).not_before == datetime(2026, 6, 2, 2, 30, tzinfo=UTC)
    assert one(person, text(urgent=True), now=night).not_before is None
    assert one(person, on=(EMAIL,), now=night).not_before is None
    assert one(owner(), now=night).not_before is None
    assert quiet_until(HOURS, SMS, NOON) is None


def test_addresses_by_their_kind() -> None:
    assert (address(BOTH, SMS), address(BOTH, EMAIL), address(BOTH, MAILBOX)) == (BOTH["phone"], BOTH["email"], "")
    assert (address(BOTH, PUSH), address(BOTH, "fax")) == (None, BOTH["email"])


ROLES = st.frozensets(st.sampled_from(["owner", "caller", "payer", "at_home"]))
CHANNELS = st.sampled_from([*ALL, MAILBOX])
ORDER = st.lists(CHANNELS, unique=True).map(tuple)
CONSENTS = st.lists(
    st.tuples(st.sampled_from(["", *ALL]), st.sampled_from(["", SERVICE, PROMOTIONAL]), st.booleans()), max_size=4
).map(tuple)
ADDRESSES = st.fixed_dictionaries(
    {},
    optional={
        "email": st.sampled_from(["", "a@example.org", "A@example.org ", "b@example.org"]),
        "phone": st.sampled_from(["+911", "+912"]),
        "push": st.sampled_from(["[1]", "[2]"]),
    },
)
HOUR = st.times(timezones=st.none())
PEOPLE = st.lists(
    st.builds(
        Recipient,
        person_id=st.uuids(),
        roles=ROLES,
        language=st.sampled_from(["te", "en"]),
        addresses=ADDRESSES,
        order=ORDER,
        voice=st.booleans(),
        consents=CONSENTS,
        quiet=st.none() | st.builds(Quiet, HOUR, HOUR, st.sampled_from(["Asia/Kolkata", "Europe/London", "UTC"])),
    ),
    max_size=6,
    unique_by=lambda person: person.person_id,
)
TEXTS = st.builds(
    Text,
    roles=ROLES,
    purpose=st.sampled_from([SERVICE, PROMOTIONAL, CODE]),
    origin=st.sampled_from(["live", "import", "demo"]),
    forms=st.frozensets(CHANNELS),
    urgent=st.booleans(),
)
NOWS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - it adds one


@given(TEXTS, PEOPLE, ORDER.filter(bool), NOWS)
def test_it_holds_for_everybody(about: Text, people: list[Recipient], on: tuple[str, ...], now: datetime) -> None:
    decisions = decide(about, people, on=on, now=now)
    assert [d.person_id for d in decisions] == [p.person_id for p in people]
    taken: list[tuple[str, str]] = []
    for decision, person in zip(decisions, people, strict=True):
        assert decision.language == person.language
        assert decision.told == bool(decision.route)
        assert len(set(decision.route)) == len(decision.route)
        assert set(decision.route) <= set(on) & set(about.forms)
        if not decision.told:
            # Nobody is forgotten without one of the reasons.
            assert decision.withheld in REASONS
            assert decision.not_before is None
            continue
        assert about.origin == "live"
        assert person.roles & about.roles  # type: ignore[operator]
        assert decision.channel == decision.route[0]
        mine = set()
        for channel in decision.route:
            where = address(person.addresses, channel)
            assert where is not None
            said = consent(person.consents, channel, about.purpose)
            assert about.purpose == CODE or said is not False
            assert about.purpose != PROMOTIONAL or said is True
            if where:
                kind = EMAIL if channel == EMAIL else PUSH if channel == PUSH else "phone"
                mine.add((kind, where.casefold()))
        # No address is told twice.
        assert not mine & set(taken)
        taken += mine
        if decision.not_before is not None:
            assert person.quiet is not None
            assert decision.not_before > now
            assert not about.urgent
            assert decision.channel not in SILENT


@given(HOUR, HOUR, NOWS, st.sampled_from(["Asia/Kolkata", "Europe/London", "America/St_Johns"]))
def test_quiet_hours_always_end_within_a_day(start: time, end: time, now: datetime, zone: str) -> None:
    until = Quiet(start, end, zone).until(now)
    if until is not None:
        # A day has up to 25 hours when clocks are put back.
        assert now < until.astimezone(UTC) <= now + timedelta(hours=25)
        assert (until.hour, until.minute) == (end.hour, end.minute)


def test_every_reason_has_a_sentence() -> None:
    assert set(REASONS) == set(Reason)
    assert all(sentence.endswith(".") for sentence in REASONS.values())


def test_only_whatsapp_closes_after_a_day() -> None:
    assert window_until(SMS, None, NOON) is not None
    assert window_until(WHATSAPP, None, NOON) is None
    assert window_until(WHATSAPP, NOON - timedelta(hours=24), NOON) is None
    assert window_until(WHATSAPP, NOON - timedelta(hours=23), NOON) == NOON + timedelta(hours=1)


@pytest.mark.parametrize(
    ("channel", "hours_ago", "approved", "said"),
    [
        (WHATSAPP, 1, True, Wording.OWN),
        (WHATSAPP, 1, False, Wording.OWN),
        (WHATSAPP, 25, True, Wording.TEMPLATE),
        (WHATSAPP, 25, False, Wording.CLOSED),
        (WHATSAPP, None, True, Wording.TEMPLATE),
        (WHATSAPP, None, False, Wording.CLOSED),
        (SMS, None, True, Wording.TEMPLATE),
        (SMS, None, False, Wording.OWN),
    ],
)
def test_our_own_words_or_the_registered_ones(
    channel: str, hours_ago: int | None, *, approved: bool, said: Wording
) -> None:
    last = None if hours_ago is None else NOON - timedelta(hours=hours_ago)
    assert wording(channel, last, NOON, approved=approved) is said


@pytest.mark.parametrize(
    ("channel", "where", "shown"),
    [
        ("email", "padma@example.org", "p•••@example.org"),
        ("sms", "+919848012345", "••• 2345"),
        ("voice", "12345", "•••"),
        ("mailbox", "", ""),
        ("push", '[["https://push.example/secret", "k", "a"]]', ""),
    ],
)
def test_an_address_is_known_to_its_owner_alone(channel: str, where: str, shown: str) -> None:
    assert masked(channel, where) == shown
