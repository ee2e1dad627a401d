"""What came is looked at, and the use of each piece is decided; or it goes back to the customer."""

from uuid import UUID

from aftersales.errors import Conflict, Invalid
from aftersales.files import repository as files
from aftersales.i18n import N_
from aftersales.ids import new_id
from aftersales.scope import ActorKind
from aftersales.status.changes import Change, event, move
from aftersales.work import Work
from rma import repository, service, settlements
from rma.goods import GOES, Disposition, Pieces, Place, decided, waits
from rma.machine import RETURN
from rma.models import ReturnFinding, ReturnLine, ReturnMovement
from rma.schemas import Found, Nothing, Refuse, UseDecided
from rma.service import vendors
from rma.service.receiving import line_at, miscounted, step, write


async def inspect(work: Work, return_id: UUID, body: Nothing) -> None:  # noqa: ARG001 - every verb takes a body
    """Take what came to the bench."""
    await service.locked(work, return_id, "inspect")
    lines, _, steps = await _goods(work, return_id)
    await work.post(move(RETURN, return_id, "inspect", if_version=work.if_version))
    await write(
        work,
        [
            step(work, lines[one.line_id], one.item, one, Place.BENCH)
            for one in steps
            if not repository.of_one_over(one)
        ],
    )


async def find(work: Work, return_id: UUID, body: Found) -> None:
    """Write down in which condition so many pieces of a line are. Raises Invalid (`return.quantity`,
    `return.photos` for one that is not kept with the return)."""
    await _held(work, return_id, "condition_found")
    lines, pieces, _ = await _goods(work, return_id)
    line = line_at(list(lines.values()), body.line)
    try:
        pieces[line.id].look(body.quantity)
    except ValueError as wrong:
        raise miscounted(wrong) from wrong
    kept = await files.for_document(work.session, work.scope, return_id) if body.photos else []
    if not {one.id for one in kept} >= set(body.photos):
        raise Invalid("return.photos", "Send the photos to this return first.", errors=[{"field": "photos"}])
    said = body.model_dump(exclude=set() if body.photos else {"photos"})
    data = said | {"no_fault": int(body.no_fault), "wrong_item": int(body.wrong_item)}
    await work.post(event(RETURN, return_id, "condition_found", if_version=work.if_version, data=data))
    seen = body.model_dump(exclude={"line", "photos"})
    by = work.actor.id if work.actor.kind is ActorKind.STAFF else None
    work.session.add(ReturnFinding(id=new_id(), line_id=line.id, found_at=work.now, found_by=by, **seen))
    await work.session.flush()


async def decide(work: Work, return_id: UUID, body: UseDecided) -> None:
    """Decide what becomes of so many pieces that were looked at; with the last of all, the return is dispositioned.

    Raises Invalid (`return.quantity`), Conflict (`return.elsewhere`).
    """
    held = await _held(work, return_id, "use_decided")
    lines, pieces, steps = await _goods(work, return_id)
    line = line_at(list(lines.values()), body.line)
    use = Disposition(body.disposition)
    final = not waits(use)
    try:
        after = pieces | {line.id: pieces[line.id].use(body.quantity)}
    except ValueError as wrong:
        raise miscounted(wrong) from wrong
    chosen = await settlements.of_lines(work.session, work.scope, list(lines.values()), steps)
    try:
        chosen[line.id].use(use, body.quantity)
    except ValueError as wrong:
        raise miscounted(wrong) from wrong
    free = _free(steps, line)
    if len(free) < body.quantity:
        raise Conflict(
            "return.elsewhere", N_("Only {left} pieces of this line are on the bench.").format(left=len(free))
        )
    changes: list[Change] = [
        event(RETURN, return_id, "use_decided", if_version=work.if_version, data=body.model_dump())
    ]
    if final and held.status == "inspecting" and decided(after.values()):
        changes.append(move(RETURN, return_id, "disposition", if_version=work.if_version))
    await work.post(*changes)
    steps_now = [step(work, line, one.item, one, GOES[use], use) for one in free[: body.quantity]]
    await write(work, steps_now)
    if use is Disposition.RETURN_TO_VENDOR:
        await vendors.claim_back(work, held, line, steps_now)


def _free(steps: list[ReturnMovement], line: ReturnLine) -> list[ReturnMovement]:
    """Pieces of the line whose use is open, quarantined ones last. What was accepted late may still be at the hub."""
    here = [
        one
        for one in steps
        if one.line_id == line.id and one.place in (Place.HUB, Place.BENCH) and waits(one.disposition)
    ]
    return sorted(here, key=lambda one: (one.disposition is not None, one.item))


async def refuse(work: Work, return_id: UUID, body: Refuse) -> None:
    """We cannot accept it: it goes back, with a reason that the customer reads.

    Raises Conflict (`return.exchanged_already`) once they have another one for a piece of it.
    """
    await service.locked(work, return_id, "refuse")
    if await settlements.exchanges(work.session, work.scope, {return_id}):
        raise Conflict(
            "return.exchanged_already",
            "They have another one in its place already, so it cannot go back to them. Decide its use, piece by piece.",
        )
    lines, _, steps = await _goods(work, return_id)
    _, words = await repository.rows(work.session, work.scope, return_id)
    words.answered = body.note
    await work.post(move(RETURN, return_id, "refuse", if_version=work.if_version, note=body.note))
    going = Disposition.RETURN_TO_CUSTOMER
    back = [one for one in steps if waits(one.disposition)]
    await write(work, [step(work, lines[one.line_id], one.item, one, Place.COURIER, going) for one in back])


async def give_back(work: Work, return_id: UUID, body: Nothing) -> None:  # noqa: ARG001
    """It is back with the customer."""
    await service.locked(work, return_id, "give_back")
    lines, _, steps = await _goods(work, return_id)
    await work.post(move(RETURN, return_id, "give_back", if_version=work.if_version))
    going = Disposition.RETURN_TO_CUSTOMER
    back = [one for one in steps if one.place == Place.COURIER]
    await write(work, [step(work, lines[one.line_id], one.item, one, Place.CUSTOMER, going) for one in back])


async def _held(work: Work, return_id: UUID, name: str) -> repository.ReturnView:
    """The return with its stream held, for an event; Conflict or Stale as posting would, before anything else."""
    held = await service.hold(work, return_id)
    if held.status not in RETURN.by_event[name].states or work.if_version not in (None, held.version):
        await work.post(event(RETURN, return_id, name, if_version=work.if_version))
    return held


async def _goods(
    work: Work, return_id: UUID
) -> tuple[dict[UUID, ReturnLine], dict[UUID, Pieces], list[ReturnMovement]]:
    """The lines by id, how far their pieces have come, and where those are."""
    lines = await repository.lines(work.session, work.scope, {return_id})
    pieces, steps = await repository.pieces(work.session, work.scope, lines)
    return {line.id: line for line in lines}, pieces, steps
