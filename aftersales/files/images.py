"""Pictures from strangers, drawn anew: only what is seen is kept, none of the bytes. Runs off the event loop."""

import io
import struct
import zlib
from dataclasses import dataclass

from PIL import Image, ImageOps

from aftersales.errors import Invalid
from aftersales.i18n import N_

MAX_PIXELS = 50_000_000
MAX_SIDE = 2560
THUMBNAIL_SIDE = 320
QUALITY = 85
THUMBNAIL_QUALITY = 78
MIME = "image/jpeg"

# Our own cap is checked from the header, with words of our own, before anything is decoded.
Image.MAX_IMAGE_PIXELS = None

_DECODERS = ("JPEG", "PNG", "WEBP")
# What the decoders raise on broken data; anything else is a defect here and must be seen.
_BROKEN = (OSError, SyntaxError, ValueError, TypeError, EOFError, IndexError, OverflowError, struct.error, zlib.error)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is kept: JPEG, upright, without metadata, and a small one beside it."""

    data: bytes
    width: int
    height: int
    thumbnail: bytes


def redraw(data: bytes) -> Picture:
    """Decode, turn upright, shrink to at most 2560 pixels, drop every piece of metadata, encode anew.

    Raises Invalid: `files.too_many_pixels` before decoding, `files.broken_image` for what cannot be decoded whole.
    """
    try:
        with Image.open(io.BytesIO(data), formats=_DECODERS) as source:
            _check_size(*source.size)
            # JPEGs are decoded at a fraction of their size where that is enough: less memory, less time.
            source.draft("RGB", (MAX_SIDE, MAX_SIDE))
            upright = ImageOps.exif_transpose(source)
            picture = _on_white(upright)
    except _BROKEN as error:
        raise Invalid(
            "files.broken_image",
            "The picture is incomplete or damaged. Take it again, or send it again from a better connection.",
        ) from error
    picture.thumbnail((MAX_SIDE, MAX_SIDE), Image.Resampling.LANCZOS)
    small = picture.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS)
    return Picture(_encoded(picture, QUALITY), picture.width, picture.height, _encoded(small, THUMBNAIL_QUALITY))


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise Invalid(
            "files.too_many_pixels",
            N_(
                "The picture has {width} × {height} pixels; at most {count} million are taken. "
                "Choose a smaller size in the camera's settings."
            ).format(width=width, height=height, count=MAX_PIXELS // 1000000),
        )


def _on_white(image: Image.Image) -> Image.Image:
    """The picture in RGB; what was transparent becomes paper."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    drawn = image.convert("RGBA")
    paper = Image.new("RGB", drawn.size, "white")
    paper.paste(drawn, mask=drawn.getchannel("A"))
    return paper


def _encoded(picture: Image.Image, quality: int) -> bytes:
    # A picture without `info` has nothing to carry over: no EXIF, no colour profile, no comment.
    picture.info = {}
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, optimize=True)
    return out.getvalue()
