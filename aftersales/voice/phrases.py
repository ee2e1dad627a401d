"""The words of a call, apart from those of the update itself. Pure."""

from collections.abc import Mapping, Sequence

from aftersales.i18n import N_, translator
from aftersales.voice.flow import FIRST_ANSWER, LAST_ANSWER, Say

PHRASES: Mapping[Say, str] = {
    Say.WELCOME: N_("Hello. This is {branch}."),
    Say.WORDS: "{words}",
    Say.ASK_NUMBER: N_(
        "Please type the last six digits of the number of your request. To speak to a person, press 9, then the hash "
        "key."
    ),
    Say.NUMBER_UNKNOWN: N_("We do not find a request of yours with this number."),
    Say.NOT_A_KEY: N_("This key means nothing here."),
    Say.CODE_SENT: N_(
        "We are sending you a code of six digits. If it comes by a call, hang up now: you can answer in that call."
    ),
    Say.TYPE_CODE: N_("Please type the six digits of the code. If you would rather be called, press 9, then hash."),
    Say.CODE_SHORT: N_("The code has six digits."),
    Say.CODE_WRONG: N_("This is not the code, or it is no longer good."),
    Say.CODE_SPENT: N_("Nothing has been decided. Please call us, or answer on the page that our message leads to."),
    Say.CODE_TOO_OFTEN: N_("A code was asked for too often. Please use the last one later, or let us call you."),
    Say.DONE: "{done}",
    Say.NOT_ANSWERABLE: N_("This cannot be answered any more: it has been answered, or its time is over."),
    Say.CALL_BACK: N_("Thank you. We will call you by {when}."),
    Say.NO_NUMBER: N_("We cannot see your number. Please call again and let it be shown, or write to us."),
    Say.GOODBYE: N_("Goodbye."),
}
_REPEAT = N_("To hear this again, press 1.")
_PERSON = N_("To have us call you, press 9.")


def spoken(say: Sequence[Say], values: Mapping[str, str], asks: Sequence[str], language: str) -> list[str]:
    """The sentences in the language. `asks` are the message ids of what may be answered, in the order of their keys."""
    translate = translator(language).gettext
    sentences: list[str] = []
    for one in say:
        if one is not Say.MENU:
            phrase = PHRASES[one]
            sentences.append((translate(phrase) if one not in (Say.WORDS, Say.DONE) else phrase).format_map(values))
            continue
        keyed = zip(range(FIRST_ANSWER, LAST_ANSWER + 1), asks, strict=False)
        sentences += [translate(_REPEAT), *(translate(ask).format(key=key) for key, ask in keyed), translate(_PERSON)]
    return sentences
