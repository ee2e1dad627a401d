"""The manifest of cases."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from aftersales.auth import repository as auth
from aftersales.cases import demo_past, handlers, schemas, service
from aftersales.cases.demo import fill, finish
from aftersales.cases.holdings import HOLDINGS
from aftersales.cases.listings import LISTINGS
from aftersales.cases.machine import CASE
from aftersales.cases.permissions import PERMISSIONS, ROLES
from aftersales.cases.play import CUES
from aftersales.cases.routes import api
from aftersales.cases.tells import TELLS
from aftersales.module import Action, DemoPart, Module, Option, Subscriber
from aftersales.status import documents
from aftersales.work import Work


async def owners(work: Work, case_id: UUID) -> Mapping[str, Sequence[Option]]:
    """The coordinators and managers of the case's branch."""
    case = await documents.get(work.session, work.scope, case_id)
    staff = await auth.staff_with_roles(work.session, work.scope, ("coordinator", "manager"), case.branch_id)
    return {"owner_id": [Option(str(person.id), person.name) for person in staff]}


async def priorities(work: Work, case_id: UUID) -> Mapping[str, Sequence[Option]]:  # noqa: ARG001 - the same for all
    """From the ordinary to the most urgent."""
    return {"priority": [Option(value, label) for value, label in schemas.PRIORITIES.items()]}


MODULE = Module(
    name="cases",
    title="Cases",
    package="aftersales",
    summary="The customer's matter: people on it, its owner, its conversation.",
    machines=(CASE,),
    permissions=PERMISSIONS,
    roles=ROLES,
    actions=(
        Action("case", "close", service.close, schemas.Close, primary=True),
        Action("case", "reopen", service.reopen, schemas.Reason),
        Action("case", "note_added", service.add_note, schemas.Note),
        Action("case", "file_added", service.add_files, schemas.AddFiles),
        Action("case", "assigned", service.assign, schemas.Assign, options=owners),
        Action("case", "priority_changed", service.prioritise, schemas.Prioritise, options=priorities),
        Action("case", "request_cancel", service.request_cancel, schemas.Reason),
        Action("case", "confirm_cancel", service.confirm_cancel, schemas.Nothing, primary=True),
        Action("case", "withdraw_cancel", service.withdraw_cancel, schemas.Reason),
    ),
    api=(api,),
    subscribers=(Subscriber("cases.follow", handlers.follow, apart_from=frozenset({CASE.name})),),
    tells=TELLS,
    listings=LISTINGS,
    cues=CUES,
    demo=(DemoPart(40, fill), DemoPart(45, demo_past.fill), DemoPart(60, demo_past.finish), DemoPart(90, finish)),
    holdings=HOLDINGS,
)
