"""The fonts that a PDF embeds. They come with the package (`web/static/vendor/fonts`); nothing is fetched."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files

import uharfbuzz as hb
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FOLDER = ("static", "vendor", "fonts")
# In the order in which they are tried for a letter; a further script is one more line.
FAMILIES = (("NotoSans", ""), ("NotoSansTelugu", "Telu"))
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


@cache
def faces(weight: str = "Regular") -> tuple[Face, ...]:
    """Every family in this weight, registered with reportlab; made once per process."""
    return tuple(_load(f"{family}-{weight}", script) for family, script in FAMILIES)


def _load(name: str, script: str) -> Face:
    with as_file(files("aftersales.web").joinpath(*FOLDER, f"{name}.ttf")) as path:
        data = path.read_bytes()
        pdfmetrics.registerFont(TTFont(name, str(path)))
    face = hb.Face(hb.Blob(data))
    shaper = hb.Font(face)
    extents = shaper.get_font_extents("ltr")
    return Face(name, script, shaper, face.upem, extents.ascender / face.upem, extents.descender / face.upem)
