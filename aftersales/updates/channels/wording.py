"""What text may be on its way out: nothing that a provider, a phone or a mail header would take for an order. Pure."""

import re
import unicodedata

# Embeddings and overrides turn the reading order of everything after them; isolates end with their line and stay.
_TURNING = dict.fromkeys(range(0x202A, 0x202F))
_MAX_DETAIL = 500
_BLANKS = re.compile(r"\s+")


def plain(text: str) -> str:
    """The text without control characters, unpaired surrogates and direction overrides; line ends stay, as one \\n."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n").translate(_TURNING)
    return "".join(letter for letter in unified if letter in "\n\t" or unicodedata.category(letter) not in ("Cc", "Cs"))


def line(text: str, limit: int) -> str:
    """The text on one line, blanks drawn together, at most `limit` characters: for headers, subjects, variables."""
    return shortened(_BLANKS.sub(" ", plain(text)).strip(), limit)


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters; what is cut off is shown by an ellipsis, and no letter loses its vowel signs."""
    if len(text) <= limit:
        return text
    cut = limit - 1
    while cut > 0 and unicodedata.category(text[cut]).startswith("M"):
        cut -= 1
    return text[:cut].rstrip() + "…"


def detail(text: str) -> str:
    """What the other side said, for staff: one short line."""
    return line(text, _MAX_DETAIL)


def tag(message_id: str) -> str:
    """What stands before the @ of a Message-ID: letters, digits and dots, for providers that give back a short id."""
    return message_id.strip("<>").partition("@")[0]
