"""Holidays of a state are a suggestion that the form takes as it is."""

from datetime import date

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.promises import hours_form
from aftersales.promises.holidays_of import STATES, added, suggested


def test_the_states_are_those_of_the_package() -> None:
    assert set(STATES) == set(holidays.list_supported_countries()["IN"])


@given(st.sampled_from(sorted(STATES)), st.integers(2024, 2030))
def test_every_suggestion_is_taken_by_the_form(state: str, year: int) -> None:
    days = suggested(state, year)
    assert (date(year, 1, 26), "Republic Day") in [(day, name.split(";")[0]) for day, name in days]
    hours, faults = hours_form.read({"holidays": added("", days)}, "Asia/Kolkata")
    assert faults == {}
    assert hours["holidays"] == sorted({str(day) for day, _ in days})


def test_what_was_typed_stays() -> None:
    days = [(date(2027, 1, 26), "Republic Day"), (date(2027, 3, 1), "A day")]
    assert added("2027-01-26 ours\n2027-02-02", days) == "2027-01-26 ours\n2027-02-02\n2027-03-01 A day"


def test_an_unknown_state_is_none() -> None:
    with pytest.raises(KeyError):
        suggested("XX", 2026)
