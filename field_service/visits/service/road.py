"""The technician's verbs: accept, decline, depart, arrive, check, collect, deliver, begin, complete, and what fails."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from aftersales.auth import codes
from aftersales.cases import repository as cases
from aftersales.cases.schemas import Nothing, Reason
from aftersales.errors import Conflict, Forbidden
from aftersales.files import repository as files
from aftersales.i18n import N_
from aftersales.status.changes import event, move
from aftersales.work import Work
from field_service.visits import repository, rules
from field_service.visits.machine import VISIT
from field_service.visits.repository import VisitView
from field_service.visits.schemas import Arrive, CannotComplete, Check, Collect, Deliver, Remark

CODE_LIFE = timedelta(hours=12)
AT_THE_DOOR = ("at_home", "owner")


async def accept(work: Work, visit_id: UUID, body: Nothing) -> None:  # noqa: ARG001 - every verb takes a body
    """The technician will go."""
    await _take(work, await _mine(work, visit_id, "accept"), "accept")


async def decline(work: Work, visit_id: UUID, body: Reason) -> None:
    """The technician cannot go, and says why; the visit needs another one."""
    await _take(work, await _mine(work, visit_id, "decline"), "decline", note=body.note)


async def depart(work: Work, visit_id: UUID, body: Nothing) -> None:  # noqa: ARG001 - every verb takes a body
    """On the way. Whoever is at home is sent the code that they will give at the door."""
    visit = await _mine(work, visit_id, "depart")
    await _take(work, visit, "depart", data={"technician_id": visit.technician_id})
    await _send_code(work, visit, codes.ARRIVAL)


async def _send_code(work: Work, visit: VisitView, purpose: str) -> None:
    person_id = await at_the_door(work, visit.case_id)
    if person_id is not None:
        await codes.request(work, purpose, visit.id, visit.case_id, person_id, ttl=CODE_LIFE)


async def renew_code(work: Work, visit_id: UUID, body: Nothing) -> None:  # noqa: ARG001 - every verb takes a body
    """Five wrong answers end a code, a message can be lost: whoever opens the door is sent the code once more.

    Raises TooMany (`auth.too_many_codes`) when it is asked for too often.
    """
    visit = await _mine(work, visit_id, "code_renewed")
    if await no_code_to_renew(work, visit_id) is not None:
        raise Conflict("visit.no_code", "No code is asked for any more on this visit.")
    await work.post(event(VISIT, visit_id, "code_renewed"))
    await _send_code(work, visit, codes.ARRIVAL if visit.status == "en_route" else codes.HAND_OVER)


async def no_code_to_renew(work: Work, visit_id: UUID) -> str | None:
    """Only a drop has a code left to give once we have arrived."""
    visit = await repository.visit(work.session, work.scope, visit_id)
    return "" if visit.status == "arrived" and visit.kind != rules.DROP else None


async def at_the_door(work: Work, case_id: UUID) -> UUID | None:
    """Who opens the door: the person at home, else the owner; None for a case without either."""
    people = await cases.people(work.session, work.as_system().scope, case_id)
    ranked = [p.person_id for role in AT_THE_DOOR for p in people if p.role == role]
    return ranked[0] if ranked else None


async def arrive(work: Work, visit_id: UUID, body: Arrive) -> None:  # noqa: ARG001 - the web layer has checked the code
    """At the right door: the customer's code was given. For a drop the code for the hand-over is sent now."""
    visit = await _mine(work, visit_id, "arrive")
    await _take(work, visit, "arrive")
    await codes.consume(work.session, purpose=codes.ARRIVAL, subject_id=visit_id, now=work.now)
    if visit.kind == rules.DROP:
        await _send_code(work, visit, codes.HAND_OVER)


async def begin(work: Work, visit_id: UUID, body: Nothing) -> None:  # noqa: ARG001 - every verb takes a body
    """The work at the customer's home begins."""
    await _take(work, await _mine(work, visit_id, "begin"), "begin")


async def check(work: Work, visit_id: UUID, body: Check) -> None:
    """The unit was looked at before it leaves the house.

    Raises Conflict (`visit.check_photo_missing`) unless a photo of kind `check` is attached to the visit.
    """
    visit = await _mine(work, visit_id, "check")
    listed = rules.accessories(body.accessories)
    photos = await files.count(work.session, work.scope, visit_id, "check")
    if photos < 1:
        raise Conflict(
            "visit.check_photo_missing",
            "Take at least one photo of the unit as it stands there, then record the check.",
        )
    data = {"condition": body.condition, "photos": photos}
    await _take(work, visit, "check", data=data, note=body.note)
    await repository.change(work.session, work.scope, visit_id, condition=body.condition, accessories=listed)


async def collect(work: Work, visit_id: UUID, body: Collect) -> None:
    """The unit is sealed and with the technician."""
    visit = await _mine(work, visit_id, "collect")
    seal = body.seal_number.upper()
    await _take(work, visit, "collect", data={"seal": seal})
    await repository.change(work.session, work.scope, visit_id, seal_number=seal)


async def deliver(work: Work, visit_id: UUID, body: Deliver) -> None:  # noqa: ARG001 - the web layer has checked the code
    """The unit is back with the customer, whose code was given."""
    await _take(work, await _mine(work, visit_id, "deliver"), "deliver")
    await codes.consume(work.session, purpose=codes.HAND_OVER, subject_id=visit_id, now=work.now)


async def complete(work: Work, visit_id: UUID, body: Remark) -> None:
    """The visit is done; what was collected is at the centre."""
    visit = await _mine(work, visit_id, "complete")
    await _take(work, visit, "complete", data={"kind": visit.kind}, note=body.note)


async def cannot_complete(work: Work, visit_id: UUID, body: CannotComplete) -> None:
    """It cannot be done today; the reason says what a new visit needs."""
    visit = await _mine(work, visit_id, "cannot_complete")
    await _take(work, visit, "cannot_complete", data={"reason": body.reason}, note=body.note)


async def no_show(work: Work, visit_id: UUID, body: Remark) -> None:
    """Nobody was at home."""
    await _take(work, await _mine(work, visit_id, "no_show"), "no_show", note=body.note)


async def blocked(work: Work, visit_id: UUID, verb: str) -> str | None:
    """Why `verb` is not offered: "" for a verb of other kinds of visits, else a sentence; None if it is possible."""
    visit = await repository.visit(work.session, work.scope, visit_id)
    return None if rules.fits(visit.kind, verb) else ""


async def _mine(work: Work, visit_id: UUID, verb: str) -> VisitView:
    """The visit, if it is this technician's and of a kind that knows the verb."""
    visit = await repository.visit(work.session, work.scope, visit_id)
    if work.scope.assigned_only and visit.technician_id != work.scope.staff_id:
        raise Forbidden("visit.not_yours", "This visit is given to somebody else. Ask your coordinator.")
    if not rules.fits(visit.kind, verb):
        raise Conflict(
            "visit.not_for_kind",
            N_("A visit of the kind {kind} has no {verb}.").format(kind=visit.kind, verb=verb),
            kind=visit.kind,
        )
    return visit


async def _take(
    work: Work, visit: VisitView, verb: str, *, data: Mapping[str, object] | None = None, note: str | None = None
) -> None:
    await work.post(move(VISIT, visit.id, verb, if_version=work.if_version, data=data, note=note))
    holder = rules.custody_after(visit.kind, verb)
    if holder is not None:
        await repository.change(work.session, work.scope, visit.id, custody=holder)
