"""The frame around every desk page: who is signed in, the rail with its counts."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from fastapi import Request
from sqlalchemy import func, literal, select

from aftersales.auth.permissions import CLIENTS, STAFF
from aftersales.http import services
from aftersales.i18n import N_, joined
from aftersales.inbox import repository as inbox
from aftersales.inbox.permissions import ANSWER
from aftersales.outbox.models import Delivery
from aftersales.promises import watchlist
from aftersales.promises.permissions import VIEW as PROMISES
from aftersales.status.documents import visible
from aftersales.status.models import Document
from aftersales.web.render import base_shell, desk_language
from aftersales.webhooks.permissions import MANAGE as WEBHOOKS
from aftersales.webhooks.repository import stopped
from aftersales.work import Work

CAP = 1000


async def desk(
    request: Request, work: Work, current: str, *, by_status: Mapping[str, int] | None = None, **context: Any
) -> dict[str, Any]:
    """The context every desk page needs; at most one statement for the counts of the rail.

    `by_status` are the counts of all cases in scope that are not done, counted to `CAP`, from a page that has them.
    """
    who = request.state.who
    open_cases, dead, owed, standing, breaking = await _counts(work, by_status)
    nav = [
        {"label": N_("Today"), "url": "/desk", "current": current == "today"},
        {"label": N_("Cases"), "url": "/desk/cases", "current": current == "cases", "count_text": capped(open_cases)},
        {"label": N_("Customers"), "url": "/desk/customers", "current": current == "customers"},
    ]
    if work.scope.can(ANSWER):
        nav.append(
            {"label": N_("Inbox"), "url": "/desk/inbox", "current": current == "inbox"}
            | ({"count_text": capped(owed)} if owed else {})
        )
    if work.scope.can(PROMISES):
        due = {"label": N_("Promises"), "url": "/desk/promises", "current": current == "promises"}
        nav.append(due | ({"count_text": capped(breaking)} if breaking else {}))
    if work.scope.can("updates.view"):
        nav.append({"label": N_("Outgoing"), "url": "/desk/outgoing", "current": current == "outgoing"})
        nav.append({"label": N_("Texts"), "url": "/desk/texts", "current": current == "texts"})
    nav += _of_modules(work, current)
    if work.scope.can("voice.view"):
        nav.append({"label": N_("Calls to make"), "url": "/desk/calls", "current": current == "calls"})
    if work.scope.can("import.run"):
        nav.append({"label": N_("Imports"), "url": "/desk/imports", "current": current == "imports"})
    if work.scope.can("outbox.view"):
        stuck = {"label": N_("Stuck deliveries"), "url": "/desk/deliveries", "current": current == "deliveries"}
        nav.append(stuck | ({"count_text": capped(dead), "alert": True} if dead else {}))
    if work.scope.can(STAFF):
        nav.append({"label": N_("Colleagues"), "url": "/desk/staff", "current": current == "staff"})
        nav.append({"label": N_("Service centres"), "url": "/desk/branches", "current": current == "branches"})
    if work.scope.can(CLIENTS):
        nav.append({"label": N_("API clients"), "url": "/desk/api-clients", "current": current == "api-clients"})
    if work.scope.can(WEBHOOKS):
        hooks = {"label": N_("Webhooks"), "url": "/desk/webhooks", "current": current == "webhooks"}
        nav.append(hooks | ({"count_text": capped(standing), "alert": True} if standing else {}))
    nav.append({"label": N_("Downloads"), "url": "/desk/downloads", "current": current == "downloads"})
    nav += [
        {"label": N_("My visits"), "url": f"/{name}", "current": False}
        for name in work.registry.screens
        if who.scope.assigned_only
    ]
    shell = base_shell(request, desk_language(request), staff=True) | {
        "home_url": "/desk",
        "search_url": "/desk/search",
        "query": "",
        "person_name": who.name,
        "role_label": joined(work.registry.roles[role].label for role in who.roles if role in work.registry.roles),
        "branch_name": who.branch_name,
        "sign_out_url": "/sign-out",
        "account_url": "/desk/account",
        "nav": nav,
    }
    return {"shell": shell, "csrf": who.csrf_token, "flash": "", "problem": None, **context}


def _of_modules(work: Work, current: str) -> list[dict[str, Any]]:
    """Desks and reports of modules that are loaded, for those who may go there."""
    ways = [(one.label, one.url, one.name) for one in work.registry.rail if work.scope.can(one.permission)]
    if "return" in work.registry.machines and work.scope.can("return.view"):
        ways.append((N_("Returns"), "/desk/returns", "returns"))
    if any(work.scope.can(work.registry.listings[name].permission) for name in work.registry.reports):
        ways.append((N_("Reports"), "/desk/reports", "reports"))
    return [{"label": label, "url": url, "current": current == name} for label, url, name in ways]


async def _counts(work: Work, by_status: Mapping[str, int] | None) -> tuple[int, int, int, int, int]:
    """Cases that are not done, dead deliveries, answers owed, webhooks that stand still, promises that are about to
    break or broken; all to `CAP` only."""
    looks, answers = work.scope.can("outbox.view"), work.scope.can(ANSWER)
    manages, watches = work.scope.can(WEBHOOKS), work.scope.can(PROMISES)
    if by_status is not None and not (looks or answers or manages or watches):
        return sum(by_status.values()), 0, 0, 0, 0
    cases = (
        select(Document.id)
        .where(Document.machine == "case", Document.category != "done", visible(work.scope, "case.view"))
        .limit(CAP)
        .subquery()
    )
    dead = select(Delivery.id).where(Delivery.state == "dead").limit(CAP).subquery()
    query = select(
        literal(sum(by_status.values()))
        if by_status is not None
        else select(func.count()).select_from(cases).scalar_subquery(),
        select(func.count()).select_from(dead).scalar_subquery() if looks else literal(0),
        inbox.owed(work.scope) if answers else literal(0),
        stopped(work.scope).scalar_subquery() if manages else literal(0),
        watchlist.count(work.scope, work.now).scalar_subquery() if watches else literal(0),
    )
    row = (await work.session.execute(query)).one()
    return int(row[0]), int(row[1]), int(row[2]), int(row[3]), int(row[4])


def capped(count: int) -> str:
    """A count as it is shown: beyond 999 nobody counts."""
    return "999+" if count >= CAP else str(count)


def queue_tabs(
    queues: Iterable[tuple[str, str, Collection[str]]], counts: Mapping[str, int], home: str, show: str | None
) -> tuple[str, list[dict[str, Any]]]:
    """Which of `queues` (name, label, statuses) a desk at `home` shows, and the tabs over it: the one that was asked
    for, else the first in which something waits. A queue in whose statuses nothing is counted has no count."""
    held = {name: sum(counts.get(status, 0) for status in statuses) for name, _, statuses in queues}
    first = next((name for name, count in held.items() if count), next(iter(held)))
    current = show if show in held else first
    sample = sum(counts.values()) >= CAP
    tabs = [
        {
            "label": label,
            "url": f"{home}?show={name}",
            "current": name == current,
            "count_text": capped(held[name]) if held[name] and not sample else "",
        }
        for name, label, _ in queues
    ]
    return current, tabs


def is_demo(request: Request) -> bool:
    """Whether this is a demonstration, where codes may be read in the mailbox."""
    return services(request).settings.demo
