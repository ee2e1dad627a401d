"""A window that was promised passes and nobody has come: the customer hears it at once, without anybody's doing."""

from datetime import datetime, timedelta
from uuid import UUID

from aftersales.outbox.schedule import rearm
from aftersales.status.changes import event, move
from aftersales.work import Work
from field_service.visits import repository
from field_service.visits.machine import VISIT

WINDOW = "visits.window"
AHEAD = timedelta(minutes=15)
"""Who has nobody to come so long before the end of the window will have nobody at its end: they hear it then."""
_AFTER = timedelta(minutes=1)
_NOBODY = frozenset({"confirmed", "declined"})
_SOMEBODY = frozenset({"dispatched", "accepted", "en_route"})
WHY = "Nobody had come when the promised time was over."


async def watch(work: Work, visit_id: UUID, ends: datetime) -> None:
    """Look at the visit before its window ends, in place of any earlier look; at its end where that is nearer, for who
    has just agreed to such a window would else be told in the same breath that nobody comes.
    """
    early = ends - AHEAD
    await _again(work, visit_id, early if early > work.now else ends)


async def look(work: Work, visit_id: UUID) -> None:
    """The end of the window is near or over. Without a technician, or with one who has not set out when it is over, the
    visit is missed; of one who is on the way it is said that they come later. Both are told once: whoever has said it
    by hand has moved the visit, and a new window is watched anew.
    """
    visit = await repository.visit(work.session, work.scope, visit_id)
    ends = visit.window_end
    if ends is None or visit.status not in _NOBODY | _SOMEBODY:
        return
    if work.now < ends - AHEAD:
        await _again(work, visit_id, ends - AHEAD)
    elif work.now <= ends and visit.status in _SOMEBODY:
        await _again(work, visit_id, ends + _AFTER)
    elif visit.status == "en_route":
        await work.post(event(VISIT, visit_id, "late", if_version=visit.version))
    else:
        await work.post(move(VISIT, visit_id, "miss", note=WHY, if_version=visit.version))


async def _again(work: Work, visit_id: UUID, at: datetime) -> None:
    await rearm(work.session, WINDOW, str(visit_id), due_at=at, data={"visit_id": str(visit_id)})
