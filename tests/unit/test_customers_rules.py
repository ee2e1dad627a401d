"""People's details on plain values, and fields that schemas share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from aftersales.customers.rules import email_problem, normal_phones, zone_problem
from aftersales.customers.schemas import AddressIn, CustomerIn, PersonIn
from aftersales.fields import Line, Words


class Sample(BaseModel):
    line: Line = "x"
    words: Words = ""


@pytest.mark.parametrize("right", ["padma.v@example.com", "a@b.co", "x+y@mail.example.in"])
def test_addresses_that_mail_can_reach(right: str) -> None:
    assert email_problem(right) is None


@pytest.mark.parametrize(
    "wrong",
    ["", "padma", "a@b", "a b@example.com", "a@b@example.com", "a@.com", "<a@example.com>", "x" * 250 + "@a.co"],
)
def test_addresses_that_it_cannot(wrong: str) -> None:
    assert email_problem(wrong) is not None


def test_time_zones_have_names() -> None:
    assert zone_problem("Asia/Kolkata") is None
    assert zone_problem("IST+5:30") is not None
    assert zone_problem("../etc/passwd") is not None


def test_phones_once_each_and_problems_by_place() -> None:
    found, problems = normal_phones(["70000 22338", "12", "+91 7000022338", "070000 22339"], "IN")
    assert found == ["+917000022338", "+917000022339"]
    assert list(problems) == [1]


@pytest.mark.parametrize("wrong", ["a\x00b", "a\x1bb", "a\nb", "", "   ", "x" * 121, "\ud800"])
def test_lines_refuse_what_nothing_can_hold(wrong: str) -> None:
    with pytest.raises(ValidationError):
        Sample(line=wrong)


def test_words_keep_lines_and_are_composed() -> None:
    assert Sample(words=" one\ntwo ").words == "one\ntwo"
    assert Sample(line="Zoe\u0308").line == "Zoë"
    with pytest.raises(ValidationError):
        Sample(words="bell\x07")


@given(st.text(max_size=130))
def test_any_line_is_clean_or_refused(text: str) -> None:
    try:
        line = Sample(line=text).line
    except ValidationError:
        return
    assert line.encode()
    assert not any(ord(c) < 32 for c in line)


def test_an_organisation_has_a_name_and_a_household_none() -> None:
    padma = PersonIn(name="Padma")
    assert CustomerIn(kind="organisation", name="Hotel Minerva", people=[padma]).name == "Hotel Minerva"
    for wrong in ({"kind": "organisation"}, {"name": "A name"}):
        with pytest.raises(ValidationError, match="household is called by its first person"):
            CustomerIn(people=[padma], **wrong)


def test_half_a_position_is_none() -> None:
    with pytest.raises(ValidationError, match="together"):
        AddressIn(line1="1", locality="Uppal", postcode="500039", latitude=17.4)
    with pytest.raises(ValidationError):
        AddressIn(line1="1", locality="Uppal", postcode="500039", latitude=float("nan"), longitude=1)
