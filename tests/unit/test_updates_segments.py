"""How many parts an SMS takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.updates.segments import counted

GSM = "abc XYZ 0189 @£¥èÅΔ"
WIDE = "^{}[]~|€\\"


@pytest.mark.parametrize(
    ("text", "unicode", "units", "segments"),
    [
        ("", False, 0, 1),
        ("a" * 160, False, 160, 1),
        ("a" * 161, False, 161, 2),
        ("a" * 306, False, 306, 2),
        ("a" * 307, False, 307, 3),
        ("a" * 459, False, 459, 3),
        ("a" * 460, False, 460, 4),
        ("€" * 80, False, 160, 1),
        ("€" * 81, False, 162, 2),
        # An escape and its sign stay together: the first part holds 152 septets.
        ("a" * 152 + "€" + "a" * 152, False, 306, 3),
        ("₹" + "a" * 69, True, 70, 1),
        ("త" * 71, True, 71, 2),
        ("త" * 201, True, 201, 3),
        ("త" * 202, True, 202, 4),
        ("😀" * 35, True, 70, 1),
        # 33 pairs fit into 67 units, not 33½.
        ("😀" * 67, True, 134, 3),
    ],
)
def test_parts_are_counted_as_networks_count_them(text: str, unicode: bool, units: int, segments: int) -> None:
    found = counted(text)
    assert (found.unicode, found.units, found.segments) == (unicode, units, segments)


@given(st.text(alphabet=GSM + WIDE, max_size=600))
def test_the_gsm_alphabet_never_costs_unicode(text: str) -> None:
    found = counted(text)
    assert not found.unicode
    assert found.units == len(text) + sum(sign in WIDE for sign in text)
    assert found.units <= found.room
    assert found.segments == 1 or found.units > 160


@given(st.text(max_size=400), st.text(max_size=50))
def test_more_text_never_takes_fewer_parts(text: str, more: str) -> None:
    assert counted(text + more).segments >= counted(text).segments


@given(st.text(max_size=400))
def test_what_is_counted_is_what_is_sent(text: str) -> None:
    found = counted(text)
    if found.unicode:
        assert found.units == len(text.encode("utf-16-le", "surrogatepass")) // 2
    assert found.segments >= 1
    assert found.units <= found.room
