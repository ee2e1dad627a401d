"""Phone numbers, however they are typed."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.phones import guess, normalise, spoken

TELUGU = str.maketrans("0123456789", "౦౧౨౩౪౫౬౭౮౯")
mobiles = st.integers(7000000000, 7009999999).map(str)


@given(mobiles)
def test_every_spelling_is_one_number(ten: str) -> None:
    spellings = (
        ten,
        f"0{ten}",
        f"+91{ten}",
        f"+91 {ten[:5]} {ten[5:]}",
        f"+91-{ten[:5]}-{ten[5:]}",
        f"({ten[:5]}) {ten[5:]}",
        f"{ten[:3]}.{ten[3:6]}.{ten[6:]}",
        ten.translate(TELUGU),
        f"  {ten} ",
        f"91{ten}",
    )
    assert {normalise(one) for one in spellings} == {f"+91{ten}"}
    assert {guess(one) for one in spellings} == {f"+91{ten}"}


@given(mobiles)
def test_normal_form_is_its_own_and_is_spoken_in_groups(ten: str) -> None:
    e164 = normalise(ten)
    assert normalise(e164) == e164
    assert spoken(e164) == f"+91 {ten[:5]} {ten[5:]}"


@pytest.mark.parametrize(
    "wrong",
    ["", "12345", "7000x22338", "70000 22338 ext. 4", "1800-CALL-NOW", "+91 00000 00000", "7" * 41, "+999 123456789"],
)
def test_what_is_no_number_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="not a phone number"):
        normalise(wrong)


@given(st.text(max_size=60))
def test_nothing_typed_breaks_it(typed: str) -> None:
    found = guess(typed)
    assert found is None or (found.startswith("+") and found[1:].isdigit())
    with contextlib.suppress(ValueError):
        assert normalise(typed) == found


def test_region_decides_how_a_national_number_is_read() -> None:
    assert normalise("020 7946 0018", "GB") == "+442079460018"
    assert spoken("not a number") == "not a number"
