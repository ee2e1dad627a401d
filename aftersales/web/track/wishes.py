"""The forms about how somebody is reached: their own on the tracking page, and what staff note for them on the desk."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from starlette.datastructures import FormData

from aftersales.i18n import N_, OFFERED
from aftersales.updates import consent
from aftersales.updates.consent import EVERYTHING, NEWS, NOTHING, Wishes
from aftersales.updates.policy import EMAIL, PUSH, SMS, VOICE, WHATSAPP
from aftersales.updates.reaching import Reaching
from aftersales.web.forms import Field, ordered

Translate = Callable[[str], str]

CHANNELS: Mapping[str, str] = {
    EMAIL: N_("E-mail"),
    SMS: "SMS",
    WHATSAPP: "WhatsApp",
    VOICE: N_("Phone call"),
    PUSH: N_("Message in your browser"),
}
LEVELS: Mapping[str, str] = {EVERYTHING: N_("News and offers"), NEWS: N_("News alone"), NOTHING: N_("Nothing")}
HOURS = N_(
    "Between these hours we do not disturb you, unless it is urgent: our technician at your door, say. "
    "Empty: our usual hours. Both the same: at any time."
)
_PLACES = (("first", N_("First")), ("second", N_("If that fails")), ("third", N_("Or else")))
_WANT = "want_"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the form about the ways says: channels in their order, what is wanted by which, voice or text."""

    channels: tuple[str, ...]
    wanted: Mapping[str, str]
    prefers: Literal["voice", "text"]


def chosen(form: FormData, found: Reaching) -> Chosen:
    """What was chosen of what is possible. Raises Invalid (`updates.channels`)."""
    channels = ordered(form, [name for name, _ in _PLACES])
    consent.check(channels, found.possible)
    wanted = {one: str(form[_WANT + one])[:40] for one in found.possible if form.get(_WANT + one)}
    return Chosen(channels, wanted, "voice" if form.get("prefers") == "voice" else "text")


def kept(form: FormData, found: Reaching) -> list[Field]:
    """The same once more as hidden fields, for the page that asks for a code."""
    names = [*(name for name, _ in _PLACES), *(_WANT + one for one in found.possible), "prefers"]
    return [{"name": name, "kind": "hidden", "value": str(form.get(name, ""))[:40], "label": ""} for name in names]


def label(channel: str, translate: Translate) -> str:
    """The channel as customers call it."""
    return translate(CHANNELS.get(channel, channel.capitalize()))


def habits(found: Reaching, wishes: Wishes, translate: Translate) -> list[Field]:
    """Language and quiet hours."""
    start, end = wishes.quiet or (None, None)
    times = (("quiet_from", translate(N_("Quiet from")), start), ("quiet_until", translate(N_("Quiet until")), end))
    return [
        {
            "name": "language",
            "label": translate(N_("Language")),
            "kind": "select",
            "required": True,
            "value": found.person.recipient(None).language,
            "options": [{"value": code, "label": one.name} for code, one in OFFERED.items()],
        },
        *(
            {"name": name, "label": label, "kind": "time", "value": f"{at:%H:%M}" if at else "", "optional": True}
            for name, label, at in times
        ),
    ]


def order(found: Reaching, wishes: Wishes, translate: Translate) -> list[Field]:
    """By which way first, and voice or text where somebody can be called."""
    now = [one for one in wishes.channels if one in found.possible]
    ways = [{"value": one, "label": label(one, translate)} for one in found.possible]
    fields: list[Field] = []
    for place, (name, words) in enumerate(_PLACES[: len(ways)]):
        other = translate(N_("As we usually do")) if place == 0 else translate(N_("No other way"))
        fields.append(
            {
                "name": name,
                "label": translate(words),
                "kind": "select",
                "required": True,
                "value": now[place] if place < len(now) else "none",
                "options": [{"value": "none", "label": other}, *ways],
            }
        )
    return [*fields, _prefers(found, translate)]


def _prefers(found: Reaching, translate: Translate) -> Field:
    value = "voice" if found.person.voice else "text"
    if VOICE not in found.possible:
        return {"name": "prefers", "kind": "hidden", "value": value, "label": ""}
    options = [
        {"value": "text", "label": translate(N_("In writing"))},
        {"value": "voice", "label": translate(N_("By a call that speaks the message"))},
    ]
    words = translate(N_("What is easier for you?"))
    return {"name": "prefers", "label": words, "kind": "choice", "required": True, "value": value, "options": options}


def wants(found: Reaching, translate: Translate) -> list[Field]:
    """What they want by each channel."""
    said = [(channel, purpose, given) for channel, purpose, given in found.person.consents or ()]
    options: list[dict[str, Any]] = [{"value": one, "label": translate(words)} for one, words in LEVELS.items()]
    return [
        {
            "name": _WANT + one,
            "label": label(one, translate),
            "kind": "select",
            "required": True,
            "value": consent.level(said, one),
            "options": options,
        }
        for one in found.possible
    ]
