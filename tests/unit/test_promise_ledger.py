"""The rules of the ledger, against a plain reading of the same timeline."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from aftersales.promises.course import Stand, Step
from aftersales.promises.ledger import (
    A_LITTLE_EARLY,
    AHEAD,
    FULFILLED,
    LATER_AHEAD,
    OF_A_DOCUMENT,
    End,
    Ending,
    Kind,
    Promise,
    alarm,
    judge,
    replaces,
    same_matter,
    stated,
)
from aftersales.status.machine import Category, WaitsOn

START = datetime(2026, 11, 2, 4, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MILESTONES = sorted({*(one for found in FULFILLED.values() for one in found), "withdrawn", "diagnosed"})


def hours(count: float) -> datetime:
    return START + count * HOUR


@st.composite
def timelines(draw: st.DrawFn) -> list[Step]:
    gaps = draw(st.lists(st.integers(0, 30), max_size=10))
    at, steps = START, []
    for version, gap in enumerate(gaps, 2):
        at += gap * timedelta(minutes=20)
        stand = draw(
            st.none()
            | st.builds(
                Stand,
                st.sampled_from(Category),
                st.none() | st.sampled_from(WaitsOn),
                st.frozensets(st.sampled_from(MILESTONES), max_size=2),
            )
        )
        happened = draw(st.sampled_from([frozenset(), frozenset({"called"})]))
        document = draw(st.sampled_from([None, "visit", "other"]))
        steps.append(Step(version, at, document, stand, told=draw(st.booleans()), happened=happened))
    return steps


@st.composite
def promises(draw: st.DrawFn) -> Promise:
    due = draw(st.integers(1, 40))
    starts = draw(st.none() | st.integers(0, due))
    kind = draw(st.sampled_from(Kind))
    version = draw(st.integers(1, 4))
    return Promise(kind, "visit", None if starts is None else hours(starts), hours(due), version)


@given(promises(), timelines(), st.integers(0, 80), st.integers(0, 40))
def test_what_has_ended_stays_as_it_ended(promise: Promise, steps: list[Step], now: int, more: int) -> None:
    seen = [step for step in steps if step.at <= hours(now)]
    ended = judge(promise, seen, hours(now))
    if ended is None:
        return
    later = judge(promise, seen, hours(now + more))
    assert later == ended
    # What the timeline has ended is ended so whatever follows; a time that has passed is never kept afterwards.
    again = judge(promise, steps, hours(now + more))
    if ended.version is not None:
        assert again == ended
    else:
        assert again is not None
        assert again.end is End.BROKEN


@given(promises(), timelines(), st.integers(0, 80))
def test_kept_is_what_came_in_time(promise: Promise, steps: list[Step], now: int) -> None:
    ended = judge(promise, steps, hours(now))
    after = [step for step in steps if step.version > promise.version]
    came = [step for step in after if _is_it(promise, step)]
    if ended is not None and ended.end is End.KEPT:
        first = next(step for step in came if step.version == ended.version)
        assert first is came[0]
        assert (promise.starts or START) - A_LITTLE_EARLY <= first.at <= promise.due
    if ended is None:
        assert not came
        assert hours(now) <= promise.due


def _is_it(promise: Promise, step: Step) -> bool:
    if promise.kind is Kind.NEXT_UPDATE and step.told:
        return True
    if promise.kind in OF_A_DOCUMENT and step.document != promise.document:
        return False
    reached = set(step.happened) | (set(step.stand.milestones) if step.stand else set())
    return any(one in FULFILLED[promise.kind] for one in reached)


@given(promises(), timelines())
def test_in_the_end_every_promise_has_ended(promise: Promise, steps: Sequence[Step]) -> None:
    last = max([promise.due, *(step.at for step in steps)])
    assert judge(promise, steps, last + HOUR) is not None


@given(promises(), st.integers(-50, 50))
def test_it_is_looked_at_no_later_than_its_time(promise: Promise, said: int) -> None:
    at = alarm(promise, hours(said))
    ahead = {Kind.NEXT_UPDATE: AHEAD, Kind.COMPLETION: LATER_AHEAD}.get(promise.kind, timedelta())
    assert at == sorted([promise.due - ahead, hours(said), promise.due])[1]


@given(promises(), promises(), st.integers(0, 60), st.booleans())
def test_nothing_is_replaced_in_silence_or_too_late(former: Promise, later: Promise, leaves: int, named: bool) -> None:
    if replaces(later, former, hours(leaves), named=named):
        assert named
        assert hours(leaves) <= former.due
        assert former.kind is later.kind
    elif named and same_matter(former, later) and later.version > former.version:
        assert hours(leaves) > former.due


def test_a_visit_is_kept_inside_its_window_or_a_little_before() -> None:
    promise = Promise(Kind.VISIT_WINDOW, "visit", hours(4), hours(6), 1)
    arrived = Stand(Category.OPEN, None, frozenset({"arrived"}))

    def came(at: datetime, document: str = "visit") -> Ending | None:
        return judge(promise, [Step(2, at, document, arrived)], hours(9))

    assert came(hours(4)) == Ending(End.KEPT, 2, hours(4))
    assert came(hours(6)) == Ending(End.KEPT, 2, hours(6))
    assert came(hours(3.5)) == Ending(End.KEPT, 2, hours(3.5))
    assert came(hours(3.4)) == Ending(End.BROKEN, 2, hours(3.4))
    assert came(hours(6.1)) == Ending(End.BROKEN, 2, hours(6.1))
    assert came(hours(5), "another visit") == Ending(End.BROKEN)


def test_a_cancelled_visit_is_owed_no_more() -> None:
    promise = Promise(Kind.VISIT_WINDOW, "visit", hours(4), hours(6), 1)
    over = Stand(Category.DONE)
    assert judge(promise, [Step(2, hours(2), "visit", over)], hours(2)) == Ending(End.WITHDRAWN, 2, hours(2))
    assert judge(promise, [Step(2, hours(7), "visit", over)], hours(8)) == Ending(End.BROKEN, 2, hours(7))


def test_words_state_a_time_if_it_stands_in_them() -> None:
    assert stated("We come on Saturday 28 November,\n4 in the afternoon.", "Saturday 28 November, 4 in the afternoon")
    assert not stated("We come on Saturday.", "Saturday 28 November")
    assert not stated("We come.", "")
