"""What is derived, hashed or compared: CSRF tokens, passwords, codes, redaction."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.auth import codes, csrf, links, passwords, tokens
from aftersales.auth.models import CustomerLink, OneTimeCode
from aftersales.config import Settings

KEY = b"k" * 43
SIX = st.from_regex(r"[0-9]{6}", fullmatch=True)


def code(number: int = 1, generation: int = 1) -> OneTimeCode:
    return OneTimeCode(id=UUID(int=number), generation=generation)


def test_csrf_tokens_belong_to_one_session_and_one_installation() -> None:
    one = csrf.token(KEY, "session-1")
    assert csrf.matches(one, csrf.token(KEY, "session-1"))
    assert not csrf.matches(one, csrf.token(KEY, "session-2"))
    assert not csrf.matches(one, csrf.token(b"other" * 8, "session-1"))
    assert not csrf.matches("", one)
    assert not csrf.matches("\ud800ü", one)


def test_tokens_are_long_and_never_the_same() -> None:
    made = {tokens.new_token() for _ in range(100)}
    assert len(made) == 100
    assert all(len(token) >= 43 for token in made)
    assert len(tokens.digest("\ud800")) == 32


async def test_passwords() -> None:
    stored = await passwords.hashed("neem tree")
    assert stored.startswith("$argon2id$")
    assert stored != await passwords.hashed("neem tree")
    assert await passwords.verify(stored, "neem tree")
    assert not await passwords.verify(stored, "neem trees")
    assert not await passwords.verify(None, "neem tree")
    assert not await passwords.verify("no hash at all", "neem tree")
    assert not await passwords.verify(None, "nobody has this password")
    assert not passwords.outdated(stored)
    assert passwords.outdated(stored.replace("t=1", "t=2"))


async def test_a_password_is_the_same_however_it_is_composed() -> None:
    assert await passwords.verify(await passwords.hashed("caf\u00e9 in Abids"), "cafe\u0301 in Abids")
    assert not await passwords.verify(await passwords.hashed("abc"), "\ud800")


def test_codes_are_six_digits_and_differ(settings: Settings) -> None:
    made = [codes.value(settings, code(number)) for number in range(200)]
    assert all(len(value) == 6 and value.isdigit() for value in made)
    assert len(set(made)) > 190
    assert codes.value(settings, code(1, 1)) != codes.value(settings, code(1, 2))


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("482913", "482913"),
        (" 482 913\n", "482913"),
        ("482-913", "482913"),
        ("౪౮౨౯౧౩", "482913"),
        ("४८२९१३", "482913"),
        ("48291", None),
        ("4829134", None),
        ("48291x", None),
        ("", None),
        ("½½½½½½", None),
        ("\x00\ud800", None),
    ],
)
def test_codes_are_read_as_people_type_them(typed: str, read: str | None) -> None:
    assert codes.normal(typed) == read


@given(st.text(), SIX, st.text())
def test_a_redacted_code_is_gone(before: str, value: str, after: str) -> None:
    assert value not in codes.redact(before + value + after, value)


@given(st.text(), st.text(alphabet="abcXYZ-_09", min_size=20, max_size=64))
def test_a_redacted_token_is_gone(words: str, token: str) -> None:
    assert token not in codes.redact(f"{words} /t/{token}", token)


def test_grouped_digits_are_redacted_and_other_words_stay() -> None:
    assert codes.redact("Code 482 913, or 482-913. Fee 482,913?", "482913") == "Code ••••••, or ••••••. Fee 482,913?"
    assert codes.redact("nothing to hide", "") == "nothing to hide"


def test_link_tokens_differ_by_kind_generation_and_link(settings: Settings) -> None:
    made = {
        links.token(settings, CustomerLink(id=UUID(int=number), generation=generation, read_only=read_only))
        for number in (1, 2)
        for generation in (1, 2)
        for read_only in (True, False)
    }
    assert len(made) == 8
    assert all(len(token) == 64 for token in made)
