"""Words go out to translators and come back; what cannot be right stays outside."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aftersales.i18n.catalogues import catalogue
from aftersales.i18n.checks import faults, left_in_english, placeholders
from aftersales.i18n.exchange import export, take
from aftersales.i18n.extract import extract, main
from aftersales.i18n.upkeep import Found, missing
from aftersales.registry import load_registry


@pytest.fixture
def wordy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Found:
    """A package of its own with four messages."""
    name = f"wordy_{abs(hash(request.node.name))}"
    (tmp_path / name).mkdir()
    (tmp_path / name / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    found = Found(name)
    found.add("For staff alone", "desk.py")
    found.add("Your {product} is ready at {branch}", "tells.py", customers=True)
    found.add("Quite new", "track/page.py", customers=True)
    found.add("%(num)s parcel", "track/case.html", customers=True, plural="%(num)s parcels")
    return found


def answered(file: Path, translations: dict[str, object]) -> None:
    """The file as a translator hands it back."""
    entries = json.loads(file.read_text("utf-8"))
    for entry in entries:
        entry["translation"] = translations.get(entry["message"], entry["translation"])
    file.write_text(json.dumps(entries), "utf-8")


def test_customers_words_go_out_first_with_where_they_are_used(wordy: Found, tmp_path: Path) -> None:
    file = tmp_path / "te.json"
    export([wordy], "te", file)
    entries = json.loads(file.read_text("utf-8"))
    assert [entry["for"] for entry in entries] == ["customers"] * 3 + ["staff"]
    assert entries[0] | {"package": ""} == {
        "package": "",
        "message": "Your {product} is ready at {branch}",
        "where": "tells.py",
        "for": "customers",
        "translation": "",
    }
    export([wordy], "ta", file)
    assert "For staff alone" not in file.read_text("utf-8"), "the desk is not offered in Tamil"


def test_a_plural_says_what_each_form_is_for(wordy: Found, tmp_path: Path) -> None:
    file = tmp_path / "cy.json"
    export([wordy], "cy", file)
    entry = json.loads(file.read_text("utf-8"))[2]
    assert entry["plural"] == "%(num)s parcels"
    assert entry["forms"] == ["0", "1", "2", "3", "6", "4, 5, 7, 8, 9, …"]
    assert entry["translation"] == [""] * 6


def test_what_comes_back_is_in_the_catalogue(wordy: Found, tmp_path: Path) -> None:
    file = tmp_path / "hi.json"
    export([wordy], "hi", file)
    answered(
        file,
        {
            "Your {product} is ready at {branch}": "{branch} में आपका {product} तैयार है",
            "%(num)s parcel": ["%(num)s पार्सल", "%(num)s पार्सल"],
        },
    )
    assert take([wordy], "hi", file) == 0
    assert missing(wordy, "hi") == ["For staff alone", "Quite new"]
    kept = catalogue(wordy.package, "hi").get(("%(num)s parcel", "%(num)s parcels"))
    assert kept is not None
    assert kept.string == ("%(num)s पार्सल", "%(num)s पार्सल")
    export([wordy], "hi", file)
    answered(file, {"Quite new": "बिल्कुल नया"})
    assert take([wordy], "hi", file) == 0
    assert missing(wordy, "hi") == ["For staff alone"], "what was there stays"


def test_words_of_staff_are_kept_in_a_language_that_the_desk_is_not_offered_in(wordy: Found, tmp_path: Path) -> None:
    file = tmp_path / "ur.json"
    entry = {"package": wordy.package, "message": "For staff alone", "translation": "صرف عملے کے لیے"}
    file.write_text(json.dumps([entry]), "utf-8")
    assert take([wordy], "ur", file) == 0
    assert "For staff alone" not in missing(wordy, "ur")
    export([wordy], "ur", file)
    answered(file, {"Quite new": "بالکل نیا"})
    assert take([wordy], "ur", file) == 0
    assert "For staff alone" not in missing(wordy, "ur"), "and by the next file too"


def test_what_cannot_be_right_is_refused_one_by_one(
    wordy: Found, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "ta.json"
    export([wordy], "ta", file)
    answered(
        file,
        {
            "Your {product} is ready at {branch}": "உங்கள் {produce} தயார்",
            "Quite new": "నూతనం",
            "%(num)s parcel": ["%(num)s பார்சல்"],
        },
    )
    assert take([wordy], "ta", file) == 1
    said = capsys.readouterr().out
    assert "its placeholders are ['{produce}'], not ['{branch}', '{product}']" in said
    assert "letters of another script" in said
    assert "it has 1 forms, not 2" in said
    assert "0 translations taken, 3 refused" in said
    assert len(missing(wordy, "ta", customers_only=True)) == 3


def test_a_file_of_something_else_changes_nothing(
    wordy: Found, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "x.json"
    assert take([wordy], "ta", file) == 1
    file.write_text('[{"package": "nobody", "message": "Quite new", "translation": "புதியது"}]', "utf-8")
    assert take([wordy], "ta", file) == 1
    assert "nothing of this package says so" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("source", "translation", "language", "wrong"),
    [
        ("Bill with GST for {name}", "{name} కోసం GST బిల్లు", "te", ""),
        ("Bill for {name}", "{name} కోసం bill", "te", "left in English: bill"),
        ("Ready", "Ready", "hi", "it has no letter of Deva"),
        ("Ready", "तैयार।", "hi", ""),
        ("Ready", "தயார்।", "ta", ""),
        ("Ready", "तैयार", "ta", "letters of another script"),
        ("It is ready now", "It is ready now", "cy", "it is the English words"),
        ("It is ready", "Mae’n barod", "cy", ""),
        ("Ready", "تیار ہے", "ur", ""),
        ("{amount}", "{amount}", "ur", ""),
        ("Ready", " ", "ur", "it is empty"),
        ("%(num)s of 100%%", "100%% में से", "hi", "its placeholders are [], not ['%(num)s']"),
        ("Write {count:,} rows", "{count:,} पंक्तियाँ लिखें", "hi", ""),
        ("Write {count:,} rows", "{count} पंक्तियाँ लिखें", "hi", "its placeholders are ['{count}'], not"),
    ],
)
def test_a_translation_is_looked_at(source: str, translation: str, language: str, wrong: str) -> None:
    found = "; ".join(faults(source, translation, language))
    assert wrong in found
    assert bool(wrong) == bool(found)


# A busy machine draws slowly; that is no fault of what is drawn.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(["{name}", "%(num)s", "word", "%%"])))
def test_every_placeholder_is_found(parts: list[str]) -> None:
    wanted = [part for part in parts if part not in {"word", "%%"}]
    assert placeholders(" ".join(parts)) == sorted(wanted)


def test_names_are_no_english() -> None:
    assert left_in_english("Padma గారు, washing machine KKP-26 OTP", known="Padma") == ["washing", "machine", "KKP"]


def test_only_a_language_that_is_known_is_exported(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        main(["--export", "en", str(tmp_path / "x.json")])
    assert main(["--export", "cy", str(tmp_path / "x.json")]) == 0
    lacking = [found for found in extract(load_registry()) if missing(found, "cy", customers_only=True)]
    assert bool(json.loads((tmp_path / "x.json").read_text("utf-8"))) is bool(lacking)
