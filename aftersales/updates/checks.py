"""What makes one form of a text unfit for its channel. Pure: words and sample values in, sentences out."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from aftersales.i18n import N_
from aftersales.i18n.brief import ROOM
from aftersales.i18n.checks import faults
from aftersales.updates.render import BRAND, variables_of
from aftersales.updates.samples import filled
from aftersales.updates.segments import MOST, counted

VARIABLES = 3
LONGEST_BRAND = 24
# With its scheme or without: phones and operators take both for a link.
_ADDRESS = re.compile(r"https?://\S+|(?<![\w@.])(?:[a-z0-9-]+\.)+[a-z]{2,24}(?![\w.])(?:/\S*)?", re.IGNORECASE)
# "Reply", "answer this message", "write back" as they stand in an SMS of each language.
_REPLY: Mapping[str, str] = {
    "en": r"\breply\b|\banswer (this|us|here)\b|\b(write|text|message) (back|us)\b|\bsend (yes|no|sms)\b|\btell us\b",
    "te": r"రిప్లై|జవాబు (పంప|ఇవ్వ)|సమాధానం (పంప|ఇవ్వండి)|మాకు రాయండి|తిరిగి మెసేజ్",
    "hi": r"रिप्लाई|जवाब (दें|दीजिए|भेजें|भेजिए)|उत्तर (दें|भेजें)|हमें लिखें|एसएमएस करें",
    "ta": r"பதில் (அனுப்ப|எழுத)|பதிலளி|எங்களுக்கு எழுத",
    "kn": r"ಉತ್ತರ (ಕಳುಹಿಸಿ|ಬರೆಯಿರಿ)|ಉತ್ತರಿಸಿ|ರಿಪ್ಲೈ|ನಮಗೆ ಬರೆಯಿರಿ",
    "ml": r"മറുപടി (അയ|നൽക|എഴുത)|റിപ്ലൈ|ഞങ്ങൾക്ക് എഴുത",
    "mr": r"रिप्लाय|उत्तर (द्या|पाठवा)|आम्हाला लिहा",
    "bn": r"রিপ্লাই|উত্তর (দিন|পাঠান)|জবাব (দিন|পাঠান)|আমাদের লিখুন",
    "gu": r"રિપ્લાય|જવાબ (આપો|મોકલો)|અમને લખો",
    "pa": r"ਰਿਪਲਾਈ|ਜਵਾਬ (ਦਿਓ|ਭੇਜੋ)|ਸਾਨੂੰ ਲਿਖੋ",
    "ur": r"جواب (دیں|بھیجیں|لکھیں)|ریپلائی|ہمیں لکھیں",
    "cy": r"\b(atebwch|ymatebwch|ysgrifennwch atom|tecstiwch)\b",
}


class Problem(StrEnum):
    """What is wrong with a cell. Stable codes."""

    MISSING = "missing"
    TRANSLATION = "translation"
    SEGMENTS = "segments"
    REPLY = "reply"
    VARIABLES = "variables"
    VALUE = "value"
    LINK = "link"
    BRAND = "brand"
    TEMPLATE = "template"
    REGISTRATION = "registration"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, in a sentence. A warning is what does no harm while its channel is off."""

    problem: Problem
    words: str
    warning: bool = False


def translated(source: str, said: str, language: str) -> list[Finding]:
    """A form against its English: other placeholders, another script, empty."""
    return [Finding(Problem.TRANSLATION, one) for one in faults(source, said, language)]


def sms(wording: str, language: str, values: Mapping[str, str], *, brand: str) -> list[Finding]:
    """An Indian SMS: its length, its variables, whether it asks for what cannot be sent, and whose name it bears.

    `values` are of the greatest length; `wording` is whole, with `{brand}` in it.
    """
    names = variables_of(wording)
    known = filled(names, values)
    count = counted(wording.format_map(known | {BRAND: brand}))
    alphabet = "Unicode" if count.unicode else "GSM-7"
    found = []
    if count.segments > MOST:
        found.append(
            Finding(
                Problem.SEGMENTS,
                N_("{segments} parts of an SMS ({units} units in {alphabet})").format(
                    segments=count.segments, units=count.units, alphabet=alphabet
                ),
            )
        )
    if len(names) > VARIABLES:
        found.append(Finding(Problem.VARIABLES, f"{len(names)} variables: {', '.join(names)}"))
    found += [
        Finding(
            Problem.VALUE,
            N_("{{{name}}} may have {count} characters: {text}").format(
                name=name, count=len(known[name]), text=known[name]
            ),
        )
        for name in names
        if name != "link" and len(known[name]) > ROOM
    ]
    fixed = wording.strip()
    if not (fixed.startswith(f"{{{BRAND}}}") or fixed.endswith(f"{{{BRAND}}}")):
        found.append(Finding(Problem.BRAND, N_("it neither begins nor ends with the brand's name")))
    if language in _REPLY and (asks := re.search(_REPLY[language], wording, re.IGNORECASE)):
        found.append(Finding(Problem.REPLY, N_("it asks for a reply: {words}").format(words=asks.group())))
    return found


def links(wording: str, link: str, allowed: Sequence[str]) -> list[Finding]:
    """Every link of an SMS is of a host that the operators know, and the customer's own has room for no more."""
    found = []
    addresses = [*_ADDRESS.findall(wording), *([link] if "{link}" in wording else [])]
    for address in addresses:
        host = urlsplit(address if "://" in address else f"https://{address}").hostname or ""
        if host not in allowed:
            found.append(
                Finding(
                    Problem.LINK, N_("{host} is not on the list of AFTERSALES_SMS_LINKS").format(host=host or address)
                )
            )
    if "{link}" in wording and len(link) > ROOM:
        found.append(
            Finding(
                Problem.VALUE, N_("the link has {count} characters: set AFTERSALES_SHORT_URL").format(count=len(link))
            )
        )
    return found


def whatsapp(wording: str) -> list[Finding]:
    """A WhatsApp template: neither begins nor ends with a variable, at most 1,024 characters, no two side by side."""
    fixed = wording.replace(f"{{{BRAND}}}", "B")
    found = []
    if fixed.lstrip().startswith("{") or fixed.rstrip().endswith("}"):
        found.append(Finding(Problem.TEMPLATE, N_("a template may not begin or end with a variable")))
    if re.search(r"\}\s*\{", fixed.replace("\n\n", " · ")):
        found.append(Finding(Problem.TEMPLATE, N_("two variables stand side by side")))
    if len(fixed) > 1024:
        found.append(
            Finding(Problem.TEMPLATE, N_("{count} characters; a template has room for 1024").format(count=len(fixed)))
        )
    return found
