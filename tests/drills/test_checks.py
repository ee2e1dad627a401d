"""The drills' checks, with doctored data: each must be able to fail. The drills take minutes; these do not."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import pytest

from aftersales.module import Tell
from aftersales.registry import load_registry
from tests.drills import drill_same_key
from tests.drills.drill_same_key import BUSY, Answer
from tests.story.ledger import Acknowledged, Entry, Ledger, Record, doctored, problems
from tests.story.processes import Arrival

CASE, OWNER = UUID(int=1), UUID(int=2)
FIRST, SAME = Answer(200, "", replayed=False, body=b"1"), Answer(200, "", replayed=True, body=b"1")
WAIT = Answer(409, BUSY, replayed=False, body=b"")


def told_of_cases() -> Sequence[Tell]:
    """What owners are told about a case when it is received and when it is cancelled."""
    return [
        tell
        for tell in load_registry().tells
        if tell.machine == "case" and "owner" in tell.roles and tell.to in ("received", "cancelled")
    ]


def small_ledger() -> Ledger:
    """A case that was opened and cancelled, of both of which its owner was told."""
    steps = [("receive", "received"), ("request_cancel", "cancel_pending"), ("confirm_cancel", "cancelled")]
    entries = [
        Entry(CASE, version, CASE, version, "case", "status", verb, status, "staff", "customer")
        for version, (verb, status) in enumerate(steps, 1)
    ]
    promised = [
        Acknowledged(f"key-{version}", verb, b"{}", CASE, (verb,), version, 200, b"{1}")
        for version, (verb, _) in enumerate(steps, 1)
    ]
    tells = told_of_cases()
    records = [
        Record(CASE, entry.version, OWNER, tell.purpose, "sent", f"<{entry.version}@localhost>", 0, tell.urgent)
        for entry in entries
        for tell in tells
        if tell.to == entry.to_status
    ]
    return Ledger(
        acknowledged=promised,
        replayed={one.key: one.answer for one in promised},
        entries=entries,
        streams={CASE: 3},
        documents={CASE: 3},
        statuses={CASE: "cancelled"},
        left=[],
        tells=tells,
        people={CASE: [(OWNER, "owner")]},
        records=records,
        arrivals=[Arrival(record.message_id, "worker-1#1") for record in records],
        killed=frozenset({"worker-1#1"}),
        interruptions=1,
    )


def test_the_ledger_of_a_storm_notices_everything() -> None:
    good = small_ledger()
    assert len(good.records) >= 2
    assert problems(good) == []
    for name, said, wrong in doctored(good):
        assert any(said in problem for problem in problems(wrong)), name
    assert "left over: updates.send dead" in problems(replace(good, left=["updates.send dead"]))


@pytest.mark.parametrize(
    ("answers", "carried_out", "said"),
    [
        ([FIRST, SAME, WAIT], 2, "carried out 2 times"),
        ([WAIT, SAME], 0, "carried out 0 times"),
        ([FIRST, FIRST, WAIT], 1, "2 were told that it is done now"),
        ([FIRST, replace(SAME, body=b"2")], 1, "2 different answers"),
        ([FIRST, Answer(500, "error", replayed=False, body=b"")], 1, "answered 500 error (1)"),
    ],
)
def test_the_same_key_notices_everything(answers: list[Answer], carried_out: int, said: str) -> None:
    assert drill_same_key.problems([FIRST, SAME, SAME, WAIT], 1) == []
    assert said in drill_same_key.problems(answers, carried_out)
