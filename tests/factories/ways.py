"""The household with phones and channels that live in the test."""

from dataclasses import replace
from datetime import datetime, time
from uuid import UUID

from sqlalchemy import delete, select

from aftersales import clock
from aftersales.customers.models import Customer, PersonPhone
from aftersales.ids import new_id
from aftersales.module import Module, Tell
from aftersales.outbox.models import Delivery
from aftersales.registry import Registry
from aftersales.updates import receipts
from aftersales.updates.channels import Answer, Letter, Receipt, Received, Reject
from aftersales.updates.models import Consent, CustomerUpdate, Preference
from aftersales.updates.policy import Reason
from tests.factories.channels import Wire, wired
from tests.factories.updates import JOB, TELLING, World

PADMA, RAVI = "+919848012345", "+919848012346"
FORMS = {"sms": "{number} sms {link}", "voice": "{number} voice", "whatsapp": "{number} whatsapp", "push": "push"}


def refused(letter: Letter) -> Answer:
    return Reject(Reason.REJECTED, "not with us")


def tells() -> tuple[Tell, ...]:
    """The texts of jobs, with a form for each channel; the start is urgent, the end asks for an answer."""
    urgent, alone = {"job.started"}, {"job.finished"}
    return tuple(
        replace(one, **FORMS, urgent=one.text in urgent, alone=one.text in alone)  # type: ignore[arg-type]
        for one in TELLING.tells
        if one.text != "job.again"
    )


async def town_of(world: World) -> World:
    """The household with a phone each; nothing is held or merged unless a test says so."""
    async with world.work() as work:
        work.session.add_all([PersonPhone(person_id=world.padma, e164=PADMA)])
        work.session.add_all([PersonPhone(person_id=world.ravi, e164=RAVI)])
    telling = Module(name="telling", title="Telling", package="aftersales", machines=(JOB,), tells=tells())
    kernel = [module for module in world.registry.modules if module.name != "telling"]
    return replace(world, registry=Registry([*kernel, telling])).by(quiet_hours="", merge_seconds=0.0)


def over(town: World, *wires: Wire, **settings: object) -> World:
    """The same with these channels, in this order."""
    order = ",".join(wire.name for wire in wires)
    return replace(town, registry=wired(town.registry, *wires)).by(channels=order, **settings)


async def told(town: World, *verbs: str) -> list[CustomerUpdate]:
    """Padma's records of a job that went this far, on a case of its own."""
    town = replace(town, number=f"{town.number[:-6]}{new_id().hex[-6:].upper()}")
    case_id = await town.case()
    await town.move(await town.job(case_id), *verbs)
    await town.settle(strict=False)
    return await of_padma(town, case_id)


async def of_padma(town: World, stream_id: UUID) -> list[CustomerUpdate]:
    return [u for u in await town.updates(stream_id) if u.person_id == town.padma and u.text != "case.received"]


async def fresh(town: World, update: CustomerUpdate) -> CustomerUpdate:
    async with town.database.sessions() as session:
        return await session.get_one(CustomerUpdate, update.id)


async def heard(town: World, *said: Receipt) -> None:
    async with town.work() as work:
        await receipts.receive(work, "wire", said)


def receipt(update: CustomerUpdate, became: str, detail: str = "") -> Receipt:
    return Receipt(str(update.provider_id), Received(became), clock.now(), detail)


async def waiting(town: World, subscriber: str) -> int:
    async with town.database.sessions() as session:
        return len((await session.scalars(select(Delivery).where(Delivery.subscriber == subscriber))).all())


def stop(person_id: UUID, channel: str, at: datetime, *, given: bool = False) -> Consent:
    return Consent(
        id=new_id(), person_id=person_id, channel=channel, purpose="", given=given, source="desk", at=at,
        actor_kind="system",
    )  # fmt: skip


async def set_quiet(town: World, start: time, end: time) -> None:
    async with town.work() as work:
        customer = await work.session.get_one(Customer, town.customer_id)
        customer.timezone = "UTC"
        await work.session.execute(delete(Preference).where(Preference.person_id == town.padma))
        work.session.add(Preference(person_id=town.padma, quiet_from=start, quiet_until=end, changed_at=clock.now()))
