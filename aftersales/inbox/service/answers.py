"""The words of automatic answers, from what is true now, in the language of whoever asks."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from aftersales.i18n import format_instant, translator
from aftersales.inbox import texts
from aftersales.inbox.understanding import Intent
from aftersales.module import Tell
from aftersales.scope import ActorKind
from aftersales.status import documents, timeline
from aftersales.status.documents import DocumentView
from aftersales.status.machine import Audience, WaitsOn
from aftersales.status.timeline import EntryView
from aftersales.updates import matters, stating
from aftersales.updates.letters import brand, fits, variables
from aftersales.updates.matters import Matter, PersonRow
from aftersales.updates.render import LINK, fitting, form
from aftersales.updates.standing import as_posted, holds
from aftersales.work import Work

LOOKED_AT = 60
WROTE = "case.we_wrote"
SHORT = "whatsapp"
"""Whose form of a text an answer repeats: it reads like one."""


class Voice:
    """Speaks to one person about one case in one language."""

    def __init__(
        self, work: Work, case_id: UUID, matter: Matter, person: PersonRow, language: str, values: Mapping[str, str]
    ) -> None:
        self._work, self._case_id, self._matter, self._values = work, case_id, matter, values
        self._roles, self._zone = frozenset(person.roles), person.zone
        self.language = language
        self._translate = translator(language).gettext

    @classmethod
    async def of(cls, work: Work, case_id: UUID, person_id: UUID, language: str) -> "Voice":
        """For the person, who has a part in the case."""
        matter = await matters.matter(work.session, work.scope, case_id)
        people = await matters.people(work.session, work.scope, case_id, matter.customer_id)
        person = next((one for one in people if one.id == person_id), None)
        person = person or await matters.person(work.session, person_id)
        values = variables(matter, person, language, brand(work, matter))
        return cls(work, case_id, matter, person, language, values)

    def say(self, *parts: str, **more: str) -> str:
        """The texts one after the other, with how to reach a person at the end."""
        said = [self._translate(part).format_map({**self._values, **more}) for part in (*parts, texts.PERSON)]
        return "\n\n".join(part for part in said if part)

    def at(self, moment: datetime) -> str:
        """An instant as the language says it, on their own clock."""
        return format_instant(moment, self._zone, self.language, home=self._matter.zone)

    async def standing(self) -> str:
        """Where it stands, what comes next, by when if a promise is known, whose turn, and the page."""
        found = await documents.on_stream(self._work.session, self._work.scope, self._case_id)
        entries = await self._entries()
        newest = await self._newest(entries, found)
        theirs = any(self._waits_on_customer(document) for document in found)
        closing = () if newest and LINK in newest else (texts.TURN if theirs else texts.PAGE,)
        standing = newest or self._translate(texts.NOTHING_YET).format_map(self._values)
        return self.say(texts.STANDING, *closing, standing=standing)

    async def cost(self) -> str:
        """The newest amount that was named to them and still holds; else that nothing is owed before they are asked."""
        found = await documents.on_stream(self._work.session, self._work.scope, self._case_id)
        entries = [one for one in await self._entries() if "amount_minor" in one.data]
        newest = await self._newest(entries, found)
        standing = newest or self._translate(texts.NO_COST).format_map(self._values)
        return self.say(texts.STANDING, *(() if newest and LINK in newest else (texts.PAGE,)), standing=standing)

    async def answer(self, intent: Intent) -> str:
        """To a question that needs nobody."""
        if intent is Intent.COST:
            return await self.cost()
        return self.say(texts.GLAD) if intent is Intent.THANKS else await self.standing()

    async def _entries(self) -> list[EntryView]:
        return await timeline.latest(
            self._work.session, self._work.scope, self._case_id, Audience.CUSTOMER, limit=LOOKED_AT
        )

    async def _newest(self, entries: list[EntryView], found: list[DocumentView]) -> str | None:
        """The newest text that customers are told and that still holds, with its values as they are now."""
        for entry in entries:
            if entry.actor.kind is ActorKind.CUSTOMER and entry.name == "customer_wrote":
                continue
            posted = as_posted(entry)
            if not holds(entry, found):
                continue
            for tell in (one for one in self._work.registry.tells if self._theirs(one) and fits(one, posted)):
                asked = await stating.asked(self._work, posted, tell, self._zone, self.language, self._matter.zone)
                if asked is not None:
                    said = self._translate(form(tell, SHORT))
                    return said.format_map(fitting(SHORT, {**self._values, **asked})).strip()
        return None

    def _theirs(self, tell: Tell) -> bool:
        """What people with their part are told of where it stands; a letter of ours says nothing of that."""
        return tell.text != WROTE and not self._roles.isdisjoint(tell.roles)

    def _waits_on_customer(self, document: DocumentView) -> bool:
        machine = self._work.registry.machines.get(document.machine)
        state = machine.by_state.get(document.status) if machine else None
        return state is not None and state.waits_on is WaitsOn.CUSTOMER and document.machine != "case"
