"""Handing out everything about a customer, and letting it go."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import entry_points
from typing import Any
from uuid import UUID

from aftersales.customers import repository as customers
from aftersales.errors import Conflict, Invalid
from aftersales.i18n import N_, joined
from aftersales.ids import new_id
from aftersales.kernel import GROUP
from aftersales.privacy import repository
from aftersales.privacy.models import Erasure
from aftersales.privacy.permissions import ERASE, EXPORT
from aftersales.status import engine
from aftersales.subject import Line, Subject, number_of
from aftersales.work import Work


@dataclass(frozen=True, slots=True)
class Plan:
    """What an erasure would do: the lines of its report, or why it is not possible now."""

    subject: Subject
    lines: Sequence[Line]
    blocked: Sequence[str]


async def told(work: Work, customer_id: UUID) -> Mapping[str, Any]:
    """Everything that is stored about a customer, by holding. Raises Forbidden, NotFound."""
    work.scope.require(EXPORT)
    await customers.customer(work.session, work.scope, customer_id)
    subject = await repository.subject(work.session, work.scope, customer_id, None)
    found = {"number": number_of(customer_id), "at": work.now}
    system = work.as_system()
    # One of a dozen packages after the other: a fixed number of statements, whatever the customer's history.
    for holding in reversed(list(work.registry.holdings.values())):
        if holding.export is not None:
            found[holding.name] = await holding.export(system, subject)
    return found


async def plan(work: Work, customer_id: UUID, person_id: UUID | None = None) -> Plan:
    """What would be gone and what kept: carried out and taken back, so that the report is the very one.

    Raises Forbidden, NotFound.
    """
    subject = await _subject(work, customer_id, person_id)
    nested = await work.session.begin_nested()
    try:
        return Plan(subject, await _carried_out(work, subject), await _blocked(work, subject))
    finally:
        await nested.rollback()


async def erase(work: Work, customer_id: UUID, person_id: UUID | None = None, *, confirmed: str) -> UUID:
    """Let go of what the law lets go. Returns the id of the record; again, that of the one before.

    `confirmed` is the customer's number, typed by whoever answers for it. Raises Forbidden, NotFound, Invalid
    (`privacy.confirm`), Conflict (`privacy.blocked`, with every reason).
    """
    subject = await _subject(work, customer_id, person_id)
    number = number_of(customer_id)
    if confirmed.strip().upper() != number:
        raise Invalid(
            "privacy.confirm",
            N_("Type the customer's number, {number}, to erase them. Nothing has been erased.").format(number=number),
            errors=[{"field": "number", "problem": "wrong", "help": N_("Type {number}.").format(number=number)}],
        )
    # Nothing is posted about them meanwhile; the customer's row keeps two erasures apart.
    await engine.lock(work.session, subject.streams | subject.shared | subject.passed)
    await customers.locked(work.session, work.scope, customer_id)
    if reasons := await _blocked(work, subject):
        raise Conflict(
            "privacy.blocked",
            N_("This customer cannot be erased now. {reasons}").format(reasons=joined(reasons, " ")),
            reasons=reasons,
        )
    lines = await _carried_out(work, subject)
    before = await repository.erasures_of(work.session, work.scope, customer_id)
    if before and not any(line.count for line in lines if not line.kept):
        return before[0].id
    record = Erasure(
        id=new_id(),
        customer_id=customer_id,
        person_id=None if subject.everybody else person_id,
        staff_id=work.actor.id,
        at=work.now,
        report=[asdict(line) | {"until": line.until and line.until.isoformat()} for line in lines],
    )
    work.session.add(record)
    await work.session.flush()
    return record.id


async def _subject(work: Work, customer_id: UUID, person_id: UUID | None) -> Subject:
    work.scope.require(ERASE)
    await customers.customer(work.session, work.scope, customer_id)
    return await repository.subject(work.session, work.scope, customer_id, person_id)


async def _blocked(work: Work, subject: Subject) -> list[str]:
    missing = {point.name for point in entry_points(group=GROUP)} - {one.name for one in work.registry.modules}
    off = (
        [N_("Switched off: {names}. What they hold would stay.").format(names=", ".join(sorted(missing)))]
        if missing
        else []
    )
    asked = [one.blocked for one in work.registry.holdings.values() if one.blocked is not None]
    return off + [reason for ask in asked for reason in await ask(work.as_system(), subject)]


async def _carried_out(work: Work, subject: Subject) -> list[Line]:
    system = work.as_system()
    letting_go = [one.erase for one in work.registry.holdings.values() if one.erase is not None]
    return [line for let_go in letting_go for line in await let_go(system, subject)]
