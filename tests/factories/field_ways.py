"""The way of a unit through field service, one stretch at a time, for tests that begin further on."""

from io import BytesIO
from uuid import UUID

from PIL import Image

from aftersales.cases.schemas import Nothing, Reason
from aftersales.files import service as files
from aftersales.status.machine import Audience
from aftersales.work import Work
from field_service import panels
from field_service.repairs.schemas import Diagnose, EstimateIn, Found, LineIn, ToldReason
from field_service.repairs.service import intake
from field_service.visits.schemas import (
    Arrive,
    Check,
    Collect,
    Dispatch,
    RequestVisit,
)
from field_service.visits.schemas import Remark as VisitRemark
from field_service.visits.service import planning, road
from tests.factories.field_service import Centre

CODE = Arrive(code="000000")
LINES = EstimateIn(
    lines=[
        LineIn(kind="parts", description="Wiring harness", unit_price_minor=400_000, tax_code="8450"),
        LineIn(kind="labour", description="Fitting", unit_price_minor=150_000, tax_code="998717"),
    ]
)
WHY = Reason(note="Because the test says so.")
TOLD = ToldReason(note="Because the test says so.")


def picture() -> bytes:
    held = BytesIO()
    Image.new("RGB", (40, 30), (90, 60, 30)).save(held, "JPEG")
    return held.getvalue()


async def photo(place: Centre, document_id: UUID, kind: str) -> None:
    async def store(work: Work) -> None:
        await files.store(
            work,
            stream_id=place.case_id,
            document_id=document_id,
            kind=kind,
            filename="a.jpg",
            data=picture(),
            audience=Audience.STAFF,
        )

    await place.do(store, by="system")


async def booked(place: Centre, kind: str = "pickup", **fields: object) -> UUID:
    start, end = place.window()
    body = RequestVisit.model_validate(
        {"kind": kind, "address_id": place.address_id, "window_start": start, "window_end": end, **fields}
    )
    visit_id: UUID = await place.do(planning.request, place.case_id, body)
    return visit_id


async def on_the_way(place: Centre, kind: str) -> UUID:
    visit_id = await booked(place, kind)
    await place.do(planning.confirm, visit_id, Nothing())
    await place.do(planning.dispatch, visit_id, Dispatch(technician_id=place.technician.id))
    await place.do(road.accept, visit_id, Nothing(), by="technician")
    await place.do(road.depart, visit_id, Nothing(), by="technician")
    return visit_id


async def at_the_door(place: Centre, kind: str) -> UUID:
    visit_id = await on_the_way(place, kind)
    await place.do(road.arrive, visit_id, CODE, by="technician")
    return visit_id


async def taken_in(place: Centre) -> UUID:
    """The pickup was completed; answers the repair order that opened by itself."""
    visit_id = await at_the_door(place, "pickup")
    await photo(place, visit_id, "check")
    await place.do(road.check, visit_id, Check(condition="scratched", accessories="hose, cord, hose"), by="technician")
    await place.do(road.collect, visit_id, Collect(seal_number="s-88213"), by="technician")
    await place.do(road.complete, visit_id, VisitRemark(), by="technician")
    await place.settle()
    [order] = await place.of("repair_order")
    return order.id


async def diagnosing(place: Centre) -> UUID:
    repair_id = await taken_in(place)
    await place.do(intake.triage, repair_id, Nothing())
    await place.do(intake.diagnose, repair_id, Diagnose(engineer_id=place.engineer.id))
    return repair_id


async def cause(place: Centre, repair_id: UUID, code: str = "WR") -> None:
    await place.do(intake.found, repair_id, Found(fault_code="22-B", cause_code=code, note="Seen."), by="engineer")


async def holder(place: Centre) -> str:
    shown = await place.do(panels.now_with, place.case_id)
    return f"{shown['holder']}: {shown['who']}"
