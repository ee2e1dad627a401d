"""Working hours and targets: checked, and kept as versions."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from aftersales.auth import repository as auth
from aftersales.errors import Conflict, Invalid
from aftersales.i18n import N_
from aftersales.ids import new_id
from aftersales.outbox.schedule import rearm
from aftersales.policies import service as policies
from aftersales.policies.repository import PolicyView
from aftersales.promises import repository
from aftersales.promises.permissions import MANAGE
from aftersales.promises.repository import HoursView
from aftersales.promises.service.clocks import KIND, refresh
from aftersales.promises.targets import TargetError, Targets
from aftersales.promises.worktime import CalendarError, WorkCalendar
from aftersales.work import Work

RECALCULATE = "promises.recalculate"
PAGE = 50


async def set_hours(work: Work, branch_id: UUID, hours: Mapping[str, Any]) -> HoursView:
    """Give a service centre its hours, from now on; the clocks of its open cases are read again with them.

    Raises Forbidden without `promises.manage` there, NotFound for an unknown centre, Invalid (`promises.hours`) for
    hours that cannot be, Conflict (`promises.set_meanwhile`).
    """
    work.scope.require(MANAGE, branch_id)
    await auth.branch(work.session, work.scope, branch_id)
    try:
        WorkCalendar.from_dict(hours)
    except CalendarError as error:
        raise Invalid("promises.hours", N_("These hours cannot be: {error}.").format(error=error)) from error
    last = await repository.hours_of(work.session, work.scope, branch_id)
    made = HoursView(new_id(), branch_id, last.version + 1 if last else 1, dict(hours), work.now)
    if not await repository.add_hours(work.session, work.scope, made, work.scope.staff_id):
        raise Conflict("promises.set_meanwhile", "A colleague has just set these hours. Read them, then set yours.")
    await rearm(
        work.session, RECALCULATE, str(branch_id), due_at=work.now, data={"branch_id": str(branch_id), "after": None}
    )
    return made


async def publish(work: Work, effective_from: date, terms: Mapping[str, Any]) -> PolicyView:
    """Publish the next version of the targets, for cases that are opened from then on.

    Raises Invalid (`promises.targets`) for terms that cannot be kept, and whatever `policies.publish` raises.
    """
    try:
        targets = Targets.from_terms(terms)
    except TargetError as error:
        raise Invalid("promises.targets", N_("These targets cannot be: {error}.").format(error=error)) from error
    words = {f"rule.{number}": rule.words for number, rule in enumerate(targets.rules, 1)}
    return await policies.publish(
        work, kind=KIND, code="default", effective_from=effective_from, terms=terms, words=words
    )


async def recalculate(work: Work, branch_id: UUID, after: UUID | None) -> UUID | None:
    """Read the clocks of a page of open cases again; the key of the last one, None when that was all."""
    found = await repository.open_cases(work.session, work.scope, branch_id, after, PAGE)
    for case_id in found:
        await refresh(work, case_id)
    return found[-1] if len(found) == PAGE else None
