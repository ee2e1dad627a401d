"""What field service decides on plain values."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.errors import Invalid
from field_service import rules as way_rules
from field_service.demo_ways import times, way
from field_service.labels import CAUSES
from field_service.repairs import rules as repairs
from field_service.repairs.machine import REPAIR_ORDER
from field_service.rules import CENTRE, CUSTOMER, SUPPLIER, TECHNICIAN, Bench, Leg, holder, steps
from field_service.visits import rules as visits
from field_service.visits.machine import VISIT
from field_service.visits.tells import window_text

NOW = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)
ZONE = "Asia/Kolkata"
kinds = st.sampled_from(sorted(visits.KINDS))


def at(hour: float, day: int = 24, month: int = 11, year: int = 2026) -> datetime:
    return datetime(year, month, day, int(hour), int(hour % 1 * 60), tzinfo=ZoneInfo(ZONE))


def test_a_good_window_is_kept_and_naive_times_are_local() -> None:
    assert visits.window(at(9), at(11), now=NOW, zone=ZONE) == (at(9), at(11))
    naive = visits.window(datetime(2026, 11, 24, 9), datetime(2026, 11, 24, 11), now=NOW, zone=ZONE)  # noqa: DTZ001
    assert naive == (at(9), at(11))


def test_the_present_window_may_still_be_booked() -> None:
    assert visits.window(at(9, 23), at(11, 23), now=NOW, zone=ZONE)[1] > NOW


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        (at(11), at(9), "window_end"),
        (at(9), at(9), "window_end"),
        (at(23), at(1, 25), "window_end"),
        (at(9, 22), at(11, 22), "window_start"),
        (at(9, 23, 1, 2027), at(11, 23, 1, 2027), "window_start"),
        (at(9, year=9999), at(11, year=9999), "window_start"),
        (at(9), datetime(9999, 12, 31, 23, 59, tzinfo=UTC), "window_end"),
        (datetime(1, 1, 1, tzinfo=UTC), at(11), "window_start"),
    ],
)
def test_a_bad_window_says_which_time_is_wrong(start: datetime, end: datetime, field: str) -> None:
    with pytest.raises(Invalid) as wrong:
        visits.window(start, end, now=NOW, zone=ZONE)
    assert wrong.value.code == "visit.window"
    errors = wrong.value.extra["errors"]
    assert isinstance(errors, list)
    assert [e["field"] for e in errors] == [field]


@given(st.datetimes(), st.datetimes(), st.sampled_from([ZONE, "America/St_Johns", "Pacific/Apia"]))
def test_whatever_is_typed_is_answered(start: datetime, end: datetime, zone: str) -> None:
    try:
        first, last = visits.window(start, end, now=NOW, zone=zone)
    except Invalid:
        return
    assert first < last
    assert last > NOW
    assert first - NOW <= visits.MAX_AHEAD
    assert first.date() == last.date()


@given(st.text(max_size=300).filter(lambda text: text.count(",") + text.count("\n") < 20))
def test_accessories_are_listed_once_and_cleanly(text: str) -> None:
    found = visits.accessories(text)
    assert len(found) == len(set(found)) <= visits.MAX_ACCESSORIES
    assert all(item == item.strip() != "" for item in found)


def test_too_many_accessories_are_refused() -> None:
    with pytest.raises(Invalid):
        visits.accessories(",".join(str(n) for n in range(21)))


@given(kinds, st.booleans(), st.sampled_from([None, True, False]))
def test_heavy_units_need_a_trolley_and_without_a_lift_two_people(kind: str, heavy: bool, lift: bool | None) -> None:
    things = visits.bring(kind, heavy=heavy, has_lift=lift)
    moved = heavy and kind not in (visits.REPAIR, visits.INSPECTION)
    assert ("trolley" in things) == moved
    assert ("a second person" in things) == (moved and lift is not True)


@given(kinds)
def test_each_kind_has_one_way_on_from_the_door(kind: str) -> None:
    ways = [verb for verb in ("check", "deliver", "begin") if visits.fits(kind, verb)]
    assert len(ways) == 1
    assert visits.fits(kind, "cannot_complete")


@given(kinds, st.sampled_from([edge.verb for edge in VISIT.edges]))
def test_custody_moves_only_with_units(kind: str, verb: str) -> None:
    after = visits.custody_after(kind, verb)
    assert after is None or kind in (visits.PICKUP, visits.DROP)


@given(st.booleans(), st.booleans(), st.sampled_from([None, "ZZ", *CAUSES]))
def test_nobody_is_charged_nor_served_free_before_it_is_decided(
    in_full: bool,
    decided: bool,
    cause: str | None,
) -> None:
    stand = repairs.standing(in_full=in_full, decided=decided, cause_code=cause)
    may_charge = repairs.estimate_refusal(stand) is None
    may_skip = repairs.skip_refusal(stand) is None
    assert not (may_charge and may_skip)
    assert may_charge == (not in_full)
    excluded = cause in CAUSES and CAUSES[str(cause)].excluded
    assert may_skip == (in_full and (decided or not excluded))


def test_causes_that_end_the_cover_need_a_photo() -> None:
    assert {code for code in CAUSES if repairs.needs_photo(code)} == {"RD-2", "LQ", "PS"}


@pytest.mark.parametrize(
    ("status", "finished", "verbs"),
    [
        ("ready", False, ("hand_over",)),
        ("ready", True, ("hand_over", "close")),
        ("unclaimed", True, ("hand_over", "close")),
        ("handed_over", False, ()),
        ("handed_over", True, ("close",)),
        ("closed", True, ()),
        ("in_repair", True, ()),
    ],
)
def test_a_delivery_ends_the_order(status: str, finished: bool, verbs: tuple[str, ...]) -> None:
    assert repairs.delivery_verbs(status, finished=finished) == verbs


def later(hours: int) -> datetime:
    return NOW + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("legs", "orders", "who"),
    [
        ([], [], CUSTOMER),
        ([Leg("pickup", "confirmed", NOW)], [], CUSTOMER),
        ([Leg("pickup", "collected", NOW, TECHNICIAN)], [Bench("intake", later(1))], TECHNICIAN),
        ([Leg("pickup", "collected", NOW, TECHNICIAN)], [Bench("triage", later(1))], CENTRE),
        ([Leg("pickup", "completed", NOW, CENTRE)], [Bench("at_vendor", later(1))], SUPPLIER),
        ([], [Bench("intake", NOW, walk_in=True)], CENTRE),
        ([], [Bench("cancelled", NOW, walk_in=True)], CUSTOMER),
        ([Leg("drop", "en_route", later(3), TECHNICIAN)], [Bench("ready", later(2))], TECHNICIAN),
        ([Leg("drop", "delivered", later(3), CUSTOMER)], [Bench("ready", later(2))], CUSTOMER),
        ([Leg("pickup", "completed", NOW, CENTRE)], [Bench("closed", later(2))], CUSTOMER),
    ],
)
def test_who_has_the_unit(legs: list[Leg], orders: list[Bench], who: str) -> None:
    assert holder(legs, orders) == who


def states(legs: list[Leg], order: Bench | None = None) -> str:
    return " ".join(step.state for step in steps(legs, order))


@pytest.mark.parametrize(
    ("legs", "order", "expected"),
    [
        ([], None, ""),
        ([Leg("pickup", "cancelled", NOW)], None, ""),
        ([Leg("pickup", "confirmed", NOW)], None, "now next next next next"),
        ([Leg("pickup", "completed", NOW)], Bench("diagnosing", NOW), "done now next next next"),
        ([Leg("pickup", "completed", NOW)], Bench("awaiting_approval", NOW), "done done now next next"),
        ([Leg("pickup", "completed", NOW)], Bench("in_repair", NOW), "done done done now next"),
        ([Leg("pickup", "completed", NOW)], Bench("ready", NOW), "done done done done now"),
        ([Leg("drop", "delivered", NOW)], Bench("ready", NOW), "done done done done"),
        ([], Bench("triage", NOW, walk_in=True), "now next next next"),
        ([Leg("inspection", "scheduled", NOW)], None, "now next next"),
        ([Leg("repair", "in_progress", NOW)], None, "done done now"),
        ([Leg("repair", "closed", NOW)], None, "done done done"),
    ],
)
def test_the_customers_steps(legs: list[Leg], order: Bench | None, expected: str) -> None:
    assert states(legs, order) == expected


@given(st.sampled_from(list(REPAIR_ORDER.by_state)), kinds, st.sampled_from(list(VISIT.by_state)))
def test_there_is_never_more_than_one_present_step(order: str, kind: str, visit: str) -> None:
    found = [s.state for s in steps([Leg(kind, visit, NOW)], Bench(order, NOW))]
    assert found == sorted(found, key=[way_rules.DONE, way_rules.NOW, way_rules.NEXT].index)
    assert found.count(way_rules.NOW) <= 1


@given(st.sampled_from(list(REPAIR_ORDER.by_state)))
def test_the_demo_finds_a_way_to_every_status(status: str) -> None:
    path = way(REPAIR_ORDER, status)
    assert path[-1].to == status
    found = times([edge.verb for edge in path], NOW, later(9))
    assert found == sorted(found)
    assert found[-1] <= later(9)


def test_no_way_is_an_error() -> None:
    with pytest.raises(ValueError, match="no way"):
        way(VISIT, "delivered", without={"deliver"})


def test_a_window_in_words() -> None:
    assert window_text(at(9), at(13.5), ZONE, "en") == "Tuesday 24 November, 9 in the morning, at the latest by 1:30"
