"""Machines that are sound, and every way in which a declaration can contradict itself."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.status.machine import By, Category, Edge, EventKind, Machine, MachineError, State, problems
from tests.factories.posting import JOB

A = State("a", Category.OPEN, "A")
B = State("b", Category.DONE, "B", final=True)
MAKE = Edge("make", (None,), "a", "Make", permission="p")
END = Edge("end", ("a",), "b", "End", permission="p")


def machine(**changes: object) -> Machine:
    values: dict[str, object] = {"name": "m", "title": "thing", "states": (A, B), "edges": (MAKE, END)}
    return Machine(**(values | changes))  # type: ignore[arg-type]


def test_a_sound_machine() -> None:
    made = machine(events=(EventKind("seen", "Seen", states=frozenset({"a"})),))
    assert list(problems(made)) == []
    assert made.legal(None) == (MAKE,)
    assert made.legal("a") == (END,)
    assert made.legal("b") == made.legal("nowhere") == ()
    assert (made.closed("a"), made.closed("b")) == (False, True)
    assert made.by_event["seen"].label == "Seen"
    assert hash(made) == hash(machine())


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"states": (A, A, B)}, "status a is declared twice"),
        ({"edges": (MAKE, END, replace(END, label="Again"))}, "verb or event end is declared twice"),
        ({"events": (EventKind("end", "End"),)}, "verb or event end is declared twice"),
        ({"edges": (MAKE, replace(END, to="c"))}, "end: unknown status c"),
        ({"edges": (MAKE, replace(END, sources=("a", "z")))}, "end: unknown status z"),
        ({"edges": (MAKE, END, Edge("jump", (), "b", "Jump", permission="p"))}, "jump: leaves from nowhere"),
        ({"edges": (MAKE, replace(END, permission=""))}, "end: staff take it, so it needs a permission"),
        ({"events": (EventKind("seen", "Seen", states=frozenset({"z"})),)}, "seen: unknown status z"),
        ({"edges": (replace(MAKE, sources=("b",)), END)}, "no edge creates the document"),
        ({"edges": (MAKE, END, Edge("back", ("b",), "a", "Back", permission="p"))}, "status b is final, yet an edge"),
        ({"edges": (MAKE,)}, "status a has no way out and is not final"),
        ({"states": (A, B, replace(B, name="c"))}, "status c cannot be reached"),
    ],
)
def test_an_unsound_machine_says_why(changes: dict[str, object], problem: str) -> None:
    with pytest.raises(MachineError, match=problem):
        machine(**changes)


def test_the_system_needs_no_permission() -> None:
    machine(edges=(MAKE, replace(END, permission="", by=frozenset({By.SYSTEM}))))


@given(st.lists(st.sampled_from(JOB.edges), max_size=30))
def test_legal_edges_lead_on_and_others_are_not_listed(verbs: list[Edge]) -> None:
    status: str | None = None
    for edge in verbs:
        assert (edge in JOB.legal(status)) == (status in edge.sources)
        if edge in JOB.legal(status):
            status = edge.to
            assert JOB.by_state[status].final == (not JOB.legal(status))
