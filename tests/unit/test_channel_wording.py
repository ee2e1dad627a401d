"""What leaves the house holds nothing that anybody would take for an order."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from aftersales.updates.channels.wording import detail, line, plain, shortened, tag

ANYTHING = st.text(st.characters(codec=None))


@given(ANYTHING)
def test_plain_text_is_plain(text: str) -> None:
    made = plain(text)
    made.encode()
    assert all(letter in "\n\t" or unicodedata.category(letter) not in ("Cc", "Cs") for letter in made)
    assert not set(made) & set("\u202a\u202b\u202c\u202d\u202e")
    assert plain(made) == made


@given(ANYTHING, st.integers(1, 50))
def test_a_line_is_one_short_line(text: str, limit: int) -> None:
    made = line(text, limit)
    assert len(made) <= limit
    assert made.splitlines() in ([], [made])


@given(ANYTHING)
def test_a_detail_is_short(text: str) -> None:
    assert len(detail(text)) <= 500


def test_joiners_and_isolates_are_letters_of_a_language() -> None:
    assert plain("క్\u200cష \u2068اردو\u2069") == "క్\u200cష \u2068اردو\u2069"


def test_no_letter_loses_its_vowel() -> None:
    assert shortened("రాము", 2) == "…"
    assert shortened("abc రాముడు", 8) == "abc రా…"
    assert shortened("abc", 3) == "abc"


def test_a_tag_is_what_every_provider_takes() -> None:
    assert tag("<update.00ff@example.org>") == "update.00ff"
