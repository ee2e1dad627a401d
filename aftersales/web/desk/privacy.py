"""Handing a customer everything that is stored about them, and letting it go: look first, then confirm."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Form, Request, Response
from starlette.responses import PlainTextResponse, RedirectResponse

from aftersales import clock
from aftersales.auth import repository as auth
from aftersales.customers import repository as customers
from aftersales.errors import Problem
from aftersales.http import WorkDep, staff_router
from aftersales.i18n import N_, calendar_day, day_time, joined, said
from aftersales.privacy import repository, service
from aftersales.privacy.permissions import ERASE
from aftersales.privacy.repository import ErasureView
from aftersales.privacy.routes import zipped
from aftersales.subject import number_of
from aftersales.web.desk.shell import desk
from aftersales.web.legal import ui_problem
from aftersales.web.render import desk_language, page
from aftersales.work import Work

router = staff_router()


@router.get("/desk/customers/{customer_id}/everything.zip", include_in_schema=False)
async def everything(work: WorkDep, request: Request, customer_id: UUID) -> Response:
    """All that is stored about one customer."""
    return await zipped(work, customer_id, clock.business_date(work.now, request.state.who.timezone))


@router.get("/desk/customers/{customer_id}/erase", include_in_schema=False)
async def look(work: WorkDep, request: Request, customer_id: UUID, person: UUID | None = None) -> Response:
    """What would be gone and what kept. Nothing is changed."""
    return await _look(work, request, customer_id, person)


@router.post("/desk/customers/{customer_id}/erase", include_in_schema=False)
async def erase(
    work: WorkDep,
    request: Request,
    customer_id: UUID,
    number: Annotated[str, Form(max_length=20)] = "",
    person: Annotated[UUID | None, Form()] = None,
) -> Response:
    """Erase, once the customer's number has been typed."""
    try:
        async with work.session.begin_nested():
            made = await service.erase(work, customer_id, person, confirmed=number)
    except Problem as problem:
        if problem.status not in (409, 422):
            raise
        return await _look(work, request, customer_id, person, failed=problem)
    return RedirectResponse(f"/desk/erasures/{made}", 303)


@router.get("/desk/erasures/{erasure_id}.txt", include_in_schema=False)
async def report_file(work: WorkDep, request: Request, erasure_id: UUID) -> Response:
    """The report as plain text, to hand on."""
    found = await repository.erasure(work.session, work.scope, erasure_id)
    lines = [
        N_("Customer {number}").format(number=number_of(found.customer_id)),
        await _done(work, found, request.state.who.timezone),
        "",
    ]
    for title, kept in ((N_("Erased"), False), (N_("Kept"), True)):
        lines += [
            title,
            *(
                joined([f"- {one['count']} ×", N_(one["what"]), *_why(one)], " ")
                for one in _shown(found.lines, kept=kept)
            ),
            "",
        ]
    name = f"erasure-{number_of(found.customer_id)}-{found.at.date().isoformat()}.txt"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    text = "\n".join(str(said(line, desk_language(request))) for line in lines)
    return PlainTextResponse(text, headers=headers)


@router.get("/desk/erasures/{erasure_id}", include_in_schema=False)
async def report(work: WorkDep, request: Request, erasure_id: UUID) -> Response:
    """What was erased, what was kept and why."""
    found = await repository.erasure(work.session, work.scope, erasure_id)
    context = await desk(
        request,
        work,
        "customers",
        number=number_of(found.customer_id),
        heading=N_("Erased"),
        done_text=await _done(work, found, request.state.who.timezone),
        gone=_shown(found.lines, kept=False),
        kept=_shown(found.lines, kept=True),
        back_url=f"/desk/customers/{found.customer_id}",
        file_url=f"/desk/erasures/{found.id}.txt",
    )
    return page(request, "desk/erase.html", context)


async def _look(
    work: Work, request: Request, customer_id: UUID, person_id: UUID | None, *, failed: Problem | None = None
) -> Response:
    work.scope.require(ERASE)
    found = await service.plan(work, customer_id, person_id)
    who = await customers.customer(work.session, work.scope, customer_id)
    people = await customers.people(work.session, work.scope, customer_id)
    name = next((one.name for one in people if one.id == person_id), who.name)
    fields: list[dict[str, Any]] = [
        {"name": "number", "label": N_("Customer's number"), "kind": "text", "required": True, "autocomplete": "off"}
    ]
    if person_id is not None:
        fields.append({"name": "person", "label": "", "kind": "hidden", "value": str(person_id)})
    lines = [
        {"what": one.what, "count": one.count, "kept": one.kept, "why": one.why, "until": one.until}
        for one in found.lines
    ]
    context = await desk(
        request,
        work,
        "customers",
        number=number_of(customer_id),
        heading=N_("Erase {name}").format(name=name),
        done_text="",
        gone=_shown(lines, kept=False),
        kept=_shown(lines, kept=True),
        blocked=found.blocked,
        fields=fields,
        form_url=f"/desk/customers/{customer_id}/erase",
        back_url=f"/desk/customers/{customer_id}",
        file_url="",
    )
    context["problem"] = ui_problem(failed) if failed is not None else None
    return page(request, "desk/erase.html", context, status=failed.status if failed is not None else 200)


async def _done(work: Work, found: ErasureView, zone: str) -> str:
    names = await auth.staff_names(work.session, work.scope, [found.staff_id] if found.staff_id else [])
    by = names.get(found.staff_id, N_("a former colleague")) if found.staff_id else N_("whoever runs this installation")
    return N_("Erased on {when} by {by}.").format(when=day_time(found.at, zone, year=True), by=by)


def _shown(lines: Sequence[Mapping[str, Any]], *, kept: bool) -> list[dict[str, Any]]:
    return [
        {
            "what": N_(one["what"]),
            "count": one["count"],
            "why": N_(one["why"]) if one["why"] else "",
            "until": N_("Until {when}.").format(when=calendar_day(_day(one["until"]))) if one["until"] else "",
        }
        for one in lines
        if one["kept"] is kept
    ]


def _day(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _why(line: Mapping[str, Any]) -> list[str]:
    return [joined(["(", N_(line["why"]), ")"], "") if line["why"] else "", line["until"]]
