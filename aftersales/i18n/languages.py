"""The languages that people may choose. One entry here and one catalogue per package make a new one."""

from collections.abc import Mapping
from dataclasses import dataclass

DEFAULT = "en"


@dataclass(frozen=True, slots=True)
class Language:
    """A language as the product writes it.

    `name` is in the language itself. `parts` are the parts of the day, each with the hour it begins, the first at 0;
    `day`, `full_day` and `instant` arrange a date without and with its year, and a date with a time; `calendar` is a
    date without its weekday, `clock` a time with its part of the day. `scripts` are the Unicode ranges of its letters
    beyond Latin, by which a text is known to be in the language; `courtesy` is what follows a name wherever the
    language asks for it.
    """

    code: str
    name: str
    parts: tuple[tuple[int, str], ...]
    day: str
    full_day: str
    instant: str
    whole_hours: str
    calendar: str
    clock: str
    scripts: tuple[tuple[str, str], ...] = ()
    direction: str = "ltr"
    courtesy: str = ""

    def part_of_day(self, hour: int) -> str:
        """The words for the part of the day that `hour` (0–23) falls in."""
        return [words for begins, words in self.parts if begins <= hour][-1]

    def written_in(self, text: str) -> bool:
        """Whether the text has letters of the language's own script (always, where that is Latin)."""
        return not self.scripts or any(first <= letter <= last for letter in text for first, last in self.scripts)


_ALL = (
    Language(
        code="en",
        name="English",
        parts=(
            (0, "at night"),
            (5, "in the morning"),
            (12, "in the afternoon"),
            (17, "in the evening"),
            (21, "at night"),
        ),
        day="EEEE d MMMM",
        full_day="EEEE d MMMM y",
        instant="{day}, {time} {part}",
        whole_hours="h",
        calendar="d MMMM y",
        clock="{time} {part}",
    ),
    Language(
        code="te",
        name="తెలుగు",
        parts=(
            (0, "రాత్రి"),
            (4, "తెల్లవారుజామున"),
            (6, "ఉదయం"),
            (12, "మధ్యాహ్నం"),
            (16, "సాయంత్రం"),
            (19, "రాత్రి"),
        ),
        day="MMMM d, EEEE",
        full_day="MMMM d y, EEEE",
        instant="{day} {part} {time}",
        whole_hours="h:mm",
        calendar="MMMM d, y",
        clock="{part} {time}",
        scripts=(("\u0c00", "\u0c7f"),),
        courtesy="గారు",
    ),
)

LANGUAGES: Mapping[str, Language] = {language.code: language for language in _ALL}
"""By code, the default first."""


def language_or_default(code: str | None) -> str:
    """The code if the product writes that language (`te-IN` counts as `te`), else the default."""
    wanted = (code or DEFAULT).replace("_", "-").split("-")[0].lower()
    return wanted if wanted in LANGUAGES else DEFAULT
