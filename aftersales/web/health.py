"""Is the server alive, and can it do its work?"""

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, PlainTextResponse

from aftersales.http import services
from aftersales.operations.readiness import Readiness

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def healthz() -> PlainTextResponse:
    """`ok` while the process answers, whatever the database does: restarting it would help nothing."""
    return PlainTextResponse("ok")


@router.get("/readyz")
async def readyz(request: Request) -> JSONResponse:
    """200 when requests can be served; 503 with the check that failed."""
    found = await Readiness(services(request).database).ask()
    return JSONResponse(found.document(), 200 if found.well else 503, headers={"Cache-Control": "no-store"})
