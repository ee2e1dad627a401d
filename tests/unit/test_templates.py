"""Templates are compiled once for all languages, which is right as long as nothing of a language is compiled in."""

from importlib.resources import files
from pathlib import Path

import pytest

from aftersales.web.render import Templates
from tests.factories.registries import everything

PACKAGES = ("aftersales.web", *(module.package for module in everything().modules))


def sources() -> list[str]:
    """The text of every template."""
    folders = [Path(str(files(package))) / "templates" for package in dict.fromkeys(PACKAGES)]
    return [path.read_text("utf-8") for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]


def different(source: str) -> bool:
    """Whether it compiles to something else in Telugu than in English."""
    templates = Templates(everything())
    return templates.environment("te").compile(source, raw=True) != templates.environment("en").compile(
        source, raw=True
    )


@pytest.mark.slow
def test_every_template_compiles_to_the_same_in_two_languages() -> None:
    found = sources()
    assert len(found) > 50
    assert [source[:200] for source in found if different(source)] == []


def test_what_would_be_compiled_in_is_noticed() -> None:
    assert different("{{ 'en'|language }}")
    assert not different("{{ _('Sign in') }} {{ code|language }}")
