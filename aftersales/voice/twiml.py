"""A turn as TwiML. Pure."""

from xml.sax.saxutils import escape, quoteattr

from aftersales.updates.channels.voices import TWILIO
from aftersales.voice.rules import speakable
from aftersales.voice.service import Spoken

SILENCE_SECONDS = 8
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


def turned(spoken: Spoken, action: str) -> str:
    """What is said, and where the keys are posted; without keys to listen for, the end of the call."""
    voice = TWILIO.get(spoken.language) or TWILIO["en"]
    said = "".join(
        f"<Say language={quoteattr(voice.tag)} voice={quoteattr(voice.name)}>{escape(speakable(one))}</Say>"
        for one in spoken.sentences
    )
    if not spoken.keys:
        return f"{_HEAD}<Response>{said}<Hangup/></Response>"
    gather = (
        f'<Gather input="dtmf" numDigits="{spoken.keys}" finishOnKey="#" timeout="{SILENCE_SECONDS}" '
        f'actionOnEmptyResult="true" method="POST" action={quoteattr(action)}>{said}</Gather>'
    )
    return f"{_HEAD}<Response>{gather}</Response>"


def hung_up() -> str:
    """The end of a call in which there is nothing to say."""
    return f"{_HEAD}<Response><Hangup/></Response>"


def not_taken() -> str:
    """A call to us that is not taken and costs the caller nothing."""
    return f'{_HEAD}<Response><Reject reason="busy"/></Response>'
