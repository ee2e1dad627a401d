"""The first page: what needs somebody today."""

from itertools import islice
from typing import Any

from fastapi import Request, Response

from aftersales import clock
from aftersales.cases import repository as cases
from aftersales.cases.repository import CaseFilter
from aftersales.http import WorkDep, staff_router
from aftersales.i18n import N_, date_words
from aftersales.web.desk.cases import case_rows
from aftersales.web.desk.shell import capped, desk
from aftersales.web.panels import panels
from aftersales.web.render import page

router = staff_router()
FEW = 8

SECTIONS: tuple[tuple[str, str, str, frozenset[str], str], ...] = (
    (
        N_("Trouble"),
        "trouble",
        N_("Reopened by an unhappy customer: call them first."),
        frozenset({"reopened"}),
        N_("Nothing has been reopened."),
    ),
    (
        N_("Follow-up calls due"),
        "follow_up",
        N_("Repaired and handed over. One last call: are they happy with how it was handled?"),
        frozenset({"follow_up"}),
        N_("No call is due."),
    ),
    (N_("New"), "running", "", frozenset({"received", "acknowledged"}), N_("Nothing new has come in.")),
    (
        N_("Waiting"),
        "waiting",
        N_("For the customer, a part, a supplier or a courier: each row says for what."),
        frozenset({"waiting"}),
        N_("Nothing is waiting for somebody else."),
    ),
)


@router.get("/desk", include_in_schema=False)
async def today_page(work: WorkDep, request: Request) -> Response:
    """Trouble first, then calls, then what is new; a statement for each section, and for all rows together."""
    who = request.state.who
    sections: list[dict[str, Any]] = []
    counts = await cases.counts(work.session, work.scope) if work.scope.can("case.view") else {}
    shown = SECTIONS if work.scope.can("case.view") else ()
    wanted = [CaseFilter(statuses=statuses) for _, _, _, statuses, _ in shown]
    lists = [await cases.listed(work.session, work.scope, one, limit=FEW) for one in wanted]
    rows = iter(await case_rows(work, [row for found in lists for row in found], who.timezone))
    for (title, show, help_text, statuses, empty), found in zip(shown, lists, strict=True):
        sections.append(
            {
                "id": show,
                "title": title,
                "help": help_text if found else "",
                "rows": list(islice(rows, len(found))),
                "empty_text": empty,
                "all_url": f"/desk/cases?show={show}" if len(found) == FEW else "",
                "count_text": capped(count) if (count := sum(counts.get(s, 0) for s in statuses)) else "",
                "category": "trouble" if show == "trouble" and found else None,
            }
        )
    cards = await panels(request, work, "today", "main", who.staff_id)
    waiting = sum(len(section["rows"]) for section in sections)
    day = clock.business_date(work.now, who.timezone)
    context = await desk(
        request,
        work,
        "today",
        by_status=counts,
        day_text=date_words(day),
        standing=N_("The most urgent first.") if waiting else N_("Nothing is waiting for you."),
        sections=sections,
        panels=cards,
    )
    return page(request, "desk/today.html", context)
