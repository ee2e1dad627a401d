"""Clocks: what they say follows from the timeline, the policy, the calendar and the moment, and from nothing else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.promises.clock import Clock, ClockError, Reading, Stand, State, Step, read, turn
from aftersales.promises.targets import Facts, Shape, Target, Targets
from aftersales.promises.worktime import WorkCalendar
from aftersales.status.machine import Category, WaitsOn
from tests.factories.examples import examples

NEVER_SHUT = WorkCalendar.from_dict(
    {"tz": "UTC", "weekly": {d: [["00:00", "24:00"]] for d in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}}
)
SHOP = WorkCalendar.from_dict(
    {
        "tz": "Asia/Kolkata",
        "weekly": {d: [["09:30", "13:00"], ["14:00", "18:30"]] for d in ("mon", "tue", "wed", "thu", "fri", "sat")},
        "holidays": ["2026-11-24"],
    }
)
START = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
OURS = Stand(Category.OPEN)
THEIRS = Stand(Category.WAITING, WaitsOn.CUSTOMER)
PARTS = Stand(Category.WAITING, WaitsOn.PARTS)
COURIER = Stand(Category.WAITING, WaitsOn.COURIER)
SUPPLIER = Stand(Category.WAITING, WaitsOn.SUPPLIER)
DONE = Stand(Category.DONE)


def policy(**targets: Any) -> Targets:
    return Targets.from_terms(
        {
            "rules": [
                {
                    "name": "urgent",
                    "words": "Urgent.",
                    "when": {"priority": "urgent"},
                    "targets": {"completion": {"minutes": 60}},
                },
                {"name": "all", "words": "Everything.", "targets": {"completion": {"minutes": 100}} | targets},
            ],
            "escalate": [{"after": {"minutes": 0}, "to": "owner"}, {"after": {"minutes": 30}, "to": "manager"}],
        }
    )


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def steps(*told: tuple[float, object, Stand | None]) -> list[Step]:
    """The case opens at 0; then what is given: minutes, document, stand."""
    found = [Step(1, START, None, Stand(Category.OPEN))]
    return found + [Step(n + 2, at(when), key, stand) for n, (when, key, stand) in enumerate(told)]


def reached(*milestones: str) -> Stand:
    return Stand(Category.OPEN, milestones=frozenset(milestones))


def clock(found: list[Step], minutes: float, which: Clock = Clock.COMPLETION, **targets: Any) -> Reading:
    _, readings = read(found, Facts(), policy(**targets), NEVER_SHUT, at(minutes))
    return next(reading for reading in readings if reading.clock is which)


def test_it_runs_warns_and_breaks() -> None:
    said = [clock(steps(), m) for m in (0, 49, 50, 74, 75, 90, 99, 100, 129, 130)]
    assert [s.level for s in said] == [0, 0, 50, 50, 75, 90, 90, 100, 100, 100]
    assert [s.tier for s in said] == [0, 0, 0, 0, 0, 0, 0, 1, 1, 2]
    assert [s.state for s in said] == [State.RUNNING] * 7 + [State.LATE] * 3
    assert {s.due for s in said} == {at(100)}
    expected = [50, 50, 75, 75, 90, 100, 100, 130, 130]
    assert [s.next for s in said[:-1]] == [at(m) for m in expected]
    assert said[-1].next is None


def test_what_ends_at_its_deadline_is_kept() -> None:
    for minutes, state in ((99, State.KEPT), (100, State.KEPT), (101, State.BROKEN)):
        found = clock(steps((minutes, None, reached("resolved"))), 500)
        assert (found.state, found.ended, found.whole) == (state, at(minutes), timedelta(minutes=minutes))
        assert found.next is None
    assert clock(steps((20, None, reached("withdrawn"))), 500).state is State.WITHDRAWN


def test_the_customer_s_turn_does_not_count() -> None:
    waiting = steps((40, "repair", OURS), (60, "estimate", THEIRS))
    found = clock(waiting, 500)
    assert (found.state, found.due, found.next, found.level) == (State.PAUSED, None, None, 50)
    assert found.spent[WaitsOn.CUSTOMER] == timedelta(minutes=440)
    on = clock([*waiting, Step(4, at(500), "estimate", DONE)], 510)
    assert (on.state, on.due, on.level) == (State.RUNNING, at(540), 50)
    assert on.spent[WaitsOn.US] == timedelta(minutes=70)
    assert on.whole == timedelta(minutes=510)


def test_what_was_late_before_the_pause_stays_late() -> None:
    found = clock(steps((120, "estimate", THEIRS)), 500)
    assert (found.state, found.due, found.level, found.tier) == (State.LATE, at(100), 100, 2)


def test_parts_that_are_waited_for_are_counted_to_them_and_still_to_us() -> None:
    found = clock(steps((10, "repair", PARTS)), 90, Clock.PARTS, parts={"minutes": 60})
    assert (found.started, found.due, found.state) == (at(10), at(70), State.LATE)
    whole = clock(steps((10, "repair", PARTS)), 90)
    assert whole.state is State.RUNNING
    assert (whole.spent[WaitsOn.PARTS], whole.spent[WaitsOn.US]) == (timedelta(minutes=80), timedelta(minutes=10))
    again = steps((10, "repair", PARTS), (20, "repair", OURS), (30, "repair", PARTS), (50, "repair", OURS))
    assert clock(again, 90, Clock.PARTS, parts={"minutes": 60}).state is State.KEPT


def test_milestones_start_and_stop() -> None:
    targets = {
        "first_response": {"minutes": 10},
        "arrival": {"minutes": 30},
        "diagnosis": {"minutes": 40},
        "refund": {"minutes": 20},
    }
    story = steps(
        (5, None, reached("acknowledged")),
        (8, "visit", reached("visit_wanted")),
        (39, "visit", reached("arrived")),
        (41, "repair", reached("in_hand")),
        (80, "repair", reached("diagnosed")),
        (82, "return", reached("refund_due")),
        (95, "return", reached("refunded")),
    )
    _, readings = read(story, Facts(), policy(**targets), NEVER_SHUT, at(100))
    found = {r.clock: (r.started, r.ended, r.state) for r in readings}
    assert found[Clock.FIRST_RESPONSE] == (START, at(5), State.KEPT)
    assert found[Clock.ARRIVAL] == (at(8), at(39), State.BROKEN)
    assert found[Clock.DIAGNOSIS] == (at(41), at(80), State.KEPT)
    assert found[Clock.REFUND] == (at(82), at(95), State.KEPT)
    _, few = read(steps(), Facts(), policy(**targets), NEVER_SHUT, at(1))
    assert {r.clock for r in few} == {Clock.FIRST_RESPONSE, Clock.COMPLETION}, "what has not begun has no clock"


def test_the_next_word_is_due_from_the_last_one() -> None:
    told = [*steps(), Step(2, at(30), None, None, told=True)]
    found = clock(told, 40, Clock.NEXT_UPDATE, next_update={"minutes": 60})
    assert (found.started, found.due) == (at(30), at(90))


def test_one_visit_is_one_visit() -> None:
    first = steps((10, "a", reached("arrived")))
    found = clock(first, 20, completion={"visits": 1})
    assert (found.target, found.visits, found.state) == (Target(Shape.VISITS, 1), 1, State.RUNNING)
    second = clock([*first, Step(3, at(30), "b", reached("arrived"))], 40, completion={"visits": 1})
    assert (second.visits, second.state, second.tier) == (2, State.LATE, 0)


def test_a_case_that_is_reopened_runs_on() -> None:
    story = steps((50, None, reached("resolved")), (60, None, reached("reopened")))
    assert clock(story, 70).state is State.RUNNING
    assert clock(story, 120).state is State.LATE
    assert clock([*story, Step(4, at(130), None, reached("resolved"))], 140).state is State.BROKEN


def test_a_change_of_priority_counts_from_the_beginning() -> None:
    story = [*steps((20, "estimate", THEIRS), (30, "estimate", DONE)), Step(4, at(40), None, priority="urgent")]
    chosen, [found] = read(story, Facts(), policy(), NEVER_SHUT, at(41))
    assert chosen.rule == "urgent"
    assert found.due == at(70)
    assert [(f.version, f.due, f.target.amount) for f in found.former] == [(4, at(110), 100)]
    back = [*story, Step(5, at(50), None, priority="")]
    _, [again] = read(back, Facts(), policy(), NEVER_SHUT, at(51))
    assert (again.due, [f.due for f in again.former]) == (at(110), [at(110), at(70)])


def test_business_days_stand_too() -> None:
    story = steps((0, "repair", OURS), (60, "estimate", THEIRS))
    given_ = policy(completion={"business_days": 2})
    _, [found] = read(story, Facts(), given_, SHOP, at(120))
    assert (found.state, found.due) == (State.PAUSED, None)
    _, [on] = read([*story, Step(4, at(180), "estimate", DONE)], Facts(), given_, SHOP, at(200))
    assert on.due == datetime(2026, 11, 26, 13, 0, tzinfo=UTC), "the 24th is a holiday"


def test_without_hours_there_is_no_deadline() -> None:
    _, [found] = read(steps(), Facts(), policy(), WorkCalendar.from_dict({"tz": "UTC"}), at(500))
    assert (found.due, found.state, found.next, found.level) == (None, State.RUNNING, None, 0)


@pytest.mark.parametrize(
    ("found", "now", "said"),
    [
        ([], 0, "has not been opened"),
        (steps((20, None, DONE), (10, None, DONE)), 30, "lies before entry"),
        (steps((-5, None, reached("resolved"))), 30, "lies before entry 1"),
        (steps((20, None, DONE)), 10, "lies before the last entry"),
    ],
)
def test_time_that_runs_backwards_is_refused(found: list[Step], now: float, said: str) -> None:
    with pytest.raises(ClockError, match=said):
        read(found, Facts(), policy(), NEVER_SHUT, at(now))


@pytest.mark.parametrize(
    ("stands", "whose"),
    [
        ([], WaitsOn.US),
        ([DONE, PARTS], WaitsOn.PARTS),
        ([OURS, PARTS], WaitsOn.US),
        ([OURS, THEIRS], WaitsOn.CUSTOMER),
        ([COURIER, SUPPLIER], WaitsOn.SUPPLIER),
        ([COURIER, Stand(Category.WAITING)], WaitsOn.COURIER),
        ([Stand(Category.WAITING, WaitsOn.US)], WaitsOn.US),
    ],
)
def test_whose_turn_it_is(stands: list[Stand], whose: WaitsOn) -> None:
    assert turn(stands) is whose


STANDS = [OURS, THEIRS, PARTS, COURIER, SUPPLIER, DONE, reached("diagnosed"), reached("arrived"), reached("in_hand")]
EVENTS = st.lists(
    st.tuples(st.integers(0, 3000), st.sampled_from(["a", "b", "c"]), st.sampled_from(STANDS)), max_size=12
)
WHOLE = policy(diagnosis={"minutes": 80}, arrival={"hours": 1}, first_response={"minutes": 5}, next_update={"hours": 1})


def story_of(events: list[tuple[int, str, Stand]]) -> list[Step]:
    times = accumulate(seconds for seconds, _, _ in events)
    return steps(*((t / 60, key, stand) for t, (_, key, stand) in zip(times, events, strict=True)))


@examples(75)
@given(EVENTS, st.integers(0, 9000), st.sampled_from([NEVER_SHUT, SHOP]))
def test_read_again_it_says_the_same_and_shares_add_up(
    events: list[tuple[int, str, Stand]], later: int, calendar: WorkCalendar
) -> None:
    story = story_of(events)
    now = story[-1].at + timedelta(seconds=later)
    once = read(story, Facts(), WHOLE, calendar, now)
    assert read(list(story), Facts(), WHOLE, calendar, now) == once
    for found in once[1]:
        end = found.ended or now
        assert found.whole == calendar.elapsed(found.started, end)
        assert sum(found.spent.values(), timedelta(0)) == found.whole
        assert found.next is None or found.next > now
        assert (found.level == 100) is (found.state in {State.LATE, State.BROKEN} or found.level == 100)


@examples(75)
@given(EVENTS, st.integers(1, 9000))
def test_until_it_says_when_nothing_changes(events: list[tuple[int, str, Stand]], later: int) -> None:
    """Between now and `next` a clock says nothing new, and at `next` it does."""
    story = story_of(events)
    now = story[-1].at + timedelta(seconds=later)
    for found in read(story, Facts(), WHOLE, SHOP, now)[1]:
        if found.next is None:
            continue
        before = [found.next - timedelta(microseconds=1), now + (found.next - now) / 2]
        for moment in before:
            same = next(r for r in read(story, Facts(), WHOLE, SHOP, moment)[1] if r.clock is found.clock)
            kept = replace(same, spent=found.spent, whole=found.whole)
            assert kept == found
        then = next(r for r in read(story, Facts(), WHOLE, SHOP, found.next)[1] if r.clock is found.clock)
        assert (then.level, then.tier, then.state) != (found.level, found.tier, found.state)
