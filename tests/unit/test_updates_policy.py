"""Whom to tell and whom not, and why."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.updates.policy import EMAIL, MAILBOX, REASONS, Decision, Reason, Recipient, concerned, decide

OWNER = Recipient(UUID(int=1), frozenset({"owner", "payer"}), "te", "padma@example.org")
CALLER = Recipient(UUID(int=2), frozenset({"caller"}), "en", "ravi@example.org")


def reasons(decisions: list[Decision]) -> list[Reason | None]:
    return [decision.withheld for decision in decisions]


def test_who_is_concerned_is_told_in_their_own_language() -> None:
    told, other = decide({"owner"}, [OWNER, CALLER], purpose="service", origin="live", smtp=True)
    assert told == Decision(OWNER.person_id, "te", EMAIL)
    assert told.told
    assert other.withheld is Reason.NOT_CONCERNED
    assert concerned([told, other]) == [told]


def test_without_a_mail_server_all_goes_to_the_mailbox_and_needs_no_address() -> None:
    person = Recipient(UUID(int=3), frozenset({"owner"}), "te")
    assert decide({"owner"}, [person], purpose="service", origin="live", smtp=False) == [
        Decision(person.person_id, "te", MAILBOX)
    ]


@pytest.mark.parametrize(("origin", "reason"), [("import", Reason.ORIGIN_IMPORT), ("demo", Reason.ORIGIN_DEMO)])
def test_what_happened_elsewhere_is_told_to_nobody(origin: str, reason: Reason) -> None:
    decisions = decide({"owner", "caller"}, [OWNER, CALLER], purpose="service", origin=origin, smtp=True)
    assert reasons(decisions) == [reason, reason]


@pytest.mark.parametrize("email", [None, ""])
def test_without_an_address_no_mail(email: str | None) -> None:
    person = Recipient(UUID(int=3), frozenset({"owner"}), "te", email)
    assert reasons(decide({"owner"}, [person], purpose="service", origin="live", smtp=True)) == [Reason.NO_ADDRESS]


def test_a_shared_address_is_written_to_once_whoever_stands_first() -> None:
    twin = Recipient(UUID(int=4), frozenset({"owner"}), "en", " Padma@Example.org ")
    decisions = decide({"owner"}, [OWNER, twin], purpose="service", origin="live", smtp=True)
    assert reasons(decisions) == [None, Reason.DUPLICATE_PERSON]
    # In the mailbox each has a page of their own.
    assert reasons(decide({"owner"}, [OWNER, twin], purpose="service", origin="live", smtp=False)) == [None, None]


def test_an_address_is_not_taken_by_somebody_who_is_not_told() -> None:
    silent = Recipient(UUID(int=5), frozenset({"caller"}), "en", OWNER.email)
    assert reasons(decide({"owner"}, [silent, OWNER], purpose="service", origin="live", smtp=True)) == [
        Reason.NOT_CONCERNED,
        None,
    ]


def test_a_refused_purpose_is_kept_to() -> None:
    person = Recipient(UUID(int=3), frozenset({"owner"}), "te", "a@example.org", refused=frozenset({"survey"}))
    assert reasons(decide({"owner"}, [person], purpose="survey", origin="live", smtp=True)) == [Reason.NO_CONSENT]
    assert reasons(decide({"owner"}, [person], purpose="service", origin="live", smtp=True)) == [None]


ROLES = st.frozensets(st.sampled_from(["owner", "caller", "payer", "at_home"]))
PEOPLE = st.lists(
    st.builds(
        Recipient,
        person_id=st.uuids(),
        roles=ROLES,
        language=st.sampled_from(["te", "en"]),
        email=st.sampled_from([None, "a@example.org", "A@example.org", "b@example.org"]),
        refused=st.frozensets(st.sampled_from(["service", "survey"])),
    ),
    max_size=6,
    unique_by=lambda person: person.person_id,
)


@given(ROLES, PEOPLE, st.sampled_from(["live", "import", "demo"]), st.booleans())
def test_it_holds_for_everybody(roles: frozenset[str], people: list[Recipient], origin: str, smtp: bool) -> None:
    decisions = decide(roles, people, purpose="service", origin=origin, smtp=smtp)
    assert [d.person_id for d in decisions] == [p.person_id for p in people]
    told = [(d, p) for d, p in zip(decisions, people, strict=True) if d.told]
    assert all(p.roles & roles and "service" not in p.refused and d.language == p.language for d, p in told)
    assert not told or origin == "live"
    if smtp:
        addresses = [p.email.casefold() for _, p in told if p.email]
        assert len(addresses) == len(told) == len(set(addresses))
    for decision, person in zip(decisions, people, strict=True):
        # Nobody is forgotten without one of the reasons.
        if not decision.told:
            assert decision.withheld in REASONS
        if not person.roles & roles:
            assert decision.withheld is Reason.NOT_CONCERNED


def test_every_reason_has_a_sentence() -> None:
    assert set(REASONS) == set(Reason)
