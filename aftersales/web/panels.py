"""Cards that modules contribute to pages."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import Request

from aftersales.i18n import translator
from aftersales.web.render import Templates
from aftersales.work import Work


async def panels(
    request: Request,
    work: Work,
    place: str,
    slot: str,
    about: UUID,
    *,
    language: str = "en",
    context: Mapping[str, Any] | None = None,
) -> list[dict[str, Any]]:
    """The cards of one place, already rendered, in rank order; a card with nothing to say is absent."""
    templates: Templates = request.app.state.templates
    shown = []
    for panel in work.registry.panels:
        if panel.place != place or (panel.permission and not work.scope.can(panel.permission)):
            continue
        loaded = await panel.load(work, about)
        if loaded is None:
            continue
        full = {"csrf": request.state.who.csrf_token, "lang": language, **(context or {}), **loaded}
        html = templates.text(panel.template, language, full)
        shown.append({"title": translator(language).gettext(panel.title), "slot": slot, "html": html, "id": panel.name})
    return shown
