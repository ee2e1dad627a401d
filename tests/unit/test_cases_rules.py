"""How a case follows its documents."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.cases.machine import CASE
from aftersales.cases.rules import OVER, PLANNED_VISIT, SETTLED, Part, about, follow
from aftersales.i18n import translator
from aftersales.i18n.words import Words, say
from aftersales.status.machine import By, Category, WaitsOn

OPEN, DONE = Part(Category.OPEN), Part(Category.DONE)
BEGUN = Part(Category.OPEN, milestones=frozenset({"collected"}))
BOOKED = Part(Category.WAITING, milestones=frozenset({"scheduled"}))
ASKED = Part(Category.WAITING, WaitsOn.CUSTOMER)
NO_PART = Part(Category.WAITING, WaitsOn.PARTS)
BACK = Part(Category.DONE, milestones=frozenset({"handed_over"}))

parts = st.lists(
    st.builds(
        Part,
        st.sampled_from(Category),
        st.none() | st.sampled_from(WaitsOn),
        st.frozensets(st.sampled_from(["acknowledged", "scheduled", "collected", "ready", "handed_over", "concluded"])),
    ),
    max_size=6,
)
statuses = st.sampled_from([state.name for state in CASE.states])


@pytest.mark.parametrize(
    ("status", "found", "verbs"),
    [
        ("received", [], ()),
        ("received", [OPEN], ("acknowledge",)),
        ("received", [BOOKED], ("acknowledge",)),
        ("acknowledged", [BOOKED, BEGUN], ("progress",)),
        ("in_progress", [BEGUN, ASKED], ("wait",)),
        ("waiting", [BEGUN, ASKED], ()),
        ("waiting", [BEGUN, DONE], ("progress",)),
        ("in_progress", [NO_PART], ("wait",)),
        ("in_progress", [NO_PART, BEGUN], ()),
        ("in_progress", [Part(Category.TROUBLE)], ()),
        ("acknowledged", [Part(Category.TROUBLE)], ("progress",)),
        ("in_progress", [DONE], ()),
        ("in_progress", [BACK, DONE], ("resolve", "ask_follow_up")),
        ("reopened", [BACK], ("resolve", "ask_follow_up")),
        ("follow_up", [BACK], ()),
        ("follow_up", [BACK, BEGUN], ("progress",)),
        ("follow_up", [BACK, BOOKED], ("progress",)),
        ("follow_up", [OPEN], ("progress",)),
        ("closed", [BACK], ()),
        ("closed", [BACK, OPEN], ("reopen",)),
        ("in_progress", [OPEN], ()),
        ("reopened", [OPEN], ()),
        ("cancel_pending", [BEGUN], ()),
        ("cancelled", [BEGUN], ()),
        ("merged", [BEGUN], ()),
    ],
)
def test_the_case_follows(status: str, found: list[Part], verbs: tuple[str, ...]) -> None:
    assert follow(status, found) == verbs


@given(statuses, parts)
def test_every_step_is_legal_and_open_to_the_system(status: str, found: list[Part]) -> None:
    for verb in follow(status, found):
        edge = CASE.by_verb[verb]
        assert status in edge.sources
        assert By.SYSTEM in edge.by
        status = edge.to


@given(statuses, parts)
def test_following_comes_to_rest(status: str, found: list[Part]) -> None:
    seen: list[str] = []
    while verbs := follow(status, found):
        status = CASE.by_verb[verbs[-1]].to
        assert status not in seen, f"goes in a circle: {seen}"
        seen.append(status)
    assert len(seen) <= 2


@given(statuses, parts)
def test_nothing_is_over_while_something_runs(status: str, found: list[Part]) -> None:
    for verb in follow(status, found):
        status = CASE.by_verb[verb].to
        if status in OVER:
            assert all(part.category is Category.DONE for part in found)
        assert status not in SETTLED


def test_only_what_we_planned_is_said_in_the_readers_language() -> None:
    assert say(about(str(PLANNED_VISIT)), "te") == translator("te").gettext(PLANNED_VISIT) != PLANNED_VISIT
    # A label of ours says the same, and has a translation; the customer's words are none the less theirs.
    assert not isinstance(about("Does not spin"), Words)
