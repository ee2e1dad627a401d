"""What the demo company has closed in the year before: enough of the models that most people have to foresee by, and to
say what may get in the way."""

import random
from datetime import timedelta
from typing import Any

from aftersales.cases.demo import CHANNELS, COMPLAINTS, OWNERS, opening, write
from aftersales.cases.machine import CASE
from aftersales.ids import new_id
from aftersales.status.changes import move
from aftersales.work import Work

USUAL = ("FL-75", "DD-265", "IN-15", "V-7", "MX-500", "LED-43")
EACH = 30
# Hours that half of them last, and how far they differ (the spread of the logarithm).
LASTED = {
    "washing_machine": (50.0, 0.5),
    "refrigerator": (60.0, 0.6),
    "air_conditioner": (44.0, 0.55),
    "phone": (28.0, 0.6),
    "mixer": (22.0, 0.5),
    "television": (96.0, 0.55),
}


async def fill(work: Work, world: dict[str, Any]) -> None:
    """Received; the modules add what was done, `finish` the ends. Leaves them at `world["past"]`, oldest first."""
    rng = random.Random(45)  # noqa: S311 - the same company each time, no secret
    models = {p["product_id"]: p["model"] for p in world["products"]}
    chosen = []
    for model in USUAL:
        units = [unit for unit in world["units"] if models[unit["product_id"]] == model and _owned(work, unit) > 40]
        picked = rng.choices(units, k=EACH) if units else []
        chosen += [(unit, rng.uniform(20, min(380, _owned(work, unit) - 10))) for unit in picked]
    world["past"] = []
    for unit, age in sorted(chosen, key=lambda one: one[1], reverse=True):
        at = work.now - timedelta(days=age)
        code = world["branch_codes"][unit["branch_id"]]
        half, spread = LASTED[unit["category"]]
        lasted = min(max(rng.lognormvariate(0, spread) * half, 6.0), 15 * 24.0)
        kept = {name: unit[name] for name in ("unit_id", "customer_id", "person_id", "branch_id", "category")}
        case = {
            "case_id": new_id(),
            "number": await work.numbers.next(code, at.year),
            "opened_at": at,
            "ended_at": at + timedelta(hours=lasted),
            "owner": world["staff"][OWNERS[code]],
            "channel": rng.choice(CHANNELS),
            "complaint": rng.choice(COMPLAINTS[unit["category"]]),
            "cancelled": False,
            "confirmed": False,
        }
        world["past"].append(kept | case)
    await work.post(*(change for case in world["past"] for change in opening(case)))
    await write(work, world["past"])


def _owned(work: Work, unit: dict[str, Any]) -> int:
    """Days since it was bought: nobody has it repaired before."""
    return int((work.now.date() - unit["purchased_on"]).days)


async def finish(work: Work, world: dict[str, Any]) -> None:
    """Each is complete, and its owner was called a day later."""
    said = "They are happy with how it was handled."
    for case in world["past"]:
        case_id, ended = case["case_id"], case["ended_at"]
        called = ended + timedelta(days=1)
        await work.post(
            move(CASE, case_id, "resolve", at=ended),
            move(CASE, case_id, "close", data={"reached": "phone"}, note=said, at=called),
        )
