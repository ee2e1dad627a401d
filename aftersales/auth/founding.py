"""The first service centre and the first person of an empty installation. Whoever runs the command line may do this."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, model_validator
from sqlalchemy import exists, select, text

from aftersales import phones
from aftersales.auth import cleaning, passwords
from aftersales.auth.models import Branch, Grant, Staff
from aftersales.auth.permissions import MANAGER
from aftersales.auth.rules import password_problem
from aftersales.auth.schemas import Code, Country, Currency, Login, Postcode, Zone
from aftersales.errors import Conflict, Forbidden
from aftersales.fields import Line, Strict
from aftersales.ids import new_id
from aftersales.scope import ActorKind

if TYPE_CHECKING:
    from aftersales.work import Work

_LOCK = 0x666F756E64


class FoundingIn(Strict):
    """The service centre (`branch` is its name) and its `manager`. The phone is read as `country` dials it."""

    country: Country
    branch: Line
    code: Code
    phone: Line
    address: Line
    postcode: Postcode
    timezone: Zone
    currency: Currency
    manager: Line
    login: Login
    password: Annotated[str, Field(repr=False)]

    @model_validator(mode="after")
    def _fit(self) -> FoundingIn:
        try:
            self.phone = phones.normalise(self.phone, self.country)
        except ValueError as error:
            raise ValueError(f"phone: is not a phone number in {self.country}; begin with + for another's") from error
        if (problem := password_problem(self.password, self.login)) is not None:
            raise ValueError(f"password: {problem}")
        return self


async def refuse_founded(work: Work) -> None:
    """Raises Conflict (`auth.founded`) where there is a service centre or a person already, Forbidden to people."""
    if work.actor.kind is not ActorKind.SYSTEM:
        raise Forbidden("auth.founding", "Only whoever runs the installation sets it up.")
    # Of two at once, the second sees what the first has made.
    await work.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    if await work.session.scalar(select(exists().select_from(Branch) | exists().select_from(Staff))):
        raise Conflict("auth.founded", "This installation is set up already; nothing has been changed. Sign in to it.")


async def found(work: Work, body: FoundingIn) -> None:
    """Make the service centre, and the manager of all that are still to come. Raises what `refuse_founded` does."""
    await refuse_founded(work)
    branch = Branch(
        id=new_id(),
        **body.model_dump(include={"code", "phone", "address", "postcode", "timezone", "currency"}),
        name=body.branch,
    )
    work.session.add(branch)
    await work.session.flush()
    person = Staff(
        id=new_id(),
        login=body.login,
        name=body.manager,
        branch_id=branch.id,
        password_hash=await passwords.hashed(body.password),
        active=True,
        created_at=work.now,
    )
    work.session.add(person)
    await work.session.flush()
    work.session.add(Grant(id=new_id(), staff_id=person.id, role=MANAGER, branch_id=None))
    await work.session.flush()
    await cleaning.arm(work.session, work.now)
