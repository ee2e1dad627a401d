"""The words of one text about one change, for each person and channel."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from aftersales.i18n import DEFAULT, N_, left_to_right, translator
from aftersales.i18n.brief import spelled
from aftersales.module import Posted, Tell
from aftersales.ports.promises import Saying
from aftersales.status.machine import Audience
from aftersales.updates import render, stating
from aftersales.updates.attempts import Said
from aftersales.updates.machine import UpdateState
from aftersales.updates.matters import Matter, PersonRow
from aftersales.updates.policy import SMS, WHATSAPP, Decision, Reason
from aftersales.updates.render import LINK, addressed, spoken_phone
from aftersales.work import Work

REGISTERED = (SMS, WHATSAPP)
"""Channels whose providers may want to know a text before they take it."""
_UNSAID = (UpdateState.WITHHELD, UpdateState.MERGED)
_APPLIANCE = N_("appliance")
_SERVICE_DESK = N_("our service desk")


def fits(tell: Tell, posted: Posted) -> bool:
    """Whether the text is about this change, and the change for customers to know."""
    if tell.machine != posted.machine or posted.audience is not Audience.CUSTOMER:
        return False
    return posted.to_status == tell.to if posted.kind == "status" else posted.name == tell.event


class Letters:
    """The words of one text about one change, for each person; a module's variables are asked for once per language
    and zone."""

    def __init__(self, work: Work, posted: Posted, text: Tell, matter: Matter) -> None:
        self._work, self._posted, self._text, self._matter = work, posted, text, matter
        self._asked: dict[tuple[str, str], Mapping[str, str]] = {}
        self._times: list[stating.Time] | None = None
        self._given: dict[UUID, Mapping[str, str]] = {}

    async def to(self, decision: Decision, person: PersonRow) -> Said | None:
        """None where nothing is said, nor could be said by telephone instead."""
        if decision.withheld not in (None, Reason.NO_ADDRESS, Reason.NO_FORM):
            return None
        return await self.by(decision.channel, person, decision.language)

    async def hold(self) -> bool:
        """Whether every time that the text states is one, or its module has words for it: else it is not said, and a
        later text takes its place."""
        named = {one.stated.variable for one in await self._stated()}
        open_ = [one.variable for one in self._text.states if one.variable not in named]
        if not open_ or self._text.variables is None:
            return not open_
        answered = await self._text.variables(self._work, self._posted, DEFAULT)
        return all(answered.get(name) for name in open_)

    async def current(self) -> bool:
        """Whether it holds, and no time that it states is over, nor what it is good for."""
        ends = await self._text.good_until(self._work, self._posted) if self._text.good_until else None
        if ends is not None and ends <= self._work.now:
            return False
        return await self.hold() and all(one.span.due_at > self._work.now for one in await self._stated())

    async def _stated(self) -> list[stating.Time]:
        if self._times is None:
            self._times = await stating.times(self._work, self._posted, self._text)
        return self._times

    async def by(self, channel: str, person: PersonRow, language: str) -> Said:
        """The words as the channel says them."""
        times = await self._stated()
        reader = (language, person.zone)
        if reader not in self._asked:
            asked, home = self._text.variables, self._matter.zone
            answered = await asked(replace(self._work, zone=person.zone), self._posted, language) if asked else {}
            self._asked[reader] = {**stating.values(times, person.zone, language, home), **answered}
        values = {**variables(self._matter, person, language, brand(self._work, self._matter)), **self._asked[reader]}
        self._given[person.id] = values
        return said(self._text, channel, language, values)

    def sayings(self, row: Mapping[str, Any]) -> list[Saying]:
        """The times that a record which has just been written states; none where nobody is told, or not yet: what
        waits promises as it leaves (`leaving.py`)."""
        if row["state"] in _UNSAID or row["not_before"] is not None or not self._times:
            return []
        return stating.sayings(self._times, self._text.text, row, self._given[row["person_id"]])

    async def promise(self, row: Mapping[str, Any]) -> None:
        """Have the ledger hear of what a record now says that was written before."""
        await self._work.ports.promises.said(self._work, self._posted, self.sayings(row))


def brand(work: Work, matter: Matter) -> str:
    """By which name customers know us in this matter: the product's, else the installation's."""
    return matter.brand or work.settings.brand_name


def variables(matter: Matter, person: PersonRow, language: str, named: str) -> dict[str, str]:
    """What every text may say: name, product, model, brand, number, link, branch (also as centre), owner, phone."""
    translate = translator(language).gettext
    word = translate(matter.category or matter.product or _APPLIANCE)
    return {
        "name": addressed(person.name, person.name_local, person.courtesy, language),
        # Inside a sentence an English noun is small: "your washing machine".
        "product": word[:1].lower() + word[1:] if matter.category and word == matter.category else word,
        "model": _model(matter) or word,
        "brand": named,
        "number": matter.number,
        "number_spoken": spelled(matter.number),
        "link": LINK,
        "branch": translate(matter.branch),
        "centre": translate(matter.branch),
        "owner": addressed(matter.owner, None, "", language) if matter.owner else translate(_SERVICE_DESK),
        "phone": left_to_right(spoken_phone(matter.phone), language),
        "phone_spoken": spelled(spoken_phone(matter.phone)),
    }


def _model(matter: Matter) -> str:
    """Brand and name; many names begin with their brand."""
    brand, product = matter.brand or "", matter.product or ""
    return product if product.startswith(brand) else f"{brand} {product}"


def forms(text: render.Text, on: Sequence[str]) -> frozenset[str]:
    """The channels that the text has words for: those of its own forms, and all that carry the letter."""
    return frozenset(one for one in on if one not in render.FORMS or getattr(text, one))


def said(text: render.Text, channel: str, language: str, values: Mapping[str, str]) -> Said:
    """Words and, for a template that is registered with a provider, what stands in its variables."""
    words = render.spoken(text, channel, language, values)
    given = render.arguments(text, channel, language, values) if channel in REGISTERED else ()
    return Said(words.subject, words.words, given)
