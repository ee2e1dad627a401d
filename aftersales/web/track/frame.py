"""What every page of the customer's has: the language they chose, who looks after them."""

from typing import Any

from fastapi import Request, Response

from aftersales.auth import repository as auth
from aftersales.cases import repository as cases
from aftersales.customers import repository as customers
from aftersales.customers.repository import PersonView
from aftersales.http import services
from aftersales.i18n import OFFERED, language_or_default
from aftersales.updates.render import spoken_phone
from aftersales.web.refusals import LANGUAGE_COOKIE
from aftersales.web.render import base_shell, page
from aftersales.work import Work


async def reader(work: Work) -> PersonView:
    """The person the link was made for."""
    system = work.as_system()
    return await customers.person(system.session, system.scope, work.scope.own_person)


def language_of(request: Request, person: PersonView) -> str:
    """Chosen on the page, else the person's own."""
    return language_or_default(request.cookies.get(LANGUAGE_COOKIE) or person.language)


async def frame(request: Request, work: Work, case: cases.CaseView, language: str) -> dict[str, Any]:
    """The context of every tracking page."""
    system = work.as_system()
    branch = await auth.branch(system.session, system.scope, case.branch_id)
    names = await auth.staff_names(system.session, system.scope, [case.owner_id]) if case.owner_id else {}
    shell = base_shell(request, language) | {
        "languages": [
            {
                "code": code,
                "name": known.name,
                "url": f"/track/language/{code}",
                "current": code == language,
                # A printed link changes nothing: there the choice is the browser's alone.
                "kept": not work.scope.read_only,
            }
            for code, known in OFFERED.items()
        ]
    }
    return {
        "shell": shell,
        "csrf": request.state.who.csrf_token,
        "flash": "",
        "problem": None,
        "zone": branch.timezone,
        "person": {
            "name": names.get(case.owner_id, branch.name) if case.owner_id else branch.name,
            "phone_text": spoken_phone(branch.phone),
            "phone_url": f"tel:{branch.phone}",
        },
        "back_url": "/track",
    }


def shown(request: Request, template: str, context: dict[str, Any], language: str, status: int = 200) -> Response:
    """The page; it never leaks its address to other sites."""
    response = page(request, template, context, language=language, status=status)
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def secure(request: Request) -> bool:
    """Whether cookies are for https alone."""
    return services(request).settings.base_url.startswith("https:")
