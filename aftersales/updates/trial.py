"""A text sent to the member of staff who looks at it, marked as a test. It stands on no record, and is tried once."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from aftersales.auth import limits
from aftersales.auth import repository as auth
from aftersales.errors import Conflict, TooMany
from aftersales.i18n import N_
from aftersales.ids import new_id
from aftersales.updates import inbound, preview, registrations
from aftersales.updates.channels import Answer, Channel, Letter, Registered
from aftersales.updates.channels.ways import ways_on
from aftersales.updates.matrix import APPROVED
from aftersales.updates.policy import EMAIL, SMS, WHATSAPP, Wording, wording
from aftersales.updates.preview import Shown
from aftersales.updates.render import revealed
from aftersales.work import Work

LIMIT = limits.Limit("updates.trial", burst=5, every=timedelta(minutes=1))
MARK = "TEST"
ADDRESSED = frozenset({EMAIL, SMS, WHATSAPP})
"""Channels that a member of staff has an address for. A call speaks from a record, and browsers are customers'."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A letter, ready to be handed over. `marked`: it says that it is a test; a registered text must stay as it is."""

    letter: Letter
    marked: bool
    channel: Channel

    async def hand_over(self) -> Answer:
        """To the channel, once; outside any transaction. Never raises for what the other side does."""
        return await self.channel.send(self.letter)


async def prepare(work: Work, name: str, channel: str, language: str, case_id: UUID | None = None) -> Trial:
    """The shown cell as a letter to the caller.

    Raises what `preview.preview` raises, TooMany, and Conflict (`updates.trial`), which says why it cannot be sent.
    """
    shown = await preview.preview(work, name, channel, language, case_id)
    way = ways_on(work.registry, work.settings).channels.get(channel)
    if way is None:
        raise Conflict("updates.trial", "This channel is off: no keys are set for it.")
    if channel not in ADDRESSED or work.scope.staff_id is None:
        raise Conflict("updates.trial", "By this channel only customers are reached. Look at it on a case of your own.")
    member = await auth.staff_member(work.session, work.scope, work.scope.staff_id)
    where = member.email if channel == EMAIL else member.phone
    if not where:
        raise Conflict("updates.trial", "You have no address or number for this channel. Ask for one in your account.")
    registered = await _registered(work, shown, name, channel, language)
    last = await inbound.last_heard(work.session, channel, where)
    said = wording(channel, last, work.now, approved=registered is not None)
    if said is Wording.CLOSED:
        raise Conflict(
            "updates.trial", "WhatsApp takes it once its template is approved, or after you wrote to us today."
        )
    if (wait := await limits.take(work.session, [(LIMIT, str(member.id))], work.now)) is not None:
        raise TooMany("updates.trial", N_("Enough tests for now. Send the next one in a minute."), retry_after=wait)
    return _trial(work, shown, way, registered if said is Wording.TEMPLATE else None, (member.name, where), language)


def _trial(
    work: Work, shown: Shown, way: Channel, registered: Registered | None, to: tuple[str, str], language: str
) -> Trial:
    link = work.settings.base_url
    domain = work.settings.mail_from.rpartition("@")[2] or "localhost"
    words = revealed(shown.words.words, link=link)
    letter = Letter(
        message_id=f"<test.{new_id().hex}@{domain}>",
        at=work.now,
        to_name=to[0],
        to_address=to[1],
        from_name=work.settings.brand_name,
        language=language,
        subject=f"[{MARK}] {shown.words.subject}",
        words=words if registered else f"[{MARK}] {words}",
        link=link,
        registered=registered,
    )
    return Trial(letter, registered is None, way)


async def _registered(work: Work, shown: Shown, name: str, channel: str, language: str) -> Registered | None:
    known = await registrations.cells(work, languages=[language], channels=[channel], named=[shown.brand], text=name)
    one = known[0].registration if known else None
    if one is None or one.state != APPROVED or not shown.template:
        return None
    values = tuple(revealed(value, link=work.settings.base_url) for _, value in shown.values)
    return Registered(one.name, language, values)
