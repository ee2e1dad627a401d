"""Adding and changing service centres."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select, text

from aftersales import phones
from aftersales.auth.models import Branch
from aftersales.auth.permissions import STAFF
from aftersales.auth.rules import holds
from aftersales.auth.schemas import BranchChange, BranchIn
from aftersales.errors import Conflict, Forbidden, Invalid, NotFound
from aftersales.i18n import N_
from aftersales.ids import new_id
from aftersales.scope import ActorKind

if TYPE_CHECKING:
    from aftersales.work import Work

_LOCK = 0x63656E747265


def may_add(work: Work) -> bool:
    """Whether the caller may open a further centre: whoever looks after the people of all of them."""
    return work.actor.kind in (ActorKind.STAFF, ActorKind.SYSTEM) and holds(work.scope, STAFF, None)


async def add(work: Work, body: BranchIn) -> UUID:
    """A further service centre: its id. The phone is read as this installation's country dials it.

    Raises Forbidden (`auth.everywhere_only`), Invalid (`auth.phone`) and Conflict (`auth.code_taken`).
    """
    if not may_add(work):
        said = N_("A service centre is added by who looks after the colleagues of all of them.")
        raise Forbidden("auth.everywhere_only", said)
    values = _values(work, body)
    await work.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    if await work.session.scalar(select(Branch.id).where(Branch.code == body.code)) is not None:
        raise Conflict(
            "auth.code_taken",
            N_("There is a service centre {code} already. Choose other letters.").format(code=body.code),
        )
    branch = Branch(id=new_id(), **values)
    work.session.add(branch)
    await work.session.flush()
    return branch.id


async def change(work: Work, branch_id: UUID, body: BranchChange) -> None:
    """What it is from now on. Raises NotFound, Forbidden without the permission there, and Invalid (`auth.phone`)."""
    if work.actor.kind not in (ActorKind.STAFF, ActorKind.SYSTEM):
        raise Forbidden("auth.people_only", N_("Only a person changes a service centre."))
    work.scope.require(STAFF, branch_id)
    branch = await work.session.get(Branch, branch_id, with_for_update=True)
    if branch is None:
        raise NotFound("auth.unknown_branch", "No such service centre.")
    for name, value in _values(work, body).items():
        setattr(branch, name, value)
    await work.session.flush()


def _values(work: Work, body: BranchChange) -> dict[str, object]:
    position = {name: _degrees(getattr(body, name)) for name in ("latitude", "longitude")}
    return body.model_dump() | position | {"phone": _phone(work, body.phone)}


def _degrees(value: float | None) -> Decimal | None:
    # A millionth of a degree is a hand's breadth.
    return None if value is None else round(Decimal(str(value)), 6)


def _phone(work: Work, written: str) -> str:
    try:
        return phones.normalise(written, work.settings.country)
    except ValueError:
        problem = N_("This is not a phone number here; begin with + for another country’s.")
        raise Invalid("auth.phone", problem, errors=[{"field": "phone", "problem": problem}]) from None
