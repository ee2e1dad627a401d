"""Many returns at once, written without asking for each: for what has to hold of hundreds in one request."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import insert

from aftersales.ids import new_id
from aftersales.products import repository as products
from aftersales.products.models import Unit
from aftersales.status import engine
from aftersales.status.changes import NewDocument, move, open_document
from aftersales.work import Work
from rma import service
from rma.machine import RETURN
from rma.rules import Reason


async def crowd(work: Work, case_id: UUID, branch_id: UUID, like_id: UUID, count: int) -> list[str]:
    """As many more units like this one with authorised returns; their numbers."""
    [like] = (await products.units(work.session, work.scope, [like_id])).values()
    units = [new_id() for _ in range(count)]
    await engine.create_streams(work.session, units)
    bought = {"product_id": like.product_id, "customer_id": like.customer_id, "created_at": work.now, "version": 1}
    await work.session.execute(insert(Unit), [bought | {"id": unit_id} for unit_id in units])
    facts = service.facts_of(like, Reason.DEFECTIVE, work, "Asia/Kolkata")
    made = {new_id(): unit_id for unit_id in units}
    numbers = [f"CRD-26-A-{return_id.hex[-9:]}".upper() for return_id in made]
    opened = [
        open_document(
            RETURN,
            return_id,
            "request",
            NewDocument(case_id, branch_id, numbers[at], unit_id, open_key=f"return:{unit_id}"),
        )
        for at, (return_id, unit_id) in enumerate(made.items())
    ]
    await work.post(*opened)
    await work.post(*(move(RETURN, return_id, "authorise") for return_id in made))
    work.session.add_all(service.row_of(work, key, unit_id, facts, None, None) for key, unit_id in made.items())
    await work.session.flush()
    work.session.add_all(
        service.first_line(key, replace(like, id=unit_id), Reason.DEFECTIVE) for key, unit_id in made.items()
    )
    await work.session.flush()
    return numbers
