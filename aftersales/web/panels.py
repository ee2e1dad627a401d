"""Cards that modules contribute to pages."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from fastapi import Request

from aftersales.module import Panel
from aftersales.status.life import Life
from aftersales.web.render import Templates, desk_language
from aftersales.work import Work


async def panels(
    request: Request,
    work: Work,
    place: str,
    slot: str,
    about: UUID,
    *,
    language: str | None = None,
    context: Mapping[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """The cards of one place, already rendered, in rank order; a card with nothing to say is absent.

    They are in the desk's language for whoever is signed in unless another is said.
    """
    templates: Templates = request.app.state.templates
    language = language or desk_language(request)
    shown = []
    for panel in work.registry.panels:
        if panel.place != place or (panel.permission and not work.scope.can(panel.permission)):
            continue
        loaded = await panel.load(work, about)
        if loaded is None:
            continue
        full = {"csrf": request.state.who.csrf_token, "lang": language, **(context or {}), **loaded}
        html = templates.text(panel.template, language, full)
        shown.append({"title": panel.title, "slot": slot, "html": html, "id": panel.name})
    return shown


async def chapters(
    request: Request, work: Work, place: str, life: Life, own: Sequence[Panel], address: str, only: str | None = None
) -> list[dict[str, Any]]:
    """The lists of a customer's or a unit's life that have rows, already rendered, in rank order.

    `own` are the kernel's. A list that goes on beyond this page says so with `more_url`, below the page's `address`;
    `only` leaves the list of that name alone.
    """
    templates: Templates = request.app.state.templates
    found = [*own, *(panel for panel in work.registry.panels if panel.place == place)]
    language = desk_language(request)
    shown = []
    for panel in sorted(found, key=lambda panel: panel.rank):
        hidden = panel.permission and not work.scope.can(panel.permission)
        if hidden or panel.place != place or only not in (None, panel.name):
            continue
        # One more than is shown tells whether there are more.
        loaded = await panel.load(work, replace(life, limit=life.limit + 1))
        every = list(loaded["rows"]) if loaded else []
        rows = every[: life.limit]
        if not rows:
            continue
        more = f"{address}/lists/{panel.name}?before={rows[-1]['id']}" if len(every) > len(rows) else ""
        html = templates.text(
            panel.template, language, {"csrf": request.state.who.csrf_token, **(loaded or {}), "rows": rows}
        )
        shown.append({"id": panel.name, "title": panel.title, "html": html, "more_url": more})
    return shown
