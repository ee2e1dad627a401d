"""The parts of the API that belong to no module: signing in, who is who, stuck deliveries, files of a document."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import File, Form, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from aftersales import clock
from aftersales.auth import repository as auth
from aftersales.auth import service as auth_service
from aftersales.auth import sessions
from aftersales.auth.sessions import SignedIn
from aftersales.cases import service as cases
from aftersales.cases.machine import CASE
from aftersales.errors import Forbidden, TooMany, Unauthenticated
from aftersales.files import service as files
from aftersales.http import (
    Page,
    PageDep,
    WorkDep,
    public_router,
    refuse_cross_site,
    services,
    staff_router,
)
from aftersales.outbox import repository as outbox
from aftersales.outbox import service as outbox_service
from aftersales.readable import refuse_unreadable
from aftersales.scope import ActorKind
from aftersales.status import documents
from aftersales.status.machine import Audience
from aftersales.uploads import Upload, chunks
from aftersales.web.signin import forget, keep

public = public_router(tags=["access"])
api = staff_router(tags=["access"])


class SignInBody(BaseModel):
    """Name and password."""

    model_config = ConfigDict(extra="forbid")

    login: Annotated[str, Field(max_length=100)]
    password: Annotated[str, Field(max_length=200)]


class Me(BaseModel):
    """Who is signed in: a person, or a program with a token (`client`), whose `staff_id` is its maker's.

    A person's session sends `csrf_token` as `X-CSRF-Token` with everything that is not a GET; a program has none.
    With `must_change_password` everything else answers 403 `auth.password_first` until they have, on the desk.
    """

    kind: Literal["staff", "client"]
    staff_id: UUID
    name: str
    roles: list[str]
    branch_id: UUID
    branch_name: str
    timezone: str
    permissions: list[str]
    csrf_token: str
    must_change_password: bool


class BranchOut(BaseModel):
    """A service centre. `latitude` and `longitude` are in degrees, both or neither."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    code: str
    name: str
    phone: str
    address: str
    postcode: str
    timezone: str
    currency: str
    latitude: float | None
    longitude: float | None


class StaffOut(BaseModel):
    """A member of staff."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    branch_id: UUID


class DeadOut(BaseModel):
    """A delivery that failed too often. `error` is a class and a code."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    subscriber: str
    stream_id: UUID | None
    version: int | None
    key: str | None
    attempts: int
    error: str | None
    created_at: datetime


class FileOut(BaseModel):
    """A kept file. It has been drawn anew; `sha256` is of what is kept."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    kind: str
    mime: str
    size: int
    width: int | None
    height: int | None
    sha256: str


@public.post("/session", status_code=201, name="sign_in", openapi_extra={"x-public": True})
async def sign_in(request: Request, body: SignInBody, response: Response) -> Me:
    """Sign in; the session is in the cookie of the answer. Too many attempts are answered with 429."""
    refuse_cross_site(request)
    await refuse_unreadable(request)
    found = services(request)
    ip = request.client.host if request.client else ""
    async with found.database.unit_of_work() as session:
        result = await auth_service.sign_in(session, login=body.login, password=body.password, ip=ip, now=clock.now())
    if result.retry_after:
        raise TooMany("auth.too_many_attempts", "Too many attempts. Come again later.", retry_after=result.retry_after)
    if result.token is None:
        raise Unauthenticated("auth.wrong", "Name or password is not right.")
    async with found.database.unit_of_work() as session:
        who = await sessions.signed_in(session, found.registry, found.settings, result.token, clock.now())
    if who is None:
        raise Unauthenticated("auth.sign_in", "The session has ended already. Sign in again.")
    keep(response, found.settings, result.token)
    return _me(who)


@api.delete("/session", status_code=204, name="sign_out")
async def sign_out(work: WorkDep, request: Request, response: Response) -> None:
    """End the session on the server. A token has none: it is revoked on the desk."""
    if work.actor.kind is not ActorKind.STAFF:
        raise Forbidden("auth.no_session", "A token has no session to end. It is revoked on the desk.")
    await forget(work, request, response)


@api.get("/me", name="me")
async def me(work: WorkDep, request: Request) -> Me:
    """Who is signed in, what they may do, and their CSRF token."""
    del work
    return _me(request.state.who)


@api.get("/branches", name="list_branches")
async def list_branches(work: WorkDep) -> list[BranchOut]:
    """Every service centre, by name."""
    return [BranchOut.model_validate(one) for one in await auth.branches(work.session, work.scope)]


@api.get("/staff", name="list_staff")
async def list_staff(
    work: WorkDep, role: Annotated[str, Query(max_length=40)], branch_id: UUID | None = None
) -> list[StaffOut]:
    """Who holds a role, in one branch if it is named."""
    found = await auth.staff_with_role(work.session, work.scope, role, branch_id)
    return [StaffOut.model_validate(one) for one in found]


@api.get("/deliveries", name="list_dead_deliveries", tags=["deliveries"])
async def list_dead(work: WorkDep, page: PageDep) -> Page[DeadOut]:
    """Deliveries that failed too often and wait for a person, oldest first."""
    found = await outbox.dead(work.session, work.scope, after=page.after, limit=page.limit)
    more = str(found[-1].id) if len(found) == page.limit else None
    return Page(items=[DeadOut.model_validate(one) for one in found], next=more)


@api.post(
    "/deliveries/{delivery_id}/retry",
    status_code=204,
    name="retry_delivery",
    tags=["deliveries"],
)
async def retry(work: WorkDep, delivery_id: UUID) -> None:
    """Give a dead delivery all its attempts again."""
    await outbox_service.retry_dead(work, delivery_id)


@api.post(
    "/documents/{document_id}/files",
    status_code=201,
    name="add_file",
    tags=["files"],
)
async def add_file(
    work: WorkDep,
    document_id: UUID,
    file: Annotated[Upload, File(description="JPEG, PNG, WebP or PDF")],
    kind: Annotated[Literal["invoice", "photo", "check", "signature", "document"], Form()] = "photo",
    audience: Annotated[Audience, Form()] = Audience.STAFF,
) -> FileOut:
    """Keep a photo or PDF with a document. On a case it also stands on the timeline."""
    found = await documents.get(work.session, work.scope, document_id)
    work.scope.require("case.note", found.branch_id)

    stored = await files.store(
        work,
        stream_id=found.stream_id,
        document_id=found.id,
        kind=kind,
        filename=file.filename or "",
        data=await files.read_capped(chunks(file), work.settings.upload_max_bytes),
        audience=audience,
    )
    if found.machine == CASE.name:
        await cases.file_added(work, found.id, stored.id, kind)
    return FileOut.model_validate(stored)


def _me(who: SignedIn) -> Me:
    return Me(
        kind="client" if who.scope.actor.kind is ActorKind.CLIENT else "staff",
        staff_id=who.staff_id,
        name=who.name,
        roles=list(who.roles),
        branch_id=who.branch_id,
        branch_name=who.branch_name,
        timezone=who.timezone,
        permissions=sorted(who.scope.grants),
        csrf_token=who.csrf_token,
        must_change_password=who.must_change,
    )
