"""Is the server alive?"""

from fastapi import APIRouter, Request
from sqlalchemy import text
from starlette.responses import PlainTextResponse

from aftersales.http import services

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def healthz(request: Request) -> PlainTextResponse:
    """`ok` when the database answers; 503 otherwise."""
    async with services(request).database.sessions() as session:
        await session.execute(text("SELECT 1"))
    return PlainTextResponse("ok")
