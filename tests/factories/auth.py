"""Branches, staff, and people to whom a stream belongs."""

import itertools
import os
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from aftersales.auth import passwords
from aftersales.auth.models import Branch, Grant, Staff
from aftersales.customers.models import Customer, Person
from aftersales.ids import new_id
from aftersales.status.models import Stream

NOW = datetime(2026, 3, 14, 6, 30, tzinfo=UTC)
PASSWORD = "a neem tree by the well"
PASSWORD_HASH = passwords.hash_now(PASSWORD)
# Each worker of a run counts in a range of its own: what one has founded, others are given copies of.
_RANGE = 26**3
_numbers = itertools.count(_RANGE * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")))


def _letters() -> str:
    number = next(_numbers)
    return "".join(chr(65 + number // 26**place % 26) for place in (3, 2, 1, 0))


async def add_branch(session: AsyncSession, code: str | None = None, **fields: object) -> Branch:
    """A branch with a code of its own."""
    code = code or _letters()
    values: dict[str, object] = {
        "id": new_id(),
        "code": code,
        "name": f"{code} service centre",
        "phone": "+914000000000",
        "address": "1 Banyan Lane, Hyderabad",
        "postcode": "500001",
        "timezone": "Asia/Kolkata",
        "currency": "INR",
        **fields,
    }
    branch = Branch(**values)
    session.add(branch)
    await session.flush()
    return branch


async def add_staff(
    session: AsyncSession,
    branch: Branch,
    *held: tuple[str, UUID | None],
    login: str | None = None,
    name: str = "Ravi Kumar",
    active: bool = True,
) -> Staff:
    """Somebody at a branch with these roles; their password is PASSWORD."""
    person = Staff(
        id=new_id(),
        login=login or _letters().lower(),
        name=name,
        phone="+919000000000",
        email="ravi@example.invalid",
        language="en",
        branch_id=branch.id,
        password_hash=PASSWORD_HASH,
        active=active,
        created_at=NOW,
    )
    session.add(person)
    await session.flush()
    session.add_all(Grant(staff_id=person.id, role=role, branch_id=branch_id) for role, branch_id in held)
    await session.flush()
    return person


async def add_person(session: AsyncSession, name: str = "Sita Devi") -> Person:
    """A person in a household of their own."""
    customer = Customer(
        id=new_id(), kind="household", name=None, timezone="Asia/Kolkata", since=date(2026, 1, 1), created_at=NOW
    )
    session.add(customer)
    await session.flush()
    person = Person(id=new_id(), customer_id=customer.id, name=name, language="te")
    session.add(person)
    await session.flush()
    return person


async def add_stream(session: AsyncSession) -> UUID:
    """A stream without entries."""
    stream = Stream(id=new_id(), version=0)
    session.add(stream)
    await session.flush()
    return stream.id
