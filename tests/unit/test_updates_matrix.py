"""The matrix of texts: every cell is there and fit for its channel, and each check goes red for a bad text."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales.i18n import OFFERED
from aftersales.i18n.brief import ROOM, fitted
from aftersales.registry import load_registry
from aftersales.updates import checks, matrix, render
from aftersales.updates.matrix import Cell, Registration, Spoken, Terms, cells, notation, spoken_texts, templates
from aftersales.updates.policy import EMAIL, SMS, WHATSAPP
from aftersales.updates.render import Text, variables_of
from aftersales.updates.samples import examples
from aftersales.updates.texts import CODE_TEXTS

BRAND = "Godavari Home Services"
LINK = "https://gdv.in/s/abcdefghijkl"
TERMS = Terms(LINK, ("gdv.in",), frozenset({SMS, WHATSAPP}))
GOOD = CODE_TEXTS["arrival"]
TELUGU = "మీ {product} ({number}) సిద్ధంగా ఉంది: {link}"


def made(text: Text, *, language: str = "en", said: str | None = None, terms: Terms = TERMS) -> list[Cell]:
    """The text's cells, registered as they are, in one language; `said` is what every form is translated to."""

    def translate(message: str, _: str) -> str:
        return message if said is None else said

    spoken = [Spoken(text, "visit.en_route", ("owner",))]
    plain = list(
        cells(spoken, languages=[language], brands=[BRAND], terms=terms, registrations={}, translate=translate)
    )
    held = {
        (c.brand, c.channel, c.text, c.language): Registration(
            c.brand, c.channel, c.text, c.language, "1007", "GDVSVC", "1201", "approved",
            notation(c.wording, c.channel, c.brand),
        )
        for c in plain
    }  # fmt: skip
    return list(
        cells(spoken, languages=[language], brands=[BRAND], terms=terms, registrations=held, translate=translate)
    )


def words(found: list[Cell], channel: str) -> str:
    return "; ".join(one.words for cell in found if cell.channel == channel for one in cell.errors)


def test_every_cell_of_ours_is_there_and_fits() -> None:
    every = spoken_texts(load_registry().tells)
    assert len(every) > 60
    found = list(cells(every, languages=list(OFFERED), brands=[BRAND], terms=TERMS, registrations={}))
    assert len(found) == len(every) * 5 * len(OFFERED)
    bad = [
        f"{cell.text} {cell.channel} {cell.language}: {one.words}"
        for cell in found
        for one in cell.found
        if one.problem is not checks.Problem.REGISTRATION
    ]
    assert bad == []


def test_every_cell_can_be_read_with_example_values() -> None:
    for one in spoken_texts(load_registry().tells):
        for language in OFFERED:
            values = examples(language) | {render.BRAND: BRAND}
            for channel in matrix.CHANNELS:
                assert render.spoken(one.text, channel, language, values).words, (one.text.text, channel, language)


def test_a_good_text_has_nothing_against_it() -> None:
    assert [cell.found for cell in made(GOOD)] == [()] * 5


def test_a_form_that_was_not_written_is_missing() -> None:
    for channel in render.FORMS:
        bad = made(replace(GOOD, **{channel: ""}))
        assert words(bad, channel) == f"there is no text for {channel}"
        assert sum(bool(cell.found) for cell in bad) == 1


def test_a_form_without_translation_is_missing() -> None:
    assert "it is not translated" in words(made(GOOD, language="te"), "voice")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (TELUGU.replace("{number}", "{amount}"), "its placeholders are"),
        ("Your {product} ({number}) is ready: {link}", "it has no letter of Telu"),
        ("आपका {product} ({number}) तैयार है: {link}", "letters of another script"),
        ("   ", "it is empty"),
    ],
)
def test_a_translation_that_is_none(said: str, expected: str) -> None:
    text = replace(GOOD, sms="your {product} ({number}) is ready: {link}")
    assert expected in words(made(text, language="te", said=said), SMS)
    assert words(made(text, language="te", said=TELUGU), SMS) == ""


@pytest.mark.parametrize(
    ("sms", "expected"),
    [
        ("x" * 440, "4 parts of an SMS (464 units in GSM-7)"),
        ("త" * 190, "4 parts of an SMS (214 units in Unicode)"),
        ("{product}, {number}, {owner}, {link}", "4 variables: product, number, owner, link"),
        ("your {product} is ready. Reply YES.", "it asks for a reply: Reply"),
        ("see https://evil.example/x", "evil.example is not on the list"),
        ("see evil.example/x", "evil.example is not on the list"),
        ("see WWW.evil.in now", "www.evil.in is not on the list"),
    ],
)
def test_an_sms_that_india_would_not_carry(sms: str, expected: str) -> None:
    assert expected in words(made(replace(GOOD, sms=sms)), SMS)


def test_a_link_that_is_too_long_or_not_known() -> None:
    text = replace(GOOD, sms="your {product} is ready: {link}")
    long = Terms("https://service.godavari.example/s/abcdefghijkl", ("service.godavari.example",), frozenset({SMS}))
    assert "the link has 47 characters" in words(made(text, terms=long), SMS)
    assert "gdv.in is not on the list" in words(made(text, terms=replace(TERMS, links=())), SMS)


def test_a_value_longer_than_its_place() -> None:
    values = {"window_short": "Wednesday the 23rd of September, 4 to 6"}
    found = checks.sms("{brand}: we come on {window}.", "en", values, brand=BRAND)
    assert [one.problem for one in found] == [checks.Problem.VALUE]


def test_an_sms_without_the_brand() -> None:
    assert [one.problem for one in checks.sms("We come.", "en", {}, brand=BRAND)] == [checks.Problem.BRAND]
    assert checks.sms("We come. {brand}", "en", {}, brand=BRAND) == []


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("{name} is here.", "may not begin or end"),
        ("Here is {name}", "may not begin or end"),
        ("Hello {name} {product} now.", "side by side"),
        (f"Hello {{name}}. {'x' * 1020}.", "1024"),
    ],
)
def test_a_template_that_meta_would_refuse(said: str, expected: str) -> None:
    assert expected in "; ".join(one.words for one in checks.whatsapp(said))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"name": ""}, "name or id is not known"),
        ({"state": "paused"}, "it is paused, not approved"),
        ({"wording": "Something else"}, "have changed since"),
        ({"header": ""}, "header or entity"),
    ],
)
def test_a_registration_that_does_not_hold(change: dict[str, str], expected: str) -> None:
    [good] = [cell for cell in made(GOOD) if cell.channel == SMS]
    assert good.registration is not None
    held = {good.registration.key: replace(good.registration, **change)}
    spoken = [Spoken(GOOD, "", ("owner",))]
    on, off = (
        next(iter(cells(spoken, languages=["en"], brands=[BRAND], terms=terms, registrations=held, channels=[SMS])))
        for terms in (TERMS, replace(TERMS, on=frozenset()))
    )
    assert expected in "; ".join(one.words for one in on.errors)
    assert off.errors == ()
    assert expected in "; ".join(one.words for one in off.found)


@pytest.mark.parametrize(
    ("paper", "header", "expected", "error"),
    [
        ("warranty", "document", "", False),
        ("warranty", "", "it arrives without", False),
        ("", "document", "none goes with this text", True),
        ("", "", "", False),
    ],
)
def test_a_template_is_headed_by_a_document_where_one_goes_with_the_text(
    paper: str, header: str, expected: str, error: bool
) -> None:
    spoken = [Spoken(GOOD, "", ("owner",), paper)]
    [handed_in] = [one for one in templates(spoken, languages=["en"], brands=[BRAND]) if one.channel == WHATSAPP]
    assert handed_in.header == ("document" if paper else "")
    held = {handed_in.key: replace(handed_in, name="1007", state="approved", header=header)}
    found = cells(
        spoken, languages=["en"], brands=[BRAND], terms=TERMS, registrations=held, channels=[SMS, EMAIL, WHATSAPP]
    )
    carried = {one.channel: one for one in found}
    assert [carried[one].paper for one in (SMS, EMAIL, WHATSAPP)] == ["", paper, paper]
    cell = carried[WHATSAPP]
    assert [expected in one.words for one in cell.found] == ([True] if expected else [])
    assert bool(cell.errors) is error


def test_what_is_handed_in_is_in_the_providers_notation() -> None:
    assert notation("{brand}: {code} until {until}.", SMS, "Godavari") == "Godavari: {#var#} until {#var#}."
    assert notation("Hello {name}, {link}\n\n{brand}", WHATSAPP, "Godavari") == "Hello {{1}}, {{2}}\n\nGodavari"


@given(st.text(max_size=200))
def test_no_value_is_longer_than_its_place(value: str) -> None:
    short = fitted(value)
    assert len(short) <= ROOM
    assert "\n" not in short
    assert fitted(short) == short


@given(st.lists(st.sampled_from(["name", "product", "number", "link"]), unique=True, max_size=4), st.text(max_size=30))
def test_a_template_has_as_many_places_as_variables(names: list[str], between: str) -> None:
    fixed = between.replace("{", "").replace("}", "")
    wording = "{brand}" + "".join(f"{fixed} {{{name}}}" for name in names)
    assert variables_of(wording) == tuple(names)
    assert notation(wording, SMS, "G").count("{#var#}") == len(names)
    assert matrix.notation(wording, WHATSAPP, "G").count("{{") == len(names)


def test_no_template_is_handed_in_of_what_a_channel_does_not_say() -> None:
    spoken = [Spoken(replace(GOOD, sms=""), "code", ("owner",))]
    asked = list(templates(spoken, languages=["en"], brands=[BRAND]))
    assert [one.channel for one in asked] == [WHATSAPP]
