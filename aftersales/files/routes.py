"""Downloads, for staff and for customers with a link. Uploads are part of the actions that take them."""

from typing import Literal
from uuid import UUID

from fastapi.responses import FileResponse

from aftersales.files import service
from aftersales.files.service import Download
from aftersales.http import CustomerWorkDep, WorkDep, customer_router, staff_router

api = staff_router("/files", tags=["files"])
track = customer_router("/track/files")

Variant = Literal["full", "thumbnail"]


@api.get("/{file_id}", name="download_file", response_class=FileResponse)
async def download_file(work: WorkDep, file_id: UUID, variant: Variant = "full") -> FileResponse:
    """The file, or of a picture the small form (at most 320 pixels)."""
    return _answer(await service.download(work, file_id, thumbnail=variant == "thumbnail"))


@track.get("/{file_id}", name="download_own_file", response_class=FileResponse, include_in_schema=False)
async def download_own_file(work: CustomerWorkDep, file_id: UUID, variant: Variant = "full") -> FileResponse:
    """A file that the customer may see."""
    return _answer(await service.download(work, file_id, thumbnail=variant == "thumbnail"))


def _answer(found: Download) -> FileResponse:
    return FileResponse(found.path, media_type=found.mime, headers=dict(found.headers))
