"""Hours as people type them: what is written back reads the same, and what cannot be is said by field."""

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from aftersales.promises import hours_form
from aftersales.promises.calendar import WEEKDAYS

ZONE = "Asia/Kolkata"
TIMES = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.integers(0, 59))
SHIFTS = st.lists(st.tuples(TIMES, TIMES).map(list), max_size=3)
DATES = st.dates(date(2000, 1, 1), date(2099, 12, 31)).map(date.isoformat)
HOURS = st.fixed_dictionaries(
    {
        "tz": st.just(ZONE),
        "weekly": st.dictionaries(st.sampled_from(WEEKDAYS), SHIFTS.filter(bool)),
        "holidays": st.lists(DATES, unique=True, max_size=5).map(sorted),
        "nth_weekday_off": st.lists(
            st.fixed_dictionaries(
                {
                    "weekday": st.sampled_from(WEEKDAYS),
                    "nth": st.lists(st.integers(1, 5), unique=True, min_size=1, max_size=5),
                }
            ),
            max_size=3,
        ),
        "overrides": st.dictionaries(DATES, SHIFTS, max_size=4),
    }
)


@given(HOURS)
def test_what_is_written_reads_the_same(hours: dict[str, Any]) -> None:
    assert hours_form.read(hours_form.written(hours), ZONE) == (hours, {})


def test_people_write_it_their_way() -> None:
    made, faults = hours_form.read(
        {"mon": "9:30 – 13:00,14:00-18:30", "off": "Saturday: 2,4", "holidays": "2027-01-26 Republic Day\n"}, ZONE
    )
    assert faults == {}
    assert made["weekly"] == {"mon": [["09:30", "13:00"], ["14:00", "18:30"]]}
    assert made["nth_weekday_off"] == [{"weekday": "sat", "nth": [2, 4]}]
    assert made["holidays"] == ["2027-01-26"]


def test_faults_stand_beside_their_field() -> None:
    _, faults = hours_form.read(
        {
            "mon": "9 to 5",
            "tue": "25:00-26:00",
            "off": "sat 9",
            "holidays": "26 January",
            "overrides": "2026-11-08",
            "wed": "10:00-12:00",
        },
        ZONE,
    )
    assert faults == {
        "mon": "'9 to 5' is not a span such as 09:30-18:00.",
        "tue": "'25:00' is not a time from 00:00 to 24:00.",
        "off": "9 is not one of 1 to 5.",
        "holidays": "'26' is not a date such as 2026-01-26.",
        "overrides": "'2026-11-08' says no hours: write them after the date, or closed.",
    }
