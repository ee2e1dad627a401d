"""The languages of the product. One entry here and one catalogue per package make a new one.

An entry may be here before its catalogues are complete: customers are offered a language only from the day it is
`offered`, which a test allows exactly when nothing is missing that customers read.
"""

from collections.abc import Mapping
from dataclasses import dataclass

DEFAULT = "en"
_ARABIC = (("\u0600", "\u06ff"), ("\u0750", "\u077f"), ("\ufb50", "\ufdff"), ("\ufe70", "\ufeff"))


@dataclass(frozen=True, slots=True)
class Language:
    """A language as the product writes it.

    `name` is in the language itself, `script` what it is written in (ISO 15924). `parts` are the parts of the day, each
    with the hour it begins, the first at 0; `day`, `full_day` and `instant` arrange a date without and with its year,
    and a date with a time; `calendar` is a date without its weekday, `clock` a time with its part of the day. A time
    stands so that words for "by", "until" and "at" can follow or precede it. `scripts` are the Unicode ranges of its
    letters beyond Latin, by which a text is known to be in the language; `courtesy` is what follows a name wherever the
    language asks for it, whoever bears it. `letters` is the style sheet of the
    font that pages need beyond the Latin one.

    `offered` to customers only when their words are complete; the `desk` is for staff.
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
    script: str = "Latn"
    letters: str = ""
    scripts: tuple[tuple[str, str], ...] = ()
    direction: str = "ltr"
    courtesy: str = ""
    offered: bool = False
    desk: bool = False

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
        offered=True,
        desk=True,
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
        script="Telu",
        letters="telugu",
        scripts=(("\u0c00", "\u0c7f"),),
        courtesy="గారు",
        offered=True,
        desk=True,
    ),
    Language(
        code="hi",
        name="हिन्दी",
        parts=((0, "रात"), (4, "सुबह"), (12, "दोपहर"), (16, "शाम"), (20, "रात")),
        day="EEEE, d MMMM",
        full_day="EEEE, d MMMM y",
        instant="{day}, {part} {time} बजे",
        whole_hours="h",
        calendar="d MMMM y",
        clock="{part} {time} बजे",
        script="Deva",
        letters="devanagari",
        scripts=(("\u0900", "\u097f"),),
        courtesy="जी",
        offered=True,
        desk=True,
    ),
    Language(
        code="ta",
        name="தமிழ்",
        parts=(
            (0, "இரவு"),
            (4, "அதிகாலை"),
            (6, "காலை"),
            (12, "மதியம்"),
            (14, "பிற்பகல்"),
            (16, "மாலை"),
            (19, "இரவு"),
        ),
        day="d MMMM, EEEE",
        full_day="d MMMM y, EEEE",
        instant="{day}, {part} {time} மணி",
        whole_hours="h",
        calendar="d MMMM y",
        clock="{part} {time} மணி",
        script="Taml",
        letters="tamil",
        scripts=(("\u0b80", "\u0bff"),),
        offered=True,
    ),
    Language(
        code="kn",
        name="ಕನ್ನಡ",
        parts=((0, "ರಾತ್ರಿ"), (4, "ಮುಂಜಾನೆ"), (6, "ಬೆಳಿಗ್ಗೆ"), (12, "ಮಧ್ಯಾಹ್ನ"), (16, "ಸಂಜೆ"), (20, "ರಾತ್ರಿ")),
        day="EEEE, MMMM d",
        full_day="EEEE, MMMM d, y",
        instant="{day}, {part} {time} ಗಂಟೆ",
        whole_hours="h",
        calendar="MMMM d, y",
        clock="{part} {time} ಗಂಟೆ",
        script="Knda",
        letters="kannada",
        scripts=(("\u0c80", "\u0cff"),),
        offered=True,
    ),
    Language(
        code="ml",
        name="മലയാളം",
        parts=((0, "രാത്രി"), (4, "പുലർച്ചെ"), (6, "രാവിലെ"), (12, "ഉച്ചയ്ക്ക്"), (16, "വൈകിട്ട്"), (19, "രാത്രി")),
        day="MMMM d, EEEE",
        full_day="y MMMM d, EEEE",
        instant="{day}, {part} {time} മണി",
        whole_hours="h",
        calendar="y MMMM d",
        clock="{part} {time} മണി",
        script="Mlym",
        letters="malayalam",
        scripts=(("\u0d00", "\u0d7f"),),
        offered=True,
    ),
    Language(
        code="mr",
        name="मराठी",
        parts=((0, "रात्री"), (4, "पहाटे"), (6, "सकाळी"), (12, "दुपारी"), (16, "सायंकाळी"), (20, "रात्री")),
        day="EEEE, d MMMM",
        full_day="EEEE, d MMMM y",
        instant="{day}, {part} {time} वा.",
        whole_hours="h",
        calendar="d MMMM y",
        clock="{part} {time} वा.",
        script="Deva",
        letters="devanagari",
        scripts=(("\u0900", "\u097f"),),
        offered=True,
    ),
    Language(
        code="bn",
        name="বাংলা",
        parts=((0, "রাত"), (4, "ভোর"), (6, "সকাল"), (12, "দুপুর"), (15, "বিকেল"), (18, "সন্ধ্যা"), (20, "রাত")),
        day="EEEE, d MMMM",
        full_day="EEEE, d MMMM y",
        instant="{day}, {part} {time}",
        whole_hours="h'টা'",
        calendar="d MMMM y",
        clock="{part} {time}",
        script="Beng",
        letters="bengali",
        scripts=(("\u0980", "\u09ff"),),
        offered=True,
    ),
    Language(
        code="gu",
        name="ગુજરાતી",
        parts=((0, "રાત્રે"), (4, "વહેલી સવારે"), (6, "સવારે"), (12, "બપોરે"), (16, "સાંજે"), (20, "રાત્રે")),
        day="EEEE, d MMMM",
        full_day="EEEE, d MMMM y",
        instant="{day}, {part} {time}",
        whole_hours="h:mm",
        calendar="d MMMM y",
        clock="{part} {time}",
        script="Gujr",
        letters="gujarati",
        scripts=(("\u0a80", "\u0aff"),),
        offered=True,
    ),
    Language(
        code="pa",
        name="ਪੰਜਾਬੀ",
        parts=((0, "ਰਾਤ"), (4, "ਤੜਕੇ"), (6, "ਸਵੇਰੇ"), (12, "ਦੁਪਹਿਰ"), (16, "ਸ਼ਾਮ"), (20, "ਰਾਤ")),
        day="EEEE, d MMMM",
        full_day="EEEE, d MMMM y",
        instant="{day}, {part} {time} ਵਜੇ",
        whole_hours="h",
        calendar="d MMMM y",
        clock="{part} {time} ਵਜੇ",
        script="Guru",
        letters="gurmukhi",
        scripts=(("\u0a00", "\u0a7f"),),
        courtesy="ਜੀ",
        offered=True,
    ),
    Language(
        code="ur",
        name="اردو",
        parts=((0, "رات"), (4, "صبح"), (12, "دوپہر"), (15, "سہ پہر"), (17, "شام"), (20, "رات")),
        day="EEEE، d MMMM",
        full_day="EEEE، d MMMM y",
        instant="{day}، {part} {time} بجے",
        whole_hours="h",
        calendar="d MMMM y",
        clock="{part} {time} بجے",
        script="Arab",
        letters="arabic",
        scripts=_ARABIC,
        direction="rtl",
        offered=True,
    ),
    Language(
        code="cy",
        name="Cymraeg",
        parts=((0, "y bore"), (12, "y prynhawn"), (17, "yr hwyr"), (21, "y nos")),
        day="EEEE d MMMM",
        full_day="EEEE d MMMM y",
        instant="{day}, {time} {part}",
        whole_hours="h 'o''r gloch'",
        calendar="d MMMM y",
        clock="{time} {part}",
        letters="latin-ext",
        offered=True,
    ),
)

LANGUAGES: Mapping[str, Language] = {language.code: language for language in _ALL}
"""Every language that the product can write dates and money in, by code, the default first."""

OFFERED: Mapping[str, Language] = {code: language for code, language in LANGUAGES.items() if language.offered}
"""Those that customers may choose: nothing that they read is missing."""

DESK: Mapping[str, Language] = {code: language for code, language in OFFERED.items() if language.desk}
"""Those that staff may choose."""


def language_or_default(code: str | None, among: Mapping[str, Language] = OFFERED) -> str:
    """The code if it is among the languages (`te-IN` counts as `te`), else the default."""
    wanted = (code or DEFAULT).replace("_", "-").split("-")[0].lower()
    return wanted if wanted in among else DEFAULT
