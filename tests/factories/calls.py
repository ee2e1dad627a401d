"""Households that are called, and what came of it."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select

from aftersales import clock
from aftersales.auth import codes
from aftersales.auth.models import OneTimeCode
from aftersales.customers.models import Person
from aftersales.money import Money
from aftersales.ports.charges import ChargeLine
from aftersales.updates.channels import Answer, Letter, Sent
from aftersales.updates.channels.voice import voice_channel
from aftersales.updates.models import CustomerUpdate
from aftersales.voice.models import CallBack, VoiceCall
from billing.estimates.schemas import Send
from billing.estimates.service import draft, send
from tests.factories.telephony import ExotelCall, ExotelPeer, Order, TwilioCall, TwilioPeer
from tests.factories.world import Home, World, add_home

LINES = [ChargeLine("parts", "Motor", 1, Money("INR", 550_000), Decimal(18), "8450")]
_numbers = itertools.count(10_000)


@dataclass(frozen=True, slots=True)
class Called:
    """A household with its number and the estimate that waits for its answer."""

    home: Home
    number: str
    estimate_id: UUID


@dataclass(frozen=True, slots=True)
class Switchboard:
    """The company, both providers, and a client that is neither staff nor customer."""

    world: World
    twilio: TwilioPeer
    exotel: ExotelPeer
    site: httpx.AsyncClient

    async def household(self, language: str = "en", *, number: str = "") -> tuple[Home, str]:
        """A household with an open case, and its number."""
        number = number or f"+9198490{next(_numbers)}"
        home = await add_home(self.world, "Sita Devi", number)
        async with self.world.work() as work:
            person = await work.session.get_one(Person, home.person_id)
            person.language = language
        return home, number

    async def estimated(self, language: str = "en") -> Called:
        """A household that has been sent an estimate."""
        home, number = await self.household(language)
        async with self.world.work() as work:
            estimate_id = await draft(work, home.case_id, LINES)
            await send(work, estimate_id, Send(valid_days=3))
        await self.world.settle()
        return Called(home, number, estimate_id)

    async def update(self, case_id: UUID, text: str) -> CustomerUpdate:
        """The newest record of a text."""
        query = select(CustomerUpdate).where(CustomerUpdate.stream_id == case_id, CustomerUpdate.text == text)
        async with self.world.database.sessions() as session:
            return (await session.scalars(query.order_by(CustomerUpdate.id.desc()).limit(1))).one()

    async def order(self, update: CustomerUpdate, number: str, **settings: object) -> Answer:
        """Hand the update over to the voice channel."""
        channel = voice_channel(self.world.settings.model_copy(update=settings))
        assert channel is not None
        assert update.message_id is not None
        letter = Letter(
            message_id=update.message_id,
            at=clock.now(),
            to_name="Sita Devi",
            to_address=number,
            from_name="Kukatpally",
            language=update.language,
            subject=update.subject or "",
            words=update.words or "",
        )
        answer = await channel.send(letter)
        if isinstance(answer, Sent):
            async with self.world.work() as work:
                row = await work.session.get_one(CustomerUpdate, update.id)
                row.provider_id = answer.provider_id
        return answer

    async def by_twilio(self, update: CustomerUpdate, number: str) -> Answer:
        """The same where Exotel has no keys."""
        return await self.order(update, number, exotel_sid=None)

    async def twilio_order(self, update: CustomerUpdate, number: str) -> Order:
        """Twilio has taken it."""
        assert isinstance(await self.by_twilio(update, number), Sent), self.twilio.refused
        return self.twilio.orders[-1]

    def twilio_call(self, sid: str, number: str, **more: Any) -> TwilioCall:
        """Twilio's side of a call."""
        return TwilioCall(self.site, sid, number, **more)

    def exotel_call(self, sid: str, number: str, **more: Any) -> ExotelCall:
        """Exotel's side of a call."""
        return ExotelCall(self.site, sid, number, **more)

    async def code(self, estimate_id: UUID) -> str:
        """The digits that answer the estimate."""
        async with self.world.database.sessions() as session:
            code = (await session.scalars(select(OneTimeCode).where(OneTimeCode.subject_id == estimate_id))).one()
        return codes.value(self.world.settings, code)

    async def status(self, document_id: UUID) -> str:
        """Where a document stands."""
        [row] = await self.world.rows("SELECT status FROM document WHERE id = :id", id=document_id)
        return str(row[0])

    @asynccontextmanager
    async def under(self, **settings: object) -> AsyncIterator[None]:
        """The company under other settings for a while."""
        state = self.world.app.state
        before = state.services
        state.services = replace(before, settings=before.settings.model_copy(update=settings))
        try:
            yield
        finally:
            state.services = before

    async def call(self, sid: str) -> VoiceCall:
        """What was kept of a call."""
        async with self.world.database.sessions() as session:
            return (await session.scalars(select(VoiceCall).where(VoiceCall.provider_id == sid))).one()

    async def call_backs(self, number: str) -> list[CallBack]:
        """Who waits to be called at the number."""
        async with self.world.database.sessions() as session:
            return list((await session.scalars(select(CallBack).where(CallBack.number == number))).all())
