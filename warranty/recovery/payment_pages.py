"""What brands and suppliers paid, from a file: the page that takes it in and says what became of every row."""

from typing import Any

from fastapi import Request, Response
from starlette.datastructures import UploadFile

from aftersales import csvfile
from aftersales.errors import Invalid, Problem
from aftersales.http import WorkDep, staff_router
from aftersales.i18n import N_, amount
from aftersales.imports.findings import Outcome
from aftersales.web.desk.shell import desk
from aftersales.web.legal import ui_problem
from aftersales.web.render import page
from aftersales.work import Work
from warranty.recovery.permissions import SETTLE
from warranty.recovery.service import payments
from warranty.recovery.service.payments import FIELDS, Recorded

router = staff_router("/desk/recovery/payments", tags=["recovery"])
HOME = "/desk/recovery/payments"
SHOWN = 200
OUTCOMES = ((Outcome.NEW, "done", N_("Recorded")), (Outcome.UNCHANGED, "waiting", N_("On record already")))


@router.get("", include_in_schema=False)
async def ask(work: WorkDep, request: Request) -> Response:
    """Which file."""
    return await _shown(request, work)


@router.get("/example.csv", include_in_schema=False)
async def example(work: WorkDep) -> Response:
    """A file with every column and one row."""
    work.scope.require(SETTLE)
    rows = [[field.name for field in FIELDS], [csvfile.cell(field.example) for field in FIELDS]]
    headers = {"Content-Disposition": 'attachment; filename="payments.csv"', "Cache-Control": "no-store"}
    return Response(csvfile.BOM + csvfile.lines(rows), media_type="text/csv; charset=utf-8", headers=headers)


@router.post("", include_in_schema=False)
async def take_in(work: WorkDep, request: Request) -> Response:
    """Records all of the file, or nothing and says why."""
    work.scope.require(SETTLE)
    form = await request.form()
    try:
        async with work.session.begin_nested():
            found = await payments.record(work, await _sent(work, form.get("file")))
    except Problem as problem:
        if problem.status not in (409, 413, 422):
            raise
        return await _shown(request, work, problem=problem)
    return await _shown(request, work, found=found)


async def _sent(work: Work, file: object) -> bytes:
    # One byte more than may be is enough to know.
    data = await file.read(work.settings.upload_max_bytes + 1) if isinstance(file, UploadFile) else b""
    if not data:
        raise Invalid(
            "import.no_file", "Choose a CSV file first.", errors=[{"field": "file", "problem": N_("is empty")}]
        )
    return data


async def _shown(
    request: Request, work: Work, *, found: Recorded | None = None, problem: Problem | None = None
) -> Response:
    work.scope.require(SETTLE)
    field = {"name": "file", "label": N_("The file, CSV"), "kind": "file", "required": True}
    context = await desk(
        request,
        work,
        "recovery",
        form={"url": HOME, "fields": [field | {"accept": ".csv,.txt,.tsv,text/csv"}]},
        columns=FIELDS,
        example_url=f"{HOME}/example.csv",
        report=_report(found) if found is not None else None,
        problem=ui_problem(problem) if problem is not None else None,
    )
    refused = found is not None and not found.written
    status = problem.status if problem is not None else 422 if refused else 200
    return page(request, "warranty/payments.html", context, status=status)


def _report(found: Recorded) -> dict[str, Any]:
    counts, faults = found.findings.counts(), found.findings.all_faults()
    return {
        "written": found.written,
        "counts": [(category, label, counts[outcome]) for outcome, category, label in OUTCOMES if found.written],
        "faults": faults[:SHOWN],
        "more": max(0, len(faults) - SHOWN),
        "short": [
            [one.number, one.party, one.ticket, amount(one.due), amount(one.received), amount(one.due - one.received)]
            for one in found.short
        ],
    }
