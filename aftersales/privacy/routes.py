"""The JSON API of handing out and letting go."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping
from datetime import date, datetime
from typing import IO, Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import StreamingResponse

from aftersales import clock
from aftersales.fields import Strict
from aftersales.http import WorkDep, staff_router
from aftersales.privacy import bundle, repository, service
from aftersales.privacy.permissions import EXPORT
from aftersales.subject import number_of

api = staff_router(tags=["privacy"])
CHUNK = 64 * 1024
IN_MEMORY = 4 * 1024 * 1024
Alone = Annotated[UUID | None, Query(description="One person, where others of the household remain")]


class ErasureIn(Strict):
    """Whom to erase: `number` is the customer's (`C-7F3A-91B2`), typed by whoever answers for it."""

    number: Annotated[str, Field(max_length=20)]
    person_id: UUID | None = Field(default=None, description="One person, where others of the household remain")


class LineOut(BaseModel):
    """So many of something are gone, or are kept and why; `until` when, if the law says so."""

    model_config = ConfigDict(from_attributes=True)

    what: str
    count: int
    kept: bool
    why: str
    until: date | None


class ErasurePlan(BaseModel):
    """What an erasure would do now, and in `blocked` what stands in its way."""

    number: str
    lines: list[LineOut]
    blocked: list[str]


class ErasureOut(BaseModel):
    """An erasure that was carried out. `staff_id` null: from the command line."""

    id: UUID
    customer_id: UUID
    person_id: UUID | None
    staff_id: UUID | None
    at: datetime
    lines: list[LineOut]


@api.get("/customers/{customer_id}/everything", name="get_everything")
async def get_everything(work: WorkDep, customer_id: UUID) -> Mapping[str, Any]:
    """All that is stored about one customer, by the part of the system that holds it; files as they are named there."""
    return await service.told(work, customer_id)


@api.get(
    "/customers/{customer_id}/everything.zip",
    name="download_everything",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}},
)
async def download_everything(work: WorkDep, customer_id: UUID) -> StreamingResponse:
    """The same as `customer.json` in a zip file, with the photos and documents beside it."""
    return await zipped(work, customer_id, clock.business_date(work.now, "UTC"))


@api.get("/customers/{customer_id}/erasures/plan", name="plan_erasure")
async def plan_erasure(work: WorkDep, customer_id: UUID, person_id: Alone = None) -> ErasurePlan:
    """A dry run: what would be gone and what kept. Nothing is changed."""
    found = await service.plan(work, customer_id, person_id)
    lines = [LineOut.model_validate(line) for line in found.lines]
    return ErasurePlan(number=number_of(customer_id), lines=lines, blocked=list(found.blocked))


@api.post(
    "/customers/{customer_id}/erasures",
    status_code=201,
    name="erase_customer",
)
async def erase_customer(work: WorkDep, customer_id: UUID, body: ErasureIn, response: Response) -> ErasureOut:
    """Let go of what the law lets go, for good. Again, the answer is the record of the time before."""
    made = await service.erase(work, customer_id, body.person_id, confirmed=body.number)
    response.headers["Location"] = f"/api/v1/erasures/{made}"
    return await _record(work, made)


@api.get("/erasures/{erasure_id}", name="get_erasure")
async def get_erasure(work: WorkDep, erasure_id: UUID) -> ErasureOut:
    """What was erased, what was kept and why."""
    return await _record(work, erasure_id)


async def _record(work: WorkDep, erasure_id: UUID) -> ErasureOut:
    found = await repository.erasure(work.session, work.scope, erasure_id)
    lines = [LineOut.model_validate(line) for line in found.lines]
    named = {name: getattr(found, name) for name in ("id", "customer_id", "person_id", "staff_id", "at")}
    return ErasureOut(**named, lines=lines)


async def zipped(work: WorkDep, customer_id: UUID, day: date) -> StreamingResponse:
    """One customer whole, as a download of that day. Raises Forbidden, NotFound before anything is sent."""
    work.scope.require(EXPORT)
    out = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 - closed when the last byte is sent
    try:
        await bundle.write(work, customer_id, out)
    except BaseException:
        out.close()
        raise
    name = f"customer-{number_of(customer_id)}-{day.isoformat()}.zip"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingResponse(_sent(out), media_type="application/zip", headers=headers)


async def _sent(out: IO[bytes]) -> AsyncIterator[bytes]:
    try:
        out.seek(0)
        while part := await asyncio.to_thread(out.read, CHUNK):
            yield part
    finally:
        out.close()
