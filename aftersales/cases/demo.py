"""The demo company's cases: 160 matters of four months, most of the open ones of this week; after the modules, each is
brought to its status. What was done and closed before is `demo_past`."""

import random
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import func, insert, select

from aftersales.cases.machine import CASE
from aftersales.cases.models import Case, MatterPerson
from aftersales.cases.service import follow_documents
from aftersales.ids import new_id
from aftersales.search import index
from aftersales.status.changes import Change, NewDocument, move, open_document
from aftersales.status.models import Document, TimelineEntry
from aftersales.work import Work

CASES, THIS_WEEK = 160, 110
OWNERS = {"KKP": "lakshmi", "SEC": "farheen", "LBN": "sravani"}

COMPLAINTS = {
    "washing_machine": ("Does not spin", "Leaks water from below", "Stops in the middle of the wash", "Loud noise"),
    "refrigerator": ("Not cooling", "Freezer ices up", "Water inside the vegetable box", "Makes a clicking noise"),
    "air_conditioner": ("Cools very little", "Water drips inside the room", "Remote does not work", "Trips the fuse"),
    "phone": ("Screen broken", "Battery drains by noon", "Does not charge", "No sound in calls"),
    "mixer": ("Motor smells burnt", "Jar leaks", "Does not start"),
    "television": ("Lines on the picture", "No picture, only sound", "Remote does not respond"),
    "microwave": ("Does not heat", "Sparks inside", "Turntable is stuck"),
}
CHANNELS = ("phone", "phone", "phone", "counter", "whatsapp", "web")


async def fill(work: Work, world: dict[str, Any]) -> None:
    """Cases for 160 units, oldest first; a few cancelled ones. Leaves them at `world["cases"]`."""
    rng = random.Random(40)  # noqa: S311 - the same company each time, no secret
    chosen = rng.sample(world["units"], CASES)
    # Days: a shop works off what comes in, so what is old is closed.
    new = [rng.uniform(0.05, 3.2) for _ in range(THIS_WEEK)]
    ages = sorted((*new, *(rng.uniform(5, 120) for _ in chosen[THIS_WEEK:])), reverse=True)
    cases: list[dict[str, Any]] = []
    for order, (unit, age) in enumerate(zip(chosen, ages, strict=True)):
        at = work.now - timedelta(days=age)
        code = world["branch_codes"][unit["branch_id"]]
        kept = {name: unit[name] for name in ("unit_id", "customer_id", "person_id", "branch_id", "category")}
        cases.append(
            {
                **kept,
                "case_id": new_id(),
                "number": await work.numbers.next(code, at.year),
                "opened_at": at,
                "owner": world["staff"][OWNERS[code]],
                "channel": rng.choice(CHANNELS),
                "complaint": rng.choice(COMPLAINTS[unit["category"]]),
                "cancelled": order % 40 == 29,
                "confirmed": order % 80 == 29,
            }
        )
    await work.post(*(change for case in cases for change in opening(case)))
    await write(work, cases)
    world["cases"] = cases


def opening(case: dict[str, Any]) -> list[Change]:
    key, at = case["case_id"], case["opened_at"]
    new = NewDocument(
        stream_id=key,
        branch_id=case["branch_id"],
        number=case["number"],
        unit_id=case["unit_id"],
        customer_id=case["customer_id"],
        new_stream=True,
    )
    channel = {"channel": case["channel"]}
    changes = [open_document(CASE, key, "receive", new, data=channel, at=at, assignee_id=case["owner"])]
    if case["cancelled"]:
        why = "The customer bought a new one instead."
        changes.append(move(CASE, key, "request_cancel", note=why, at=at + timedelta(hours=3)))
    if case["confirmed"]:
        changes.append(move(CASE, key, "confirm_cancel", at=at + timedelta(hours=5)))
    return changes


async def write(work: Work, cases: list[dict[str, Any]]) -> None:
    rows = [
        {"id": c["case_id"], "complaint": c["complaint"], "fault_code": None, "channel": c["channel"]} for c in cases
    ]
    people = [
        {"case_id": c["case_id"], "person_id": c["person_id"], "role": role, "may_approve": role == "owner"}
        for c in cases
        for role in ("owner", "caller")
    ]
    keys: list[index.Entry] = [
        {
            "kind": "number",
            "text": c["number"],
            "entity": "document",
            "entity_id": c["case_id"],
            "customer_id": c["customer_id"],
        }
        for c in cases
    ]
    await work.session.execute(insert(Case), rows)
    await work.session.execute(insert(MatterPerson), people)
    await index.put_many(work.session, keys)


async def finish(work: Work, world: dict[str, Any]) -> None:
    """Bring every case to where the modules' documents left it; then the last calls, so that no status is missing."""
    ids = [case["case_id"] for case in world["cases"]]
    latest = select(TimelineEntry.stream_id, func.max(TimelineEntry.at)).where(TimelineEntry.stream_id.in_(ids))
    last = {row[0]: row[1] for row in await work.session.execute(latest.group_by(TimelineEntry.stream_id))}
    for case_id in ids:
        await follow_documents(replace(work, now=min(work.now, last[case_id])), case_id)
    query = select(Document.id, Document.status, Document.changed_at).where(Document.id.in_(ids))
    rows = (await work.session.execute(query.order_by(Document.id.desc()))).all()
    called = [row for row in rows if row.status == "follow_up"]
    waiting = [row for row in rows if row.status == "received"]
    calls: list[Change] = []
    for row in called[6:]:
        said = "They are happy with how it was handled."
        at = min(work.now, row.changed_at + timedelta(days=1))
        calls.append(move(CASE, row.id, "close", data={"reached": "phone"}, note=said, at=at))
    calls += [move(CASE, row.id, "reopen", note="The noise is back after two washes.") for row in called[4:6]]
    calls += [
        change for row in called[3:4] for change in (move(CASE, row.id, "progress"), move(CASE, row.id, "resolve"))
    ]
    calls += [move(CASE, row.id, "merge", data={"into": rows[-1].id}) for row in waiting[:1]]
    await work.post(*calls)
