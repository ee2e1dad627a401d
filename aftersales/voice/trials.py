"""A call that reads one text to whoever tests it: no key is listened for, and it stands on nobody's record."""

from sqlalchemy import delete, update

from aftersales.ids import new_id
from aftersales.updates.channels import Answer, Letter, Sent
from aftersales.updates.channels.voice import voice_channel
from aftersales.updates.channels.voice_calls import reference
from aftersales.updates.channels.voice_exotel import ExotelVoice
from aftersales.voice.models import EXOTEL, OUT, TWILIO, VoiceCall
from aftersales.voice.rules import without_link
from aftersales.work import Work


async def announced(work: Work, letter: Letter) -> None:
    """Keep what the call will say, until its provider asks. Commit it before the letter is handed over.

    Nothing is kept where nobody calls this number in this language: the channel then refuses the letter.
    """
    channel = voice_channel(work.settings)
    provider = channel.provider(letter.to_address, letter.language) if channel is not None else None
    if provider is None:
        return
    work.session.add(
        VoiceCall(
            id=new_id(),
            provider=EXOTEL if isinstance(provider, ExotelVoice) else TWILIO,
            # Until the provider has a name for it.
            provider_id=reference(letter.message_id),
            direction=OUT,
            number=letter.to_address,
            language=letter.language,
            words=without_link(letter.words),
            begun_at=work.now,
        )
    )
    await work.session.flush()


async def ordered(work: Work, letter: Letter, answer: Answer) -> None:
    """Name the call as its provider does, who tells by that how it ended; what is not placed is not kept."""
    mine = VoiceCall.provider_id == reference(letter.message_id)
    if not isinstance(answer, Sent):
        await work.session.execute(delete(VoiceCall).where(mine))
    elif answer.provider_id:
        await work.session.execute(update(VoiceCall).where(mine).values(provider_id=answer.provider_id))


def forget(call: VoiceCall) -> None:
    """Of a test that is over nothing stays but that there was a call."""
    call.words, call.number, call.spoken = "", "", []
