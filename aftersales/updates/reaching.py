"""Where somebody is reached for what, as the engine would decide it now. Addresses are masked: it is for showing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from aftersales.updates import matters
from aftersales.updates.channels.ways import ways_on
from aftersales.updates.matters import PersonRow
from aftersales.updates.policy import (
    ADDRESS_KINDS,
    CODE,
    LIVE,
    MAILBOX,
    PROMOTIONAL,
    SERVICE,
    Reason,
    Text,
    address,
    decide,
)
from aftersales.work import Work

PURPOSES = (SERVICE, CODE, PROMOTIONAL)
"""In the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Reached:
    """For one purpose: the channels in their order, each with its masked address, or why by none."""

    purpose: str
    ways: tuple[tuple[str, str], ...]
    withheld: Reason | None


@dataclass(frozen=True, slots=True)
class Reaching:
    """How a person is reached. `possible` are the channels that they may choose among, in the company's order."""

    person: PersonRow
    possible: tuple[str, ...]
    purposes: tuple[Reached, ...]


async def reaching(work: Work, person_id: UUID) -> Reaching:
    """Of a person whom the caller may see."""
    return _reaching(work, await matters.person(work.session, person_id))


async def household(work: Work, customer_id: UUID) -> list[Reaching]:
    """Of everybody in a household that the caller may see, the one it is called by first; in one statement."""
    return [_reaching(work, person) for person in await matters.household(work.session, customer_id)]


def _reaching(work: Work, person: PersonRow) -> Reaching:
    on = ways_on(work.registry, work.settings).order
    possible = tuple(one for one in on if one != MAILBOX and address(person.addresses, one) is not None)
    return Reaching(person, possible, tuple(_reached(work, person, purpose, on) for purpose in PURPOSES))


def _reached(work: Work, person: PersonRow, purpose: str, on: Sequence[str]) -> Reached:
    recipient = replace(person.recipient(None), roles=frozenset({"owner"}))
    # Whatever the text, it would have a form for each channel.
    [decision] = decide(Text({"owner"}, purpose, LIVE, on), [recipient], on=on, now=work.now)
    ways = tuple((one, masked(one, address(recipient.addresses, one) or "")) for one in decision.route)
    return Reached(purpose, ways, decision.withheld)


def masked(channel: str, where: str) -> str:
    """Enough of an address for its owner to know it by, and too little for anybody else. Browsers have none to show."""
    if ADDRESS_KINDS.get(channel) == "push":
        return ""
    name, at, domain = where.rpartition("@")
    if at:
        return f"{name[:1]}•••@{domain}"
    return f"••• {where[-4:]}" if len(where) > 6 else "•••" if where else ""
