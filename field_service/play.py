"""The share of field service in the play: pickups and drops with their codes and photos, and the bench between."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from aftersales.auth import repository as auth
from aftersales.auth.permissions import COORDINATOR, SERVICE_ENGINEER, TECHNICIAN
from aftersales.customers import repository as customers
from aftersales.module import Cue
from aftersales.products import repository as products
from aftersales.scene import Scene
from field_service import labels
from field_service.demo import ACCESSORIES, CAUSES
from field_service.labels import CONDITIONS
from field_service.repairs import repository as repairs
from field_service.repairs.schemas import TakeIn
from field_service.repairs.service import intake
from field_service.visits.rules import DROP, PICKUP
from field_service.visits.schemas import RequestVisit
from field_service.visits.service import planning

RUNNING = frozenset({"received", "acknowledged", "in_progress", "waiting", "reopened"})
# People bring these to the counter themselves.
CARRIED = frozenset({"phone", "mixer", "microwave"})
LENGTH, SHORTEST = timedelta(minutes=90), timedelta(minutes=10)
FAULTS = {
    "washing_machine": ("20-A", "22-A", "22-B", "23-A"),
    "refrigerator": ("31-A", "31-B"),
    "air_conditioner": ("31-A", "12-A", "71-A"),
    "phone": ("61-A", "62-A", "62-B"),
    "television": ("51-A", "51-B", "52-A"),
    "microwave": ("41-A", "12-A"),
}
# What a repair costs before tax, in paise: the part, its tariff number, the work.
PRICES = (("Control board", 3_850_00, "85371000"), ("Motor", 4_300_00, "85014090"), ("Seal set", 890_00, "40169330"))
WORK = 1_200_00


async def _window(scene: Scene) -> dict[str, Any]:
    """From now for ninety minutes or to the end of the day; where that is too near, tomorrow morning."""
    branch = await auth.branch(scene.work.session, scene.work.scope, scene.branch_id)
    start = scene.work.now.astimezone(ZoneInfo(branch.timezone)).replace(second=0, microsecond=0)
    end = min(start + LENGTH, start.replace(hour=23, minute=59))
    if end - start < SHORTEST:
        start = (start + timedelta(days=1)).replace(hour=9, minute=0)
        end = start + LENGTH
    return {"window_start": start, "window_end": end}


async def _category(scene: Scene) -> str:
    unit_id = scene.about.unit_id
    return (await products.unit(scene.work.session, scene.work.scope, unit_id)).category_code if unit_id else ""


async def _visit(scene: Scene, kind: str) -> Mapping[str, Any] | None:
    customer_id = scene.about.customer_id
    known = await customers.addresses(scene.work.session, scene.work.scope, customer_id) if customer_id else []
    return {"kind": kind, "address_id": known[0].id, **await _window(scene)} if known else None


async def pickup(scene: Scene) -> Mapping[str, Any] | None:
    """What is too heavy to carry is fetched."""
    here = scene.has("visit") or scene.has("repair_order") or await _category(scene) in CARRIED
    return None if here else await _visit(scene, PICKUP)


async def brought(scene: Scene) -> Mapping[str, Any] | None:
    """The rest is brought to the counter."""
    mine = not scene.has("repair_order") and await _category(scene) in CARRIED
    return {"note": "With its box; no scratches."} if mine else None


async def drop(scene: Scene) -> Mapping[str, Any] | None:
    """What was fetched is brought back once it is ready."""
    ready = any(d.machine == "repair_order" and d.status == "ready" for d in scene.found)
    fetched = scene.has("visit") and not scene.has("visit", running=True)
    return await _visit(scene, DROP) if ready and fetched else None


async def fetched(scene: Scene) -> Mapping[str, Any] | None:
    """What was brought is fetched at the counter."""
    return None if scene.has("visit") else {}


async def another_time(scene: Scene) -> Mapping[str, Any] | None:
    """Now and then the customer asks for another time."""
    if not scene.chance(f"another time {scene.about.number[:5]}", 0.2):
        return None
    return {**await _window(scene), "reason": "customer_asked", "note": "They are at a wedding in the morning."}


async def technician(scene: Scene) -> Mapping[str, Any] | None:
    """Somebody of the centre's crew."""
    crew = await auth.staff_with_role(scene.work.session, scene.work.scope, TECHNICIAN, scene.branch_id)
    return {"technician_id": scene.pick("technician", crew).id} if crew else None


async def checked(scene: Scene) -> Mapping[str, Any]:
    """A photo before it leaves the house."""
    return {
        "photos": [await scene.photo("check")],
        "condition": scene.pick("condition", list(CONDITIONS)[:3]),
        "accessories": scene.pick("accessories", ACCESSORIES),
    }


async def sealed(scene: Scene) -> Mapping[str, Any]:
    """The seal's number."""
    return {"seal_number": f"S-{scene.pick('seal', range(10_000, 99_999))}"}


async def engineer(scene: Scene) -> Mapping[str, Any]:
    """The engineer who looks takes it."""
    return {"engineer_id": scene.work.actor.id}


async def finding(scene: Scene) -> Mapping[str, Any] | None:
    """What is broken, and why; with a photo, which some causes need."""
    order = await repairs.repair(scene.work.session, scene.work.scope, scene.about.id)
    if order.cause_code is not None:
        return None
    fault = scene.pick("fault", FAULTS.get(await _category(scene), ("11-A",)))
    cause = scene.pick("cause", CAUSES)
    note = f"{labels.CAUSES[cause].label}. Seen, and photographed."
    return {"fault_code": fault, "cause_code": cause, "note": note, "photos": [await scene.photo("photo")]}


async def price(scene: Scene) -> Mapping[str, Any] | None:
    """A part and an hour's work, once the cause is known."""
    order = await repairs.repair(scene.work.session, scene.work.scope, scene.about.id)
    if order.cause_code is None:
        return None
    part, minor, code = scene.pick("part", PRICES)
    lines = [{"kind": "parts", "description": part, "unit_price_minor": minor, "tax_code": code}]
    return {"lines": [*lines, {"kind": "labour", "description": "Repair", "unit_price_minor": WORK}]}


async def covered(scene: Scene) -> Mapping[str, Any] | None:
    """Covered in full, once the cause is known."""
    order = await repairs.repair(scene.work.session, scene.work.scope, scene.about.id)
    return {} if order.cause_code is not None else None


async def part_missing(scene: Scene) -> Mapping[str, Any] | None:
    """Now and then a part is not on the shelf."""
    missing = scene.chance("part missing", 0.2)
    return {"note": "The part comes with the evening's van from our store."} if missing else None


async def as_it_is(_scene: Scene) -> Mapping[str, Any]:
    """The customer said no."""
    return {"note": "You have said no to the estimate: it comes back to you as it is, and costs nothing."}


def _at(*statuses: str) -> frozenset[str]:
    return frozenset(statuses)


_BEGIN = (
    Cue(
        "case",
        RUNNING,
        COORDINATOR,
        "booked a pickup in {place}",
        opens=planning.request,
        schema=RequestVisit,
        body=pickup,
    ),
    Cue(
        "case",
        RUNNING,
        COORDINATOR,
        "took the unit in at the counter: {product}",
        opens=intake.take_in,
        schema=TakeIn,
        body=brought,
    ),
    Cue(
        "case",
        RUNNING,
        COORDINATOR,
        "booked the way back to {place}",
        opens=planning.request,
        schema=RequestVisit,
        body=drop,
    ),
)
_ROAD = (
    Cue("visit", _at("scheduled"), COORDINATOR, "confirmed the time with {name}", verb="confirm"),
    Cue(
        "visit",
        _at("confirmed"),
        COORDINATOR,
        "moved it: {name} asked for another time",
        verb="rescheduled",
        body=another_time,
    ),
    Cue("visit", _at("confirmed"), COORDINATOR, "gave the visit to a technician", verb="dispatch", body=technician),
    Cue("visit", _at("dispatched"), TECHNICIAN, "accepted the visit in {place}", verb="accept"),
    Cue("visit", _at("accepted"), TECHNICIAN, "is on the way to {place}", verb="depart"),
    Cue("visit", _at("en_route"), TECHNICIAN, "arrived at {place}", verb="arrive"),
    Cue("visit", _at("arrived"), TECHNICIAN, "checked the unit at the door, with a photo", verb="check", body=checked),
    Cue("visit", _at("checked"), TECHNICIAN, "sealed it and took it along", verb="collect", body=sealed),
    Cue("visit", _at("arrived"), TECHNICIAN, "handed the unit back to {name}", verb="deliver"),
    Cue("visit", _at("collected", "delivered"), TECHNICIAN, "finished the visit", verb="complete"),
)
_BENCH = (
    Cue("repair_order", _at("intake"), SERVICE_ENGINEER, "began the first look", verb="triage"),
    Cue(
        "repair_order",
        _at("triage"),
        SERVICE_ENGINEER,
        "took it on the bench: {product}",
        verb="diagnose",
        body=engineer,
    ),
    Cue("repair_order", _at("diagnosing"), SERVICE_ENGINEER, "found the fault", verb="diagnosed", body=finding),
    Cue(
        "repair_order",
        _at("diagnosing"),
        SERVICE_ENGINEER,
        "saw that it is covered in full",
        verb="skip_estimate",
        body=covered,
    ),
    Cue("repair_order", _at("diagnosing"), SERVICE_ENGINEER, "wrote the estimate", verb="estimate", body=price),
    Cue(
        "repair_order", _at("declined"), SERVICE_ENGINEER, "gives it back as it is", verb="return_as_is", body=as_it_is
    ),
    Cue("repair_order", _at("approved"), SERVICE_ENGINEER, "waits for a part", verb="await_parts", body=part_missing),
    Cue("repair_order", _at("approved", "awaiting_parts"), SERVICE_ENGINEER, "began the repair", verb="start"),
    Cue("repair_order", _at("in_repair"), SERVICE_ENGINEER, "repaired it", verb="check"),
    Cue("repair_order", _at("quality_check"), SERVICE_ENGINEER, "checked it: it works", verb="pass"),
    Cue(
        "repair_order", _at("ready"), COORDINATOR, "handed it to {name} at the counter", verb="hand_over", body=fetched
    ),
)
CUES = (*_BEGIN, *_ROAD, *_BENCH)
