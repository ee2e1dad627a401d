"""Pictures from strangers."""

import contextlib
import io
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from aftersales.errors import Invalid
from aftersales.files.images import MAX_SIDE, THUMBNAIL_SIDE, redraw
from tests.factories.examples import examples

ORIENTATION, MAKER, GPS = 0x0112, 0x010F, 0x8825


def encoded(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def two_halves(size: tuple[int, int] = (400, 200)) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, size[0], size[1]))
    return image


def png_header(width: int, height: int) -> bytes:
    """A PNG whose header claims a size, and which holds next to nothing."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


def test_metadata_is_gone() -> None:
    exif = Image.Exif()
    exif[MAKER] = "Phone of Padma"
    exif.get_ifd(GPS)[1] = "N"
    source = encoded(two_halves(), exif=exif, comment=b"seen at home", icc_profile=b"a profile of 1234 bytes")
    assert b"Padma" in source
    kept = redraw(source)
    for data in (kept.data, kept.thumbnail):
        image = opened(data)
        assert not image.getexif()
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        assert b"Padma" not in data
        assert b"seen at home" not in data
        assert b"profile" not in data


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pictures_are_upright(orientation: int) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    kept = redraw(encoded(two_halves(), exif=exif))
    image = opened(kept.data)
    turned = orientation >= 5
    assert (kept.width, kept.height) == image.size == ((200, 400) if turned else (400, 200))
    first = image.getpixel((5, 5))
    assert isinstance(first, tuple)
    # 2, 3, 7 and 8 begin with what the sensor has at its right end.
    assert (first[0] > 200) == (orientation not in {2, 3, 7, 8})


def test_large_pictures_shrink_and_thumbnails_are_small() -> None:
    kept = redraw(encoded(Image.new("RGB", (4000, 3000), "green")))
    assert (kept.width, kept.height) == (MAX_SIDE, 1920)
    assert max(opened(kept.thumbnail).size) == THUMBNAIL_SIDE


def test_small_pictures_do_not_grow() -> None:
    kept = redraw(encoded(Image.new("RGB", (30, 20)), "PNG"))
    assert (kept.width, kept.height) == (30, 20)
    assert opened(kept.thumbnail).size == (30, 20)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "L", "1", "I;16", "CMYK"])
def test_every_mode_is_drawn(mode: str) -> None:
    data = encoded(Image.new(mode, (40, 30)), "JPEG" if mode == "CMYK" else "PNG")
    assert opened(redraw(data).data).mode == "RGB"


def test_what_is_transparent_becomes_paper() -> None:
    kept = opened(redraw(encoded(Image.new("RGBA", (40, 30), (0, 0, 0, 0)), "PNG")).data)
    assert kept.getpixel((5, 5)) == (255, 255, 255)
    webp = opened(redraw(encoded(Image.new("RGBA", (40, 30), (0, 0, 0, 0)), "WEBP", lossless=True)).data)
    assert webp.getpixel((5, 5)) == (255, 255, 255)


def test_bombs_are_refused_before_they_are_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    def decode(self: Image.Image) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decode)
    for width, height in ((60_000, 60_000), (7_072, 7_072), (50_000_001, 1)):
        with pytest.raises(Invalid) as refused:
            redraw(png_header(width, height))
        assert refused.value.code == "files.too_many_pixels"
        assert str(width) in refused.value.detail


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_truncated_pictures_are_refused(kind: str) -> None:
    noise = Image.effect_noise((300, 300), 80).convert("RGB")
    whole = encoded(noise, kind)
    for share in (0.02, 0.5, 0.95):
        with pytest.raises(Invalid) as refused:
            redraw(whole[: int(len(whole) * share)])
        assert refused.value.code == "files.broken_image"


def test_of_a_polyglot_only_the_picture_is_kept() -> None:
    script = b"<script>alert(document.cookie)</script>"
    for source in (
        encoded(two_halves(), comment=script) + b"PK\x03\x04" + script,
        encoded(two_halves(), "PNG") + b"%PDF-1.7 /JavaScript" + script + b"%%EOF",
    ):
        kept = redraw(source)
        for data in (kept.data, kept.thumbnail):
            assert b"script" not in data.lower()
            assert b"PK\x03\x04" not in data
            assert b"%PDF" not in data


def test_other_formats_are_not_even_tried() -> None:
    for kind in ("GIF", "TIFF", "BMP", "ICO"):
        with pytest.raises(Invalid):
            redraw(encoded(Image.new("RGB", (32, 32)), kind))


@examples(75)
@given(st.data())
def test_damaged_pictures_are_drawn_or_refused(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["JPEG", "PNG", "WEBP"]))
    damaged = bytearray(encoded(two_halves((60, 40)), kind))
    for place in data.draw(st.lists(st.integers(0, len(damaged) - 1), max_size=6)):
        damaged[place] = data.draw(st.integers(0, 255))
    # Anything but a picture or a refusal would be an error page.
    with contextlib.suppress(Invalid):
        assert redraw(bytes(damaged)).width > 0
