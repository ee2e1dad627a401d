"""What callers may say to the engine, and how a batch folds into one effect per document."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.errors import Conflict, Invalid, NotFound, Problem
from aftersales.ids import new_id
from aftersales.status.batch import columns
from aftersales.status.changes import MAX_NOTE, Change, NewDocument, event, illegal, move, open_document, sources
from aftersales.status.engine import legal_verbs
from aftersales.status.machine import Audience
from tests.factories.posting import JOB, NOW, TICKET, received

ONE = UUID(int=1)
NEW = NewDocument(ONE, UUID(int=2), "T-1", new_stream=True)


def refused(kind: type[Problem], call: object) -> Problem:
    with pytest.raises(kind) as caught:
        call()  # type: ignore[operator]
    return caught.value


def test_opening_takes_an_edge_that_creates() -> None:
    change = open_document(JOB, ONE, "receive", NEW, at=NOW)
    assert (change.new, change.at, change.audience) == (NEW, NOW, Audience.STAFF)
    assert sources(change) == []
    assert refused(Conflict, lambda: open_document(JOB, ONE, "start", NEW)).code == "status.not_a_beginning"
    assert refused(NotFound, lambda: open_document(JOB, ONE, "fly", NEW)).code == "status.unknown_verb"


def test_moving() -> None:
    change = move(JOB, ONE, "finish", if_version=3)
    assert (change.if_version, change.audience, change.assigns) == (3, Audience.CUSTOMER, False)
    assert sources(change) == ["started"]
    assert refused(NotFound, lambda: move(JOB, ONE, "fly")).code == "status.unknown_verb"


@pytest.mark.parametrize("note", [None, "", "   \n"])
def test_an_edge_may_demand_a_reason(note: str | None) -> None:
    problem = refused(Invalid, lambda: move(JOB, ONE, "hold", note=note))
    assert problem.code == "status.reason_missing"
    assert problem.extra["errors"][0]["field"] == "note"  # type: ignore[index]
    assert move(JOB, ONE, "hold", note=" No parts ").note == "No parts"


def test_events() -> None:
    change = event(JOB, ONE, "noted", assignee_id=ONE)
    assert (change.audience, change.assigns, change.assignee_id) == (Audience.STAFF, True, ONE)
    assert sources(change) == sorted(JOB.by_state)
    assert sources(event(JOB, ONE, "weighed")) == ["started"]
    assert event(JOB, ONE, "noted", audience=Audience.CUSTOMER).audience is Audience.CUSTOMER
    assert refused(NotFound, lambda: event(JOB, ONE, "sung")).code == "status.unknown_event"


@pytest.mark.parametrize(
    ("given_value", "stored"),
    [
        ("B-7", "B-7"),
        (12, 12),
        (True, True),
        (None, None),
        (ONE, str(ONE)),
        (NOW, NOW.isoformat()),
        (date(2026, 3, 2), "2026-03-02"),
        ([ONE, "x", 3], [str(ONE), "x", 3]),
        (("a", ("b",)), ["a", ["b"]]),
    ],
)
def test_data_holds_ids_codes_amounts_and_times(given_value: object, stored: object) -> None:
    assert move(JOB, ONE, "start", data={"bay": given_value}).data == {"bay": stored}


@pytest.mark.parametrize(
    "value",
    ["Sita Devi", "", "x" * 101, "తెలుగు", 1.5, 2**63, b"bytes", {"a": 1}, ["fine", "not fine"], ["x"] * 51, object()],
)
def test_data_holds_nothing_else(value: object) -> None:
    problem = refused(Invalid, lambda: move(JOB, ONE, "start", data={"bay": value}))
    assert (problem.code, problem.extra["errors"][0]["field"]) == ("status.data_not_declared", "bay")  # type: ignore[index]


def test_data_must_be_declared() -> None:
    assert refused(Invalid, lambda: move(JOB, ONE, "finish", data={"bay": "B-7"})).code == "status.data_not_declared"
    assert refused(Invalid, lambda: event(JOB, ONE, "noted", data={"bay": 1})).code == "status.data_not_declared"


def test_notes() -> None:
    assert event(JOB, ONE, "noted", note="  ").note is None
    assert event(JOB, ONE, "noted", note="మోటార్").note == "మోటార్"
    assert refused(Invalid, lambda: event(JOB, ONE, "noted", note="x" * (MAX_NOTE + 1))).code == "status.note_too_long"
    for broken in ("a\x00b", "a\ud800b"):
        problem = refused(Invalid, lambda broken=broken: event(JOB, ONE, "noted", note=broken))
        assert problem.code == "status.note_characters"


def test_the_refusal_names_what_is_legal() -> None:
    problem = illegal(move(JOB, ONE, "finish"), "stuck")
    assert problem.extra == {"document_status": "stuck", "legal": ["start"]}
    assert "A job that is stuck cannot finish. Possible now: start." in problem.detail
    assert "that is new" in illegal(move(JOB, ONE, "finish"), None).detail
    weighing = illegal(event(JOB, ONE, "weighed"), "stuck").detail
    assert "“Weighed” is not possible while the job is stuck. Possible now: start." in weighing
    assert legal_verbs(JOB, "finished") == ["reopen", "scrap"]


# --- batches


def test_the_head_carries_the_whole_effect() -> None:
    later = NOW + timedelta(hours=1)
    change = open_document(JOB, ONE, "receive", NEW)
    batch = columns(
        [
            change,
            event(JOB, ONE, "noted"),
            move(JOB, ONE, "start", assignee_id=ONE, at=later),
            event(JOB, ONE, "noted"),
        ],
        NOW,
    )
    assert batch["is_head"] == [True, False, False, False]
    assert batch["changes"][0] == 4
    assert (batch["final_status"][0], batch["final_category"][0], batch["final_at"][0]) == ("started", "open", later)
    assert (batch["assigns"][0], batch["assignee_id"][0]) == (True, ONE)
    assert batch["known"] == [None, "received", "received", "started"]
    assert batch["is_new"] == [True] * 4
    assert batch["new_stream"] == [True] * 4
    assert batch["at"] == [NOW, NOW, later, NOW]


def test_a_chain_that_begins_with_events_leaves_the_status_to_the_database() -> None:
    batch = columns([event(JOB, ONE, "noted"), move(JOB, ONE, "start"), move(JOB, ONE, "finish")], NOW)
    assert batch["known"] == [None, None, "started"]
    assert batch["sources"] == ["", "received,stuck", "started"]
    assert batch["is_new"] == [False] * 3


@pytest.mark.parametrize(
    "second",
    [open_document(JOB, ONE, "receive", NEW), move(TICKET, ONE, "tear")],
)
def test_one_document_has_one_beginning_and_one_machine(second: Change) -> None:
    problem = refused(Conflict, lambda: columns([open_document(JOB, ONE, "receive", NEW), second], NOW))
    assert problem.code == "status.already_exists"


STEP = st.sampled_from([*JOB.by_verb, *JOB.by_event])


def change_of(name: str, document_id: UUID) -> Change:
    if name in JOB.by_event:
        return event(JOB, document_id, name)
    return move(JOB, document_id, name, note="because" if JOB.by_verb[name].reason else None)


@given(st.lists(st.tuples(st.integers(0, 3), STEP), max_size=60))
def test_a_batch_does_what_its_changes_would_do_one_by_one(steps: list[tuple[int, str]]) -> None:
    """Against the plainest model: walk each document by hand, drop what is illegal, compare the whole."""
    opened = [received(new_id()) for _ in range(4)]
    status = dict.fromkeys(range(4), "received")
    count = dict.fromkeys(range(4), 1)
    kept = list(opened)
    for which, name in steps:
        change = change_of(name, opened[which].document_id)
        if status[which] in sources(change):
            kept.append(change)
            count[which] += 1
            status[which] = change.edge.to if change.edge else status[which]
        else:
            with pytest.raises(Conflict) as caught:
                columns([*kept, change], NOW)
            assert caught.value.extra["document_status"] == status[which]
    batch = columns(kept, NOW)
    assert [len(values) for values in batch.values()] == [len(kept)] * len(batch)
    assert batch["ord"] == list(range(len(kept)))
    for which in range(4):
        assert (batch["final_status"][which], batch["changes"][which]) == (status[which], count[which])
        assert batch["final_category"][which] == str(JOB.by_state[status[which]].category)
    assert sum(map(bool, batch["is_head"])) == 4
