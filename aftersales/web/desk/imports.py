"""Files of other systems on the desk: send one, look at what would happen, then have it written."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from starlette.datastructures import FormData, UploadFile
from starlette.responses import RedirectResponse

from aftersales import csvfile
from aftersales.errors import Invalid, NotFound, Problem
from aftersales.http import WorkDep, staff_router
from aftersales.i18n import N_, day_time, several
from aftersales.imports import repository, service
from aftersales.imports.fields import Order
from aftersales.imports.findings import Outcome
from aftersales.imports.models import ImportRun
from aftersales.imports.permissions import RUN
from aftersales.module import Import
from aftersales.web.desk.shell import desk
from aftersales.web.legal import ui_problem
from aftersales.web.render import page
from aftersales.work import Work

router = staff_router("/desk/imports")
ORDERS: Mapping[str, tuple[str, str]] = {
    "": (N_("There are none, or year first"), "2025-12-31"),
    Order.DMY: (N_("Day, month, year"), "31-12-2025"),
    Order.MDY: (N_("Month, day, year"), "12/31/2025"),
}
STATES: Mapping[str, tuple[str, str]] = {
    "checking": (N_("Being looked through"), "open"),
    "checked": (N_("Not written yet"), "waiting"),
    "writing": (N_("Being written"), "open"),
    "written": (N_("Written"), "done"),
    "failed": (N_("Not taken"), "trouble"),
}
OUTCOMES: Mapping[Outcome, tuple[str, str]] = {
    Outcome.NEW: (N_("New"), "done"),
    Outcome.CHANGED: (N_("Changed"), "open"),
    Outcome.UNCHANGED: (N_("As they are"), "waiting"),
    Outcome.REJECTED: (N_("Refused"), "trouble"),
}
CSV = "text/csv; charset=utf-8"
SHOWN = 50


@router.get("", include_in_schema=False)
async def import_list(work: WorkDep, request: Request) -> Response:
    """What can be taken in, and the files of the last days."""
    return await _list(request, work, {})


@router.post("", include_in_schema=False)
async def send(work: WorkDep, request: Request) -> Response:
    """Takes the file and has it looked through; one that is no list is refused at once, beside the form."""
    work.scope.require(RUN)
    form = await request.form()
    try:
        async with work.session.begin_nested():
            run_id = await _send(work, form)
    except Problem as problem:
        if problem.status not in (413, 422):
            raise
        values = {name: value for name, value in form.items() if isinstance(value, str)}
        return await _list(request, work, values, problem)
    return RedirectResponse(f"/desk/imports/{run_id}", 303)


async def _send(work: Work, form: FormData) -> UUID:
    kind = _kind(work, str(form.get("what", "")))
    file, dates = form.get("file"), str(form.get("dates", ""))
    if dates not in ORDERS:
        raise Invalid("import.dates", "Choose one of the orders.", errors=[{"field": "dates", "problem": "unknown"}])
    # One byte more than may be is enough to know.
    limit = work.settings.upload_max_bytes + 1
    data = await file.read(limit) if isinstance(file, UploadFile) else b""
    name = (file.filename if isinstance(file, UploadFile) else "") or f"{kind.name}.csv"
    country = str(form.get("country") or work.settings.country).strip().upper()
    return await service.send(work, kind, filename=name, data=data, dates=dates, region=country)


@router.get("/examples/{what}.csv", include_in_schema=False)
async def example(work: WorkDep, what: str) -> Response:
    """A file with every column and one row."""
    work.scope.require(RUN)
    kind = work.registry.imports.get(what)
    if kind is None:
        raise NotFound("http.not_found", "There is nothing at this address.")
    rows = [[field.name for field in kind.fields], [csvfile.cell(field.example) for field in kind.fields]]
    return _file(csvfile.BOM + csvfile.lines(rows), f"{kind.name}.csv")


@router.get("/{run_id}", include_in_schema=False)
async def import_page(work: WorkDep, request: Request, run_id: UUID) -> Response:
    """One file: how far it is, what would happen or has happened."""
    work.scope.require(RUN)
    run = await repository.run(work.session, work.scope, run_id)
    return page(request, "desk/import.html", await desk(request, work, "imports", **_shown(request, work, run)))


@router.post("/{run_id}/write", include_in_schema=False)
async def carry_out(work: WorkDep, request: Request, run_id: UUID) -> Response:
    """Has it written: all of it, or with `good_rows` what is right."""
    form = await request.form()
    await service.carry_out(work, run_id, good_rows=form.get("good_rows") == "1")
    return RedirectResponse(f"/desk/imports/{run_id}", 303)


@router.get("/{run_id}/rejects.csv", include_in_schema=False)
async def rejects(work: WorkDep, run_id: UUID) -> Response:
    """The refused rows with their reasons, to be corrected and sent again."""
    work.scope.require(RUN)
    run = await repository.run(work.session, work.scope, run_id)
    if run.rejects is None:
        raise NotFound("import.no_rejects", "No row of this file was refused.")
    return _file(run.rejects, f"{run.what}.rejects.csv")


def _file(data: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(data, media_type=CSV, headers=headers)


def _kind(work: Work, what: str) -> Import:
    kind = work.registry.imports.get(what)
    if kind is None:
        raise Invalid("import.what", "Choose what the file lists.", errors=[{"field": "what", "problem": "unknown"}])
    return kind


async def _list(request: Request, work: Work, values: Mapping[str, str], problem: Problem | None = None) -> Response:
    work.scope.require(RUN)
    kinds, zone = work.registry.imports, request.state.who.timezone
    country = values.get("country") or work.settings.country
    runs = await repository.runs(work.session, work.scope)
    fields = [
        _field(
            "what", N_("What the file lists"), "choice", values, [(k.name, k.title, k.about) for k in kinds.values()]
        ),
        _field("file", N_("The file, CSV"), "file", values) | {"accept": ".csv,.txt,.tsv,text/csv"},
        _field("dates", N_("How dates are written in it"), "choice", values, [(k, *v) for k, v in ORDERS.items()]),
        _field("country", N_("Country of phones written without its code"), "text", values)
        | {"value": country, "help": N_("Two letters, such as IN."), "maxlength": "2"},
    ]
    context = await desk(
        request,
        work,
        "imports",
        form={"url": "/desk/imports", "fields": fields},
        lists=[_columns(kind) for kind in kinds.values()],
        runs=[_row(work, run, zone) for run in runs],
        problem=ui_problem(problem) if problem is not None else None,
    )
    return page(request, "desk/imports.html", context, status=problem.status if problem is not None else 200)


def _field(
    name: str, label: str, kind: str, values: Mapping[str, str], options: Sequence[tuple[str, str, str]] = ()
) -> dict[str, Any]:
    made: dict[str, Any] = {"name": name, "label": label, "kind": kind, "required": True}
    made["value"] = values.get(name, "")
    made["options"] = [{"value": value, "label": said, "detail": detail} for value, said, detail in options]
    return made


def _columns(kind: Import) -> dict[str, Any]:
    return {
        "title": kind.title,
        "example_url": f"/desk/imports/examples/{kind.name}.csv",
        "columns": [
            {
                "name": field.name,
                "required": field.required,
                "about": field.about,
                "example": field.example,
                "choices": ", ".join(field.choices),
            }
            for field in kind.fields
        ],
    }


def _row(work: Work, run: ImportRun, zone: str) -> dict[str, Any]:
    label, category = STATES[run.state]
    kind = work.registry.imports.get(run.what)
    return {
        "url": f"/desk/imports/{run.id}",
        "name": run.filename,
        "what": kind.title if kind else run.what,
        "state": label,
        "category": category,
        "at_text": day_time(run.created_at, zone),
    }


def _shown(request: Request, work: Work, run: ImportRun) -> dict[str, Any]:
    report = run.report or {}
    counts = {outcome: int(report.get("counts", {}).get(outcome, 0)) for outcome in Outcome}
    good = counts[Outcome.NEW] + counts[Outcome.CHANGED]
    refused = counts[Outcome.REJECTED]
    url = f"/desk/imports/{run.id}"
    row = _row(work, run, request.state.who.timezone)
    failed = report.get("problem")
    problem = {"title": N_("The file was not taken"), "detail": failed["detail"]} if failed else None
    return {
        "run": row | {"running": run.state in ("checking", "writing"), "done": run.done, "total": run.total},
        "failure": problem,
        "read_as": _read_as(report),
        "counts": [
            {"label": label, "category": category, "count_text": f"{counts[outcome]:,}"}
            for outcome, (label, category) in OUTCOMES.items()
        ]
        if report.get("counts")
        else [],
        "write": _write(run, url, good, refused),
        "nothing": run.state == "checked" and good == 0,
        "rejects_url": f"{url}/rejects.csv" if run.rejects is not None else "",
        "faults": report.get("faults", [])[:SHOWN],
        "faults_more": max(0, len(report.get("faults", [])) - SHOWN),
        "told": [_told(one) for one in report.get("told", [])[:SHOWN]],
    }


def _read_as(report: Mapping[str, Any]) -> list[str]:
    if "encoding" not in report:
        return []
    said = [
        N_("Read as {encoding} with a {delimiter} between cells: {count} rows.").format(
            encoding=report["encoding"], delimiter=report["delimiter"], count=format(report["rows"], ",")
        )
    ]
    if not report["sure"]:
        said.append(N_("The encoding is taken on trust: look below whether the names are right."))
    if report["ignored"]:
        said.append(N_("Not read: the columns {names}.").format(names=", ".join(report["ignored"])))
    return said


def _write(run: ImportRun, url: str, good: int, refused: int) -> dict[str, Any] | None:
    """The one next action: everything, or what is right of it."""
    if run.state != "checked" or not good:
        return None
    label = (
        several("Write only the {count:,} row that is right", "Write only the {count:,} rows that are right", good)
        if refused
        else several("Write {count:,} row", "Write {count:,} rows", good)
    )
    return {"url": f"{url}/write", "label": label, "good_rows": "1" if refused else ""}


def _told(one: Mapping[str, Any]) -> dict[str, Any]:
    label, category = OUTCOMES[Outcome(one["outcome"])]
    changed, kept = ", ".join(one["changed"]), ", ".join(one["kept"])
    return {
        "row": one["row"],
        "subject": one["subject"],
        "label": label,
        "category": category,
        "changed": changed if one["outcome"] == Outcome.CHANGED else "",
        "kept": N_("differs here and stays: {kept}").format(kept=kept) if kept else "",
    }
