"""The demonstration's registrations: forty units, in every status."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from aftersales.ids import new_id
from aftersales.status.changes import Change, NewDocument, move, open_document
from aftersales.work import Work
from warranty.demo import post_in_chunks
from warranty.machine import REGISTRATION
from warranty.models import WarrantyRegistration

COUNT = 40
WAYS: Mapping[str, tuple[str, ...]] = {
    "pending_verification": (),
    "active": ("activate",),
    "expired": ("activate", "expire"),
    "void": ("declare_void",),
    "transferred": ("activate", "transfer"),
    "exhausted": ("activate", "exhaust"),
    "cancelled": ("cancel",),
}
"""How a registration comes to each status."""

NOTES = {
    "declare_void": "The serial number belongs to another product.",
    "cancel": "The owner has asked us to forget the registration.",
}


async def fill(work: Work, world: dict[str, Any]) -> None:
    """Register forty units; most of them actively."""
    rng = random.Random(49)  # noqa: S311 - the same company each time, no secret
    codes = {branch_id: code for code, branch_id in world["branches"].items()}
    old_enough = [u for u in world["units"] if (work.now.date() - u["purchased_on"]).days > 20]
    statuses = [*WAYS, *rng.choices((*WAYS, "active", "active", "active"), k=COUNT - len(WAYS))]
    changes: list[Change] = []
    rows: list[WarrantyRegistration] = []
    for unit, status in zip(rng.sample(old_enough, COUNT), statuses, strict=True):
        day, row_id = unit["purchased_on"], new_id()
        at = datetime(day.year, day.month, day.day, rng.randint(4, 13), 30, tzinfo=UTC) + timedelta(days=1)
        if not WAYS[status]:
            # What waits to be checked came in these days, however old the unit is.
            at = work.now - timedelta(hours=5 + 3 * len(rows))
        new = NewDocument(
            stream_id=unit["unit_id"],
            branch_id=unit["branch_id"],
            number=await work.numbers.next(f"{codes[unit['branch_id']]}-G", at.year),
            unit_id=unit["unit_id"],
            customer_id=unit["customer_id"],
            open_key=f"warranty_registration:{unit['unit_id']}",
        )
        changes.append(open_document(REGISTRATION, row_id, "register", new, at=at))
        for step, verb in enumerate(WAYS[status], 1):
            changes.append(move(REGISTRATION, row_id, verb, at=at + timedelta(days=2 * step), note=NOTES.get(verb)))
        rows.append(WarrantyRegistration(id=row_id, unit_id=unit["unit_id"], proof_id=None, purchased_on=day))
    await post_in_chunks(work, changes)
    work.session.add_all(rows)
    await work.session.flush()
