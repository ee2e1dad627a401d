"""In which languages a provider can speak, and by which of its voices. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Voice:
    """A voice as the provider calls it, and the language tag that goes with it."""

    tag: str
    name: str


TWILIO: Mapping[str, Voice] = {
    "en": Voice("en-IN", "Google.en-IN-Standard-A"),
    "te": Voice("te-IN", "Google.te-IN-Standard-A"),
    "hi": Voice("hi-IN", "Google.hi-IN-Standard-A"),
    "ta": Voice("ta-IN", "Google.ta-IN-Standard-C"),
    "kn": Voice("kn-IN", "Google.kn-IN-Standard-C"),
    "ml": Voice("ml-IN", "Google.ml-IN-Wavenet-C"),
    "mr": Voice("mr-IN", "Google.mr-IN-Standard-A"),
    "bn": Voice("bn-IN", "Google.bn-IN-Standard-C"),
    "gu": Voice("gu-IN", "Google.gu-IN-Standard-C"),
    "pa": Voice("pa-IN", "Google.pa-IN-Standard-A"),
    "cy": Voice("cy-GB", "Polly.Gwyneth"),
}
"""Twilio's voices by our language code. It has none for Urdu."""


def flows(written: str) -> Mapping[str, str]:
    """The call flows of a setting like `te=12345,hi=12346`, by language; the last of two for one language."""
    pairs = (part.partition("=") for part in written.split(",") if part)
    return {language: flow for language, _, flow in pairs}
