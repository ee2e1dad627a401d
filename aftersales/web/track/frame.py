"""What every page of the customer's has: the language they chose, who looks after them."""

from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from fastapi import Request, Response

from aftersales.auth import repository as auth
from aftersales.cases import repository as cases
from aftersales.customers import repository as customers
from aftersales.customers.repository import PersonView
from aftersales.errors import NotFound
from aftersales.http import services
from aftersales.i18n import OFFERED, language_or_default
from aftersales.status import documents
from aftersales.updates.render import spoken_phone
from aftersales.web.refusals import LANGUAGE_COOKIE
from aftersales.web.render import base_shell, page
from aftersales.work import Work


class Looked(Protocol):
    """What somebody looks after: a case, or a unit outside any case."""

    @property
    def id(self) -> UUID:
        """The case itself, or the first document that there was of the unit."""
        ...

    @property
    def branch_id(self) -> UUID:
        """The service centre."""
        ...

    @property
    def owner_id(self) -> UUID | None:
        """Whoever of ours it is given to."""
        ...


@dataclass(frozen=True, slots=True)
class OfUnit:
    """A unit's own matters: the centre of the newest of them looks after it, nobody in particular."""

    id: UUID
    branch_id: UUID
    owner_id: UUID | None = None


async def looked_after(work: Work) -> Looked:
    """The case that the link opens, or the unit. Raises NotFound."""
    stream_id = work.scope.own_stream
    try:
        return await cases.case(work.session, work.scope, stream_id)
    except NotFound:
        return await of_unit(work)


async def of_unit(work: Work) -> OfUnit:
    """The unit that the link opens. Raises NotFound for what is none, or has no document yet."""
    found = await documents.on_stream(work.session, work.scope, work.scope.own_stream)
    mine = [one for one in found if one.unit_id == work.scope.own_stream]
    if not mine:
        raise NotFound("track.nothing", "There is nothing here yet. Open the newest message from us, or call us.")
    return OfUnit(mine[0].id, mine[-1].branch_id)


async def reader(work: Work) -> PersonView:
    """The person the link was made for."""
    system = work.as_system()
    return await customers.person(system.session, system.scope, work.scope.own_person)


def language_of(request: Request, person: PersonView) -> str:
    """Chosen on the page, else the person's own."""
    return language_or_default(request.cookies.get(LANGUAGE_COOKIE) or person.language)


async def frame(request: Request, work: Work, case: Looked, language: str) -> dict[str, Any]:
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
