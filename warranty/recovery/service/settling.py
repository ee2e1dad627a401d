"""What brands and suppliers answer to one claim, and what they pay: each is a step of its machine."""

from uuid import UUID

from aftersales.errors import Conflict, Invalid
from aftersales.i18n import N_
from aftersales.status import documents
from aftersales.status.changes import Change, move
from aftersales.status.machine import Machine
from aftersales.work import Work
from warranty.recovery import repository
from warranty.recovery.machine import MACHINES
from warranty.recovery.models import Recovery
from warranty.recovery.rules import Standing, after
from warranty.recovery.schemas import AcceptedPartly, Acknowledged, Credited, Nothing, Why
from warranty.recovery.service.filing import code_of


async def _held(work: Work, recovery_id: UUID, verb: str) -> tuple[Recovery, Machine]:
    """The row, held, and its machine. Raises as posting would, before anything else is found wrong."""
    row = await repository.row(work.session, work.scope, recovery_id)
    found = await documents.get(work.session, work.scope, recovery_id)
    machine = MACHINES[found.machine]
    if found.status not in machine.by_verb[verb].sources or work.if_version not in (None, found.version):
        await work.post(move(machine, recovery_id, verb, if_version=work.if_version, note="-"))
    return row, machine


async def acknowledge(work: Work, recovery_id: UUID, body: Acknowledged) -> None:
    """They have it."""
    row, machine = await _held(work, recovery_id, "acknowledge")
    row.reference = body.reference or row.reference
    data = {"reference": code_of(body.reference)} if code_of(body.reference) else {}
    await work.post(move(machine, recovery_id, "acknowledge", if_version=work.if_version, data=data))


async def accept(work: Work, recovery_id: UUID, body: Nothing) -> None:  # noqa: ARG001 - every verb takes a body
    """They owe all of it."""
    row, machine = await _held(work, recovery_id, "accept")
    row.accepted_minor = row.due_minor
    await work.post(move(machine, recovery_id, "accept", if_version=work.if_version, data={"amount": row.due_minor}))
    await work.session.flush()


async def accept_partly(work: Work, recovery_id: UUID, body: AcceptedPartly) -> None:
    """They accept less than we claimed, with what came before. Raises Invalid (`recovery.amount`)."""
    row, machine = await _held(work, recovery_id, "accept_partly")
    if body.amount_minor >= row.due_minor:
        raise _amount(N_("Write less than what was claimed. If they accept it all, accept it in full."))
    if body.amount_minor <= row.received_minor:
        raise _amount(
            N_("Write all that they accept, with what has come already. If it is no more, they reject the rest.")
        )
    row.accepted_minor = body.amount_minor
    await work.post(
        move(
            machine,
            recovery_id,
            "accept_partly",
            if_version=work.if_version,
            data={"amount": body.amount_minor},
            note=body.note,
        )
    )
    await work.session.flush()


async def reject(work: Work, recovery_id: UUID, body: Why) -> None:
    """They owe nothing more, they say, and why."""
    row, machine = await _held(work, recovery_id, "reject")
    row.accepted_minor = row.received_minor
    await work.post(move(machine, recovery_id, "reject", if_version=work.if_version, note=body.note))
    await work.session.flush()


async def refile(work: Work, recovery_id: UUID, body: Why) -> None:
    """Claim it again, or what of it is short, with what they had not seen. What came stays accepted."""
    row, machine = await _held(work, recovery_id, "refile")
    row.accepted_minor = row.received_minor or None
    await work.post(move(machine, recovery_id, "refile", if_version=work.if_version, note=body.note))
    await work.session.flush()


async def credit(work: Work, recovery_id: UUID, body: Credited) -> None:
    """Money came, or a credit note; with all that was claimed it is closed by itself.

    Raises Invalid (`recovery.amount`, `recovery.credited_already` for a reference that is on record).
    """
    row, machine = await _held(work, recovery_id, "credit")
    reference = code_of(body.reference)
    if reference:
        known = await repository.credited(work.session, work.scope, [row.id])
        if (row.id, reference.upper()) in known:
            words = N_("A payment with this number is on record for it already. Nothing was changed.")
            problem = {"field": "reference", "problem": words}
            raise Invalid("recovery.credited_already", words, errors=[problem])
    try:
        held = after(Standing(row.due_minor, row.accepted_minor, row.received_minor), body.amount_minor)
    except ValueError as wrong:
        raise _amount(str(wrong)) from wrong
    row.accepted_minor, row.received_minor, row.reference = held.accepted, held.received, body.reference
    data: dict[str, object] = {"amount": body.amount_minor}
    data |= {"reference": reference} if reference else {}
    changes: list[Change] = [move(machine, recovery_id, "credit", if_version=work.if_version, data=data)]
    if held.received == held.owed:
        changes.append(move(machine, recovery_id, "settle", if_version=work.if_version))
    await work.post(*changes)
    await work.session.flush()


async def close(work: Work, recovery_id: UUID, body: Why) -> None:
    """Less came than was claimed, and that is accepted."""
    _, machine = await _held(work, recovery_id, "close")
    await work.post(move(machine, recovery_id, "close", if_version=work.if_version, note=body.note))


async def write_off(work: Work, recovery_id: UUID, body: Why) -> None:
    """It is not pursued any further. Raises Conflict (`recovery.not_ripe`) while its line may still change."""
    row, machine = await _held(work, recovery_id, "write_off")
    if row.ripe_at is None:
        raise Conflict("recovery.not_ripe", "Its line is not closed yet. Wait until the removed part is back.")
    await work.post(move(machine, recovery_id, "write_off", if_version=work.if_version, note=body.note))


def _amount(words: str) -> Invalid:
    return Invalid("recovery.amount", words, errors=[{"field": "amount_minor", "problem": words}])
