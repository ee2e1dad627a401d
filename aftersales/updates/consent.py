"""What people agreed to and refused, and how they want to be reached. The ledger only grows; its last word decides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from aftersales.errors import Invalid
from aftersales.ids import new_id
from aftersales.updates.channels.ways import ways_on
from aftersales.updates.models import Consent, Preference
from aftersales.updates.policy import ANY, PROMOTIONAL, SERVICE, consent
from aftersales.work import Work

SOURCES = frozenset({"page", "desk", "reply", "import"})
EVERYTHING, NEWS, NOTHING = LEVELS = ("all", "news", "none")
"""What somebody wants by a channel: news of their requests and offers, the news alone, or nothing."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What somebody chose: channels in their order, empty for the company's; quiet hours of their own, or None."""

    channels: tuple[str, ...] = ()
    quiet: tuple[time, time] | None = None


async def record(
    work: Work, person_id: UUID, *, given: bool, source: str, channel: str = ANY, purpose: str = ANY
) -> None:
    """Note that this person, now and by this caller, gave or withdrew their consent. Empty: any channel, any purpose.

    The caller has made sure that it is theirs to say. Raises Invalid (`updates.consent`).
    """
    if source not in SOURCES or purpose not in (ANY, SERVICE, PROMOTIONAL):
        raise Invalid("updates.consent", "A consent has a known source, and is for service, for promotion or for all.")
    row = {"id": new_id(), "person_id": person_id, "channel": channel, "purpose": purpose, "given": given}
    actor = {"actor_kind": str(work.actor.kind), "actor_id": work.actor.id}
    await work.session.execute(insert(Consent).values(row | actor | {"source": source, "at": work.now}))


async def wishes(work: Work, person_id: UUID) -> Wishes:
    """What they chose; the caller may see the person."""
    found = await work.session.get(Preference, person_id, populate_existing=True)
    if found is None:
        return Wishes()
    quiet = (found.quiet_from, found.quiet_until)
    return Wishes(tuple(found.channels), None if quiet[0] is None or quiet[1] is None else (quiet[0], quiet[1]))


async def choose(work: Work, person_id: UUID, chosen: Wishes) -> None:
    """Keep what they choose in the place of what they had chosen. The caller may change the person.

    Raises Invalid (`updates.channels`) for a channel that is not on, or one that is named twice.
    """
    check(chosen.channels, ways_on(work.registry, work.settings).order)
    start, end = chosen.quiet or (None, None)
    values = {"channels": list(chosen.channels), "quiet_from": start, "quiet_until": end, "changed_at": work.now}
    statement = insert(Preference).values(person_id=person_id, **values)
    await work.session.execute(statement.on_conflict_do_update(index_elements=["person_id"], set_=values))


async def choose_ways(
    work: Work, person_id: UUID, channels: Sequence[str], wanted: Mapping[str, str], *, source: str
) -> None:
    """Keep the order of channels, and what is wanted by each: one of `LEVELS`.

    Whoever names a channel and says no more agrees to its news. The ledger gains a row, with `source`, for what
    changes alone. Raises Invalid like `choose` (`updates.channels`), and for what is no level (`updates.consent`).
    """
    before = await wishes(work, person_id)
    await choose(work, person_id, Wishes(tuple(channels), before.quiet))
    check(tuple(wanted), ways_on(work.registry, work.settings).order)
    ledger = [(one.channel, one.purpose, one.given) for one in await said(work, person_id)]
    for channel in dict.fromkeys((*channels, *wanted)):
        for purpose, given in _changes(ledger, channel, wanted.get(channel)):
            await record(work, person_id, given=given, source=source, channel=channel, purpose=purpose)


def _changes(ledger: Sequence[tuple[str, str, bool]], channel: str, wanted: str | None) -> list[tuple[str, bool]]:
    if wanted not in (None, *LEVELS):
        raise Invalid("updates.consent", f"Say for each channel one of these: {', '.join(LEVELS)}.")
    news, offers = consent(ledger, channel, SERVICE), consent(ledger, channel, PROMOTIONAL)
    if wanted is None:
        return [] if news is True else [(SERVICE, True)]
    said_of_news = [(SERVICE, wanted != NOTHING)] if (news is not False) is (wanted == NOTHING) else []
    return said_of_news + (
        [(PROMOTIONAL, wanted == EVERYTHING)] if (offers is True) is not (wanted == EVERYTHING) else []
    )


def level(ledger: Sequence[tuple[str, str, bool]], channel: str) -> str:
    """What they want by the channel, of `LEVELS`; of who said nothing the news alone."""
    if consent(ledger, channel, SERVICE) is False:
        return NOTHING
    return EVERYTHING if consent(ledger, channel, PROMOTIONAL) is True else NEWS


def check(channels: Sequence[str], on: Sequence[str]) -> None:
    """Raise Invalid (`updates.channels`) unless each is on and named once."""
    if set(channels) - set(on) or len(set(channels)) != len(channels):
        raise Invalid("updates.channels", f"Name each channel once, of these: {', '.join(on)}.")


async def said(work: Work, *people: UUID) -> Sequence[Consent]:
    """The ledger of these people, the oldest first; the caller may see them."""
    query = select(Consent).where(Consent.person_id.in_(people)).order_by(Consent.id)
    return (await work.session.scalars(query)).all()
