"""What was typed, and what it may be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.search.rules import (
    Kind,
    Lookup,
    Match,
    classify,
    normal_identifier,
    normal_key,
    normal_name,
)


def kinds(typed: str) -> list[tuple[Kind, Match]]:
    return [(one.kind, one.match) for one in classify(typed)]


@pytest.mark.parametrize(
    "typed", ["KKP-26-004217", "kkp-26-4217", "KKP 26 004217", "kkp26004217", "kkp/26/4217", " KKP-26-004217 "]
)
def test_a_number_in_every_spelling(typed: str) -> None:
    assert Lookup(Kind.NUMBER, Match.EXACT, "KKP26004217") in classify(typed)


@pytest.mark.parametrize("typed", ["70000 22338", "+91 70000-22338", "070000 22338", "౭౦౦౦౦ ౨౨౩౩౮"])
def test_a_phone_in_every_spelling(typed: str) -> None:
    assert classify(typed)[0] == Lookup(Kind.PHONE, Match.EXACT, "+917000022338")


def test_the_end_of_a_phone_takes_five_digits() -> None:
    assert Lookup(Kind.PHONE, Match.END, "22338") in classify("22338")
    assert Lookup(Kind.PHONE, Match.END, "22338") in classify("0 22338")
    assert (Kind.PHONE, Match.END) not in kinds("2338")
    assert kinds("2338") == [(Kind.NUMBER, Match.END), (Kind.IDENTIFIER, Match.PREFIX)]
    assert Lookup(Kind.NUMBER, Match.END, "004217") in classify("004217")


def test_an_imei_is_an_identifier_and_no_number() -> None:
    found = kinds("490154203237518")
    assert (Kind.IDENTIFIER, Match.PREFIX) in found
    assert (Kind.NUMBER, Match.END) not in found


def test_a_serial_is_an_identifier() -> None:
    assert Lookup(Kind.IDENTIFIER, Match.PREFIX, "GW75220311937") in classify("gw75-2203-11937")
    assert kinds("GW7") == []


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Padma garu", "padma"),
        ("పద్మ గారు", "పద్మ"),
        ("Smt. PADMA  Venkateswarlu", "padma venkateswarlu"),
        ("శ్రీమతి పద్మ వెంకటేశ్వర్లు గారు", "పద్మ వెంకటేశ్వర్లు"),
        ("O'Brien", "o brien"),
        ("अग्रवाल जी", "अग्रवाल"),
        ("Garu", "garu"),
    ],
)
def test_names_without_courtesy(typed: str, name: str) -> None:
    assert classify(typed) == [Lookup(Kind.NAME, Match.ALIKE, name)]


def test_composed_and_joined_letters_are_one_name() -> None:
    assert normal_name("Zoe\u0308") == normal_name("Zoë")
    assert normal_name("శ్రీ\u200cకాంత్") == normal_name("శ్రీకాంత్")


@pytest.mark.parametrize("typed", ["", " ", "…", "+-()", "a", "1", "12", "123", "\x00", "ప"])
def test_too_little_means_nothing(typed: str) -> None:
    assert classify(typed) == []


@given(st.text(max_size=200))
def test_nothing_typed_breaks_it(typed: str) -> None:
    for lookup in classify(typed):
        assert lookup.text
        assert "\x00" not in lookup.text
        if lookup.kind is not Kind.PHONE:
            assert normal_key(lookup.kind, lookup.text) == lookup.text


@given(st.text(max_size=60))
def test_normal_forms_are_their_own(typed: str) -> None:
    for normal in (normal_identifier, normal_name):
        assert normal(normal(typed)) == normal(typed)


def test_keys_by_kind() -> None:
    assert normal_key("phone", "+917000022338") == "+917000022338"
    assert normal_key("number", "KKP-26-004217") == "KKP26004217"
    assert normal_key("identifier", "gw-75") == "GW75"
    assert normal_key("name", "Padma garu") == "padma"
