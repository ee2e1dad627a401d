"""A1: what is odd about a registration is marked, and nothing is ever refused for it."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.products.rules import luhn_digit
from warranty.rules.checks import MANY, Flag, Told, flags

SOUND = Told("GW75-100001", date(2026, 3, 18), True, True, False, date(2026, 1, 5), 0, True)


def test_nothing_is_marked_where_all_fits() -> None:
    assert flags(SOUND) == ()


@pytest.mark.parametrize(
    ("changes", "raised"),
    [
        ({"known": False, "phone_known": False}, (Flag.UNKNOWN_NUMBER,)),
        ({"number": "490154203237517"}, (Flag.IMEI_WRONG,)),
        ({"number": "490154203237518"}, ()),
        ({"number": "AB1"}, (Flag.NUMBER_ODD,)),
        ({"registered": True}, (Flag.DUPLICATE,)),
        ({"phone_known": False}, (Flag.OTHER_PHONE,)),
        ({"purchased_on": date(2026, 1, 4)}, (Flag.BEFORE_MADE,)),
        ({"recent": MANY}, (Flag.MANY,)),
        ({"recent": MANY - 1}, ()),
        ({"proof": False}, (Flag.NO_PROOF,)),
    ],
)
def test_each_oddity_has_a_mark_of_its_own(changes: dict[str, object], raised: tuple[Flag, ...]) -> None:
    assert flags(replace(SOUND, **changes)) == raised  # type: ignore[arg-type]


@given(st.text("0123456789", min_size=14, max_size=14), st.integers(1, 9))
def test_one_wrong_digit_of_an_imei_is_always_marked(payload: str, off: int) -> None:
    right = luhn_digit(payload)
    wrong = str((int(right) + off) % 10)
    assert Flag.IMEI_WRONG not in flags(replace(SOUND, number=payload + right))
    assert Flag.IMEI_WRONG in flags(replace(SOUND, number=payload + wrong))
