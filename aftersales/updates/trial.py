"""A text sent to the member of staff who looks at it, marked as a test. It stands on no record, and is tried once."""

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from uuid import UUID

from aftersales.auth import limits
from aftersales.auth import repository as auth
from aftersales.auth.repository import StaffView
from aftersales.errors import Conflict, TooMany
from aftersales.i18n import N_
from aftersales.ids import new_id
from aftersales.updates import browsers, inbound, preview, registrations
from aftersales.updates.channels import Answer, Carrying, Channel, Enclosure, Letter, Registered
from aftersales.updates.channels.push import address
from aftersales.updates.channels.ways import ways_on
from aftersales.updates.matrix import APPROVED, DOCUMENT
from aftersales.updates.policy import EMAIL, PUSH, VOICE, Wording, wording
from aftersales.updates.preview import Shown
from aftersales.updates.render import revealed
from aftersales.work import Work

LIMIT = limits.Limit("updates.trial", burst=5, every=timedelta(minutes=1))
MARK = "TEST"
_PARTS = (
    b"<</Type/Catalog/Pages 2 0 R>>",
    b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 420 595]/Resources<<>>>>",
)


@dataclass(frozen=True, slots=True)
class Trial:
    """A letter, ready to be handed over. `marked`: it says that it is a test; a registered text must stay as it is.

    A call reads nothing out of the letter: whoever hands it over keeps its words for the provider to ask for.
    """

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
    if work.scope.staff_id is None:
        raise Conflict("updates.trial", "A test goes to the member of staff who asks for it, on the desk.")
    member = await auth.staff_member(work.session, work.scope, work.scope.staff_id)
    where = await _address(work, channel, member)
    registered = await _registered(work, shown, name, channel, language)
    last = await inbound.last_heard(work.session, channel, where)
    said = wording(channel, last, work.now, approved=registered is not None)
    if said is Wording.CLOSED:
        raise Conflict(
            "updates.trial", "WhatsApp takes it once its template is approved, or after you wrote to us today."
        )
    if (wait := await limits.take(work.session, [(LIMIT, str(member.id))], work.now)) is not None:
        raise TooMany("updates.trial", N_("Enough tests for now. Send the next one in a minute."), retry_after=wait)
    made = _trial(work, shown, way, registered if said is Wording.TEMPLATE else None, (member.name, where), language)
    paper = work.registry.papers.get(name)
    if paper is None or not isinstance(way, Carrying):
        return made
    return replace(made, letter=replace(made.letter, paper=Enclosure(f"{paper.name}-{MARK}.pdf", _blank())))


async def _address(work: Work, channel: str, member: StaffView) -> str:
    if channel == PUSH:
        own = await browsers.reached_at(work.session, work.scope, phone=member.phone, email=member.email)
        if own:
            return address(own)
        raise Conflict(
            "updates.trial",
            "No browser of yours is known. Make a case with your own number or e-mail, open its customer’s page, "
            "and ask there to be told in this browser.",
        )
    where = member.email if channel == EMAIL else member.phone
    if not where:
        raise Conflict("updates.trial", "You have no address or number for this channel. Ask for one in your account.")
    return where


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
        words=_marked(way, words) if registered is None else words,
        link=link,
        registered=registered,
    )
    return Trial(letter, registered is None, way)


def _marked(way: Channel, words: str) -> str:
    """A voice reads brackets aloud, or makes a pause of nothing."""
    return f"Test. {words}" if way.name == VOICE else f"[{MARK}] {words}"


async def _registered(work: Work, shown: Shown, name: str, channel: str, language: str) -> Registered | None:
    known = await registrations.cells(work, languages=[language], channels=[channel], named=[shown.brand], text=name)
    one = known[0].registration if known else None
    if one is None or one.state != APPROVED or not shown.template:
        return None
    values = tuple(revealed(value, link=work.settings.base_url) for _, value in shown.values)
    return Registered(one.name, language, values, document=one.header == DOCUMENT)


@cache
def _blank() -> bytes:
    """An empty page in the place of the document: nobody's own is drawn to try a text."""
    made = bytearray(b"%PDF-1.4\n")
    places = [b"0000000000 65535 f \n"]
    for number, part in enumerate(_PARTS, 1):
        places.append(b"%010d 00000 n \n" % len(made))
        made += b"%d 0 obj\n%b\nendobj\n" % (number, part)
    table, count = len(made), len(places)
    made += b"xref\n0 %d\n%b" % (count, b"".join(places))
    return bytes(made + b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (count, table))
