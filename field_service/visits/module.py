"""What visits contribute to the manifest of field service."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from uuid import UUID

from aftersales.auth import codes
from aftersales.auth import repository as auth
from aftersales.auth.permissions import TECHNICIAN
from aftersales.cases.schemas import Nothing, Reason
from aftersales.module import Action, Option, Subscriber, TimerHandler
from aftersales.work import Work
from field_service import labels
from field_service.visits import handlers, repository, rules, schemas
from field_service.visits.machine import VISIT
from field_service.visits.service import overdue, planning, road

Options = Mapping[str, Sequence[Option]]


async def technicians(work: Work, visit_id: UUID) -> Options:
    """The technicians of the visit's branch."""
    visit = await repository.visit(work.session, work.scope, visit_id)
    crew = await auth.staff_with_role(work.session, work.scope, TECHNICIAN, visit.branch_id)
    return {"technician_id": [Option(str(person.id), person.name) for person in crew]}


def fixed(field: str, labels: Mapping[str, str]) -> Callable[[Work, UUID], Awaitable[Options]]:
    """The choices of a table of labels, the same for every document."""
    choices = {field: [Option(value, label) for value, label in labels.items()]}

    async def options(_work: Work, _document_id: UUID) -> Options:
        return choices

    return options


def _blocked(verb: str) -> Callable[[Work, UUID], Awaitable[str | None]]:
    return partial(road.blocked, verb=verb)


ACTIONS = (
    Action("visit", "schedule", planning.schedule, schemas.Window, primary=True),
    Action("visit", "confirm", planning.confirm, Nothing, primary=True),
    Action("visit", "dispatch", planning.dispatch, schemas.Dispatch, options=technicians, primary=True),
    Action("visit", "accept", road.accept, Nothing, primary=True),
    Action("visit", "depart", road.depart, Nothing, primary=True),
    Action("visit", "arrive", road.arrive, schemas.Arrive, primary=True, code=codes.ARRIVAL),
    Action(
        "visit",
        "check",
        road.check,
        schemas.Check,
        options=fixed("condition", labels.CONDITIONS),
        primary=True,
        blocked=_blocked("check"),
    ),
    Action("visit", "collect", road.collect, schemas.Collect, primary=True, blocked=_blocked("collect")),
    Action(
        "visit",
        "deliver",
        road.deliver,
        schemas.Deliver,
        primary=True,
        code=codes.HAND_OVER,
        blocked=_blocked("deliver"),
    ),
    Action("visit", "begin", road.begin, Nothing, primary=True, blocked=_blocked("begin")),
    Action("visit", "complete", road.complete, schemas.Remark, primary=True),
    Action("visit", "rebook", planning.rebook, schemas.Rebook, primary=True),
    Action("visit", "decline", road.decline, Reason),
    Action(
        "visit",
        "cannot_complete",
        road.cannot_complete,
        schemas.CannotComplete,
        options=fixed("reason", rules.REASONS),
    ),
    Action("visit", "code_renewed", road.renew_code, Nothing, blocked=road.no_code_to_renew),
    Action("visit", "no_show", road.no_show, schemas.Remark),
    Action(
        "visit",
        "rescheduled",
        planning.reschedule,
        schemas.Reschedule,
        options=fixed("reason", rules.NEW_TIME_REASONS),
    ),
    Action("visit", "recall", planning.recall, Reason),
    Action("visit", "miss", planning.miss, Reason),
    Action("visit", "cancel", planning.cancel, Reason),
)

TIMERS = (TimerHandler(overdue.WINDOW, handlers.on_window),)
SUBSCRIBERS = (
    Subscriber("visits.conclude", handlers.conclude, machine=VISIT.name, to=frozenset({"completed"})),
    Subscriber("visits.returns", handlers.not_given_back, machine="return", to=frozenset({"cancelled"})),
)
