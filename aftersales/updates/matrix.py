"""Event × audience × channel × language × brand → template, and what is wrong with each cell. Pure."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from aftersales.i18n import DEFAULT, N_, translator
from aftersales.module import Tell
from aftersales.updates import checks, render
from aftersales.updates.checks import Finding, Problem
from aftersales.updates.policy import EMAIL, PUSH, SMS, WHATSAPP
from aftersales.updates.render import BRAND, Text
from aftersales.updates.samples import samples
from aftersales.updates.texts import CODE_TEXTS

CHANNELS = (EMAIL, *render.FORMS)
REGISTERED = (SMS, WHATSAPP)
APPROVED = "approved"
DOCUMENT = "document"
"""What stands in `header` of a WhatsApp template whose head is a document."""
CARRIED = (EMAIL, WHATSAPP)
"""By which channels a paper goes with the text."""

Translate = Callable[[str, str], str]
"""A message id and a language; the words, or the message id where there is no translation."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A text with when it is said and to whom."""

    text: Text
    event: str
    roles: tuple[str, ...]
    paper: str = ""


def spoken_texts(tells: Iterable[Tell]) -> list[Spoken]:
    """Every text there is: what modules tell, and what is said with codes."""
    told = [
        Spoken(one, f"{one.machine}.{one.to or one.event}", one.roles, one.paper.name if one.paper else "")
        for one in tells
    ]
    return [*told, *(Spoken(one, one.text, ("owner",)) for one in CODE_TEXTS.values())]


@dataclass(frozen=True, slots=True)
class Registration:
    """What a provider knows of one template. `wording` is what was handed in, in the provider's notation; `header` the
    sender of an SMS, and of a WhatsApp template whether a document is its head."""

    brand: str
    channel: str
    text: str
    language: str
    name: str = ""
    header: str = ""
    entity: str = ""
    state: str = "pending"
    wording: str = ""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Brand, channel, text, language."""
        return self.brand, self.channel, self.text, self.language


@dataclass(frozen=True, slots=True)
class Cell:
    """One template: of a text, on a channel, in a language, for a brand. `found` is what is wrong with it, `paper`
    the document that goes with it."""

    text: str
    event: str
    roles: tuple[str, ...]
    channel: str
    language: str
    brand: str
    wording: str
    registration: Registration | None
    found: tuple[Finding, ...] = field(default=())
    paper: str = ""

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What makes the command fail."""
        return tuple(one for one in self.found if not one.warning)


@dataclass(frozen=True, slots=True)
class Terms:
    """What the installation says: its link as customers get it by SMS, the hosts that operators let through, and which
    channels are on. What providers must know is an error where the channel is on, else a warning."""

    link: str
    links: tuple[str, ...]
    on: frozenset[str]


def _translated(message: str, language: str) -> str:
    return translator(language).gettext(message)


def cells(
    texts: Iterable[Spoken],
    *,
    languages: Collection[str],
    brands: Sequence[str],
    terms: Terms,
    registrations: Mapping[tuple[str, str, str, str], Registration],
    channels: Collection[str] = CHANNELS,
    translate: Translate = _translated,
) -> Iterator[Cell]:
    """Every cell of the matrix with what is wrong with it, in the order text, channel, language, brand."""
    known = {language: samples(language, terms.link) for language in languages}
    for one in texts:
        for channel in channels:
            for language in languages:
                wording = _wording(one.text, channel, language, translate)
                said = tuple(_said(one.text, channel, language, translate))
                for brand in brands:
                    held = registrations.get((brand, channel, one.text.text, language))
                    found = said
                    if channel == SMS and wording:
                        found = (*found, *_sms(wording, language, known[language], brand, terms))
                    if channel in REGISTERED and wording:
                        found = (*found, *_registered(wording, channel, brand, held, terms))
                    paper = one.paper if channel in CARRIED else ""
                    if channel == WHATSAPP and held is not None:
                        found = (*found, *_headed(held, paper, terms))
                    yield Cell(
                        one.text.text, one.event, one.roles, channel, language, brand, wording, held, found, paper
                    )


def templates(
    texts: Iterable[Spoken], *, languages: Collection[str], brands: Sequence[str], translate: Translate = _translated
) -> Iterator[Registration]:
    """What is to be handed in for every template of which nothing is known yet, in the order of `cells`."""
    for one in texts:
        for channel in REGISTERED:
            for language in languages:
                if wording := _wording(one.text, channel, language, translate):
                    for brand in brands:
                        said = notation(wording, channel, brand)
                        head = DOCUMENT if one.paper and channel in CARRIED else ""
                        yield Registration(brand, channel, one.text.text, language, header=head, wording=said)


def notation(wording: str, channel: str, brand: str) -> str:
    """The template as the provider writes it: `{#var#}` for an SMS (DLT), `{{1}}` for WhatsApp; the brand is fixed."""
    names = render.variables_of(wording)
    places = iter(range(1, len(names) + 1))
    marks: dict[str, str] = {BRAND: brand}
    parts = []
    for before, name in render.split(wording):
        parts.append(before)
        if name:
            parts.append(marks[name] if name == BRAND else _mark(channel, next(places)))
    return "".join(parts)


def _mark(channel: str, place: int) -> str:
    return "{#var#}" if channel == SMS else f"{{{{{place}}}}}"


def _wording(text: Text, channel: str, language: str, translate: Translate) -> str:
    """Empty where there is no form: what the engine says then is the letter, which is no template of the channel."""
    if not own(text, channel):
        return ""
    if channel in render.FORMS:
        return render.framed(channel, translate(own(text, channel), language), language)
    return translate(text.body, language)


def own(text: Text, channel: str) -> str:
    """The message id of the channel's own form, empty where none was written."""
    return text.body if channel not in render.FORMS else str(getattr(text, channel))


def _said(text: Text, channel: str, language: str, translate: Translate) -> Iterator[Finding]:
    for message in (own(text, channel), *((text.subject,) if channel in (EMAIL, PUSH) else ())):
        if not message:
            yield Finding(Problem.MISSING, N_("there is no text for {channel}").format(channel=channel))
        elif language != DEFAULT:
            said = translate(message, language)
            if said == message and any(letter.isalpha() for letter in render.bare(message)):
                yield Finding(Problem.MISSING, N_("it is not translated"))
            else:
                yield from checks.translated(message, said, language)
    if channel == WHATSAPP and own(text, channel):
        yield from checks.whatsapp(_wording(text, channel, language, translate))


def _sms(wording: str, language: str, values: Mapping[str, str], brand: str, terms: Terms) -> Iterator[Finding]:
    yield from checks.sms(wording, language, values, brand=brand)
    for one in checks.links(wording, terms.link, terms.links):
        yield Finding(one.problem, one.words, warning=SMS not in terms.on)


def _registered(wording: str, channel: str, brand: str, held: Registration | None, terms: Terms) -> Iterator[Finding]:
    off = channel not in terms.on
    if held is None:
        yield Finding(Problem.REGISTRATION, N_("it is not registered with the provider"), warning=off)
        return
    if not held.name:
        yield Finding(Problem.REGISTRATION, N_("its registered name or id is not known"), warning=off)
    if held.state != APPROVED:
        yield Finding(Problem.REGISTRATION, N_("it is {state}, not approved").format(state=held.state), warning=off)
    if held.wording != notation(wording, channel, brand):
        yield Finding(Problem.REGISTRATION, N_("its words have changed since it was registered"), warning=off)
    if channel == SMS and not (held.header and held.entity):
        yield Finding(Problem.REGISTRATION, N_("its header or entity is not known"), warning=off)


def _headed(held: Registration, paper: str, terms: Terms) -> Iterator[Finding]:
    """With a document in its head a template goes with one alone; without it the text goes, and its paper stays."""
    if paper and held.header != DOCUMENT:
        words = N_("a document goes with this text, and its head is none: it arrives without")
        yield Finding(Problem.REGISTRATION, words, warning=True)
    if not paper and held.header == DOCUMENT:
        words = N_("its head is a document, and none goes with this text")
        yield Finding(Problem.REGISTRATION, words, warning=WHATSAPP not in terms.on)
