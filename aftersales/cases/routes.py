"""The API of cases. Verbs on a case are actions of the manifest."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Response

from aftersales.cases import repository, service
from aftersales.cases.schemas import CaseLine, CaseOut, DocumentLine, OpenCase, TimelineLine
from aftersales.http import Page, PageDep, WorkDep, etag, staff_router
from aftersales.status import documents, timeline
from aftersales.status.engine import legal_verbs
from aftersales.status.machine import Audience

api = staff_router("/cases", tags=["cases"])


@api.post("", status_code=201, name="open_case")
async def open_case(work: WorkDep, body: OpenCase, response: Response) -> CaseOut:
    """Open a case for a household and one of its units."""
    case_id = await service.open_case(work, body)
    found = await repository.case(work.session, work.as_system().scope, case_id)
    response.headers["Location"] = f"/api/v1/cases/{case_id}"
    response.headers["ETag"] = etag(found.version)
    return CaseOut.model_validate(found)


@api.get("", name="list_cases")
async def list_cases(
    work: WorkDep,
    page: PageDep,
    status: Annotated[list[str] | None, Query(max_length=20)] = None,
    category: Literal["open", "waiting", "done", "trouble"] | None = None,
    owner_id: UUID | None = None,
    branch_id: UUID | None = None,
) -> Page[CaseLine]:
    """Cases you may see, newest first."""
    work.scope.require("case.view")
    wanted = repository.CaseFilter(
        statuses=frozenset(status) if status else None, category=category, owner_id=owner_id, branch_id=branch_id
    )
    rows = await repository.listed(work.session, work.scope, wanted, limit=page.limit, after=page.after)
    more = str(rows[-1].id) if len(rows) == page.limit else None
    return Page(items=[CaseLine.model_validate(row) for row in rows], next=more)


@api.get("/{case_id}", name="get_case")
async def get_case(work: WorkDep, case_id: UUID, response: Response) -> CaseOut:
    """One case."""
    work.scope.require("case.view")
    found = await repository.case(work.session, work.scope, case_id)
    response.headers["ETag"] = etag(found.version)
    return CaseOut.model_validate(found)


@api.get("/{case_id}/documents", name="list_case_documents")
async def list_documents(work: WorkDep, case_id: UUID) -> list[DocumentLine]:
    """The documents of a case, first opened first, with what may be done to each now (permissions aside)."""
    work.scope.require("case.view")
    await repository.case(work.session, work.scope, case_id)
    machines = work.registry.machines
    return [
        DocumentLine(
            id=d.id,
            machine=d.machine,
            number=d.number,
            status=d.status,
            category=d.category,
            version=d.version,
            legal=legal_verbs(machines[d.machine], d.status) if d.machine in machines else [],
        )
        for d in await documents.on_stream(work.session, work.scope, case_id)
    ]


@api.get("/{case_id}/timeline", name="get_timeline")
async def get_timeline(
    work: WorkDep,
    case_id: UUID,
    after: Annotated[int, Query(ge=0, le=2**31 - 1, description="Entries after this version")] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 100,
) -> list[TimelineLine]:
    """What happened, oldest first. The version of the last entry is the `after` of the next page."""
    work.scope.require("case.view")
    await repository.case(work.session, work.scope, case_id)
    entries = await timeline.read(work.session, work.scope, case_id, Audience.STAFF, after, limit=limit)
    return [
        TimelineLine(
            version=e.version,
            document_id=e.document_id,
            document_version=e.document_version,
            machine=e.machine,
            kind=e.kind,
            name=e.name,
            from_status=e.from_status,
            to_status=e.to_status,
            at=e.at,
            actor_kind=e.actor.kind,
            actor_id=e.actor.id,
            origin=e.origin,
            audience=e.audience,
            data=dict(e.data),
            note=e.note,
        )
        for e in entries
    ]
