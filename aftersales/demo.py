"""The demonstration company: each manifest's part, in rank order, all or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales import clock
from aftersales.auth import links
from aftersales.auth.demo import DEMO_PASSWORD
from aftersales.auth.models import Branch, Grant, Staff
from aftersales.cases.models import MatterPerson
from aftersales.config import Settings
from aftersales.customers.models import Person
from aftersales.db.session import Database
from aftersales.i18n import DEFAULT
from aftersales.registry import Registry
from aftersales.scope import SYSTEM
from aftersales.status import engine
from aftersales.status.machine import By
from aftersales.status.models import Document
from aftersales.status.numbers import Numbers
from aftersales.work import Work

SHOWN = ("coordinator", "technician", "service_engineer", "finance", "manager")


@dataclass(frozen=True, slots=True)
class Account:
    """A sign-in of the demonstration."""

    role: str
    role_label: str
    login: str
    password: str


@dataclass(frozen=True, slots=True)
class Summary:
    """Who can sign in, and a customer's link."""

    accounts: Sequence[Account]
    tracking_url: str | None

    def lines(self) -> list[str]:
        """What to print for whoever started the demonstration."""
        told = [f"  {a.role_label:<22} {a.login:<12} {a.password}" for a in self.accounts]
        track = ["", f"A customer's page:  {self.tracking_url}"] if self.tracking_url else []
        return ["Sign in as", *told, *track]


async def fill(database: Database, registry: Registry, settings: Settings) -> Summary:
    """Fill an empty database, in one transaction; one that has a branch already is left as it is."""
    numbers = Numbers(database)
    async with database.unit_of_work() as session:
        if not await session.scalar(select(exists().select_from(Branch))):
            work = Work(
                session=session,
                scope=SYSTEM,
                registry=registry,
                numbers=numbers,
                settings=settings,
                now=clock.now(),
                origin=engine.DEMO,
            )
            world: dict[str, Any] = {}
            parts = [part for module in registry.modules for part in module.demo]
            for part in sorted(parts, key=lambda part: part.rank):
                await part.fill(work, world)
                await session.flush()
        return Summary(await accounts(session, registry), await _tracking_url(session, registry, settings))


async def accounts(session: AsyncSession, registry: Registry) -> list[Account]:
    """One sign-in for each of the roles that people try first."""
    query = select(Grant.role, Staff.login).join(Staff, Staff.id == Grant.staff_id).where(Grant.role.in_(SHOWN))
    first: dict[str, str] = {}
    for role, login in await session.execute(query.order_by(Staff.id)):
        first.setdefault(role, login)
    return [
        Account(role, registry.roles[role].label, first[role], DEMO_PASSWORD)
        for role in SHOWN
        if role in first and role in registry.roles
    ]


async def _tracking_url(session: AsyncSession, registry: Registry, settings: Settings) -> str | None:
    """The link of the owner of the newest case in which it is the customer's turn, best with something to answer, and
    to somebody who reads another language than English."""
    asked = Document.__table__.alias("asked")
    asks = [
        (action.machine, source)
        for action in registry.actions.values()
        if action.by is By.CUSTOMER and action.code is not None
        for source in registry.machines[action.machine].by_verb[action.verb].sources
    ]
    answers = (
        select(asked.c.id)
        .where(asked.c.stream_id == Document.id, tuple_(asked.c.machine, asked.c.status).in_(asks))
        .exists()
    )
    query = (
        select(Document.id, MatterPerson.person_id)
        .join(MatterPerson, (MatterPerson.case_id == Document.id) & (MatterPerson.role == "owner"))
        .join(Person, Person.id == MatterPerson.person_id)
        .where(Document.machine == "case", Document.status == "waiting")
        .order_by(answers.desc(), (Person.language != DEFAULT).desc(), Document.id.desc())
        .limit(1)
    )
    row = (await session.execute(query)).one_or_none()
    if row is None:
        return None
    link = await links.issue(session, stream_id=row.id, person_id=row.person_id, now=clock.now())
    return links.url(settings, link)
