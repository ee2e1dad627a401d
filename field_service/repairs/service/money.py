"""What a repair costs: the estimate, or none where everything is covered."""

from uuid import UUID

from aftersales.auth import repository as auth
from aftersales.cases.schemas import Nothing
from aftersales.errors import Conflict
from aftersales.money import Money
from aftersales.ports.charges import ChargeLine
from aftersales.ports.coverage import Answer
from aftersales.status import engine
from aftersales.status.changes import move
from aftersales.work import Work
from field_service.repairs import repository, rules
from field_service.repairs.machine import REPAIR_ORDER
from field_service.repairs.repository import RepairView
from field_service.repairs.schemas import EstimateIn, LineIn


async def estimate(work: Work, repair_id: UUID, body: EstimateIn) -> UUID | None:
    """Have billing draft an estimate from these lines; its outcome moves the order on. Returns the estimate's id.

    Where nobody charges there is no estimate and the order is approved at once. Raises Conflict
    (`repair_order.covered`, `repair_order.undecided`).
    """
    repair = await _held(work, repair_id)
    _refuse(rules.estimate_refusal((await _standing(work, repair))[0]))
    branch = await auth.branch(work.session, work.scope, repair.branch_id)
    lines = [_line(line, branch.currency) for line in body.lines]
    data = {"cause_code": repair.cause_code} if repair.cause_code else {}
    estimate_id = await work.ports.charges.estimate(work, repair_id, lines)
    if estimate_id is not None:
        data = {**data, "estimate_id": str(estimate_id)}
    changes = [move(REPAIR_ORDER, repair_id, "estimate", if_version=work.if_version, data=data)]
    if estimate_id is None:
        changes.append(move(REPAIR_ORDER, repair_id, "approve"))
    await work.post(*changes)
    await repository.change(work.session, work.scope, repair_id, estimate_id=estimate_id)
    return estimate_id


async def skip_estimate(work: Work, repair_id: UUID, body: Nothing) -> None:  # noqa: ARG001 - every verb takes a body
    """Covered in full: the repair begins without asking for money.

    Raises Conflict (`repair_order.not_covered`, `repair_order.undecided`).
    """
    repair = await _held(work, repair_id)
    stand, answer = await _standing(work, repair)
    _refuse(rules.skip_refusal(stand))
    data = {"claim_id": answer.claim_id} if answer.claim_id else None
    await work.post(move(REPAIR_ORDER, repair_id, "skip_estimate", if_version=work.if_version, data=data))


async def estimate_blocked(work: Work, repair_id: UUID) -> str | None:
    """Why no estimate may be made now, None if one may."""
    refusal = rules.estimate_refusal((await _standing(work, await _read(work, repair_id)))[0])
    return refusal[1] if refusal else None


async def skip_blocked(work: Work, repair_id: UUID) -> str | None:
    """Why the estimate may not be skipped now, None if it may."""
    refusal = rules.skip_refusal((await _standing(work, await _read(work, repair_id)))[0])
    return refusal[1] if refusal else None


async def _held(work: Work, repair_id: UUID) -> RepairView:
    """The order, its case held: no claim is decided between the question who pays and its answer."""
    repair = await repository.repair(work.session, work.scope, repair_id)
    await engine.lock(work.session, [repair.case_id])
    return repair


async def _read(work: Work, repair_id: UUID) -> RepairView:
    return await repository.repair(work.session, work.scope, repair_id)


async def _standing(work: Work, repair: RepairView) -> tuple[str, Answer]:
    answer = await work.ports.coverage.current(work, repair.case_id)
    stand = rules.standing(in_full=answer.in_full, decided=answer.decided, cause_code=repair.cause_code)
    return stand, answer


def _refuse(refusal: tuple[str, str] | None) -> None:
    if refusal is not None:
        raise Conflict(*refusal)


def _line(line: LineIn, currency: str) -> ChargeLine:
    return ChargeLine(
        kind=line.kind,
        description=line.description,
        quantity=line.quantity,
        unit_price=Money(currency, line.unit_price_minor),
        tax_rate=line.tax_rate,
        tax_code=line.tax_code,
    )
