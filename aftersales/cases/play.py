"""The share of cases in the play: calls come in, and at the end the customer is called back."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import aliased

from aftersales.auth.permissions import COORDINATOR
from aftersales.cases import service
from aftersales.cases.demo import CHANNELS, COMPLAINTS
from aftersales.cases.schemas import OpenCase
from aftersales.customers import repository as customers
from aftersales.customers.models import Address
from aftersales.module import Cue
from aftersales.products.models import Category, Product, Unit
from aftersales.scene import Scene
from aftersales.status.models import Document
from aftersales.work import Work

# The second caller owns more than the unit they call about, and may have something to say of the other one too.
SEVERAL = 1
MOST = 2000


async def take_call(work: Work, _case_id: None, body: OpenCase) -> UUID:
    """Open a case for whoever calls."""
    return await service.open_case(work, body)


async def caller(scene: Scene) -> Mapping[str, Any] | None:
    """A household at home somewhere, with a unit that nothing is open for; None once everybody has called."""
    work = scene.work.as_system()
    lives = select(Address.id).where(Address.customer_id == Unit.customer_id).exists()
    other = aliased(Unit)
    also = select(other.id).where(other.customer_id == Unit.customer_id, other.id != Unit.id, ~_busy(other))
    query = (
        select(Unit.id, Unit.customer_id, Category.code, also.exists().label("also"))
        .join(Product, Product.id == Unit.product_id)
        .join(Category, Category.id == Product.category_id)
        .where(~_busy(Unit), lives)
        .order_by(Unit.id)
        .limit(MOST)
    )
    free = (await work.session.execute(query)).all()
    wanted = [row for row in free if row.also] if scene.order == SEVERAL else []
    if not free:
        return None
    unit = scene.pick("caller", wanted or free)
    people = await customers.people(work.session, work.scope, unit.customer_id)
    if not people:
        return None
    owner, at_home = people[0].id, people[-1].id
    return {
        "customer_id": unit.customer_id,
        "unit_id": unit.id,
        "branch_id": scene.branch_id,
        "complaint": scene.pick("complaint", COMPLAINTS.get(unit.code, ("Does not work",))),
        "channel": scene.pick("channel", CHANNELS),
        "people": [
            {"person_id": owner, "role": "owner", "may_approve": True},
            {"person_id": owner, "role": "caller"},
            {"person_id": at_home, "role": "at_home"},
        ],
    }


def _busy(unit: type[Unit]) -> ColumnElement[bool]:
    return select(Document.id).where(Document.unit_id == unit.id, Document.category != "done").exists()


async def happy(_scene: Scene) -> Mapping[str, Any]:
    """The last call."""
    return {"reached": "phone", "note": "They are happy with how it was handled."}


CUES = (
    Cue(
        "",
        frozenset(),
        COORDINATOR,
        "took a call from {name}, {place}: {product}, “{complaint}”",
        opens=take_call,
        schema=OpenCase,
        body=caller,
    ),
    Cue("case", frozenset({"follow_up"}), COORDINATOR, "called {name} back, who is happy", verb="close", body=happy),
)
