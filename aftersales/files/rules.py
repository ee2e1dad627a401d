"""What a file is, judged by its bytes alone. Pure."""

import re
import zlib
from collections.abc import Iterator
from enum import StrEnum

SNIFF = 32
_TAIL = 1024
_MAX_INFLATED = 32 * 1024 * 1024
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis"})

# A name in PDF may be written with any of its letters as #xx.
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
_END_OF_NAME = rb"(?=[\x00\t\n\f\r ()<>\[\]{}/%]|$)"
_ACTIVE = re.compile(rb"/(JavaScript|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData|GoToE)" + _END_OF_NAME)
_SHORT_ACTIVE = re.compile(rb"/(JS|AA)" + _END_OF_NAME)
_ENCRYPTED = re.compile(rb"/Encrypt" + _END_OF_NAME)
_STREAM = re.compile(rb">>\s*stream\r?\n(.*?)endstream", re.DOTALL)
_DICTIONARY_REACH = 2048
# Signs that some file system or shell gives a meaning to; every letter and vowel sign of every script may stay.
_MINDED = re.compile(r"[\"'<>|:*?`$&;!%{}\[\]~^#=+,]")


class Type(StrEnum):
    """What the first bytes say."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    HEIC = "image/heic"
    PDF = "application/pdf"
    UNKNOWN = "application/octet-stream"


IMAGES = frozenset({Type.JPEG, Type.PNG, Type.WEBP})


def sniff(data: bytes) -> Type:
    """The type by the first bytes; a name or header says nothing."""
    if data.startswith(b"\xff\xd8\xff"):
        return Type.JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return Type.PNG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Type.WEBP
    if data[4:8] == b"ftyp" and data[8:12] in _HEIC_BRANDS:
        return Type.HEIC
    if data.startswith(b"%PDF-"):
        return Type.PDF
    return Type.UNKNOWN


def pdf_problem(data: bytes) -> str | None:
    """Why this PDF is not taken: `incomplete`, `encrypted`, `active` or `unreadable`; None if it is.

    It is read as far as a reader of names needs: outside streams, and inside compressed object streams.
    """
    if not data.startswith(b"%PDF-") or not data[-_TAIL:].rstrip(b"\x00\t\n\f\r ").endswith(b"%%EOF"):
        return "incomplete"
    if _ACTIVE.search(_unescaped(data)):
        return "active"
    # Chance puts two-letter names into compressed bytes; only what is outside of streams is looked at for those.
    outside = _unescaped(_STREAM.sub(b">>", data))
    if _SHORT_ACTIVE.search(outside):
        return "active"
    if _ENCRYPTED.search(outside):
        return "encrypted"
    try:
        objects = [_unescaped(content) for content in _object_streams(data)]
    except (zlib.error, ValueError):
        return "unreadable"
    if any(_ACTIVE.search(content) or _SHORT_ACTIVE.search(content) for content in objects):
        return "active"
    return None


def safe_name(typed: str, extension: str) -> str:
    """A name for the download: no folders, no signs that any system minds, the extension of what it really is."""
    base = re.split(r"[/\\]", typed)[-1]
    stem = base.rsplit(".", 1)[0] if "." in base else base
    kept = _MINDED.sub("_", "".join(c for c in stem if c.isprintable())).strip(" .")
    return f"{kept[:80] or 'file'}.{extension}"


def _unescaped(data: bytes) -> bytes:
    return _ESCAPED.sub(lambda found: bytes([int(found.group(1), 16)]), data)


def _object_streams(data: bytes) -> Iterator[bytes]:
    """The contents of object streams, which hide objects from a plain search. ValueError if one cannot be read."""
    left = _MAX_INFLATED
    for found in _STREAM.finditer(data):
        head = _unescaped(data[max(0, found.start() - _DICTIONARY_REACH) : found.start() + 2])
        dictionary = head[head.rfind(b" obj") :]
        if b"/ObjStm" not in dictionary:
            continue
        if b"/FlateDecode" not in dictionary:
            if b"/Filter" in dictionary:
                raise ValueError("an object stream in a form that cannot be read")
            yield found.group(1)
            continue
        inflater = zlib.decompressobj()
        content = inflater.decompress(found.group(1), left)
        left -= len(content)
        if inflater.unconsumed_tail or left <= 0:
            raise ValueError("an object stream that unpacks to too much")
        yield content
