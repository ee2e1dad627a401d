"""The pages of whoever claims back: what is outstanding, to be claimed, claimed, short and forgotten, and suppliers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from aftersales.errors import NotFound, Problem
from aftersales.http import WorkDep, staff_router
from aftersales.i18n import N_, amount, calendar_day, joined
from aftersales.listing import address, rows
from aftersales.module import Listing
from aftersales.money import Money
from aftersales.status import documents
from aftersales.status.documents import DocumentView
from aftersales.web.desk.homes import home_page
from aftersales.web.desk.shell import desk
from aftersales.web.forms import validated
from aftersales.web.legal import Failed, ui_problem
from aftersales.web.render import page
from aftersales.work import Work
from warranty.recovery import listings, owing, repository
from warranty.recovery.listings import CentreFilters
from warranty.recovery.machine import MACHINES
from warranty.recovery.permissions import FILE, SETTLE, SUPPLIERS, VIEW
from warranty.recovery.repository import RecoveryView
from warranty.recovery.schemas import Acknowledged, CoverIn, FileRecoveries, SupplierIn
from warranty.recovery.service import arising, filing, suppliers

router = staff_router("/desk/recovery", tags=["recovery"])
HOME = "/desk/recovery"
PAGE = 100
TABS = {
    "outstanding": N_("Outstanding"),
    "file": N_("To be claimed"),
    "filed": N_("Claimed"),
    "short": N_("Short payments"),
    "forgotten": N_("Forgotten"),
    "suppliers": N_("Suppliers"),
}
_TABLES: Mapping[str, tuple[Listing, Sequence[tuple[str, str]]]] = {
    "outstanding": (
        listings.OUTSTANDING,
        (
            ("party", N_("From")),
            ("jobs", N_("Jobs")),
            ("outstanding", N_("Outstanding")),
            ("not_claimed", N_("Not claimed yet")),
            ("days_0_30", N_("Up to 30 days")),
            ("days_31_60", N_("31 to 60 days")),
            ("days_61_90", N_("61 to 90 days")),
            ("over_90_days", N_("Over 90 days")),
        ),
    ),
    "file": (
        listings.TO_FILE,
        (
            ("party", N_("From")),
            ("centre", N_("Service centre")),
            ("month", N_("Month")),
            ("jobs", N_("Jobs")),
            ("due", N_("Amount")),
        ),
    ),
    "short": (
        listings.SHORT,
        (
            ("number", N_("Number")),
            ("party", N_("From")),
            ("claim", N_("Claim")),
            ("ticket", N_("Their ticket")),
            ("due", N_("Claimed")),
            ("accepted", N_("Accepted")),
            ("received", N_("Received")),
        ),
    ),
    "forgotten": (
        listings.FORGOTTEN_LIST,
        (
            ("number", N_("Number")),
            ("line", N_("Line")),
            ("why", N_("What is missing")),
            ("centre", N_("Service centre")),
            ("amount", N_("Amount")),
        ),
    ),
}
WHY = {
    "no_supplier_known": N_("No supplier covers the part. Add the cover, or the line is ours."),
    "not_claimed_back": N_("Nothing is claimed back for it."),
    "not_filed_in_time": N_("It was not claimed by the end of the month after."),
}


@dataclass(frozen=True, slots=True)
class _Begin:
    """Where a page of a table begins: after the row of a key, or with what is older than a filing."""

    after: str = ""
    before: UUID | None = None


@router.get("", include_in_schema=False)
async def show(
    work: WorkDep,
    request: Request,
    show: Annotated[str, Query(max_length=20)] = "outstanding",
    after: Annotated[str, Query(max_length=400)] = "",
    before: UUID | None = None,
) -> Response:
    """One of the tables, with its file; what follows the row `after`, of filings what is older than `before`."""
    return await _desk(request, work, show, begin=_Begin(after, before))


async def _desk(
    request: Request, work: Work, show: str, problem: Problem | None = None, begin: _Begin | None = None
) -> Response:
    work.scope.require(VIEW)
    name = show if show in TABS else "outstanding"
    context = await desk(
        request,
        work,
        "recovery",
        show=name,
        tabs=[{"label": label, "url": f"{HOME}?show={key}", "current": key == name} for key, label in TABS.items()],
        may_file=work.scope.can(FILE),
        may_keep=work.scope.can(SUPPLIERS),
        may_settle=work.scope.can(SETTLE),
        **(await _table(work, name, begin or _Begin())),
    )
    if problem is not None:
        context["problem"] = ui_problem(problem)
    return page(request, "warranty/recovery.html", context, status=problem.status if problem is not None else 200)


async def _table(work: Work, name: str, begin: _Begin) -> dict[str, Any]:
    if name == "filed":
        found = await repository.filings(work.session, work.scope, limit=PAGE + 1, before=begin.before)
        heads = [N_("Number"), N_("From"), N_("Service centre"), N_("Month"), N_("Jobs"), N_("Amount")]
        cells = [
            {
                "url": f"{HOME}/filings/{one.id}",
                "cells": _cells(
                    one.number,
                    one.party_name,
                    one.branch_name,
                    f"{one.month:%Y-%m}",
                    one.count,
                    Money(one.currency, one.total_minor),
                ),
            }
            for one in found[:PAGE]
        ]
        following = _next(name, before=found[PAGE - 1].id) if len(found) > PAGE else ""
        return {"heads": heads, "rows": cells, "csv_url": address("recoveries", {}), "next_url": following}
    if name == "suppliers":
        known = {one.id: one for one in await owing.suppliers(work.session, work.scope)}
        heads = [N_("Supplier"), N_("Part or model"), N_("Months"), N_("Their share"), N_("From day"), N_("To day")]
        cells = [
            {
                "url": "",
                "cells": _cells(
                    known[one.supplier_id].name,
                    one.part_code,
                    one.months,
                    f"{one.percent.normalize():f} %",
                    calendar_day(one.since),
                    calendar_day(one.until) if one.until else "",
                ),
            }
            for one in await owing.covers(work.session, work.scope)
            if one.supplier_id in known
        ]
        options = [{"value": str(one.id), "label": f"{one.name} ({one.code})"} for one in known.values()]
        return {"heads": heads, "rows": cells, "csv_url": "", "suppliers": options}
    listing, columns = _TABLES[name]
    found_rows = await rows(work, listing, CentreFilters(), limit=PAGE + 1, after=begin.after)
    key = listing.columns[0].name
    return {
        "heads": [label for _, label in columns],
        "rows": [_row(name, row, [row[column] for column, _ in columns]) for row in found_rows[:PAGE]],
        "next_url": _next(name, after=found_rows[PAGE - 1][key]) if len(found_rows) > PAGE else "",
        "csv_url": address(listing.name, {}),
    }


def _next(name: str, **begin: object) -> str:
    return f"{HOME}?{urlencode({'show': name} | begin)}"


def _cells(*values: Any) -> list[dict[str, Any]]:
    """What each cell says, and whether it is words: those begin where the language does, figures end in one line."""
    said = [amount(one) if isinstance(one, Money) else "" if one is None else one for one in values]
    figure = [isinstance(one, Money | int) for one in values]
    return [{"text": text, "words": not is_figure} for text, is_figure in zip(said, figure, strict=True)]


def _row(name: str, row: Mapping[str, Any], cells: Sequence[Any]) -> dict[str, Any]:
    filing_of = {key: str(row[key]) for key in ("party_id", "branch_id", "month", "currency")} if name == "file" else {}
    return {
        "url": f"{HOME}/{row['id']}" if "id" in row else "",
        "cells": _cells(*(WHY.get(cell, cell) if isinstance(cell, str) else cell for cell in cells)),
        "file": filing_of | {"party": row["kind"]} if filing_of else None,
    }


@router.post("/file", include_in_schema=False)
async def file(
    work: WorkDep,
    request: Request,
    party: Annotated[str, Form(max_length=20)] = "",
    party_id: Annotated[str, Form(max_length=40)] = "",
    branch_id: Annotated[str, Form(max_length=40)] = "",
    month: Annotated[str, Form(max_length=10)] = "",
    currency: Annotated[str, Form(max_length=3)] = "",
) -> Response:
    """Claim what one row of the table says."""
    work.scope.require(FILE)
    given = {"party": party, "party_id": party_id, "branch_id": branch_id, "month": month, "currency": currency or None}
    try:
        async with work.session.begin_nested():
            filing_id = await filing.file(work, validated(FileRecoveries, given))
    except Problem as problem:
        if problem.status in (401, 403, 404):
            raise
        return await _desk(request, work, "file", problem)
    return RedirectResponse(f"{HOME}/filings/{filing_id}", 303)


@router.post("/catch-up", include_in_schema=False)
async def catch_up(work: WorkDep) -> Response:
    """Claim back what was forgotten."""
    work.scope.require(FILE)
    await arising.catch_up(work)
    return RedirectResponse(f"{HOME}?show=forgotten", 303)


@router.post("/suppliers", include_in_schema=False)
async def add_supplier(
    work: WorkDep,
    request: Request,
    code: Annotated[str, Form(max_length=60)] = "",
    name: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """Add a supplier."""
    work.scope.require(SUPPLIERS)
    try:
        async with work.session.begin_nested():
            await suppliers.add(work, validated(SupplierIn, {"code": code.strip().upper(), "name": name}))
    except Problem as problem:
        return await _desk(request, work, "suppliers", problem)
    return RedirectResponse(f"{HOME}?show=suppliers", 303)


@router.post("/covers", include_in_schema=False)
async def add_cover(
    work: WorkDep,
    request: Request,
    supplier_id: Annotated[UUID, Form()],
    part_code: Annotated[str, Form(max_length=60)] = "",
    months: Annotated[str, Form(max_length=5)] = "",
    percent: Annotated[str, Form(max_length=7)] = "100",
    since: Annotated[str, Form(max_length=12)] = "",
    until: Annotated[str, Form(max_length=12)] = "",
) -> Response:
    """Say what a supplier covers."""
    work.scope.require(SUPPLIERS)
    given = {"part_code": part_code.strip().upper(), "months": months, "percent": percent, "since": since}
    try:
        async with work.session.begin_nested():
            await suppliers.cover(work, supplier_id, validated(CoverIn, given | {"until": until or None}))
    except Problem as problem:
        if problem.status in (401, 403, 404):
            raise
        return await _desk(request, work, "suppliers", problem)
    return RedirectResponse(f"{HOME}?show=suppliers", 303)


@router.get("/filings/{filing_id}", include_in_schema=False)
async def filed(work: WorkDep, request: Request, filing_id: UUID) -> Response:
    """What was claimed at once: its jobs, its file and its paper."""
    return await _filed(request, work, filing_id)


async def _filed(request: Request, work: Work, filing_id: UUID, problem: Problem | None = None) -> Response:
    work.scope.require(VIEW)
    found = await repository.filing(work.session, work.scope, filing_id)
    jobs = await repository.views(work.session, work.scope, filing_id=filing_id, limit=repository.MOST)
    about = {
        "number": found.number,
        "party": found.party_name,
        "what": joined([found.branch_name, f"{found.month:%Y-%m}", amount(Money(found.currency, found.total_minor))]),
        "csv_url": address("recoveries", {"filing_id": found.id}),
        "pdf_url": f"/api/v1/recovery_filings/{found.id}/claim.pdf",
        "acknowledge_url": f"{HOME}/filings/{found.id}/acknowledge"
        if work.scope.can(FILE, found.branch_id) and any(one.status in filing.UNANSWERED for one in jobs)
        else "",
        "rows": [_job(one) for one in reversed(jobs)],
    }
    context = await desk(request, work, "recovery", about=about)
    if problem is not None:
        context["problem"] = ui_problem(problem)
    return page(request, "warranty/filing.html", context, status=problem.status if problem is not None else 200)


def _job(one: RecoveryView) -> dict[str, Any]:
    state = MACHINES[one.machine].by_state[one.status]
    return {
        "number": one.number,
        "url": f"{HOME}/{one.id}",
        "what": joined([one.product, one.part_code, one.ticket]),
        "amount": amount(Money(one.currency, one.due_minor)),
        "category": str(state.category),
        "label": state.label,
    }


@router.post("/filings/{filing_id}/acknowledge", include_in_schema=False)
async def acknowledge(
    work: WorkDep, request: Request, filing_id: UUID, reference: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    """They have the whole filing."""
    try:
        async with work.session.begin_nested():
            await filing.acknowledge(work, filing_id, validated(Acknowledged, {"reference": reference}))
    except Problem as problem:
        if problem.status in (401, 403, 404):
            raise
        return await _filed(request, work, filing_id, problem)
    return RedirectResponse(f"{HOME}/filings/{filing_id}", 303)


@router.get("/{recovery_id}", include_in_schema=False)
async def one(work: WorkDep, request: Request, recovery_id: UUID) -> Response:
    """One claim on a brand or supplier, and what can be done."""
    found = await documents.get(work.session, work.scope, recovery_id)
    return await show_recovery(request, work, found)


async def show_recovery(
    request: Request, work: Work, document: DocumentView, *, failed: Failed | None = None
) -> Response:
    """The page of a claim; with `failed`, its form again as it was sent."""
    work.scope.require(VIEW, document.branch_id)
    if document.machine not in MACHINES:
        raise NotFound("recovery.unknown", "There is no such claim on a brand or supplier, or you may not see it.")
    held = await repository.views(work.session, work.scope, ids=[document.id], limit=1)
    found = held[0] if held else None
    state = MACHINES[document.machine].by_state[document.status]
    about = {
        "number": document.number,
        "category": str(state.category),
        "label": state.label,
        "facts": _facts(found) if found else [],
        "claim_url": f"/desk/warranty/claims/{found.claim_id}" if found and found.claim_id else "",
        "filing_url": f"{HOME}/filings/{found.filing_id}" if found and found.filing_id else "",
    }
    return await home_page(request, work, document, "warranty/recovered.html", "recovery", failed=failed, about=about)


def _facts(one: RecoveryView) -> list[dict[str, Any]]:
    accepted = amount(Money(one.currency, one.accepted_minor)) if one.accepted_minor is not None else ""
    found: list[tuple[str, Any]] = [
        (N_("From"), one.party_name),
        (N_("Product"), one.product),
        (N_("Part or model"), one.part_code),
        (N_("What it is"), one.description or ""),
        (N_("Removed part"), one.removed_part or ""),
        (N_("Their ticket"), one.ticket),
        (N_("Claimed"), amount(Money(one.currency, one.due_minor))),
        (N_("Accepted"), accepted),
        (N_("Received"), amount(Money(one.currency, one.received_minor)) if one.received_minor else ""),
        (N_("Their number for it"), one.reference),
        (N_("May be claimed"), N_("yes") if one.ripe_at else N_("when the removed part is back and the work is done")),
    ]
    return [{"label": label, "value": value} for label, value in found if value]
