"""The fonts that a PDF embeds. They come with the package (`web/static/vendor/fonts`); nothing is fetched."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files

import uharfbuzz as hb
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FOLDER = ("static", "vendor", "fonts")
LATIN = "NotoSans"
# The font of each script by the Unicode range of its letters; a further script is one more line. Only what a document
# writes is loaded.
FAMILIES = (
    ("NotoSansTelugu", "Telu", "\u0c00", "\u0c7f"),
    ("NotoSansDevanagari", "Deva", "\u0900", "\u097f"),
    ("NotoSansTamil", "Taml", "\u0b80", "\u0bff"),
    ("NotoSansKannada", "Knda", "\u0c80", "\u0cff"),
    ("NotoSansMalayalam", "Mlym", "\u0d00", "\u0d7f"),
    ("NotoSansBengali", "Beng", "\u0980", "\u09ff"),
    ("NotoSansGujarati", "Gujr", "\u0a80", "\u0aff"),
    ("NotoSansGurmukhi", "Guru", "\u0a00", "\u0a7f"),
    ("NotoNaskhArabic", "Arab", "\u0600", "\u077f"),
    ("NotoNaskhArabic", "Arab", "\u08a0", "\u08ff"),
    ("NotoNaskhArabic", "Arab", "\ufb50", "\ufefc"),
)
WEIGHTS = ("Regular", "Bold")


@dataclass(frozen=True)
class Face:
    """One font: its name in reportlab, and what harfbuzz shapes with. `script` is its own beyond Latin (ISO 15924)."""

    name: str
    script: str
    shaper: hb.Font
    units: int
    ascent: float
    descent: float

    def has(self, letter: str) -> bool:
        """Whether the font draws this letter."""
        return self.shaper.get_nominal_glyph(ord(letter)) is not None


def latin(weight: str = "Regular") -> Face:
    """The font that documents are set in, and whose height every line has."""
    return _load(f"{LATIN}-{weight}", "")


def face_of(letter: str, weight: str = "Regular") -> Face:
    """The font that draws the letter; the Latin one, with its empty box, if none does."""
    # The Latin font has Devanagari too: the script's own goes first, so that it is one wherever it is written.
    for family, script, begins, ends in FAMILIES:
        if begins <= letter <= ends:
            found = _load(f"{family}-{weight}", script)
            return found if found.has(letter) else latin(weight)
    return latin(weight)


@cache
def _load(name: str, script: str) -> Face:
    with as_file(files("aftersales.web").joinpath(*FOLDER, f"{name}.ttf")) as path:
        data = path.read_bytes()
        pdfmetrics.registerFont(TTFont(name, str(path)))
    face = hb.Face(hb.Blob(data))
    shaper = hb.Font(face)
    extents = shaper.get_font_extents("ltr")
    return Face(name, script, shaper, face.upem, extents.ascender / face.upem, extents.descender / face.upem)
